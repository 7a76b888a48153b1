import csv
import hashlib
import json
import stat
from datetime import date

import polars as pl
import pytest

from audience_builder.delivery.export import open_parcel
from audience_builder.errors import ConfigError
from audience_builder.hashing import Digest
from audience_builder.spec import FileColumn, MatchKey, Platform


def as_is(value, _country):
    return value


def a_platform(**changes):
    key = MatchKey(
        name="EMAIL", source="email", normalise=as_is, digest=Digest.SHA256_HEX, why_not=as_is, repeats=2,
        rule="as is", rules_url="https://example.com/rules",
    )  # fmt: skip
    given = {
        "name": "plat", "title": "Plat", "match_keys": (key,), "identifies": (("EMAIL",),), "minimum_rows": 1,
        "rules_version": "1", "rules_url": "https://example.com/rules", "rules_checked": date(2026, 11, 22),
        "value_column": "WORTH",
        "file_columns": (
            FileColumn(header="email", column="EMAIL"), FileColumn(header="email", column="EMAIL_2"),
            FileColumn(header="age"), FileColumn(header="dob", column="DOB", plain_only=True),
            FileColumn(header="value", column="WORTH"),
        ),
    } | changes  # fmt: skip
    return Platform(**given)


ROWS = pl.DataFrame(
    {
        "EMAIL": ["a", "b", "c"],
        "EMAIL_2": ["a2", None, None],
        "DOB": ["1968-10-21", None, None],
        "WORTH": [1.5, 2.0, 30.25],
    }
)


def lines(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_repeated_headers_are_written_as_the_platform_wants_them(tmp_path):
    with open_parcel(tmp_path / "out", replaces=["plat"]) as parcel:
        parcel.write_list(a_platform(), iter([ROWS]), hashed=True, with_value=True)
    assert lines(tmp_path / "out" / "plat.csv") == [
        ["email", "email", "age", "dob", "value"],
        ["a", "a2", "", "", "1.5"],
        ["b", "", "", "", "2.0"],
        ["c", "", "", "", "30.25"],
    ]


def test_a_plain_list_fills_the_columns_for_plain_files(tmp_path):
    with open_parcel(tmp_path, replaces=["plat"]) as parcel:
        parcel.write_list(a_platform(), iter([ROWS]), hashed=False, with_value=True)
    assert lines(tmp_path / "plat.csv")[1] == ["a", "a2", "", "1968-10-21", "1.5"]


def test_a_column_may_join_several_and_stays_blank_unless_all_are_there(tmp_path):
    born = FileColumn(header="dob", joined=("EMAIL", "EMAIL_2"))
    with open_parcel(tmp_path, replaces=["plat"]) as parcel:
        parcel.write_list(a_platform(file_columns=(born,)), iter([ROWS]), hashed=True, with_value=True)
    assert (tmp_path / "plat.csv").read_text() == "dob\na-a2\n\n\n"


@pytest.mark.parametrize(("hashed", "expected"), [(True, "sha,sha2\na,\n"), (False, "mail,sha2\na,a2\n")])
def test_headers_and_columns_differ_between_plain_and_hashed_files(tmp_path, hashed, expected):
    columns = (
        FileColumn(header="sha", plain_header="mail", column="EMAIL"),
        FileColumn(header="sha2", column="EMAIL_2", plain_only=True),
    )
    with open_parcel(tmp_path, replaces=["plat"]) as parcel:
        parcel.write_list(a_platform(file_columns=columns), iter([ROWS.head(1)]), hashed=hashed, with_value=True)
    assert (tmp_path / "plat.csv").read_text() == expected


def test_a_column_for_hashed_files_stays_blank_in_plain_ones(tmp_path):
    columns = (FileColumn(header="email"), FileColumn(header="sha", column="EMAIL", hashed_only=True))
    with open_parcel(tmp_path, replaces=["plat"]) as parcel:
        parcel.write_list(a_platform(file_columns=columns), iter([ROWS.head(1)]), hashed=False, with_value=True)
    assert lines(tmp_path / "plat.csv")[1] == ["", ""]


def test_one_value_per_line_means_a_file_per_kind_without_blanks_and_doubles(tmp_path):
    columns = (
        FileColumn(header="mail", column="EMAIL"), FileColumn(header="mail", column="EMAIL_2"),
        FileColumn(header="dob", column="DOB"), FileColumn(header="phone", column="PHONE"),
    )  # fmt: skip
    rows = pl.concat([ROWS, ROWS.head(1)])
    plat = a_platform(file_columns=columns, one_value_per_line=True, file_header=False)
    with open_parcel(tmp_path, replaces=["plat"]) as parcel:
        parcel.write_list(plat, iter([rows]), hashed=True, with_value=True, tier=2)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "plat-tier2-mail.csv": "a\nb\nc\na2\n",
        "plat-tier2-dob.csv": "1968-10-21\n",
    }
    assert [file.rows for file in parcel.files] == [4, 1]


