"""One currency, or none: amounts of different currencies are never added up."""

from collections import Counter
from dataclasses import dataclass, field

import polars as pl

from audience_builder import columns
from audience_builder.errors import ConfigError, DataError
from audience_builder.sources.currencies import CURRENCIES
from audience_builder.sources.options import SourceOptions
from audience_builder.sources.rates import DAY, converted, no_rate, read_rates
from audience_builder.sources.sieve import Sieve
from audience_builder.sources.status import COUNTING
from audience_builder.sources.told import words_counted

__all__ = ["Mixture"]


@dataclass(slots=True, kw_only=True)
class Mixture:
    """How much of each currency there is among the orders that count; grows with every group of rows.

    Args:
        options: Which currency the user wants.
        rates: Exchange rates, read when they are first needed.
        counted: Orders and their amounts by currency, added up group by group.
        without_rate: Orders without a rate, by currency.
        without_rate_or_date: Those of them without a date.
    """

    options: SourceOptions
    rates: pl.DataFrame | None = None
    counted: list[pl.DataFrame] = field(default_factory=list)
    without_rate: Counter[str] = field(default_factory=Counter)
    without_rate_or_date: int = 0

    def bring_into_one(self, sieve: Sieve) -> None:
        """Bring counting orders into one currency the way the user chose.

        Raises:
            ConfigError: An unknown code, or rates without a report currency.
        """
        options = self.options
        _check(options)
        if options.only_currency is not None:
            other = pl.col(columns.CURRENCY) != options.only_currency
            sieve.drop(other, f"in another currency than {options.only_currency}")
        if options.rates is not None and options.report_currency is not None:
            self.rates = read_rates(options.rates) if self.rates is None else self.rates
            missing = converted(sieve, self.rates, options.report_currency)
            self.without_rate += words_counted(missing[columns.CURRENCY])
            self.without_rate_or_date += missing[DAY].null_count()
            return
        counting = sieve.frame.filter(pl.col(columns.STATUS).is_in(COUNTING))
        self.counted.append(_by_currency(counting, pl.len()))

    def refuse(self) -> None:
        """Stop where the orders could not be brought into one.

        Raises:
            DataError: Several currencies and no way chosen, a breakdown says how much of each; or orders
                without a rate in the ten days up to their own.
        """
        if self.without_rate:
            raise no_rate(self.without_rate, self.without_rate_or_date)
        if not self.counted:
            return
        rows = _by_currency(pl.concat(self.counted), pl.col("orders").sum())
        if rows.height > 1:
            raise _mixed(rows.sort("orders", columns.CURRENCY, descending=[True, False]))

    def notes(self) -> tuple[str, ...]:
        """What the user has to know."""
        options = self.options
        if options.rates is None or options.report_currency is None:
            return ()
        return (f"amounts were converted to {options.report_currency} by {options.rates.name}, day by day",)


def _check(options: SourceOptions) -> None:
    for code in (options.currency, options.only_currency, options.report_currency):
        if code is not None and code not in CURRENCIES:
            raise ConfigError(f"{code} is no ISO 4217 currency code.", "", "Write it like USD or EUR.")
    if (options.rates is None) != (options.report_currency is None):
        raise ConfigError(
            "Exchange rates and a report currency belong together.",
            "Only one was given.",
            "Give both, or neither.",
        )


def _by_currency(rows: pl.DataFrame, orders: pl.Expr) -> pl.DataFrame:
    return rows.group_by(columns.CURRENCY).agg(orders.alias("orders"), pl.col(columns.GROSS_AMOUNT).sum())


def _mixed(rows: pl.DataFrame) -> DataError:
    total = rows["orders"].sum()
    said = "; ".join(
        f"{code}: {orders:,} orders, {amount:,.2f}, {orders / total:.0%} of the orders"
        for code, orders, amount in rows.iter_rows()
    )
    first = rows[columns.CURRENCY][0]
    return DataError(
        "The orders are in several currencies, which cannot be added up.",
        f"{said}.",
        f"Keep one (--only-currency {first}), convert by dates (--rates FILE --report-currency {first}),"
        " or use the file's own converted amounts (--converted) where it has them.",
    )
