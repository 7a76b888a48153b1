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
from audience_builder.delivery.retry import Runtime, with_retries
from audience_builder.delivery.state import PlannedBatch, Run, State
from audience_builder.delivery.wire import Action, Batch, Outcome, Receipt, Uploader
from audience_builder.errors import ConfigError, Rejected, TryAgain
from audience_builder.spec import Platform

__all__ = ["Delivery", "Progress", "batch_of", "check_window"]

_SESSION_MARGIN: Final = 0.9
"""A session is left for a new one when this share of its time is gone."""
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
        seconds_left: Estimate from the pace so far, None before there is one.
    """

    rows: int
    rows_total: int
    batches: int
    batches_total: int
    rejected: int
    seconds_left: float | None


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
            self._report(began, sent_rows)
            self._check_invalid()
            self._pace(receipt)

    def _pending(self) -> Iterator[tuple[PlannedBatch, pl.DataFrame]]:
        """Batches still to be sent with their rows, read as they are needed."""
        batches = self.state.batches(self.run)
        for phase in dict.fromkeys(b.phase for b in batches):
            pending = {b.number for b in batches if b.phase == phase and b.state in _PENDING}
            if not pending:
                continue
            with pq.ParquetFile(self.folder / f"{phase}.parquet") as file:
                for number, part in enumerate(file.iter_batches(self.run.batch_rows)):
                    if number in pending:
                        # Read again: an ended replace turns what is left of it into additions.
                        yield self._current(phase, number), pl.DataFrame(part)

    def _current(self, phase: str, number: int) -> PlannedBatch:
        return next(b for b in self.state.batches(self.run) if (b.phase, b.number) == (phase, number))

    def _settled(self, batch: PlannedBatch, rows: pl.DataFrame) -> Receipt:
        """Send one batch until the platform has taken or skipped it, and record which."""
        while True:
            receipt = with_retries(lambda: self._attempt(batch.phase, batch.number, rows), self.runtime)
            if receipt.outcome is not Outcome.SESSION_OVER:
                break
            current = self._current(batch.phase, batch.number)
            if current.session is None:
                raise AssertionError
            self.state.end_session(current.session)
            if current.action is Action.REPLACE:
                self.state.replace_by_adding(self.run)
        current = self._current(batch.phase, batch.number)
        if receipt.outcome is Outcome.TOO_SMALL:
            self.state.skip(current)
            return receipt
        self._check_received(current, receipt)
        self.state.acknowledge(current, received=receipt.received, invalid=min(receipt.invalid, batch.rows))
        return receipt

    def _attempt(self, phase: str, number: int, rows: pl.DataFrame) -> Receipt:
        batch = self._current(phase, number)
        begins_replace = batch.action is Action.REPLACE and batch.sequence == 1
        if begins_replace and self.uploader.replace_running(self.audience_id):
            return Receipt()  # the answer to the first batch was lost, not the batch
        session, sequence, total = self._place(batch, fresh=begins_replace)
        return self.uploader.send(
            batch_of(
                rows,
                self._layout(rows),
                batch.action,
                audience_id=self.audience_id,
                session=session,
                sequence=sequence,
                last=number == max(b.number for b in self._siblings(batch)),
                total_rows=total,
            )
        )

    def _layout(self, rows: pl.DataFrame) -> Layout:
        value = [self.platform.value_column] if self.with_value and self.platform.value_column else []
        return Layout.of(self.platform, [*rows.columns, *value])

    def _siblings(self, batch: PlannedBatch) -> list[PlannedBatch]:
        return [b for b in self.state.batches(self.run) if b.phase == batch.phase]

    def _place(self, batch: PlannedBatch, *, fresh: bool) -> tuple[int, int, int]:
        """Session, sequence and promised rows of the batch, on record before this returns."""
        siblings = self._siblings(batch)
        newest = max((b for b in siblings if b.session is not None), key=lambda b: b.number, default=None)
        used = batch if batch.session is not None else newest
        if used is not None and used.session is not None and not fresh:
            session = self.state.session(used.session)
            limit = session.opened_at + _SESSION_MARGIN * self.uploader.session_seconds
            replace_goes_on = used.action is batch.action
            if not session.over and self.runtime.clock() < limit and replace_goes_on:
                again = batch.session == session.session and batch.sequence is not None
                sequence = batch.sequence if again and batch.sequence else session.last_sequence + 1
                self.state.claim(batch, session=session.session, sequence=sequence)
                return session.session, sequence, session.total_rows
            if batch.action is Action.REPLACE:
                self.state.replace_by_adding(self.run)
                raise TryAgain("The platform's time for replacing the list has run out.", "", "Run again.")
        total = sum(b.rows for b in siblings if b.state in _PENDING)
        number = self.runtime.session_number()
        self.state.claim(batch, session=number, sequence=1, open_with_rows=total)
        return number, 1, total

    def _check_received(self, batch: PlannedBatch, receipt: Receipt) -> None:
        if receipt.received is None or batch.session is None:
            return
        expected = self.state.session(batch.session).taken_rows + batch.rows
        if receipt.received < expected:
            raise Rejected(
                "The platform received fewer rows than were sent.",
                f"It counts {receipt.received} rows in this session; {expected} were sent.",
                "Run again: the last batch is sent once more. If it happens again, ask the platform's support.",
            )

    def _check_invalid(self) -> None:
        batches = self.state.batches(self.run)
        invalid = sum(b.invalid for b in batches)
        total = sum(b.rows for b in batches)
        if invalid > self.max_invalid_share * total:
            raise Rejected(
                "The platform could not use too many of the rows.",
                f"It found {invalid} of {total} rows unusable; the limit is {self.max_invalid_share:.1%}.",
                "Check how the match keys are normalised and hashed, or raise the limit.",
            )

    def _report(self, began: float, sent_rows: int) -> None:
        if self.progress is None:
            return
        batches = self.state.batches(self.run)
        settled = [b for b in batches if b.state not in _PENDING]
        left = sum(b.rows for b in batches if b.state in _PENDING)
        elapsed = self.runtime.clock() - began
        self.progress(
            Progress(
                rows=sum(b.rows for b in settled),
                rows_total=sum(b.rows for b in batches),
                batches=len(settled),
                batches_total=len(batches),
                rejected=sum(b.invalid for b in batches),
                seconds_left=left * elapsed / sent_rows if sent_rows else None,
            )
        )

    def _pace(self, receipt: Receipt) -> None:
        pause = pause_seconds(receipt.usage)
        if not pause or not any(b.state in _PENDING for b in self.state.batches(self.run)):
            return
        if pause > self.runtime.retries.longest_wait_seconds:
            raise TryAgain(
                "The platform's allowance is used up.",
                f"It takes calls again in {pause / 60:.0f} min.",
                "Run again after that: the upload continues where it stopped.",
                wait_seconds=pause,
            )
        self.runtime.sleep(pause)
