"""People named on the command line, and whose record they are in; nobody's name in a message."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from audience_builder.cli.flags import StateFlags
from audience_builder.cli.request import refuse_two_records
from audience_builder.errors import ConfigError
from audience_builder.refresh.erasures import client_scopes, folder_scope

if TYPE_CHECKING:
    from audience_builder.config import Client
    from audience_builder.erasing import Scope

__all__ = ["scopes_from", "texts_from"]

_STDIN: Final = "-"
_SETTINGS: Final = ".toml"


def texts_from(values: list[str], file: Path | None) -> list[str]:
    """What was typed, piped in and written down, one identifier each.

    Raises:
        ConfigError: The file or the input cannot be read.
    """
    found = [value for value in values if value != _STDIN and not value.endswith(_SETTINGS)]
    if _STDIN in values:
        found += _lines(sys.stdin.buffer.read(), "What was piped in")
    if file is not None:
        try:
            content = file.read_bytes()
        except OSError as error:
            raise ConfigError(
                "The file with the people cannot be read.", f"{file.name}: {error.strerror}.", "Check --file."
            ) from None
        found += _lines(content, file.name)
    return found


def scopes_from(values: list[str], record: StateFlags) -> "list[tuple[Scope, Client | None]]":
    """The records of the clients whose files were given, else the one the flags name.

    Raises:
        ConfigError: There is no such record, a file cannot be used, or both are given.
    """
    refuse_two_records(record)
    files = [Path(value) for value in values if value.endswith(_SETTINGS)]
    if not files:
        return [(folder_scope(record.state, record.client, os.environ), None)]
    if record.state is not None or record.client is not None:
        raise ConfigError(
            "The record is named twice.", f"{files[0].name} names it, and so do --state or --client.",
            "Leave out one of them.",
        )  # fmt: skip
    return [*client_scopes(files, os.environ)]


def _lines(content: bytes, name: str) -> list[str]:
    try:
        return content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise ConfigError(f"{name} cannot be read.", "It is not UTF-8 text.", "Save it as UTF-8.") from None
