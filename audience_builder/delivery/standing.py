"""How an audience stands, and whether an upload would go through."""

from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any

from audience_builder.delivery.records import AudienceKey, Run
from audience_builder.delivery.retry import Runtime, with_retries
from audience_builder.delivery.state import State
from audience_builder.delivery.wire import Check, Health, Lookalike, Uploader
from audience_builder.errors import ConfigError

__all__ = ["Standing", "doctor", "status"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An audience as the platform and our record see it.

    Args:
        name: Its name.
        audience_id: The platform's id.
        operation: Operation status in words.
        delivery: Delivery status in words.
        size_low: Lower bound of its size at the platform, None if not told.
        size_high: Upper bound, likewise.
        members: Members acknowledged.
        last_run: The newest run: mode, plan, times and ``open``, ``done`` or ``superseded``.
        lookalikes: Lookalikes made or waiting.
        warnings: What its owner should know, one sentence each.
    """

    name: str
    audience_id: str
    operation: str
    delivery: str
    size_low: int | None
    size_high: int | None
    members: int
    last_run: Run | None
    lookalikes: tuple[Lookalike, ...]
    warnings: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """All of it, JSON-ready."""
        run = self.last_run
        told = {"mode": run.mode, "state": run.state, "plan": dict(run.counts), **_times(run)} if run else None
        own = {field.name: getattr(self, field.name) for field in fields(self)}
        return own | {"last_run": told, "lookalikes": [asdict(one) for one in self.lookalikes]}

    def figures(self) -> dict[str, int | str]:
        """The same by label, for people."""
        told = self.size_low is not None and self.size_high is not None and self.size_low >= 0
        size = f"{self.size_low:,} to {self.size_high:,}" if told else "not told"
        figures: dict[str, int | str] = {
            "Audience id": self.audience_id,
            "Operation": self.operation,
            "Delivery": self.delivery,
            "People the platform could match": size,
            "Members it has acknowledged": self.members,
        }
        if self.last_run is not None:
            started = _moment(self.last_run.started_at)
            figures[f"Last run ({self.last_run.mode}), in UTC"] = f"{self.last_run.state} {started:%Y-%m-%d %H:%M}"
        return figures


def status(
    platform_name: str, uploader: Uploader, state: State, *, name: str, runtime: Runtime | None = None
) -> Standing:
    """What the platform says of an audience, and what we have on record.

    Raises:
        ConfigError: There is no such audience.
        DeliveryError: The platform could not be asked.
    """
    known = state.audience(AudienceKey(platform=platform_name, account=uploader.account, name=name))
    remote = with_retries(
        lambda: uploader.read(known.audience_id) if known else uploader.find(name), runtime or Runtime()
    )
    if remote is None:
        raise ConfigError(
            f'There is no audience "{name}".',
            "The platform does not know it." if known else "It was never uploaded to from this state folder.",
            "Check the name and the account, or upload first.",
        )
    run = state.last_run(known.key) if known else None
    warnings = [*remote.warnings, *([remote.blocked] if remote.blocked else [])]
    if run is not None and run.state == "open":
        warnings.append("The last run did not end; running again continues it.")
    return Standing(
        name=name,
        audience_id=remote.audience_id,
        operation=remote.operation,
        delivery=remote.delivery,
        size_low=remote.size_low,
        size_high=remote.size_high,
        members=known.members if known else 0,
        last_run=run,
        lookalikes=tuple(state.lookalikes(known.key)) if known else (),
        warnings=tuple(warnings),
    )


def doctor(
    uploader: Uploader, *, name: str | None = None, with_value: bool = True, members_after: int | None = None
) -> list[Check]:
    """Everything that can be known before an upload, sending nobody.

    Args:
        uploader: The way to the account.
        name: Name of the audience, None to look at the account alone.
        with_value: Whether values are to go along.
        members_after: Members after the change, if a plan is known.
    """
    return uploader.checks(Health(name=name, with_value=with_value, members_after=members_after))


def _times(run: Run) -> dict[str, str | None]:
    """When it started and ended, in ISO format."""
    return {
        "started_at": _moment(run.started_at).isoformat(timespec="seconds"),
        "ended_at": None if run.ended_at is None else _moment(run.ended_at).isoformat(timespec="seconds"),
    }


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
