"""The pandas frames of the Python API, as the tables the models read."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import polars as pl

from audience_builder import columns
from audience_builder.clv.transactions import Histories, day_number
from audience_builder.errors import DataError

__all__ = ["AMOUNT", "PandasHistories", "PandasOrders", "histories_of_pandas", "orders_of_pandas"]

AMOUNT = "amount"
_UNITS = 10**columns.MONEY.scale
_MOST_MONEY = 1e12


@dataclass(frozen=True, slots=True, kw_only=True)
class PandasOrders:
    """``orders`` as ``predict`` takes them; ``ids[key]`` is the customer id of a key."""

    orders: pl.DataFrame
    ids: pd.Index


@dataclass(frozen=True, slots=True, kw_only=True)
class PandasHistories:
    """Histories whose key is the position in ``ids``."""

    histories: Histories
    ids: pd.Index


def orders_of_pandas(frame: pd.DataFrame) -> PandasOrders:
    """Read ``customer_id, ordered_at, amount``; an amount below 0 is a refund. The frame stays as it is.

    Raises:
        DataError: A column is missing, or holds values that are no id, no date or no number.
    """
    _need(frame, (columns.CUSTOMER_ID, columns.ORDERED_AT, AMOUNT))
    keys, ids = _keys(frame)
    moments = _moments(frame, columns.ORDERED_AT)
    amount = _money(frame, AMOUNT)
    sale = amount >= 0
    zero = np.zeros_like(amount)
    orders = pl.DataFrame(
        {
            columns.CUSTOMER_KEY: keys,
            columns.ORDERED_AT: pl.Series(moments).dt.replace_time_zone("UTC"),
            columns.GROSS_AMOUNT: _decimal(np.where(sale, amount, zero)),
            columns.REFUNDED_AMOUNT: _decimal(np.where(sale, zero, -amount)),
            columns.ORDERS_COUNT: sale.astype(np.int64),
        }
    )
    return PandasOrders(orders=orders, ids=ids)


def histories_of_pandas(frame: pd.DataFrame, cut: pd.Timestamp | None = None) -> PandasHistories:
    """Read one row per customer: ``customer_id, orders, first_order_at, last_order_at, total_paid``.

    ``orders`` counts purchase days, the first included; ``total_refunded`` may be there too.

    Raises:
        DataError: A column is missing or its values contradict each other.
    """
    _need(
        frame,
        (
            columns.CUSTOMER_ID,
            columns.ORDERS,
            columns.FIRST_ORDER_AT,
            columns.LAST_ORDER_AT,
            columns.TOTAL_PAID,
        ),
    )
    keys, ids = _keys(frame)
    if ids.size != len(frame):
        raise DataError(
            "A customer has more than one row.",
            f"{len(frame)} rows, {ids.size} ids.",
            "Give one row per customer.",
        )
    order = np.argsort(keys, kind="stable")
    first = _day_numbers(_moments(frame, columns.FIRST_ORDER_AT))[order]
    last = _day_numbers(_moments(frame, columns.LAST_ORDER_AT))[order]
    cut_day = int(last.max()) if cut is None else day_number(cut.date())
    x = _money(frame, columns.ORDERS)[order].astype(np.int64) - 1
    broken = (x < 0) | (last < first) | (last > cut_day) | ((x == 0) != (first == last))
    if broken.any():
        raise DataError(
            "Some customers' order counts and dates contradict each other.",
            f"{int(broken.sum())} of {len(frame)} rows; orders of one day count once.",
            "Count days with an order, and give the day of the first and the last.",
        )
    none = np.zeros(len(frame))
    refunded = _money(frame, columns.TOTAL_REFUNDED)[order] if columns.TOTAL_REFUNDED in frame else none
    histories = Histories(
        keys=keys[order],
        x=x,
        t_x_days=last - first,
        age_days=cut_day - first,
        gross=np.maximum(_money(frame, columns.TOTAL_PAID)[order], 0.0),
        refunded=refunded,
        cut_day=cut_day,
    )
    return PandasHistories(histories=histories, ids=ids)


def _need(frame: pd.DataFrame, names: tuple[str, ...]) -> None:
    missing = [name for name in names if name not in frame.columns]
    if missing:
        raise DataError(
            "The frame lacks columns.",
            f"Missing: {', '.join(missing)}.",
            f"Rename or add them; needed are {', '.join(names)}.",
        )


def _keys(frame: pd.DataFrame) -> tuple[np.ndarray, pd.Index]:
    """Number the ids in their own order, so that the order of rows does not matter."""
    column = frame[columns.CUSTOMER_ID]
    try:
        keys, ids = pd.factorize(column, sort=True)
    except TypeError:
        keys, ids = pd.factorize(column.astype(str).where(column.notna()), sort=True)
    if (keys < 0).any():
        raise DataError(
            "Some rows have no customer.", f"{int((keys < 0).sum())} of {len(frame)} rows.", "Leave them out."
        )
    return keys.astype(np.int64), pd.Index(ids)


def _moments(frame: pd.DataFrame, name: str) -> np.ndarray:
    """Return instants in UTC without a zone."""
    try:
        moments = pd.to_datetime(frame[name], utc=True).dt.tz_localize(None)
    except (ValueError, TypeError):
        raise DataError(
            f"The column {name} holds values that are no date.",
            f"{len(frame)} rows were read.",
            "Use 2025-12-31.",
        ) from None
    if moments.isna().any():
        raise DataError(
            f"The column {name} has empty dates.",
            f"{int(moments.isna().sum())} rows.",
            "Leave those rows out.",
        )
    return moments.to_numpy().astype("datetime64[us]")


def _day_numbers(moments: np.ndarray) -> np.ndarray:
    return moments.astype("datetime64[D]").astype(np.int64)


def _money(frame: pd.DataFrame, name: str) -> np.ndarray:
    try:
        values = frame[name].astype(float).to_numpy()
    except (ValueError, TypeError):
        raise DataError(
            f"The column {name} holds values that are no number.",
            f"{len(frame)} rows were read.",
            "Use 12.50.",
        ) from None
    unusable = ~np.isfinite(values) | (np.abs(values) > _MOST_MONEY)
    if unusable.any():
        raise DataError(
            f"The column {name} has empty or impossible numbers.",
            f"{int(unusable.sum())} rows.",
            "Leave them out.",
        )
    return values


def _decimal(values: np.ndarray) -> pl.Series:
    """Return exact money, rounded to ten-thousandths."""
    units = pl.Series(np.rint(values * _UNITS).astype(np.int64))
    return (units.cast(pl.Decimal(38, 0)) / pl.Series([_UNITS]).cast(pl.Decimal(38, 4))).cast(columns.MONEY)
