"""Rows -> a platform's upload files: written whole or not at all, mode 0600, with a manifest."""

import csv
import io
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import polars as pl

from audience_builder.errors import ConfigError
from audience_builder.hashing import file_sha256
from audience_builder.spec import FileColumn, Platform

__all__ = ["ListFile", "Parcel", "open_parcel"]

PRIVATE = 0o600
WRITE_ROWS = 20_000
"""Rows turned into text at a time, so that a byte limit is met closely."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFile:
    """One written file, as the manifest tells of it. ``tier`` is 1 for the highest values."""

    name: str
    platform: str | None
    tier: int | None
    rows: int
    bytes: int
    sha256: str


class Parcel:
    """A folder of files that appear together when all of them are complete.

    Use ``open_parcel``; names are relative to the folder.
    """

    def __init__(self, folder: Path, staging: Path) -> None:
        self.folder = folder
        self.files: list[ListFile] = []
        self._staging = staging

    def write_list(
        self,
        platform: Platform,
        rows: Iterator[pl.DataFrame],
        *,
        hashed: bool,
        with_value: bool,
        tier: int | None = None,
    ) -> None:
        """Write one customer list, split where the platform limits a file's rows or bytes.

        Args:
            platform: Whose file layout it is; one that wants one value per line gets a file per header.
            rows: Frames with the columns named in ``platform.file_columns``.
            hashed: Whether the rows are hashed; columns for plain files stay blank then.
            with_value: Whether the layout keeps its value column.
            tier: Number of the value tier, 1 the highest; None for a list of everyone.
        """
        stem = platform.name if tier is None else f"{platform.name}-tier{tier}"
        layouts = _layouts(platform, hashed=hashed, with_value=with_value)
        with ExitStack() as open_files:
            writers = [
                open_files.enter_context(
                    closing(_SplitWriter(self._staging, f"{stem}{layout.suffix}", platform, layout))
                )
                for layout in layouts
            ]
            for frame in rows:
                for writer, layout in zip(writers, layouts, strict=True):
                    for chunk in layout.cells(frame).iter_slices(WRITE_ROWS):
                        writer.write(chunk)
            parts = [part for writer in writers for part in writer.parts()]
        for path, count in _without_empty(parts):
            self._register(path, rows=count, platform=platform.name, tier=tier)

    def write_bytes(self, name: str, content: bytes) -> None:
        """Write any other file."""
        path = self._staging / name
        with _private(path) as file:
            file.write(content)
        self._register(path, rows=0)

    def staged(self) -> list[Path]:
        """Every file written so far, before any of them is in its place."""
        return sorted(self._staging.iterdir())

    def write_table(self, name: str, table: pl.DataFrame) -> None:
        """Write a plain table (rejects, for one) as UTF-8 CSV."""
        path = self._staging / name
        with _private(path) as file:
            table.write_csv(file)
        self._register(path, rows=table.height)

    def write_json(self, name: str, document: Mapping[str, Any]) -> None:
        """Write a JSON document; the manifest, last of all."""
        with _private(self._staging / name) as file:
            file.write(json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n")

    def _register(self, path: Path, *, rows: int, platform: str | None = None, tier: int | None = None) -> None:
        size, digest = path.stat().st_size, file_sha256(path)
        self.files.append(ListFile(name=path.name, platform=platform, tier=tier, rows=rows, bytes=size, sha256=digest))


@contextmanager
def open_parcel(folder: Path, *, replaces: Sequence[str], force: bool = False) -> Iterator[Parcel]:
    """Collect files in a hidden folder and move them into place when the block ends well.

    Args:
        folder: Where the files go; made if missing.
        replaces: Beginnings of the names this parcel may write (``meta``, ``manifest.json``).
        force: Whether files of those names may be replaced. Those left from an earlier, larger parcel go.

    Raises:
        ConfigError: The folder cannot be written, or holds such files and ``force`` is off.
    """
    present = [path for path in sorted(folder.glob("*")) if path.is_file() and _belongs(path.name, replaces)]
    if present and not force:
        raise ConfigError(
            f"{folder} already holds an export.",
            f"It has {len(present)} file(s) this run would replace, {present[0].name} first.",
            "Choose another folder with -o, or replace them with --force.",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        staging = tempfile.TemporaryDirectory(prefix=".partial-", dir=folder)
    except OSError as error:
        raise ConfigError(
            f"{folder} cannot be written.",
            f"The system says: {error.strerror}.",
            "Choose another folder with -o.",
        ) from None
    with staging as name:
        parcel = Parcel(folder, Path(name))
        yield parcel
        for path in present:
            path.unlink()
        for path in sorted(Path(name).iterdir(), key=lambda path: path.name == "manifest.json"):
            path.replace(folder / path.name)


class _SplitWriter:
    """Writes chunks of rows to ``stem.csv``, going on to a new file at the platform's limits."""

    def __init__(self, folder: Path, stem: str, platform: Platform, layout: "_Layout") -> None:
        self._folder = folder
        self._stem = stem
        self._max_rows = platform.max_file_rows
        self._max_bytes = platform.max_file_bytes
        self._header = layout.header() if platform.file_header else b""
        self._parts: list[tuple[Path, int]] = []
        self._file: IO[bytes] | None = None
        self._rows = 0
        self._open()

    def write(self, chunk: pl.DataFrame) -> None:
        while chunk.height:
            room = chunk.height if self._max_rows is None else min(chunk.height, self._max_rows - self._rows)
            text = chunk.head(room).write_csv(include_header=False).encode()
            if self._max_bytes is not None and self._size() + len(text) > self._max_bytes:
                room, text = self._fitting(text)
            if room == 0:
                self._next()
                continue
            self._stream().write(text)
            self._rows += room
            chunk = chunk.slice(room)

    def close(self) -> None:
        """Let go of the open file, also after a failure."""
        if self._file is not None:
            self._file.close()

    def parts(self) -> list[tuple[Path, int]]:
        """Finish: the files and their rows, numbered only when there are several."""
        self._finish()
        if len(self._parts) == 1:
            path, rows = self._parts[0]
            return [(path.rename(self._folder / f"{self._stem}.csv"), rows)]
        return self._parts

    def _fitting(self, text: bytes) -> tuple[int, bytes]:
        """The leading lines that still fit; no cell of a list holds a line break."""
        left = (self._max_bytes or 0) - self._size()
        end = text.rfind(b"\n", 0, max(left, 0)) + 1
        return text.count(b"\n", 0, end), text[:end]

    def _size(self) -> int:
        return self._stream().tell()

    def _stream(self) -> IO[bytes]:
        if self._file is None:
            raise RuntimeError("the list is closed")
        return self._file

    def _open(self) -> None:
        path = self._folder / f"{self._stem}-{len(self._parts) + 1:03}.csv"
        self._file = _private(path)
        self._file.write(self._header)
        self._rows = 0

    def _finish(self) -> None:
        stream = self._stream()
        stream.close()
        self._parts.append((Path(stream.name), self._rows))
        self._file = None

    def _next(self) -> None:
        if self._rows == 0:
            raise ConfigError(
                "One row alone is larger than the platform's file limit.",
                f"The limit is {self._max_bytes:,} bytes.",
                "Send fewer columns.",
            )
        self._finish()
        self._open()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """One kind of file of a platform: its columns, and the end of its name."""

    columns: tuple[FileColumn, ...]
    hashed: bool
    stacked: bool = False
    suffix: str = ""

    def header(self) -> bytes:
        """The header row as the platform writes it; repeated names stay as they are."""
        titles = [column.title(hashed=self.hashed) for column in self.columns]
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerow(titles[:1] if self.stacked else titles)
        return text.getvalue().encode()

    def cells(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The file's cells: a row per person, or a line per value without blanks and doubles."""
        if not self.stacked:
            return frame.select(
                self._cell(column, frame).alias(f"c{place}") for place, column in enumerate(self.columns)
            )
        values = pl.concat([frame.select(self._cell(column, frame).alias("c")) for column in self.columns])
        return values.drop_nulls().unique(maintain_order=True)

    def _cell(self, column: FileColumn, frame: pl.DataFrame) -> pl.Expr:
        if not column.filled(hashed=self.hashed) or not set(column.sources) <= set(frame.columns):
            return pl.lit(None, pl.String)
        if len(column.sources) == 1:
            return pl.col(column.sources[0])
        return pl.concat_str(column.sources, separator="-")


def _layouts(platform: Platform, *, hashed: bool, with_value: bool) -> tuple[_Layout, ...]:
    """The files a list is written to: one, or one per header where the platform wants values line by line."""
    unwanted = None if with_value else platform.value_column
    columns = tuple(column for column in platform.file_columns if unwanted is None or column.column != unwanted)
    if not platform.one_value_per_line:
        return (_Layout(columns=columns, hashed=hashed),)
    by_header: dict[str, tuple[FileColumn, ...]] = {}
    for column in columns:
        by_header[column.header] = (*by_header.get(column.header, ()), column)
    return tuple(
        _Layout(columns=group, hashed=hashed, stacked=True, suffix=f"-{header}" if len(by_header) > 1 else "")
        for header, group in by_header.items()
    )


def _without_empty(parts: Sequence[tuple[Path, int]]) -> list[tuple[Path, int]]:
    """Remove files without rows, unless no file has any."""
    kept = [part for part in parts if part[1]] or list(parts[:1])
    for path, _ in set(parts) - set(kept):
        path.unlink()
    return kept


def _belongs(name: str, beginnings: Sequence[str]) -> bool:
    stem = name.split(".", maxsplit=1)[0]
    return any(wanted in (name, stem) or stem.startswith(f"{wanted}-") for wanted in beginnings)


def _private(path: Path) -> IO[bytes]:
    """A new file only its owner can read."""
    return open(path, "xb", opener=lambda name, flags: os.open(name, flags, PRIVATE))
