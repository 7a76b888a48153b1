"""Wanted rows, checked as a whole and staged on disk before anything is sent."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final, TypeAlias

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from audience_builder.delivery.membership import (
    BUCKET,
    KEYS,
    PERSON,
    VALUE,
    Layout,
    bucket_of,
    fingerprint,
)
from audience_builder.errors import DataError
from audience_builder.hashing import NON_VALUE_DIGESTS, Digest, text_sha256
from audience_builder.spec import Platform

__all__ = ["Intake", "Rows", "stage"]

Rows: TypeAlias = pl.DataFrame | pl.LazyFrame | pa.RecordBatchReader | Iterable[pl.DataFrame | pa.RecordBatch]
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

    def scan(self) -> pl.LazyFrame:
        """The wanted membership."""
        return pl.scan_parquet(self.path)


def stage(rows: Rows, platform: Platform, *, into: Path, tombstones: Sequence[str] = ()) -> Intake:
    """Check every row and write the wanted membership to a file, chunk by chunk.

    Raises:
        DataError: Nothing there, a column that is not hashed, a value that cannot be sent.
    """
    chunks = _chunks(rows)
    first = next(chunks, None)
    if first is None:
        raise _nothing_to_send("The list of rows is empty.")
    layout = Layout.of(platform, first.columns)
    _require_columns(first.columns, layout, platform)
    arrived = into / "arrived.parquet"
    seen, faults = _write(chain([first], chunks), platform, layout, arrived, frozenset(tombstones))
    _refuse(faults, seen)
    table = pl.scan_parquet(arrived)
    wanted = into / "wanted.parquet"
    kept = _without_duplicates(table, wanted)
    arrived.unlink()
    staged = int(pq.read_metadata(wanted).num_rows)
    if staged == 0:
        raise _nothing_to_send(f"All {seen} rows belong to people who had themselves erased.")
    _require_spread(wanted, layout, staged)
    return Intake(
        path=wanted,
        rows=staged,
        layout=layout,
        digest=_set_digest(pl.scan_parquet(wanted)),
        duplicates=kept - staged,
        erased=seen - kept,
    )


def _chunks(rows: Rows) -> Iterator[pl.DataFrame]:
    if isinstance(rows, pl.LazyFrame):
        source: Iterable[pl.DataFrame | pa.RecordBatch] = rows.collect_batches(chunk_size=_CHUNK_ROWS)
    elif isinstance(rows, pl.DataFrame):
        source = rows.iter_slices(_CHUNK_ROWS)
    else:
        source = rows
    for part in source:
        frame = part if isinstance(part, pl.DataFrame) else pl.DataFrame(part)
        if frame.height:
            yield from frame.iter_slices(_CHUNK_ROWS)


def _require_columns(present: Sequence[str], layout: Layout, platform: Platform) -> None:
    if PERSON not in present:
        raise DataError(
            "The rows do not say who is who.",
            f'There is no column "{PERSON}"; the columns are {", ".join(present)}.',
            "Pass rows as the audience stage makes them.",
        )
    if not layout.identifying:
        names = " or ".join("+".join(names) for names in platform.identifies)
        raise DataError(
            f"The rows hold nothing {platform.title} can identify a person by.",
            f"Their match keys are {', '.join(layout.cells) or 'none'}.",
            f"Send at least {names}.",
        )


def _write(
    chunks: Iterable[pl.DataFrame], platform: Platform, layout: Layout, path: Path, erased: frozenset[str]
) -> tuple[int, dict[str, int]]:
    """Write the chunks as membership rows; rows seen, and faults by description."""
    schema = {
        PERSON: pl.String,
        KEYS: pl.String,
        **dict.fromkeys(layout.cells, pl.String),
        VALUE: pl.Float64,
        BUCKET: pl.Int32,
    }
    seen = 0
    faults: dict[str, int] = {}
    arrow = pl.DataFrame(schema=schema).to_arrow().schema
    with pq.ParquetWriter(path, arrow, compression="zstd") as writer:
        for chunk in chunks:
            clean = chunk.with_columns(pl.col(layout.cells).cast(pl.String).replace("", None))
            seen += clean.height
            for name, count in _faults(clean, layout, platform).items():
                faults[name] = faults.get(name, 0) + count
            if erased:
                clean = clean.filter(~layout.carries(erased))
            writer.write_table(_membership(clean, layout, schema).to_arrow().cast(arrow))
    return seen, faults


def _faults(chunk: pl.DataFrame, layout: Layout, platform: Platform) -> dict[str, int]:
    """How many cells or rows are wrong, by what is wrong with them."""
    checks = {
        "rows without a usable match key": ~layout.identified(),
        "rows without a person": pl.col(PERSON).is_null(),
    }
    for key in platform.match_keys:
        form = _FORMS.get(key.digest)
        for name in key.columns:
            if form is not None and name in layout.cells:
                cell = pl.col(name)
                checks[f"cells of {name} that are not hashed"] = ~cell.str.contains(form)
                checks[f"cells of {name} that are the hash of an empty value"] = cell.is_in(NON_VALUE_DIGESTS)
    if layout.value_column is not None:
        value = pl.col(layout.value_column).cast(pl.Float64)
        checks[f"values in {layout.value_column} that are missing, zero, negative or not finite"] = ~(
            (value.is_finite() & (value > 0)).fill_null(value=False)
        )
    counts = chunk.select(wrong.fill_null(value=False).sum().alias(name) for name, wrong in checks.items())
    return {name: count for name, count in counts.row(0, named=True).items() if count}


def _refuse(faults: dict[str, int], seen: int) -> None:
    if faults:
        listed = "; ".join(f"{count} {name}" for name, count in faults.items())
        raise DataError(
            "Some rows must not be sent.",
            f"Of {seen} rows: {listed}.",
            "Correct or leave out these rows; nothing was sent.",
        )


def _membership(chunk: pl.DataFrame, layout: Layout, schema: dict[str, type[pl.DataType]]) -> pl.DataFrame:
    value = pl.lit(None) if layout.value_column is None else pl.col(layout.value_column)
    bucket = pl.lit(0) if layout.value_column is None else bucket_of(value.cast(pl.Float64))
    return chunk.select(
        PERSON,
        fingerprint(layout.cells).alias(KEYS),
        *layout.cells,
        value.cast(pl.Float64).alias(VALUE),
        bucket.cast(pl.Int32).alias(BUCKET),
    ).select(pl.col(name).cast(kind) for name, kind in schema.items())


def _without_duplicates(table: pl.LazyFrame, into: Path) -> int:
    """Write one row per fingerprint, the one of the highest value; rows there were."""
    counted = table.group_by(KEYS).agg(pl.len().alias("copies")).filter(pl.col("copies") > 1)
    doubles = counted.collect(engine="streaming")
    single = table.join(doubles.lazy(), on=KEYS, how="anti")
    if doubles.height:
        copies = table.join(doubles.lazy().select(KEYS), on=KEYS, how="semi")
        best = copies.sort(VALUE, PERSON, descending=True)
        single = pl.concat([single, best.unique(KEYS, keep="first", maintain_order=True)])
    single.sink_parquet(into)
    return int(table.select(pl.len()).collect(engine="streaming").item())


def _require_spread(wanted: Path, layout: Layout, rows: int) -> None:
    if layout.value_column is None or rows == 1:
        return
    values = pl.scan_parquet(wanted).select(low=pl.col(VALUE).min(), high=pl.col(VALUE).max())
    low, high = values.collect(engine="streaming").row(0)
    if low == high:
        raise DataError(
            "Every person has the same value.",
            f"All {rows} values in {layout.value_column} are equal.",
            "Send a value that differs between customers, or a list without values.",
        )


def _set_digest(table: pl.LazyFrame) -> str:
    """One digest for a set of rows: the sum of the rows' own hashes does not depend on their order."""
    row = pl.concat_str(PERSON, KEYS, pl.col(VALUE).cast(pl.String).fill_null(""), separator="|")
    halves = [row.hash(seed).cast(pl.Int128).sum().alias(f"half {seed}") for seed in (1, 2)]
    sums = table.select(*halves, pl.len())
    return text_sha256("|".join(str(part) for part in sums.collect(engine="streaming").row(0)))


def _nothing_to_send(found: str) -> DataError:
    return DataError("There is nobody to send.", found, "Check the filters: a list has to hold at least one person.")
