"""Where a client's pack goes: a folder of its own, which is never another client's."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audience_builder.clients import slug
from audience_builder.delivery.manifest import MANIFEST, held, refuse_others
from audience_builder.errors import ConfigError

__all__ = ["SUMS", "Room", "room_for"]

SUMS: Final = "SHA256SUMS"
PRIVATE_FOLDER: Final = 0o700


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A client's folder, the archive beside it, and the files of the pack that is to be replaced."""

    folder: Path
    archive: Path
    earlier: tuple[str, ...]


def room_for(parent: Path, client: str, *, force: bool) -> Room:
    """The client's place in the folder of packs; made if missing, private to its owner.

    Args:
        parent: Folder of the packs.
        client: The client's name.
        force: Whether an earlier pack of this client may be replaced.

    Raises:
        ConfigError: The folder of packs is itself somebody's, the client's holds anything that is no pack
            of this client, or neither can be written.
    """
    name = slug(client)
    folder, archive = parent / name, parent / f"{name}.zip"
    outer = held(parent)
    if outer is not None:
        raise ConfigError(
            f"{parent} is no folder of packs.",
            f'Lists of "{outer.client}" lie in it already.' if outer.client else "Lists lie in it already.",
            "Name the folder above it with -o; every client gets a folder of its own there.",
        )
    earlier = refuse_others(folder, client)
    known = () if earlier is None else (*earlier.files, MANIFEST, SUMS)
    _refuse_strange(folder, known)
    if archive.exists() and not force:
        raise ConfigError(
            f"{archive} exists already.", "Nothing was written.", "Replace it with --force, or choose another folder."
        )
    try:
        parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        folder.chmod(PRIVATE_FOLDER)
    except OSError as error:
        raise ConfigError(
            f"{folder} cannot be made.", f"The system says: {error.strerror}.", "Choose another folder with -o."
        ) from None
    return Room(folder=folder, archive=archive, earlier=known)


def _refuse_strange(folder: Path, known: tuple[str, ...]) -> None:
    """A pack holds what its manifest lists and nothing else: whoever hands it on has to know what is in it."""
    there = sorted(path.name for path in folder.glob("*")) if folder.is_dir() else []
    strange = [name for name in there if name not in known and not name.startswith(".")]
    if strange:
        raise ConfigError(
            f"{folder} holds files that belong to no pack.",
            f"Such files: {len(strange):,}, the first is {strange[0]}.",
            "Move them away, or choose another folder with -o.",
        )
