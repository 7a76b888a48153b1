"""Uploads as a user runs them, against a stand-in of Meta on the loopback interface."""

import json
import os
import pty
import re
import signal
import stat
import subprocess
import sys

import pytest

from audience_builder.sandbox import Sandbox

TOKEN = "EAAsandboxCanaryToken0123456789"
OTHER_TOKEN = "EAAanotherCanaryToken9876543210"
HEADER = "Order ID,Customer ID,Email,Total,Currency,Date,Status"
COMMAND = [sys.executable, "-c", "from audience_builder.cli import main; main()"]
TO = ("--to", "meta", "--account", "act_1")


def order(number, total):
    return f"{number},C-{number},person{number}@example.com,{total}.00,EUR,2026-05-13,paid"


def written(path, numbers, total=lambda number: 10 + number):
    path.write_text("\n".join([HEADER, *(order(number, total(number)) for number in numbers)]) + "\n")
    return path


def command(*arguments, environ, **options):
    own = {name: text for name, text in os.environ.items() if name != "META_ACCESS_TOKEN"}
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        text=True, check=False, env={**own, "COLUMNS": "80", **environ},
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options},
    )  # fmt: skip
    told = (done.stdout or "") + (done.stderr or "")
    assert TOKEN not in told
    assert OTHER_TOKEN not in told
    assert "@example.com" not in told
    # Input files are listed with their checksum; no other digest may show.
    assert re.findall(r"[0-9a-f]{64}", re.sub(r'"sha256": "[0-9a-f]{64}"', "", told)) == []
    return done


def environ_of(sandbox, token=TOKEN):
    return {"AUDIENCE_BUILDER_META_ENDPOINT": sandbox.url, "META_ACCESS_TOKEN": token}


@pytest.fixture(scope="module")
def orders(tmp_path_factory):
    """120 customers, each with a value of their own."""
    return written(tmp_path_factory.mktemp("orders") / "orders.csv", range(1, 121))


@pytest.fixture
def sandbox():
    with Sandbox(tokens={TOKEN: ("ads_management",)}) as stand_in:
        yield stand_in


@pytest.fixture(scope="module")
def uploads(orders, tmp_path_factory):
    """Three uploads of one audience: everyone, the same again, changed people."""
    folder = tmp_path_factory.mktemp("uploads")
    # 1 to 5 have left, 121 and 122 have come, the orders of 6 to 9 have doubled.
    changed = written(folder / "changed.csv", range(6, 123), lambda number: (10 + number) * (2 if number < 10 else 1))
    with Sandbox(tokens={TOKEN: ("ads_management",)}) as stand_in:
        seen = []
        for file in (orders, orders, changed):
            given = (*TO, "--name", "Seed", "--state", folder / "state", "--batch-rows", 50, "--lookalike", "US:0.01")
            done = command("upload", file, *given, "--json", environ=environ_of(stand_in))
            assert (done.returncode, done.stderr) == (0, "")
            seen.append((json.loads(done.stdout), stand_in.members("Seed"), len(stand_in.writes())))
        yield stand_in, folder / "state", seen


def test_a_first_upload_sends_everyone(uploads):
    sandbox, _, ((told, members, writes), *_) = uploads
    numbers = {name: told[name] for name in ("added", "removed", "revalued", "unchanged", "rejected_by_platform")}
    assert numbers == {"added": 120, "removed": 0, "revalued": 0, "unchanged": 0, "rejected_by_platform": 0}
    assert (told["requests"], writes) == (3, 3)
    assert told["audience_id"] == sandbox.audience_id("Seed")
    assert told["lookalikes"][0]["audience_id"] == sandbox.audience_id("Seed - lookalike US 0.01")
    assert (told["rows_read"], told["customers_kept"], told["lists"][0]["rows"]) == (120, 120, 120)
    assert sorted(members.values()) == [10.0 + number for number in range(1, 121)]
    assert sandbox.findings == {}


def test_a_second_upload_of_the_same_people_sends_nothing(uploads):
    _, _, ((_, before, sent), (told, members, writes), _) = uploads
    assert (told["added"], told["unchanged"], told["requests"]) == (0, 120, 0)
    assert (members, writes) == (before, sent)


