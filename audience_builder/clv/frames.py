"""The pandas frames of the Python API, as the tables the models read."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from audience_builder import columns
from audience_builder.clv.arrays import Floats, Integers
from audience_builder.clv.transactions import Histories, PurchaseDays, add_up, day_number
from audience_builder.errors import DataError

__all__ = ["AMOUNT", "PandasHistories", "PandasPurchases", "histories_of_pandas", "purchases_of_pandas"]

AMOUNT = "amount"
_AS_READ = (
    columns.CUSTOMER_ID,
    columns.EMAIL,
    columns.ORDERED_AT,
    columns.CURRENCY,
    columns.GROSS_AMOUNT,
    columns.REFUNDED_AMOUNT,
    columns.STATUS,
    columns.ORDERS_COUNT,
)
_MOST_MONEY = 1e12


@dataclass(frozen=True, slots=True, kw_only=True)
class PandasPurchases:
    """Purchase days whose key is the position in ``ids``."""

    days: PurchaseDays
    ids: pd.Index


@dataclass(frozen=True, slots=True, kw_only=True)
class PandasHistories:
    """Histories whose key is the position in ``ids``."""

    histories: Histories
    ids: pd.Index


def purchases_of_pandas(frame: pd.DataFrame) -> PandasPurchases:
    """Read one row per order, as ``audience_builder.read`` returns it or with ``customer_id, ordered_at, amount``.

    An ``amount`` below 0 is a refund. The frame stays as it is.

    Raises:
        DataError: A column is missing, or holds values that are no id, no date or no number.
    """
    if AMOUNT not in frame.columns and set(_AS_READ) <= set(frame.columns):
        return _purchases_as_read(frame)
    _need(frame, (columns.CUSTOMER_ID, columns.ORDERED_AT, AMOUNT))
    amount = _money(frame, AMOUNT)
    return _purchases(frame, frame[columns.CUSTOMER_ID], np.maximum(amount, 0.0), np.maximum(-amount, 0.0), amount > 0)


def _purchases_as_read(frame: pd.DataFrame) -> PandasPurchases:
    """Keep what counts, has a date and names a customer: by id, else by e-mail."""
    named = frame[columns.CUSTOMER_ID].fillna(frame[columns.EMAIL].str.strip().str.lower())
    kept = frame[columns.STATUS].isin(columns.COUNTING) & frame[columns.ORDERED_AT].notna() & named.notna()
    frame, named = frame[kept], named[kept]
    currencies = sorted(frame[columns.CURRENCY].unique())
    if len(currencies) > 1:
        raise DataError(
            "The orders are in several currencies, which cannot be added up.",
            f"Found: {', '.join(currencies)}.",
            "Read them with one report currency and rates, or keep one currency.",
        )
    gross = _money(frame, columns.GROSS_AMOUNT)
    sale = (frame[columns.ORDERS_COUNT].to_numpy() > 0) & (gross > 0)
    return _purchases(frame, named, np.where(sale, gross, 0.0), _money(frame, columns.REFUNDED_AMOUNT), sale)


def _purchases(
    frame: pd.DataFrame, customers: pd.Series, gross: np.ndarray, refunded: np.ndarray, sale: np.ndarray
) -> PandasPurchases:
    keys, ids = _keys(customers)
    days = add_up(
        keys=keys,
        day=_day_numbers(_moments(frame, columns.ORDERED_AT)),
        gross=_units(gross),
        refunded=_units(refunded),
        is_purchase=sale,
    )
    return PandasPurchases(days=days, ids=ids)


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
    keys, ids = _keys(frame[columns.CUSTOMER_ID])
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


def _keys(column: pd.Series) -> tuple[np.ndarray, pd.Index]:
    """Number the ids in their own order, so that the order of rows does not matter."""
    try:
        keys, ids = pd.factorize(column, sort=True)
    except TypeError:
        keys, ids = pd.factorize(column.astype(str).where(column.notna()), sort=True)
    if (keys < 0).any():
        raise DataError(
            "Some rows have no customer.", f"{int((keys < 0).sum())} of {len(column)} rows.", "Leave them out."
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


def _units(values: Floats) -> Integers:
    """Return money in whole ten-thousandths, which add up exactly."""
    units: Integers = np.rint(values * 10**columns.MONEY_SCALE).astype(np.int64)
    return units
