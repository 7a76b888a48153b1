"""Databases on the command line, with the mistakes people make."""

import json
import os
import sqlite3
import subprocess
import sys
import tomllib
from contextlib import closing

import polars as pl
import pytest

ORDERS = "SELECT id AS order_id, email, total, 'EUR' AS currency, day AS order_date FROM orders"
PEOPLE = "SELECT email, phone FROM people"
PASSWORD, USER, EMAIL = "canary-password", "canary_user", "canary.person@example.com"
OF_SOMEBODY = "SELECT 'canary.person@example.com' FROM canary_table"
WITHOUT_SOMEBODY = "DELETE FROM canary_table WHERE email = 'canary.person@example.com'"


def command(*arguments, cwd, **environ):
    return subprocess.run(
        [sys.executable, "-c", "from audience_builder.cli import main; main()", *map(str, arguments)],
        capture_output=True, text=True, check=False, cwd=cwd, stdin=subprocess.DEVNULL,
        env={**os.environ, "COLUMNS": "80", "TMPDIR": str(cwd / "tmp"), **environ},
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "tmp").mkdir()
    with closing(sqlite3.connect(tmp_path / "shop.db")) as database:
        database.execute("CREATE TABLE orders (id, email, total, day)")
        rows = [(n, f"person{n}@example.com", 10 * n, f"2026-05-{n:02}") for n in range(1, 11)]
        database.executemany("INSERT INTO orders VALUES (?, ?, ?, ?)", rows)
        database.execute("CREATE TABLE people (email, phone)")
        database.executemany("INSERT INTO people VALUES (?, ?)", [(row[1], f"+1202555{row[0]:04}") for row in rows])
        database.commit()
    return tmp_path


def test_a_report_joins_two_queries_and_names_both(folder):
    (folder / "orders.sql").write_text(f"-- all of them\n{ORDERS};\n")
    (folder / "people.sql").write_text(PEOPLE)
    done = command(
        "report", "sqlite:///shop.db", "--customers", "sqlite:///shop.db",
        "--query-file", "orders.sql", "--query-file", "people.sql", "-o", "report.csv", "--json", cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    names = [one["name"] for one in summary["sources"]]
    assert [name.partition(" (query ")[0] for name in names] == ["shop.db", "shop.db"]
    assert len(set(names)) == 2
    assert [len(one["sha256"]) for one in summary["sources"]] == [64, 64]
    report = pl.read_csv(folder / "report.csv", infer_schema=False)
    assert report.filter(email="person3@example.com")["phone"].to_list() == ["+12025550003"]
    assert summary["total_paid"] == "550.00"
    assert list((folder / "tmp").iterdir()) == []


def test_rejects_count_the_rows_of_the_result(folder):
    query = ORDERS.replace("total", "CASE id WHEN 3 THEN 'much' ELSE total END AS total")
    done = command("export", "sqlite:///shop.db", "--query", query, "--to", "meta", "-o", "out", cwd=folder)
    assert done.returncode == 0, done.stderr
    (reject,) = pl.read_csv(folder / "out" / "rejects.csv").to_dicts()
    assert reject["file"].startswith("shop.db (query ")
    assert reject["line"] == 3
    manifest = json.loads((folder / "out" / "manifest.json").read_text())
    assert manifest["summary"]["sources"][0]["name"] == reject["file"]


def test_init_writes_the_queries_down(folder):
    done = command(
        "init", "sqlite:///shop.db", "sqlite:///shop.db", "--query", ORDERS, "--query", PEOPLE, "--yes", "--client", "acme",
        cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    settings = tomllib.loads((folder / "audience.toml").read_text())
    assert settings["sources"] == [{"url": "sqlite:///shop.db", "query": ORDERS}]
    assert settings["customers"] == [{"url": "sqlite:///shop.db", "query": PEOPLE}]
    done = command(
        "refresh",
        "--plan",
        folder / "audience.toml",
        cwd=folder / "tmp",
        META_ACCESS_TOKEN="x",
        XDG_DATA_HOME=str(folder),
    )
    assert "People added" in done.stdout, done.stderr


@pytest.mark.parametrize("name", ["inspect", "backtest"])
def test_every_command_that_reads_takes_a_query(folder, name):
    done = command(name, "sqlite:///shop.db", "--query", ORDERS, cwd=folder)
    assert "is read by a query" not in done.stderr
    assert "shop.db (query " in done.stdout + done.stderr or name == "backtest"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["sqlite:///shop.db", "--query", "SELECT 1", "--query-file", "a.sql"], 2, "exclude each other"),
        (["shop.db"], 3, "sqlite:///PATH"),
        (["sqlite:///shop.db", "--query", OF_SOMEBODY], 2, "names a table that is not there"),
        (
            ["sqlite:///shop.db", "--query", WITHOUT_SOMEBODY],
            2,
            "does not begin with SELECT",
        ),
        ([f"postgresql://{USER}:{PASSWORD}@db.example.com/shop", "--query", ORDERS], 2, "holds a password"),
        ([f"postgresql://{USER}@127.0.0.1:1/shop", "--query", ORDERS], 6, "cannot be reached"),
        ([f"mysql://{USER}@127.0.0.1:1/shop", "--query", ORDERS], 6, "cannot be reached"),
    ],
)
def test_a_mistake_gets_three_parts_and_no_secret(folder, arguments, code, says):
    done = command("report", *arguments, cwd=folder, AUDIENCE_BUILDER_DB_PASSWORD=PASSWORD)
    assert (done.returncode, says in done.stderr) == (code, True), done.stderr
    assert len(done.stderr.strip().splitlines()) == 3
    assert not [one for one in (PASSWORD, EMAIL, USER, "canary_table") if one in done.stderr]
    assert list((folder / "tmp").iterdir()) == []
