"""One currency, or none: amounts of different currencies are never added up."""

import polars as pl

from audience_builder import columns
from audience_builder.errors import ConfigError, DataError
from audience_builder.sources.currencies import CURRENCIES
from audience_builder.sources.options import SourceOptions
from audience_builder.sources.rates import converted, read_rates
from audience_builder.sources.sieve import Sieve
from audience_builder.sources.status import COUNTING

__all__ = ["one_currency"]


def one_currency(sieve: Sieve, options: SourceOptions) -> tuple[str, ...]:
    """Bring all counting orders into one currency the way the user chose.

    Returns:
        Notes for the user.

    Raises:
        ConfigError: An unknown code, or rates without a report currency.
        DataError: Several currencies and no way chosen; a breakdown says how much of each.
    """
    for code in (options.currency, options.only_currency, options.report_currency):
        if code is not None and code not in CURRENCIES:
            raise ConfigError(f"{code} is no ISO 4217 currency code.", "", "Write it like USD or EUR.")
    if (options.rates is None) != (options.report_currency is None):
        raise ConfigError(
            "Exchange rates and a report currency belong together.",
            "Only one was given.",
            "Give both, or neither.",
        )
    if options.only_currency is not None:
        other = pl.col(columns.CURRENCY) != options.only_currency
        sieve.drop(other, f"in another currency than {options.only_currency}")
    if options.rates is not None and options.report_currency is not None:
        converted(sieve, read_rates(options.rates), options.report_currency)
        return (f"amounts were converted to {options.report_currency} by {options.rates.name}, day by day",)
    counting = sieve.frame.filter(pl.col(columns.STATUS).is_in(COUNTING))
    if counting[columns.CURRENCY].n_unique() > 1:
        raise _mixed(counting)
    return ()


def _mixed(counting: pl.DataFrame) -> DataError:
    rows = (
        counting.group_by(columns.CURRENCY)
        .agg(orders=pl.len(), amount=pl.col(columns.GROSS_AMOUNT).sum())
        .sort("orders", columns.CURRENCY, descending=[True, False])
    )
    said = "; ".join(
        f"{code}: {orders:,} orders, {amount:,.2f}, {orders / counting.height:.0%} of the orders"
        for code, orders, amount in rows.iter_rows()
    )
    first = rows[columns.CURRENCY][0]
    return DataError(
        "The orders are in several currencies, which cannot be added up.",
        f"{said}.",
        f"Keep one (--only-currency {first}), convert by dates (--rates FILE --report-currency {first}),"
        " or use the file's own converted amounts (--converted) where it has them.",
    )
