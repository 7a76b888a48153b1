"""Who is not wanted and why: the reason a removal is explained with, per person."""

from collections.abc import Mapping
from typing import Final

import polars as pl

from audience_builder import columns as c
from audience_builder.audiences import PERSON, person
from audience_builder.delivery.plan import ERASED, SUPPRESSED, WITHDRAWN

__all__ = ["OUT_OF_WINDOW", "UNCOUNTED", "because", "filtered"]

OUT_OF_WINDOW: Final = "out of window"
UNCOUNTED: Final = "order no longer counts"
_UNUSABLE: Final = "no match key of their own any more"
_WORTHLESS: Final = "value is not above zero"
_REFUNDED: Final = "refunded"
_OF_STEP: Final[Mapping[str, str]] = {
    "erased": ERASED,
    "no_consent": WITHDRAWN,
    "suppressed": SUPPRESSED,
    "other_country": "from another country",
    "out_of_window": OUT_OF_WINDOW,
    "refunded": _REFUNDED,
    "below_minimum": "below minimum",
    "condition_not_met": "condition no longer met",
}
"""A filter by name -> what it means to somebody who was a member."""


def filtered(left_out: pl.DataFrame) -> pl.DataFrame:
    """``person`` and ``reason`` of customers a filter took out.

    Args:
        left_out: ``Chosen.left_out``.
    """
    return left_out.select(person().alias(PERSON), pl.col(c.REASON).replace(_OF_STEP))


def because(customers: pl.DataFrame, reason: str | None = None) -> pl.DataFrame:
    """``person`` and ``reason`` of customers no filter took out.

    Args:
        customers: With ``customer_id``, ``email`` and ``phone``.
        reason: Why they are not in the list; None for what makes a customer useless to any list.
    """
    if reason is not None:
        return customers.select(person().alias(PERSON), pl.lit(reason).alias(c.REASON))
    worthless = ~(pl.col(c.VALUE) > 0).fill_null(value=False)
    why = (
        pl.when(worthless & (pl.col(c.TOTAL_REFUNDED) > 0))
        .then(pl.lit(_REFUNDED))
        .when(worthless)
        .then(pl.lit(_WORTHLESS))
        .otherwise(pl.lit(_UNUSABLE))
    )
    return customers.select(person().alias(PERSON), why.alias(c.REASON))
