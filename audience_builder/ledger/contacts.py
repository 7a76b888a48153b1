"""How to reach a customer: the contact text of the records picked for her."""

from collections.abc import Sequence
from typing import Final

import narwhals as nw
import polars as pl

from audience_builder import columns as c
from audience_builder import schemas
from audience_builder.errors import DataError
from audience_builder.ledger.frames import NEWNESS, Frame, in_polars
from audience_builder.ledger.newest import GROUPS, SEVERAL

__all__ = ["contacts_of"]

_PAIRS: Final = {c.EMAILS: c.EMAIL_KEYS, c.PHONES: (c.PHONE_KEY, None, None)}
"""Contact columns and the normalised keys that tell two spellings of one value."""


def contacts_of(picks: pl.DataFrame, owners: pl.DataFrame, sources: Sequence[Frame]) -> pl.DataFrame:
    """One row per customer: ``customer_key`` and the columns of ``schemas.CONTACTS``.

    Args:
        picks: What ``newest.combined`` returned.
        owners: ``customer_key`` and ``newness`` of the records of customers with several texts.
        sources: The records with ``newness``, orders first, on any engine.

    Raises:
        DataError: Two rows of one source have the same number, so they cannot be told apart.
    """
    wanted = pl.concat([*(picks.select(pl.col(name).alias(NEWNESS)) for name in GROUPS), owners.select(NEWNESS)])
    texts = _fetched(wanted.drop_nulls().unique(), sources)
    found = picks
    for name, group in GROUPS.items():
        found = found.join(texts.select(pl.col(NEWNESS).alias(name), *group.columns), on=name, how="left")
    crowded = owners.join(texts, on=NEWNESS)
    for columns, keys in _PAIRS.items():
        found = found.join(_slots(crowded, columns, keys), on=c.CUSTOMER_KEY, how="left", suffix="_slot").with_columns(
            pl.when(SEVERAL).then(f"{columns[0]}_slot").otherwise(columns[0]).alias(columns[0])
        )
    return found.select(c.CUSTOMER_KEY, *schemas.CONTACTS)


def _fetched(wanted: pl.DataFrame, sources: Sequence[Frame]) -> pl.DataFrame:
    """The contact text of the wanted records only."""
    parts: list[pl.DataFrame] = []
    for frame in sources:
        numbers = nw.from_native(wanted).lazy(frame.implementation)
        rows = frame.select(NEWNESS, *schemas.CONTACTS, *c.EMAIL_KEYS, c.PHONE_KEY)
        parts.append(in_polars(rows.join(numbers, on=NEWNESS, how="semi")))
    texts = pl.concat(parts)
    if texts.height > wanted.height:
        raise DataError(
            "Rows of a source cannot be told apart.",
            f"{texts.height - wanted.height:,} rows repeat the source, row number and time of another row.",
            "Give every row of a source its own source_row.",
        )
    return texts


def _slots(crowded: pl.DataFrame, columns: tuple[str, ...], keys: Sequence[str | None]) -> pl.DataFrame:
    """Up to three distinct values of a kind, newest first; those with a key before those without.

    Of several spellings of one value the first in text order is kept.
    """
    spelt = pl.concat(
        [
            crowded.drop_nulls(column).select(
                c.CUSTOMER_KEY,
                value=column,
                key=pl.col(key) if key else pl.lit(None, pl.String),
                newness=pl.col(NEWNESS) + place,
            )
            for place, (column, key) in enumerate(zip(columns, keys, strict=True))
        ]
    )
    by_text = spelt.group_by(c.CUSTOMER_KEY, "value").agg(pl.col("key", NEWNESS).min())
    distinct = (
        by_text.with_columns(pl.coalesce("key", "value").alias("key"), keyless=pl.col("key").is_null())
        .group_by(c.CUSTOMER_KEY, "key")
        .agg(pl.col("value", NEWNESS, "keyless").min())
    )
    ordered = distinct.sort(c.CUSTOMER_KEY, "keyless", NEWNESS)
    return ordered.group_by(c.CUSTOMER_KEY, maintain_order=True).agg(
        pl.col("value").get(place, null_on_oob=True).alias(column if place else f"{column}_slot")
        for place, column in enumerate(columns)
    )
