"""Records to text columns: pyarrow cuts the fields, we decide what its refusals mean.

pyarrow gets records that we found ourselves, so a block never ends inside a quoted text and the
number it gives a refused record can be turned into a physical line.
"""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv

from audience_builder.columns import COLUMN, FILE, LINE, REASON, REJECTS_SCHEMA, SOURCE_ROW
from audience_builder.errors import DataError
from audience_builder.sources.cells import cleaned_cells
from audience_builder.sources.records import RecordBlock

__all__ = ["CutRecords", "Layout", "cut_records"]

_TOO_FEW: Final = "too few fields"
_TOO_MANY: Final = "too many fields"
_WORKERS: Final = 2
_MOST_FOOTERS: Final = 10


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
        table: ``source_row`` and the kept columns, cleaned.
        rejects: As ``columns.REJECTS_SCHEMA``.
        footers: Physical lines of the footers left out.
        blank_records: Records of which every field was blank; they count as blank lines.
        apostrophes: Leading apostrophes stripped, by column.
    """

    table: pl.DataFrame
    rejects: pl.DataFrame
    footers: tuple[int, ...]
    blank_records: int
    apostrophes: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cut:
    table: pl.DataFrame
    short: list[int]
    long: list[int]
    blank_lines: list[int]
    blank_records: int
    apostrophes: dict[str, int]


def cut_records(blocks: Iterable[RecordBlock], layout: Layout, name: str) -> CutRecords:
    """Cut records into fields, keep some columns and clean them.

    Args:
        blocks: Records in file order.
        layout: How they are laid out.
        name: The file's name, for rejects and messages.

    Raises:
        DataError: The two cutters disagree about a block; nothing is read rather than shifted.
    """
    cuts = list(_cut_side_by_side(blocks, layout, name))
    table = pl.concat([cut.table for cut in cuts]) if cuts else _no_rows(layout)
    short = list(chain.from_iterable(cut.short for cut in cuts))
    long = list(chain.from_iterable(cut.long for cut in cuts))
    blank_lines = list(chain.from_iterable(cut.blank_lines for cut in cuts))
    footers = _footers(table[SOURCE_ROW], short, long, blank_lines)
    refused = sorted(
        [(line, _TOO_FEW) for line in short if line not in footers] + [(line, _TOO_MANY) for line in long]
    )
    rejects = pl.DataFrame(
        {
            FILE: [name] * len(refused),
            LINE: [line for line, _ in refused],
            COLUMN: [None] * len(refused),
            REASON: [reason for _, reason in refused],
        },
        schema=REJECTS_SCHEMA,
    )
    return CutRecords(
        table=table,
        rejects=rejects,
        footers=tuple(sorted(footers)),
        blank_records=sum(cut.blank_records for cut in cuts),
        apostrophes=dict(sum((Counter(cut.apostrophes) for cut in cuts), Counter())),
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
    refusals = _Refusals()
    fields = _parsed(block, layout, refusals)
    cut = np.ones(len(block.lines), bool)
    cut[[*refusals.short, *refusals.long, *refusals.blank]] = False
    if int(cut.sum()) != fields.height:
        raise DataError(
            f"{name} cannot be cut into records.",
            f"Between lines {block.lines[0]:,} and {block.lines[-1]:,} there are {cut.sum():,} records by their "
            f"line ends and {fields.height:,} by their fields.",
            "Look for quotes in odd places, or export the file again.",
        )
    blank = [*_blank_records(block, layout), *refusals.blank]
    long = [*refusals.long, *_filled_tails(fields, layout, cut)]
    good = cut.copy()
    good[[*blank, *long]] = False
    right = fields.filter(pl.Series(good[cut]))
    kept = right.select(pl.col(f"c{at}").alias(header) for at, header in layout.kept)
    table = kept.insert_column(0, pl.Series(SOURCE_ROW, block.lines[good], pl.Int64))
    table, apostrophes = cleaned_cells(table, [header for _, header in layout.kept])
    return _Cut(
        table=table,
        short=block.lines[refusals.short].tolist(),
        long=block.lines[long].tolist(),
        blank_lines=[*block.blank_lines.tolist(), *block.lines[blank].tolist()],
        blank_records=len(blank),
        apostrophes=apostrophes,
    )


@dataclass(slots=True)
class _Refusals:
    """Indexes of the records pyarrow refused; their text is looked at, never kept."""

    short: list[int] = field(default_factory=list)
    long: list[int] = field(default_factory=list)
    blank: list[int] = field(default_factory=list)

    def __call__(self, row: csv.InvalidRow) -> str:
        index = row.number - 1
        if not row.text.strip():
            self.blank.append(index)
        elif row.actual_columns < row.expected_columns:
            self.short.append(index)
        else:
            self.long.append(index)
        return "skip"


def _parsed(block: RecordBlock, layout: Layout, refusals: _Refusals) -> pl.DataFrame:
    """The records of the right width, columns named by position: ``c0``, ``c1`` and so on."""
    names = [f"c{at}" for at in range(layout.width)]
    wanted = {f"c{at}" for at, _ in layout.kept} | {names[-1]}
    table = csv.read_csv(
        pa.BufferReader(block.text),
        csv.ReadOptions(column_names=names, use_threads=False, block_size=len(block.text) + 1),
        csv.ParseOptions(delimiter=layout.delimiter, newlines_in_values=True, invalid_row_handler=refusals),
        csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            include_columns=sorted(wanted),
            strings_can_be_null=False,
            check_utf8=False,  # decoding was strict already
        ),
    )
    return pl.DataFrame(table)


def _blank_records(block: RecordBlock, layout: Layout) -> list[int]:
    """Indexes of records of the full width without a character in any field (``,,,`` or ``"","",""``)."""
    bare, quoted = layout.width - 1, 3 * layout.width - 1
    candidates = np.flatnonzero((block.lengths == bare) | (block.lengths == quoted))
    blank_texts = {layout.delimiter.encode() * bare, layout.delimiter.join(['""'] * layout.width).encode()}
    return [
        int(at)
        for at in candidates
        if block.text[block.starts[at] : block.starts[at] + block.lengths[at]] in blank_texts
    ]


def _filled_tails(fields: pl.DataFrame, layout: Layout, cut: NDArray[np.bool_]) -> list[int]:
    """Indexes of records with text in the last field, where that field has no name."""
    if not layout.has_blank_tail:
        return []
    filled = fields.get_column(f"c{layout.width - 1}").str.strip_chars().str.len_bytes() > 0
    return [int(at) for at in np.flatnonzero(cut)[filled.to_numpy()]]


def _footers(
    rows: pl.Series, short: Sequence[int], long: Sequence[int], blank_lines: Sequence[int]
) -> set[int]:
    """Lines of the short records that close the file: the last few, after a blank line, below some data."""
    last_blank = max(blank_lines, default=0)
    rows_below = int((rows > last_blank).sum())
    tail = [line for line in short if line > last_blank]
    below = rows_below + len(tail) + sum(line > last_blank for line in long)
    if not last_blank or below > _MOST_FOOTERS or rows_below == len(rows):
        return set()
    return set(tail)


def _no_rows(layout: Layout) -> pl.DataFrame:
    return pl.DataFrame(schema={SOURCE_ROW: pl.Int64, **{header: pl.String for _, header in layout.kept}})
