"""The upload engine: batches of a recorded run, sent in order, each acknowledged before the next.

It knows no platform. What is about to leave is written down first (session, sequence), what came
back is written down in one transaction, so a process killed anywhere continues where it was:
batches acknowledged are not sent again, the one in flight is sent again under the same number.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl
import pyarrow.parquet as pq

from audience_builder.delivery.membership import VALUE, Layout
from audience_builder.delivery.pacing import pause_seconds
from audience_builder.delivery.records import PlannedBatch, Run, SentSession, Tally
from audience_builder.delivery.retry import Runtime, with_retries
from audience_builder.delivery.state import State
from audience_builder.delivery.wire import Action, Batch, Outcome, Receipt, Uploader
from audience_builder.errors import ConfigError, Rejected, TryAgain
from audience_builder.events import Event, tell
from audience_builder.spec import Platform

__all__ = ["Delivery", "Progress", "batch_of", "check_window"]

_SESSION_SHARE: Final = 0.9
"""A session is left for a new one when this share of its time is gone."""
_SESSIONS_PER_BATCH: Final = 4
_PENDING: Final = ("planned", "sent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run has come.

    Args:
        rows: Rows acknowledged.
        rows_total: Rows to be sent.
        batches: Batches acknowledged.
        batches_total: Batches to be sent.
        rejected: Rows the platform could not use.
        seconds_left: Estimate from the pace so far.
    """

    rows: int
    rows_total: int
    batches: int
    batches_total: int
    rejected: int
    seconds_left: float


def batch_of(
    rows: pl.DataFrame,
    layout: Layout,
    action: Action,
    *,
    audience_id: str = "",
    session: int = 0,
    sequence: int = 1,
    last: bool = True,
    total_rows: int | None = None,
) -> Batch:
    """A batch from rows of a plan: match keys, and the value under the platform's name for it."""
    columns = [pl.col(name) for name in layout.cells if name in rows.columns]
    if layout.value_column is not None and action is not Action.REMOVE:
        columns.append(pl.col(VALUE).alias(layout.value_column))
    return Batch(
        audience_id=audience_id,
        action=action,
        rows=rows.select(columns),
        session=session,
        sequence=sequence,
        last=last,
        total_rows=rows.height if total_rows is None else total_rows,
    )


