"""``history`` as somebody asks it who was not there."""

import json
import os
import re
import sqlite3
import subprocess
import sys

import pytest

from audience_builder.sandbox import Sandbox

TOKEN = "EAAsandboxCanaryToken0123456789"
HEADER = "Order ID,Customer ID,Email,Total,Currency,Date,Status"
COMMAND = [sys.executable, "-c", "from audience_builder.cli import main; main()"]
FILES = {"orders.csv": range(1, 121), "fewer.csv": range(21, 121), "ten.csv": range(1, 11)}
"""120 customers, 20 of whom have left in the second file, and all but 10 in the third."""


@pytest.fixture
def home(tmp_path):
    for name, numbers in FILES.items():
        rows = [f"{n},C-{n},person{n}@example.com,{10 + n}.00,EUR,2026-05-13,paid" for n in numbers]
        (tmp_path / name).write_text("\n".join([HEADER, *rows]) + "\n")
    return tmp_path


@pytest.fixture
def sandbox():
    with Sandbox(tokens={TOKEN: ("ads_management",)}) as stand_in:
        yield stand_in


def command(home, *arguments, **environ):
    own = {name: text for name, text in os.environ.items() if name != "META_ACCESS_TOKEN"}
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)], text=True, check=False, capture_output=True,
        env={**own, "COLUMNS": "80", "XDG_DATA_HOME": str(home / "data"), **environ},
    )  # fmt: skip
    assert TOKEN not in done.stdout + done.stderr
    assert "@example.com" not in done.stdout + done.stderr
    return done


def uploaded(home, sandbox, file, *flags, name="Seed"):
    to = ("--to", "meta", "--account", "act_1", "--name", name, "--client", "Acme Ltd")
    return command(
        home, "upload", home / file, *to, "--batch-rows", 50, "--quiet", *flags,
        AUDIENCE_BUILDER_META_ENDPOINT=sandbox.url, META_ACCESS_TOKEN=TOKEN, AUDIENCE_BUILDER_ACTOR="nightly job",
    ).returncode  # fmt: skip


def asked(home, *flags, by=("--client", "Acme Ltd")):
    return command(home, "history", *by, *flags)


def test_the_table_tells_who_sent_what_and_what_stood_in_the_way(home, sandbox):
    codes = [uploaded(home, sandbox, file) for file in ("orders.csv", "fewer.csv", "ten.csv", "none.csv")]
    assert codes == [0, 0, 4, 2]

    done = asked(home)

    assert (done.returncode, done.stderr) == (0, "")
    assert max(map(len, done.stdout.splitlines())) <= 80
    told = re.sub(r"\s+", " ", done.stdout)
    day = r"\d{4}-\d\d-\d\d \d\d:\d\d"
    by = "upload of Acme Ltd by nightly job on \\S+; meta act_1, mirror."
    assert re.search(rf"{day} Seed applied 120 0 {by} 3 requests acknowledged with 120 rows\.", told)
    assert re.search(rf"{day} Seed applied 0 20 {by} 1 request acknowledged with 20 rows\.", told)
    assert re.search(rf"{day} Seed stopped - - {by} Stopped by min_members, max_removed\. .* Exit code 4\.", told)
    assert re.search(rf"{day} Seed failed - - upload .* There is no file none\.csv\. Exit code 2\.", told)


def test_machines_read_the_same_with_every_digest(home, sandbox):
    uploaded(home, sandbox, "orders.csv", "--suppress", home / "gone.txt")  # the list is not there
    (home / "gone.txt").write_text("email\nperson3@example.com\n")
    uploaded(home, sandbox, "orders.csv", "--suppress", home / "gone.txt")
    failed, applied = json.loads(asked(home, "--json").stdout)["attempts"]
    assert (failed["outcome"], failed["exit_code"], failed["files"]) == ("failed", 2, [])
    assert (applied["outcome"], applied["counts"]["added"], applied["rows"]) == ("applied", 119, 119)
    digests = {one["name"]: one["sha256"] for one in applied["files"]}
    assert set(digests) == {"orders.csv", "gone.txt"}
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in (*digests.values(), applied["settings"]))
    assert applied["settings"] == failed["settings"]


def test_the_history_is_cut_by_audience_day_and_number(home, sandbox):
    for name in ("One", "Two", "One"):
        uploaded(home, sandbox, "orders.csv", name=name)
    names = {
        flags: re.findall(r"^\d{4}-\d\d-\d\d \d\d:\d\d  (\w+)", asked(home, *flags).stdout, re.MULTILINE)
        for flags in ((), ("--last", "2"), ("--name", "Two"), ("--since", "2020-01-01"), ("--since", "2099-01-01"))
    }
    assert list(names.values()) == [["One", "Two", "One"], ["Two", "One"], ["Two"], ["One", "Two", "One"], []]
    assert asked(home, "--name", "Three").stdout == "No attempt on record.\n"


def test_verify_passes_what_was_written_and_names_what_was_changed(home, sandbox):
    uploaded(home, sandbox, "orders.csv")
    record = home / "data" / "audience-builder" / "clients" / "acme-ltd" / "state.sqlite"
    with sqlite3.connect(record) as database:
        (digest,) = database.execute("SELECT digest FROM audit ORDER BY entry DESC LIMIT 1").fetchone()

    sound = asked(home, "--verify")
    with sqlite3.connect(record) as database:
        database.execute("DROP TRIGGER audit_is_never_changed")
        database.execute("UPDATE audit SET content = replace(content, 'Seed', 'Deed') WHERE entry = 1")
    broken, unasked = asked(home, "--verify"), asked(home)

    kept = f"Unbroken: 7 entries. Keep this elsewhere to prove it later with --seal:\n  7:{digest}\n"
    assert (sound.returncode, kept in sound.stdout) == (0, True)
    assert (broken.returncode, broken.stdout, len(broken.stderr.splitlines())) == (3, "", 3)
    assert re.search(r"Entry 1 \(began, .*\) was changed\.", broken.stderr)
    assert unasked.returncode == 0


def test_a_clients_file_names_its_own_record(home, sandbox):
    uploaded(home, sandbox, "orders.csv")
    (home / "audience.toml").write_text(
        '[client]\nname = "ACME ltd"\n[[sources]]\npath = "orders.csv"\n'
        '[audiences.all]\nplatform = "meta"\naccount = "act_1"\nname = "Seed"\n'
    )
    by_file, by_name = asked(home, by=(home / "audience.toml",)), asked(home)
    assert by_file.stdout == by_name.stdout
    assert "120" in by_file.stdout


@pytest.mark.parametrize(
    ("by", "says"),
    [
        ((), "Nothing is on record there."),
        (("--client", "Nobody"), "Nothing is on record there."),
        (("--client", "!!"), "The client has no usable name."),
        (("--client", "Acme Ltd", "--state", "x"), "--state and --client exclude each other."),
        (("none.toml",), "none.toml cannot be read as settings."),
        (("--client", "Acme Ltd", "--seal", "7"), "The seal cannot be read."),
        (("none.toml", "--client", "Acme Ltd"), "The record is named twice."),
    ],
)
def test_a_mistake_gets_three_parts_and_makes_no_folder(home, by, says):
    done = asked(home, by=by)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert not (home / "data").exists()
