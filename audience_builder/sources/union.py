"""All files together: the same order again, refunds into their orders, invariants."""

from typing import Final

import polars as pl

from audience_builder import columns, schemas
from audience_builder.sources.orders import IS_REFUND, LINK, OWN_ID, PRESET
from audience_builder.sources.pricing import LOST
from audience_builder.sources.sieve import Sieve
from audience_builder.sources.status import COUNTING

__all__ = ["finished", "fold_refunds", "refuse_repeats", "settle"]

_ZERO: Final = pl.lit("0").cast(schemas.MONEY)
_CENT: Final = pl.lit("0.01").cast(schemas.MONEY)
_GROSS, _REFUNDED = pl.col(columns.GROSS_AMOUNT), pl.col(columns.REFUNDED_AMOUNT)


def refuse_repeats(sieve: Sieve) -> None:
    """An order that comes twice counts once; with other contents it is refused the second time.

    Numbers are compared within one format only: two systems may use the same number. Refund rows may
    share the number of their order, and only identical ones are the same refund.
    """
    numbers = sieve.frame[OWN_ID].drop_nulls()
    if numbers.n_unique() == len(numbers):
        return
    facts = [name for name in sieve.frame.columns if name not in (columns.SOURCE, columns.SOURCE_ROW, columns.ORDER_ID)]
    sieve.drop(pl.col(OWN_ID).is_not_null() & ~pl.struct(facts).is_first_distinct(), "the same order again")
    sales = pl.col(OWN_ID).is_not_null() & ~pl.col(IS_REFUND)
    sieve.reject(
        sales & ~pl.struct(PRESET, OWN_ID, IS_REFUND).is_first_distinct(),
        "an order of the same number with other contents came before",
        columns.ORDER_ID,
    )


def fold_refunds(sieve: Sieve) -> None:
    """Add each refund row to the order it names; a row that names none stands alone.

    It stands alone as ``orders_count`` 0, gross 0: it lowers the customer, not an order. Several of the
    same number stand alone as one.
    """
    sieve.drop(pl.col(IS_REFUND) & ~pl.col(columns.STATUS).is_in(COUNTING), "refund that did not go through")
    if not sieve.frame[IS_REFUND].any():
        return
    sales = sieve.frame.filter(~pl.col(IS_REFUND)).select(PRESET, pl.col(OWN_ID).alias("order")).drop_nulls().unique()
    known = sales.with_columns(pl.lit(value=True).alias("known"))
    refunds = sieve.frame.filter(IS_REFUND)
    for name in (LINK, OWN_ID):
        refunds = refunds.join(
            known.rename({"order": name, "known": f"{name} known"}),
            on=[PRESET, name],
            how="left",
            maintain_order="left",
        )
    target = pl.when(f"{LINK} known").then(LINK).when(f"{OWN_ID} known").then(OWN_ID)
    back = pl.max_horizontal(_GROSS.abs(), _REFUNDED)
    refunds = refunds.with_columns(target.alias("target"), back.cast(schemas.MONEY).alias("back"))
    linked = refunds.filter(pl.col("target").is_not_null())
    returned = linked.group_by(PRESET, pl.col("target").alias(OWN_ID)).agg(pl.col("back").sum().cast(schemas.MONEY))
    alone = refunds.filter(pl.col("target").is_null()).select(columns.SOURCE, columns.SOURCE_ROW, "back")
    _apply(sieve, returned, linked, alone)


def _apply(sieve: Sieve, returned: pl.DataFrame, linked: pl.DataFrame, alone: pl.DataFrame) -> None:
    rows = [columns.SOURCE, columns.SOURCE_ROW]
    mark = linked.select(*rows, pl.lit(value=True).alias("folds"))
    frame = sieve.frame.join(mark, on=rows, how="left", maintain_order="left")
    frame = frame.join(returned, on=[PRESET, OWN_ID], how="left", maintain_order="left")
    frame = frame.join(alone, on=rows, how="left", maintain_order="left", suffix=" alone")
    refunded = pl.when(IS_REFUND).then(pl.col("back alone")).otherwise(_REFUNDED + pl.col("back").fill_null(_ZERO))
    sieve.frame = frame.with_columns(
        refunded.cast(schemas.MONEY).alias(columns.REFUNDED_AMOUNT),
        pl.when(IS_REFUND).then(_ZERO).otherwise(_GROSS).cast(schemas.MONEY).alias(columns.GROSS_AMOUNT),
    )
    sieve.fold(pl.col("folds"))
    alone_again = pl.col(IS_REFUND) & pl.col(OWN_ID).is_not_null()
    same = pl.struct(PRESET, OWN_ID, IS_REFUND)
    total = pl.when(alone_again).then(_REFUNDED.sum().over(PRESET, OWN_ID, IS_REFUND)).otherwise(_REFUNDED)
    sieve.frame = sieve.frame.with_columns(total.cast(schemas.MONEY).alias(columns.REFUNDED_AMOUNT))
    sieve.fold(alone_again & ~same.is_first_distinct())
    sieve.frame = sieve.frame.drop("folds", "back", "back alone")


def settle(sieve: Sieve) -> None:
    """Make status and amounts agree, and refuse what cannot be.

    A status that says all was returned counts as a full refund where no refunded amount is stated.
    """
    lost = pl.col(LOST).fill_null(_ZERO)
    status = pl.when((lost > _ZERO) & pl.col(columns.STATUS).is_in(COUNTING)).then(pl.lit("chargeback"))
    frame = sieve.frame.with_columns(
        (_REFUNDED + lost).cast(schemas.MONEY).alias(columns.REFUNDED_AMOUNT),
        status.otherwise(columns.STATUS).alias(columns.STATUS),
    )
    all_back = pl.col(columns.STATUS).is_in(["refunded", "chargeback"]) & (_REFUNDED == _ZERO) & ~pl.col(IS_REFUND)
    frame = frame.with_columns(
        pl.when(all_back).then(_GROSS).otherwise(_REFUNDED).cast(schemas.MONEY).alias(columns.REFUNDED_AMOUNT)
    )
    full = (_REFUNDED >= _GROSS) & (_REFUNDED > _ZERO)
    settled = pl.col(columns.STATUS).is_in(["paid", "partially_refunded", "refunded"])
    partly = pl.when(_REFUNDED > _ZERO).then(pl.lit("partially_refunded")).otherwise(columns.STATUS)
    sieve.frame = frame.with_columns(
        pl.when(settled & full).then(pl.lit("refunded")).when(settled).then(partly).otherwise(columns.STATUS)
        .alias(columns.STATUS),
        pl.when(IS_REFUND).then(0).otherwise(pl.col(columns.ORDERS_COUNT).fill_null(1)).alias(columns.ORDERS_COUNT),
    )  # fmt: skip
    over = (_REFUNDED > _GROSS + _CENT) & ~pl.col(IS_REFUND) & pl.col(columns.STATUS).is_in(COUNTING)
    sieve.reject(over, "more was returned than paid", columns.REFUNDED_AMOUNT)


def finished(frame: pl.DataFrame) -> pl.DataFrame:
    """The orders table of our schema."""
    net = (_GROSS - _REFUNDED).cast(schemas.MONEY).alias(columns.NET_AMOUNT)
    return frame.with_columns(net).select(list(schemas.ORDERS))
