"""Workbooks, archives, Parquet, and files that are not what their name says."""

import gzip
import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest
import xlsxwriter

from audience_builder.errors import ConfigError, DataError
from audience_builder.sources.reading import ReadingOptions, expand, header_rows, read_tables

CSV = b"Email,Total\na@example.com,5\n"


def with_email(names):
    return range(len(names)) if "Email" in names else None


def written(path, content):
    path.write_bytes(content)
    return path


def workbook(path, **sheets):
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if isinstance(cell, datetime):
                        sheet.write_datetime(at, column, cell, day)
                    elif cell is not None:
                        sheet.write(at, column, cell)
    return path


ORDERS = [
    ["Orders of May"],
    [],
    ["Email", "Phone", "Zip", "Paid at", "Day", "Total", "Test"],
    [
        " a@example.com",
        12125550100,
        "'02134",
        datetime(2026, 5, 13, 9, 55, 16),  # noqa: DTZ001  a sheet has no zones
        datetime(2026, 5, 13),  # noqa: DTZ001
        0.1,
        True,
    ],
    [],
    ["b@example.com", None, "02135", None, None, 1250, False],
]


def test_workbook_cells_are_read_as_a_person_sees_them(tmp_path):
    (table,) = read_tables(workbook(tmp_path / "orders.xlsx", Orders=ORDERS), with_email)
    assert table.name == "orders.xlsx!Orders"
    assert table.table.rows() == [
        (
            4,
            "a@example.com",
            "12125550100",
            "02134",
            "2026-05-13 09:55:16",
            "2026-05-13 00:00:00",
            "0.1",
            "TRUE",
        ),
        (6, "b@example.com", None, "02135", None, None, "1250", "FALSE"),
    ]
    assert (table.rows_read, table.counts["preamble_lines"]) == (2, 2)


def test_first_sheet_with_a_header_wins_and_the_others_are_named(tmp_path):
    path = workbook(tmp_path / "b.xlsx", Read_me=[["Hello"]], May=[["Email"], ["m@example.com"]], June=[["Email"]])
    (table,) = read_tables(path, with_email)
    assert table.table["Email"].to_list() == ["m@example.com"]
    assert table.notes == ("Sheet 'May' was read; not read: 'Read_me', 'June'.",)


def test_wanted_sheet_is_read_and_an_unknown_one_is_a_setting_to_change(tmp_path):
    path = workbook(tmp_path / "b.xlsx", May=[["Email"], ["m@example.com"]], June=[["Email"], ["j@example.com"]])
    (table,) = read_tables(path, with_email, ReadingOptions(sheet="June"))
    assert table.table["Email"].to_list() == ["j@example.com"]
    with pytest.raises(ConfigError, match="It has: May, June"):
        read_tables(path, with_email, ReadingOptions(sheet="July"))


def test_workbook_named_csv_is_read_with_a_note(tmp_path):
    path = workbook(tmp_path / "b.xlsx", May=[["Email"], ["m@example.com"]]).rename(tmp_path / "b.csv")
    (table,) = read_tables(path, with_email)
    assert table.table["Email"].to_list() == ["m@example.com"]
    assert "it is a workbook" in table.notes[0]


def test_encrypted_workbook_is_refused(tmp_path):
    path = tmp_path / "b.xlsx"
    path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(2_000)
    )
    with pytest.raises(DataError, match="password"):
        read_tables(path, with_email)


def test_damaged_workbook_is_refused(tmp_path):
    path = written(tmp_path / "b.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2_000))
    with pytest.raises(DataError, match="cannot be opened as a workbook"):
        read_tables(path, with_email)


def test_gzip_is_unpacked(tmp_path):
    (table,) = read_tables(written(tmp_path / "orders.csv.gz", gzip.compress(CSV, mtime=0)), with_email)
    assert (table.name, table.table.rows()) == ("orders.csv.gz", [(2, "a@example.com", "5")])


def test_gzip_cut_off_is_refused(tmp_path):
    with pytest.raises(DataError, match="is damaged"):
        read_tables(written(tmp_path / "orders.csv.gz", gzip.compress(CSV * 100, mtime=0)[:-20]), with_email)


def zipped(path, **members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__dot__", "."), content)
    return path


def test_zip_gives_a_table_per_file_and_names_what_it_left_out(tmp_path):
    path = zipped(
        tmp_path / "export.zip",
        b__dot__csv=b"Email;Total\nb@example.com;6\n",
        a__dot__csv=CSV,
        readme__dot__txt=b"Hello\n",
        logo__dot__png=b"\x89PNG",
    )
    tables = read_tables(path, with_email)
    assert [table.name for table in tables] == ["export.zip!a.csv", "export.zip!b.csv"]
    assert [table.table["Total"].to_list() for table in tables] == [["5"], ["6"]]
    assert "readme.txt" in tables[0].notes[-1]


def test_workbook_inside_a_zip_is_read(tmp_path):
    book = workbook(tmp_path / "b.xlsx", May=[["Email"], ["m@example.com"]])
    (table,) = read_tables(zipped(tmp_path / "b.zip", b__dot__xlsx=book.read_bytes()), with_email)
    assert table.name == "b.zip!b.xlsx!May"


def test_zip_without_tables_is_refused(tmp_path):
    with pytest.raises(DataError, match="holds no table"):
        read_tables(zipped(tmp_path / "export.zip", logo__dot__png=b"\x89PNG"), with_email)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"%PDF-1.7\n", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (gzip.compress(CSV, mtime=0), "gzip"),
        (b"SQLite format 3\0", "SQLite"),
        (b"<!DOCTYPE html><table>", "web page"),
    ],
)
def test_other_file_named_csv_is_called_what_it_is(tmp_path, content, what):
    with pytest.raises(DataError, match=what):
        read_tables(written(tmp_path / "orders.csv", content), with_email)


