"""``export --pack``: one client by flags, or many by their files, and what is printed of their packs."""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import typer

from audience_builder.cli.flags import FilterFlags, KeyFlags, PrintFlags, SourceFlags, ValueFlags
from audience_builder.cli.main import print_error
from audience_builder.cli.printing import print_pack
from audience_builder.cli.request import CLIENT_FILE, request_from, whose_erased
from audience_builder.clients import checked_name
from audience_builder.errors import ConfigError
from audience_builder.handover import Handed, hand_over
from audience_builder.lists import Lists
from audience_builder.packs import make_pack

__all__ = ["export_packs", "print_handed"]


def export_packs(
    sources: SourceFlags, who: FilterFlags, value: ValueFlags, keys: KeyFlags, printing: PrintFlags, *,
    client: str | None, state: Path | None, lists: Lists, output: Path,
) -> int:  # fmt: skip
    """Make one client's pack from flags, or one for each client's file; print what became of it.

    Returns:
        The worst (highest) exit code of the clients.

    Raises:
        ConfigError, DataError: As ``make_pack``, of the one client.
    """
    files = _client_files(sources, who, value, keys, client=client, state=state)
    if files:
        return print_handed(hand_over(files, lists, output, os.environ), printing)
    if client is None:
        raise ConfigError(
            "--pack needs the client's name.", "--client was not given.", 'Write it like --client "Acme".'
        )
    request = request_from(sources, who, value, keys, whose_erased(client, state))
    made = make_pack(request, lists, output, checked_name(client, "--client"))
    print_pack(made, printing)
    return 0


def _client_files(
    sources: SourceFlags, who: FilterFlags, value: ValueFlags, keys: KeyFlags, *,
    client: str | None, state: Path | None,
) -> list[Path]:  # fmt: skip
    """The clients' files that were given; none where order files were."""
    found = [Path(name) for name in sources.files if name.endswith(CLIENT_FILE)]
    if not found:
        return []
    if len(found) < len(sources.files):
        raise ConfigError(
            "Clients' files and order files do not go together.",
            f"{len(found)} of {len(sources.files)} end in {CLIENT_FILE}.",
            "Name the orders in [[sources]] of the client's file.",
        )
    plain = (replace(sources, files=[]), who, value, keys)
    given = [name for group in plain for name in _given(group)]
    given += [flag for flag, said in (("--client", client), ("--state", state)) if said is not None]
    if given:
        raise ConfigError(
            "What a client's file says is not said again by flags.",
            f"Given beside it: {', '.join(given)}.",
            "Leave them out, or write them into the file.",
        )
    return found


def _given(group: Any) -> Iterator[str]:
    """The flags of a group that are not as they are when left out."""
    untouched = type(group)(files=[]) if isinstance(group, SourceFlags) else type(group)()
    for field in fields(group):
        if getattr(group, field.name) != getattr(untouched, field.name):
            yield f"--{field.name.replace('_', '-')}"


def print_handed(results: Iterable[Handed], flags: PrintFlags) -> int:
    """Print each client's pack as soon as it is made, then a table; with ``--json`` one document at the end.

    Returns:
        The worst (highest) exit code.
    """
    done = []
    for one in results:
        done.append(one)
        if one.pack is not None and not flags.json:
            print_pack(one.pack, flags, title=f"Pack of {one.client}, ready to hand on")
        if one.error is not None:
            typer.echo(f"{one.client or one.path.name}:", err=True)
            print_error(one.error)
    worst = max((one.exit_code for one in done), default=0)
    if flags.json:
        document = {"exit_code": worst, "clients": [one.document() for one in done]}
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    elif len(done) > 1 and not flags.quiet:
        for line in _table(done):
            typer.echo(line)
    return worst


def _table(done: list[Handed]) -> Iterator[str]:
    """One line per client."""
    yield ""
    yield f"{'Client':<26}{'Customers kept':>18}{'Rows in lists':>18}{'Exit code':>18}"
    yield "─" * 80
    for one in done:
        kept = "-" if one.pack is None else f"{one.pack.summary.customers_kept:,}"
        rows = "-" if one.pack is None else f"{sum(made.rows for made in one.pack.summary.lists):,}"
        yield f"{(one.client or one.path.name)[:25]:<26}{kept:>18}{rows:>18}{one.exit_code:>18}"
