"""What ``history`` prints: a line for each attempt, and beneath it who, how and why not."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from textwrap import wrap
from typing import Any

from audience_builder.delivery.audit.history import PastAttempt
from audience_builder.delivery.audit.seal import Seal

__all__ = ["document", "lines"]

WIDTH = 80
WHEN, NAME, OUTCOME, NUMBER = 18, 32, 14, 8
"""Widths of the columns; the last is there twice."""


def document(attempts: Sequence[PastAttempt], seal: Seal | None) -> dict[str, Any]:
    """JSON-ready; ``seal`` is null where nothing was checked."""
    return {"attempts": [one.document() for one in attempts], "seal": None if seal is None else asdict(seal)}


def lines(attempts: Sequence[PastAttempt], seal: Seal | None) -> Iterator[str]:
    """The same for people, none wider than 80 columns."""
    if attempts:
        yield _row("When (UTC)", "Audience", "Outcome", "Added", "Removed")
        yield "─" * WIDTH
    else:
        yield "No attempt on record."
    for one in attempts:
        added, removed = (f"{one.counts[name]:,}" if name in one.counts else "-" for name in ("added", "removed"))
        yield _row(f"{datetime.fromisoformat(one.began_at):%Y-%m-%d %H:%M}", _name(one), one.outcome, added, removed)
        indent = " " * WHEN
        yield from wrap(" ".join(_remarks(one)), WIDTH, initial_indent=indent, subsequent_indent=indent)
    if seal is not None:
        yield ""
        yield f"Unbroken: {seal.entries:,} entries. Keep this elsewhere to prove it later with --seal:"
        yield f"  {seal}"


def _row(when: str, name: str, outcome: str, added: str, removed: str) -> str:
    shown = name if len(name) < NAME else f"{name[: NAME - 2]}…"
    return f"{when:<{WHEN}}{shown:<{NAME}}{outcome:<{OUTCOME}}{added:>{NUMBER}}{removed:>{NUMBER}}"


def _name(one: PastAttempt) -> str:
    return "(erasure)" if one.mode == "erase" else one.name


def _remarks(one: PastAttempt) -> Iterator[str]:
    """Who and where, what was sent, and what stood in the way."""
    of = f" of {one.client}" if one.client else ""
    where = ", ".join(part for part in (f"{one.platform} {one.account}".strip(), one.mode) if part)
    yield f"{one.command}{of} by {one.user} on {one.host}{f'; {where}' if where else ''}."
    if one.mode == "erase":
        yield _counted(one.counts.get("digests", 0), "identifier")
        if "members" in one.counts:
            yield _counted(one.counts["members"], "membership") + " ended."
        return
    if one.after_cut_short is not None:
        yield "The run before was cut short."
    if one.continued:
        yield "Continued an earlier plan."
    if one.batches:
        yield f"{_counted(one.batches, 'request')} acknowledged with {_counted(one.rows, 'row')}."
    if one.brakes:
        yield f"Stopped by {', '.join(one.brakes)}."
    if one.reason:
        yield one.reason
    if one.exit_code:
        yield f"Exit code {one.exit_code}."


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
