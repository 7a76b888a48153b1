"""What was sent and what the platform acknowledged, per audience, surviving any crash.

SQLite holds runs, sessions, batches and acknowledgements; Parquet files beside it hold the
acknowledged members (digests and value bucket) and the plan of a run under way.
"""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final

from audience_builder.delivery.audit.chain import Step
from audience_builder.delivery.burials import Burials
from audience_builder.delivery.lock import audience_lock
from audience_builder.delivery.records import AudienceKey, KnownAudience, PlannedBatch, Run, SentSession, Tally
from audience_builder.delivery.store import PRIVATE_FOLDER
from audience_builder.delivery.wire import Action, Lookalike, Outcome, Receipt
from audience_builder.hashing import text_sha256

__all__ = ["State"]

_BATCHES: Final = """
    SELECT run, phase, number, action, rows, state, session, sequence, sends, invalid FROM batches
"""
_TALLY: Final = """
    SELECT coalesce(sum(rows), 0) AS rows,
        coalesce(sum(CASE WHEN state IN ('taken', 'skipped') THEN rows END), 0) AS settled_rows,
        count(*) AS batches,
        count(CASE WHEN state IN ('taken', 'skipped') THEN 1 END) AS settled_batches,
        coalesce(sum(invalid), 0) AS invalid,
        coalesce(sum(sends), 0) AS requests,
        coalesce(sum(CASE WHEN state = 'skipped' THEN rows END), 0) AS skipped_rows,
        coalesce(max(number), 0) AS last_number,
        (SELECT session FROM batches WHERE run = :run AND (:phase IS NULL OR phase = :phase)
            AND session IS NOT NULL ORDER BY number DESC LIMIT 1) AS newest_session
    FROM batches WHERE run = :run AND (:phase IS NULL OR phase = :phase)
"""


