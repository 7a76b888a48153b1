"""Dated exchange rates: every order at its own day's rate, its refund at the order's rate.

The file is CSV with the columns ``date,currency,rate``: dates as YYYY-MM-DD, ``rate`` units of that
currency for one unit of the report currency, as central banks publish them (1 EUR = 1.0835 USD is
``2026-05-13,USD,1.0835`` with EUR as report currency). A day without a rate takes the last one before it.
"""

from collections import Counter
from pathlib import Path
from typing import Final

import polars as pl

from audience_builder import columns, schemas
from audience_builder.errors import ConfigError, DataError
from audience_builder.sources.sieve import Sieve
from audience_builder.sources.status import COUNTING

__all__ = ["DAY", "converted", "no_rate", "read_rates"]

_OLDEST_RATE: Final = "10d"
_RATE: Final = pl.Decimal(38, 10)
DAY: Final = "day"


def read_rates(path: Path) -> pl.DataFrame:
    """Read a file of rates.

    Returns:
        ``day``, ``currency``, ``rate``; sorted by day.

    Raises:
        ConfigError: No such file, or other columns.
        DataError: Rows that are no rate; their lines are named.
    """
    if not path.is_file():
        raise ConfigError("The file of exchange rates is not there.", f"Given: {path}.", "Check --rates.")
    table = pl.read_csv(path, infer_schema=False, truncate_ragged_lines=True)
    table = table.rename({name: name.strip().casefold() for name in table.columns})
    if not {"date", "currency", "rate"} <= set(table.columns):
        raise ConfigError(
            "The file of exchange rates has other columns.",
            f"It has: {', '.join(table.columns)}.",
            "It needs date,currency,rate: 2026-05-13,USD,1.0835.",
        )
    read = table.select(
        pl.col("date").str.strip_chars().str.to_date("%Y-%m-%d", strict=False).alias(DAY),
        pl.col("currency").str.strip_chars().str.to_uppercase(),
        pl.col("rate").str.strip_chars().cast(_RATE, strict=False),
    ).with_row_index("line", offset=2)
    bad = read.filter(pl.any_horizontal(pl.all().is_null()) | (pl.col("rate") <= pl.lit("0").cast(_RATE)))
    if bad.height:
        lines = ", ".join(str(line) for line in bad["line"].head(5))
        raise DataError(
            f"{bad.height:,} rows of the exchange rates are no rates.",
            f"The first are on lines {lines}.",
            "Write dates as YYYY-MM-DD and rates with a decimal point, above zero.",
        )
    return read.drop("line").sort(DAY)


def converted(sieve: Sieve, rates: pl.DataFrame, report_currency: str) -> pl.DataFrame:
    """Turn all amounts into the report currency, four decimal places.

    Returns:
        ``currency`` and ``day`` of counting orders without a rate in the ten days up to their own.
    """
    when = pl.coalesce(columns.ORDERED_AT, columns.LAST_ORDER_AT, columns.FIRST_ORDER_AT).dt.date()
    rows = sieve.frame.with_columns(when.alias(DAY)).with_row_index("place").sort(DAY)
    found = rows.join_asof(
        rates,
        on=DAY,
        by=columns.CURRENCY,
        strategy="backward",
        tolerance=_OLDEST_RATE,
        check_sortedness=False,
    )
    own = pl.col(columns.CURRENCY) == report_currency
    rate = pl.when(own).then(pl.lit("1").cast(_RATE)).otherwise("rate")
    found = found.sort("place").with_columns(rate.alias("rate"))
    missing = found.filter(pl.col("rate").is_null() & pl.col(columns.STATUS).is_in(COUNTING))
    rate = pl.col("rate").fill_null(pl.lit("1").cast(_RATE))
    amounts = [
        (pl.col(name).cast(pl.Decimal(38, 14)) / rate)
        .round(4, mode="half_away_from_zero")
        .cast(schemas.MONEY)
        .alias(name)
        for name in (columns.GROSS_AMOUNT, columns.REFUNDED_AMOUNT)
    ]
    code = pl.when(pl.col("rate").is_null()).then(columns.CURRENCY).otherwise(pl.lit(report_currency))
    sieve.frame = found.with_columns(*amounts, code.alias(columns.CURRENCY)).drop(DAY, "rate", "place")
    return missing.select(columns.CURRENCY, DAY)


def no_rate(orders: Counter[str], undated: int) -> DataError:
    """Orders that cannot be converted.

    Args:
        orders: How many, by currency.
        undated: How many of them have no date.
    """
    said = ", ".join(f"{code} ({count:,})" for code, count in sorted(orders.items()))
    return DataError(
        "Some orders have no exchange rate.",
        f"By currency: {said}; {undated:,} of them have no date.",
        "Add rates for the ten days up to each order, or leave currencies out with --only-currency.",
    )
