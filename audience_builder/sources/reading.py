"""Bytes -> text columns: nothing is inferred, every record is accounted for."""

import gzip
import io
import zipfile
from collections.abc import Sequence
from difflib import get_close_matches
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import polars as pl
import pyarrow as pa
from pyarrow import csv as pa_csv

from audience_builder import columns as c
from audience_builder.errors import ConfigError, DataError
from audience_builder.sources.cells import cleaned_cells, number_text
from audience_builder.sources.decoding import DecodedText, OpenBytes, settled_encoding
from audience_builder.sources.headers import cleaned_headers, plausible_header
from audience_builder.sources.raw import Chooser, RawTable, ReadingOptions
from audience_builder.sources.records import RecordBlock, after_line, record_blocks

__all__ = ["Chooser", "RawTable", "ReadingOptions", "expand", "header_row", "read_tables"]

DELIMITERS: Final = (",", ";", "\t", "|")
HEADER_LINES: Final = 30
MAGIC: Final = {b"PK\x03\x04": "a ZIP archive or workbook", b"\x1f\x8b": "a gzip archive", b"%PDF": "a PDF",
                b"\x89PNG": "a PNG image", b"PAR1": "a Parquet file", b"\xd0\xcf\x11\xe0": "an old Excel workbook"}  # fmt: skip
BOOKS: Final = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")


def expand(patterns: Sequence[str | Path]) -> list[Path]:
    """Files and globs as a sorted list of files, each once.

    Raises:
        ConfigError: A pattern matches nothing.
    """
    found: list[Path] = []
    for pattern in patterns:
        path = Path(pattern)
        matches = [path] if path.is_file() else sorted(path.parent.glob(path.name)) if "*" in path.name or "?" in path.name else []
        if not matches:
            near = get_close_matches(path.name, [one.name for one in path.parent.glob("*")], n=1) if path.parent.is_dir() else []
            raise ConfigError(
                f"There is no file {path.name}.",
                f"Looked in {path.parent}.",
                f"Did you mean {near[0]}?" if near else "Check the name and the folder.",
            )
        found += matches
    return list(dict.fromkeys(found))


def read_tables(path: Path, choose: Chooser, options: ReadingOptions | None = None) -> list[RawTable]:
    """Read every table of a file whose header row is accepted.

    Args:
        path: A CSV, TSV, TXT, gzip, ZIP, workbook, Parquet or JSON-lines file.
        choose: Says which columns to keep, or that a row is no header row.
        options: What the user said about the file.

    Raises:
        ConfigError: The file cannot be opened.
        DataError: It is empty, binary, broken, or has no known header row.
    """
    options = options or ReadingOptions()
    try:
        with path.open("rb") as stream:
            head = stream.read(8)
    except OSError as error:
        raise ConfigError(f"{path.name} cannot be opened.", f"The system says: {error.strerror}.", "Check its permissions.") from None
    if not head:
        raise DataError(f"{path.name} is empty.", "It has 0 bytes.", "Export it again.")
    suffix = path.suffix.lower()
    if head.startswith(b"PAR1") or suffix == ".parquet":
        return [_from_frame(path, pl.read_parquet(path), choose)]
    if suffix in {".jsonl", ".ndjson"}:
        return [_from_frame(path, _read_json_lines(path), choose)]
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return _from_archive(path, choose, options)
    if head.startswith(b"\x1f\x8b"):
        return [_from_text(path, path.name, lambda: gzip.open(path, "rb"), choose, options)]
    for magic, kind in MAGIC.items():
        if head.startswith(magic):
            raise DataError(f"{path.name} is no table.", f"It is {kind}.", "Export the data as CSV or XLSX.")
    return [_from_text(path, path.name, partial(path.open, "rb"), choose, options)]


def header_row(path: Path, options: ReadingOptions | None = None) -> tuple[str, ...]:
    """The most plausible header row of a file, whatever its format; empty if none looks like one."""
    seen: list[tuple[str, ...]] = []

    def remember(names: tuple[str, ...]) -> None:
        if plausible_header(names):
            seen.append(names)

    try:
        read_tables(path, remember, options)
    except DataError:
        return max(seen, key=len, default=())
    return max(seen, key=len, default=())


def _no_header(name: str, widest: int) -> DataError:
    return DataError(
        f"{name} has no header row of a known format.",
        f"Its first lines have up to {widest} columns.",
        'Look at it with `audience-builder inspect`, then name the columns: --map email="E-Mail".',
    )


