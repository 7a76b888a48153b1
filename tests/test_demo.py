"""The main job on the bundled data, as a user runs it."""

import csv
import hashlib
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

DEMO = Path(__file__).resolve().parents[1] / "audience_builder" / "demo"
FILES = [str(DEMO / "orders.csv.gz"), "--customers", str(DEMO / "customers.csv")]
CLASSIC = "first_name,last_name,email,phone,city,state,postal_code,country,total_paid"
HASHED_META = {"email", "phone", "fn", "ln", "zip", "ct", "st", "country", "doby", "gen"}
HASHED_GOOGLE = {"Email", "Phone", "First Name", "Last Name"}


def command(*arguments, check=True):
    done = subprocess.run(
        [sys.executable, "-c", "from audience_builder.cli import main; main()", *map(str, arguments)],
        capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "80"},
    )  # fmt: skip
    if check:
        assert done.returncode == 0, done.stderr
    return done


def rows(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    done = command("demo", "-o", folder / "out", "--json")
    return folder / "out", json.loads(done.stdout), done


@pytest.fixture(scope="module")
def lists(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lists")
    given = ["export", *FILES, "--to", "meta", "--to", "google", "--json", "-o"]
    command(*given, folder / "hashed")
    command(*given, folder / "plain", "--plain")
    return folder / "hashed", folder / "plain"


def test_every_line_of_the_funnel_adds_up(demo):
    _, summary, _ = demo
    assert summary["rows_read"] == 29_260
    assert summary["rows_read"] == (
        summary["rows_rejected"] + sum(summary["rows_dropped"].values()) + summary["rows_folded"]
        + summary["refund_rows"] + summary["orders"] + sum(summary["orders_left_out"].values())
    )  # fmt: skip
    assert summary["customers"] == summary["customers_kept"] + sum(summary["dropped_by_reason"].values())
    for line in summary["lists"]:
        assert summary["customers_kept"] == line["rows"] + sum(line["dropped_by_reason"].values())


def test_the_money_is_that_of_the_published_data(demo):
    _, summary, _ = demo
    assert (summary["currency"], summary["total_paid"]) == ("GBP", "10797360.47")
    assert (summary["total_refunded"], summary["net_paid"]) == ("559037.06", "10238323.41")


def test_customers_and_the_money_of_no_one_make_up_all_money(tmp_path):
    done = command("report", *FILES, "-o", tmp_path / "r.parquet", "--json")
    summary, table = json.loads(done.stdout), pl.read_parquet(tmp_path / "r.parquet")
    assert table["net_paid"].sum() + pl.Series([summary["net_of_no_one"]]).str.to_decimal(scale=2).sum() == (
        pl.Series(["10238323.41"]).str.to_decimal(scale=2).sum()
    )
    assert table.height == summary["customers_kept"]


def test_the_classic_report_has_its_columns_and_nobody_with_a_refund(tmp_path):
    command(
        "report",
        *FILES,
        "--min-paid",
        "1",
        "--no-refunds",
        "--columns",
        f"{CLASSIC},total_refunded,net_paid",
        "-o",
        tmp_path / "r.csv",
    )
    table = pl.read_csv(tmp_path / "r.csv", infer_schema=False)
    assert table.columns == [*CLASSIC.split(","), "total_refunded", "net_paid"]
    assert table["total_refunded"].unique().to_list() == ["0.00"]
    assert table["net_paid"].cast(pl.Float64).min() >= 1
    assert table.height > 1_000


def test_each_digest_is_that_of_the_plain_normalised_value(lists):
    hashed, plain = lists
    for name, digested in (("meta.csv", HASHED_META), ("google.csv", HASHED_GOOGLE)):
        sent, known = rows(hashed / name), rows(plain / name)
        assert sent[0] == known[0]
        assert len(sent) == len(known) > 3_000
        for sent_row, known_row in zip(sent[1:], known[1:], strict=True):
            for header, got, text in zip(sent[0], sent_row, known_row, strict=True):
                expected = hashlib.sha256(text.encode()).hexdigest() if text and header in digested else text
                # A birth date in one cell cannot match when hashed: it is in plain files only.
                assert got == ("" if header == "dob" else expected), header


def test_headers_are_exactly_those_of_the_platforms(lists):
    hashed, _ = lists
    assert rows(hashed / "meta.csv")[0] == (
        "email,email,email,phone,phone,phone,madid,fn,ln,zip,ct,st,country,dob,doby,gen,age,uid,value".split(",")
    )
    assert rows(hashed / "google.csv")[0] == (
        "Email,Email,Email,Phone,Phone,Phone,First Name,Last Name,Country,Zip".split(",")
    )


def test_google_gets_one_list_per_value_tier_and_nobody_twice(demo):
    folder, _, _ = demo
    tiers = [rows(folder / f"google-tier{tier}.csv")[1:] for tier in (1, 2, 3)]
    addresses = [address for tier in tiers for row in tier for address in row[:3] if address]
    assert all(tiers)
    assert len(set(addresses)) == len(addresses)
    people = [tuple(row) for tier in tiers for row in tier]
    assert len(set(people)) == len(people)


def test_files_are_private_and_the_manifest_has_their_checksums(demo):
    folder, _, _ = demo
    manifest = json.loads((folder / "manifest.json").read_text())
    listed = {file["name"]: file["sha256"] for file in manifest["summary"]["files"]}
    assert {"meta.csv", "google-tier1.csv", "rejects.csv"} <= set(listed)
    for name, digest in listed.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def contact_values():
    with (DEMO / "customers.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            yield from (row[name].strip() for name in ("Email", "Phone") if len(row[name].strip()) > 5)


def test_no_contact_value_is_in_output_errors_or_manifest(demo):
    folder, _, done = demo
    told = done.stdout + done.stderr + (folder / "manifest.json").read_text() + (folder / "rejects.csv").read_text()
    told += command("report", *FILES).stdout
    assert [value for value in set(contact_values()) if value in told] == []


def test_the_demo_ends_with_an_upload_that_leaves_no_record(demo):
    folder, summary, _ = demo
    list_rows = next(one["rows"] for one in summary["lists"] if one["platform"] == "meta")
    # The API takes people by customer id alone, the file does not: there may be more of them.
    assert summary["added"] == summary["members"] >= list_rows
    assert (summary["removed"], summary["rejected_by_platform"], summary["dry_run"]) == (0, 0, False)
    assert summary["audience_id"]
    assert not [path for path in folder.iterdir() if path.is_dir()]


def test_a_second_run_refuses_to_overwrite(demo):
    folder, _, _ = demo
    before = (folder / "meta.csv").read_bytes()
    done = command("demo", "-o", folder, check=False)
    assert done.returncode == 2
    assert "already holds an export" in done.stderr
    assert "--force" in done.stderr
    assert (folder / "meta.csv").read_bytes() == before


def test_consent_fails_closed(demo):
    _, summary, _ = demo
    assert summary["dropped_by_reason"]["no_consent"] > 400


def test_the_terminal_summary_fits_80_columns():
    done = command("report", *FILES)
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_merges_are_explained_without_a_contact_value(tmp_path):
    command("report", *FILES, "--merges", tmp_path / "merges.csv", "--quiet")
    table = pl.read_csv(tmp_path / "merges.csv", infer_schema=False)
    assert table.columns == ["customer_key", "source", "source_row", "joined_by"]
    assert table["source"].unique().sort().to_list() == ["customers.csv", "orders.csv.gz"]
    assert "email" in " ".join(table["joined_by"].drop_nulls().unique())
