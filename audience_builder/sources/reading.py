"""Bytes to text columns: nothing is inferred, nothing is dropped without a count."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Final

import polars as pl

from audience_builder import schemas
from audience_builder.errors import ConfigError, DataError
from audience_builder.shelf import Shelf, laid_in_blocks
from audience_builder.sources.cells import cleaned_cells
from audience_builder.sources.containers import Kind, Part, damage_named, parts
from audience_builder.sources.databases import DatabaseQuery, is_url, without_query
from audience_builder.sources.decoding import DecodedText, settled_encoding
from audience_builder.sources.dialect import Header, no_header, shown_headers
from audience_builder.sources.jsonfiles import json_table
from audience_builder.sources.raw import Chooser, HeaderOnly, RawTable, ReadingOptions
from audience_builder.sources.standard_input import STANDARD_INPUT, standard_input
from audience_builder.sources.textfiles import TextFile
from audience_builder.sources.typed import ParquetTable, TypedTable, parquet_table
from audience_builder.sources.workbooks import Workbook

__all__ = ["Chooser", "RawTable", "ReadingOptions", "expand", "header_rows", "read_tables"]

_DEFAULTS: Final = ReadingOptions()
_GLOB_MARKS: Final = frozenset("*?[")
_LINES_NAMED: Final = 10


def expand(patterns: Sequence[str | Path | DatabaseQuery]) -> list[Path]:
    """Files and globs as a sorted list of files, each once; then what is no file of the user's, in its order.

    Args:
        patterns: Paths, globs, ``-`` for standard input, queries to databases.

    Raises:
        ConfigError: A pattern matches no file; the nearest names in the folder are given.
        DataError, TryAgain: A database gives nothing.
    """
    found: set[Path] = set()
    kept: list[Path] = []
    for pattern in patterns:
        if isinstance(pattern, DatabaseQuery):
            kept.append(pattern.spool.path)
            continue
        if is_url(pattern):
            raise without_query(str(pattern))
        if str(pattern) == STANDARD_INPUT:
            kept.append(standard_input())
            continue
        path = Path(pattern)
        if path.is_file():
            found.add(path)
            continue
        matches = {match for match in _globbed(path) if match.is_file()}
        if not matches:
            raise _missing(path)
        found |= matches
    return [*sorted(found), *dict.fromkeys(kept)]


def _globbed(path: Path) -> list[Path]:
    fixed = next((parent for parent in path.parents if not _GLOB_MARKS & set(str(parent))), Path())
    pattern = path.relative_to(fixed)
    return list(fixed.glob(str(pattern))) if _GLOB_MARKS & set(str(pattern)) else []


def _missing(path: Path) -> ConfigError:
    if not path.parent.is_dir():
        return ConfigError(
            f"There is no file {path.name}.", f"There is no folder {path.parent} either.", "Check the path."
        )
    names = [one.name for one in path.parent.iterdir() if one.is_file()]
    near = get_close_matches(path.name, names, n=3, cutoff=0.5)
    fix = f"Did you mean {' or '.join(near)}?" if near else "Check the name and the folder."
    return ConfigError(f"There is no file {path.name}.", f"The folder has {len(names)} other files.", fix)


def read_tables(
    path: Path, choose: Chooser, options: ReadingOptions = _DEFAULTS, block_rows: int | None = None
) -> list[RawTable]:
    """Read every table of a file whose header row is accepted.

    Args:
        path: CSV, TSV or text, also in gzip or zip; a workbook; Parquet; JSON. The bytes say
            which, not the name.
        choose: Says which columns of a header row to keep, or that it is none.
        options: What the user said about the file.
        block_rows: Rows of a table laid aside at a time; None for all of them as one block.

    Returns:
        One table, or one per member of a zip file that has a known header row.

    Raises:
        ConfigError: The file is missing or unreadable, or an option does not fit it.
        DataError: It is empty, header only, no table, damaged, encrypted, or has no known header row.
    """
    found = parts(path)
    tables: list[RawTable] = []
    left_out: list[str] = []
    for part in found:
        table = _read(part, choose, options, block_rows)
        if table is None:
            left_out.append(part.name.partition("!")[2])
        else:
            tables.append(table)
    if not tables:
        raise _no_header_among(found, options)
    if left_out:
        note = f"Files in it without a header row that we know were left out: {', '.join(left_out)}."
        tables[0] = replace(tables[0], notes=(*tables[0].notes, note))
    return tables


def header_rows(path: Path, options: ReadingOptions = _DEFAULTS) -> list[tuple[str, ...]]:
    """The most plausible header row of each table in a file, also of formats nobody knows.

    A row that may be data is not given: it has to hold a word of the kind headers are made of, and
    nothing that looks like an address, a date or a number.

    Raises:
        ConfigError: The file is missing or unreadable.
        DataError: It is empty, no table, damaged or encrypted.
    """
    return [names for part in parts(path) for names in _header_rows(part, options) if names]


def _read(part: Part, choose: Chooser, options: ReadingOptions, block_rows: int | None) -> RawTable | None:
    """One table, None if it has no header row that ``choose`` accepts."""
    with damage_named(part.name):
        match part.kind:
            case Kind.TEXT:
                return _read_text(part, choose, options, block_rows)
            case Kind.WORKBOOK:
                return _read_workbook(part, choose, options, block_rows)
            case _:
                return _read_typed(part, choose, options, block_rows)


def _read_text(part: Part, choose: Chooser, options: ReadingOptions, block_rows: int | None) -> RawTable | None:
    file = TextFile.opened(part, options)
    header = file.found_header(choose)
    if header is None:
        return None
    cut = file.cut(header, block_rows)
    notes = [
        *file.notes,
        *_preamble_notes(header),
        *([f"{file.nul_bytes:,} NUL bytes were removed."] if file.nul_bytes else []),
        *([f"Footers were left out: {_lines(cut.footers)}."] if cut.footers else []),
        *([f"{cut.blank_records:,} records are blank in every field and were left out."] if cut.blank_records else []),
    ]
    counts = {
        "nul_bytes": file.nul_bytes,
        "preamble_lines": header.preamble_lines,
        "footer_lines": len(cut.footers),
        "blank_records": cut.blank_records,
    }
    return _raw_table(
        part,
        name=part.name,
        header=header,
        blocks=cut.blocks,
        rejects=cut.rejects,
        apostrophes=cut.apostrophes,
        notes=notes,
        counts=counts,
    )


def _read_workbook(part: Part, choose: Chooser, options: ReadingOptions, block_rows: int | None) -> RawTable | None:
    workbook = Workbook.opened(part.open_bytes, part.name)
    names = workbook.sheets(options.sheet)
    for name in names:
        header = workbook.found_header(name, choose)
        if header is None:
            continue
        table, apostrophes = cleaned_cells(workbook.rows_below(name, header), [header.names[at] for at in header.kept])
        others = [other for other in names if other != name]
        notes = [
            *_preamble_notes(header),
            *([f"Sheet {name!r} was read; not read: {', '.join(map(repr, others))}."] if others else []),
        ]
        return _raw_table(
            part,
            name=f"{part.name}!{name}",
            header=header,
            blocks=laid_in_blocks([table], block_rows),
            rejects=pl.DataFrame(schema=schemas.REJECTS),
            apostrophes=apostrophes,
            notes=notes,
            counts={"preamble_lines": header.preamble_lines},
        )
    return None


def _read_typed(part: Part, choose: Chooser, options: ReadingOptions, block_rows: int | None) -> RawTable | None:
    typed, notes, nul_bytes = _typed_table(part, options)
    kept = choose(typed.names)
    if not kept:
        return None
    header = Header(names=typed.names, kept=tuple(kept), line=0, last_line=0, preamble_lines=0)
    apostrophes: Counter[str] = Counter()

    def cleaned() -> Iterator[pl.DataFrame]:
        for texts in typed.texts(kept, block_rows):
            table, stripped = cleaned_cells(texts, [typed.names[at] for at in kept])
            apostrophes.update(stripped)
            yield table

    return _raw_table(
        part,
        name=part.name,
        header=header,
        blocks=laid_in_blocks(cleaned(), block_rows),
        rejects=typed.rejects,
        apostrophes=apostrophes,
        notes=notes,
        counts={"nul_bytes": nul_bytes},
    )


def _typed_table(part: Part, options: ReadingOptions) -> tuple[TypedTable | ParquetTable, list[str], int]:
    """The table, notes about its encoding and the NUL bytes removed."""
    if part.kind is Kind.PARQUET:
        return parquet_table(part.open_bytes, part.name), [], 0
    if part.kind is not Kind.JSON:
        raise DataError(
            f"{part.name} is an archive inside an archive.", f"It is {part.kind.value}.", "Unpack it first."
        )
    encoding = settled_encoding(part.open_bytes, part.name, options.encoding)
    text = DecodedText(part.open_bytes, encoding, part.name)
    table = json_table(text, part.name)
    return table, [encoding.note] if encoding.note else [], text.nul_bytes


def _raw_table(
    part: Part,
    *,
    name: str,
    header: Header,
    blocks: Shelf,
    rejects: pl.DataFrame,
    apostrophes: Mapping[str, int],
    notes: Sequence[str],
    counts: Mapping[str, int],
) -> RawTable:
    counts = {**_NO_COUNTS, **counts, "apostrophes": sum(apostrophes.values())}
    rows_read = blocks.rows() + rejects.height + counts["footer_lines"]
    if not rows_read:
        raise HeaderOnly(
            f"{name} has a header row and no rows below it.",
            f"The header has {len(header.names)} columns.",
            "Export it again with its rows; look at the date range of the export.",
        )
    stripped = ", ".join(f"{column} ({count:,})" for column, count in apostrophes.items())
    return RawTable(
        name=name,
        path=part.path,
        headers=header.names,
        kept=header.kept,
        blocks=blocks,
        rows_read=rows_read,
        rejects=rejects,
        notes=(
            *([part.note] if part.note else []),
            *notes,
            *([f"A leading apostrophe was taken off: {stripped}."] if stripped else []),
        ),
        counts=counts,
    )


_NO_COUNTS: Final = dict.fromkeys(("nul_bytes", "preamble_lines", "footer_lines", "blank_records"), 0)


def _preamble_notes(header: Header) -> list[str]:
    first = header.line - header.preamble_lines
    above = tuple(range(first, header.line))
    return [f"Above the header row, {_lines(above)} left out."] if above else []


def _lines(lines: Sequence[int]) -> str:
    named = ", ".join(f"{line:,}" for line in lines[:_LINES_NAMED])
    more = f" and {len(lines) - _LINES_NAMED:,} more" if len(lines) > _LINES_NAMED else ""
    return f"line{'' if len(lines) == 1 else 's'} {named}{more}"


def _header_rows(part: Part, options: ReadingOptions) -> list[tuple[str, ...]]:
    with damage_named(part.name):
        match part.kind:
            case Kind.TEXT | Kind.WORKBOOK:
                return [shown_headers(rows) for rows in _tables_tried(part, options)]
            case _:
                return [_typed_table(part, options)[0].names]


def _tables_tried(part: Part, options: ReadingOptions) -> list[list[tuple[str, ...]]]:
    """The first rows of each table: of text, under the delimiter that shows the widest header row."""
    if part.kind is Kind.WORKBOOK:
        workbook = Workbook.opened(part.open_bytes, part.name)
        return [workbook.first_rows(name) for name in workbook.sheets(options.sheet)]
    tried = [rows for _, rows in TextFile.opened(part, options).tried()]
    return [max(tried, key=lambda rows: len(shown_headers(rows)))]


def _no_header_among(found: Sequence[Part], options: ReadingOptions) -> DataError:
    first = found[0]
    if len(found) > 1:
        wrong = f"None of the {len(found)} files in {first.path.name} has a header row that we know."
        return DataError(wrong, fix="Look at it with `audience-builder inspect`, then name its columns with --map.")
    if first.kind is Kind.TEXT:
        return no_header(first.name, TextFile.opened(first, options).tried())
    if first.kind is Kind.WORKBOOK:
        return no_header(first.name, [("", rows) for rows in _tables_tried(first, options)])
    return no_header(first.name, [("", [_typed_table(first, options)[0].names])])
