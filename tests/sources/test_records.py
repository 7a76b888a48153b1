"""Our record ends and lines against the csv module's, on nasty text."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audience_builder.errors import DataError
from audience_builder.sources import delimited
from audience_builder.sources.decoding import DecodedText, Encoding
from audience_builder.sources.delimited import Layout, cut_records
from audience_builder.sources.records import record_blocks

WIDTH = 3
nasty_text = st.text(alphabet='a,"\r\n\u00e9 ', max_size=60)
good_fields = st.lists(st.lists(st.text(alphabet='a,"\n;', max_size=5), min_size=2, max_size=4), max_size=8)


def lf(text):
    return text.replace("\r\n", "\n").replace("\r", "\n")


def by_csv_module(text):
    """Rows of the right width and lines of the others; a row of blank fields is none."""
    reader = csv.reader(io.StringIO(text, newline=""))
    good, refused, line = [], [], 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            if len(cells) == WIDTH:
                good.append((line, *(cell.strip() or None for cell in cells)))
            else:
                refused.append(line)
        line = reader.line_num + 1
    return good, refused


def ends_inside_a_quote(text):
    rows = list(csv.reader(io.StringIO(text + "\nEND", newline="")))
    return rows[-1] != ["END"]


def ours(text, piece):
    octets = text.encode()
    pieces = [octets[at : at + piece] for at in range(0, len(octets), piece)]
    blocks = record_blocks(pieces, delimiter=",", first_line=1, name="x")
    layout = Layout(delimiter=",", width=WIDTH, kept=((0, "p"), (1, "q"), (2, "r")))
    cut = cut_records(blocks, layout, "x")
    return cut.table.rows(), sorted([*cut.rejects["line"], *cut.footers])


def same_as_csv_module(text, piece):
    text = lf(text)
    if ends_inside_a_quote(text):
        with pytest.raises(DataError, match="not closed"):
            ours(text, piece)
        return
    assert ours(text, piece) == by_csv_module(text)


@settings(max_examples=200, deadline=None)
@given(nasty_text, st.integers(1, 30))
def test_any_text_is_cut_as_the_csv_module_cuts_it(text, piece):
    same_as_csv_module(text, piece)


@settings(max_examples=80, deadline=None)
@given(good_fields, st.sampled_from(["\n", "\r\n", "\r"]), st.integers(1, 30))
def test_written_rows_of_any_width_come_back(rows, line_end, piece):
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator=line_end, quoting=csv.QUOTE_MINIMAL).writerows(rows)
    same_as_csv_module(out.getvalue(), piece)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="a\r\n\0é€", max_size=40), st.integers(1, 5))
def test_blocks_of_any_size_decode_to_the_same_text(text, block_bytes):
    from audience_builder.sources import decoding

    normal = decoding.BLOCK_BYTES
    decoding.BLOCK_BYTES = block_bytes
    try:
        decoded = DecodedText(lambda: io.BytesIO(text.encode()), Encoding(name="utf-8"), "x")
        blocks = b"".join(decoded)
    finally:
        decoding.BLOCK_BYTES = normal
    assert blocks.decode() == lf(text.replace("\0", ""))
    assert decoded.nul_bytes == text.count("\0")


def test_quotes_in_odd_places_are_walked_not_paired():
    text = 'x" y,"a\nb",1\n"c"d "" e,f,2\n'
    assert ours(text, 7) == ([(1, 'x" y', "a\nb", "1"), (3, 'cd "" e', "f", "2")], [])


def test_two_threads_hand_over_blocks_in_order(monkeypatch):
    monkeypatch.setattr(delimited, "_WORKERS", 2)
    rows = "".join(f"{n},b,c\n" for n in range(2_000))
    table, _ = ours(rows, 100)
    assert [row[1] for row in table] == [str(n) for n in range(2_000)]
