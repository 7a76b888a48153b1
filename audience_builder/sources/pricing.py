"""The amounts of one file: which decimal mark, which currency, which columns."""

from collections.abc import Callable, Sequence

import polars as pl

from audience_builder import columns, schemas
from audience_builder.errors import DataError
from audience_builder.sources.currencies import CURRENCIES, minor_unit
from audience_builder.sources.detect import Binding
from audience_builder.sources.fields import holds
from audience_builder.sources.money import (
    DecimalMark,
    Evidence,
    decides_comma,
    decides_point,
    evidence,
    read_amounts,
    shaped,
    summed,
)
from audience_builder.sources.options import SourceOptions
from audience_builder.sources.preset import Money
from audience_builder.sources.sieve import Sieve
from audience_builder.sources.told import Told

__all__ = ["GROSS", "REFUNDED", "marks_settled", "priced"]

GROSS = columns.GROSS_AMOUNT
REFUNDED = columns.REFUNDED_AMOUNT
LOST = "lost"
_ZERO = pl.lit("0").cast(schemas.MONEY)
_LINES_SHOWN = 5
_ROWS_LOOKED_AT = 1_000


def priced(sieve: Sieve, binding: Binding, options: SourceOptions, name: str, told: Told) -> None:
    """Add currency, gross, refunded and order count to the rows; refuse the rows they cannot be read from.

    Args:
        sieve: The file's rows as text.
        binding: The file's columns.
        options: Currency, decimal mark, and whether to use the converted amounts.
        name: What messages call the file.
        told: What the file's amounts have told so far.

    Raises:
        DataError: No currency, no amounts, or two decimal marks in one column.
    """
    money = _chosen(binding, options, name)
    gross, less = binding.amount(money.gross)
    net = binding.amount(money.net)[0] if not gross else ()
    if not (gross or net):
        raise DataError(
            f"{name} has no column of amounts.",
            f"It has: {', '.join(binding.headers)}.",
            'Say which one: --map gross_amount="HEADER". A file of contacts goes with --customers.',
        )
    refunded = binding.amount(money.refunded)[0]
    adjusted, lost = binding.present(money.adjusted), binding.present(money.lost.amount if money.lost else ())
    money_headers = tuple(dict.fromkeys((*gross, *less, *net, *refunded, *adjusted, *lost)))
    _add_currency(sieve, binding, money, options, name)
    _read_all(sieve, money_headers, money, options, name, told)
    sieve.frame = sieve.frame.with_columns(
        _gross(gross, less, net).alias(GROSS),
        _refunded(refunded, adjusted, gross).alias(REFUNDED),
        _count(binding, money).alias(columns.ORDERS_COUNT),
    )
    sieve.frame = sieve.frame.with_columns(_lost(binding, money, lost, whole=options.converted).alias(LOST))
    if money.unit == "minor":
        unit = minor_unit(pl.col(columns.CURRENCY))
        sieve.frame = sieve.frame.with_columns(
            (pl.col(column) * unit).cast(schemas.MONEY) for column in (GROSS, REFUNDED, LOST)
        )


def _chosen(binding: Binding, options: SourceOptions, name: str) -> Money:
    money = binding.preset.money
    if not options.converted:
        return money
    twin = money.converted
    if twin is None or not binding.amount(twin.gross)[0]:
        raise DataError(
            f"{name} has no converted amounts.",
            f"It was read as {binding.preset.title}.",
            "Leave out --converted; give dated --rates instead.",
        )
    return money.model_copy(update={"gross": twin.gross, "refunded": twin.refunded, "currency": twin.currency})


def _add_currency(sieve: Sieve, binding: Binding, money: Money, options: SourceOptions, name: str) -> None:
    header = binding.first(money.currency)
    if header is None and options.currency is None:
        raise DataError(
            f"{name} does not say in which currency its amounts are.",
            "It has no currency column, and none is assumed.",
            "Give it: --currency USD.",
        )
    given = pl.lit(options.currency, pl.String)
    code = given if header is None else pl.coalesce(pl.col(header).str.to_uppercase().str.strip_chars(), given)
    sieve.frame = sieve.frame.with_columns(code.alias(columns.CURRENCY))
    sieve.reject(pl.col(columns.CURRENCY).is_null() & _has_amount(binding, money), "no currency", header)
    known = pl.col(columns.CURRENCY).is_in(CURRENCIES) | pl.col(columns.CURRENCY).is_null()
    sieve.reject(~known, "currency is no ISO 4217 code", header)


def _has_amount(binding: Binding, money: Money) -> pl.Expr:
    headers = [*binding.amount(money.gross)[0], *binding.amount(money.net)[0]]
    return pl.any_horizontal([pl.col(header).is_not_null() for header in headers])


def _read_all(
    sieve: Sieve, headers: Sequence[str], money: Money, options: SourceOptions, name: str, told: Told
) -> None:
    """Read the columns in place of their texts."""
    texts = {header: _cleared(sieve.frame[header]) for header in headers}
    marks = _marks(sieve.frame, texts, money, options, name, told)
    read = [read_amounts(texts[header], marks[header]).alias(_amount(header)) for header in headers]
    sieve.frame = sieve.frame.with_columns(read)
    for header in headers:
        unreadable = pl.col(_amount(header)).is_null() & pl.col(header).is_not_null()
        sieve.reject(unreadable & ~pl.col(header).is_in(_NOTHING), "amount cannot be read", header)
        sieve.reject(pl.col(_amount(header)).abs() >= _ABSURD, "amount of a thousand million or more", header)


_NOTHING = ("-", "--", "n/a", "N/A", "(none)")
_ABSURD = pl.lit("1000000000").cast(schemas.MONEY)


def _amount(header: str) -> str:
    return f"amount:{header}"


