"""Which rows have to be looked at together, found on 64-bit digests of their keys alone.

A table too large to be worked on at once is worked on in blocks. Rows of one block that share no key
with rows of others stay where they are; those that do, and whatever hangs on them, are brought
together in groups of their own.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from audience_builder.shelf import Shelf

__all__ = ["Digests", "Group", "Keys", "Piece", "among", "components", "gathered", "repeated"]

Group: TypeAlias = dict[int, pl.DataFrame]
"""Rows that share keys with nobody outside it, by the tag of the table they are from, in their old order."""

Keys: TypeAlias = Callable[["Piece"], pl.DataFrame]
"""Rows -> their keys: UInt64 columns, the same for every piece, null where a row has none.

Columns whose names begin alike up to a colon (``email:1``, ``email:2``) hold keys of one kind. Keys of
different kinds are digests with different seeds, so that none is the same as another.
"""

_NO_NODE: Final = -1
Nodes: TypeAlias = npt.NDArray[np.int32]
Digests: TypeAlias = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Consecutive rows of one table.

    Args:
        tag: Which table.
        rows: How many.
        load: Reads them: all columns, or those named.
    """

    tag: int
    rows: int
    load: Callable[[Sequence[str] | None], pl.DataFrame]


def gathered(pieces: Sequence[Piece], keys: Keys, block_rows: int | None) -> Iterator[Group]:
    """All rows, in groups that no key crosses; one group where they fit into one block.

    Args:
        pieces: The tables, in order.
        keys: What joins rows; asked only where there are several blocks.
        block_rows: Rows of a block, and of a group as far as keys allow; None for one block of all.
    """
    blocks = _blocks(pieces, block_rows)
    if block_rows is None or len(blocks) <= 1:
        yield from (_grouped([(piece.tag, piece.load(None)) for piece in block]) for block in blocks)
        return
    links = _Links(Shelf(block_rows))
    for block in blocks:
        links.add(pl.concat([keys(piece) for piece in block]))
    links.settle(block_rows)
    strays = _Strays(Shelf(block_rows))
    for number, block in enumerate(blocks):
        homes = links.homes(number)
        rows = [(piece.tag, piece.load(None)) for piece in block]
        yield _grouped(rows if homes is None else strays.kept_back(rows, homes, number))
    yield from strays.groups()


def _blocks(pieces: Sequence[Piece], block_rows: int | None) -> list[list[Piece]]:
    """Consecutive pieces, together no more than a block unless one alone is."""
    blocks: list[list[Piece]] = []
    rows = 0
    for piece in pieces:
        if not blocks or (block_rows is not None and rows and rows + piece.rows > block_rows):
            blocks.append([])
            rows = 0
        blocks[-1].append(piece)
        rows += piece.rows
    return blocks


def _grouped(rows: Sequence[tuple[int, pl.DataFrame]]) -> Group:
    by_tag: dict[int, list[pl.DataFrame]] = {}
    for tag, frame in rows:
        by_tag.setdefault(tag, []).append(frame)
    return {tag: frames[0] if len(frames) == 1 else pl.concat(frames) for tag, frames in by_tag.items()}


_HOME: Final = "home group"


class _Strays:
    """Rows that left their block, by the group they belong to."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._tags: dict[int, list[int]] = {}

    def kept_back(
        self, rows: Sequence[tuple[int, pl.DataFrame]], homes: Nodes, number: int
    ) -> list[tuple[int, pl.DataFrame]]:
        """The rows whose home is their own block; the others are laid aside."""
        start = 0
        kept = []
        for tag, frame in rows:
            placed = frame.with_columns(pl.Series(_HOME, homes[start : start + frame.height]))
            start += frame.height
            away = placed.filter(pl.col(_HOME) != number)
            for part in away.partition_by(_HOME, maintain_order=True):
                self._lay(int(part[_HOME][0]), tag, part.drop(_HOME))
            kept.append((tag, placed.filter(pl.col(_HOME) == number).drop(_HOME)))
        return kept

    def _lay(self, home: int, tag: int, rows: pl.DataFrame) -> None:
        tags = self._tags.setdefault(home, [])
        if tag not in tags:
            tags.append(tag)
        self._shelf.put(rows, (home, tag))

    def groups(self) -> Iterator[Group]:
        """Every group, once all blocks have been through."""
        for home, tags in sorted(self._tags.items()):
            yield {tag: self._shelf.table((home, tag)) for tag in tags}


class _Links:
    """Keys that occur more than once, and the groups they make.

    A key that occurs once joins nothing. The others are the nodes of a graph whose edges are rows that
    carry two of them; a component whose rows lie in several blocks is a group's concern.
    """

    def __init__(self, shelf: Shelf) -> None:
        self._keys = shelf
        self._nodes = np.empty(0, np.uint64)
        self._homes = np.empty(0, np.int32)

    def add(self, keys: pl.DataFrame) -> None:
        """Take the keys of the next block."""
        self._keys.put(keys)

    def settle(self, group_rows: int) -> None:
        """Find the groups, of about so many rows each, once all blocks are in."""
        self._nodes = self._repeated()
        count = self._nodes.size
        if not count:
            return
        first, last = np.full(count, self._keys.count(), np.int32), np.full(count, -1, np.int32)
        rows = np.zeros(count, np.int64)
        edges = _Distinct()
        for number in range(self._keys.count()):
            nodes = self._nodes_of(number)
            lead = _lead(nodes)
            carried = lead[lead != _NO_NODE]
            rows += np.bincount(carried, minlength=count)
            for column in nodes:
                met = column[column != _NO_NODE]
                first[met] = np.minimum(first[met], number)
                last[met] = number
            edges.add(_edges(nodes, lead, count))
        pairs = edges.all()
        labels = components(count, (pairs // count).astype(np.int32), (pairs % count).astype(np.int32))
        self._homes = _packed(labels, first, last, rows, self._keys.count(), group_rows)

    def homes(self, number: int) -> Nodes | None:
        """The group of each row of a block: the block itself, or one beyond the last; None: all stay."""
        if not (self._homes >= 0).any():
            return None
        lead = _lead(self._nodes_of(number))
        found = np.where(lead == _NO_NODE, np.int32(_NO_NODE), self._homes[lead])
        return np.where(found == _NO_NODE, np.int32(number), found) if (found != _NO_NODE).any() else None

    def _repeated(self) -> Digests:
        """Every key that occurs more than once, ascending; a kind of key at a time, to keep memory small."""
        kinds: dict[str, list[str]] = {}
        for name in self._keys.frame(0, 0).columns:
            kinds.setdefault(name.partition(":")[0], []).append(name)
        found = np.concatenate([repeated(self._column(names)) for names in kinds.values()])
        found.sort()
        return found

    def _column(self, names: Sequence[str]) -> Digests:
        frames = self._keys.frames(0, names)
        return np.concatenate([series.drop_nulls().to_numpy() for frame in frames for series in frame])

    def _nodes_of(self, number: int) -> list[Nodes]:
        """Per column of keys, the node of each row's key; -1 where it has none or nobody else has it."""
        found = []
        for series in self._keys.frame(0, number):
            keys = series.fill_null(0).to_numpy()
            at = np.searchsorted(self._nodes, keys)
            at[at == self._nodes.size] = 0
            known = (self._nodes[at] == keys) & series.is_not_null().to_numpy()
            found.append(np.where(known, at, _NO_NODE).astype(np.int32))
        return found