def check_window(batches: int, uploader: Uploader) -> None:
    """Refuse a replace that cannot end while its session lasts.

    Raises:
        ConfigError: It would take longer than the platform allows.
    """
    needed = batches * uploader.seconds_per_batch
    if needed > uploader.session_seconds:
        raise ConfigError(
            "The list is too long to be replaced in one go.",
            f"{batches} batches take about {needed / 60:.0f} min; the platform allows "
            f"{uploader.session_seconds / 60:.0f} min.",
            "Use the mode that sends only the difference (mirror).",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One run on its way to one audience.

    Args:
        run: The run, with all its batches on record.
        folder: Where its phases' files are.
        audience_id: The platform's id of the audience.
        platform: The platform's rules.
        with_value: Whether a value goes along.
        uploader: The way there.
        state: The record.
        runtime: Time and chance.
        max_invalid_share: Rows the platform may find unusable, as a share of all rows sent.
        progress: Called after each batch.
    """

    run: Run
    folder: Path
    audience_id: str
    platform: Platform
    with_value: bool
    uploader: Uploader
    state: State
    runtime: Runtime
    max_invalid_share: float
    progress: Callable[[Progress], None] | None = None

    def send(self) -> None:
        """Send everything that is not acknowledged yet.

        Raises:
            Rejected: The platform refused, took fewer rows than were sent, or found too many unusable.
            NotAuthorised: Token, permission or terms stand in the way.
            TryAgain: The retries are spent; running again continues here.
        """
        self._check_invalid()
        began = self.runtime.clock()
        sent_rows = 0
        for batch, rows in self._pending():
            receipt = self._settled(batch, rows)
            sent_rows += rows.height
            self._report(receipt, began, sent_rows)
            self._check_invalid()
            self._pace(receipt)

    def _pending(self) -> Iterator[tuple[PlannedBatch, pl.DataFrame]]:
        """Batches still to be sent with their rows, read as they are needed."""
        batches = self.state.batches(self.run)
        for phase in dict.fromkeys(b.phase for b in batches):
            pending = {b.number: b for b in batches if b.phase == phase and b.state in _PENDING}
            if not pending:
                continue
            with pq.ParquetFile(self.folder / f"{phase}.parquet") as file:
                for number, part in enumerate(file.iter_batches(self.run.batch_rows)):
                    if number in pending:
                        yield pending[number], pl.DataFrame(part)

    def _settled(self, batch: PlannedBatch, rows: pl.DataFrame) -> Receipt:
        """Send one batch until the platform has taken or skipped it, and record which."""
        for _ in range(_SESSIONS_PER_BATCH):
            receipt = with_retries(lambda: self._attempt(batch, rows), self.runtime)
            current = self.state.batch(self.run, batch.phase, batch.number)
            if receipt.outcome is Outcome.TAKEN:
                self._check_received(current, receipt)
            if receipt.outcome is not Outcome.SESSION_OVER:
                self.state.settle(current, receipt)
                return receipt
            if current.session is not None:
                self.state.end_session(current.session)
        raise Rejected(
            "The platform keeps ending the upload session.",
            f"{_SESSIONS_PER_BATCH} new sessions in a row took no batch.",
            "Check the audience's status, then run again.",
        )

    def _attempt(self, planned: PlannedBatch, rows: pl.DataFrame) -> Receipt:
        batch = self.state.batch(self.run, planned.phase, planned.number)
        first_of_replace = batch.action is Action.REPLACE and batch.sequence == 1
        if first_of_replace and self.uploader.replace_running(self.audience_id):
            return Receipt()  # the answer to the first batch was lost, not the batch
        tally = self.state.tally(self.run, batch.phase)
        session = None if first_of_replace else self._usable_session(tally)
        if batch.action is Action.REPLACE and tally.newest_session and not first_of_replace and not session:
            # The replace has ended early: what is left of it goes in as additions.
            self.state.replace_by_adding(self.run)
            batch = self.state.batch(self.run, planned.phase, planned.number)
        number, sequence, total = self._claimed(batch, session, tally)
        return self.uploader.send(
            batch_of(
                rows,
                self._layout(rows),
                batch.action,
                audience_id=self.audience_id,
                session=number,
                sequence=sequence,
                last=batch.number == tally.last_number,
                total_rows=total,
            )
        )

    def _layout(self, rows: pl.DataFrame) -> Layout:
        value = [self.platform.value_column] if self.with_value and self.platform.value_column else []
        return Layout.of(self.platform, [*rows.columns, *value])

    def _usable_session(self, tally: Tally) -> SentSession | None:
        """The phase's newest session, if the platform still takes batches in it."""
        if tally.newest_session is None:
            return None
        session = self.state.session(tally.newest_session)
        age = self.runtime.clock() - session.opened_at
        return None if session.over or age >= _SESSION_SHARE * self.uploader.session_seconds else session

    def _claimed(self, batch: PlannedBatch, session: SentSession | None, tally: Tally) -> tuple[int, int, int]:
        """Session, sequence and promised rows of the batch, on record before this returns."""
        if session is None:
            number, total = self.runtime.session_number(), tally.rows - tally.settled_rows
            self.state.claim(batch, session=number, sequence=1, open_with_rows=total)
            return number, 1, total
        again = batch.sequence if batch.session == session.session else None
        sequence = again or session.last_sequence + 1
        self.state.claim(batch, session=session.session, sequence=sequence)
        return session.session, sequence, session.total_rows

    def _check_received(self, batch: PlannedBatch, receipt: Receipt) -> None:
        if receipt.received is None or batch.session is None:
            return
        expected = self.state.session(batch.session).taken_rows + batch.rows
        if receipt.received < expected:
            raise Rejected(
                "The platform received fewer rows than were sent.",
                f"It counts {receipt.received} rows in this session; {expected} were sent.",
                "Run again: the last batch is sent once more. If that fails too, ask the platform's support.",
            )

    def _check_invalid(self) -> None:
        tally = self.state.tally(self.run)
        if tally.invalid > self.max_invalid_share * tally.rows:
            raise Rejected(
                "The platform could not use too many of the rows.",
                f"It found {tally.invalid} of {tally.rows} rows unusable; the limit is {self.max_invalid_share:.1%}.",
                "Check how the match keys are normalised and hashed, or raise the limit.",
            )

    def _report(self, receipt: Receipt, began: float, sent_rows: int) -> None:
        tally = self.state.tally(self.run)
        told = Event.BATCH_ACKNOWLEDGED if receipt.outcome is Outcome.TAKEN else Event.BATCH_SKIPPED
        tell(
            told, batch=tally.settled_batches, batches=tally.batches, rows=tally.settled_rows, rows_total=tally.rows,
            rejected=tally.invalid, request_id=receipt.request_id or None,
        )  # fmt: skip
        if self.progress is None:
            return
        pace = (self.runtime.clock() - began) / sent_rows
        self.progress(
            Progress(
                rows=tally.settled_rows,
                rows_total=tally.rows,
                batches=tally.settled_batches,
                batches_total=tally.batches,
                rejected=tally.invalid,
                seconds_left=pace * (tally.rows - tally.settled_rows),
            )
        )

    def _pace(self, receipt: Receipt) -> None:
        pause = pause_seconds(receipt.usage)
        tally = self.state.tally(self.run)
        if not pause or tally.settled_batches == tally.batches:
            return
        if pause > self.runtime.retries.longest_wait_seconds:
            raise TryAgain(
                "The platform's allowance is used up.",
                f"It takes calls again in {pause / 60:.0f} min.",
                "Run again after that: the upload continues where it stopped.",
                wait_seconds=pause,
            )
        tell(Event.PAUSED, wait_seconds=round(pause, 3))
        self.runtime.sleep(pause)
