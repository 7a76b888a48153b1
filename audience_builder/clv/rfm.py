"""Recency, frequency, monetary: scores of 1 to 5 and named segments."""

from datetime import date
from typing import Final

import polars as pl

from audience_builder import columns as c

__all__ = ["SEGMENTS", "SEGMENT_NAMES", "as_of_day", "with_rfm"]

SEGMENTS: Final = {
    5: ("New", "Promising", "Potential loyal", "Loyal", "Champion"),
    4: ("New", "Promising", "Potential loyal", "Loyal", "Champion"),
    3: ("Cooling newcomer", "Needs attention", "Needs attention", "Cooling regular", "Cooling regular"),
    2: ("Slipping", "Slipping", "At risk", "At risk", "Win back first"),
    1: ("Lost", "Lost", "Lost regular", "Win back first", "Win back first"),
}
"""Recency score -> the segment's name at frequency scores 1 to 5; all 25 cells are named."""

SEGMENT_NAMES: Final = pl.Enum(list(dict.fromkeys(name for row in SEGMENTS.values() for name in row)))
"""A byte a customer, where there are many."""


def as_of_day(customers: pl.DataFrame, given: date | None) -> date | None:
    """The day recency is counted to: the one given, else the day of the last order in the data."""
    last = customers[c.LAST_ORDER_AT].max()
    return given or (last.date() if last is not None else None)  # type: ignore[union-attr]


def with_rfm(customers: pl.DataFrame, orders: pl.DataFrame, as_of: date | None) -> pl.DataFrame:
    """Add ``recency_days``, ``frequency``, ``monetary``, ``rfm_score`` and ``segment``.

    A score is ``1 + min(4, floor(5 x share of customers strictly worse))``: equal figures share a score,
    so one-time buyers are always F 1. Frequency counts days with a purchase.
    Customers without a date have no recency, score or segment.

    Args:
        customers: One row per customer, with the ledger's columns.
        orders: The ledger's orders.
        as_of: The day recency is counted to.
    """
    recency = (pl.lit(as_of, pl.Date) - pl.col(c.LAST_ORDER_AT).dt.date()).dt.total_days()
    figures = customers.join(_purchases(orders), on=c.CUSTOMER_KEY, how="left", maintain_order="left").with_columns(
        recency.alias(c.RECENCY_DAYS),
        pl.col(c.FREQUENCY).fill_null(0),
        pl.col(c.NET_PAID).alias(c.MONETARY),
    )
    scored = figures.with_columns(
        _score(pl.col(c.RECENCY_DAYS), descending=True).alias("r"),
        _score(pl.col(c.FREQUENCY)).alias("f"),
        _score(pl.col(c.MONETARY).cast(pl.Float64)).alias("m"),
    )
    names = {f"{r}{f}": name for r, row in SEGMENTS.items() for f, name in enumerate(row, start=1)}
    cell = pl.concat_str(pl.col("r"), pl.col("f"))
    return scored.with_columns(
        pl.concat_str("r", "f", "m").alias(c.RFM_SCORE),
        cell.replace_strict(names, default=None, return_dtype=pl.String).alias(c.SEGMENT),
    ).drop("r", "f", "m")


def _purchases(orders: pl.DataFrame) -> pl.DataFrame:
    """Days with something bought, per customer; an order without a date counts as a day of its own."""
    bought = orders.filter((pl.col(c.ORDERS_COUNT) > 0) & (pl.col(c.GROSS_AMOUNT) > 0))
    days = pl.col(c.ORDERED_AT).dt.date().drop_nulls().n_unique().cast(pl.Int64)
    undated = pl.col(c.ORDERS_COUNT).filter(pl.col(c.ORDERED_AT).is_null()).sum()
    return bought.group_by(c.CUSTOMER_KEY).agg((days + undated).alias(c.FREQUENCY))


def _score(figure: pl.Expr, *, descending: bool = False) -> pl.Expr:
    worse = figure.rank("min", descending=descending) - 1
    fifth = (worse * 5) // figure.count()
    return (1 + pl.min_horizontal(fifth, pl.lit(4))).cast(pl.Int8)
