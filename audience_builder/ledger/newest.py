"""Which record of a customer is the newest that says something: numbers only, no contact text moved."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from operator import or_
from typing import Final

import narwhals as nw
import polars as pl

from audience_builder import columns as c
from audience_builder.ledger.frames import NEWNESS, Frame

__all__ = ["GROUPS", "SEVERAL", "Together", "combined", "marks", "picked", "with_newness"]

SEVERAL: Final = "several"
"""Customers with more than one spelling of an e-mail or phone: their records are read one by one."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NO_AGE: Final = 0
_OLDEST: Final = 2**32 - 1
_TAIL: Final = 2**31
"""Room below the age: half of it rows (536 million), the rest the six places of a contact value."""
_ROW_STEP: Final = 4
_OFFSET: Final = "source_offset"
_SPARE: Final = "has_spare"
_TEXTS: Final = (c.EMAIL, c.PHONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """Columns that are taken from one record, the newest where any of ``needs`` is filled.

    Where no record of the customer has that: the newest with any of ``columns``.
    """

    columns: tuple[str, ...]
    needs: tuple[str, ...]


def _alone(column: str) -> Together:
    return Together(columns=(column,), needs=(column,))


_NAME: Final = (c.FIRST_NAME, c.LAST_NAME, c.FULL_NAME)
GROUPS: Final[Mapping[str, Together]] = {
    "newest_id": _alone(c.CUSTOMER_ID),
    "newest_name": Together(columns=_NAME, needs=_NAME),
    "newest_place": Together(columns=(c.CITY, c.STATE, c.POSTAL_CODE, c.COUNTRY), needs=(c.CITY, c.POSTAL_CODE)),
    "newest_gender": _alone(c.GENDER),
    "newest_birth": _alone(c.DATE_OF_BIRTH),
    "newest_mobile": _alone(c.MOBILE_ID),
    "newest_consent": _alone(c.CONSENT),
}
"""Never the first name of one record and the last name of another, never two addresses mixed."""

_CONDITIONS: Final[Mapping[str, tuple[str, ...]]] = {name: group.needs for name, group in GROUPS.items()} | {
    f"{name}_else": group.columns for name, group in GROUPS.items() if group.needs != group.columns
}


def with_newness(frame: Frame, seen_at: nw.Expr | None) -> Frame:
    """Number the records so that the smallest number is the newest: one integer, no sorting.

    The time counts in whole seconds; within a second, and where there is no time, source and row
    decide. Records without a time come last; a contact file (``seen_at`` None) comes first.

    Args:
        frame: Records with ``source`` and ``source_row``.
        seen_at: When the record was true, UTC.
    """
    heights = frame.group_by(c.SOURCE).agg(nw.col(c.SOURCE_ROW).max().alias("height"))
    before = nw.col("height").cum_sum().over(order_by=c.SOURCE) - nw.col("height")
    offsets = heights.with_columns(before.alias(_OFFSET)).select(c.SOURCE, _OFFSET)
    if seen_at is None:
        age = nw.lit(_NO_AGE, dtype=nw.Int64())
    else:
        age = (_OLDEST - (seen_at - _EPOCH).dt.total_seconds().clip(0, _OLDEST - 1)).fill_null(_OLDEST)
    row = (nw.col(c.SOURCE_ROW) + nw.col(_OFFSET)) * _ROW_STEP
    return frame.join(offsets, on=c.SOURCE, how="left").with_columns((age * _TAIL + row).alias(NEWNESS)).drop(_OFFSET)


def marks() -> tuple[nw.Expr, ...]:
    """Columns that say of each record which facts it holds, and its main e-mail and phone."""
    spare = (*c.EMAILS[1:], *c.PHONES[1:])
    return (
        *(_filled(needs).alias(f"has_{name}") for name, needs in _CONDITIONS.items()),
        _filled(spare).alias(_SPARE),
        *(nw.col(text) for text in _TEXTS),
    )


def picked() -> tuple[nw.Expr, ...]:
    """Per customer, from ``marks``: the newest record for each group, and whether she has several texts."""
    return (
        *(nw.when(nw.col(f"has_{name}")).then(nw.col(NEWNESS)).min().alias(name) for name in _CONDITIONS),
        nw.col(_SPARE).max().alias(_SPARE),
        *(nw.col(text).min().alias(f"{text}_first") for text in _TEXTS),
        *(nw.col(text).max().alias(f"{text}_last") for text in _TEXTS),
    )


def combined(of_orders: pl.DataFrame, of_contacts: pl.DataFrame | None) -> pl.DataFrame:
    """What was picked from orders and from the contact file, for the customers of the orders.

    Returns:
        ``customer_key``, one column per group of ``GROUPS`` with the newness picked, ``several``, and
        ``email`` and ``phone`` where all records spell them the same way.
    """
    names = [
        c.CUSTOMER_KEY,
        *_CONDITIONS,
        _SPARE,
        *(f"{text}_{end}" for text in _TEXTS for end in ("first", "last")),
    ]
    found = of_orders.select(names)
    if of_contacts is not None:
        known = of_contacts.select(names).join(found, on=c.CUSTOMER_KEY, how="semi")
        both = pl.concat([found, known]).group_by(c.CUSTOMER_KEY)
        found = both.agg(
            pl.col(*_CONDITIONS, *(f"{text}_first" for text in _TEXTS)).min(),
            pl.col(_SPARE, *(f"{text}_last" for text in _TEXTS)).max(),
        )
    several = pl.any_horizontal(pl.col(_SPARE), *(pl.col(f"{text}_first") != pl.col(f"{text}_last") for text in _TEXTS))
    return found.select(
        c.CUSTOMER_KEY,
        *(pl.coalesce(name, f"{name}_else") if f"{name}_else" in _CONDITIONS else name for name in GROUPS),
        several.fill_null(value=False).alias(SEVERAL),
        *(pl.col(f"{text}_first").alias(text) for text in _TEXTS),
    )


def _filled(names: tuple[str, ...]) -> nw.Expr:
    return reduce(or_, (~nw.col(name).is_null() for name in names))