def test_an_empty_list_is_still_a_file(tmp_path):
    plat = a_platform(one_value_per_line=True, file_columns=(FileColumn(header="email", column="EMAIL"),))
    with open_parcel(tmp_path, replaces=["plat"]) as parcel:
        parcel.write_list(plat, iter([ROWS.clear()]), hashed=True, with_value=True)
    assert (tmp_path / "plat.csv").read_text() == "email\n"


def test_a_list_without_value_has_no_value_column(tmp_path):
    with open_parcel(tmp_path, replaces=["plat"]) as parcel:
        parcel.write_list(a_platform(), iter([ROWS]), hashed=True, with_value=False)
    assert lines(tmp_path / "plat.csv")[0] == ["email", "email", "age", "dob"]


def test_a_list_over_the_row_limit_is_split_and_every_part_has_the_header(tmp_path):
    with open_parcel(tmp_path, replaces=["plat"]) as parcel:
        parcel.write_list(a_platform(max_file_rows=2), iter([ROWS]), hashed=True, with_value=True)
    first, second = lines(tmp_path / "plat-001.csv"), lines(tmp_path / "plat-002.csv")
    assert [row[0] for row in first] == ["email", "a", "b"]
    assert [row[0] for row in second] == ["email", "c"]
    assert [file.rows for file in parcel.files] == [2, 1]


def test_no_part_is_larger_than_the_byte_limit_and_no_row_is_lost(tmp_path):
    rows = pl.DataFrame({"EMAIL": [f"{n:064d}" for n in range(500)], "WORTH": [float(n) for n in range(1, 501)]})
    with open_parcel(tmp_path, replaces=["plat"]) as parcel:
        parcel.write_list(a_platform(max_file_bytes=2_000), iter([rows]), hashed=True, with_value=True)
    parts = sorted(tmp_path.glob("plat-*.csv"))
    assert all(part.stat().st_size <= 2_000 for part in parts)
    assert len(parts) > 1
    assert [row[0] for part in parts for row in lines(part)[1:]] == rows["EMAIL"].to_list()


def test_files_are_private_and_the_manifest_knows_their_digests(tmp_path):
    with open_parcel(tmp_path, replaces=["plat", "manifest"]) as parcel:
        parcel.write_list(a_platform(), iter([ROWS]), hashed=True, with_value=True)
        parcel.write_json("manifest.json", {"files": [file.sha256 for file in parcel.files]})
    written = tmp_path / "plat.csv"
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert json.loads((tmp_path / "manifest.json").read_text())["files"] == [
        hashlib.sha256(written.read_bytes()).hexdigest()
    ]


def test_a_failure_leaves_nothing_behind(tmp_path):
    def breaking():
        yield ROWS
        raise RuntimeError("half way")

    with (
        pytest.raises(RuntimeError, match="half way"),
        open_parcel(tmp_path / "out", replaces=["plat"]) as parcel,
    ):
        parcel.write_list(a_platform(), breaking(), hashed=True, with_value=True)
    assert list((tmp_path / "out").iterdir()) == []


def test_an_earlier_export_is_not_overwritten_without_force(tmp_path):
    (tmp_path / "plat-001.csv").write_text("old")
    (tmp_path / "notes.txt").write_text("mine")
    with (
        pytest.raises(ConfigError, match="already holds an export"),
        open_parcel(tmp_path, replaces=["plat"]),
    ):
        pass
    with open_parcel(tmp_path, replaces=["plat"], force=True) as parcel:
        parcel.write_list(a_platform(), iter([ROWS]), hashed=True, with_value=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notes.txt", "plat.csv"]


def test_a_file_in_place_of_the_folder_is_explained(tmp_path):
    (tmp_path / "out").write_text("a file")
    with (
        pytest.raises(ConfigError, match="cannot be written"),
        open_parcel(tmp_path / "out", replaces=["plat"]),
    ):
        pass
