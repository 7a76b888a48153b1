"""Clients' files -> a pack for each: every client apart, and the next one goes on when one fails."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audience_builder.clock import now
from audience_builder.config import Client, load_each, request_of
from audience_builder.errors import AudienceBuilderError, ConfigError, place_of
from audience_builder.lists import Lists
from audience_builder.packs import Pack, make_pack

__all__ = ["Handed", "hand_over"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """What became of one client's file.

    Args:
        path: The file.
        client: The client's name, empty where the file could not be read.
        pack: What was made.
        error: Why it was not.
    """

    path: Path
    client: str = ""
    pack: Pack | None = None
    error: AudienceBuilderError | None = None

    @property
    def exit_code(self) -> int:
        """0, or that of the error."""
        return 0 if self.error is None else self.error.exit_code

    def document(self) -> dict[str, Any]:
        """JSON-ready."""
        error, pack = self.error, self.pack
        return {
            "client": self.client,
            "file": self.path.name,
            "exit_code": self.exit_code,
            "error": None if error is None else {"wrong": error.wrong, "found": error.found, "fix": error.fix},
            "folder": None if pack is None else str(pack.folder),
            "archive": None if pack is None else str(pack.archive),
            "summary": None if pack is None else pack.summary.document(),
        }


def hand_over(paths: Sequence[Path], lists: Lists, parent: Path, environ: Mapping[str, str]) -> Iterator[Handed]:
    """Make a pack of each client's sources, as the client's file has them read, filtered and valued.

    ``[audiences]`` plays no part: a list holds everyone whom ``[filters]`` keeps.

    Args:
        paths: Clients' files.
        lists: Which lists each pack holds.
        parent: Folder of the packs.
        environ: What ``${NAME}`` in a file reads.

    Yields:
        One result per file, in the order given.

    Raises:
        ConfigError: Two files are of one client; nothing was done.
    """
    read = load_each(paths, environ)
    slugs = [one.slug for one in read if isinstance(one, Client)]
    twice = [one for one in read if isinstance(one, Client) and slugs.count(one.slug) > 1]
    if twice:
        raise ConfigError(
            "Two files are of the same client.",
            f"They are {' and '.join(dict.fromkeys(one.path.name for one in twice))}.",
            "Give each client a name of its own; nothing was done.",
        )
    for path, one in zip(paths, read, strict=True):
        yield _packed(one, lists, parent, environ) if isinstance(one, Client) else Handed(path=path, error=one)


def _packed(client: Client, lists: Lists, parent: Path, environ: Mapping[str, str]) -> Handed:
    """One client, whatever happens; of a library's failure only the place is told."""
    try:
        request = request_of(client, today=now().date(), environ=environ)
        pack = make_pack(request, lists, parent, client.name)
        return Handed(path=client.path, client=client.name, pack=pack)
    except AudienceBuilderError as error:
        return Handed(path=client.path, client=client.name, error=error)
    except Exception as error:  # noqa: BLE001  a message of a library may hold a contact
        told = AudienceBuilderError(
            f"The program failed at {place_of(error)} ({type(error).__name__}).",
            "This is a defect of audience-builder.",
            "Please report that line. No pack was made.",
        )
        return Handed(path=client.path, client=client.name, error=told)