def test_changed_customers_are_added_removed_and_revalued(uploads):
    *_, (told, members, _) = uploads[2]
    assert [told[name] for name in ("added", "removed", "revalued", "unchanged")] == [2, 5, 4, 111]
    assert sorted(members.values()) == sorted([32.0, 34.0, 36.0, 38.0, *(10.0 + n for n in range(10, 123))])


def test_the_record_is_for_its_owner_alone(uploads):
    _, state, _ = uploads
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    assert stat.S_IMODE((state / "state.sqlite").stat().st_mode) == 0o600


def test_the_status_tells_what_both_sides_know(uploads):
    sandbox, state, _ = uploads
    done = command("status", *TO, "--name", "Seed", "--state", state, "--json", environ=environ_of(sandbox))
    told = json.loads(done.stdout)
    assert (told["audience_id"], told["members"], told["delivery"]) == (sandbox.audience_id("Seed"), 117, "ready")
    assert told["last_run"]["plan"] == {"added": 2, "removed": 5, "revalued": 4, "unchanged": 111}
    assert told["last_run"]["state"] == "done"
    assert told["lookalikes"][0]["spec"] == "US:0.01"


def test_the_status_of_an_audience_never_uploaded_is_a_mistake(sandbox, tmp_path):
    done = command("status", *TO, "--name", "Other", "--state", tmp_path, environ=environ_of(sandbox))
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 3)
    assert 'no audience "Other"' in done.stderr


def test_a_dry_run_needs_no_token_tells_the_plan_and_sends_nothing(sandbox, orders, tmp_path):
    given = ("upload", orders, *TO, "--name", "Seed", "--state", tmp_path / "state", "--dry-run")
    done = command(*given, environ=environ_of(sandbox, token=""))
    assert done.returncode == 0, done.stderr
    assert "nothing was sent" in done.stdout
    assert re.search(r"People added +120\n", done.stdout)
    assert re.search(r"Rows in it +120\n", done.stdout)
    assert re.search(r"row 1: EMAIL [0-9a-f]{6}…, .*LOOKALIKE_VALUE", done.stdout.replace("\n", " "))
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert sandbox.calls == []


@pytest.mark.parametrize(
    ("environ", "given", "code", "says"),
    [
        ({"META_ACCESS_TOKEN": OTHER_TOKEN}, {}, 5, "does not accept the access token"),
        ({"META_ACCESS_TOKEN": ""}, {}, 5, "META_ACCESS_TOKEN is not set"),
        ({}, {"--account": "act_2"}, 5, "not there for this token"),
        ({}, {"--account": "shop"}, 2, "act_ followed by the account's number"),
        ({}, {"--to": "google"}, 2, "cannot be uploaded to"),
        ({}, {"--lookalike": "USA"}, 2, "US:0.01"),
        ({}, {"--retention-days": "181"}, 2, "181 days"),
        ({}, {"--rules": "NOKEY=x"}, 2, "no match key"),
        ({"AUDIENCE_BUILDER_META_ENDPOINT": "http://192.0.2.1:80"}, {}, 2, "not encrypted"),
    ],
    ids=[
        "bad token",
        "no token",
        "wrong account",
        "no account",
        "no uploader",
        "lookalike",
        "retention",
        "form",
        "http",
    ],
)
def test_a_mistake_gets_three_parts_and_its_exit_code(sandbox, orders, tmp_path, environ, given, code, says):
    flags = {"--to": "meta", "--account": "act_1", "--name": "Seed", "--state": str(tmp_path / "state"), **given}
    done = command("upload", orders, *sum(flags.items(), ()), environ={**environ_of(sandbox), **environ})
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 3
    assert done.stdout == ""
    assert sandbox.writes() == []
    assert sandbox.account.audiences == {}


