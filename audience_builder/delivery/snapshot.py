"""Who is a member as far as the platform acknowledged, kept as Parquet files replaced as a whole."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from audience_builder.delivery.membership import BUCKET, KEYS, PERSON, Layout
from audience_builder.delivery.records import PlannedBatch
from audience_builder.errors import ConfigError

__all__ = ["RunFiles", "after_run", "load", "store"]

_UNSURE = pl.lit(None, pl.Int32).alias(BUCKET)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFiles:
    """A run's plan on disk and what became of its batches."""

    folder: Path
    batch_rows: int
    batches: Sequence[PlannedBatch]

    def rows(self, phases: Sequence[str], states: Sequence[str]) -> list[pl.LazyFrame]:
        """Planned rows whose batches are in one of these states, phase by phase."""
        found = []
        for phase in phases:
            numbers = [b.number for b in self.batches if b.phase == phase and b.state in states]
            if numbers:
                table = pl.scan_parquet(self.folder / f"{phase}.parquet").with_row_index("row")
                wanted = (pl.col("row") // self.batch_rows).is_in(numbers)
                found.append(table.filter(wanted).drop("row"))
        return found

    def states(self, phase: str) -> set[str]:
        """In which states batches of the phase are."""
        return {b.state for b in self.batches if b.phase == phase}


def load(folder: Path, name: str | None, columns: Sequence[str]) -> pl.LazyFrame:
    """Acknowledged members: ``person``, ``keys``, match-key columns, ``bucket``.

    Args:
        folder: The audience's folder.
        name: The snapshot's file name, None for no members.
        columns: Match-key columns to have at least.

    Raises:
        ConfigError: The file is gone or damaged.
    """
    schema = {PERSON: pl.String, KEYS: pl.String, **dict.fromkeys(columns, pl.String), BUCKET: pl.Int32}
    if name is None:
        return pl.LazyFrame(schema=schema)
    try:
        present = pl.scan_parquet(folder / name).collect_schema().names()
        readable = True
    except (OSError, pl.exceptions.PolarsError):
        readable = False
    if not readable:
        raise ConfigError(
            "The record of who is in the audience is damaged.",
            f"{folder / name} is missing or not a readable Parquet file.",
            "Restore it from a backup, or move the state folder away: the next upload then sends everything.",
        )
    missing = [pl.lit(None, pl.String).alias(column) for column in columns if column not in present]
    return pl.scan_parquet(folder / name).with_columns(missing)


def after_run(last: pl.LazyFrame, files: RunFiles, layout: Layout) -> pl.LazyFrame:
    """Members after a run, finished or not.

    What was acknowledged counts. What was sent without an answer is kept with an empty bucket, so
    that the next run sends it again if it is wanted and removes it if it is not.
    """
    columns = last.collect_schema().names()
    cells = [name for name in columns if name not in {PERSON, KEYS, BUCKET}]
    last = _base(last, files)
    arrivals = ("add", "mend", "replace")
    taken = [_remembered(rows, cells, layout) for rows in files.rows(arrivals, ["taken"])]
    unsure = [_remembered(rows, cells, layout) for rows in files.rows(arrivals, ["sent"])]
    unsure += [_widened(rows, cells).select(columns) for rows in files.rows(["remove"], ["sent"])]
    gone = files.rows(["remove"], ["taken"])
    if files.states("remove") & {"sent", "taken"}:
        for rows in files.rows(["mend"], ["planned"]):
            unsure.append(last.join(rows.select(KEYS), on=KEYS, how="semi"))
    unsure = [rows.with_columns(_UNSURE) for rows in unsure]
    touched = [rows.select(KEYS) for rows in (*taken, *unsure, *gone)]
    if not touched:
        return last
    stayed = last.join(pl.concat(touched), on=KEYS, how="anti")
    return pl.concat([part.select(columns) for part in (stayed, *taken, *unsure)])


def _base(last: pl.LazyFrame, files: RunFiles) -> pl.LazyFrame:
    """Earlier members, as far as a replace has left them."""
    begun = files.states("replace")
    if "taken" in begun:
        return last.clear()
    return last.with_columns(_UNSURE) if "sent" in begun else last


def _remembered(rows: pl.LazyFrame, cells: Sequence[str], layout: Layout) -> pl.LazyFrame:
    """Sent rows as they are kept: digests only, save where a plain identifier is all there is."""
    present = rows.collect_schema().names()
    strong = {name for kind in layout.strong for name in kind if name in layout.hashed}
    digests = pl.any_horizontal(
        pl.lit(value=False), *(pl.col(name).is_not_null() for name in present if name in strong)
    )
    plain = [pl.when(~digests).then(pl.col(name)).alias(name) for name in layout.plain if name in present]
    return _widened(rows.with_columns(plain), cells).select(PERSON, KEYS, *cells, BUCKET)


def _widened(rows: pl.LazyFrame, cells: Sequence[str]) -> pl.LazyFrame:
    """The rows with every match-key column there is, empty where they had none, and a bucket."""
    present = rows.collect_schema().names()
    absent = [pl.lit(None, pl.String).alias(name) for name in cells if name not in present]
    return rows.with_columns(absent if BUCKET in present else [*absent, _UNSURE])


def store(members: pl.LazyFrame, folder: Path, name: str) -> int:
    """Write members to a new file, safe on disk before this returns; how many there are."""
    path = folder / name
    members.sink_parquet(path, sync_on_close="all")
    path.chmod(0o600)
    _sync_folder(folder)
    return int(pq.read_metadata(path).num_rows)


def _sync_folder(folder: Path) -> None:
    """Make a new name survive a power cut, where the system can."""
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
