"""Delimiter and header row, found by the names a header has to hold; nothing is sniffed."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from audience_builder.errors import DataError
from audience_builder.sources.headers import cleaned_headers, named_width, plausible_header
from audience_builder.sources.raw import Chooser

__all__ = [
    "DELIMITERS",
    "HEADER_LINES",
    "Header",
    "Row",
    "first_rows",
    "found_header",
    "no_header",
    "shown_headers",
]

DELIMITERS: Final = (",", ";", "\t", "|")
HEADER_LINES: Final = 30
"""The header row begins on one of this many lines."""

_HEAD_CHARACTERS: Final = 64 * 1024
_SEP_LINE: Final = re.compile(r'^"?sep=(.)"?\n', re.IGNORECASE)
"""Excel's own way to name the delimiter of a CSV file."""
_DELIMITER_NAMES: Final = {",": "comma", ";": "semicolon", "\t": "TAB", "|": "pipe"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One record near the top: its first and last physical line and its fields."""

    line: int
    last_line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The header row of a table.

    Args:
        names: All header texts, cleaned.
        kept: Indexes of the columns to keep.
        line: Physical line it begins on.
        last_line: Physical line it ends on.
        preamble_lines: Lines above it, Excel's ``sep=`` line not counted.
        delimiter: What the file's fields are cut at; blank in a workbook.
        width: Fields of a data record.
        has_blank_tail: Data records end with one delimiter more than the header.
    """

    names: tuple[str, ...]
    kept: tuple[int, ...]
    line: int
    last_line: int
    preamble_lines: int
    delimiter: str = ""
    width: int = 0
    has_blank_tail: bool = False


def first_rows(head: str, delimiter: str | None, *, whole: bool) -> Iterator[tuple[str, int, list[Row]]]:
    """Cut the top of a file once for each delimiter it may have.

    Args:
        head: The beginning of the text, LF line ends.
        delimiter: The user's ``--delimiter``.
        whole: Whether ``head`` is the whole text; else its last record is left out, it may be cut off.

    Yields:
        The delimiter, how many ``sep=`` lines come first, and the rows below them.
    """
    sep = _SEP_LINE.match(head)
    text = head[sep.end() :] if sep else head
    wanted = delimiter or (sep.group(1) if sep else None)
    for one in (wanted,) if wanted else DELIMITERS:
        rows = list(_rows(text[:_HEAD_CHARACTERS], one, 1 if sep else 0))
        yield one, 1 if sep else 0, rows if whole and len(text) <= _HEAD_CHARACTERS else rows[:-1]


def _rows(text: str, delimiter: str, lines_above: int) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    last_line = 0
    for cells in reader:
        yield Row(line=lines_above + last_line + 1, last_line=lines_above + reader.line_num, cells=tuple(cells))
        last_line = reader.line_num


def found_header(head: str, choose: Chooser, delimiter: str | None, *, whole: bool) -> Header | None:
    """The first row that ``choose`` accepts, under the delimiter by which it keeps the most columns."""
    found: Header | None = None
    for one, sep_lines, rows in first_rows(head, delimiter, whole=whole):
        for at, row in enumerate(rows):
            if row.line > HEADER_LINES:
                break
            names = cleaned_headers(row.cells)
            kept = choose(names) if names else None
            if not kept:
                continue
            if found is None or len(kept) > len(found.kept):
                width, has_blank_tail = _width(row.cells, rows[at + 1 :])
                found = Header(
                    names=names,
                    kept=tuple(kept),
                    line=row.line,
                    last_line=row.last_line,
                    preamble_lines=row.line - 1 - sep_lines,
                    delimiter=one,
                    width=width,
                    has_blank_tail=has_blank_tail,
                )
            break
    return found


def _width(header: Sequence[str], rows: Iterable[Row]) -> tuple[int, bool]:
    """Fields per record, and whether the last one is a blank that the header does not have.

    Some exports end every line with a delimiter, some only the header or only the data lines.
    """
    named, full = named_width(header), len(header)
    data = [row.cells for row in rows if len(row.cells) >= named and any(row.cells)]
    widths = {len(cells) for cells in data}
    if full > named and widths == {named}:
        return named, False
    if full == named and widths == {named + 1} and not any(cells[-1].strip() for cells in data):
        return named + 1, True
    return full, False


def shown_headers(rows: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """The widest of the first rows that is safe to show as column names; empty if none is."""
    candidates = [names for cells in rows if plausible_header(names := cleaned_headers(cells))]
    return max(candidates, key=len, default=())


def no_header(name: str, tried: Sequence[tuple[str, Sequence[Sequence[str]]]]) -> DataError:
    """The error for a table without a known header row; it shows column names, never data.

    Args:
        name: What messages call the table.
        tried: Each delimiter (blank for a workbook) with the first rows cut at it.
    """
    delimiter, rows = max(tried, key=lambda one: max((named_width(cells) for cells in one[1]), default=0))
    width = max((named_width(cells) for cells in rows), default=0)
    cut = f"Cut at every {_DELIMITER_NAMES.get(delimiter, repr(delimiter))}, they have" if delimiter else "They have"
    shown = shown_headers(rows)
    return DataError(
        f"{name} has no header row that we know among its first {HEADER_LINES} lines.",
        f"{cut} up to {width} column{'' if width == 1 else 's'}{': ' + ', '.join(shown) if shown else ''}.",
        'Look at it with `audience-builder inspect`, then name its columns: --map email="E-Mail".',
    )
