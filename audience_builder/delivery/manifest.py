"""What a folder of lists says of itself: whose it is, and which files belong to it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from audience_builder.clients import slug
from audience_builder.delivery.export import ListFile
from audience_builder.errors import ConfigError

__all__ = ["MANIFEST", "Held", "held", "manifest", "refuse_others"]

MANIFEST: Final = "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What lies in a folder: the client's name, blank where none was given, the kind, the files' names."""

    client: str
    kind: str
    files: tuple[str, ...]


def manifest(
    files: Sequence[ListFile], summary: Mapping[str, Any], *, kind: str, hashed: bool, client: str | None,
    created_at: datetime | None,
) -> dict[str, Any]:  # fmt: skip
    """The manifest as a JSON-ready document; docs/manifest.md explains every member."""
    return {
        "tool": f"audience-builder {version('audience-builder')}",
        "kind": kind,
        "client": client,
        "created_at": None if created_at is None else created_at.isoformat(),
        "hashed": hashed,
        "files": [asdict(one) for one in files],
        "summary": dict(summary),
    }


def held(folder: Path) -> Held | None:
    """What the folder's manifest says; None where there is none.

    Raises:
        ConfigError: There is one, and it cannot be read.
    """
    path = folder / MANIFEST
    if not path.is_file():
        return None
    try:
        told = json.loads(path.read_bytes())
        return Held(
            client=told.get("client") or "",
            kind=told.get("kind", "export"),
            files=tuple(str(one["name"]) for one in told.get("files", ())),
        )
    except (OSError, ValueError, AttributeError, TypeError, KeyError):
        raise ConfigError(
            f"{path} is no manifest of this program.",
            "It cannot be told whose files lie in the folder.",
            "Choose another folder with -o.",
        ) from None


def refuse_others(folder: Path, client: str | None) -> Held | None:
    """Refuse a folder that holds another client's files; return what it holds.

    Raises:
        ConfigError: It does; or its manifest cannot be read.
    """
    found = held(folder)
    if found is not None and found.client and slug(found.client) != slug(client or ""):
        raise ConfigError(
            f"{folder} holds the files of another client.",
            f'They are of "{found.client}"; clients are never mixed, not even with --force.',
            "Choose another folder with -o, or name that client with --client.",
        )
    return found
