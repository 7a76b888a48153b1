"""What a file is, for ``inspect``: names and counts, never a contact value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import polars as pl

from audience_builder import columns, schemas
from audience_builder.errors import DataError
from audience_builder.sources.contacts import read_customers
from audience_builder.sources.dates import DateOrder, order_evidence
from audience_builder.sources.detect import Binding, missing
from audience_builder.sources.fields import folded, text_of
from audience_builder.sources.intake import bound_tables, likely_header
from audience_builder.sources.options import SourceOptions
from audience_builder.sources.orderfiles import read_orders
from audience_builder.sources.preset import FIELDS, Preset, presets
from audience_builder.sources.raw import RawTable
from audience_builder.sources.status import showable

__all__ = ["Candidate", "FileDescription", "describe", "mapped_columns"]

_CANDIDATES = 3


LONGEST_CODE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A preset the file nearly fits, and the columns it lacks for it."""

    preset: str
    title: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDescription:
    """One file, described.

    Args:
        name: What messages call it.
        headers: Its column names, in order.
        preset: The preset it fits; None where it fits none.
        candidates: Where it fits none, or only by plain column names, the nearest presets.
        rows: Data records.
        mapped: Canonical field -> the columns it comes from.
        unmapped: Columns nobody reads.
        currencies: Rows by the currency column's words.
        first_date: The earliest order.
        last_date: The latest order.
        date_order: Which of day and month comes first, where the file tells.
        statuses: Rows by the source's words.
        contact_coverage: Contact field -> share of rows that have it, 0 to 1.
        notes: What reading changed or decided.
        problems: What stands in the way, in plain words.
    """

    name: str
    headers: tuple[str, ...]
    preset: Preset | None = None
    candidates: tuple[Candidate, ...] = ()
    rows: int = 0
    mapped: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unmapped: tuple[str, ...] = ()
    currencies: Mapping[str, int] = field(default_factory=dict)
    first_date: datetime | None = None
    last_date: datetime | None = None
    date_order: DateOrder | None = None
    statuses: Mapping[str, int] = field(default_factory=dict)
    contact_coverage: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def describe(path: Path, options: SourceOptions | None = None) -> FileDescription:
    """Say what a file is and what stands in the way of using it.

    Args:
        path: One file; of an archive with several tables the first is described.
        options: What the user says about it.

    Raises:
        ConfigError: The file is not there, or an option is wrong.
    """
    options = options or SourceOptions()
    try:
        (raw, binding), *others = bound_tables(path, options)
    except DataError as error:
        headers = likely_header(path, options)
        return FileDescription(name=path.name, headers=headers, candidates=_nearest(headers), problems=(str(error),))
    more = (f"there are {len(others):,} more tables in the file",) if others else ()
    first, last, problems = _tried(path, binding.preset, options)
    return FileDescription(
        name=raw.name,
        headers=raw.headers,
        preset=binding.preset,
        candidates=() if binding.preset.detect.columns else _nearest(raw.headers),
        rows=raw.rows_read,
        mapped=mapped_columns(binding),
        unmapped=tuple(header for header in raw.headers if header not in binding.used()),
        currencies=_codes(_counts(raw, binding.first(binding.preset.money.currency))),
        first_date=first,
        last_date=last,
        date_order=_date_order(raw, binding),
        statuses=_counts(raw, binding.first(binding.preset.status.column)),
        contact_coverage=_coverage(raw, binding),
        notes=(*raw.notes, *binding.preset.notes, *more),
        problems=problems,
    )


def _nearest(headers: Sequence[str]) -> tuple[Candidate, ...]:
    """The presets of which the largest share of columns is there, if it is half or more."""
    found = []
    for preset in presets():
        wanted = preset.detect.columns
        lacking = tuple(missing(headers, wanted))
        if wanted and len(lacking) * 2 <= len(wanted):
            found.append((len(lacking) / len(wanted), Candidate(preset=preset.id, title=preset.title, missing=lacking)))
    return tuple(candidate for _, candidate in sorted(found, key=lambda one: one[0])[:_CANDIDATES])


def mapped_columns(binding: Binding) -> dict[str, tuple[str, ...]]:
    """Canonical field -> the columns of the file it comes from."""
    money = binding.preset.money
    found = {
        canonical: tuple(" + ".join(parts) for parts in sources)
        for canonical in FIELDS
        if (sources := binding.sources(canonical))
    }
    amounts = {
        columns.GROSS_AMOUNT: binding.amount(money.gross)[0],
        columns.NET_AMOUNT: binding.amount(money.net)[0],
        columns.REFUNDED_AMOUNT: binding.amount(money.refunded)[0] or binding.present(money.adjusted),
        columns.CURRENCY: binding.present(money.currency)[:1],
        columns.ORDERS_COUNT: binding.present(money.orders)[:1],
        columns.STATUS: binding.present(binding.preset.status.column)[:1],
    }
    return found | {name: headers for name, headers in amounts.items() if headers}


def _counts(raw: RawTable, header: str | None) -> dict[str, int]:
    if header is None:
        return {}
    counts = raw.table.select(word=folded(pl.col(header))).drop_nulls().filter(showable(pl.col("word")))
    return dict(counts["word"].value_counts(sort=True).sort("count", "word", descending=[True, False]).iter_rows())


def _codes(counts: Mapping[str, int]) -> dict[str, int]:
    """Words as short as a currency code or symbol; anything longer may be a person's name in the wrong column."""
    short = {word: rows for word, rows in counts.items() if len(word) <= LONGEST_CODE}
    longer = sum(counts.values()) - sum(short.values())
    return short | ({"other text": longer} if longer else {})


def _date_order(raw: RawTable, binding: Binding) -> DateOrder | None:
    return order_evidence(raw.table.select(columns.SOURCE_ROW, text_of(binding, columns.ORDERED_AT)).to_series(1)).order


def _coverage(raw: RawTable, binding: Binding) -> dict[str, float]:
    known = [name for name in schemas.CONTACTS if binding.sources(name)]
    if not known or raw.table.is_empty():
        return {}
    texts = raw.table.select(text_of(binding, name) for name in known)
    return {name: 1 - texts[name].null_count() / texts.height for name in known}


def _tried(
    path: Path, preset: Preset, options: SourceOptions
) -> tuple[datetime | None, datetime | None, tuple[str, ...]]:
    """Read the file as a run would; the first and last date, and what a run would say."""
    try:
        if not preset.has_money:
            return None, None, _refused(read_customers([path], options).rejects)
        orders = read_orders([path], options)
    except DataError as error:
        return None, None, (str(error),)
    first, last = orders.table.select(
        pl.min_horizontal(columns.ORDERED_AT, columns.FIRST_ORDER_AT).min().alias("first"),
        pl.max_horizontal(columns.ORDERED_AT, columns.LAST_ORDER_AT).max().alias("last"),
    ).row(0)
    return first, last, _refused(orders.rejects)


def _refused(rejects: pl.DataFrame) -> tuple[str, ...]:
    reasons = (
        rejects.group_by(columns.REASON, columns.COLUMN).len().sort("len", columns.REASON, descending=[True, False])
    )
    return tuple(
        f"{count:,} rows refused: {reason}{f' (column {column})' if column else ''}"
        for reason, column, count in reasons.iter_rows()
    )
