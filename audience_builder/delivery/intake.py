"""Wanted rows, checked as a whole and staged on disk before anything is sent."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from audience_builder.delivery.membership import BUCKET, KEYS, PERSON, VALUE, Layout, bucket_of, fingerprint
from audience_builder.errors import DataError
from audience_builder.hashing import NON_VALUE_DIGESTS, Digest, digested
from audience_builder.spec import Platform

__all__ = ["Intake", "Rows", "stage"]

Rows = pl.DataFrame | pl.LazyFrame | pa.RecordBatchReader | Iterable[pl.DataFrame | pa.RecordBatch]
"""Hashed rows: ``person``, columns named by ``MatchKey.columns``, and the platform's value column."""

_CHUNK_ROWS: Final = 50_000
_FORMS: Final = {
    Digest.SHA256_HEX: r"^[0-9a-f]{64}$",
    Digest.SHA256_BASE64: r"^[A-Za-z0-9+/]{43}=$",
    Digest.MD5_HEX: r"^[0-9a-f]{32}$",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Wanted membership on disk.

    Args:
        path: Parquet: ``person``, ``keys``, the match-key columns, ``value``, ``bucket``.
        rows: People in it.
        layout: Its match-key columns.
        digest: Equal for equal sets of rows, in whatever order they came.
        duplicates: Rows left out because all their match keys were those of another row.
        erased: Rows left out because the person had themselves erased.
    """

    path: Path
    rows: int
    layout: Layout
    digest: str
    duplicates: int
    erased: int


def stage(rows: Rows, platform: Platform, *, into: Path, tombstones: Sequence[str] = ()) -> Intake:
    """Check every row and write them to ``into / "wanted.parquet"``, chunk by chunk.

    Raises:
        DataError: Nothing there, a column that is not hashed, a value that cannot be sent.
    """
    chunks = _chunks(rows)
    first = next(chunks, None)
    if first is None:
        raise _nothing_to_send()
    layout = Layout.of(platform, first.columns)
    _require_columns(first.columns, layout, platform)
    faults: dict[str, int] = {}
    path = into / "arrived.parquet"
    writer: pq.ParquetWriter | None = None
    try:
        for chunk in (first, *()) if chunks is None else _chain(first, chunks):
            for name, count in _faults(chunk, layout, platform).items():
                faults[name] = faults.get(name, 0) + count
            table = _membership(chunk, layout, tombstones).to_arrow()
            writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
            writer.write_table(table.cast(writer.schema))
    finally:
        if writer is not None:
            writer.close()
    _refuse(faults)
    return _settled(path, layout, into, arrived=_count(path))


def _chain(first: pl.DataFrame, rest: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    yield first
    yield from rest


def _count(path: Path) -> int:
    return int(pq.read_metadata(path).num_rows)
