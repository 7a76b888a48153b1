"""The Python API: what notebooks and scripts call; pandas frames out."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import polars as pl

from audience_builder import columns as c
from audience_builder import pipeline, platforms, sources
from audience_builder.audiences import PERSON, Audience, AudienceOptions
from audience_builder.contacts import ContactRules
from audience_builder.reporting.table import report_table
from audience_builder.sources.reading import expand
from audience_builder.who import Who
from audience_builder.worth import Worth

__all__ = ["audience", "customers", "read", "report"]

Source = str | Path | sources.DatabaseQuery
Paths = Source | Sequence[Source]


def read(files: Paths, options: sources.SourceOptions | None = None) -> pd.DataFrame:
    """Read order exports.

    Args:
        files: Paths, globs, or queries to databases.
        options: How they are read.

    Returns:
        One row per order with the columns of ``schemas.ORDERS``; money as ``Decimal``, times in UTC.

    Raises:
        ConfigError, DataError: The files cannot be read as orders.
    """
    return _pandas(sources.read_orders(expand(_listed(files)), options).table)


def customers(files: Paths, options: sources.SourceOptions | None = None) -> pd.DataFrame:
    """Read contact exports: one row per record, with the columns of ``schemas.CUSTOMERS``.

    Args:
        files: Paths or globs.
        options: How they are read.

    Raises:
        ConfigError, DataError: The files cannot be read as contacts.
    """
    return _pandas(sources.read_customers(expand(_listed(files)), options).table)


def report(
    files: Paths,
    *,
    customers: Paths = (),
    source: sources.SourceOptions | None = None,
    contacts: ContactRules | None = None,
    who: Who | None = None,
    worth: Worth | None = None,
) -> pd.DataFrame:
    """The lifetime-value report.

    Args:
        files: Order exports: paths, globs, or queries to databases.
        customers: Contact exports joined to them.
        source: How files are read.
        contacts: How contact text is read.
        who: Which customers are wanted.
        worth: What a customer is worth.

    Returns:
        One row per customer, highest value first, with the report's columns.

    Raises:
        ConfigError, DataError: As ``audience-builder report``.
    """
    done = pipeline.run(_request(files, customers, source, contacts, who, worth))
    return _pandas(report_table(done.customers))


def audience(
    files: Paths,
    platform: str,
    *,
    customers: Paths = (),
    hashed: bool = True,
    source: sources.SourceOptions | None = None,
    contacts: ContactRules | None = None,
    who: Who | None = None,
    worth: Worth | None = None,
) -> pd.DataFrame:
    """One platform's customer list.

    Args:
        files: Order exports: paths, globs, or queries to databases.
        platform: Platform name.
        customers: Contact exports joined to the orders.
        hashed: What the platform gets; False for the normalised text.
        source: How files are read.
        contacts: How contact text is read.
        who: Which customers are wanted.
        worth: What a customer is worth.

    Returns:
        One row per person, columns named by the platform's match keys, with its value column if it takes one.

    Raises:
        ConfigError, DataError: As ``audience-builder export``.
    """
    request = _request(files, customers, source, contacts, who, worth)
    target = platforms.load(platform)
    done = pipeline.run(request.for_values() if target.value_column else request)
    best_first = done.customers.sort([c.VALUE, c.CUSTOMER_KEY], descending=[True, False], nulls_last=True)
    rows = Audience(best_first, target, AudienceOptions(contacts=request.contacts))
    return _pandas(pl.concat(list(rows.hashed() if hashed else rows.plain())).drop(PERSON))


def _request(
    files: Paths,
    contact_files: Paths,
    source: sources.SourceOptions | None,
    contacts: ContactRules | None,
    who: Who | None,
    worth: Worth | None,
) -> pipeline.Request:
    return pipeline.Request(
        files=_named(files),
        customers=_named(contact_files),
        source=source or sources.SourceOptions(),
        contacts=contacts or ContactRules(),
        who=who or Who(),
        worth=worth or Worth(),
    )


def _listed(files: Paths) -> list[Source]:
    return [files] if isinstance(files, Source) else list(files)


def _named(files: Paths) -> tuple[str | sources.DatabaseQuery, ...]:
    return tuple(one if isinstance(one, sources.DatabaseQuery) else str(one) for one in _listed(files))


def _pandas(table: pl.DataFrame) -> pd.DataFrame:
    text = [name for name, dtype in table.schema.items() if dtype == pl.String and name != c.SOURCE]
    frame = pd.DataFrame(table.to_dict(as_series=False))
    return frame.astype(dict.fromkeys(text, "str"))
