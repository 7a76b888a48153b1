"""The procedure of one upload: look, plan, brake, record, send, remember."""

import secrets
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

import polars as pl

from audience_builder.delivery.brakes import Brakes, Situation, Tripped, refuse
from audience_builder.delivery.facts import Facts, SourceFacts
from audience_builder.delivery.intake import Intake
from audience_builder.delivery.membership import Layout
from audience_builder.delivery.outcome import Binding, Rehearsal, UploadResult
from audience_builder.delivery.plan import Departures, Mode, Plan, compare, replacement
from audience_builder.delivery.records import AudienceKey, KnownAudience, Run
from audience_builder.delivery.retry import Runtime, with_retries
from audience_builder.delivery.snapshot import RunFiles, after_run, load, store
from audience_builder.delivery.state import State
from audience_builder.delivery.uploader import Delivery, Progress, batch_of, check_window
from audience_builder.delivery.wire import Lookalike, RemoteAudience, SessionReport, Uploader
from audience_builder.errors import BrakeError, ConfigError, DeliveryError, Rejected, TryAgain
from audience_builder.events import Event, tell
from audience_builder.hashing import text_sha256
from audience_builder.spec import Platform

__all__ = ["Job", "every_column", "members_of", "plan_folder", "snapshot_name"]

_BUSY_SECONDS: Final = 60.0
_PLAN: Final = "plan-"
_MEMBERS: Final = "members-"


def every_column(platform: Platform) -> Layout:
    """The layout with all match-key columns the platform has."""
    return Layout.of(platform, [name for key in platform.match_keys for name in key.columns])


def snapshot_name() -> str:
    """A new file name for acknowledged members."""
    return f"{_MEMBERS}{secrets.token_hex(8)}.parquet"


def plan_folder(audience_folder: Path) -> Path:
    """A new folder for one plan; a run under way keeps it by having it on record."""
    folder = audience_folder / f"{_PLAN}{secrets.token_hex(8)}"
    folder.mkdir(mode=0o700)
    return folder


