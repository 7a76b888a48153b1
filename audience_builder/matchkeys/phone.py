"""Phone numbers as platforms match them.

The rule is that of phonenumbers: a number is read with the row's country, must be valid for some
region and kind, and is written in E.164. Beyond phonenumbers:

- With no country known, a leading ``00`` is read as ``+``; any other number without ``+`` is unusable.
- A cell that a spreadsheet wrote as a float (``1.21256E+10``, ``12125550100.0``) is never read as it
  stands: its digits are not those of the number.
- A cell that is no number as a whole but holds several gives the first of them that is valid.

Sources: https://support.google.com/google-ads/answer/7659867,
https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences,
https://github.com/google/libphonenumber.
"""

from typing import Final

import numpy as np
import polars as pl

from audience_builder.matchkeys.phone_cell import read_cell
from audience_builder.matchkeys.phone_columns import PLAIN, read_columns, read_plain
from audience_builder.matchkeys.phone_patterns import UnreadablePatternError

__all__ = [
    "DECIMALS",
    "DIGITS_LOST",
    "NOT_VALID",
    "NO_COUNTRY",
    "SEVERAL_NONE_VALID",
    "digits",
    "e164",
    "several",
    "why_not",
]

NOT_VALID: Final = "not a valid number"
NO_COUNTRY: Final = "no country known for a number without +"
DIGITS_LOST: Final = "digits lost in a spreadsheet (1.21E+10)"
DECIMALS: Final = "decimals from a spreadsheet (12125550100.0)"
SEVERAL_NONE_VALID: Final = "several numbers in one cell: none valid"

_SCIENTIFIC: Final = r"^\s*[+-]?\d+(?:[.,]\d*)?[eE][+-]?\d+\s*$"
_FLOAT: Final = r"^\s*\d{7,}[.,]0+\s*$"
_SEPARATOR: Final = r"(?i)\s*(?:[/;,|\r\n]+|\bor\b)\s*"
_INTERNATIONAL: Final = r"^[^\d+\x{ff0b}]*(?:[+\x{ff0b}]|00)"
_LONG_ENOUGH: Final = (
    r"^[^\d+\x{ff0b}]*"
    r"(?:(?:[+\x{ff0b}]|0\D*0)(?:\D*\d){7,}|0\D*[1-9](?:\D*\d){5,}|[1-9](?:\D*\d){6,})\D*$"
)