def _from_archive(path: Path, choose: Chooser, options: ReadingOptions) -> list[RawTable]:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            members = [one.filename for one in archive.infolist() if one.filename.lower().endswith((".csv", ".tsv", ".txt"))]
            is_book = any(one.filename.startswith("xl/") or one.filename == "mimetype" for one in archive.infolist())
        if not is_book:
            if not members:
                raise DataError(f"{path.name} holds no table.", "There is no .csv, .tsv or .txt in it.", "Unpack it and give the right file.")
            return [
                _from_text(path, f"{path.name}!{Path(member).name}", partial(_open_member, path, member), choose, options)
                for member in members
            ]
    return [_from_book(path, choose, options)]


def _open_member(path: Path, member: str) -> BinaryIO:
    with zipfile.ZipFile(path) as archive:
        return io.BytesIO(archive.read(member))


def _from_text(path: Path, name: str, open_bytes: OpenBytes, choose: Chooser, options: ReadingOptions) -> RawTable:
    encoding = settled_encoding(open_bytes, name, options.encoding)
    notes = [encoding.note] if encoding.note else []
    head = _first_lines(DecodedText(open_bytes, encoding, name))
    if not any(line.strip() for line in head):
        raise DataError(f"{name} is empty.", "It has no text.", "Export it again.")
    delimiter, header_line, cells, kept = _find_header(name, head, choose, options.delimiter)
    if header_line > 1:
        notes.append(f"{header_line - 1} line(s) above the header row were left out.")
    text = DecodedText(open_bytes, encoding, name)
    body = after_line(iter(text), header_line + _extra_lines(head, header_line, delimiter))
    blocks = record_blocks(body, delimiter=delimiter, first_line=header_line + 1, name=name)
    tables, rejects, rows = [], [], 0
    for block in blocks:
        table, refused = _tokenised(block, delimiter, cells)
        rows += len(block.lines)
        tables.append(table)
        rejects += refused
    if text.nul_bytes:
        notes.append(f"{text.nul_bytes:,} NUL character(s) were removed.")
    counts = {"nul_bytes": text.nul_bytes, "preamble_lines": header_line - 1}
    return _finished(path, name, cells, kept, pl.concat(tables) if tables else None, rows, rejects, notes, counts)


def _extra_lines(head: Sequence[str], header_line: int, delimiter: str) -> int:
    """Lines the header record goes on for, where a quoted name holds a line break."""
    text = "\n".join(head[header_line - 1 :]).encode() + b"\n"
    first = next(record_blocks(iter([text]), delimiter=delimiter, first_line=1, name="header"), None)
    if first is None or len(first.lines) < 2:  # noqa: PLR2004
        return 0
    return int(first.text[: int(first.starts[0] + first.lengths[0])].count(b"\n"))


def _first_lines(text: DecodedText) -> list[str]:
    held = b""
    for block in text:
        held += block
        if held.count(b"\n") > HEADER_LINES:
            break
    return held.decode("utf-8", "replace").split("\n")[: HEADER_LINES + 1]


def _find_header(
    name: str, head: Sequence[str], choose: Chooser, wanted: str | None
) -> tuple[str, int, list[str], tuple[int, ...]]:
    """Delimiter, physical line of the header row, its cells, and the columns to keep."""
    import csv  # noqa: PLC0415  for the first lines only

    widest = 0
    lines = list(head)
    marked = lines[0].strip().strip('"')[4:5] if lines[0].strip().strip('"').lower().startswith("sep=") else ""
    for delimiter in [wanted or marked] if wanted or marked else DELIMITERS:
        reader = csv.reader(islice((f"{line}\n" for line in lines), HEADER_LINES), delimiter=delimiter)
        line = 1
        for cells in reader:
            names = cleaned_headers(cells)
            widest = max(widest, len(names))
            kept = choose(names) if names else None
            if kept is not None:
                return delimiter, line, list(cells), tuple(kept)
            line = reader.line_num + 1
    raise _no_header(name, widest)


def _tokenised(block: RecordBlock, delimiter: str, cells: Sequence[str]) -> tuple[pl.DataFrame, list[tuple[int, str]]]:
    """The block's records as text columns; those of another width are refused by line."""
    names = [f"c{place}" for place in range(len(cells))]
    refused: list[tuple[int, str]] = []

    def refuse(row: Any) -> str:
        refused.append((row.number, "more columns than the header" if row.actual_columns > row.expected_columns else "fewer columns than the header"))
        return "skip"

    table = pa_csv.read_csv(
        pa.BufferReader(block.text),
        pa_csv.ReadOptions(column_names=names, use_threads=False, block_size=len(block.text) + 1),
        pa_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True, invalid_row_handler=refuse),
        pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, quoted_strings_can_be_null=False),
    )
    wrong = np.array([number - 1 for number, _ in refused], np.int64)
    lines = np.delete(block.lines, wrong)
    frame = pl.from_arrow(table)
    numbered = frame.with_columns(pl.Series(c.SOURCE_ROW, lines, pl.Int64))  # type: ignore[union-attr]
    return numbered, [(int(block.lines[number - 1]), why) for number, why in refused]


