"""What a command prints once it is done."""

import json

import typer

from audience_builder.cli.flags import PrintFlags
from audience_builder.reporting.summary import Summary
from audience_builder.reporting.terminal import summary_lines

__all__ = ["print_summary"]


def print_summary(summary: Summary, flags: PrintFlags) -> None:
    """The summary for people, or as one JSON document alone on stdout."""
    if flags.json:
        typer.echo(json.dumps(summary.document(), indent=2, ensure_ascii=False))
    elif not flags.quiet:
        for line in summary_lines(summary):
            typer.echo(line)
