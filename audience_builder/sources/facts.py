"""What came of a file, and of everything that does not count."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Final

import polars as pl

from audience_builder import columns, schemas
from audience_builder.sources.orders import STATUS_WORD, OneFile
from audience_builder.sources.sieve import Sieve
from audience_builder.sources.spool import sha256_of
from audience_builder.sources.status import COUNTING
from audience_builder.sources.told import words_counted

__all__ = ["Account", "FileFacts", "LeftOut"]


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


@dataclass(slots=True, kw_only=True)
class Account:
    """Where the rows of all files went; grows with every group of rows.

    Args:
        rejects: One frame of ``schemas.REJECTS`` per step that refused rows.
        dropped: (file, reason) -> rows that are no orders, by intent.
        folded: file -> lines and refund rows that became part of an order.
        kept: file -> rows of the table.
        currencies: (file, currency) -> rows of the table.
        uncounted: Orders that count in no sum, added up group by group.
    """

    rejects: list[pl.DataFrame] = field(default_factory=list)
    dropped: Counter[tuple[str, str]] = field(default_factory=Counter)
    folded: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    currencies: Counter[tuple[str, str]] = field(default_factory=Counter)
    uncounted: list[pl.DataFrame] = field(default_factory=list)

    def take(self, sieve: Sieve) -> None:
        """Count what is left in a sieve, and what fell through."""
        self.rejects += sieve.rejects
        self.dropped += sieve.dropped
        self.folded += sieve.folded
        self.kept += words_counted(sieve.frame[columns.SOURCE])
        if columns.CURRENCY in sieve.frame.columns:
            pairs = sieve.frame.group_by(columns.SOURCE, columns.CURRENCY, maintain_order=True).len()
            self.currencies += Counter({(source, code): rows for source, code, rows in pairs.iter_rows()})
            self.uncounted.append(_uncounted(sieve.frame))

    def rejected(self) -> pl.DataFrame:
        """All refused rows, by file and line."""
        empty = pl.DataFrame(schema=schemas.REJECTS)
        return pl.concat([empty, *self.rejects]).sort(columns.FILE, columns.LINE, maintain_order=True)

    def of_file(self, file: OneFile, notes: Sequence[str], rejected: int, sha256: str) -> FileFacts:
        """Account for one file."""
        raw, preset = file.raw, file.binding.preset
        dropped = {reason: rows for (name, reason), rows in sorted(self.dropped.items()) if name == raw.name}
        footers = raw.counts.get("footer_lines", 0)
        if footers:
            dropped["footer lines"] = footers
        return FileFacts(
            name=raw.name,
            path=raw.path,
            sha256=sha256,
            preset=preset.id,
            preset_title=preset.title,
            kind=preset.kind,
            verified=preset.verified,
            rows_read=raw.rows_read,
            rows_rejected=rejected,
            rows_as_lines=self.folded[raw.name],
            rows_dropped=dropped,
            orders=self.kept[raw.name],
            currency_counts={code: rows for (name, code), rows in self.currencies.most_common() if name == raw.name},
            notes=tuple(notes),
        )

    def of_files(self, files: Sequence[tuple[OneFile, Sequence[str]]]) -> tuple[tuple[FileFacts, ...], pl.DataFrame]:
        """Account for every file, given with its notes; all refused rows."""
        rejects = self.rejected()
        by_file = words_counted(rejects[columns.FILE])
        digests = {path: sha256_of(path) for path in dict.fromkeys(file.raw.path for file, _ in files)}
        facts = [self.of_file(file, notes, by_file[file.raw.name], digests[file.raw.path]) for file, notes in files]
        return tuple(facts), rejects

    def left_out(self) -> tuple[LeftOut, ...]:
        """Orders that do not count, by status, word and currency."""
        if not self.uncounted:
            return ()
        parts = pl.concat(self.uncounted).group_by(_OF_UNCOUNTED).agg(pl.col("orders", columns.GROSS_AMOUNT).sum())
        rows = parts.sort(_OF_UNCOUNTED)
        return tuple(
            LeftOut(status=status, said=said, currency=currency, orders=orders, amount=amount)
            for status, said, currency, orders, amount in rows.iter_rows()
        )


_OF_UNCOUNTED: Final = (columns.STATUS, STATUS_WORD, columns.CURRENCY)


def _uncounted(frame: pl.DataFrame) -> pl.DataFrame:
    others = frame.filter(~pl.col(columns.STATUS).is_in(COUNTING))
    return others.group_by(_OF_UNCOUNTED).agg(pl.len().alias("orders"), pl.col(columns.GROSS_AMOUNT).sum())
