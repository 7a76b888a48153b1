"""What is read from no file of the user's: kept for one run in a file that nobody else can open.

Where the system has ``/proc/self/fd`` the file has no name of its own: a process that is killed leaves
no row behind, only a dead link in an empty folder. Elsewhere it is a file of mode 0600 in a folder of mode
0700, removed at the end of the run. Either way it has a path, whose last part is the name that messages
use, so that it is read like any other file. ``TMPDIR`` says on which disk.
"""

import shutil
import tempfile
import weakref
from pathlib import Path
from typing import BinaryIO, Final

from audience_builder.errors import ConfigError
from audience_builder.hashing import file_sha256

__all__ = ["Spool", "disk_full", "sha256_of", "spool_of"]

_DESCRIPTORS: Final = Path("/proc/self/fd")
_FOLDER: Final = "audience-builder-"


class Spool:
    """A private file; it goes when nobody holds it any longer, at the latest when the program ends.

    Args:
        name: What messages call it.
        origin: What it was read from, where that can be read again.

    Attributes:
        path: Where it can be opened, in this process alone.
        stream: To write it.
        sha256: Digest of what is in it; None: that of its bytes.

    Raises:
        ConfigError: There is no folder for temporary files.
    """

    def __init__(self, name: str, origin: object = None) -> None:
        folder = _private_folder()
        self.name = name
        self.origin = origin
        self.path = folder / name
        self.sha256: str | None = None
        self.stream = _opened(self.path)
        self._end = weakref.finalize(self, _removed, self.stream, folder)
        _SPOOLS[self.path] = self

    def remove(self) -> None:
        """Let it go now."""
        self._end()


_SPOOLS: Final[weakref.WeakValueDictionary[Path, Spool]] = weakref.WeakValueDictionary()


def spool_of(path: Path) -> Spool | None:
    """The spool behind a path; None where the path is a file of the user's."""
    return _SPOOLS.get(path)


def sha256_of(path: Path) -> str:
    """SHA-256 by which a source is recognised: of a file's bytes, of a query's rows."""
    spool = spool_of(path)
    return file_sha256(path) if spool is None or spool.sha256 is None else spool.sha256


def disk_full(name: str) -> ConfigError:
    """What is said when a spool cannot be written.

    Args:
        name: What messages call the source.
    """
    return ConfigError(
        f"{name} cannot be kept while it is read.",
        f"The disk of {tempfile.gettempdir()} is full or closed to you.",
        "Make room there, or name a folder on another disk: TMPDIR=/path.",
    )


def _private_folder() -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix=_FOLDER))
    except OSError:
        pass
    raise ConfigError(
        "There is no folder for temporary files.",
        "Those of the system are missing, full or closed to you.",
        "Name one: TMPDIR=/path.",
    )


def _opened(path: Path) -> BinaryIO:
    if _DESCRIPTORS.is_dir():
        stream = tempfile.TemporaryFile()  # noqa: SIM115  the spool closes it
        path.symlink_to(_DESCRIPTORS / str(stream.fileno()))
        return stream
    path.touch(mode=0o600)
    return path.open("r+b")


def _removed(stream: BinaryIO, folder: Path) -> None:
    stream.close()
    shutil.rmtree(folder, ignore_errors=True)