def _finished(
    path: Path, name: str, cells: Sequence[str], kept: Sequence[int], table: pl.DataFrame | None,
    rows: int, refused: Sequence[tuple[int, str]], notes: list[str], counts: dict[str, int],
) -> RawTable:  # fmt: skip
    """Keep the chosen columns under their names and clean their cells."""
    headers = cleaned_headers(cells)
    if table is None or rows == 0:
        raise DataError(f"{name} has a header row and nothing below it.", f"It has {len(headers)} columns.", "Export it again, with its rows.")
    chosen = table.select(c.SOURCE_ROW, *(pl.col(f"c{place}").alias(headers[place]) for place in kept))
    clean, apostrophes = cleaned_cells(chosen, [headers[place] for place in kept])
    if apostrophes:
        total = sum(apostrophes.values())
        notes.append(f"{total:,} leading apostrophe(s) of a spreadsheet were taken off.")
        counts["apostrophes"] = total
    rejects = pl.DataFrame(
        [(name, line, None, why) for line, why in refused], schema=dict(c.REJECTS_SCHEMA), orient="row"
    )
    return RawTable(
        name=name, path=path, headers=headers, kept=tuple(kept), table=clean, rows_read=rows, rejects=rejects,
        notes=tuple(notes), counts=counts,
    )  # fmt: skip


def _from_frame(path: Path, frame: pl.DataFrame, choose: Chooser) -> RawTable:
    """Typed columns as the text they stand for."""
    kept = choose(tuple(frame.columns))
    if kept is None:
        raise _no_header(path.name, frame.width)
    text = frame.select(_as_text(frame, place).alias(f"c{place}") for place in range(frame.width))
    numbered = text.with_row_index(c.SOURCE_ROW, offset=1).with_columns(pl.col(c.SOURCE_ROW).cast(pl.Int64))
    return _finished(path, path.name, frame.columns, kept, numbered, frame.height, [], [], {})


def _as_text(frame: pl.DataFrame, place: int) -> pl.Expr:
    name, dtype = frame.columns[place], frame.dtypes[place]
    if dtype.is_float():
        return pl.col(name).map_elements(number_text, return_dtype=pl.String)
    if isinstance(dtype, pl.Datetime):
        return pl.col(name).dt.to_string("%Y-%m-%d %H:%M:%S%.f" + ("%z" if dtype.time_zone else ""))
    if isinstance(dtype, pl.List | pl.Struct):
        return pl.lit(None, pl.String)
    return pl.col(name).cast(pl.String)


def _read_json_lines(path: Path) -> pl.DataFrame:
    try:
        return pl.read_ndjson(path, infer_schema_length=None)
    except pl.exceptions.PolarsError:
        raise DataError(f"{path.name} is no JSON-lines file.", "A line could not be read.", "Write one JSON object per line.") from None


def _from_book(path: Path, choose: Chooser, options: ReadingOptions) -> RawTable:
    import python_calamine  # noqa: PLC0415  only for workbooks

    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
    except python_calamine.CalamineError:
        raise DataError(f"{path.name} cannot be read as a workbook.", "It is damaged or protected by a password.", "Save it again as .xlsx without a password.") from None
    if options.sheet is not None and options.sheet not in book.sheet_names:
        raise ConfigError(f"{path.name} has no sheet {options.sheet!r}.", f"It has: {', '.join(book.sheet_names)}.", "Name one with --sheet.")
    widest = 0
    for sheet in [options.sheet] if options.sheet else book.sheet_names:
        rows = [[_cell_text(cell) for cell in row] for row in book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)]
        for place, cells in enumerate(rows[:HEADER_LINES]):
            names = cleaned_headers(cells)
            widest = max(widest, len(names))
            kept = choose(names) if names else None
            if kept is not None:
                return _from_sheet(path, f"{path.name}!{sheet}", rows, place, kept)
    raise _no_header(path.name, widest)


def _from_sheet(path: Path, name: str, rows: list[list[str]], place: int, kept: Sequence[int]) -> RawTable:
    cells = rows[place]
    filled = [(number, row) for number, row in enumerate(rows[place + 1 :], start=place + 2) if any(row)]
    table = pl.DataFrame(
        {c.SOURCE_ROW: [number for number, _ in filled], **{f"c{at}": [row[at] for _, row in filled] for at in range(len(cells))}},
        schema={c.SOURCE_ROW: pl.Int64, **{f"c{at}": pl.String for at in range(len(cells))}},
    )
    notes = [f"{place} row(s) above the header row were left out."] if place else []
    return _finished(path, name, cells, kept, table, len(filled), [], notes, {"preamble_lines": place})


def _cell_text(cell: object) -> str:
    """A workbook's cell as a person sees it."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return number_text(cell)
    return str(cell)
