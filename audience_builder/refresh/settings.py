"""What a client's file says, as digests: enough to tell what has changed, nothing to read."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from audience_builder.config import Client
from audience_builder.hashing import text_sha256
from audience_builder.pipeline import Request
from audience_builder.sources.reading import expand
from audience_builder.sources.spool import sha256_of, spool_of

__all__ = ["file_digests", "settings_digest", "settings_digests"]

_BEARING: Final = ("sources", "customers", "reading", "filters", "value")
_ASIDE: Final = {
    "client": ("name", "state"),
    "audience": ("token_env", "batch_rows", "lookalikes", "retention_days", "limited_data_use"),
}
_SHORT: Final = 16


def settings_digest(client: Client) -> str:
    """One digest of everything the file says, the environment filled in."""
    return text_sha256(client.config.model_dump_json())


def settings_digests(client: Client, label: str) -> dict[str, str]:
    """A digest for every setting that bears on who is in an audience and what they are worth.

    Args:
        client: The settings.
        label: The audience's name in the file.
    """
    told = client.config.model_dump(mode="json")
    tables: dict[str, Any] = {name: told[name] for name in _BEARING}
    tables["client"] = _without(told["client"], _ASIDE["client"])
    tables[f"audiences.{label}"] = _without(told["audiences"][label], _ASIDE["audience"])
    return {name: text_sha256(repr(value))[:_SHORT] for name, value in _flat(tables)}


def file_digests(client: Client, request: Request) -> dict[str, str]:
    """SHA-256 of every file the client's request reads, by its path beside the client's file; of queries, the rows'.

    Raises:
        ConfigError: One is not there.
        DataError, TryAgain: A database gives nothing.
    """
    paths = {*expand((*request.files, *request.customers)), *request.other_files()}
    folder = client.path.parent
    return {_beside(path, folder): sha256_of(path) for path in sorted(paths)}


def _beside(path: Path, folder: Path) -> str:
    spool = spool_of(path)
    if spool is not None:
        return spool.name
    whole = path.resolve()
    return whole.relative_to(folder).as_posix() if whole.is_relative_to(folder) else whole.as_posix()


def _without(table: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in table.items() if name not in names}


def _flat(tables: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for table, content in tables.items():
        if isinstance(content, Mapping):
            yield from ((f"{table}.{name}", value) for name, value in content.items())
        else:
            yield table, content
