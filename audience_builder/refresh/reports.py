"""What became of a client and its audiences, or would."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from audience_builder.delivery.brakes import Tripped, refuse
from audience_builder.delivery.outcome import UploadResult
from audience_builder.events import about
from audience_builder.reporting.summary import Summary

__all__ = ["AudienceReport", "ClientReport"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceReport:
    """What became of one audience, or would.

    Args:
        label: Its name in the client's file.
        name: Its name on the platform.
        platform, account: Where it is.
        mode: See ``delivery.plan.Mode``.
        result: What was sent, or in a plan would be.
        requests: Requests a plan would take.
        minutes: How long these would take.
        tripped: Brakes that stand in the plan's way.
    """

    label: str
    name: str
    platform: str
    account: str
    mode: str
    result: UploadResult
    requests: int = 0
    minutes: float = 0.0
    tripped: tuple[Tripped, ...] = ()

    def document(self) -> dict[str, Any]:
        """JSON-ready."""
        own = {name: value for name, value in asdict(self).items() if name != "result"}
        estimate = {"planned_requests": own.pop("requests"), "planned_minutes": own.pop("minutes")}
        return {**own, **estimate, **asdict(self.result)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientReport:
    """What became of one client.

    Args:
        client: Its name.
        summary: What was read and valued.
        audiences: In the order of the client's file.
        remarks: What the user should know of the values.
    """

    client: str
    summary: Summary
    audiences: tuple[AudienceReport, ...]
    remarks: tuple[str, ...] = ()

    def refuse(self) -> None:
        """Stop, if a brake stands in the way.

        Raises:
            BrakeError: It names every one, by audience.
        """
        stopped = [one for one in self.audiences if one.tripped]
        several = len(self.audiences) > 1
        for one in stopped:
            named = [
                replace(brake, wrong=f'"{one.name}": {brake.wrong}') if several else brake for brake in one.tripped
            ]
            if len(stopped) > 1:
                refuse(self._all(stopped))
            with about(platform=one.platform, account=one.account, audience=one.name):
                refuse(named)

    def _all(self, stopped: list[AudienceReport]) -> list[Tripped]:
        """The brakes of several audiences; those of the files, alike everywhere, once."""
        found: dict[tuple[str, str], Tripped] = {}
        for one in stopped:
            for brake in one.tripped:
                shared = sum(brake in other.tripped for other in stopped) == len(stopped)
                wrong = brake.wrong if shared else f'"{one.name}": {brake.wrong}'
                found.setdefault((wrong, brake.found), replace(brake, wrong=wrong))
        return list(found.values())
