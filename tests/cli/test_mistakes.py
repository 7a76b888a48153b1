"""The mistakes a marketer makes, and what the tool says."""

import os
import subprocess
import sys

import pytest

ORDERS = "Order ID,Email,Total,Currency,Date,Status\n1,ann@example.com,10.00,EUR,2026-05-13,paid\n"
HEADER = "Order ID,Email,Total,Currency,Date"


def command(*arguments):
    return subprocess.run(
        [sys.executable, "-c", "from audience_builder.cli import main; main()", *map(str, arguments)],
        capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "80"},
    )  # fmt: skip


@pytest.fixture
def orders(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text(ORDERS)
    return path


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "is empty"),
        (f"{HEADER}\n", "header"),
        ("%PDF-1.7 not a table", "PDF"),
        ("a,b,c\n1,2,3\n", "--map"),
        ("Order ID,Email,Total,Date\n1,ann@example.com,10,2026-05-13\n", "--currency"),
        (f"{HEADER}\n1,ann@example.com,10,EUR,2026-05-13\n2,bob@example.com,5,USD,2026-05-13\n", "currenc"),
        (f"{HEADER}\n1,ann@example.com,10,EUR,05/06/2026\n", "--date-order"),
        (f"{HEADER},Status\n1,ann@example.com,10,EUR,2026-05-13,wobbling\n", "wobbling"),
    ],
)
def test_a_bad_file_gets_three_parts_and_no_contact(tmp_path, content, says):
    path = tmp_path / "bad.csv"
    path.write_text(content)
    done = command("report", path, "-o", tmp_path / "report.csv")
    assert done.returncode == 3, done.stderr
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 3
    assert "example.com" not in done.stderr + done.stdout
    assert not (tmp_path / "report.csv").exists()


def test_a_missing_file_names_the_nearest(orders):
    done = command("report", orders.with_name("order.csv"))
    assert done.returncode == 2
    assert "orders.csv" in done.stderr


def test_an_unknown_platform_names_the_nearest(orders, tmp_path):
    done = command("export", orders, "--to", "metta", "-o", tmp_path / "out")
    assert done.returncode == 2
    assert "Did you mean meta?" in done.stderr
    assert not (tmp_path / "out").exists()


def test_nobody_left_is_said_and_nothing_written(orders, tmp_path):
    done = command("export", orders, "--to", "meta", "--min-paid", "1000", "-o", tmp_path / "out")
    assert done.returncode == 3
    assert "No customer is left" in done.stderr
    assert list((tmp_path / "out").glob("*")) == []


@pytest.mark.parametrize(
    ("flag", "says"), [("orderz >= 1", "Did you mean orders?"), ("__import__('os')", "is no condition")]
)
def test_a_bad_condition_is_explained(orders, flag, says):
    done = command("report", orders, "--where", flag)
    assert done.returncode == 2
    assert says in done.stderr


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ("orders >= 2", 3),
        ("not (net_paid > 5)", 3),
        ("orders == 1 and last_order_at >= '2026-05-01'", 0),
        ("segment in ['Lost', 'New']", 0),
    ],
)
def test_a_condition_on_report_columns_filters(orders, condition, code):
    done = command("report", orders, "--where", condition, "--json")
    assert done.returncode == code, done.stderr
