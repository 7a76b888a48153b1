"""What came of a file, and of everything that does not count."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import polars as pl

from audience_builder import columns
from audience_builder.sources.orders import STATUS_WORD, OneFile
from audience_builder.sources.sieve import Sieve
from audience_builder.sources.spool import sha256_of
from audience_builder.sources.status import COUNTING

__all__ = ["FileFacts", "LeftOut", "file_facts", "left_out"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Orders that stay in the table but count in no sum.

    Args:
        status: Our word.
        said: The source's word.
        currency: Of the amount.
        orders: How many.
        amount: Their gross amount.
    """

    status: str
    said: str
    currency: str
    orders: int
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """What one file was and where its rows went.

    ``rows_read = rows_rejected + sum(rows_dropped) + rows_as_lines + orders``.

    Args:
        name: What messages call it.
        path: Where it is.
        sha256: Digest of its bytes, of a query that of its rows: to recognise it.
        preset: Id of the preset it was read with.
        preset_title: That preset's title.
        kind: ``orders`` or ``customers``.
        verified: When a real file last confirmed the preset.
        rows_read: Data records seen.
        rows_rejected: Rows that could not be used; each is in the reject table.
        rows_as_lines: Lines and refund rows that became part of an order.
        rows_dropped: Rows that are no orders, by reason.
        orders: Rows in the orders table.
        currency_counts: Rows of the table by currency.
        notes: What was decided or changed, in plain words.
    """

    name: str
    path: Path
    sha256: str
    preset: str
    preset_title: str
    kind: str
    verified: str
    rows_read: int
    rows_rejected: int
    rows_as_lines: int
    rows_dropped: Mapping[str, int]
    orders: int
    currency_counts: Mapping[str, int]
    notes: tuple[str, ...]


def file_facts(file: OneFile, sieve: Sieve, digests: dict[Path, str]) -> FileFacts:
    """Account for one file."""
    raw, preset = file.raw, file.binding.preset
    if raw.path not in digests:
        digests[raw.path] = sha256_of(raw.path)
    table = sieve.frame.filter(pl.col(columns.SOURCE) == raw.name)
    rejected = sum(int((frame[columns.FILE] == raw.name).sum()) for frame in sieve.rejects)
    dropped = {reason: rows for (name, reason), rows in sorted(sieve.dropped.items()) if name == raw.name}
    footers = raw.counts.get("footer_lines", 0)
    if footers:
        dropped["footer lines"] = footers
    has_money = columns.CURRENCY in table.columns
    counts = table[columns.CURRENCY].value_counts(sort=True) if has_money else pl.DataFrame()
    return FileFacts(
        name=raw.name,
        path=raw.path,
        sha256=digests[raw.path],
        preset=preset.id,
        preset_title=preset.title,
        kind=preset.kind,
        verified=preset.verified,
        rows_read=raw.rows_read,
        rows_rejected=rejected,
        rows_as_lines=sieve.folded[raw.name],
        rows_dropped=dropped,
        orders=table.height,
        currency_counts=dict(counts.iter_rows()),
        notes=file.notes,
    )


def left_out(frame: pl.DataFrame) -> tuple[LeftOut, ...]:
    """Orders that do not count, by status, word and currency."""
    rows = (
        frame.filter(~pl.col(columns.STATUS).is_in(COUNTING))
        .group_by(columns.STATUS, STATUS_WORD, columns.CURRENCY)
        .agg(pl.len(), pl.col(columns.GROSS_AMOUNT).sum())
        .sort(columns.STATUS, STATUS_WORD, columns.CURRENCY)
    )
    return tuple(
        LeftOut(status=status, said=said, currency=currency, orders=orders, amount=amount)
        for status, said, currency, orders, amount in rows.iter_rows()
    )
