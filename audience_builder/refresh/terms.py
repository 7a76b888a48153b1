"""How a refresh is to go."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from audience_builder.delivery.brakes import Brakes
from audience_builder.delivery.retry import Runtime
from audience_builder.delivery.uploader import Progress

__all__ = ["Terms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a refresh is to go.

    Args:
        environ: Holds tokens and perhaps other endpoints.
        brakes: The client's own limits -> those that hold in this run.
        only: Name in the file of the one audience wanted, None for all.
        wait_seconds: How long to wait for another run of an audience to end.
        progress: Called after each request.
        runtime: Time and chance.
    """

    environ: Mapping[str, str]
    brakes: Callable[[Brakes], Brakes] = lambda own: own
    only: str | None = None
    wait_seconds: float = 0.0
    progress: Callable[[Progress], None] | None = None
    runtime: Runtime = field(default_factory=Runtime)

    @property
    def today(self) -> date:
        """The day of the run, UTC."""
        return datetime.fromtimestamp(self.runtime.clock(), UTC).date()
