"""The ledger's orders, a Polars frame, as the table the models read."""

import polars as pl

from audience_builder import columns, schemas
from audience_builder.clv.transactions import PurchaseDays, add_up
from audience_builder.errors import DataError

__all__ = ["read_orders"]


def read_orders(orders: pl.DataFrame, *, keep_free_orders: bool = False) -> PurchaseDays:
    """Add up orders by customer and day (of UTC).

    Args:
        orders: ``customer_key, ordered_at, gross_amount, refunded_amount, orders_count``; rows with
            ``orders_count`` 0 are refunds without their order. Rows without ``ordered_at`` are left out.
        keep_free_orders: Whether a day with nothing paid is a purchase (as published CDNOW counts have it).

    Raises:
        DataError: A needed column is missing.
    """
    needed = (
        columns.CUSTOMER_KEY,
        columns.ORDERED_AT,
        columns.GROSS_AMOUNT,
        columns.REFUNDED_AMOUNT,
        columns.ORDERS_COUNT,
    )
    missing = [name for name in needed if name not in orders.columns]
    if missing:
        raise DataError(
            "The orders lack columns that a forecast needs.",
            f"Missing: {', '.join(missing)}.",
            "Give one row per order with customer, date and amounts.",
        )
    dated = orders.filter(pl.col(columns.ORDERED_AT).is_not_null())
    sale = pl.col(columns.ORDERS_COUNT) > 0
    paid = sale if keep_free_orders else sale & (pl.col(columns.GROSS_AMOUNT) > 0)
    return add_up(
        keys=dated[columns.CUSTOMER_KEY].to_numpy(),
        day=dated.select(pl.col(columns.ORDERED_AT).dt.date().to_physical()).to_series().to_numpy(),
        gross=dated.select(pl.when(paid).then(_units(columns.GROSS_AMOUNT)).otherwise(0)).to_series().to_numpy(),
        refunded=dated.select(_units(columns.REFUNDED_AMOUNT)).to_series().to_numpy(),
        is_purchase=dated.select(paid).to_series().to_numpy(),
    )


def _units(name: str) -> pl.Expr:
    """Return money as whole ten-thousandths."""
    return pl.col(name).cast(schemas.MONEY).to_physical().cast(pl.Int64)
