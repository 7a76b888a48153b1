"""Which rows of order exports may bear on each other: lines, repeats and refunds of the same order."""

import zlib
from typing import Final

import polars as pl

from audience_builder import columns
from audience_builder.links import Piece
from audience_builder.sources.detect import Binding
from audience_builder.sources.fields import text_of

__all__ = ["order_keys"]

_LINE: Final = "line"
_OWN, _NAMED = "order:own", "order:named"


def order_keys(piece: Piece, binding: Binding, name: str) -> pl.DataFrame:
    """Digests of the order a row is a line of, its own number, and the order a refund names.

    Numbers are those of one format: two systems may use the same one. Lines are those of one file.

    Args:
        piece: Rows as text, as ``RawTable.blocks`` holds them.
        binding: The file's columns.
        name: What the file is called.
    """
    refunds = binding.preset.refund_rows
    own = columns.CUSTOMER_ID if binding.preset.kind == "customers" else columns.ORDER_ID
    named = binding.present(refunds.link) if refunds else ()
    keys, marks = _lines(binding)
    headers = [columns.SOURCE_ROW, *(part for parts in binding.sources(own) for part in parts), *named, *keys, *marks]
    rows = piece.load(list(dict.fromkeys(headers)))
    return rows.select(
        _line_key(keys, marks, name).alias(_LINE),
        _digest(text_of(binding, own), binding.preset.id).alias(_OWN),
        _digest(_first(named), binding.preset.id).alias(_NAMED),
    )


def _lines(binding: Binding) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns that number the order of a line; those that tell a repeated line where it has no number."""
    rows, money = binding.preset.rows, binding.preset.money
    if rows.mode == "one":
        return (), ()
    keys = binding.present(rows.key)
    if not rows.repeats:
        return keys, ()
    return keys, (*binding.present(rows.starts), *binding.amount(money.gross)[0], *binding.amount(money.net)[0])


def _line_key(keys: tuple[str, ...], marks: tuple[str, ...], name: str) -> pl.Expr:
    if not keys:
        return pl.lit(None, pl.UInt64)
    number = _digest(_first(keys), name)
    if not marks:
        return number
    return pl.coalesce(number, pl.struct(*keys, *marks).hash(_seed(f"{name} unnumbered")))


def _first(headers: tuple[str, ...]) -> pl.Expr:
    return pl.coalesce([pl.col(header) for header in headers]) if headers else pl.lit(None, pl.String)


def _digest(text: pl.Expr, within: str) -> pl.Expr:
    return pl.when(text.is_not_null()).then(text.hash(_seed(within)))


def _seed(within: str) -> int:
    return zlib.crc32(within.encode())
