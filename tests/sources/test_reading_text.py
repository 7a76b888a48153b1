"""Delimited text beyond the trap files."""

import codecs

import pytest

from audience_builder.columns import LINE, REASON
from audience_builder.errors import ConfigError, DataError
from audience_builder.sources import decoding
from audience_builder.sources.reading import ReadingOptions, header_rows, read_tables


def with_email(names):
    return range(len(names)) if "Email" in names else None


@pytest.fixture
def read(tmp_path):
    def read_bytes(content, name="orders.csv", choose=with_email, **options):
        path = tmp_path / name
        path.write_bytes(content)
        (table,) = read_tables(path, choose, ReadingOptions(**options))
        assert table.rows_read == table.table.height + table.rejects.height + table.counts["footer_lines"]
        return table

    return read_bytes


def test_no_break_spaces_become_plain_and_edges_are_trimmed(read):
    table = read("Email,Total\na@example.com,1\u00a0250\u202f000 \n\u00a0b@example.com\u00a0, 5\n".encode())
    assert table.table.rows() == [(2, "a@example.com", "1 250 000"), (3, "b@example.com", "5")]


def test_exactly_one_apostrophe_is_stripped_and_counted(read):
    table = read(b"Email,Zip\na@example.com,'02134\nb@example.com,''x\nc@example.com,'\n")
    assert table.table["Zip"].to_list() == ["02134", "'x", None]
    assert table.counts["apostrophes"] == 3
    assert table.notes == ("A leading apostrophe was taken off: Zip (3).",)


def test_repeated_headers_are_numbered_and_only_chosen_columns_are_kept(read):
    table = read(b"Email, Delivery  city,Total,Delivery city\na@example.com,Bonn,5,Ulm\n", choose=lambda _: (0, 3))
    assert table.headers == ("Email", "Delivery city", "Total", "Delivery city (2)")
    assert table.kept == (0, 3)
    assert table.table.to_dicts() == [{"source_row": 2, "Email": "a@example.com", "Delivery city (2)": "Ulm"}]


