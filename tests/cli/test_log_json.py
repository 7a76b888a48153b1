"""``--log-json`` as a scheduler reads it: whole lines of JSON, and nobody in them."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from audience_builder.sandbox import Fault, Kind, Sandbox

TOKEN = "EAAsandboxCanaryToken0123456789"
HEADER = "Order ID,Customer ID,Email,Phone,Total,Currency,Date,Status"
COMMAND = [sys.executable, "-c", "from audience_builder.cli import main; main()"]
TODAY = datetime.now(UTC).date().isoformat()
TO = ("--to", "meta", "--account", "act_1", "--name", "Seed", "--client", "acme", "--batch-rows", "50")
SETTINGS = """
[client]
name = "acme"
home_country = "US"
[[sources]]
path = "orders.csv"
[audiences.all]
platform = "meta"
account = "act_1"
name = "Seed"
"""


@pytest.fixture
def sandbox():
    with Sandbox(tokens={TOKEN: ("ads_management",)}) as stand_in:
        yield stand_in


@pytest.fixture
def home(tmp_path):
    rows = [f"{n},C-{n},person{n}@example.com,+1202555{n:04d},{10 + n}.00,EUR,{TODAY},paid" for n in range(1, 121)]
    (tmp_path / "orders.csv").write_text("\n".join([HEADER, *rows]) + "\n")
    (tmp_path / "few.csv").write_text("\n".join([HEADER, *rows[:20], f"121,{rows[0]}"]) + "\n")
    (tmp_path / "audience.toml").write_text(SETTINGS)
    return tmp_path


def told(home, sandbox, *arguments):
    """Exit code, stdout and events."""
    own = {name: text for name, text in os.environ.items() if name != "META_ACCESS_TOKEN"}
    to = {"AUDIENCE_BUILDER_META_ENDPOINT": sandbox.url, "META_ACCESS_TOKEN": TOKEN}
    done = subprocess.run(
        [*COMMAND, *arguments, "--log-json"], text=True, check=False, capture_output=True, cwd=home,
        env={**own, **to, "XDG_DATA_HOME": str(home / "data")},
    )  # fmt: skip
    for hidden in ("@example.com", "2025550", "C-1", TOKEN):
        assert hidden not in done.stderr
    return done.returncode, done.stdout, [json.loads(line) for line in done.stderr.splitlines()]


def names(found):
    return [one["event"] for one in found]


def test_an_upload_tells_every_step_and_stdout_stays_as_it_is(home, sandbox):
    sandbox.faults = [Fault(kind=Kind.UNAVAILABLE, at=2)]
    code, out, found = told(home, sandbox, "upload", "orders.csv", *TO, "--json")
    assert (code, json.loads(out)["added"]) == (0, 120)
    assert names(found) == [
        "began", "read", "planned", "batch_acknowledged", "retry", "batch_acknowledged", "batch_acknowledged",
        "logged", "ended",
    ]  # fmt: skip
    read, planned, first, retry, *_, last, logged, ended = found[1:]
    assert (read["rows"], read["rejected"], read["kept"]) == (120, 0, 120)
    assert (planned["added"], planned["requests"], planned["rehearsal"]) == (120, 3, False)
    assert [(one["batch"], one["batches"], one["rows"]) for one in (first, last)] == [(1, 3, 50), (3, 3, 120)]
    assert (retry["level"], retry["error"], retry["attempt"], retry["attempts"]) == ("warning", "TryAgain", 2, 6)
    assert 0 < retry["wait_seconds"] <= 1
    assert (ended["exit_code"], ended["command"]) == (0, "upload")
    assert {one["audience"] for one in found[2:-1]} == {"Seed"}

    _, out, _ = told(home, sandbox, "export", "orders.csv", "--to", "meta", "-o", "lists", "--json")
    assert json.loads(out)["customers_kept"] == 120
    proof = subprocess.run(
        [*COMMAND, "history", "--client", "acme", "--verify", "--json"], capture_output=True, text=True, check=True,
        env={**os.environ, "XDG_DATA_HOME": str(home / "data")},
    )  # fmt: skip
    assert json.loads(proof.stdout)["seal"] == {"entries": logged["entry"], "digest": logged["digest"]}


def test_what_stops_a_run_is_an_event_and_no_text(home, sandbox):
    told(home, sandbox, "upload", "orders.csv", *TO)
    code, out, found = told(home, sandbox, "upload", "few.csv", *TO)
    assert (code, out) == (4, "")
    assert names(found) == ["began", "read", "planned", "brake_tripped", "brake_tripped", "ended"]
    assert [one["brake"] for one in found[3:5]] == ["min_members", "max_removed"]
    assert (found[1]["rows"], found[1]["rejected"]) == (21, 1)
    assert (found[-1]["exit_code"], found[-1]["level"], found[-1]["error"]) == (4, "warning", "BrakeError")

    code, out, found = told(home, sandbox, "upload", "none.csv", *TO)
    assert (code, out, names(found)) == (2, "", ["began", "ended"])
    assert (found[-1]["wrong"], bool(found[-1]["fix"])) == ("There is no file none.csv.", True)


def test_a_refresh_tells_of_each_client(home, sandbox):
    code, _, found = told(home, sandbox, "refresh", "--apply", "audience.toml", "none.toml")
    assert code == 2
    assert names(found) == ["began", "client_ended", "client_ended", "ended"]
    code, out, found = told(home, sandbox, "refresh", "--apply", "audience.toml", "--quiet")
    assert (code, out) == (0, "")
    assert names(found) == [
        "began",
        "read",
        "planned",
        "planned",
        "batch_acknowledged",
        "logged",
        "client_ended",
        "ended",
    ]
    assert [one["rehearsal"] for one in found[2:4]] == [True, False]
    assert {one["client"] for one in found[1:-1]} == {"acme"}
    assert (found[-2]["outcome"], found[-2]["added"], found[-1]["exit_code"]) == ("success", 120, 0)


def test_a_brake_of_a_refresh_names_its_audience(home, sandbox):
    told(home, sandbox, "refresh", "--apply", "audience.toml")
    (home / "few.csv").replace(home / "orders.csv")
    code, _, found = told(home, sandbox, "refresh", "--apply", "audience.toml")
    tripped = [one for one in found if one["event"] == "brake_tripped"]
    assert code == 4
    assert {"max_removed", "max_rows_drop"} <= {one["brake"] for one in tripped}
    assert {one["audience"] for one in tripped} == {"Seed"}


@pytest.mark.parametrize(
    "arguments", [("report", "orders.csv"), ("export", "orders.csv", "--to", "meta", "-o", "lists")]
)
def test_report_and_export_tell_what_was_read(home, sandbox, arguments):
    code, _, found = told(home, sandbox, *arguments)
    assert (code, names(found)) == (0, ["began", "read", "ended"])
