"""Whose records somebody is erased from, and that nobody is erased from the wrong one."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from difflib import get_close_matches
from functools import partial
from pathlib import Path

from audience_builder import platforms
from audience_builder.config import Client, load
from audience_builder.config.mapping import client_folder, clients_on_record, state_of
from audience_builder.delivery.records import AudienceKey
from audience_builder.delivery.state import State
from audience_builder.delivery.store import DATABASE, user_data_folder
from audience_builder.erasing import ErasureTerms, Receipt, Scope, erase_from
from audience_builder.errors import ConfigError
from audience_builder.identifiers import recognised
from audience_builder.refresh.client import record_of, refuse_foreign
from audience_builder.refresh.workspace import check_together
from audience_builder.tombstones import Kind

__all__ = ["client_scopes", "erase_everywhere", "folder_scope"]


def client_scopes(paths: Sequence[Path], environ: Mapping[str, str]) -> list[tuple[Scope, Client]]:
    """The records of the clients with these files.

    Raises:
        ConfigError: A file cannot be used, names no platform there is, or clients share a name, a record or a token.
    """
    clients = [load(path, environ) for path in paths]
    check_together(clients, environ)
    return [(_scope_of(client, environ), client) for client in clients]


def folder_scope(folder: Path | None, client: str | None, environ: Mapping[str, str]) -> Scope:
    """The record in a folder, else that of a client refreshed before, else the user's own.

    Raises:
        ConfigError: There is none, so that nobody would be erased by a slip of the pen.
    """
    if folder is not None:
        if folder.is_dir():
            return Scope(client="", folder=folder)
        raise ConfigError(
            "There is no such state folder.", f"{folder} is not there.",
            "Name the folder that uploads were made with; make it first if there were none.",
        )  # fmt: skip
    known = clients_on_record(environ)
    if client is not None:
        own = client_folder(client, environ)
        if own.is_dir():
            return Scope(client=client, folder=own)
        near = get_close_matches(own.name, known, n=1)
        raise ConfigError(
            f'There is no record of a client "{client}".',
            f"There are records of: {', '.join(known) or 'none'}.",
            f"Did you mean {near[0]}?" if near else "Give the client's audience.toml, or the folder with --state.",
        )
    own = user_data_folder(environ)
    if known and not (own / DATABASE).exists():
        raise ConfigError(
            "Whose customer is to be erased?", f"There are records of these clients: {', '.join(known)}.",
            "Name one with --client, or give the clients' audience.toml.",
        )  # fmt: skip
    return Scope(client="", folder=own)


def erase_everywhere(
    texts: Sequence[str],
    scopes: Sequence[tuple[Scope, Client | None]],
    terms: ErasureTerms,
    *,
    kind: Kind | None = None,
    country: str | None = None,
) -> Iterator[Receipt]:
    """Erase people from one record after the other.

    Args:
        texts: What is known of them, one identifier each.
        scopes: Where, with the client's settings where they are known.
        terms: How it is to go.
        kind: What all identifiers are, None to see it from each.
        country: Country of phones in national form, None for the client's own.

    Yields:
        One receipt for each record.

    Raises:
        ConfigError: An identifier is ambiguous, or a folder is another client's; nothing was done.
        DataError: An identifier cannot be what it is said to be; nothing was done.
    """
    people = [recognised(texts, kind=kind, country=country or scope.home_country) for scope, _ in scopes]
    for scope, client in scopes:
        if client is not None:
            refuse_foreign(scope.folder, client)
    for identifiers, (scope, client) in zip(people, scopes, strict=True):
        yield erase_from(identifiers, scope, partial(_opened, scope, client, terms), terms)


def _opened(scope: Scope, client: Client | None, terms: ErasureTerms) -> AbstractContextManager[State | None]:
    """The record; a dry run makes none."""
    if terms.dry_run and not (scope.folder / DATABASE).exists():
        return nullcontext()
    if terms.dry_run or client is None:
        return State(scope.folder, clock=terms.runtime.clock)
    return record_of(client, terms.environ, terms.runtime.clock)


def _scope_of(client: Client, environ: Mapping[str, str]) -> Scope:
    audiences = [(platforms.load(one.platform).name, one) for one in client.config.audiences.values()]
    return Scope(
        client=client.name,
        folder=state_of(client, environ),
        home_country=client.config.client.home_country,
        tokens={(platform, one.account): one.token_env for platform, one in audiences if one.token_env is not None},
        audiences=tuple(
            AudienceKey(platform=platform, account=one.account, name=one.name) for platform, one in audiences
        ),
    )