def members_of(known: KnownAudience, key: AudienceKey, platform: Platform, state: State) -> pl.LazyFrame:
    """Acknowledged members of an audience, a cut-short run included."""
    layout, folder = every_column(platform), state.audience_folder(key)
    members = load(folder, known.snapshot, layout.cells)
    run = state.open_run(known.key)
    if run is None:
        return members
    files = RunFiles(folder=folder / run.folder, batch_rows=run.batch_rows, batches=state.batches(run))
    return after_run(members, files, layout)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Everything one upload needs to know; see `upload`."""

    platform: Platform
    uploader: Uploader
    state: State
    key: AudienceKey
    mode: Mode
    brakes: Brakes
    batch_rows: int
    max_invalid_share: float
    departures: Departures
    source: SourceFacts | None
    expected: Binding | None
    progress: Callable[[Progress], None] | None
    runtime: Runtime

    def rehearse(self, intake: Intake, scratch: Path) -> Rehearsal:
        """Plan without asking the platform anything, and show the first request."""
        known = self.state.audience(self.key)
        self._check_kind(known, intake)
        plan = self._planned(intake, self._members(known), scratch, replace=self._may_replace(known, None))
        requests = self._requests(plan)
        tell(Event.PLANNED, **plan.counts(), requests=requests, rehearsal=True)
        result = UploadResult(
            audience_id=known.audience_id if known else None,
            added=plan.added,
            removed=plan.removed,
            revalued=plan.revalued,
            unchanged=plan.unchanged,
            members=known.members if known else 0,
            duplicates=intake.duplicates,
            erased=intake.erased,
            removal_reasons=plan.reasons,
            preview=self._preview(plan, intake),
            dry_run=True,
        )
        return Rehearsal(
            result=result,
            tripped=() if self._continues(known, intake) else self._tripped(plan, known, self._facts(intake)),
            requests=requests,
            seconds=requests * self.uploader.seconds_per_batch,
            binding=self._binding(known, intake),
        )

    def carry_out(self, intake: Intake, scratch: Path) -> UploadResult:
        """Send what has changed; continue an earlier run of the same rows."""
        known = self.state.audience(self.key)
        self._check_kind(known, intake)
        binding, facts = self._binding(known, intake), self._facts(intake)
        run = self.state.open_run(known.key) if known else None
        self._check_wanted(binding)
        remote = self._found(known, intake, run)
        reasons: Mapping[str, int] = {}
        if known and run and not self._continues(known, intake):
            self._end(run, known, "superseded")
            known, run = self.state.audience(self.key), None
        if known is None or run is None:
            replace = self._may_replace(known, remote)
            plan = self._planned(intake, self._members(known), scratch, replace=replace)
            self._check_record(binding, plan)
            tell(Event.PLANNED, **plan.counts(), requests=self._requests(plan), rehearsal=False)
            refuse(self._tripped(plan, known, facts))
            reasons = plan.reasons
            if remote is None:
                remote = self._made(with_value=intake.layout.value_column is not None)
            known = self.state.remember_audience(self.key, remote.audience_id, with_value=remote.with_value)
            run = self._started(plan, known, intake, scratch)
        else:
            self.state.continue_run(run)
            tally = self.state.tally(run)
            tell(Event.CONTINUED, batch=tally.settled_batches, batches=tally.batches)
        self._send(run, known)
        self._end(run, known, "done")
        if facts is not None:
            self.state.keep_facts(known.key, facts.document())
        return self._result(run, intake, reasons, remote)

    def sweep(self) -> None:
        """Delete plans and snapshots nothing refers to any more."""
        folder = self.state.audience_folder(self.key)
        known = self.state.audience(self.key)
        run = self.state.open_run(known.key) if known else None
        kept = {run.folder if run else None, known.snapshot if known else None}
        for path in folder.iterdir():
            if path.name not in kept and path.name.startswith(_PLAN):
                shutil.rmtree(path)
            elif path.name not in kept and path.name.startswith(_MEMBERS):
                path.unlink()

    def lookalikes(self, specs: tuple[str, ...], wait_seconds: float) -> tuple[Lookalike, ...]:
        """Make the lookalikes that are not there yet, or tell what they wait for."""
        known = self.state.audience(self.key)
        if known is None:
            return ()
        made = {lookalike.spec for lookalike in self.state.lookalikes(known.key) if lookalike.audience_id}
        for spec in specs:
            if spec not in made:
                self.state.keep_lookalike(known.key, self._lookalike(known, spec, wait_seconds))
        return tuple(self.state.lookalikes(known.key))

    def _lookalike(self, known: KnownAudience, spec: str, wait_seconds: float) -> Lookalike:
        until = self.runtime.clock() + wait_seconds
        while True:
            seed = with_retries(lambda: self.uploader.read(known.audience_id), self.runtime)
            if seed is None:
                raise _gone(self.key.name)
            lookalike = with_retries(partial(self.uploader.lookalike, seed, spec), self.runtime)
            if lookalike.audience_id or self.runtime.clock() + _BUSY_SECONDS > until:
                return lookalike
            self.runtime.sleep(_BUSY_SECONDS)

    # Looking

    def _check_kind(self, known: KnownAudience | None, intake: Intake) -> None:
        ours = intake.layout.value_column is not None
        if known is not None:
            _refuse_other_kind(self.key.name, remote=known.with_value, ours=ours)

    def _found(self, known: KnownAudience | None, intake: Intake, run: Run | None) -> RemoteAudience | None:
        """The audience at the platform, fit to take these rows; None if it is to be made."""
        replacing = run is not None and any(b.phase == "replace" for b in self.state.batches(run))

        def look() -> RemoteAudience | None:
            seen = self.uploader.read(known.audience_id) if known else self.uploader.find(self.key.name)
            if seen is not None and seen.busy and not replacing:
                raise TryAgain(
                    "Another change of the audience is under way.",
                    f"The platform says: {seen.operation}.",
                    "Run again when it has ended.",
                    wait_seconds=_BUSY_SECONDS,
                )
            return seen

        remote = with_retries(look, self.runtime)
        if remote is None:
            if known is not None:
                raise _gone(self.key.name)
            return None
        ours = intake.layout.value_column is not None
        _refuse_other_kind(self.key.name, remote=remote.with_value, ours=ours)
        if remote.blocked:
            raise Rejected("The audience takes nobody.", remote.blocked, "Nothing was sent.")
        return remote

    def _made(self, *, with_value: bool) -> RemoteAudience:
        """Make the audience; before a second try, look whether the first one arrived after all."""
        tries = 0

        def make() -> RemoteAudience:
            nonlocal tries
            tries += 1
            seen = self.uploader.find(self.key.name) if tries > 1 else None
            return seen or self.uploader.create(self.key.name, with_value=with_value)

        return with_retries(make, self.runtime)

    # Planning

    def _continues(self, known: KnownAudience | None, intake: Intake) -> bool:
        """Whether an interrupted run of the same people is to be ended; it has passed its brakes."""
        run = self.state.open_run(known.key) if known else None
        return run is not None and (run.input, run.mode) == (intake.digest, self.mode)

    def _owed(self, known: KnownAudience | None, plan: Plan) -> int:
        """People an interrupted run was still to add."""
        run = self.state.last_run(known.key) if known else None
        if run is None or run.state == "done":
            return 0
        meant = run.counts["added"] + run.counts["revalued"] + run.counts["unchanged"]
        return max(meant - plan.members_before, 0)

    def _may_replace(self, known: KnownAudience | None, remote: RemoteAudience | None) -> bool:
        """Whether a replace is asked for and there is something to replace."""
        filled = known is not None and known.members > 0
        return self.mode == "replace" and (filled or (remote is not None and remote.replaceable))

    def _members(self, known: KnownAudience | None) -> pl.LazyFrame:
        """Acknowledged members, a cut-short run included."""
        if known is None:
            return load(Path(), None, every_column(self.platform).cells)
        return members_of(known, self.key, self.platform, self.state)

    def _planned(self, intake: Intake, last: pl.LazyFrame, into: Path, *, replace: bool) -> Plan:
        if replace:
            check_window(-(-intake.rows // self.batch_rows), self.uploader)
            return replacement(intake.scan(), last, layout=intake.layout, into=into, departures=self.departures)
        return compare(
            intake.scan(),
            last,
            layout=intake.layout,
            into=into,
            mode="add" if self.mode == "add" else "mirror",
            departures=self.departures,
        )

    def _requests(self, plan: Plan) -> int:
        """Requests that carry the plan's people."""
        return sum(-(-rows // self.batch_rows) for _, _, rows in plan.phases)

    def _facts(self, intake: Intake) -> Facts | None:
        return None if self.source is None else Facts.of(self.source, intake)

    def _tripped(self, plan: Plan, known: KnownAudience | None, facts: Facts | None) -> tuple[Tripped, ...]:
        before = self.state.facts(known.key) if known else None
        return self.brakes.tripped(
            Situation(
                plan=plan,
                platform_minimum=self.uploader.minimum_rows,
                today=datetime.fromtimestamp(self.runtime.clock(), UTC).date(),
                now=facts,
                before=None if before is None else Facts.from_document(before),
                owed=self._owed(known, plan),
            )
        )

    # Holding to a plan

    def _binding(self, known: KnownAudience | None, intake: Intake) -> Binding:
        run = self.state.last_run(known.key) if known else None
        record = [known, run and (run.run, run.state), sorted(self.departures.erased)]
        return Binding(wanted=intake.digest, record=text_sha256(repr(record)))

    def _check_wanted(self, found: Binding) -> None:
        if self.expected is not None and found.wanted != self.expected.wanted:
            raise _moved("The customers, or what they are worth, are others now.")

    def _check_record(self, found: Binding, plan: Plan) -> None:
        """A plan that is carried out already is no error: there is nothing left to send."""
        if self.expected is not None and found.record != self.expected.record and plan.phases:
            raise _moved("The audience was sent to, or somebody was erased, after the plan was made.")

    def _preview(self, plan: Plan, intake: Intake) -> Mapping[str, object] | None:
        if not plan.phases:
            return None
        phase, action, _ = plan.phases[0]
        rows = pl.scan_parquet(plan.folder / f"{phase}.parquet").head(self.batch_rows).collect()
        value = [intake.layout.value_column] if intake.layout.value_column else []
        layout = Layout.of(self.platform, [*rows.columns, *value])
        return self.uploader.preview(batch_of(rows, layout, action))

    # Sending

    def _started(self, plan: Plan, known: KnownAudience, intake: Intake, folder: Path) -> Run:
        intake.path.unlink()
        return self.state.start_run(
            known.key,
            mode=self.mode,
            input_digest=intake.digest,
            folder=folder.name,
            batch_rows=self.batch_rows,
            counts=plan.counts(),
            reasons=plan.reasons,
            phases=plan.phases,
        )

    def _send(self, run: Run, known: KnownAudience) -> None:
        Delivery(
            run=run,
            folder=self.state.audience_folder(self.key) / run.folder,
            audience_id=known.audience_id,
            platform=self.platform,
            with_value=known.with_value,
            uploader=self.uploader,
            state=self.state,
            runtime=self.runtime,
            max_invalid_share=self.max_invalid_share,
            progress=self.progress,
        ).send()

    def _end(self, run: Run, known: KnownAudience, state: str) -> None:
        """Write the members as they are now and switch to them in one transaction."""
        if not self.state.tally(run).requests:
            self.state.close_run(run, state, snapshot=known.snapshot, members=known.members)
            return
        snapshot = snapshot_name()
        members = store(self._members(known), self.state.audience_folder(self.key), snapshot)
        self.state.close_run(run, state, snapshot=snapshot, members=members)

    # Telling

    def _result(
        self, run: Run, intake: Intake, reasons: Mapping[str, int], remote: RemoteAudience | None
    ) -> UploadResult:
        known = self.state.audience(self.key)
        if known is None:
            raise AssertionError
        tally = self.state.tally(run)
        now = self._read_back(known) if tally.requests else remote
        return UploadResult(
            audience_id=known.audience_id,
            added=run.counts["added"],
            removed=run.counts["removed"] - tally.skipped_rows,
            revalued=run.counts["revalued"],
            unchanged=run.counts["unchanged"],
            not_removed=tally.skipped_rows,
            rejected_by_platform=tally.invalid,
            requests=tally.requests,
            members=known.members,
            duplicates=intake.duplicates,
            erased=intake.erased,
            removal_reasons=reasons,
            sessions=tuple(self._session(known, number) for number in self.state.sessions(run)),
            warnings=now.warnings if now else (),
        )

    def _read_back(self, known: KnownAudience) -> RemoteAudience | None:
        try:
            return self.uploader.read(known.audience_id)
        except DeliveryError:
            return None  # everything is acknowledged; only the commentary is missing

    def _session(self, known: KnownAudience, number: int) -> SessionReport:
        try:
            return self.uploader.session_report(known.audience_id, number)
        except DeliveryError:
            return SessionReport(session=number, stage="not told")


def _refuse_other_kind(name: str, *, remote: bool, ours: bool) -> None:
    if remote == ours:
        return
    kinds = {True: "with a value per person", False: "without values"}
    raise ConfigError(
        f'The audience "{name}" is of another kind.',
        f"It is {kinds[remote]}, the upload is {kinds[ours]}; neither can become the other.",
        "Choose another name, so that a new audience is made.",
    )


def _moved(found: str) -> BrakeError:
    return BrakeError(
        "The plan no longer fits; nothing was sent.", found, "Make a new plan, look at it, and apply that."
    )


def _gone(name: str) -> Rejected:
    return Rejected(
        f'The audience "{name}" is no longer there.',
        "The platform does not know the id it had when we last sent to it.",
        "Choose another name, so that a new audience is made.",
    )
