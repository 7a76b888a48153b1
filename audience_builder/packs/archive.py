"""A folder as one archive: the same bytes from the same files."""

import os
import tempfile
from pathlib import Path
from shutil import copyfileobj
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from audience_builder.errors import ConfigError

__all__ = ["write_archive"]

PRIVATE: Final = 0o600
_UNIX: Final = 3
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The first time an archive can tell; it stands for none."""


def write_archive(folder: Path, archive: Path) -> None:
    """Write the folder's files, by name, without their times, owners and modes; whole or not at all.

    Args:
        folder: What goes in, under its own name.
        archive: The archive, replaced if it is there.

    Raises:
        ConfigError: It cannot be written.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=".pack-", suffix=archive.suffix, dir=archive.parent)
        staged = Path(name)
        try:
            _pack(folder, handle)
            staged.replace(archive)
        finally:
            staged.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(
            f"{archive} cannot be written.",
            f"The system says: {error.strerror}. The folder {folder} is complete.",
            "Hand on the folder, or make room and run again with --force.",
        ) from None


def _pack(folder: Path, handle: int) -> None:
    with os.fdopen(handle, "wb") as file, ZipFile(file, "w", ZIP_DEFLATED) as packed:
        for path in sorted(folder.iterdir()):
            if path.is_file() and not path.name.startswith("."):
                _add(packed, path, f"{folder.name}/{path.name}")


def _add(packed: ZipFile, path: Path, name: str) -> None:
    entry = ZipInfo(name, _EPOCH)
    entry.create_system, entry.external_attr, entry.compress_type = _UNIX, PRIVATE << 16, ZIP_DEFLATED
    entry.file_size = path.stat().st_size
    with path.open("rb") as source, packed.open(entry, "w") as target:
        copyfileobj(source, target, 1 << 20)
