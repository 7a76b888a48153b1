"""The log as people read it: attempt by attempt, the newest last."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from audience_builder.delivery.audit.chain import Entry, Step, entries

__all__ = ["PastAttempt", "history"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAttempt:
    """What became of one attempt.

    Args:
        entry: Number of the entry it begins with.
        began_at, ended_at: ISO 8601 in UTC; ``ended_at`` is None where it never ended.
        command, client, user, host, process, program: Who, and with what.
        platform, account, name: The audience; an erasure has no name, it is of the whole account.
        mode: See ``plan.Mode``; ``erase`` for an erasure, blank for a run stopped before its audience.
        files: Name and SHA-256 of every file read.
        settings: Digest of the settings.
        outcome: ``applied``, ``stopped``, ``failed``, ``cut short``; ``under way`` as long as nobody told of an end.
            An erasure is ``erased`` or ``not confirmed``.
        exit_code: As the command ended, None where it did not.
        error, reason, brakes: What stood in the way.
        run: Number of the plan carried out, None before there was one.
        continued: Whether that plan was an earlier attempt's.
        after_cut_short: Number of the attempt before that never ended.
        planned: The plan's numbers by name.
        counts: What was done in the end, by name.
        removal_reasons: Removals by reason.
        batches, rows: Acknowledged in this attempt.
        sessions, request_ids: The platform's own names for what was sent.
        lookalikes: Lookalikes made.
    """

    entry: int
    began_at: str
    outcome: str
    ended_at: str | None = None
    command: str = ""
    client: str = ""
    user: str = ""
    host: str = ""
    process: int = 0
    program: str = ""
    platform: str = ""
    account: str = ""
    name: str = ""
    mode: str = ""
    files: tuple[Mapping[str, str], ...] = ()
    settings: str = ""
    exit_code: int | None = None
    error: str = ""
    reason: str = ""
    brakes: tuple[str, ...] = ()
    run: int | None = None
    continued: bool = False
    after_cut_short: int | None = None
    planned: Mapping[str, int] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    removal_reasons: Mapping[str, int] = field(default_factory=dict)
    batches: int = 0
    rows: int = 0
    sessions: tuple[str, ...] = ()
    request_ids: tuple[str, ...] = ()
    lookalikes: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


def history(
    database: sqlite3.Connection, *, name: str | None = None, since: datetime | None = None, last: int | None = None
) -> list[PastAttempt]:
    """All attempts, in the order in which they began.

    Args:
        database: Holds the log.
        name: Only the audience of that name; an erasure is of every audience.
        since: Only those that began then or later, in UTC.
        last: Only the newest so many.
    """
    found = [
        one
        for one in _attempts(entries(database))
        if (name is None or one.name == name or one.mode == "erase")
        and (since is None or datetime.fromisoformat(one.began_at) >= since)
    ]
    return found if last is None else found[max(len(found) - last, 0) :]


def _attempts(log: Iterable[Entry]) -> Iterator[PastAttempt]:
    """Gather the entries of each attempt; those stopped before any audience are spread over what they were for."""
    under_way: dict[int, PastAttempt] = {}
    order: list[PastAttempt | int] = []
    for one in log:
        if one.step is Step.STOPPED:
            order += _stopped(one)
        elif one.step in (Step.BEGAN, Step.BURIED):
            under_way[one.entry] = _begun(one)
            order.append(one.entry)
        elif one.attempt in under_way:
            under_way[one.attempt] = _further(under_way[one.attempt], one)
    yield from (under_way[one] if isinstance(one, int) else one for one in order)


def _head(one: Entry) -> dict[str, Any]:
    names = ("command", "client", "user", "host", "process", "program", "settings")
    return {
        "entry": one.entry,
        "began_at": one.at,
        "files": tuple(one.content["files"]),
        **{name: one.content[name] for name in names},
    }


def _begun(one: Entry) -> PastAttempt:
    content = one.content
    if one.step is Step.BURIED:
        counts = {"digests": len(content["digests"])}
        return PastAttempt(
            **_head(one), outcome="not confirmed", platform=content["platform"], mode="erase", counts=counts
        )
    names = ("platform", "account", "name", "mode", "after_cut_short")
    return PastAttempt(**_head(one), outcome="under way", **{name: content[name] for name in names})


def _stopped(one: Entry) -> Iterator[PastAttempt]:
    ending = _ending(one)
    audiences: list[dict[str, Any]] = one.content["audiences"] or [{}]
    for audience in audiences:
        yield PastAttempt(**_head(one), **audience, **ending)


def _ending(one: Entry) -> dict[str, Any]:
    content = one.content
    return {
        "ended_at": one.at,
        "outcome": content["outcome"],
        "exit_code": content["exit_code"],
        "error": content.get("error", ""),
        "reason": content.get("reason", ""),
        "brakes": tuple(content.get("brakes", ())),
    }


def _further(so_far: PastAttempt, one: Entry) -> PastAttempt:
    """The attempt with one more entry taken in."""
    content = one.content
    more: dict[str, Any] = {}
    match one.step:
        case Step.PLANNED:
            reasons = content["removal_reasons"]
            more = {"run": content["run"], "planned": content["counts"], "removal_reasons": reasons}
        case Step.CONTINUED:
            more = {"run": content["run"], "planned": content["counts"], "continued": True}
        case Step.ACKNOWLEDGED:
            more = {
                "batches": so_far.batches + 1,
                "rows": so_far.rows + content["rows"],
                "sessions": _with(so_far.sessions, content["session"]),
                "request_ids": _with(so_far.request_ids, content["request_id"]),
            }
        case Step.LOOKALIKE:
            more = {"lookalikes": _with(so_far.lookalikes, content["spec"])}
        case Step.ENDED:
            more = {**_ending(one), "counts": content.get("counts", {})}
        case Step.CUT_SHORT:
            more = {"outcome": "cut short"}
        case Step.ERASED:
            counts = {**so_far.counts, **{name: n for name, n in content.items() if name != "account"}}
            more = {"ended_at": one.at, "outcome": "erased", "exit_code": 0, "account": content["account"]}
            more["counts"] = counts
    return replace(so_far, **more)


def _with(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return names if not name or name in names else (*names, name)