def _cleared(texts: pl.Series) -> pl.Series:
    return texts.set(texts.is_in(_NOTHING), None) if texts.is_in(_NOTHING).any() else texts


def _marks(
    frame: pl.DataFrame, texts: dict[str, pl.Series], money: Money, options: SourceOptions, name: str, told: Told
) -> dict[str, DecimalMark]:
    """The decimal mark of each column: what the user says, what it shows, what its neighbours show."""
    if options.decimal is not None:
        return dict.fromkeys(texts, options.decimal)
    shown = {header: evidence(column) for header, column in texts.items()}
    for header, here in shown.items():
        told.amounts[header] = told.amounts.get(header, _NOTHING_SHOWN) | here
        if not told.whole or (here.point and here.comma):
            _note_lines(frame, texts[header], header, here, told)
    marks = {**_decided(told, money, name, refuse=told.whole), **told.marks}
    for header, here in shown.items():
        if here.undecided:
            told.read_as[header].add(marks[header])
    return marks


def marks_settled(told: Told, binding: Binding, options: SourceOptions, name: str) -> dict[str, DecimalMark]:
    """The decimal mark of each column, now that all rows have told; none where the user said it.

    Raises:
        DataError: Amounts can still be read in two ways.
    """
    return _decided(told, _chosen(binding, options, name), name, refuse=True)


_NOTHING_SHOWN = Evidence(point=False, comma=False, undecided=False)


def _decided(told: Told, money: Money, name: str, *, refuse: bool) -> dict[str, DecimalMark]:
    for header, shown in told.amounts.items():
        if refuse and shown.point and shown.comma:
            raise _two_marks(told.mark_lines[header], header, name)
    neighbours = {shown.mark for shown in told.amounts.values()} - {None}
    fallback = neighbours.pop() if len(neighbours) == 1 else money.decimal
    return {
        header: shown.mark or _needed(shown, fallback, header, name, refuse=refuse)
        for header, shown in told.amounts.items()
    }


def _needed(shown: Evidence, fallback: DecimalMark | None, header: str, name: str, *, refuse: bool) -> DecimalMark:
    if shown.undecided and fallback is None and refuse:
        raise DataError(
            f'The amounts in column "{header}" of {name} can be read in two ways.',
            "Every one has a single mark followed by three digits: thousands, or decimals.",
            'Say which mark is the decimal one: --decimal "." or --decimal ",".',
        )
    return fallback or "."


def _note_lines(frame: pl.DataFrame, texts: pl.Series, header: str, here: Evidence, told: Told) -> None:
    """Keep the first lines that tell of either mark, for the message should both be found."""
    rows = frame.select(columns.SOURCE_ROW, texts.alias("text"))
    point, comma = told.mark_lines.setdefault(header, ([], []))
    for lines, shown, decides in ((point, here.point, decides_point), (comma, here.comma, decides_comma)):
        if shown and len(lines) < _LINES_SHOWN:
            lines[:] = sorted([*lines, *_first_lines(rows, decides)])[:_LINES_SHOWN]


def _first_lines(rows: pl.DataFrame, decides: Callable[[pl.Expr], pl.Expr]) -> list[int]:
    """A few are found after a few rows; texts are not looked at beyond that."""
    number = shaped(pl.col("text")).struct.field("number")
    found: list[int] = []
    for part in rows.iter_slices(_ROWS_LOOKED_AT):
        found += part.filter(decides(number))[columns.SOURCE_ROW].to_list()
        if len(found) >= _LINES_SHOWN:
            break
    return found[:_LINES_SHOWN]


def _two_marks(lines: tuple[list[int], list[int]], header: str, name: str) -> DataError:
    found = [", ".join(f"{row:,}" for row in rows) for rows in lines]
    return DataError(
        f'Column "{header}" of {name} mixes two decimal marks.',
        f"A point on lines {found[0]}; a comma on lines {found[1]} (the first {_LINES_SHOWN} of each).",
        "Export again with one number format, or say --decimal and have the other rows refused.",
    )


def _gross(gross: Sequence[str], less: Sequence[str], net: Sequence[str]) -> pl.Expr:
    total = summed([pl.col(_amount(header)) for header in (*gross, *net)])
    for header in less:
        total = total - pl.col(_amount(header)).abs().fill_null(_ZERO)
    return total.cast(schemas.MONEY)


def _refunded(refunded: Sequence[str], adjusted: Sequence[str], gross: Sequence[str]) -> pl.Expr:
    """Refunds count by their size: some exports write them with a minus."""
    if refunded:
        return summed([pl.col(_amount(header)).abs() for header in refunded]).fill_null(_ZERO)
    if adjusted and gross:
        after = pl.col(_amount(adjusted[0]))
        total = summed([pl.col(_amount(header)) for header in gross])
        return pl.when(after.is_not_null() & (after != _ZERO)).then(total - after).otherwise(_ZERO).cast(schemas.MONEY)
    return _ZERO


def _lost(binding: Binding, money: Money, lost: Sequence[str], *, whole: bool) -> pl.Expr:
    """What was lost outside the refund column; all that was left where ``whole``."""
    if money.lost is None or not lost:
        return pl.lit(None, schemas.MONEY)
    left = pl.col(GROSS) - pl.col(REFUNDED)
    return (
        pl.when(holds(binding, money.lost.when))
        .then(left if whole else pl.col(_amount(lost[0])).abs())
        .cast(schemas.MONEY)
    )


def _count(binding: Binding, money: Money) -> pl.Expr:
    header = binding.first(money.orders)
    if header is None:
        return pl.lit(None, pl.Int64)
    return pl.col(header).str.replace(r"\.0+$", "").cast(pl.Int64, strict=False)
