"""Acquisition cost: LTV:CAC and the highest cost a customer may have."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from audience_builder.errors import ConfigError

__all__ = ["TARGET_RATIO", "Acquisition", "acquisition", "payback_months"]

TARGET_RATIO: Final = 3.0
"""Earned per unit spent; the usual yardstick."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acquisition:
    """Cost per new customer against what one is worth."""

    cac: float
    ratio: float
    highest_cac: float

    def sentence(self, currency: str) -> str:
        """The verdict in one sentence."""
        verdict = "above" if self.ratio >= TARGET_RATIO else "below"
        return (
            f"LTV:CAC {self.ratio:.1f}:1, {verdict} the usual 3:1; a customer cost {self.cac:,.2f} {currency}, "
            f"at 3:1 one may cost up to {self.highest_cac:,.2f} {currency}."
        )


def acquisition(
    lifetime_value: float, *, cac: float | None, spend: float | None, new_customers: int
) -> Acquisition | None:
    """Compare a customer's value with the cost of winning one.

    Args:
        lifetime_value: Mean value of a customer, margin included.
        cac: Cost per new customer, if known.
        spend: Else the spend that brought ``new_customers``.
        new_customers: How many it brought.

    Returns:
        None if neither cost nor spend is given.

    Raises:
        ConfigError: Both are given, the cost is not above zero, or nobody was won.

    >>> acquisition(160.0, cac=50.0, spend=None, new_customers=0).highest_cac.__round__(2)
    53.33
    """
    if cac is None and spend is None:
        return None
    if cac is not None and spend is not None:
        raise ConfigError(
            "--cac and --spend exclude each other.",
            "Both were given.",
            "Give the cost per customer, or the spend.",
        )
    if cac is None:
        if not new_customers:
            raise ConfigError(
                "The spend brought no new customer.",
                "There is no cost per customer then.",
                "Give --new-customers.",
            )
        cac = (spend or 0.0) / new_customers
    if not cac > 0:
        raise ConfigError("The acquisition cost has to be above zero.", f"It is {cac}.", "Leave it out if unknown.")
    return Acquisition(cac=cac, ratio=lifetime_value / cac, highest_cac=lifetime_value / TARGET_RATIO)


def payback_months(brought: Sequence[float], cac: float) -> int | None:
    """The first month in which a customer has brought what it cost.

    Args:
        brought: Money a customer has brought by the end of each month, margin taken.
        cac: What winning it cost.

    Returns:
        Months from 1; None where the months given do not reach the cost.

    >>> payback_months([20.0, 35.0, 50.0, 60.0], 50.0)
    3
    """
    return next((month for month, so_far in enumerate(brought, start=1) if so_far >= cac), None)
