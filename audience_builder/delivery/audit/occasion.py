"""Who sends, on what occasion, and what it was made from: the head of every attempt in the log."""

import getpass
import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from importlib.metadata import version
from typing import Any, Final, Self

from audience_builder.hashing import text_sha256

__all__ = ["ACTOR_VARIABLE", "Actor", "InputFile", "Occasion", "digest_of_settings"]

ACTOR_VARIABLE: Final = "AUDIENCE_BUILDER_ACTOR"
"""Environment variable that says who is at work, where the operating system's user says too little."""
_LONGEST: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who is at work: user, machine and number of the process."""

    user: str
    host: str
    process: int

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        """The one named by the environment, else the user of the operating system."""
        named = "".join(sign for sign in environ.get(ACTOR_VARIABLE, "") if sign.isprintable()).strip()[:_LONGEST]
        return cls(user=named or _user(), host=socket.gethostname(), process=os.getpid())

    def __str__(self) -> str:
        return f"process {self.process} of {self.user} on {self.host}"


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """A file that was read: its name, and the SHA-256 of its bytes."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """Why something is sent.

    Args:
        command: The command, or ``python`` for a call of the library.
        client: Name of the client, blank where there is none.
        actor: Who.
        files: What was read.
        settings: Digest of all settings that hold, blank if nobody worked it out.
    """

    command: str = "python"
    client: str = ""
    actor: Actor = field(default_factory=lambda: Actor.of(os.environ))
    files: tuple[InputFile, ...] = ()
    settings: str = ""

    def document(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "command": self.command,
            "client": self.client,
            "user": self.actor.user,
            "host": self.actor.host,
            "process": self.actor.process,
            "program": version("audience-builder"),
            "files": [{"name": one.name, "sha256": one.sha256} for one in self.files],
            "settings": self.settings,
        }


def digest_of_settings(*settings: object) -> str:
    """One digest of nested settings, the same in every process; nothing of them can be read from it."""
    return text_sha256(json.dumps([_plain(one) for one in settings], sort_keys=True))


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    match value:
        case Mapping():
            return {str(key): _plain(inner) for key, inner in value.items()}
        case set() | frozenset():
            return sorted(map(str, value))
        case list() | tuple():
            return [_plain(inner) for inner in value]
        case _:
            return str(value)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown user"
