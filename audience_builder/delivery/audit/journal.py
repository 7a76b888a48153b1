"""The state store's log: what is written when, and the attempt it belongs to.

Each step of an upload is logged by the transaction that records it, so a process killed at any moment
leaves a log that is right up to there. An attempt is opened before its first request; if it never ends,
the next attempt at the same audience, which holds the same lock, says so first.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import datetime
from typing import Any

from audience_builder.delivery.audit.chain import Step, append, newest_digest
from audience_builder.delivery.audit.history import PastAttempt, history
from audience_builder.delivery.audit.occasion import Occasion
from audience_builder.delivery.audit.seal import Seal, sealed
from audience_builder.delivery.outcome import UploadResult
from audience_builder.delivery.records import AudienceKey
from audience_builder.delivery.store import Store
from audience_builder.errors import AudienceBuilderError, BrakeError, exit_code_of
from audience_builder.events import Event, tell

__all__ = ["Attempt", "Journal"]

_COUNTS = (
    "added", "removed", "revalued", "unchanged", "not_removed", "rejected_by_platform", "requests", "members",
    "duplicates", "erased",
)  # fmt: skip


class Attempt:
    """An attempt under way; its result is what ``ended`` tells."""

    result: UploadResult | None = None


class Journal(Store):
    """A state folder with its log; see `Store` for how it is opened."""

    _attempt: int | None = None

    @contextmanager
    def attempt(self, key: AudienceKey, mode: str, occasion: Occasion) -> Iterator[Attempt]:
        """Log an attempt to bring an audience in line, from before its first request to its end.

        Args:
            key: The audience; the caller holds its lock.
            mode: See ``plan.Mode``.
            occasion: Why.

        Yields:
            What is given the result.
        """
        with self._transaction() as database:
            after = self._tell_cut_short(database, key)
            content = {**occasion.document(), **asdict(key), "mode": mode, "after_cut_short": after}
            number = append(database, at=self._clock(), step=Step.BEGAN, content=content)
        under_way = Attempt()
        self._attempt = number
        try:
            yield under_way
        except BaseException as error:
            # If not even this can be written, the next attempt tells that this one was cut short.
            with suppress(sqlite3.Error), self._transaction() as database:
                self._log(database, Step.ENDED, _failure(error))
            raise
        else:
            with self._transaction() as database:
                entry = self._log(database, Step.ENDED, _success(under_way.result))
                digest = newest_digest(database)
            # Kept wherever the events are kept, it proves later that nothing before was changed.
            tell(Event.LOGGED, entry=entry, digest=digest)
        finally:
            self._attempt = None

    @contextmanager
    def watching(self, keys: Sequence[AudienceKey], occasion: Occasion) -> Iterator[None]:
        """Log what stops a run while no audience has been touched yet.

        Args:
            keys: The audiences it was meant for.
            occasion: Why.
        """
        try:
            yield
        except BaseException as error:
            content = {**occasion.document(), "audiences": [asdict(key) for key in keys], **_failure(error)}
            with suppress(sqlite3.Error), self._transaction() as database:
                self._log(database, Step.STOPPED, content)
            raise

    def erased(self, buried: int, account: str, counts: Mapping[str, int]) -> None:
        """Log that the platform has taken people out.

        Args:
            buried: The entry that says whom.
            account: The ad account.
            counts: Requests, audiences and memberships.
        """
        with self._transaction() as database:
            append(database, at=self._clock(), step=Step.ERASED, content={"account": account, **counts}, attempt=buried)

    def history(
        self, *, name: str | None = None, since: datetime | None = None, last: int | None = None
    ) -> list[PastAttempt]:
        """What was attempted; see ``history.history``."""
        return history(self._database, name=name, since=since, last=last)

    def sealed(self, kept: Seal | None = None) -> Seal:
        """Check the whole log; see ``seal.sealed``."""
        self._database.execute("BEGIN")  # one view of it all, whoever writes meanwhile
        try:
            return sealed(self._database, kept)
        finally:
            self._database.execute("ROLLBACK")

    def _log(self, database: sqlite3.Connection, step: Step, content: Mapping[str, Any]) -> int:
        """Write an entry in the caller's transaction; its number."""
        return append(database, at=self._clock(), step=step, content=content, attempt=self._attempt)

    def _tell_cut_short(self, database: sqlite3.Connection, key: AudienceKey) -> int | None:
        """Close the attempt at this audience that never ended, if there is one; its number."""
        row = database.execute(
            "SELECT entry FROM audit began WHERE step = ? AND json_extract(content, '$.platform') = ?"
            " AND json_extract(content, '$.account') = ? AND json_extract(content, '$.name') = ?"
            " AND NOT EXISTS (SELECT 1 FROM audit WHERE attempt = began.entry AND step IN (?, ?))",
            (Step.BEGAN, key.platform, key.account, key.name, Step.ENDED, Step.CUT_SHORT),
        ).fetchone()
        if row is None:
            return None
        number: int = row["entry"]
        # A batch that was sent and not acknowledged may have arrived; it is sent again.
        unanswered = database.execute(
            "SELECT count(*) FROM batches b JOIN runs r ON r.run = b.run JOIN audiences a ON a.key = r.audience"
            " WHERE r.state = 'open' AND b.state = 'sent' AND a.platform = ? AND a.account = ? AND a.name = ?",
            (key.platform, key.account, key.name),
        ).fetchone()[0]
        settled = database.execute(
            "SELECT count(*) AS batches, coalesce(sum(json_extract(content, '$.rows')), 0) AS rows"
            " FROM audit WHERE attempt = ? AND step = ?",
            (number, Step.ACKNOWLEDGED),
        ).fetchone()
        content = {"batches": settled["batches"], "rows": settled["rows"], "batches_unanswered": unanswered}
        append(database, at=self._clock(), step=Step.CUT_SHORT, content=content, attempt=number)
        return number


def _success(result: UploadResult | None) -> dict[str, Any]:
    found: dict[str, Any] = {"outcome": "applied", "exit_code": 0}
    if result is None:
        return found
    return {
        **found,
        "audience_id": result.audience_id,
        "counts": {name: getattr(result, name) for name in _COUNTS},
        "removal_reasons": dict(result.removal_reasons),
    }


def _failure(error: BaseException) -> dict[str, Any]:
    """Kind, exit code and the sentence on what is wrong; of a library's failure not even that."""
    return {
        "outcome": "stopped" if isinstance(error, BrakeError) else "failed",
        "exit_code": exit_code_of(error),
        "error": type(error).__name__,
        "reason": error.wrong if isinstance(error, AudienceBuilderError) else "",
        "brakes": list(error.brakes) if isinstance(error, BrakeError) else [],
    }
