"""What passes between the upload engine and one platform's uploader."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Protocol

import polars as pl

__all__ = [
    "Action",
    "Batch",
    "Check",
    "Health",
    "Level",
    "Lookalike",
    "Outcome",
    "Receipt",
    "RemoteAudience",
    "SessionReport",
    "Uploader",
    "Usage",
]


class Action(StrEnum):
    """What a batch does to the audience."""

    ADD = "add"
    REMOVE = "remove"
    REPLACE = "replace"


class Outcome(Enum):
    """What became of a batch that the platform answered without refusing it for good."""

    TAKEN = "taken"
    SESSION_OVER = "session over"  # not taken: open a new session and send it there
    TOO_SMALL = "too small"  # a removal not taken: the audience would fall below the minimum


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One request's worth of people.

    Args:
        audience_id: The platform's id of the audience.
        action: What to do with the rows.
        rows: Match-key columns as named by ``MatchKey.columns``; the value column too unless removing.
        session: Random positive 63-bit number, never used before.
        sequence: Place of the batch in its session, from 1.
        last: Whether it is the session's last batch.
        total_rows: Rows the whole session is going to carry.
    """

    audience_id: str
    action: Action
    rows: pl.DataFrame
    session: int
    sequence: int
    last: bool
    total_rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """How much of the platform's allowance is used up, as it told us.

    Args:
        percent: The fullest of its meters, 0 to 100 and beyond.
        regain_seconds: How long until it takes calls again, 0 if it takes them now.
    """

    percent: float = 0.0
    regain_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The platform's answer to a batch.

    Args:
        outcome: Whether the batch was taken.
        received: Rows received in the session so far, None if it did not say.
        invalid: Rows of this batch it could not use.
        usage: State of its meters.
        request_id: The platform's own name of the request, blank if it gave none.
    """

    outcome: Outcome = Outcome.TAKEN
    received: int | None = None
    invalid: int = 0
    usage: Usage = field(default_factory=Usage)
    request_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteAudience:
    """An audience as the platform describes it.

    Args:
        audience_id: The platform's id.
        name: Its name there.
        with_value: Whether it takes a value per person.
        replaceable: Whether the whole list may be replaced now.
        operation: Operation status in words.
        delivery: Delivery status in words.
        busy: Whether it takes nobody until a change under way has ended.
        blocked: Why it takes nobody at all, empty if it does.
        size_low: Lower bound of its size, None if unknown.
        size_high: Upper bound of its size, None if unknown.
        warnings: What its owner should know, one sentence each.
    """

    audience_id: str
    name: str
    with_value: bool
    replaceable: bool = False
    operation: str = ""
    delivery: str = ""
    busy: bool = False
    blocked: str = ""
    size_low: int | None = None
    size_high: int | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionReport:
    """What the platform says of a finished or running upload session; never waited for."""

    session: int
    stage: str
    received: int | None = None
    matched: int | None = None
    invalid: int | None = None


class Level(StrEnum):
    """How a check came out."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of the doctor.

    Args:
        name: What was looked at.
        level: How it came out.
        advice: What was found and what to do.
    """

    name: str
    level: Level
    advice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What the doctor is asked about.

    Args:
        name: Name of the audience, None to look at the account alone.
        with_value: Whether values are going along.
        members_after: Members the audience has after the change, None if unknown.
    """

    name: str | None
    with_value: bool
    members_after: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookalike:
    """A lookalike audience, made or waiting for its seed.

    Args:
        spec: As the user wrote it (``US:0.01``).
        name: Its name on the platform.
        audience_id: The platform's id, None while it waits.
        note: What it waits for, empty once made.
    """

    spec: str
    name: str
    audience_id: str | None
    note: str = ""


class Uploader(Protocol):
    """Transport to one account of one platform; rows arrive hashed.

    Every method raises ``TryAgain`` (with the platform's wait), ``Rejected`` or ``NotAuthorised``.
    """

    platform_name: str
    account: str
    max_batch_rows: int
    minimum_rows: int
    session_seconds: float
    """How long a session takes batches, from its first one."""
    seconds_per_batch: float
    """How long a batch takes, for estimates."""

    def find(self, name: str) -> RemoteAudience | None:
        """The audience of that name, None if there is none."""

    def create(self, name: str, *, with_value: bool) -> RemoteAudience:
        """Make an audience; the caller has looked for one of that name before."""

    def read(self, audience_id: str) -> RemoteAudience | None:
        """The audience of that id, None if it is gone."""

    def send(self, batch: Batch) -> Receipt:
        """Send one batch."""

    def replace_running(self, audience_id: str) -> bool:
        """Whether the platform is in the middle of a replace."""

    def session_report(self, audience_id: str, session: int) -> SessionReport:
        """What the platform says of a session, once."""

    def erase(self, rows: pl.DataFrame, *, session: int, sequence: int, last: bool) -> Receipt:
        """Take people out of every customer list of the account."""

    def preview(self, batch: Batch) -> Mapping[str, object]:
        """The request as it would be sent, with every contact value and digest cut short."""

    def check_lookalike(self, spec: str) -> None:
        """Raise ``ConfigError`` unless the text describes a lookalike."""

    def lookalike(self, seed: RemoteAudience, spec: str) -> Lookalike:
        """Make a lookalike of the seed, or tell what it waits for."""

    def checks(self, health: Health) -> list[Check]:
        """Everything that can be known before sending."""