@pytest.mark.parametrize(("flag", "cells"), [("california", [["LDU"], 1, 1000]), ("geolocated", [["LDU"], 0, 0])])
def test_limited_data_use_goes_along_with_every_row(sandbox, orders, tmp_path, flag, cells):
    given = (*TO, "--name", "Seed", "--state", tmp_path / "state", "--dry-run", "--json", "--limited-data-use", flag)
    done = command("upload", orders, *given, environ=environ_of(sandbox))
    sent = json.loads(done.stdout)["preview"]["payload"]
    assert [row[-3:] for row in sent["data"]] == [cells] * 3


@pytest.mark.parametrize(("flags", "code"), [((), 4), (("--min-members", "50"), 0)])
def test_a_list_under_100_people_stops_unless_asked_for(sandbox, tmp_path, flags, code):
    few = written(tmp_path / "few.csv", range(1, 100))
    given = ("upload", few, *TO, "--name", "Seed", "--state", tmp_path / "state", *flags)
    done = command(*given, environ=environ_of(sandbox))
    assert done.returncode == code, done.stderr
    if code:
        assert "99 members; the platform needs 100" in done.stderr
        assert "--min-members" in done.stderr
        assert len(done.stderr.splitlines()) == 3
    assert len(sandbox.writes()) == (0 if code else 1)


def test_equal_values_are_refused_and_go_without(sandbox, tmp_path):
    same = written(tmp_path / "same.csv", range(1, 121), lambda _number: 10)
    given = ("upload", same, *TO, "--name", "Seed", "--state", tmp_path / "state")

    refused = command(*given, environ=environ_of(sandbox))
    sent = command(*given, "--no-value", "--quiet", environ=environ_of(sandbox))

    assert (refused.returncode, "--no-value" in refused.stderr) == (3, True)
    assert (sent.returncode, sent.stdout, sent.stderr) == (0, "", "")
    assert set(sandbox.members("Seed").values()) == {None}


def test_progress_shows_at_a_terminal(sandbox, orders, tmp_path):
    given = ("upload", orders, *TO, "--batch-rows", "60", "--state", tmp_path, "--name", "Seed")
    reader, terminal = pty.openpty()
    done = command(*given, environ=environ_of(sandbox), stderr=terminal)
    os.close(terminal)
    seen = os.read(reader, 10_000).decode()
    os.close(reader)
    assert done.returncode == 0
    assert "[####....] 60 of 120 rows, request 1 of 2, ~" in seen
    assert "[########] 120 of 120 rows, request 2 of 2\r\n" in seen


def test_the_doctor_passes_what_would_go_through_and_warns(sandbox):
    done = command("doctor", *TO, "--name", "Diabetes seed", "--json", environ=environ_of(sandbox))
    told = json.loads(done.stdout)
    levels = {check["name"]: check["level"] for check in told["checks"]}
    assert (done.returncode, told["ready"]) == (0, True)
    assert (levels["account reachable"], levels["audience name"]) == ("ok", "warn")
    assert sandbox.writes() == []


def test_the_doctor_names_what_stands_in_the_way(sandbox):
    done = command("doctor", *TO, environ=environ_of(sandbox, OTHER_TOKEN))
    assert done.returncode == 5
    assert "fail  token valid: Meta does not accept the access token." in done.stdout
    assert "audience exists" not in done.stdout


def test_the_sandbox_command_serves_until_it_is_stopped(orders, tmp_path):
    process = subprocess.Popen([*COMMAND, "sandbox", "--port", "0"], stdout=subprocess.PIPE, text=True)
    try:
        lines = [process.stdout.readline() for _ in range(4)]
        environ = dict(re.findall(r"export (\w+)=(\S+)", "".join(lines)))
        port = environ["AUDIENCE_BUILDER_META_ENDPOINT"].rpartition(":")[2]
        done = command("upload", orders, *TO, "--name", "Seed", "--state", tmp_path, "--json", environ=environ)
        taken = command("sandbox", "--port", port, environ={})
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert (process.returncode, done.returncode) == (0, 0)
    assert json.loads(done.stdout)["members"] == 120
    assert (taken.returncode, len(taken.stderr.splitlines())) == (2, 3)
    assert f"Port {port} cannot be used." in taken.stderr
