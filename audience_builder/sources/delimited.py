"""Records to text columns: pyarrow cuts the fields, we decide what its refusals mean.

pyarrow gets records that we found ourselves, so a block never ends inside a quoted text and the
number it gives a refused record can be turned into a physical line.
"""

import csv
import io
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv as arrow_csv

from audience_builder import schemas
from audience_builder.columns import COLUMN, FILE, LINE, REASON, SOURCE_ROW
from audience_builder.errors import DataError
from audience_builder.shelf import Shelf, laid_in_blocks
from audience_builder.sources.cells import cleaned_cells
from audience_builder.sources.records import RecordBlock

__all__ = ["CutRecords", "Layout", "cut_records"]

_TOO_FEW: Final = "too few fields"
_TOO_MANY: Final = "too many fields"
_WORKERS: Final = 2
_MOST_BELOW_BLANK: Final = 10
"""Records below the last blank line, if some of them are to be footers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a record is laid out.

    Args:
        delimiter: One ASCII character.
        width: Fields per record.
        kept: Index and name of each column to keep.
        has_blank_tail: Every record ends with a delimiter, so its last field has to be blank.
    """

    delimiter: str
    width: int
    kept: tuple[tuple[int, str], ...]
    has_blank_tail: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CutRecords:
    """All records of one file.

    Args:
        blocks: ``source_row`` and the kept columns, cleaned; at least one frame.
        rejects: As ``schemas.REJECTS``.
        footers: Physical lines of the footers left out.
        blank_records: Records of which every field was blank; they count as blank lines.
        apostrophes: Leading apostrophes stripped, by column.
    """

    blocks: Shelf
    rejects: pl.DataFrame
    footers: tuple[int, ...]
    blank_records: int
    apostrophes: dict[str, int]

    @property
    def table(self) -> pl.DataFrame:
        """All blocks as one frame."""
        return self.blocks.table()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cut:
    table: pl.DataFrame
    short: list[int]
    long: list[int]
    blank_lines: list[int]
    blank_records: int
    apostrophes: dict[str, int]


@dataclass(slots=True, kw_only=True)
class _Account:
    """What is known of all cuts so far, but for their rows: of those only the first and the last few numbers."""

    first: list[int] = field(default_factory=list)
    last: list[int] = field(default_factory=list)
    short: list[int] = field(default_factory=list)
    long: list[int] = field(default_factory=list)
    blank_lines: list[int] = field(default_factory=list)
    blank_records: int = 0
    apostrophes: Counter[str] = field(default_factory=Counter)

    def taken(self, cut: _Cut) -> pl.DataFrame:
        """Take note of a cut; its rows."""
        rows = cut.table[SOURCE_ROW]
        self.first = self.first or rows.head(1).to_list()
        self.last = [*self.last, *rows.tail(_MOST_BELOW_BLANK + 1)][-_MOST_BELOW_BLANK - 1 :]
        self.short += cut.short
        self.long += cut.long
        self.blank_lines += cut.blank_lines
        self.blank_records += cut.blank_records
        self.apostrophes += Counter(cut.apostrophes)
        return cut.table


def cut_records(blocks: Iterable[RecordBlock], layout: Layout, name: str, block_rows: int | None = None) -> CutRecords:
    """Cut records into fields, keep some columns and clean them.

    Args:
        blocks: Records in file order.
        layout: How they are laid out.
        name: The file's name, for rejects and messages.
        block_rows: Rows laid aside at a time; None for all of them as one block.

    Raises:
        DataError: The two cutters disagree about a block; nothing is read rather than shifted.
    """
    account = _Account()
    tables = (account.taken(cut) for cut in _cut_side_by_side(blocks, layout, name))
    laid = laid_in_blocks(chain([_no_rows(layout)], tables), block_rows)
    footers = _footers(pl.Series(account.first + account.last, dtype=pl.Int64), account)
    refused = sorted(
        [(line, _TOO_FEW) for line in account.short if line not in footers]
        + [(line, _TOO_MANY) for line in account.long]
    )
    rejects = pl.DataFrame(
        {
            FILE: [name] * len(refused),
            LINE: [line for line, _ in refused],
            COLUMN: [None] * len(refused),
            REASON: [reason for _, reason in refused],
        },
        schema=schemas.REJECTS,
    )
    return CutRecords(
        blocks=laid,
        rejects=rejects,
        footers=tuple(sorted(footers)),
        blank_records=account.blank_records,
        apostrophes=dict(account.apostrophes),
    )


