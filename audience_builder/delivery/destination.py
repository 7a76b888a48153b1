"""Where an upload goes and how far it may go, as the user says it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from audience_builder.delivery.audit.occasion import Occasion
from audience_builder.delivery.brakes import Brakes
from audience_builder.delivery.facts import SourceFacts
from audience_builder.delivery.graph.settings import LimitedDataUse
from audience_builder.delivery.intake import Rows
from audience_builder.delivery.outcome import Binding, Rehearsal, UploadResult
from audience_builder.delivery.plan import Mode
from audience_builder.delivery.retry import Runtime
from audience_builder.delivery.state import State
from audience_builder.delivery.upload import MAX_INVALID_SHARE, rehearse, upload, uploader_for
from audience_builder.delivery.uploader import Progress
from audience_builder.delivery.wire import Uploader
from audience_builder.spec import Platform

__all__ = ["Destination"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """One audience of one ad account.

    Args:
        platform: Platform name.
        account: The ad account, as the platform writes it.
        name: Name of the audience; made if it is not there.
        state: Folder with the record of earlier runs.
        mode: See ``plan.Mode``.
        lookalikes: Lookalikes to have, as in ``US:0.01``.
        with_value: Whether values go along where the platform takes them.
        forms: Match key -> another documented form.
        dry_run: Plan and preview only.
        brakes: Limits past which nothing is sent.
        batch_rows: Rows per request; None for the platform's limit.
        max_invalid_share: Share of rows the platform may find unusable.
        token_variable: Environment variable that holds the token; None for the platform's own.
        wait_seconds: How long to wait for another run of this audience to end.
        runtime: Time and chance.
        lookalike_wait_minutes: How long to wait for the seed to be ready for its lookalikes.
        retention_days: Days a new audience keeps people; None keeps them for good.
        limited_data_use: ``geolocated`` or ``california``: process people there in a limited way.
    """

    platform: str
    account: str
    name: str
    state: Path
    mode: Mode = "mirror"
    lookalikes: tuple[str, ...] = ()
    with_value: bool = True
    forms: Mapping[str, str] = field(default_factory=dict)
    dry_run: bool = False
    brakes: Brakes = field(default_factory=Brakes)
    batch_rows: int | None = None
    max_invalid_share: float = MAX_INVALID_SHARE
    token_variable: str | None = None
    wait_seconds: float = 0.0
    runtime: Runtime | None = None
    lookalike_wait_minutes: float = 0.0
    retention_days: int | None = None
    limited_data_use: LimitedDataUse | None = None

    def connect(self, platform: Platform, environ: Mapping[str, str]) -> Uploader:
        """The way to the account; what is mistyped shows here, before any file is read.

        Raises:
            ConfigError: The platform takes no uploads here, or a setting has the wrong form.
            NotAuthorised: There is no token.
        """
        own = {} if self.token_variable is None else {"token_variable": self.token_variable}
        uploader = uploader_for(
            platform,
            environ,
            account=self.account,
            offline=self.dry_run,
            retention_days=self.retention_days,
            limited_data_use=self.limited_data_use,
            **own,
        )
        for spec in self.lookalikes:
            uploader.check_lookalike(spec)
        return uploader

    def send(
        self,
        rows: Rows,
        platform: Platform,
        uploader: Uploader,
        state: State,
        *,
        reasons: pl.DataFrame | None = None,
        source: SourceFacts | None = None,
        expected: Binding | None = None,
        occasion: Occasion | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> UploadResult:
        """Bring the audience in line with the rows; see ``upload.upload``."""
        return upload(
            rows,
            platform,
            uploader,
            state,
            name=self.name,
            mode=self.mode,
            lookalikes=self.lookalikes,
            lookalike_wait_seconds=60 * self.lookalike_wait_minutes,
            dry_run=self.dry_run,
            brakes=self.brakes,
            batch_rows=self.batch_rows,
            max_invalid_share=self.max_invalid_share,
            reasons=reasons,
            source=source,
            expected=expected,
            occasion=occasion,
            wait_seconds=self.wait_seconds,
            progress=progress,
            runtime=self.runtime,
        )

    def rehearse(
        self,
        rows: Rows,
        platform: Platform,
        uploader: Uploader,
        state: State,
        *,
        reasons: pl.DataFrame | None = None,
        source: SourceFacts | None = None,
    ) -> Rehearsal:
        """Think the upload through; see ``upload.rehearse``."""
        return rehearse(
            rows,
            platform,
            uploader,
            state,
            name=self.name,
            mode=self.mode,
            brakes=self.brakes,
            batch_rows=self.batch_rows,
            reasons=reasons,
            source=source,
            runtime=self.runtime,
        )
