"""The lifetime-value report: one row per customer, as CSV, XLSX or Parquet."""

import os
import tempfile
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Final

import polars as pl

from audience_builder import columns as c
from audience_builder import schemas
from audience_builder.errors import ConfigError

__all__ = [
    "PAGE",
    "REPORT_COLUMNS",
    "check_destination",
    "report_table",
    "spreadsheet_safe",
    "write_report",
    "write_whole",
]

REPORT_COLUMNS: Final = (
    c.CUSTOMER_ID, c.FIRST_NAME, c.LAST_NAME, c.EMAIL, c.PHONE, c.CITY, c.STATE, c.POSTAL_CODE, c.COUNTRY,
    c.CURRENCY, c.ORDERS, c.TOTAL_PAID, c.TOTAL_REFUNDED, c.NET_PAID, c.FIRST_ORDER_AT, c.LAST_ORDER_AT,
    c.RECENCY_DAYS, c.FREQUENCY, c.MONETARY, c.RFM_SCORE, c.SEGMENT, c.CLV_HISTORIC, c.CLV_FORMULA,
    c.CLV_PREDICTED, c.CLV_LOW, c.CLV_HIGH, c.P_ALIVE, c.EXPECTED_ORDERS, c.EXPECTED_ORDER_VALUE, c.VALUE,
)  # fmt: skip
PAGE: Final = ".html"
"""Suffix of a page for people, which holds no row and is written by ``reporting.page``."""
PRIVATE = 0o600
FORMULA = r"^(?:[=@\t\r]|[+-](?:[^\d\s(]|.*[^\d\s().+/-]))"
"""Text a spreadsheet would run; a phone number after its plus sign is none."""


def report_table(
    customers: pl.DataFrame, *, columns: Sequence[str] = (), sort: str | None = None, top: int | None = None
) -> pl.DataFrame:
    """Choose, order and cut the report.

    Args:
        customers: One row per customer, valued.
        columns: Names of report columns, in the wanted order; empty for all that were worked out.
        sort: Column to sort by: numbers and dates from the highest down, text from A to Z. A leading
            ``-`` turns the order round. Default: value, highest first.
        top: Keep this many rows, after sorting.

    Raises:
        ConfigError: A column is no report column, or was not worked out in this run.
    """
    available = [name for name in REPORT_COLUMNS if name in customers.columns]
    for name in (*columns, *([sort.removeprefix("-")] if sort else [])):
        _check_column(name, available)
    ordered = _sorted(customers, sort or c.VALUE)
    if top is not None:
        ordered = ordered.head(top)
    return _money_rounded(ordered.select(columns or available))


def check_destination(path: Path, *, force: bool, formats: Sequence[str] = ()) -> None:
    """Refuse a report path before any work is done.

    Args:
        path: Where the report is to be.
        force: Whether it may replace a file.
        formats: Suffixes that are good beside those of a table.

    Raises:
        ConfigError: The suffix is no report format, the file exists, or its folder is missing.
    """
    known = (*_WRITERS, *formats)
    if path.suffix.lower() not in known:
        raise ConfigError(
            f"The report cannot be written as {path.suffix or 'a file without suffix'}.",
            f"It can be {', '.join(known)}.",
            f"Name it {path.stem}.csv, for example.",
        )
    if path.exists() and not force:
        raise ConfigError(
            f"{path.name} exists already.",
            "Nothing was written.",
            "Choose another name, or replace it with --force.",
        )
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise ConfigError(
            f"The folder {path.parent} cannot be written.",
            "It is missing or closed to you.",
            "Choose another one.",
        )


def write_report(table: pl.DataFrame, path: Path) -> None:
    """Write the report whole or not at all, readable by its owner only.

    Args:
        table: What ``report_table`` returned.
        path: Ends in .csv, .xlsx or .parquet.
    """
    write_whole(path, partial(_WRITERS[path.suffix.lower()], table))


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file beside its place and move it there when it is complete, readable by its owner only.

    Args:
        path: Where it is to be.
        write: Writes the file it is given.
    """
    handle, name = tempfile.mkstemp(prefix=".report-", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    staged = Path(name)
    try:
        write(staged)
        staged.chmod(PRIVATE)
        staged.replace(path)
    finally:
        staged.unlink(missing_ok=True)


def _money_rounded(table: pl.DataFrame) -> pl.DataFrame:
    """Exact sums with the two decimals people write."""
    money = [name for name, dtype in table.schema.items() if dtype.is_decimal()]
    return table.with_columns(pl.col(name).round(2).cast(pl.Decimal(18, 2)) for name in money)


def _check_column(name: str, available: Sequence[str]) -> None:
    if name in available:
        return
    near = get_close_matches(name, available, n=1)
    raise ConfigError(
        f"The report has no column {name!r}.",
        f"It has: {', '.join(available)}.",
        f"Did you mean {near[0]}?" if near else "Choose from these with --columns.",
    )


def _sorted(customers: pl.DataFrame, sort: str) -> pl.DataFrame:
    name = sort.removeprefix("-")
    downward = customers.schema[name] != pl.String
    return customers.sort([name, c.CUSTOMER_KEY], descending=[downward != sort.startswith("-"), False], nulls_last=True)


def spreadsheet_safe(table: pl.DataFrame) -> pl.DataFrame:
    """The table with an apostrophe before every text that a spreadsheet would run."""
    text = pl.col(pl.String)
    return table.with_columns(pl.when(text.str.contains(FORMULA)).then("'" + text).otherwise(text).name.keep())


def _write_csv(table: pl.DataFrame, path: Path) -> None:
    safe = spreadsheet_safe(table)
    safe.with_columns(pl.col(schemas.INSTANT).dt.to_string("%Y-%m-%d %H:%M:%S")).write_csv(path)


def _write_xlsx(table: pl.DataFrame, path: Path) -> None:
    """Strings stay strings in the cells: no formula, no number, no link is made of them."""
    import xlsxwriter

    options = {
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
        "constant_memory": True,
    }
    with xlsxwriter.Workbook(path, options) as book:
        sheet = book.add_worksheet("customers")
        bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00"})
        instant = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet.freeze_panes(1, 0)
        for place, name in enumerate(table.columns):
            sheet.write_string(0, place, name, bold)
        formats = [
            money if dtype.is_decimal() or dtype.is_float() else instant if dtype == schemas.INSTANT else None
            for dtype in table.dtypes
        ]
        naive = table.with_columns(pl.col(schemas.INSTANT).dt.replace_time_zone(None))
        for number, row in enumerate(naive.iter_rows(), start=1):
            for place, value in enumerate(row):
                if value is not None:
                    sheet.write(number, place, value, formats[place])


def _write_parquet(table: pl.DataFrame, path: Path) -> None:
    table.write_parquet(path)


_WRITERS: Final[dict[str, Callable[[pl.DataFrame, Path], None]]] = {
    ".csv": _write_csv,
    ".xlsx": _write_xlsx,
    ".parquet": _write_parquet,
}
