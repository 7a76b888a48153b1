"""Each trap file to its documented reading; header rows are accepted by the names they have to hold."""

from pathlib import Path

import pytest

from audience_builder.columns import LINE, REASON
from audience_builder.sources.reading import RawTable, read_tables

TRAPS = Path(__file__).resolve().parents[1] / "data" / "traps"


def every_column_of_a_known_header(names: tuple[str, ...]) -> range | None:
    known = {"Email", "Order Number"} & set(names) and {"Total", "Country"} & set(names)
    return range(len(names)) if known else None


def trap(name: str) -> RawTable:
    (table,) = read_tables(TRAPS / name, every_column_of_a_known_header)
    assert table.rows_read == table.table.height + table.rejects.height + table.counts["footer_lines"]
    return table


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("cp1252.csv", [(2, "a@example.com", "Zoë Müller", "10.50")]),
        ("cr.csv", [(2, "a@example.com", "5"), (3, "b@example.com", "6")]),
        ("foot.csv", [(2, "1", "5"), (3, "2", "6"), (5, "2", "record(s) downloaded")]),
        (
            "money.csv",
            [
                (2, "a@example.com", "$1,250.00"),
                (3, "b@example.com", "($50.00)"),
                (4, "c@example.com", "1.234,50 €"),
            ],
        ),
        ("na.csv", [(2, "a@example.com", "Joe", "Null", "NA"), (3, "b@example.com", "Nan", "None", "NA")]),
        (
            "nlquote.csv",
            [(2, "a@example.com", 'line1\nline2, "q"', "10.50"), (4, "b@example.com", "ok", "5")],
        ),
        ("nul.csv", [(2, "a@example.com", "5"), (3, "b@example.com", "6")]),
        ("pre.csv", [(4, "1", "a@example.com", "5")]),
        ("ragged.csv", []),
        ("sep.csv", [(3, "a@example.com", "02134", "10,50")]),
        ("trail.csv", [(2, "a@example.com", "5"), (3, "b@example.com", "6")]),
    ],
)
def test_trap_file_gives_its_documented_rows(name, rows):
    assert trap(name).table.rows() == rows


def test_windows_1252_is_read_with_a_warning():
    assert "Windows-1252" in trap("cp1252.csv").notes[0]


def test_short_footer_after_a_blank_line_is_left_out_and_named():
    table = trap("foot.csv")
    assert table.counts["footer_lines"] == 1
    assert table.rejects.height == 0
    assert table.notes == ("Footers were left out: line 6.",)


def test_nul_bytes_are_counted():
    assert trap("nul.csv").counts["nul_bytes"] == 1


def test_lines_above_the_header_are_counted():
    table = trap("pre.csv")
    assert table.headers == ("Order Number", "Email", "Total")
    assert table.counts["preamble_lines"] == 2


def test_sep_line_of_excel_is_no_preamble():
    assert trap("sep.csv").counts["preamble_lines"] == 0


def test_ragged_rows_are_rejected_by_line_and_reason():
    rejects = trap("ragged.csv").rejects
    assert rejects.select(LINE, REASON).rows() == [(2, "too few fields"), (3, "too many fields")]


def test_unnamed_blank_last_column_is_dropped():
    assert trap("trail.csv").headers == ("Email", "Total")
