"""``-`` is what is piped in: any format, told by its bytes, under its own name."""

import gzip
import io
import os
import subprocess
import sys

import polars as pl
import pytest

from audience_builder.sources.containers import Kind, parts
from audience_builder.sources.reading import read_tables
from audience_builder.sources.standard_input import spooled

CSV = b"Order ID,Email,Total,Currency\n1,ann@example.com,10.00,EUR\n"
LINES = b'{"Order ID": 1, "Email": "ann@example.com", "Total": 10.00, "Currency": "EUR"}\n'


def parquet():
    buffer = io.BytesIO()
    pl.read_csv(CSV, infer_schema=False).write_parquet(buffer)
    return buffer.getvalue()


FORMS = {
    "CSV": CSV,
    "TSV": CSV.replace(b",", b"\t"),
    "UTF-16": CSV.decode().encode("utf-16"),
    "JSON lines": LINES * 1,
    "a list": b"\n [" + LINES + b"]",
    "a page": b'{"orders": [' + LINES + b"]}",
    "Parquet": parquet(),
}


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzipped"])
@pytest.mark.parametrize("content", FORMS.values(), ids=FORMS)
def test_every_form_is_told_by_its_bytes(content, packed):
    spool = spooled(io.BytesIO(gzip.compress(content) if packed else content))
    (table,) = read_tables(spool.path, lambda names: range(len(names)))
    assert (table.name, table.notes) == ("standard input", ())
    assert [row[1:] for row in table.table.rows()] == [("1", "ann@example.com", "10.00", "EUR")]


@pytest.mark.parametrize("head", [b"[Order ID],[Email]\n", b"{Order ID},{Email}\n", b"[]x,y\n"])
def test_column_names_in_brackets_are_no_json(tmp_path, head):
    spool = spooled(io.BytesIO(head + b"1,2\n"))
    assert parts(spool.path)[0].kind is Kind.TEXT


def command(*arguments, piped=b"", **environ):
    return subprocess.run(
        [sys.executable, "-c", "from audience_builder.cli import main; main()", *map(str, arguments)],
        input=piped, capture_output=True, check=False, env={**os.environ, "COLUMNS": "80", **environ},
    )  # fmt: skip


def test_a_report_and_a_list_of_people_come_from_a_pipe(tmp_path):
    done = command("report", "-", "-o", tmp_path / "report.csv", piped=gzip.compress(CSV), TMPDIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert b"standard input (generic-orders)" in done.stdout
    assert pl.read_csv(tmp_path / "report.csv")["total_paid"].to_list() == [10.0]
    assert [one.name for one in tmp_path.iterdir()] == ["report.csv"]
    (tmp_path / "orders.csv").write_bytes(CSV + b"2,bob@example.com,5.00,EUR\n")
    done = command("report", tmp_path / "orders.csv", "--suppress", "-", "--json", piped=b"bob@example.com")
    assert b'"suppressed": 1' in done.stdout, done.stderr


@pytest.mark.parametrize(
    ("arguments", "piped", "says"),
    [
        (["report", "-"], b"", b"standard input is empty."),
        (["report", "-"], CSV[:30], b"standard input has a header row and no rows below it."),
        (["init", "-"], CSV, b"Standard input cannot be a source of settings."),
    ],
)
def test_what_cannot_be_read_from_a_pipe_is_said(arguments, piped, says):
    done = command(*arguments, piped=piped)
    assert done.returncode in {2, 3}
    assert says in done.stderr
