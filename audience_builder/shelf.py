"""Frames laid aside: a few stay in memory, many go to one file without a name.

The file has no name from the moment it is made, so whatever ends the process ends the file too: no
crash leaves contact data behind, and nobody else can open it.
"""

import io
import os
import tempfile
import weakref
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import IO, Final, TypeAlias

import polars as pl

from audience_builder.errors import ConfigError

__all__ = ["BLOCK_ROWS", "Shelf", "laid_in_blocks"]

BLOCK_ROWS: Final = 250_000
"""Rows worked on at a time where there are many: what a run needs beside its numbers grows with this."""

_Laid: TypeAlias = pl.DataFrame | tuple[int, int]
"""A frame, or where its bytes lie in the file: offset and length."""


class Shelf:
    """Frames by place, each place in the order in which they were put.

    Args:
        rows_in_memory: Frames stay in memory as long as they have no more rows than this together;
            None: they always do.
    """

    def __init__(self, rows_in_memory: int | None = None) -> None:
        self._most = rows_in_memory
        self._laid: dict[Hashable, list[_Laid]] = {}
        self._heights: dict[Hashable, list[int]] = {}
        self._file: IO[bytes] | None = None

    @property
    def places(self) -> tuple[Hashable, ...]:
        """Every place with a frame, in the order of their first frames."""
        return tuple(self._laid)

    def rows(self, place: Hashable = 0) -> int:
        """Rows at a place."""
        return sum(self._heights.get(place, ()))

    def count(self, place: Hashable = 0) -> int:
        """Frames at a place."""
        return len(self._laid.get(place, ()))

    def rows_of(self, number: int, place: Hashable = 0) -> int:
        """Rows of one frame of a place."""
        return self._heights[place][number]

    def put(self, frame: pl.DataFrame, place: Hashable = 0) -> None:
        """Lay a frame aside.

        Raises:
            ConfigError: The folder of temporary files is full or closed.
        """
        self._laid.setdefault(place, []).append(frame)
        self._heights.setdefault(place, []).append(frame.height)
        if self._file is not None:
            self._write_out(place, len(self._laid[place]) - 1)
        elif self._most is not None and sum(map(sum, self._heights.values())) > self._most:
            self._file = _opened()
            weakref.finalize(self, self._file.close)
            for each, frames in self._laid.items():
                for number in range(len(frames)):
                    self._write_out(each, number)

    def frame(self, place: Hashable, number: int, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """One frame, or some of its columns."""
        laid = self._laid[place][number]
        if isinstance(laid, pl.DataFrame):
            return laid if columns is None else laid.select(columns)
        offset, length = laid
        found = os.pread(self._handle().fileno(), length, offset)
        return pl.read_ipc(io.BytesIO(found), columns=None if columns is None else list(columns))

    def frames(self, place: Hashable = 0, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """The frames of a place, one after the other."""
        for number in range(self.count(place)):
            yield self.frame(place, number, columns)

    def table(self, place: Hashable = 0) -> pl.DataFrame:
        """The frames of a place as one.

        Raises:
            KeyError: Nothing was put there.
        """
        found = [self.frame(place, number) for number in range(len(self._laid[place]))]
        return _joined(found)

    def clear(self) -> None:
        """Let go of all frames, and of their file."""
        self._laid.clear()
        self._heights.clear()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write_out(self, place: Hashable, number: int) -> None:
        laid = self._laid[place][number]
        if not isinstance(laid, pl.DataFrame):
            return
        file = self._handle()
        offset = file.seek(0, io.SEEK_END)
        try:
            laid.rechunk().write_ipc(file, compression="lz4")
            file.flush()
        except OSError as error:
            raise _no_room(error) from None
        self._laid[place][number] = (offset, file.tell() - offset)

    def _handle(self) -> IO[bytes]:
        if self._file is None:
            raise RuntimeError("the shelf has no file")
        return self._file


def laid_in_blocks(frames: Iterable[pl.DataFrame], block_rows: int | None) -> Shelf:
    """Lay consecutive frames of one table aside, small ones joined and large ones cut.

    Args:
        frames: At least one, all with the same columns.
        block_rows: Rows of a block; None for one block of all.
    """
    shelf = Shelf(block_rows)
    waiting: list[pl.DataFrame] = []
    for frame in frames:
        waiting.append(frame)
        if block_rows is not None and sum(part.height for part in waiting) >= block_rows:
            *whole, rest = _joined(waiting).iter_slices(block_rows)
            for block in whole:
                shelf.put(block)
            waiting = [rest]
    if waiting:
        shelf.put(_joined(waiting))
    return shelf


def _joined(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    return frames[0] if len(frames) == 1 else pl.concat(frames)


def _opened() -> IO[bytes]:
    try:
        return tempfile.TemporaryFile(prefix="audience-builder-")
    except OSError as error:
        raise _no_room(error) from None


def _no_room(error: OSError) -> ConfigError:
    return ConfigError(
        "There is no room to lay rows aside.",
        f"The folder of temporary files is {tempfile.gettempdir()}; the system says: {error.strerror}.",
        "Make room there, or name another folder in TMPDIR.",
    )
