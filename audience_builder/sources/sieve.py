"""Rows that fall through, each with its reason: rejected ones to the reject file, left-out ones counted."""

from collections import Counter
from dataclasses import dataclass, field

import polars as pl

from audience_builder import columns

__all__ = ["Sieve"]


@dataclass(slots=True, kw_only=True)
class Sieve:
    """A frame that only shrinks, with an account of where its rows went.

    Args:
        frame: Rows with ``source`` (what the file is called) and ``source_row``.
        rejects: One frame of ``schemas.REJECTS`` per step that refused rows.
        dropped: (file, reason) -> rows that are no orders, by intent.
        folded: file -> lines and refund rows that became part of an order.
    """

    frame: pl.DataFrame
    rejects: list[pl.DataFrame] = field(default_factory=list)
    dropped: Counter[tuple[str, str]] = field(default_factory=Counter)
    folded: Counter[str] = field(default_factory=Counter)

    def reject(self, where: pl.Expr, reason: str, column: str | None = None) -> None:
        """Refuse rows: the data has to change before they can count."""
        gone = self._take(where)
        if gone.is_empty():
            return
        self.rejects.append(
            gone.select(
                pl.col(columns.SOURCE).alias(columns.FILE),
                pl.col(columns.SOURCE_ROW).alias(columns.LINE),
                pl.lit(column, pl.String).alias(columns.COLUMN),
                pl.lit(reason).alias(columns.REASON),
            )
        )

    def drop(self, where: pl.Expr, reason: str) -> pl.DataFrame:
        """Leave rows out that are no orders."""
        gone = self._take(where)
        for file, rows in gone[columns.SOURCE].value_counts().iter_rows():
            self.dropped[file, reason] += rows
        return gone

    def fold(self, where: pl.Expr) -> pl.DataFrame:
        """Take rows out that another row has taken in."""
        gone = self._take(where)
        for file, rows in gone[columns.SOURCE].value_counts().iter_rows():
            self.folded[file] += rows
        return gone

    def absorb(self, other: "Sieve") -> None:
        """Take over another sieve's account."""
        self.rejects += other.rejects
        self.dropped += other.dropped
        self.folded += other.folded

    def _take(self, where: pl.Expr) -> pl.DataFrame:
        mask = self.frame.select(columns.SOURCE_ROW, where=where.fill_null(value=False))["where"]
        if not mask.any():
            return self.frame.clear()
        gone = self.frame.filter(mask)
        self.frame = self.frame.filter(~mask)
        return gone
