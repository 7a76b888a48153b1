"""``erase``: people out of every audience on record, for good."""

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from audience_builder.cli.expand import command
from audience_builder.cli.flags import PrintFlags, StateFlags
from audience_builder.cli.main import app

__all__: list[str] = []


@command(app)
def erase(
    record: StateFlags,
    printing: PrintFlags,
    values: Annotated[
        list[str] | None,
        typer.Argument(
            help="E-mails, phones, customer ids, or - for one a line from stdin; clients' audience.toml. "
            "Others on the machine can read arguments: prefer -.",
            show_default=False,
        ),
    ] = None,
    file: Annotated[Path | None, typer.Option(help="File with one e-mail, phone or customer id a line.")] = None,
    kind: Annotated[
        Literal["email", "phone", "id"] | None,
        typer.Option(help="What all of them are. Default: seen from each; a customer id has to be named."),
    ] = None,
    country: Annotated[
        str | None, typer.Option(help="Country of phones without +, as ISO code. Default: the client's own.")
    ] = None,
    wait: Annotated[
        float, typer.Option(help="Minutes to wait for another run of an audience. Default: end at once.", min=0)
    ] = 0.0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen; send and write nothing.")] = False,
) -> None:
    """Take people out of every audience, for good."""
    from audience_builder.cli.erasure_printing import print_receipts
    from audience_builder.cli.people import scopes_from, texts_from
    from audience_builder.erasing import ErasureTerms
    from audience_builder.refresh.erasures import erase_everywhere

    texts, scopes = texts_from(values or [], file), scopes_from(values or [], record)
    terms = ErasureTerms(environ=os.environ, dry_run=dry_run, wait_seconds=60 * wait)
    code = print_receipts(erase_everywhere(texts, scopes, terms, kind=kind, country=country), printing)
    if code:
        raise typer.Exit(code)
