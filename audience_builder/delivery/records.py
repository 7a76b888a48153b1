"""What the state store hands out: audiences, runs, batches and upload sessions as they are on record."""

from collections.abc import Mapping
from dataclasses import dataclass

from audience_builder.delivery.wire import Action

__all__ = ["AudienceKey", "KnownAudience", "PlannedBatch", "Run", "SentSession", "Tally"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceKey:
    """Which audience: platform, account and the name the user gave it."""

    platform: str
    account: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAudience:
    """An audience we have sent to, with the number of members acknowledged."""

    key: int
    audience_id: str
    with_value: bool
    snapshot: str | None
    members: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One execution of a plan; ``counts`` are the plan's numbers by name.

    ``folder`` is the name of the plan's folder within the audience's own.
    """

    run: int
    audience: int
    mode: str
    input: str
    folder: str
    batch_rows: int
    counts: Mapping[str, int]
    started_at: float
    ended_at: float | None
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SentSession:
    """An upload session: rows promised, when opened, rows and batches acknowledged in it."""

    session: int
    total_rows: int
    opened_at: float
    over: bool
    taken_rows: int
    last_sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedBatch:
    """One batch of a run: rows ``number * batch_rows`` onwards of its phase's file."""

    run: int
    phase: str
    number: int
    action: Action
    rows: int
    state: str
    session: int | None
    sequence: int | None
    sends: int
    invalid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """A run, or one phase of it, in numbers; settled batches are those taken or skipped."""

    rows: int
    settled_rows: int
    batches: int
    settled_batches: int
    invalid: int
    requests: int
    skipped_rows: int
    last_number: int
    newest_session: int | None
