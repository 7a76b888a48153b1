"""How to reach a customer: the newest of what her records say, without mixing two records' facts.

A contact file comes before order lines; among orders the newest comes first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from operator import or_
from typing import Final

import narwhals as nw

from audience_builder import columns as c
from audience_builder.ledger.frames import NEWNESS, Frame

__all__ = ["newest_contacts", "with_newness"]

_ROW_BITS: Final = 29
_SLOT_BITS: Final = 2
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NO_AGE: Final = 0
_OLDEST: Final = 2**32 - 1
_TAIL: Final = 2 ** (_ROW_BITS + _SLOT_BITS)
_OFFSET: Final = "source_offset"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Together:
    """Columns that are taken from one record: the newest where any of ``needs`` is filled.

    Without such a record, the newest with any of ``columns``.
    """

    columns: tuple[str, ...]
    needs: tuple[str, ...]


_GROUPS: Final[Mapping[str, _Together]] = {
    "newest_id": _Together(columns=(c.CUSTOMER_ID,), needs=(c.CUSTOMER_ID,)),
    "newest_name": _Together(
        columns=(c.FIRST_NAME, c.LAST_NAME, c.FULL_NAME), needs=(c.FIRST_NAME, c.LAST_NAME, c.FULL_NAME)
    ),
    "newest_place": _Together(columns=(c.CITY, c.STATE, c.POSTAL_CODE, c.COUNTRY), needs=(c.CITY, c.POSTAL_CODE)),
    "newest_gender": _Together(columns=(c.GENDER,), needs=(c.GENDER,)),
    "newest_birth": _Together(columns=(c.DATE_OF_BIRTH,), needs=(c.DATE_OF_BIRTH,)),
    "newest_mobile": _Together(columns=(c.MOBILE_ID,), needs=(c.MOBILE_ID,)),
    "newest_consent": _Together(columns=(c.CONSENT,), needs=(c.CONSENT,)),
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
    offsets = heights.with_columns(
        (nw.col("height").cum_sum().over(order_by=c.SOURCE) - nw.col("height")).alias(_OFFSET)
    ).select(c.SOURCE, _OFFSET)
    if seen_at is None:
        age = nw.lit(_NO_AGE, dtype=nw.Int64())
    else:
        age = (_OLDEST - (seen_at - _EPOCH).dt.total_seconds().clip(0, _OLDEST - 1)).fill_null(_OLDEST)
    row = (nw.col(c.SOURCE_ROW) + nw.col(_OFFSET)) * 2**_SLOT_BITS
    return frame.join(offsets, on=c.SOURCE, how="left").with_columns((age * _TAIL + row).alias(NEWNESS)).drop(_OFFSET)


def newest_contacts(records: Frame) -> Frame:
    """One row per customer with the columns of ``columns.CONTACTS``.

    Args:
        records: Contact columns, key columns, ``customer_key`` and ``newness``.
    """
    picks = records.group_by(c.CUSTOMER_KEY).agg(*(_pick(group, name) for name, group in _GROUPS.items()), *_fallbacks())
    picks = picks.with_columns(*(nw.coalesce(name, _second(name)).alias(name) for name in _with_fallback())).drop(
        *(_second(name) for name in _with_fallback())
    )
    return (
        _taken(records, picks)
        .join(_slots(records, c.EMAILS, c.EMAIL_KEYS), on=c.CUSTOMER_KEY, how="left")
        .join(_slots(records, c.PHONES, (c.PHONE_KEY,)), on=c.CUSTOMER_KEY, how="left")
    )


def _filled(names: tuple[str, ...]) -> nw.Expr:
    return reduce(or_, (~nw.col(name).is_null() for name in names))


def _pick(group: _Together, name: str) -> nw.Expr:
    return nw.when(_filled(group.needs)).then(nw.col(NEWNESS)).min().alias(name)


def _second(name: str) -> str:
    return f"{name}_second"


def _with_fallback() -> tuple[str, ...]:
    return tuple(name for name, group in _GROUPS.items() if group.needs != group.columns)


def _fallbacks() -> tuple[nw.Expr, ...]:
    return tuple(
        nw.when(_filled(_GROUPS[name].columns)).then(nw.col(NEWNESS)).min().alias(_second(name))
        for name in _with_fallback()
    )


def _taken(records: Frame, picks: Frame) -> Frame:
    """Each customer's columns from the records picked for them."""
    columns = [column for group in _GROUPS.values() for column in group.columns]
    places = records.select(c.CUSTOMER_KEY, NEWNESS).join(picks, on=c.CUSTOMER_KEY, how="inner")
    chosen = places.filter(reduce(or_, (nw.col(NEWNESS) == nw.col(name) for name in _GROUPS)))
    values = records.select(NEWNESS, *columns).join(chosen, on=NEWNESS, how="inner")
    return values.group_by(c.CUSTOMER_KEY).agg(
        *(
            nw.when(nw.col(NEWNESS) == nw.col(name)).then(nw.col(column)).max().alias(column)
            for name, group in _GROUPS.items()
            for column in group.columns
        )
    )


def _slots(records: Frame, texts: tuple[str, ...], keys: tuple[str, ...]) -> Frame:
    """Up to three distinct values of a kind, newest first; those with a key before those without.

    Of several spellings of one value the first in text order is kept.
    """
    value = nw.col("value")
    spelt = nw.concat(
        [
            records.filter(~nw.col(text).is_null()).select(
                c.CUSTOMER_KEY,
                nw.col(text).alias("value"),
                (nw.col(keys[slot]) if slot < len(keys) else nw.lit(None, dtype=nw.String())).alias("key"),
                (nw.col(NEWNESS) + slot).alias(NEWNESS),
            )
            for slot, text in enumerate(texts)
        ]
    )
    by_text = spelt.group_by(c.CUSTOMER_KEY, "value").agg(nw.col("key").min(), nw.col(NEWNESS).min())
    keyed = by_text.with_columns(
        nw.coalesce(nw.col("key"), value).alias("key"), nw.col("key").is_null().cast(nw.Int64()).alias("keyless")
    )
    distinct = keyed.group_by(c.CUSTOMER_KEY, "key").agg(value.min(), nw.col(NEWNESS).min(), nw.col("keyless").min())
    order = [c.CUSTOMER_KEY, "keyless", NEWNESS]
    numbered = distinct.with_row_index("place", order_by=order)
    firsts = numbered.group_by(c.CUSTOMER_KEY).agg(nw.col("place").min().alias("first"))
    placed = numbered.join(firsts, on=c.CUSTOMER_KEY, how="inner")
    return placed.group_by(c.CUSTOMER_KEY).agg(
        *(
            nw.when(nw.col("place") - nw.col("first") == slot).then(value).max().alias(text)
            for slot, text in enumerate(texts)
        )
    )
