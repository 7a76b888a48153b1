"""Rows that share a key are worked on together, whatever block they are in."""

from functools import partial

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from audience_builder.links import Piece, among, gathered, repeated


def pieces(rows, size, tag=0):
    frame = pl.DataFrame(rows, schema={"n": pl.Int64, "a": pl.UInt64, "b": pl.UInt64}, orient="row")
    blocks = list(frame.iter_slices(size))
    return [Piece(tag=tag, rows=block.height, load=partial(loaded, block)) for block in blocks]


def loaded(block, columns):
    return block if columns is None else block.select(columns)


def keys(piece):
    return piece.load(["a", "b"])


def connected(rows):
    """Sets of row numbers, joined one key after the other."""
    joined = []
    for n, a, b in rows:
        marks = {("a", a), ("b", b)} - {("a", None), ("b", None)}
        met = [one for one in joined if one[1] & marks]
        apart = [one for one in joined if not one[1] & marks]
        joined = [*apart, (set().union({n}, *(one[0] for one in met)), marks.union(*(one[1] for one in met)))]
    return [numbers for numbers, _ in joined]


KEY = st.one_of(st.none(), st.integers(1, 12))


@given(st.lists(st.tuples(KEY, KEY), min_size=1, max_size=40), st.integers(1, 9))
def test_no_key_crosses_a_group_and_no_row_is_lost(pairs, size):
    rows = [(n, a, b and b + 100) for n, (a, b) in enumerate(pairs)]
    groups = [group[0]["n"].to_list() for group in gathered(pieces(rows, size), keys, size)]
    assert sorted(n for group in groups for n in group) == list(range(len(rows)))
    assert all(group == sorted(group) for group in groups)
    home = {n: place for place, group in enumerate(groups) for n in group}
    for numbers in connected(rows):
        assert len({home[n] for n in numbers}) == 1


def test_rows_that_share_nothing_stay_in_their_block():
    rows = [(n, n + 1, None) for n in range(6)]
    assert [group[0]["n"].to_list() for group in gathered(pieces(rows, 2), keys, 2)] == [[0, 1], [2, 3], [4, 5]]


def test_tables_keep_their_tags_in_a_group():
    tables = pieces([(1, 7, None), (2, 8, None)], 2) + pieces([(3, 8, None), (4, 9, None)], 2, tag=1)
    found = [{tag: frame["n"].to_list() for tag, frame in group.items()} for group in gathered(tables, keys, 2)]
    assert found == [{0: [1]}, {1: [4]}, {0: [2], 1: [3]}]


def test_one_block_is_one_group_and_nobody_asks_for_keys():
    (group,) = gathered(pieces([(1, 5, 5)], 1) + pieces([(2, 5, 5)], 1), None, None)
    assert group[0]["n"].to_list() == [1, 2]


def test_digests_that_occur_twice_are_found():
    again = repeated(np.array([5, 3, 5, 9, 3, 5], np.uint64))
    assert again.tolist() == [3, 5]
    assert among(pl.Series([3, None, 4, 5], dtype=pl.UInt64), again).to_list() == [True, False, False, True]