class State(Burials):
    """The state store in one folder.

    See `Store` for how it is opened, `Journal` for what it logs, `Burials` for erased people.
    """

    # Audiences

    def audience_folder(self, key: AudienceKey) -> Path:
        """The audience's own folder, made with mode 0700 if it is not there."""
        label = text_sha256(f"{key.platform}\0{key.account}\0{key.name}")[:16]
        folder = self.folder / "audiences" / f"{key.platform}-{label}"
        folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        return folder

    def lock(self, key: AudienceKey, *, wait_seconds: float = 0.0) -> AbstractContextManager[None]:
        """Hold the audience's writer lock; see `audience_lock`."""
        return audience_lock(self.audience_folder(key), self._clock, wait_seconds=wait_seconds)

    def audience(self, key: AudienceKey) -> KnownAudience | None:
        """What we know of the audience, None if we never sent to it."""
        row = self._database.execute(
            "SELECT key, audience_id, with_value, snapshot, members FROM audiences"
            " WHERE platform = ? AND account = ? AND name = ?",
            (key.platform, key.account, key.name),
        ).fetchone()
        return None if row is None else KnownAudience(**{**dict(row), "with_value": bool(row["with_value"])})

    def audiences(self, platform: str, account: str) -> list[AudienceKey]:
        """Every audience of the account we have sent to."""
        rows = self._database.execute(
            "SELECT name FROM audiences WHERE platform = ? AND account = ? ORDER BY name", (platform, account)
        )
        return [AudienceKey(platform=platform, account=account, name=row["name"]) for row in rows]

    def accounts(self) -> list[tuple[str, str]]:
        """Platform and account of everything we have sent to."""
        rows = self._database.execute("SELECT DISTINCT platform, account FROM audiences ORDER BY platform, account")
        return [(row["platform"], row["account"]) for row in rows]

    def remember_audience(self, key: AudienceKey, audience_id: str, *, with_value: bool) -> KnownAudience:
        """Record the platform's id of the audience."""
        with self._transaction() as database:
            database.execute(
                "INSERT INTO audiences (platform, account, name, audience_id, with_value)"
                " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (key.platform, key.account, key.name, audience_id, with_value),
            )
        known = self.audience(key)
        if known is None:
            raise AssertionError
        return known

    def set_snapshot(self, audience: int, snapshot: str | None, members: int) -> None:
        """Point the audience to another file of acknowledged members."""
        with self._transaction() as database:
            database.execute(
                "UPDATE audiences SET snapshot = ?, members = ? WHERE key = ?", (snapshot, members, audience)
            )

    # Runs

    def start_run(
        self,
        audience: int,
        *,
        mode: str,
        input_digest: str,
        folder: str,
        batch_rows: int,
        counts: Mapping[str, int],
        reasons: Mapping[str, int],
        phases: Sequence[tuple[str, Action, int]],
    ) -> Run:
        """Record a run and all its batches in one transaction.

        Args:
            audience: Its key here.
            mode: ``mirror``, ``add`` or ``replace``.
            input_digest: Tells whether a later input is the same.
            folder: Name of the folder, in the audience's own, with the phases' Parquet files.
            batch_rows: Rows per batch.
            counts: The plan's numbers, kept for the result.
            reasons: Removals by reason.
            phases: Name, action and rows of each phase, in sending order.
        """
        with self._transaction() as database:
            cursor = database.execute(
                "INSERT INTO runs (audience, mode, input, folder, batch_rows, counts, started_at, state)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, 'open')",
                (audience, mode, input_digest, folder, batch_rows, json.dumps(counts), self._clock()),
            )
            number = cursor.lastrowid
            batches = [
                (number, phase, place, action, min(batch_rows, rows - place * batch_rows))
                for phase, action, rows in phases
                for place in range(-(-rows // batch_rows))
            ]
            database.executemany(
                "INSERT INTO batches (run, phase, number, action, rows) VALUES (?, ?, ?, ?, ?)", batches
            )
            told = {"run": number, "input": input_digest, "counts": dict(counts), "removal_reasons": dict(reasons)}
            self._log(
                database, Step.PLANNED, {**told, "batches": len(batches), "rows": sum(one[-1] for one in batches)}
            )
        run = self.open_run(audience)
        if run is None:
            raise AssertionError
        return run

    def continue_run(self, run: Run) -> None:
        """Log that an earlier plan is carried on with."""
        tally = self.tally(run)
        with self._transaction() as database:
            told = {"run": run.run, "counts": dict(run.counts)}
            left = {"batches": tally.batches, "batches_acknowledged_before": tally.settled_batches}
            self._log(database, Step.CONTINUED, {**told, **left})

    def open_run(self, audience: int) -> Run | None:
        """The run that a crash or refusal left unfinished, if any."""
        return self._run("WHERE audience = ? AND state = 'open'", audience)

    def last_run(self, audience: int) -> Run | None:
        """The newest run, whatever became of it."""
        return self._run("WHERE audience = ? ORDER BY run DESC LIMIT 1", audience)

    def _run(self, where: str, audience: int) -> Run | None:
        row = self._database.execute(f"SELECT * FROM runs {where}", (audience,)).fetchone()  # noqa: S608 ours
        if row is None:
            return None
        return Run(**{**dict(row), "counts": json.loads(row["counts"])})

    def close_run(self, run: Run, state: str, *, snapshot: str | None, members: int) -> None:
        """End a run and switch to its members, in one transaction."""
        with self._transaction() as database:
            database.execute("UPDATE runs SET state = ?, ended_at = ? WHERE run = ?", (state, self._clock(), run.run))
            database.execute(
                "UPDATE audiences SET snapshot = ?, members = ? WHERE key = ?",
                (snapshot, members, run.audience),
            )
            self._log(database, Step.CLOSED, {"run": run.run, "state": state, "members": members})

    # Batches and sessions

    def batches(self, run: Run) -> list[PlannedBatch]:
        """All batches of a run, in sending order."""
        rows = self._database.execute(f"{_BATCHES} WHERE run = ? ORDER BY rowid", (run.run,))
        return [_planned(row) for row in rows]

    def batch(self, run: Run, phase: str, number: int) -> PlannedBatch:
        """One batch as it stands now."""
        where = "WHERE run = ? AND phase = ? AND number = ?"
        return _planned(self._database.execute(f"{_BATCHES} {where}", (run.run, phase, number)).fetchone())

    def tally(self, run: Run, phase: str | None = None) -> Tally:
        """A run, or one phase of it, in numbers."""
        row = self._database.execute(_TALLY, {"run": run.run, "phase": phase}).fetchone()
        return Tally(**dict(row))

    def session(self, session: int) -> SentSession:
        """A session with what was acknowledged in it."""
        row = self._database.execute(
            "SELECT s.session, s.total_rows, s.opened_at, s.over,"
            " coalesce(sum(CASE WHEN b.state = 'taken' THEN b.rows END), 0) AS taken_rows,"
            " coalesce(max(CASE WHEN b.state IN ('sent', 'taken') THEN b.sequence END), 0) AS last_sequence"
            " FROM sessions s LEFT JOIN batches b ON b.session = s.session"
            " WHERE s.session = ? GROUP BY s.session",
            (session,),
        ).fetchone()
        return SentSession(**{**dict(row), "over": bool(row["over"])})

    def sessions(self, run: Run) -> list[int]:
        """Sessions of a run in which batches were acknowledged, oldest first."""
        rows = self._database.execute(
            "SELECT session FROM sessions WHERE run = ? AND EXISTS (SELECT 1 FROM batches b"
            " WHERE b.session = sessions.session AND b.state = 'taken') ORDER BY opened_at",
            (run.run,),
        )
        return [row["session"] for row in rows]

    def claim(self, batch: PlannedBatch, *, session: int, sequence: int, open_with_rows: int | None = None) -> None:
        """Note, before the first byte leaves, where the batch is going.

        Args:
            batch: The batch.
            session: Its session.
            sequence: Its place there.
            open_with_rows: Rows promised to a session that begins with this batch.
        """
        with self._transaction() as database:
            if open_with_rows is not None:
                database.execute(
                    "INSERT INTO sessions (session, run, action, total_rows, opened_at) VALUES (?, ?, ?, ?, ?)",
                    (session, batch.run, batch.action, open_with_rows, self._clock()),
                )
            database.execute(
                "UPDATE batches SET state = 'sent', session = ?, sequence = ?, sends = sends + 1"
                " WHERE run = ? AND phase = ? AND number = ?",
                (session, sequence, batch.run, batch.phase, batch.number),
            )

    def settle(self, batch: PlannedBatch, receipt: Receipt) -> None:
        """Note that the platform took the batch, or refused the removal because too few would be left."""
        skipped = receipt.outcome is Outcome.TOO_SMALL
        invalid = 0 if skipped else min(receipt.invalid, batch.rows)
        with self._transaction() as database:
            database.execute(
                "UPDATE batches SET state = ?, received = ?, invalid = ? WHERE run = ? AND phase = ? AND number = ?",
                (
                    "skipped" if skipped else "taken", None if skipped else receipt.received, invalid,
                    batch.run, batch.phase, batch.number,
                ),
            )  # fmt: skip
            told = {"run": batch.run, "phase": batch.phase, "number": batch.number, "action": batch.action}
            # As text: many readers of JSON take no more than 53 bits.
            answer = {"session": str(batch.session), "sequence": batch.sequence, "request_id": receipt.request_id}
            step = Step.SKIPPED if skipped else Step.ACKNOWLEDGED
            self._log(database, step, {**told, "rows": batch.rows, "invalid": invalid, **answer})

    def end_session(self, session: int) -> None:
        """Note that the platform takes no more batches in this session."""
        with self._transaction() as database:
            database.execute("UPDATE sessions SET over = 1 WHERE session = ?", (session,))

    def replace_by_adding(self, run: Run) -> None:
        """Send what an ended replace has left over as ordinary additions."""
        with self._transaction() as database:
            database.execute(
                "UPDATE batches SET action = 'add' WHERE run = ? AND action = 'replace'"
                " AND state IN ('planned', 'sent')",
                (run.run,),
            )

    # What the last run looked like

    def facts(self, audience: int) -> dict[str, Any] | None:
        """The facts of the last run that was carried out, None before the first."""
        row = self._database.execute("SELECT facts FROM facts WHERE audience = ?", (audience,)).fetchone()
        return None if row is None else json.loads(row["facts"])

    def keep_facts(self, audience: int, facts: Mapping[str, Any]) -> None:
        """Keep a run's facts in place of the last one's."""
        with self._transaction() as database:
            database.execute(
                "INSERT OR REPLACE INTO facts (audience, kept_at, facts) VALUES (?, ?, ?)",
                (audience, self._clock(), json.dumps(facts)),
            )

    # Lookalikes

    def lookalikes(self, audience: int) -> list[Lookalike]:
        """Lookalikes asked for so far, made or waiting."""
        rows = self._database.execute(
            "SELECT spec, name, audience_id, note FROM lookalikes WHERE audience = ? ORDER BY spec",
            (audience,),
        )
        return [Lookalike(**dict(row)) for row in rows]

    def keep_lookalike(self, audience: int, lookalike: Lookalike) -> None:
        """Record a lookalike, made or waiting."""
        with self._transaction() as database:
            database.execute(
                "INSERT OR REPLACE INTO lookalikes (audience, spec, name, audience_id, note) VALUES (?, ?, ?, ?, ?)",
                (audience, lookalike.spec, lookalike.name, lookalike.audience_id, lookalike.note),
            )
            if lookalike.audience_id is not None:
                told = {"spec": lookalike.spec, "name": lookalike.name, "audience_id": lookalike.audience_id}
                self._log(database, Step.LOOKALIKE, told)


def _planned(row: sqlite3.Row) -> PlannedBatch:
    return PlannedBatch(**{**dict(row), "action": Action(row["action"])})