def test_zip_named_csv_is_called_what_it_is(tmp_path):
    with pytest.raises(DataError, match="zip archive"):
        read_tables(zipped(tmp_path / "orders.csv", a__dot__csv=CSV), with_email)


def test_text_named_xls_is_read_with_a_note(tmp_path):
    (table,) = read_tables(written(tmp_path / "orders.xls", b"Email\tTotal\na@example.com\t5\n"), with_email)
    assert table.table.rows() == [(2, "a@example.com", "5")]
    assert "plain text" in table.notes[0]


def test_parquet_types_become_exact_text(tmp_path):
    instant = datetime(2026, 5, 13, 13, 55, 16, tzinfo=UTC)
    frame = pl.DataFrame(
        {
            "Email": ["a@example.com", " "],
            "Total": pl.Series([Decimal("12.3400"), None], dtype=pl.Decimal(18, 4)),
            "Id": [9_007_199_254_740_993, 2],
            "Paid at": pl.Series([instant, instant]).dt.convert_time_zone("America/New_York"),
            "Day": [date(2026, 5, 13), None],
            "Rate": [1e21, float("nan")],
            "Share": pl.Series([0.1, 1.0], dtype=pl.Float32),
            "Test": [True, False],
            "Tags": [["x", "y"], []],
        }
    )
    frame.write_parquet(tmp_path / "orders.parquet")
    (table,) = read_tables(tmp_path / "orders.parquet", with_email)
    big, day, paid_at = "1000000000000000000000", "2026-05-13", "2026-05-13T09:55:16-04:00"
    assert table.table.rows() == [
        (1, "a@example.com", "12.3400", "9007199254740993", paid_at, day, big, "0.1", "TRUE", '["x","y"]'),
        (2, None, None, "2", paid_at, None, None, "1", "FALSE", "[]"),
    ]


def test_parquet_damaged_is_refused(tmp_path):
    buffer = io.BytesIO()
    pl.DataFrame({"Email": ["a@example.com"] * 100}).write_parquet(buffer)
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        read_tables(written(tmp_path / "orders.parquet", buffer.getvalue()[:-40]), with_email)


def test_header_rows_of_every_sheet_and_member_are_given(tmp_path):
    path = workbook(tmp_path / "b.xlsx", May=[["Kunde", "Summe"], ["Ann", 5]], Empty=[])
    assert header_rows(path) == [("Kunde", "Summe")]
    assert header_rows(zipped(tmp_path / "e.zip", a__dot__csv=CSV, b__dot__csv=CSV)) == [("Email", "Total")] * 2


def test_missing_file_is_a_setting_to_change(tmp_path):
    with pytest.raises(ConfigError, match=r"no file orders\.csv"):
        read_tables(tmp_path / "orders.csv", with_email)


def test_globs_and_files_are_sorted_and_given_once(tmp_path):
    for name in ("b.csv", "a.csv", "c.txt"):
        written(tmp_path / name, CSV)
    assert expand([tmp_path / "c.txt", tmp_path / "*.csv", tmp_path / "a.csv"]) == [
        tmp_path / "a.csv",
        tmp_path / "b.csv",
        tmp_path / "c.txt",
    ]


def test_folder_globs_are_expanded(tmp_path):
    (tmp_path / "may").mkdir()
    path = written(tmp_path / "may" / "a.csv", CSV)
    assert expand([str(tmp_path / "*" / "a.csv")]) == [path]


def test_missing_file_names_its_nearest_neighbour(tmp_path):
    written(tmp_path / "orders_may.csv", CSV)
    with pytest.raises(ConfigError, match=r"Did you mean orders_may\.csv"):
        expand([tmp_path / "order_may.csv"])


@pytest.mark.parametrize("block_rows", [1, 3, 4, None])
def test_parquet_reads_the_same_in_blocks_of_any_size(tmp_path, block_rows):
    when = pl.datetime_range(pl.datetime(2026, 1, 1), pl.datetime(2026, 1, 9), "1d", eager=True, time_unit="us")
    frame = pl.DataFrame({
        "id": range(9), "when": when, "paid": [1.5, 2.0, None] * 3, "note": ["'x", " y ", ""] * 3, "tags": [["a"]] * 9,
    })  # fmt: skip
    frame.write_parquet(tmp_path / "t.parquet", row_group_size=2)
    (table,) = read_tables(tmp_path / "t.parquet", lambda names: range(len(names)), block_rows=block_rows)
    assert table.table["source_row"].to_list() == list(range(1, 10))
    assert table.table["paid"].to_list() == ["1.5", "2", None] * 3
    assert table.table["note"].to_list() == ["x", "y", None] * 3
    assert table.table["when"][8] == "2026-01-09 00:00:00"
    assert table.table["tags"].to_list() == ['["a"]'] * 9
    assert table.counts["apostrophes"] == 3
    if block_rows is not None:
        assert max(block.height for block in table.blocks.frames()) <= block_rows