def _cut_side_by_side(blocks: Iterable[RecordBlock], layout: Layout, name: str) -> Iterator[_Cut]:
    """Cut blocks on two threads, a few at a time, and yield them in order."""
    with ThreadPoolExecutor(_WORKERS) as pool:
        waiting: deque[Future[_Cut]] = deque()
        for block in blocks:
            waiting.append(pool.submit(_cut, block, layout, name))
            if len(waiting) > _WORKERS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _cut(block: RecordBlock, layout: Layout, name: str) -> _Cut:
    too_long: dict[int, bool] = {}

    def refuse(row: arrow_csv.InvalidRow) -> str:  # its text is the whole row: never keep it
        too_long[row.number - 1] = row.actual_columns > row.expected_columns
        return "skip"

    fields = _parsed(block, layout, refuse)
    records = np.delete(np.arange(len(block.lines)), list(too_long))
    if len(records) != fields.height:
        raise DataError(
            f"{name} cannot be cut into records.",
            f"From line {block.lines[0]:,} on there are {len(records):,} records by line ends and "
            f"{fields.height:,} by fields.",
            "Look for quotes in odd places, or export the file again.",
        )
    if layout.has_blank_tail:
        filled = (fields.get_column(f"c{layout.width - 1}").str.strip_chars() != "").to_numpy()
        too_long |= dict.fromkeys(records[filled].tolist(), True)
        fields, records = fields.filter(~filled), records[~filled]
    table, apostrophes = cleaned_cells(_kept(fields, layout), [header for _, header in layout.kept])
    without_text = table.select(pl.all_horizontal(pl.all().is_null())).to_series().to_numpy()
    blank = {at for at in (*too_long, *records[without_text].tolist()) if _is_blank(block, at, layout)}
    filled = ~np.isin(records, list(blank))
    lines = pl.Series(SOURCE_ROW, block.lines[records[filled]], pl.Int64)
    refused = {at: long for at, long in too_long.items() if at not in blank}
    return _Cut(
        table=table.filter(filled).insert_column(0, lines),
        short=[int(block.lines[at]) for at, long in refused.items() if not long],
        long=[int(block.lines[at]) for at, long in refused.items() if long],
        blank_lines=[*block.blank_lines.tolist(), *block.lines[list(blank)].tolist()],
        blank_records=len(blank),
        apostrophes=apostrophes,
    )


def _kept(fields: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    return fields.select(pl.col(f"c{at}").alias(header) for at, header in layout.kept)


def _is_blank(block: RecordBlock, at: int, layout: Layout) -> bool:
    """Whether every field of a record is blank (``,,,`` or ``"","",""``), whatever their number."""
    text = block.text[block.starts[at] : block.starts[at] + block.lengths[at]]
    if text.translate(None, layout.delimiter.encode() + b'" \t\n'):
        return False
    fields = next(csv.reader(io.StringIO(text.decode(), newline=""), delimiter=layout.delimiter))
    return not any(field.strip() for field in fields)


def _parsed(block: RecordBlock, layout: Layout, refuse: Callable[[arrow_csv.InvalidRow], str]) -> pl.DataFrame:
    """The records of the right width, columns named by position: ``c0``, ``c1`` and so on."""
    names = [f"c{at}" for at in range(layout.width)]
    wanted = {f"c{at}" for at, _ in layout.kept} | {names[-1]}
    table = arrow_csv.read_csv(
        pa.BufferReader(block.text),
        arrow_csv.ReadOptions(column_names=names, use_threads=False, block_size=len(block.text) + 1),
        arrow_csv.ParseOptions(delimiter=layout.delimiter, newlines_in_values=True, invalid_row_handler=refuse),
        arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            include_columns=sorted(wanted),
            strings_can_be_null=False,
            check_utf8=False,  # decoding was strict already
        ),
    )
    return pl.DataFrame(table)


def _footers(rows: pl.Series, account: _Account) -> set[int]:
    """Lines of the short records that close the file: nothing wider below, a blank line and data above.

    Args:
        rows: The first row and the last few.
        account: The other records.
    """
    short, long = account.short, account.long
    last_blank = max(account.blank_lines, default=0)
    below = [*rows.filter(rows > last_blank), *(line for line in (*short, *long) if line > last_blank)]
    if not last_blank or len(below) > _MOST_BELOW_BLANK or rows.is_empty() or rows[0] > last_blank:
        return set()
    last_wide = max(rows[-1], *long, 0)
    return {line for line in short if line > max(last_blank, last_wide)}


def _no_rows(layout: Layout) -> pl.DataFrame:
    return pl.DataFrame(schema={SOURCE_ROW: pl.Int64, **{header: pl.String for _, header in layout.kept}})
