"""``report``: one row per customer, and the summary."""

from pathlib import Path
from typing import Annotated

import typer

from audience_builder.cli.expand import command
from audience_builder.cli.flags import (
    FilterFlags,
    KeyFlags,
    LogFlags,
    PrintFlags,
    RecordFolder,
    SourceFlags,
    ValueFlags,
)
from audience_builder.cli.main import app

__all__: list[str] = []


@command(app)
def report(
    sources: SourceFlags,
    who: FilterFlags,
    value: ValueFlags,
    keys: KeyFlags,
    printing: PrintFlags,
    log: LogFlags,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Report file: .csv, .xlsx, .parquet, or .html for a page of totals to hand on."
        ),
    ] = None,
    columns: Annotated[
        str | None, typer.Option(help="Report columns, in order, comma-separated. Default: all.")
    ] = None,
    sort: Annotated[
        str | None, typer.Option(help="Column to sort by; - in front turns it round. Default: value.")
    ] = None,
    top: Annotated[int | None, typer.Option(help="Keep this many customers, after sorting.", min=1)] = None,
    merges: Annotated[
        Path | None, typer.Option(help="File that explains which rows were joined into one customer.")
    ] = None,
    client: Annotated[
        str | None,
        typer.Option(help="Whose customers these are: heading of a page; people erased from that record stay out."),
    ] = None,
    state: RecordFolder = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a report of that name.")] = False,
) -> None:
    """Write the lifetime value of every customer."""
    from audience_builder import pipeline
    from audience_builder.cli.log import logged
    from audience_builder.cli.printing import print_summary
    from audience_builder.cli.request import client_name, request_from, whose_erased

    chosen = tuple(name.strip() for name in columns.split(",") if name.strip()) if columns else ()
    with logged(log, "report"):
        summary = pipeline.report(
            request_from(sources, who, value, keys, whose_erased(client, state)),
            output,
            columns=chosen,
            sort=sort,
            top=top,
            merges=merges,
            client=client_name(client),
            force=force,
        )
    print_summary(summary, printing)
