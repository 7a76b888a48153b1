"""What ``refresh`` prints: each client apart, then a table."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import typer

from audience_builder.cli.flags import PrintFlags
from audience_builder.cli.main import print_error, say
from audience_builder.cli.printing import result_figures, result_remarks
from audience_builder.refresh import AudienceReport, Refreshed, worst
from audience_builder.reporting.terminal import section_lines

__all__ = ["print_refreshed"]


def print_refreshed(results: Iterable[Refreshed], flags: PrintFlags, *, several: bool) -> list[Refreshed]:
    """Print each client as soon as it is done; with ``--json`` one document at the end.

    Returns:
        The results.
    """
    done = []
    for one in results:
        done.append(one)
        for sentence in one.untold:
            say(sentence)
        if not (flags.json or flags.quiet):
            for line in _client_lines(one):
                typer.echo(line)
        if one.error is not None:
            if several:
                say(f"{one.client or one.path.name}:")
            print_error(one.error)
    if flags.json:
        typer.echo(json.dumps(_document(done), indent=2, ensure_ascii=False))
    elif several and not flags.quiet:
        for line in _table(done):
            typer.echo(line)
    return done


def _document(done: list[Refreshed]) -> dict[str, object]:
    counts = [one.counts() for one in done]
    ids = [audience.result.audience_id for one in done if one.report for audience in one.report.audiences]
    return {
        **{name: sum(count[name] for count in counts) for name in (counts[0] if counts else {})},
        "audience_id": ids[0] if len(ids) == 1 else None,
        "exit_code": worst(done),
        "clients": [one.document() for one in done],
    }


def _client_lines(one: Refreshed) -> Iterator[str]:
    if one.report is None:
        return
    for audience in one.report.audiences:
        yield from section_lines(_title(one, audience), _figures(audience), list(result_remarks(audience.result)))
    for remark in one.report.remarks:
        yield f"• {remark}"
    if one.plan_path is not None:
        yield ""
        yield "Nothing was sent. To carry out this plan:"
        yield f"  audience-builder refresh {_from_here(one.path)} {_from_here(one.plan_path)} --apply"


def _from_here(path: Path) -> Path:
    """The path as the user would type it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _title(one: Refreshed, audience: AudienceReport) -> str:
    what = "plan" if audience.result.dry_run else "refreshed"
    return f"{one.client}: {audience.name} ({audience.platform}, {audience.account}), {what}"


def _figures(audience: AudienceReport) -> dict[str, int | str]:
    figures = result_figures(audience.result)
    if audience.result.dry_run:
        took = f"{audience.minutes:.0f} min" if audience.minutes >= 1 else "under 1 min"
        figures |= {"Requests it takes": audience.requests, "Time it takes, about": took}
    return figures


def _table(done: list[Refreshed]) -> Iterator[str]:
    """One line per client."""
    yield ""
    yield f"{'Client':<26}{'Outcome':<10}{'Added':>10}{'Removed':>10}{'Revalued':>10}{'Exit code':>14}"
    yield "─" * 80
    for one in done:
        counts = one.counts() if one.error is None else dict.fromkeys(("added", "removed", "revalued"), 0)
        numbers = "".join(f"{counts[name]:>10,}" for name in ("added", "removed", "revalued"))
        yield f"{(one.client or one.path.name)[:25]:<26}{one.outcome:<10}{numbers}{one.exit_code:>14}"