def e164(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """E.164: ``+``, country code and national number, digits only; null when it is no valid number.

    Extensions are dropped, ``(0)`` after a country code too.

    Args:
        value: Text column of phone numbers.
        country: The row's ISO alpha-2 country in upper case, null where unknown.

    >>> phones = pl.DataFrame({"phone": ["(650) 555-1212", "020 7946 0958"], "country": ["US", "GB"]})
    >>> phones.select(e164(pl.col("phone"), pl.col("country")))["phone"].to_list()
    ['+16505551212', '+442079460958']
    """
    pair = pl.struct(value, country.alias("\0country"))
    return pair.map_batches(_e164_of_pairs, return_dtype=pl.String, is_elementwise=True)


def digits(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """E.164 without its ``+``; null when it is no valid number.

    Args:
        value: Text column of phone numbers.
        country: The row's ISO alpha-2 country in upper case, null where unknown.

    >>> phones = pl.DataFrame({"phone": ["0049 170 1234567"], "country": ["DE"]})
    >>> phones.select(digits(pl.col("phone"), pl.col("country")))["phone"].to_list()
    ['491701234567']
    """
    return e164(value, country).str.strip_prefix("+")


def why_not(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Why a cell that ``e164`` refused gives no number; null where it is blank.

    Args:
        value: Text column of phone numbers.
        country: The row's ISO alpha-2 country in upper case, null where unknown.

    >>> phones = pl.DataFrame({"phone": ["020 7946 0958", "1.21E+10"], "country": [None, "US"]})
    >>> phones.select(why_not(pl.col("phone"), pl.col("country"))).to_series().to_list()
    ['no country known for a number without +', 'digits lost in a spreadsheet (1.21E+10)']
    """
    blank = value.str.strip_chars().str.len_bytes().fill_null(0) == 0
    lacks_country = country.is_null() & value.str.contains(r"\d") & ~value.str.contains(_INTERNATIONAL)
    return (
        pl.when(blank)
        .then(None)
        .when(value.str.contains(_SCIENTIFIC))
        .then(pl.lit(DIGITS_LOST))
        .when(value.str.contains(_FLOAT))
        .then(pl.lit(DECIMALS))
        .when(lacks_country)
        .then(pl.lit(NO_COUNTRY))
        .when(several(value).list.len() > 1)
        .then(pl.lit(SEVERAL_NONE_VALID))
        .otherwise(pl.lit(NOT_VALID))
    )


def several(value: pl.Expr) -> pl.Expr:
    r"""The numbers of a cell, as a list: parts between ``/ ; , |``, line breaks or the word "or".

    A cell is taken apart only when every part is long enough for a number of its own (7 digits
    besides ``+`` or ``00``), so ``030/123456`` and ``(212) 555-0100, ext. 5`` stay whole.

    Args:
        value: Text column of phone numbers.

    >>> phones = pl.DataFrame({"phone": ["020 7946 0958 / 020 7946 0959", "030/123456"]})
    >>> phones.select(several(pl.col("phone")))["phone"].to_list()
    [['020 7946 0958', '020 7946 0959'], ['030/123456']]
    """
    parts = value.str.strip_chars().str.replace_all(_SEPARATOR, "\n").str.split("\n")
    parts = parts.list.filter(pl.element() != "")
    all_numbers = parts.list.eval(pl.element().str.contains(_LONG_ENOUGH)).list.all()
    one = pl.concat_list(value.str.strip_chars())
    return pl.when(value.is_not_null()).then(pl.when(all_numbers).then(parts).otherwise(one))


def _e164_of_pairs(pairs: pl.Series) -> pl.Series:
    """E.164 of a struct column of (text, country)."""
    cells = pairs.struct.unnest()
    name = cells.columns[0]
    cells.columns = ["value", "country"]
    cells = cells.with_row_index("row")
    try:
        read = _read_columns(cells)
    except UnreadablePatternError:
        read = _read_one_by_one(cells.filter(pl.col("value").is_not_null() & ~_spoilt(pl.col("value"))))
    place = np.full(cells.height, read.height)
    place[read["row"].to_numpy()] = np.arange(read.height)
    return read["number"].extend_constant(None, 1).gather(place).alias(name)


def _read_columns(cells: pl.DataFrame) -> pl.DataFrame:
    """``row`` and ``number`` of all cells that hold one: whole columns, and what these leave one by one."""
    plain = cells["value"].str.contains(PLAIN).fill_null(value=False)
    read = [read_plain(cells.filter(plain))]
    odd = cells.filter(~plain & cells["value"].is_not_null()).filter(~_spoilt(pl.col("value")))
    if odd.height:
        quick = odd.join(read_columns(odd), on="row")
        settled = quick.filter(pl.col("number").is_not_null() | ~pl.col("value").str.contains("/", literal=True))
        read += [settled.select("row", "number"), _read_one_by_one(odd.join(settled, on="row", how="anti"))]
    return pl.concat(read)


def _spoilt(value: pl.Expr) -> pl.Expr:
    return value.str.contains(_SCIENTIFIC) | value.str.contains(_FLOAT)


def _read_one_by_one(cells: pl.DataFrame) -> pl.DataFrame:
    """``row`` and ``number`` of cells of any shape; each distinct (text, country) is read once."""
    pair = ["value", "country"]
    distinct = cells.select(pair).unique().with_columns(candidates=several(pl.col("value")))
    numbers = pl.Series("number", [_first_valid(*row) for row in distinct.iter_rows()], dtype=pl.String)
    read = distinct.select(pair).with_columns(numbers)
    return cells.join(read, on=pair, nulls_equal=True).select("row", "number")


def _first_valid(cell: str, country: str | None, candidates: list[str]) -> str | None:
    """The whole cell's number, else that of the first valid candidate."""
    readings = (cell, *candidates) if len(candidates) > 1 else (cell,)
    return next((number for reading in readings if (number := read_cell(reading, country))), None)
