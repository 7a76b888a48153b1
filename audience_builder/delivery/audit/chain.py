"""The log itself: a table nobody updates, each entry carrying the digest of the one before.

An entry's digest is the SHA-256 of ``previous``, ``entry``, ``at``, ``step``, ``attempt`` and ``content``
as they stand in the table, joined by line breaks (``attempt`` blank where there is none), so that anybody
can work it out again. Entries are written inside the transaction of what they tell about: neither can be
there without the other. Digests, counts and names of audiences only; never a person, never a token.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from audience_builder.errors import DataError
from audience_builder.hashing import text_sha256

__all__ = ["GENESIS", "Entry", "Step", "append", "digest_of", "entries", "moment", "newest_digest"]

GENESIS: Final = "0" * 64
"""What the first entry has in place of a digest before it."""
_COLUMNS: Final = "entry, at, step, attempt, content, previous, digest"


class Step(StrEnum):
    """What an entry tells."""

    BEGAN = "began"  # an attempt to bring one audience in line; written before its first request
    PLANNED = "planned"
    CONTINUED = "continued"  # an earlier plan is carried on with in place of a new one
    ACKNOWLEDGED = "acknowledged"  # one batch
    SKIPPED = "skipped"  # one batch of removals: too few would be left
    CLOSED = "closed"  # a plan is done, or another took its place
    LOOKALIKE = "lookalike"
    ENDED = "ended"
    CUT_SHORT = "cut short"  # the attempt never ended; written by the next one
    STOPPED = "stopped"  # a run that ended before any audience was touched
    BURIED = "buried"  # people erased for good; written before the platform is asked
    ERASED = "erased"  # the platform has taken them out


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry.

    Args:
        entry: Its number, from 1 without a gap.
        at: When, ISO 8601 in UTC.
        step: What it tells.
        attempt: Number of the ``began`` (or ``buried``) entry it belongs to.
        content: Its facts.
        previous: Digest of the entry before.
        digest: Its own.
    """

    entry: int
    at: str
    step: Step
    attempt: int | None
    content: Mapping[str, Any]
    previous: str
    digest: str


def append(
    database: sqlite3.Connection, *, at: float, step: Step, content: Mapping[str, Any], attempt: int | None = None
) -> int:
    """Write one entry; its number.

    Args:
        database: In a transaction that nobody else can write beside (``BEGIN IMMEDIATE``).
        at: Seconds since the epoch.
        step: What it tells.
        content: JSON-ready facts.
        attempt: Number of the entry it belongs to.
    """
    # SQLite remembers the highest number ever given, so that the number of a lost entry is never given again.
    given = database.execute("SELECT seq FROM sqlite_sequence WHERE name = 'audit'").fetchone()
    number = 1 if given is None else given[0] + 1
    previous = newest_digest(database)
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    when = moment(at)
    sealed = digest_of(previous, number, when, step, attempt, text)
    database.execute(
        f"INSERT INTO audit ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 ours
        (number, when, step, attempt, text, previous, sealed),
    )
    return number


def newest_digest(database: sqlite3.Connection) -> str:
    """What the next entry follows."""
    newest = database.execute("SELECT digest FROM audit ORDER BY entry DESC LIMIT 1").fetchone()
    return GENESIS if newest is None else str(newest[0])


def digest_of(previous: str, number: int, at: str, step: str, attempt: int | None, content: str) -> str:
    """The digest an entry has to carry."""
    belongs = "" if attempt is None else str(attempt)
    return text_sha256("\n".join((previous, str(number), at, step, belongs, content)))


def entries(database: sqlite3.Connection) -> Iterator[Entry]:
    """Every entry, oldest first.

    Raises:
        DataError: One was changed into something that cannot be read.
    """
    for row in database.execute(f"SELECT {_COLUMNS} FROM audit ORDER BY entry"):  # noqa: S608 ours
        found = dict(zip(_COLUMNS.split(", "), row, strict=True))
        try:
            read = Entry(**{**found, "step": Step(found["step"]), "content": json.loads(found["content"])})
        except ValueError:
            read = None
        if read is None:
            raise DataError(
                "The history cannot be read.",
                f"Entry {found['entry']} is not as it was written.",
                "Check the whole of it with `history --verify`, and compare with a backup of the state folder.",
            )
        yield read


def moment(seconds: float) -> str:
    """ISO 8601 in UTC, to the millisecond."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
