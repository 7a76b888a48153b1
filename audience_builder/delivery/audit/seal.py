"""Is the log as it was written, and does it agree with the record of what was sent?"""

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

from audience_builder.delivery.audit.chain import GENESIS, Step, digest_of
from audience_builder.errors import ConfigError, DataError

__all__ = ["Seal", "sealed"]


_WRITTEN: Final = re.compile(r"([1-9][0-9]{0,17}):([0-9a-f]{64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """A log up to one entry: its number, and its digest, which covers all before it.

    Whoever keeps both elsewhere can tell later that nothing up to there was taken away or put in its place.
    """

    entries: int
    digest: str

    def __str__(self) -> str:
        return f"{self.entries}:{self.digest}"

    @classmethod
    def parsed(cls, text: str) -> Self:
        """A seal as ``str`` writes it.

        Raises:
            ConfigError: It is none.
        """
        found = _WRITTEN.fullmatch(text.strip())
        if found is None:
            raise ConfigError(
                "The seal cannot be read.",
                "It is not a number, a colon and 64 hex digits.",
                "Take it as `history --verify` prints it.",
            )
        return cls(entries=int(found[1]), digest=found[2])


def sealed(database: sqlite3.Connection, kept: Seal | None = None) -> Seal:
    """Walk through the whole log.

    Args:
        database: Holds it.
        kept: A seal from an earlier time, which has to be found again.

    Raises:
        DataError: An entry was changed, removed or put in between; the message names it.
    """
    count, newest = 0, GENESIS
    for count, row in enumerate(_rows(database), start=1):
        number, at, step, attempt, content, previous, digest = row
        if number != count:
            raise _broken(f"Entry {count} is missing: after entry {count - 1} comes entry {number}.")
        if digest != digest_of(previous, number, at, step, attempt, content):
            raise _broken(f"Entry {number} ({step}, {at}) was changed.")
        if previous != newest:
            raise _broken(f"Entry {number} ({step}, {at}) does not follow entry {number - 1}, which was changed.")
        newest = digest
        if kept is not None and kept.entries == number and kept.digest != digest:
            raise _broken(f"Entry {number} ({step}, {at}) is not the one that was sealed: the log was written anew.")
    if kept is not None and kept.entries > count:
        raise _broken(f"Entry {kept.entries}, which was sealed, is missing: the last one is entry {count}.")
    given = database.execute("SELECT seq FROM sqlite_sequence WHERE name = 'audit'").fetchone()
    if given is not None and given[0] != count:
        raise _broken(f"Entry {count + 1} is missing: {given[0]} were written and the last one there is entry {count}.")
    _check_batches(database)
    return Seal(entries=count, digest=newest)


def _rows(database: sqlite3.Connection) -> Iterator[tuple[int, str, str, int | None, str, str, str]]:
    cursor = database.execute("SELECT entry, at, step, attempt, content, previous, digest FROM audit ORDER BY entry")
    cursor.row_factory = None
    yield from cursor


def _check_batches(database: sqlite3.Connection) -> None:
    """Every batch on record as settled is logged once, and no other is.

    Only runs whose plan is in the log are looked at: older ones began before there was a log.
    """
    logged: Counter[tuple[int, str, int]] = Counter()
    planned: set[int] = set()
    wanted = (Step.PLANNED, Step.ACKNOWLEDGED, Step.SKIPPED)
    for step, text in database.execute(
        "SELECT step, content FROM audit WHERE step IN (?, ?, ?) ORDER BY entry", wanted
    ):
        content = json.loads(text)
        if step == Step.PLANNED:
            planned.add(content["run"])
        else:
            logged[content["run"], content["phase"], content["number"]] += 1
    settled = {
        (run, phase, number)
        for run, phase, number in database.execute(
            "SELECT run, phase, number FROM batches WHERE state IN ('taken', 'skipped')"
        )
        if run in planned
    }
    ours = {batch: count for batch, count in logged.items() if batch[0] in planned}
    for batch in sorted(settled | set(ours)):
        times = ours.get(batch, 0)
        if times != 1 or batch not in settled:
            run, phase, number = batch
            record = "settled" if batch in settled else "not settled"
            raise _broken(
                f"Batch {number} of phase {phase} of run {run} is {record} on record and logged {times} times."
            )


def _broken(found: str) -> DataError:
    return DataError(
        "The history is not as it was written.",
        found,
        "Find out who changed the state folder, and compare with a backup of it.",
    )
