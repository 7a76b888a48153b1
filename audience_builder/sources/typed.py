"""Tables whose columns have types already, as those of Parquet: back to exact text."""

import io
import json
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from audience_builder import schemas
from audience_builder.columns import SOURCE_ROW
from audience_builder.errors import DataError
from audience_builder.sources.cells import number_text
from audience_builder.sources.decoding import OpenBytes
from audience_builder.sources.headers import cleaned_headers

__all__ = ["TypedTable", "json_text", "parquet_table"]


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

    def texts(self, kept: Iterable[int]) -> pl.DataFrame:
        """``source_row`` and the kept columns as exact text."""
        columns = [_text(self.frame.to_series(at)).alias(self.names[at]) for at in kept]
        return pl.DataFrame([self.record_numbers.alias(SOURCE_ROW), *columns])


def parquet_table(open_bytes: OpenBytes, name: str) -> TypedTable:
    """Read a Parquet file.

    Raises:
        DataError: It is damaged or of a kind Polars does not read.
    """
    try:
        with open_bytes() as stream:
            frame = pl.read_parquet(io.BytesIO(stream.read()))
    except (pl.exceptions.PolarsError, OSError):
        raise DataError(
            f"{name} cannot be read as Parquet.", "It is damaged or encrypted.", "Write it again."
        ) from None
    numbers = pl.int_range(1, frame.height + 1, dtype=pl.Int64, eager=True)
    return TypedTable(
        names=cleaned_headers(frame.columns),
        frame=frame,
        record_numbers=numbers,
        rejects=pl.DataFrame(schema=schemas.REJECTS),
    )


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
