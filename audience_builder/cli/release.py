"""Flags that put a limit of their own in place of one in the client's file, for one run."""

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audience_builder.cli.flags import BRAKES

if TYPE_CHECKING:
    from audience_builder.delivery.brakes import Brakes

__all__ = ["ReleaseFlags"]


def _limit(text: str) -> Any:
    help_text = f"{text} Default: as in [brakes]."
    return typer.Option(help=help_text, rich_help_panel=BRAKES, show_default=False, min=0)


@dataclass(frozen=True, kw_only=True)
class ReleaseFlags:
    """Limits of one refresh; those left out are the file's."""

    max_removed: Annotated[float | None, _limit("Share of the members that may leave: 0.2.")] = None
    max_growth: Annotated[float | None, _limit("Share of the members that may join: 0.5.")] = None
    min_members: Annotated[int | None, _limit("Members there have to be.")] = None
    max_rows_drop: Annotated[
        float | None, _limit("Share of the source rows that may be gone since the last run: 0.3.")
    ] = None
    max_revenue_drop: Annotated[
        float | None, _limit("Share of the net revenue that may be gone since the last run: 0.3.")
    ] = None
    max_order_age_days: Annotated[float | None, _limit("Days since the newest order: 7.")] = None
    max_rejects: Annotated[float | None, _limit("Share of the source rows that may be unusable: 0.05.")] = None
    max_coverage_drop: Annotated[
        float | None, _limit("How far the share of people with a match key may fall: 0.1 is 10 points.")
    ] = None
    max_value_shift: Annotated[float | None, _limit("How far the total of all values may move: 0.5.")] = None
    accept_changes: Annotated[
        bool | None,
        typer.Option(
            "--accept-changes",
            help="Go on although settings or the value model changed since the last run.",
            rich_help_panel=BRAKES,
        ),
    ] = None

    def over(self, own: "Brakes") -> "Brakes":
        """The client's own limits with those given here in their place."""
        return replace(own, **{name: value for name, value in asdict(self).items() if value is not None})
