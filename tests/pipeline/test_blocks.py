"""A shop worked on block by block gives the very bytes it gives at once."""

import csv
import json
import os
import subprocess
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audience_builder.contacts import ContactRules
from audience_builder.errors import DataError
from audience_builder.ledger import Identity
from audience_builder.pipeline import Lists, Request, export
from audience_builder.sources import OrderFiles, SourceOptions
from audience_builder.who import Who
from audience_builder.worth import Worth

SAMPLES = Path(__file__).parents[1] / "data" / "samples"
HEADER = ("Order ID", "Order Date", "Total", "Refunded Amount", "Currency", "Status", "Customer ID", "Email", "Phone",
          "First Name", "Last Name", "Zip", "Country", "Date of Birth")  # fmt: skip
ALL_AT_ONCE = 1_000_000

PERSON = st.integers(0, 7)
ORDER = st.fixed_dictionaries({
    "order": st.integers(1, 25),
    "person": PERSON,
    "id": st.booleans(), "email": st.sampled_from(["own", "till", "none", "other"]), "phone": st.booleans(),
    "total": st.sampled_from(["10.00", "1.250", "99,5", "-4.00", "0", "x", "25.50"]),
    "refund": st.sampled_from(["", "", "5", "99.00"]),
    "status": st.sampled_from(["paid", "paid", "refunded", "cancelled"]),
    "day": st.integers(1, 28), "birth": st.sampled_from(["", "05/06/1990", "21/10/1968", "1970-03-04"]),
})  # fmt: skip
SHOP = st.lists(ORDER, min_size=8, max_size=40)


def rows_of(orders):
    for one in orders:
        who = one["person"]
        email = {"own": f"ann{who}@example.com", "till": "till@example.com", "none": "",
                 "other": f"Ann{who + 1}@Example.com "}[one["email"]]  # fmt: skip
        total = one["total"].replace(",", ".")
        yield (one["order"], f"{one['day']}/03/2026 10:00", total, one["refund"], "EUR", one["status"],
               f"C{who}" if one["id"] else "", email, f"+4420794600{who:02}" if one["phone"] else "",
               "Ann", f"Lee{who}", "SW1A 1AA", "GB", one["birth"])  # fmt: skip


def written(path, rows, header=HEADER):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return str(path)


def unordered(value):
    """Counts by reason have no order of their own."""
    if isinstance(value, dict):
        return {key: unordered(inner) for key, inner in sorted(value.items())}
    return [unordered(inner) for inner in value] if isinstance(value, list) else value


def outcome(request, folder, block_rows, platforms=("meta", "google")):
    """Every file's bytes, the manifest as a document; or what was refused."""
    try:
        export(request, Lists(platforms=platforms, tiers=2), folder, block_rows=block_rows)
    except DataError as error:
        return str(error)
    found = {path.name: path.read_bytes() for path in folder.iterdir()}
    return found | {"manifest.json": unordered(json.loads(found["manifest.json"]))}


