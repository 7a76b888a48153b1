"""What a command prints once it is done."""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from textwrap import wrap
from typing import TYPE_CHECKING

import typer

from audience_builder import pipeline
from audience_builder.cli.flags import PrintFlags
from audience_builder.delivery.outcome import UploadResult
from audience_builder.delivery.wire import Lookalike
from audience_builder.reporting.summary import Summary
from audience_builder.reporting.terminal import section_lines, summary_lines

if TYPE_CHECKING:  # packs bring the page along
    from audience_builder.packs import Pack

__all__ = [
    "lookalike_remarks",
    "print_document",
    "print_pack",
    "print_summary",
    "print_upload",
    "result_figures",
    "result_remarks",
]


def print_summary(summary: Summary, flags: PrintFlags) -> None:
    """The summary for people, or as one JSON document alone on stdout."""
    print_document(summary.document(), summary_lines(summary), flags)


def print_upload(done: pipeline.Upload, flags: PrintFlags, *, title: str) -> None:
    """The summary, then what the platform made of the list."""
    print_document(done.document(), _upload_lines(done, title), flags)


def print_pack(made: "Pack", flags: PrintFlags, *, title: str = "Pack, ready to hand on") -> None:
    """The summary, and where the pack lies."""
    places = (title, f"  {made.folder}", f"  {made.archive}")
    print_document(made.summary.document(), chain(summary_lines(made.summary), ("", *places)), flags)


def print_document(document: Mapping[str, object], lines: Iterable[str], flags: PrintFlags) -> None:
    """One JSON document alone on stdout, or lines for people."""
    if flags.json:
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    elif not flags.quiet:
        for line in lines:
            typer.echo(line)


def lookalike_remarks(lookalikes: Iterable[Lookalike]) -> Iterator[str]:
    """One sentence on each lookalike: its id, or what it waits for."""
    for one in lookalikes:
        standing = f"is there, id {one.audience_id}." if one.audience_id else f"waits. {one.note}"
        yield f"Lookalike {one.spec} {standing}"


def result_figures(result: UploadResult) -> dict[str, int | str]:
    """What was sent, or in a dry run would be, by label."""
    plan: dict[str, int | str] = {
        "Audience id": result.audience_id or "none yet",
        "People added": result.added,
        "People removed": result.removed,
        **{f"    {reason}": count for reason, count in result.removal_reasons.items()},
        "Members sent again with a new value": result.revalued,
        "Members unchanged, not sent": result.unchanged,
    }
    outcome: dict[str, int | str] = {
        "Rows the platform could not use": result.rejected_by_platform,
        "Requests": result.requests,
        "Members now": result.members,
    }
    return plan if result.dry_run else plan | outcome


def _upload_lines(done: pipeline.Upload, title: str) -> Iterator[str]:
    yield from summary_lines(done.summary)
    heading = f"{title}: a dry run, nothing was sent" if done.result.dry_run else title
    yield from section_lines(heading, result_figures(done.result), list(result_remarks(done.result)))
    yield from _preview_lines(done.result)


def _preview_lines(result: UploadResult) -> Iterator[str]:
    """The first request as it would leave, one cell a line; digests are cut and other identifiers hidden."""
    if result.preview is None:
        return
    rows, content = result.preview["rows"], result.preview["payload"]
    yield from section_lines("The first request, people made unrecognisable", {"Rows in it": f"{rows:,}"})
    if isinstance(content, Mapping):
        for place, row in enumerate(content["data"], start=1):
            filled = (f"{key} {cell}" for key, cell in zip(content["schema"], row, strict=True) if cell != "")
            yield from wrap(f"row {place}: {', '.join(filled)}", 80, subsequent_indent="       ")


def result_remarks(result: UploadResult) -> Iterator[str]:
    """What the user should know, one sentence each."""
    if result.duplicates:
        yield f"{result.duplicates:,} rows had the match keys of another row and are one member with it."
    if result.erased:
        yield f"{result.erased:,} rows were left out: the person was erased on request."
    if result.not_removed:
        yield f"{result.not_removed:,} people stay until the audience is large enough; the next run tries again."
    yield from result.warnings
    yield from lookalike_remarks(result.lookalikes)
