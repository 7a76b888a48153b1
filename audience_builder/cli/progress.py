"""One line on stderr that tells how far an upload has come, where somebody is watching."""

import sys
from collections.abc import Callable

import typer

from audience_builder.cli.flags import LogFlags, PrintFlags
from audience_builder.delivery.uploader import Progress

__all__ = ["progress_line"]

CLEARED = "\r\x1b[K"
BAR = 8
"""Characters of the bar: the whole line fits 80 columns."""


def progress_line(flags: PrintFlags, log: LogFlags) -> Callable[[Progress], None] | None:
    """What shows the progress; None where stderr is no terminal or holds events, or quiet is asked for."""
    return None if flags.quiet or log.log_json or not sys.stderr.isatty() else _show


def _show(now: Progress) -> None:
    ended = now.batches == now.batches_total
    left = "" if ended else f", ~{now.seconds_left:.0f} s left"
    unusable = f", {now.rejected:,} unusable" if now.rejected else ""
    text = (
        f"{_bar(now)} {now.rows:,} of {now.rows_total:,} rows, request {now.batches:,} of {now.batches_total:,}"
        f"{unusable}{left}"
    )
    typer.echo(f"{CLEARED}{text}", nl=ended, err=True)


def _bar(now: Progress) -> str:
    filled = BAR * now.rows // max(now.rows_total, 1)
    return f"[{'#' * filled}{'.' * (BAR - filled)}]"
