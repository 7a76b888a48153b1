"""One file's rows to canonical orders and refund rows."""

from dataclasses import dataclass
from typing import Final

import polars as pl

from audience_builder import columns, schemas
from audience_builder.sources.consent import consented
from audience_builder.sources.dating import DATE_FIELDS, date_notes, dated
from audience_builder.sources.detect import Binding
from audience_builder.sources.fields import any_holds, contacts, holds, text_of
from audience_builder.sources.options import SourceOptions
from audience_builder.sources.pricing import GROSS, LOST, REFUNDED, priced
from audience_builder.sources.raw import RawTable
from audience_builder.sources.shape import added_up, first_lines
from audience_builder.sources.sieve import Sieve
from audience_builder.sources.status import COUNTING, statuses
from audience_builder.sources.told import Told

__all__ = ["IS_REFUND", "LINK", "OWN_ID", "PRESET", "STATUS_WORD", "OneFile", "canonical_rows", "remarks"]

IS_REFUND: Final = "is refund"
LINK: Final = "link"
OWN_ID: Final = "own id"
PRESET: Final = "preset"
STATUS_WORD: Final = "status_word"
_ZERO: Final = pl.lit("0").cast(schemas.MONEY)


@dataclass(frozen=True, slots=True, kw_only=True)
class OneFile:
    """A table of a file, what its columns are, and what its rows have told."""

    raw: RawTable
    binding: Binding
    told: Told


def canonical_rows(file: OneFile, rows: pl.DataFrame, options: SourceOptions) -> Sieve:
    """Read rows of one table as orders, refunds not yet folded.

    Args:
        file: The table.
        rows: All of its rows, or a group of them that holds whole orders.
        options: What the user says.

    Raises:
        DataError: Something only the user can decide, or most rows unreadable.
    """
    binding, name, told = file.binding, file.raw.name, file.told
    rules = binding.preset
    sieve = Sieve(frame=rows.with_columns(pl.lit(name).alias(columns.SOURCE)))
    for rule in rules.rows.drop:
        sieve.drop(holds(binding, rule.when), rule.reason)
    first_lines(sieve, binding)
    lines = sieve.frame
    priced(sieve, binding, options, name, told)
    if rules.kind == "customers":
        sieve.drop(pl.col(GROSS).is_null(), "customer without a total")
        sieve.drop((pl.col(GROSS) == _ZERO) & (pl.col(columns.ORDERS_COUNT) == 0), "customer without any order")
    sieve.reject(pl.col(GROSS).is_null(), "no amount", (*binding.amount(rules.money.gross)[0], None)[0])
    added_up(sieve, binding, lines)
    dated(sieve, binding, options, name, told)
    sieve.frame = sieve.frame.with_columns(statuses(binding, sieve.frame, options.status_map, name, told))
    sieve.frame = _canonical(sieve.frame, binding, name, told)
    _negative(sieve, binding, told)
    return sieve


def remarks(file: OneFile, options: SourceOptions) -> tuple[str, ...]:
    """What the user has to know of a table, once all its rows are read."""
    told = file.told
    below = f"{told.below_zero:,} rows with an amount below zero were read as refunds"
    return (
        *file.raw.notes,
        *file.binding.preset.notes,
        *date_notes(told, file.binding, options),
        *((below,) if told.below_zero else ()),
        *_assumed(file.binding),
    )


def _canonical(frame: pl.DataFrame, binding: Binding, name: str, told: Told) -> pl.DataFrame:
    """Canonical columns only, refund rows marked."""
    rules = binding.preset.refund_rows
    refund = any_holds(binding, rules.when) if rules else pl.lit(value=False)
    link = [pl.col(header) for header in binding.present(rules.link)] if rules else []
    whose = binding.present(rules.email) if rules else ()
    own = _own_id(binding)
    found = frame.select(
        columns.SOURCE,
        columns.SOURCE_ROW,
        own.alias(OWN_ID),
        *contacts(binding),
        *DATE_FIELDS,
        columns.CURRENCY,
        GROSS,
        REFUNDED,
        LOST,
        columns.ORDERS_COUNT,
        columns.STATUS,
        STATUS_WORD,
        refund.alias(IS_REFUND),
        pl.coalesce([*link, pl.lit(None, pl.String)]).alias(LINK),
        (pl.coalesce([pl.col(header) for header in whose]) if whose else pl.lit(None, pl.String)).alias("whose"),
        pl.lit(binding.preset.id).alias(PRESET),
    )
    consent = consented(found, binding, name, told)
    email = pl.when(pl.col(IS_REFUND) & pl.col("whose").is_not_null()).then("whose").otherwise(columns.EMAIL)
    made = pl.concat_str(columns.SOURCE, pl.lit(" line "), columns.SOURCE_ROW)
    return (
        found.with_columns(consent, email.alias(columns.EMAIL))
        .with_columns(pl.coalesce(OWN_ID, made).alias(columns.ORDER_ID))
        .drop("whose", columns.DO_NOT_SELL)
    )


def _own_id(binding: Binding) -> pl.Expr:
    """The order's number; for customer-level exports the customer's id."""
    field = columns.CUSTOMER_ID if binding.preset.kind == "customers" else columns.ORDER_ID
    return text_of(binding, field)


def _negative(sieve: Sieve, binding: Binding, told: Told) -> None:
    """Decide about rows below zero that nothing marks as refunds."""
    money = binding.preset.money
    below = (pl.col(GROSS) < _ZERO) & ~pl.col(IS_REFUND)
    header = (*binding.amount(money.gross)[0], *binding.amount(money.net)[0])[0]
    if not money.negative_refunds:
        sieve.reject(below, "amount below zero in a row that is no refund", header)
        return
    told.below_zero += sieve.frame.select((below & pl.col(columns.STATUS).is_in(COUNTING)).sum()).item()
    sieve.frame = sieve.frame.with_columns((pl.col(IS_REFUND) | below).alias(IS_REFUND))


def _assumed(binding: Binding) -> tuple[str, ...]:
    """What is taken for granted where the file does not say."""
    preset = binding.preset
    said = []
    if preset.kind == "orders" and binding.first(preset.status.column) is None:
        said.append(f"the file has no column of statuses: every order counts as {preset.status.default}")
    if preset.kind == "orders" and not binding.sources(columns.ORDERED_AT):
        said.append("the file has no column of dates: values that need dates cannot be worked out")
    if not preset.detect.columns:
        amount = (*binding.amount(preset.money.gross)[0], *binding.amount(preset.money.net)[0])[0]
        said.append(f"no known format: read by column names, amounts from {amount}; look at it with inspect")
    return tuple(said)
