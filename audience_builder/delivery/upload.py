"""Bring an audience in line with a list of people: the one function behind upload and refresh."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Final, cast

import polars as pl

from audience_builder.delivery.audit.occasion import Occasion
from audience_builder.delivery.brakes import Brakes, refuse
from audience_builder.delivery.facts import SourceFacts
from audience_builder.delivery.intake import Intake, Rows, stage
from audience_builder.delivery.job import Job, plan_folder
from audience_builder.delivery.outcome import Binding, Rehearsal, UploadResult
from audience_builder.delivery.plan import Departures, Mode
from audience_builder.delivery.records import AudienceKey
from audience_builder.delivery.retry import Runtime
from audience_builder.delivery.state import State
from audience_builder.delivery.uploader import Progress
from audience_builder.delivery.wire import Uploader
from audience_builder.errors import ConfigError
from audience_builder.events import about
from audience_builder.spec import Platform

__all__ = [
    "MAX_INVALID_SHARE", "UploadResult", "rehearse", "takes_uploads", "token_variable", "upload", "uploader_for",
]  # fmt: skip

MAX_INVALID_SHARE: Final = 0.01
_UPLOADERS: Final = "audience_builder.delivery.uploaders"


def uploader_for(
    platform: Platform, environ: Mapping[str, str], *, account: str, offline: bool = False, **options: object
) -> Uploader:
    """The uploader of a platform, with its token from the environment.

    Args:
        platform: The platform's rules.
        environ: Holds token and perhaps another endpoint.
        account: The ad account, as the platform writes it.
        offline: Only plans and previews are asked for; no token is needed.
        **options: What the platform's own settings take.

    Raises:
        ConfigError: The platform takes no uploads here, or a setting has the wrong form.
        NotAuthorised: There is no token.
    """
    made = _module(platform).connect(environ, platform, account=account, offline=offline, **options)
    return cast("Uploader", made)


def token_variable(platform: Platform) -> str:
    """The environment variable a platform's token is read from where no other is named.

    Raises:
        ConfigError: The platform takes no uploads here.
    """
    return cast("str", _module(platform).TOKEN_VARIABLE)


def _module(platform: Platform) -> ModuleType:
    name = f"{_UPLOADERS}.{platform.name}"
    try:
        return import_module(name)
    except ModuleNotFoundError as missing:
        if missing.name != name:
            raise
    raise ConfigError(
        f"{platform.title} cannot be uploaded to from here.",
        "There is no uploader for it.",
        "Export the list and upload the file by hand.",
    )


def takes_uploads(platform: Platform) -> bool:
    """Whether there is an uploader for the platform."""
    return find_spec(f"{_UPLOADERS}.{platform.name}") is not None


def upload(
    rows: Rows,
    platform: Platform,
    uploader: Uploader,
    state: State,
    *,
    name: str,
    mode: Mode = "mirror",
    lookalikes: Sequence[str] = (),
    lookalike_wait_seconds: float = 0.0,
    dry_run: bool = False,
    brakes: Brakes | None = None,
    batch_rows: int | None = None,
    max_invalid_share: float = MAX_INVALID_SHARE,
    reasons: pl.DataFrame | None = None,
    source: SourceFacts | None = None,
    expected: Binding | None = None,
    wait_seconds: float = 0.0,
    occasion: Occasion | None = None,
    progress: Callable[[Progress], None] | None = None,
    runtime: Runtime | None = None,
) -> UploadResult:
    """Bring an audience in line with the rows, sending only what has changed.

    An earlier run of the same rows that was cut short is continued. One of other rows is left where
    it is; what it had in flight is sent again or removed, as the new rows want it.

    Args:
        rows: Hashed rows; see `intake.Rows`.
        platform: The platform's rules.
        uploader: The way to the account.
        state: The record of earlier runs.
        name: Name of the audience; made if it is not there.
        mode: See `plan.Mode`.
        lookalikes: Lookalikes to have, as in ``US:0.01``.
        lookalike_wait_seconds: How long to wait for the seed to be ready.
        dry_run: Plan and preview only; nothing is sent, nothing recorded.
        brakes: Limits past which nothing is sent.
        batch_rows: Rows per request, at most the platform's limit.
        max_invalid_share: Share of rows the platform may find unusable.
        reasons: ``person`` and ``reason`` of people known to have left.
        source: What was read; kept for the brakes of the next run.
        expected: The plan to hold to, None to send whatever has changed.
        wait_seconds: How long to wait for another run of this audience to end.
        occasion: Who sends it and what it was made from, for the log.
        progress: Called after each request.
        runtime: Time and chance.

    Raises:
        ConfigError: A setting, the audience's kind, or the state file is wrong.
        DataError: Rows that must not be sent.
        BrakeError: A brake stopped it, or the plan no longer fits; nothing was sent.
        Rejected: The platform refused.
        NotAuthorised: Token, permission or terms stand in the way.
        TryAgain: The platform could not take it now, or another run holds the audience.
    """
    for spec in lookalikes:
        uploader.check_lookalike(spec)
    job = _job(
        platform, uploader, state, name=name, mode=mode, brakes=brakes, batch_rows=batch_rows,
        max_invalid_share=max_invalid_share, reasons=reasons, source=source, expected=expected,
        progress=progress, runtime=runtime,
    )  # fmt: skip
    if dry_run:
        with _about(job):
            rehearsal = _rehearsed(job, rows)
            refuse(rehearsal.tripped)
        return rehearsal.result
    with (
        _about(job),
        state.lock(job.key, wait_seconds=wait_seconds),
        state.attempt(job.key, mode, occasion or Occasion()) as attempt,
    ):
        job = replace(job, departures=replace(job.departures, erased=state.tombstones(platform.name)))  # as of now
        job.sweep()
        try:
            folder = plan_folder(state.audience_folder(job.key))
            result = job.carry_out(_staged(job, rows, folder), folder)
        finally:
            job.sweep()
        made = job.lookalikes(tuple(lookalikes), lookalike_wait_seconds)
        attempt.result = replace(result, lookalikes=made)
        return attempt.result


def rehearse(
    rows: Rows,
    platform: Platform,
    uploader: Uploader,
    state: State,
    *,
    name: str,
    mode: Mode = "mirror",
    brakes: Brakes | None = None,
    batch_rows: int | None = None,
    reasons: pl.DataFrame | None = None,
    source: SourceFacts | None = None,
    runtime: Runtime | None = None,
) -> Rehearsal:
    """Think an upload through: what would be sent, which brakes trip. Arguments as for ``upload``.

    Raises:
        ConfigError, DataError: As ``upload``.
    """
    job = _job(
        platform, uploader, state, name=name, mode=mode, brakes=brakes, batch_rows=batch_rows, reasons=reasons,
        source=source, runtime=runtime,
    )  # fmt: skip
    with _about(job):
        return _rehearsed(job, rows)


def _about(job: Job) -> AbstractContextManager[None]:
    """Events inside are about this audience."""
    return about(platform=job.key.platform, account=job.key.account, audience=job.key.name)


def _job(
    platform: Platform,
    uploader: Uploader,
    state: State,
    *,
    name: str,
    mode: Mode,
    brakes: Brakes | None,
    batch_rows: int | None,
    reasons: pl.DataFrame | None,
    source: SourceFacts | None,
    runtime: Runtime | None,
    max_invalid_share: float = MAX_INVALID_SHARE,
    expected: Binding | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Job:
    return Job(
        platform=platform,
        uploader=uploader,
        state=state,
        key=AudienceKey(platform=platform.name, account=uploader.account, name=_checked_name(name)),
        mode=mode,
        brakes=brakes or Brakes(),
        batch_rows=_checked_batch_rows(batch_rows, uploader),
        max_invalid_share=max_invalid_share,
        departures=Departures(known=reasons, erased=state.tombstones(platform.name)),
        source=source,
        expected=expected,
        progress=progress,
        runtime=runtime or Runtime(),
    )


def _rehearsed(job: Job, rows: Rows) -> Rehearsal:
    with tempfile.TemporaryDirectory(prefix="audience-builder-") as scratch:
        folder = Path(scratch)
        return job.rehearse(_staged(job, rows, folder), folder)


def _staged(job: Job, rows: Rows, folder: Path) -> Intake:
    return stage(rows, job.platform, into=folder, tombstones=job.departures.erased)


def _checked_name(name: str) -> str:
    if not name.strip() or not name.isprintable():
        raise ConfigError(
            "The audience has no usable name.",
            "It is blank or holds control characters.",
            "Give it a neutral name, as in Seed 2026-11.",
        )
    return name.strip()


def _checked_batch_rows(batch_rows: int | None, uploader: Uploader) -> int:
    limit = uploader.max_batch_rows
    if batch_rows is not None and not 1 <= batch_rows <= limit:
        raise ConfigError(
            "The number of rows per request is out of range.",
            f"It is {batch_rows}; the platform takes 1 to {limit}.",
            "Choose a number in this range, or leave it out.",
        )
    return batch_rows or limit
