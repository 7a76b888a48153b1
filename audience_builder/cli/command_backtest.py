"""``backtest``: how well each forecast would have done."""

import json
from datetime import datetime
from typing import Annotated

import typer

from audience_builder.cli.expand import command
from audience_builder.cli.flags import PrintFlags, SourceFlags
from audience_builder.cli.main import app

__all__: list[str] = []


@command(app)
def backtest(
    sources: SourceFlags,
    printing: PrintFlags,
    cutoff: Annotated[
        list[datetime] | None,
        typer.Option(
            help="Last day that is known. May repeat. Default: up to three, chosen from the history.",
            formats=["%Y-%m-%d"],
        ),
    ] = None,
    holdout_days: Annotated[
        int | None,
        typer.Option(help="Days forecast after the cut-off. Default: a third of the history, at most 182."),
    ] = None,
) -> None:
    """Hide the latest weeks, forecast them, compare."""
    from audience_builder import pipeline
    from audience_builder.cli.request import request_from
    from audience_builder.reporting.backtest import backtest_lines

    found = pipeline.backtest(request_from(sources), [day.date() for day in cutoff or ()], holdout_days)
    if printing.json:
        typer.echo(json.dumps(found.as_json(), indent=2, ensure_ascii=False))
    elif not printing.quiet:
        typer.echo("\n".join(backtest_lines(found)))