def test_a_users_column_called_source_row_does_not_hide_ours(read):
    assert read(b"Email,source_row\na@example.com,9\n").table.columns == [
        "source_row",
        "Email",
        "source_row (2)",
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_the_one_that_shows_the_header(read, delimiter):
    lines = [["Email", "Name, or; any", "Total"], ["a@example.com", "x", "10,50"]]
    content = "\n".join(delimiter.join(f'"{cell}"' for cell in line) for line in lines)
    assert read(content.encode()).table.rows() == [(2, "a@example.com", "x", "10,50")]


def test_wanted_delimiter_is_used(read):
    table = read(b"Email~Total\na@example.com~5\n", delimiter="~")
    assert table.table.rows() == [(2, "a@example.com", "5")]


def test_delimiter_of_two_characters_is_refused(read):
    with pytest.raises(ConfigError, match="delimiter"):
        read(b"Email,Total\n", delimiter=";;")


@pytest.mark.parametrize("bom_and_codec", [(codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")])
def test_utf_16_of_excel_is_read_by_its_bom(read, bom_and_codec):
    bom, codec = bom_and_codec
    table = read(bom + "Email\tName\r\na@example.com\tZoë €\r\n".encode(codec))
    assert table.table.rows() == [(2, "a@example.com", "Zoë €")]
    assert table.notes == ()


def test_utf_16_without_bom_is_refused_until_named(read):
    content = "Email,Name\na@example.com,Zoë\n".encode("utf-16-le")
    with pytest.raises(DataError, match="--encoding utf-16-le"):
        read(content)
    assert read(content, encoding="utf-16-le").table["Name"].to_list() == ["Zoë"]


def test_utf_8_bom_is_no_part_of_the_first_header(read):
    assert read('\ufeff"Email",Total\na@example.com,5\n'.encode()).headers == ("Email", "Total")


def test_byte_unknown_to_windows_1252_is_refused_with_its_line(read):
    with pytest.raises(DataError, match=r"Line 3 .*--encoding"):
        read(b"Email,Name\na@example.com,Z\xeb\nb@example.com,\x81\n")


def test_wrong_wanted_encoding_is_refused_with_the_line(read):
    with pytest.raises(DataError, match=r"Line 2 .*utf-8"):
        read(b"Email,Name\na@example.com,Z\xeb\n", encoding="utf-8")


def test_unknown_encoding_is_a_setting_to_change(read):
    with pytest.raises(ConfigError, match="klingon"):
        read(b"Email\n", encoding="klingon")


def test_mixed_line_ends_keep_physical_line_numbers(read):
    table = read(b'Email,Note\r\na@example.com,"x\r\ny"\rb@example.com,z\n\nc@example.com,\r\n')
    assert table.table.rows() == [
        (2, "a@example.com", "x\ny"),
        (4, "b@example.com", "z"),
        (6, "c@example.com", None),
    ]


def test_quotes_inside_a_plain_field_are_ordinary_characters(read):
    table = read(b'Email,Size,Note\na@example.com,5" pipe,"line1\nline2"\nb@example.com,"6"" x",ok\n')
    assert table.table.rows() == [
        (2, "a@example.com", '5" pipe', "line1\nline2"),
        (4, "b@example.com", '6" x', "ok"),
    ]


def test_quote_never_closed_is_refused_with_its_line(read):
    with pytest.raises(DataError, match=r"line 3 .*no end before the end of the file"):
        read(b'Email,Note\na@example.com,x\nb@example.com,"cut off\nc@example.com,z\n')


def test_quoted_text_longer_than_the_limit_is_refused(read, monkeypatch):
    monkeypatch.setattr("audience_builder.sources.records.LONGEST_RECORD_BYTES", 1024 * 1024)
    monkeypatch.setattr(decoding, "BLOCK_BYTES", 256 * 1024)
    with pytest.raises(DataError, match=r"line 2 .*no end within 1 MiB"):
        read(b'Email,Note\na@example.com,"' + b"x\n" * 700_000)


def test_file_of_many_blocks_keeps_rows_lines_and_late_text(read, monkeypatch):
    monkeypatch.setattr(decoding, "BLOCK_BYTES", 4096)
    rows = [f'b{n}@example.com,"note\n{n}",{n if n != 9_000 else "N/A é"}' for n in range(10_000)]
    table = read(("Email,Note,Total\r\n" + "\r\n".join(rows)).encode()).table
    assert table["Total"].to_list() == [str(n) if n != 9_000 else "N/A é" for n in range(10_000)]
    assert table["Note"].to_list() == [f"note\n{n}" for n in range(10_000)]
    assert table["source_row"].to_list() == [2 + 2 * n for n in range(10_000)]


def test_reject_lines_count_quoted_line_ends_before_them(read):
    table = read(b'Email,Note\na@example.com,"1\n2\n3"\n\nb@example.com\nc@example.com,x,y\nd@example.com,z\n')
    assert table.rejects.select(LINE, REASON).rows() == [(6, "too few fields"), (7, "too many fields")]
    assert table.table["source_row"].to_list() == [2, 8]


def test_short_row_in_the_middle_is_a_reject_even_below_a_blank_line(read):
    rows = b"".join(b"a@example.com,5\n" for _ in range(20))
    table = read(b"Email,Total\nb@example.com,5\n\nshort\n" + rows)
    assert table.counts["footer_lines"] == 0
    assert table.rejects[LINE].to_list() == [4]


def test_records_blank_in_every_field_are_no_rows(read):
    table = read(b'Email,Total\na@example.com,5\n,\n"",""\n   \n')
    assert (table.rows_read, table.counts["blank_records"]) == (1, 3)


def test_delimiter_at_the_end_of_data_lines_only_does_not_shift_columns(read):
    table = read(b"Email,Total\na@example.com,5,\nb@example.com,6,\n")
    assert table.table.rows() == [(2, "a@example.com", "5"), (3, "b@example.com", "6")]


def test_text_under_no_header_is_rejected_where_lines_end_in_a_delimiter(read):
    rows = b"".join(b"a@example.com,5,\n" for _ in range(5_000))
    table = read(b"Email,Total\n" + rows + b"b@example.com,6,7\n")
    assert table.rejects.select(LINE, REASON).rows() == [(5_002, "too many fields")]


def test_delimiter_at_the_end_of_the_header_only_is_no_column(read):
    table = read(b"Email,Total,\na@example.com,5\n")
    assert (table.headers, table.table.rows()) == (("Email", "Total"), [(2, "a@example.com", "5")])


def test_header_with_a_line_break_in_a_name_is_one_record(read):
    table = read(b'Title\n"Email","Order\ntotal"\na@example.com,5\n')
    assert table.headers == ("Email", "Order total")
    assert table.table["source_row"].to_list() == [4]


def test_header_below_line_thirty_is_not_looked_for(read):
    assert read(b"title\n" * 29 + b"Email,Total\na@example.com,5\n").counts["preamble_lines"] == 29
    with pytest.raises(DataError, match="first 30 lines"):
        read(b"title\n" * 30 + b"Email,Total\na@example.com,5\n")


def test_unknown_header_is_shown_by_its_names(read):
    with pytest.raises(DataError, match=r"semicolon, they have up to 3 columns: Kunde, Datum, Summe\."):
        read(b"Kunde;Datum;Summe\nx;1.5.2026;5,00\n")


def test_rows_without_a_header_are_never_shown(read):
    with pytest.raises(DataError) as caught:
        read(b"ann@example.com,Ann,Lee\nbob@example.com,Bob,Ray\n")
    assert "up to 3 columns." in caught.value.found
    assert "ann" not in str(caught.value).casefold()


@pytest.mark.parametrize("content", [b"", b" \r\n\n", b"\xef\xbb\xbf"])
def test_empty_file_is_refused(read, content):
    with pytest.raises(DataError, match="is empty"):
        read(content)


@pytest.mark.parametrize("content", [b"Email,Total", b"Email,Total\r\n\r\n", b"Email,Total\n,\n"])
def test_header_without_rows_is_refused(read, content):
    with pytest.raises(DataError, match="no rows below it"):
        read(content)


def test_header_rows_of_an_unknown_format_are_given_without_data(tmp_path):
    path = tmp_path / "unknown.csv"
    path.write_bytes(b"Report of May\n\nKunde;Datum;Summe\nAnn;1.5.2026;5,00\n")
    assert header_rows(path) == [("Kunde", "Datum", "Summe")]
    path.write_bytes(b"ann@example.com;1.5.2026;5,00\n")
    assert header_rows(path) == []
