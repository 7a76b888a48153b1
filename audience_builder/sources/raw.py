"""What reading hands over: text columns with line numbers, and what was left out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from audience_builder.errors import DataError
from audience_builder.shelf import Shelf

__all__ = ["Chooser", "HeaderOnly", "RawTable", "ReadingOptions"]

Chooser = Callable[[tuple[str, ...]], Sequence[int] | None]
"""Cleaned texts of a candidate header row -> indexes of the columns to keep, None if it is no header."""


class HeaderOnly(DataError):
    """A file of one row, which was taken for its header."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingOptions:
    """What a user may say about a file; None leaves it to the file.

    Args:
        encoding: Name of the text encoding (``cp1252``).
        delimiter: The one character between two fields.
        sheet: Name of the worksheet to read. None: the first one that has a known header.
    """

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RawTable:
    """One table of a file as text, nothing inferred.

    ``rows_read`` equals the rows of ``blocks`` plus the rows of ``rejects`` plus ``counts["footer_lines"]``.

    Args:
        name: File name, then ``!member`` or ``!sheet`` where there is one; never a folder.
        path: The file.
        headers: All header texts in file order, trimmed, spaces folded, duplicates numbered.
        kept: Indexes of the headers that have a column in ``blocks``.
        blocks: ``source_row`` (physical line, 1-based; sheet row; record number in Parquet) and one
            text column per kept header, named by the header. Blank cells are null. At least one frame.
        rows_read: Data records seen.
        rejects: Records that could not be cut into fields, as ``schemas.REJECTS``.
        notes: Everything that was changed or left out, in plain words.
        counts: The same facts as numbers.
    """

    name: str
    path: Path
    headers: tuple[str, ...]
    kept: tuple[int, ...]
    blocks: Shelf
    rows_read: int
    rejects: pl.DataFrame
    notes: tuple[str, ...]
    counts: Mapping[str, int]

    @property
    def table(self) -> pl.DataFrame:
        """All blocks as one frame."""
        return self.blocks.table()