class _Distinct:
    """Distinct numbers; new ones wait until there are as many as old ones, so that few are sorted twice."""

    def __init__(self) -> None:
        self._known = np.empty(0, np.int64)
        self._new: list[npt.NDArray[np.int64]] = []

    def add(self, numbers: npt.NDArray[np.int64]) -> None:
        self._new.append(numbers)
        if sum(part.size for part in self._new) > self._known.size:
            self.all()

    def all(self) -> npt.NDArray[np.int64]:
        """All of them, ascending."""
        self._known = np.unique(np.concatenate([self._known, *self._new]))
        self._new = []
        return self._known


def repeated(keys: Digests) -> Digests:
    """The digests that occur more than once, each once, ascending; those given are sorted in place."""
    keys.sort()
    again: Digests = keys[1:][keys[1:] == keys[:-1]]
    return again[np.concatenate(([True], again[1:] != again[:-1]))] if again.size else again


def among(digests: pl.Series, known: Digests) -> pl.Series:
    """Whether each digest is one of the known, ascending ones; never where there is none."""
    if not known.size:
        return pl.repeat(value=False, n=digests.len(), dtype=pl.Boolean, eager=True)
    keys = digests.fill_null(0).to_numpy()
    at = np.minimum(np.searchsorted(known, keys), known.size - 1)
    return pl.Series((known[at] == keys) & digests.is_not_null().to_numpy())


def _lead(nodes: list[Nodes]) -> Nodes:
    """The first node of each row."""
    lead = nodes[0].copy()
    for column in nodes[1:]:
        np.copyto(lead, column, where=lead == _NO_NODE)
    return lead


def _edges(nodes: list[Nodes], lead: Nodes, count: int) -> npt.NDArray[np.int64]:
    """Distinct pairs of nodes that a row carries, each pair as one number."""
    pairs = [
        lead[both].astype(np.int64) * count + column[both]
        for column in nodes
        if (both := (column != _NO_NODE) & (column != lead)).any()
    ]
    return np.unique(np.concatenate(pairs)) if pairs else np.empty(0, np.int64)


def _packed(
    labels: Nodes, first: Nodes, last: Nodes, rows: npt.NDArray[np.int64], blocks: int, group_rows: int
) -> Nodes:
    """The group of each node: components of several blocks, packed until a group is full; -1 for the others."""
    count = labels.size
    lowest, highest, sizes = np.full(count, blocks, np.int32), np.full(count, -1, np.int32), np.zeros(count, np.int64)
    np.minimum.at(lowest, labels, first)
    np.maximum.at(highest, labels, last)
    np.add.at(sizes, labels, rows)
    crosses = lowest < highest
    before = np.cumsum(np.where(crosses, sizes, 0))
    group = blocks + before // group_rows
    return np.where(crosses[labels], group[labels], _NO_NODE).astype(np.int32)


def components(nodes: int, start: npt.NDArray[np.integer], end: npt.NDArray[np.integer]) -> Nodes:
    """Label each node of a graph with the smallest node it is connected to.

    Smaller labels spread along the edges, roots first, until nothing changes; following labels to
    their roots after each round keeps the rounds few even on long chains.

    >>> components(5, np.array([0, 1, 3]), np.array([1, 2, 3])).tolist()
    [0, 0, 0, 3, 4]
    """
    labels = np.arange(nodes, dtype=np.int32)
    while True:
        low = np.minimum(labels[start], labels[end])
        spread = labels.copy()
        np.minimum.at(spread, labels[start], low)
        np.minimum.at(spread, labels[end], low)
        while not np.array_equal(rooted := spread[spread], spread):
            spread = rooted
        if np.array_equal(spread, labels):
            return labels
        labels = spread
