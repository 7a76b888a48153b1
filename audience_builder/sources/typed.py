"""Tables whose columns have types already, as those of Parquet: back to exact text."""

import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from audience_builder import schemas
from audience_builder.columns import SOURCE_ROW
from audience_builder.errors import DataError
from audience_builder.sources.cells import number_text
from audience_builder.sources.decoding import OpenBytes
from audience_builder.sources.headers import cleaned_headers

__all__ = ["ParquetTable", "TypedTable", "json_text", "parquet_table"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedTable:
    """A table before its columns are chosen.

    Args:
        names: All column names, cleaned.
        frame: One column per name in the same order, types as found.
        record_numbers: Where each row was in the file, 1-based.
        rejects: As ``schemas.REJECTS``.
    """

    names: tuple[str, ...]
    frame: pl.DataFrame
    record_numbers: pl.Series
    rejects: pl.DataFrame

    def texts(self, kept: Sequence[int], block_rows: int | None = None) -> Iterator[pl.DataFrame]:
        """Yield ``source_row`` and the kept columns as exact text: here at once, whatever a block is."""
        del block_rows
        columns = [_text(self.frame.to_series(at)).alias(self.names[at]) for at in kept]
        yield pl.DataFrame([self.record_numbers.alias(SOURCE_ROW), *columns])


@dataclass(frozen=True, slots=True, kw_only=True)
class ParquetTable:
    """A Parquet file before its columns are chosen, read a few groups of rows at a time.

    Args:
        names: All column names, cleaned.
        rejects: As ``schemas.REJECTS``: none.
        groups: Rows of each group the file is written in.
        source: The file, or its bytes where it is no file of its own.
        name: What messages call it.
    """

    names: tuple[str, ...]
    rejects: pl.DataFrame
    groups: tuple[int, ...]
    source: Path | bytes
    name: str

    def texts(self, kept: Sequence[int], block_rows: int | None = None) -> Iterator[pl.DataFrame]:
        """Yield ``source_row`` (record number, 1-based) and the kept columns as exact text, rows of a block or less.

        Raises:
            DataError: It is damaged or of a kind Polars does not read.
        """
        for start, rows in _runs(self.groups, block_rows):
            with _damage_named(self.name):
                frame = _scanned(self.source).select(pl.nth(*kept)).slice(start, rows).collect()
            numbers = pl.int_range(start + 1, start + frame.height + 1, dtype=pl.Int64, eager=True).alias(SOURCE_ROW)
            texts = [_text(frame.to_series(at)).alias(self.names[column]) for at, column in enumerate(kept)]
            yield pl.DataFrame([numbers, *texts])


def parquet_table(open_bytes: OpenBytes, name: str) -> ParquetTable:
    """Open a Parquet file.

    Raises:
        DataError: It is damaged or of a kind Polars does not read.
    """
    with _damage_named(name), open_bytes() as stream:
        path = Path(stream.name) if isinstance(stream, io.BufferedReader) and isinstance(stream.name, str) else None
        source = stream.read() if path is None else path
        told = pq.read_metadata(io.BytesIO(source) if isinstance(source, bytes) else source)
        return ParquetTable(
            names=cleaned_headers(_scanned(source).collect_schema().names()),
            rejects=pl.DataFrame(schema=schemas.REJECTS),
            groups=tuple(told.row_group(number).num_rows for number in range(told.num_row_groups)),
            source=source,
            name=name,
        )


def _scanned(source: Path | bytes) -> pl.LazyFrame:
    return pl.scan_parquet(io.BytesIO(source) if isinstance(source, bytes) else source, glob=False)


def _runs(groups: Sequence[int], block_rows: int | None) -> Iterator[tuple[int, int]]:
    """First row and rows of what is read in one go: whole groups up to a block; one that is larger, in parts.

    >>> list(_runs([2, 2, 7], 4)), list(_runs([2, 2, 7], None))
    ([(0, 4), (4, 4), (8, 3)], [(0, 11)])
    """
    start = rows = 0
    for group in groups:
        if rows and block_rows is not None and rows + group > block_rows:
            yield start, rows
            start, rows = start + rows, 0
        rows += group
        while block_rows is not None and rows > block_rows:
            yield start, block_rows
            start, rows = start + block_rows, rows - block_rows
    yield start, rows


@contextmanager
def _damage_named(name: str) -> Iterator[None]:
    try:
        yield
    except (pl.exceptions.PolarsError, pa.ArrowException, OSError):
        raise DataError(
            f"{name} cannot be read as Parquet.", "It is damaged or encrypted.", "Write it again."
        ) from None


def json_text(value: object) -> str | None:
    """A value of a nested column as text; what is nested further stays JSON."""
    match value:
        case None:
            return None
        case str():
            return value
        case bool():
            return "TRUE" if value else "FALSE"
        case _:
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _text(series: pl.Series) -> pl.Series:
    """A typed column as text: decimals and integers exactly, instants as ISO 8601 with their offset."""
    match series.dtype:
        case pl.Boolean:
            text = series.cast(pl.String).str.to_uppercase()
        case pl.Float32:  # its shortest digits are fewer than those of the same number in 64 bits
            text = _text(series.cast(pl.String).cast(pl.Float64))
        case pl.Float64:
            text = series.fill_nan(None).map_elements(number_text, pl.String)
        case pl.Datetime(time_zone=None):
            text = series.dt.to_string("%Y-%m-%d %H:%M:%S%.f")
        case pl.Datetime():
            text = series.dt.to_string("%Y-%m-%dT%H:%M:%S%.f%:z")
        case pl.Binary:
            text = series.cast(pl.String, strict=False)
        case dtype if dtype.is_nested():
            text = pl.Series(series.name, [json_text(value) for value in series.to_list()], pl.String)
        case _:
            text = series.cast(pl.String)
    return text