@pytest.fixture(autouse=True)
def _same_time(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1764000000")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SHOP, SHOP, st.booleans(), st.sampled_from([("id", "email"), ("email",), ("id", "email", "phone"), ("phone",)]))
def test_blocks_of_any_size_give_the_bytes_of_one(first, second, with_contacts, keys):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = tuple(written(folder / f"{at}.csv", rows_of(shop)) for at, shop in enumerate((first, second)))
        contacts = [(f"C{n}", f"ann{n}@example.com", f"+4420794600{n:02}", "Bea", "yes") for n in range(5)]
        known = written(folder / "contacts.csv", contacts, ("Customer ID", "Email", "Phone", "First Name", "OK"))
        request = Request(
            files=files,
            customers=(known,) if with_contacts else (),
            source=SourceOptions(date_order="dmy"),
            contacts=ContactRules(home_country="GB"),
            identity=Identity(keys=keys, max_ids_per_key=2),
            who=Who(min_paid=Decimal(1)),
            worth=Worth(kind="historic"),
        )
        whole = outcome(request, folder / "whole", ALL_AT_ONCE)
        for block_rows in (2, 7):
            assert outcome(request, folder / f"by-{block_rows}", block_rows) == whole


def order(n, **more):
    return {"order": n, "person": n % 8, "id": True, "email": "own", "phone": True, "total": "10.00", "refund": "",
            "status": "paid", "day": 1 + n % 28, "birth": "", **more}  # fmt: skip


def test_the_address_of_a_till_joins_nobody_in_any_block(tmp_path):
    file = written(tmp_path / "orders.csv", rows_of([order(n, email="till") for n in range(8)]))
    request = Request(
        files=(file,), source=SourceOptions(date_order="dmy"), identity=Identity(max_ids_per_key=3),
        worth=Worth(kind="historic"),
    )  # fmt: skip
    summary = export(request, Lists(platforms=("google",)), tmp_path / "lists", block_rows=2)
    assert (summary.customers, dict(summary.shared_keys)) == (8, {"email": 1})


def test_an_order_that_comes_again_is_refused_in_another_block(tmp_path):
    rows = [(n, "2026-03-13", "10.00") for n in (1, 2, 3, 4, 5)] + [
        (1, "2026-03-13", "12.00"),
        (2, "2026-03-13", "10.00"),
    ]
    file = Path(written(tmp_path / "orders.csv", rows, ("Order ID", "Order Date", "Total")))
    at_once, by_two = (told(file, SourceOptions(currency="EUR"), block_rows) for block_rows in (None, 2))
    assert at_once == by_two
    _, rejects, (facts,), _, orders = by_two
    assert (orders, facts.rows_dropped) == (5, {"the same order again": 1})
    assert [(line, column) for _, line, column, _ in rejects] == [(7, "order_id")]


SAMPLE_FILES = sorted(path for path in SAMPLES.rglob("*") if path.suffix in {".csv", ".txt"})


@pytest.mark.parametrize("path", SAMPLE_FILES, ids=lambda path: path.stem)
@pytest.mark.parametrize("block_rows", [1, 3])
def test_every_sample_reads_the_same_block_by_block(path, block_rows):
    options = SourceOptions(currency="EUR")
    assert told(path, options, block_rows) == told(path, options, None)


def told(path, options, block_rows):
    """Everything that reading says; or what it refuses."""
    try:
        files = OrderFiles([path], options, block_rows)
        for reading in files.readings():
            tables = list(reading)
        account = files.account()
    except DataError as error:
        return str(error)
    rows = pl.concat(tables).sort("source", "source_row").rows()
    return rows, account.rejects.rows(), account.files, account.left_out, account.rows


def test_a_mark_that_a_later_block_tells_holds_for_the_earlier_ones(tmp_path):
    rows = [("1", "2026-03-01", "1.250"), ("2", "2026-03-01", "2.500"), ("3", "2026-03-01", "7,5")]
    path = Path(written(tmp_path / "orders.csv", rows, ("Order ID", "Order Date", "Total")))
    files = OrderFiles([path], SourceOptions(currency="EUR"), 1)
    readings = [pl.concat(list(reading)) for reading in files.readings()]
    assert len(readings) == 2
    assert readings[-1]["gross_amount"].to_list() == [Decimal(1250), Decimal(2500), Decimal("7.5")]


KILLED = """
import os, signal, sys
from pathlib import Path
from audience_builder.pipeline import Lists, Request, export, running
running.valued = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
export(Request(files=(sys.argv[1],)), Lists(platforms=("meta",)), Path(sys.argv[2]), block_rows=5)
"""


def test_a_killed_run_leaves_no_contact_behind(tmp_path):
    file = written(tmp_path / "orders.csv", rows_of([order(n) for n in range(30)]))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", KILLED, file, str(tmp_path / "out")],
        env={**os.environ, "TMPDIR": str(scratch)}, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == -9, done.stderr
    assert list(scratch.rglob("*")) == []
    left = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert left == []
