"""What the commands print with ``--json`` is what docs/schemas/ promises, no member more and none less."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest

from audience_builder.sandbox import Sandbox

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"
COMMAND = [sys.executable, "-c", "from audience_builder.cli import main; main()"]
TODAY = datetime.now(UTC).date()
PROMISED = {
    "summary": "rows_read rows_rejected rejects_by_reason orders customers customers_kept dropped_by_reason currency "
    "total_paid total_refunded net_paid match_key_coverage repairs files",
    "upload": "added removed revalued unchanged rejected_by_platform audience_id requests",
    "refresh": "added removed revalued unchanged rejected_by_platform audience_id requests",
    "erase": "exit_code receipts",
    "backtest": "models chosen",
    "packs": "exit_code clients",
    "history": "attempts seal",
}


def schema(name):
    return json.loads((SCHEMAS / f"{name}.json").read_text())


@pytest.fixture
def shop(tmp_path):
    """120 customers who came back after some weeks."""
    rows = [
        f"{n}-{visit},C-{n},person{n}@example.com,{10 + n}.00,EUR,{TODAY - timedelta(days=7 * (visit * (n % 9) + n % 5))},paid"
        for n in range(1, 121)
        for visit in range(3)
    ]
    path = tmp_path / "orders.csv"
    path.write_text("\n".join(["Order ID,Customer ID,Email,Total,Currency,Date,Status", *rows]) + "\n")
    return path


@pytest.fixture
def environ(tmp_path):
    with Sandbox() as stand_in:
        yield {**os.environ, "XDG_DATA_HOME": str(tmp_path / "data"), **stand_in.environ}, stand_in.account.account


def printed(*arguments, cwd, environ=None):
    done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=True, cwd=cwd, env=environ)
    return json.loads(done.stdout)


def check(document, name):
    promise = schema(name)
    jsonschema.validate(document, promise)
    assert set(document) == set(promise["required"])


@pytest.mark.parametrize("name", PROMISED)
def test_a_schema_promises_what_machines_rely_on(name):
    promise = schema(name)
    jsonschema.Draft202012Validator.check_schema(promise)
    assert set(PROMISED[name].split()) <= set(promise["required"])


def test_report_and_export_print_the_summary(shop, tmp_path):
    check(printed("report", "orders.csv", "-o", "r.csv", "--json", cwd=tmp_path), "summary")
    check(printed("export", "orders.csv", "--to", "meta", "-o", "lists", "--json", cwd=tmp_path), "summary")


def test_packs_of_clients_files_are_told_client_by_client(shop, tmp_path):
    (tmp_path / "audience.toml").write_text(
        '[client]\nname = "acme"\n[[sources]]\npath = "orders.csv"\n'
        '[audiences.all]\nplatform = "meta"\naccount = "act_1"\nname = "All"\n'
    )
    told = printed("export", "audience.toml", "--to", "google", "--pack", "-o", "packs", "--json", cwd=tmp_path)
    check(told, "packs")
    assert told["clients"][0]["folder"] == "packs/acme"


def test_upload_refresh_and_erase_print_what_was_sent(shop, tmp_path, environ):
    variables, account = environ
    to = ("--to", "meta", "--account", account, "--name", "Seed", "--state", "state")
    check(printed("upload", "orders.csv", *to, "--json", cwd=tmp_path, environ=variables), "upload")
    printed_settings = tmp_path / "audience.toml"
    printed_settings.write_text(
        '[client]\nname = "acme"\nstate = "own"\n[[sources]]\npath = "orders.csv"\n'
        f'[audiences.all]\nplatform = "meta"\naccount = "{account}"\nname = "All"\n'
    )
    check(printed("refresh", "audience.toml", "--apply", "--json", cwd=tmp_path, environ=variables), "refresh")
    receipt = printed("erase", "person7@example.com", "audience.toml", "--json", cwd=tmp_path, environ=variables)
    check(receipt, "erase")
    assert set(receipt["receipts"][0]) == set(schema("erase")["properties"]["receipts"]["items"]["required"])
    check(printed("history", "audience.toml", "--verify", "--json", cwd=tmp_path), "history")


def test_backtest_prints_the_scores(shop, tmp_path):
    check(printed("backtest", "orders.csv", "--json", cwd=tmp_path), "backtest")
