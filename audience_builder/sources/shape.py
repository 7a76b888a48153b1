"""Lines to orders: what a row of the file stands for."""

from functools import reduce
from operator import or_
from typing import Final

import polars as pl

from audience_builder import columns, schemas
from audience_builder.sources.detect import Binding
from audience_builder.sources.pricing import GROSS, LOST, REFUNDED
from audience_builder.sources.sieve import Sieve

__all__ = ["added_up", "first_lines"]

_START: Final = "starts an order"
_KEY: Final = "order key"


def first_lines(sieve: Sieve, binding: Binding) -> None:
    """Keep the line of each order that holds its money; the others become part of it.

    A second line of the same order number with its own money or own id starts a new order. Lines whose
    first line is missing are refused: their money is unknown.
    """
    rows = binding.preset.rows
    keys = binding.present(rows.key)
    money = binding.preset.money
    marks = [*binding.present(rows.starts), *binding.amount(money.gross)[0], *binding.amount(money.net)[0]]
    if rows.mode != "first" or not keys or not marks:
        return
    frame = sieve.frame
    starts = reduce(or_, (pl.col(mark).is_not_null() for mark in marks))
    if rows.repeats:
        starts = starts & pl.struct([*keys, *marks]).is_first_distinct()
    key = pl.coalesce(keys)
    sieve.frame = frame.with_columns(starts.alias(_START), key.alias(_KEY))
    started = sieve.frame.filter(_START)[_KEY].unique()
    lines = ~pl.col(_START) & pl.col(_KEY).is_in(started.implode())
    sieve.fold(lines.fill_null(value=False))
    sieve.reject(~pl.col(_START), "no amount, and no line of the same order with one", marks[-1])
    sieve.frame = sieve.frame.drop(_START, _KEY)


def added_up(sieve: Sieve, binding: Binding, lines: pl.DataFrame) -> None:
    """Add the item money of each order; everything else comes from its first line.

    Args:
        sieve: Rows with their amounts.
        binding: The file's columns.
        lines: The rows before any was refused: an order that lost a line is refused whole.
    """
    keys = binding.present(binding.preset.rows.key)
    if binding.preset.rows.mode != "sum" or not keys:
        return
    row, key = columns.SOURCE_ROW, pl.coalesce(keys)
    lost = lines.select(row, key.alias(_KEY)).join(sieve.frame.select(row), on=row, how="anti")[_KEY].unique()
    sieve.reject(key.is_in(lost.implode()), "another line of the same order was refused")
    total = [_total(pl.col(amount), key).alias(amount) for amount in (GROSS, REFUNDED, LOST)]
    sieve.frame = sieve.frame.with_columns(total)
    sieve.fold(key.is_not_null() & ~key.is_first_distinct())


def _total(amount: pl.Expr, key: pl.Expr) -> pl.Expr:
    known = amount.is_not_null().any().over(key)
    return pl.when(key.is_null()).then(amount).when(known).then(amount.sum().over(key)).cast(schemas.MONEY)
