"""The log of what was sent: complete after any crash, and no entry can be changed or taken away unseen."""

import json
import os
import re
import sqlite3
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest
import rehearsal as r
from test_crashes import OTHERS, dies

from audience_builder.delivery import migrations
from audience_builder.delivery.audit.occasion import Actor, InputFile, Occasion, digest_of_settings
from audience_builder.delivery.audit.seal import Seal
from audience_builder.delivery.brakes import Brakes
from audience_builder.delivery.erasure import Wanted, erase
from audience_builder.delivery.state import State
from audience_builder.delivery.upload import upload
from audience_builder.errors import BrakeError, DataError, TryAgain
from audience_builder.sandbox import Fault, Kind

ROWS = r.people(range(1, 13))
OCCASION = Occasion(
    command="refresh",
    client="acme",
    actor=Actor(user="scheduler", host="web1", process=7),
    files=(InputFile(name="orders.csv", sha256="ab" * 32),),
    settings="cd" * 32,
)
LOG_VERSION = next(n for n, script in enumerate(migrations.SCRIPTS, start=1) if "TABLE audit " in script)
"""The first version of the state file with a log."""


def opened(folder):
    return State(folder, clock=r.Clock())


def told(folder, **options):
    with opened(folder) as state:
        state.sealed()
        return state.history(**options)


def log(folder):
    """Event and content of every entry."""
    with sqlite3.connect(folder / "state.sqlite") as database:
        rows = database.execute("SELECT step, content FROM audit ORDER BY entry").fetchall()
    return [(step, json.loads(content)) for step, content in rows]


def settled_and_logged(folder):
    """Batches on record as taken or skipped, and those the log tells of, each as often as it does."""
    with sqlite3.connect(folder / "state.sqlite") as database:
        settled = database.execute("SELECT run, phase, number FROM batches WHERE state IN ('taken', 'skipped')")
        record = sorted(settled.fetchall())
    logged = [(c["run"], c["phase"], c["number"]) for step, c in log(folder) if step in ("acknowledged", "skipped")]
    return record, sorted(logged)


def test_an_upload_leaves_an_account_of_who_what_why_and_how_many(sandbox, tmp_path):
    r.send(sandbox, tmp_path / "state", ROWS, occasion=OCCASION)

    (one,) = told(tmp_path / "state")

    assert (one.user, one.host, one.process, one.command, one.client) == ("scheduler", "web1", 7, "refresh", "acme")
    assert (one.platform, one.account, one.name, one.mode) == ("meta", "act_1", r.NAME, "mirror")
    assert (one.files, one.settings) == (({"name": "orders.csv", "sha256": "ab" * 32},), "cd" * 32)
    assert (one.outcome, one.exit_code, one.error, one.continued, one.after_cut_short) == (
        "applied",
        0,
        "",
        False,
        None,
    )
    assert one.planned == {"added": 12, "removed": 0, "revalued": 0, "unchanged": 0}
    assert (one.counts["added"], one.counts["members"], one.counts["requests"]) == (12, 12, 3)
    assert (one.batches, one.rows, len(one.sessions)) == (3, 12, 1)
    assert one.request_ids == ("Sandbox000003", "Sandbox000004", "Sandbox000005")  # after a look and a create


def test_what_left_is_told_by_reason(sandbox, tmp_path, filled):
    filled(tmp_path / "state", sandbox)
    r.send(sandbox, tmp_path / "state", r.AFTER)
    one = told(tmp_path / "state")[-1]
    assert one.planned == {"added": 5, "removed": 11, "revalued": 4, "unchanged": 9}
    assert one.removal_reasons == {"gone from the source": 11}
    # 5 new people and 4 new values, 11 who leave, and the one who shared a phone with one of them.
    assert (one.batches, one.rows) == (7, 5 + 4 + 11 + 1)


@pytest.mark.parametrize(
    ("brakes", "names"),
    [
        (Brakes(max_removed=None, max_growth=0.1, min_members=0), ("max_growth",)),
        (Brakes(max_removed=0.2, max_growth=0.1, min_members=0), ("max_removed", "max_growth")),
    ],
)
def test_every_brake_that_stopped_it_is_named(sandbox, tmp_path, filled, brakes, names):
    filled(tmp_path / "state", sandbox)
    with pytest.raises(BrakeError):
        r.send(sandbox, tmp_path / "state", r.AFTER, brakes=brakes)
    one = told(tmp_path / "state")[-1]
    assert (one.outcome, one.exit_code, one.brakes, one.batches) == ("stopped", 4, names, 0)


def test_a_failure_is_told_with_what_went_out_before_and_then_continued(sandbox, tmp_path):
    sandbox.faults = [Fault(kind=Kind.UNAVAILABLE, at=2, times=99)]
    with pytest.raises(TryAgain):
        r.send(sandbox, tmp_path / "state", ROWS, attempts=2)
    sandbox.faults = []
    r.send(sandbox, tmp_path / "state", ROWS)

    failed, done = told(tmp_path / "state")

    assert (failed.outcome, failed.exit_code, failed.error, failed.rows) == ("failed", 6, "TryAgain", 4)
    assert failed.reason
    assert (done.outcome, done.continued, done.after_cut_short, done.rows) == ("applied", True, None, 8)
    assert done.run == failed.run


@pytest.mark.parametrize("rows", [r.AFTER, OTHERS], ids=["the same people", "others"])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("moment", range(1, 20, 2))
def test_a_death_at_any_moment_is_told_by_the_next_run(sandbox, tmp_path, filled, moment, after, rows):
    state = tmp_path / "state"
    filled(state, sandbox)
    dies(sandbox, state, r.AFTER, moment, after=after)
    began = moment > 1 or after

    r.send(sandbox, state, rows)

    first, *died, last = told(state)
    assert first.outcome == last.outcome == "applied"
    if moment == 19 and after:  # died having ended
        assert [one.outcome for one in died] == ["applied"]
    else:
        assert [one.outcome for one in died] == ["cut short"] * began
        assert last.after_cut_short == (died[0].entry if began else None)
    record, logged = settled_and_logged(state)
    assert logged == record
    cut = [content for step, content in log(state) if step == "cut short"]
    assert [content["rows"] for content in cut] == [one.rows for one in died if one.outcome == "cut short"]


@pytest.mark.parametrize("moment", [4, 6])
def test_what_a_cut_short_run_had_in_flight_is_told(sandbox, tmp_path, filled, moment):
    """Transactions 4, 6 … claim a batch; after them one batch is on its way and unanswered."""
    filled(tmp_path / "state", sandbox)
    dies(sandbox, tmp_path / "state", r.AFTER, moment, after=True)
    r.send(sandbox, tmp_path / "state", r.AFTER)
    (cut,) = [content for step, content in log(tmp_path / "state") if step == "cut short"]
    batches = (moment - 4) // 2
    assert cut == {"batches": batches, "rows": 4 * batches, "batches_unanswered": 1}


def forced(folder, script, *values):
    """Change the log as somebody would who has the file."""
    with sqlite3.connect(folder / "state.sqlite") as database:
        for trigger in ("audit_is_never_changed", "audit_is_never_cut"):
            database.execute(f"DROP TRIGGER {trigger}")
        for statement in script.split(";"):
            database.execute(statement, values)
    database.close()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("UPDATE audit SET content = replace(content, '\"rows\":4', '\"rows\":3') WHERE entry = 3", "Entry 3 .* was changed"),
        ("UPDATE audit SET at = '2027-01-15T09:00:00.000+00:00' WHERE entry = 1", "Entry 1 .* was changed"),
        ("UPDATE audit SET attempt = NULL WHERE entry = 4", "Entry 4 .* was changed"),
        ("DELETE FROM audit WHERE entry = 4", "Entry 4 is missing"),
        ("DELETE FROM audit WHERE entry = 7", "Entry 7 is missing"),
        ("DELETE FROM audit WHERE entry >= 5", "Entry 5 is missing: 7 were written"),
        ("UPDATE audit SET entry = entry + 100 WHERE entry = 7", "Entry 7 is missing"),
        ("UPDATE batches SET state = 'planned' WHERE number = 1", "Batch 1 of phase add of run 1 is not settled"),
        ("DELETE FROM batches WHERE number = 0", "Batch 0 of phase add of run 1 is not settled"),
    ],
)  # fmt: skip
def test_a_change_shows_and_is_named(sandbox, tmp_path, change, says):
    r.send(sandbox, tmp_path / "state", ROWS)
    assert [step for step, _ in log(tmp_path / "state")] == [
        "began", "planned", "acknowledged", "acknowledged", "acknowledged", "closed", "ended",
    ]  # fmt: skip
    forced(tmp_path / "state", change)
    with opened(tmp_path / "state") as state, pytest.raises(DataError, match=says) as caught:
        state.sealed()
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    "change",
    ["UPDATE audit SET content = 'x' WHERE entry = 3", "UPDATE audit SET step = 'unknown' WHERE entry = 3"],
)
def test_what_cannot_be_read_any_more_is_told_by_its_number(sandbox, tmp_path, change):
    r.send(sandbox, tmp_path / "state", ROWS)
    forced(tmp_path / "state", change)
    with opened(tmp_path / "state") as state, pytest.raises(DataError, match="Entry 3 is not as it was written"):
        state.history()


def test_an_entry_written_anew_with_a_fitting_digest_breaks_the_chain_after_it(sandbox, tmp_path):
    r.send(sandbox, tmp_path / "state", ROWS)
    with sqlite3.connect(tmp_path / "state" / "state.sqlite") as database:
        number, at, step, attempt, content, previous = database.execute(
            "SELECT entry, at, step, attempt, content, previous FROM audit WHERE entry = 3"
        ).fetchone()
    content = content.replace('"rows":4', '"rows":3')
    digest = sha256(f"{previous}\n{number}\n{at}\n{step}\n{attempt}\n{content}".encode()).hexdigest()
    forced(tmp_path / "state", "UPDATE audit SET content = ?, digest = ? WHERE entry = 3", content, digest)
    with opened(tmp_path / "state") as state, pytest.raises(DataError, match=r"Entry 4 .* does not follow entry 3"):
        state.sealed()


def test_the_end_that_was_cut_off_still_shows_after_further_runs(sandbox, tmp_path):
    r.send(sandbox, tmp_path / "state", ROWS)
    forced(tmp_path / "state", "DELETE FROM audit WHERE entry = 7")
    r.send(sandbox, tmp_path / "state", ROWS)
    with opened(tmp_path / "state") as state, pytest.raises(DataError, match="Entry 7 is missing: after entry 6 comes"):
        state.sealed()


@pytest.mark.parametrize(
    "statement", ["UPDATE audit SET at = ''", "DELETE FROM audit", "DELETE FROM audit WHERE entry = 1"]
)
def test_the_database_itself_refuses_changes(sandbox, tmp_path, statement):
    r.send(sandbox, tmp_path / "state", ROWS)
    with (
        sqlite3.connect(tmp_path / "state" / "state.sqlite") as database,
        pytest.raises(sqlite3.IntegrityError, match="never"),
    ):
        database.execute(statement)


def test_the_digest_can_be_worked_out_by_anybody(sandbox, tmp_path):
    r.send(sandbox, tmp_path / "state", ROWS, occasion=OCCASION)
    with opened(tmp_path / "state") as state:
        seal = state.sealed()
    with sqlite3.connect(tmp_path / "state" / "state.sqlite") as database:
        digest = "0" * 64
        for number, at, step, attempt, content in database.execute(
            "SELECT entry, at, step, attempt, content FROM audit ORDER BY entry"
        ):
            lines = (digest, str(number), at, step, "" if attempt is None else str(attempt), content)
            digest = sha256("\n".join(lines).encode()).hexdigest()
    assert (seal.entries, seal.digest) == (7, digest)


def test_a_log_written_anew_does_not_have_the_seal_kept_elsewhere(sandbox, tmp_path):
    """Whoever holds the folder can make a sound chain; only the seal tells it from the first one."""
    r.send(sandbox, tmp_path / "state", ROWS)
    with opened(tmp_path / "state") as state:
        seal = Seal.parsed(str(state.sealed()))
    r.send(sandbox, tmp_path / "state", ROWS)
    with opened(tmp_path / "state") as state:
        assert state.sealed(seal).entries > seal.entries

    r.send(sandbox, tmp_path / "other", ROWS, name="Seed 2")
    with opened(tmp_path / "other") as other:
        assert other.sealed().entries == seal.entries
        with pytest.raises(DataError, match=r"Entry 7 .* is not the one that was sealed"):
            other.sealed(seal)
        with pytest.raises(DataError, match="Entry 8, which was sealed, is missing"):
            other.sealed(Seal(entries=8, digest=seal.digest))


def test_history_survives_a_migration(sandbox, tmp_path, monkeypatch):
    r.send(sandbox, tmp_path / "state", ROWS)
    with opened(tmp_path / "state") as state:
        before = state.sealed()
    monkeypatch.setattr(migrations, "SCRIPTS", (*migrations.SCRIPTS, "CREATE TABLE later (key INTEGER) STRICT;"))
    monkeypatch.setattr(migrations, "VERSION", migrations.VERSION + 1)
    with opened(tmp_path / "state") as state:
        assert state.sealed() == before
    r.send(sandbox, tmp_path / "state", ROWS)
    assert [one.outcome for one in told(tmp_path / "state")] == ["applied", "applied"]


def test_a_run_begun_before_there_was_a_log_is_continued_without_complaint(sandbox, tmp_path, filled):
    """The record of an earlier version, as far as the log goes: a run under way and no entry."""
    state = tmp_path / "state"
    filled(state, sandbox)
    dies(sandbox, state, r.AFTER, 7, after=True)
    forced(state, f"DROP TABLE audit; DROP TABLE erased_people; PRAGMA user_version = {LOG_VERSION - 1}")
    r.send(sandbox, state, r.AFTER)
    (one,) = told(state)
    assert (one.outcome, one.continued) == ("applied", True)


def test_an_erasure_is_told_by_digests_before_and_after_the_platform_is_asked(sandbox, tmp_path):
    r.send(sandbox, tmp_path / "state", ROWS)
    with opened(tmp_path / "state") as state:
        erase(
            Wanted(platform=r.PLATFORM, rows=ROWS[4:5].select("EMAIL")),
            r.uploader(sandbox),
            state,
            occasion=OCCASION,
            runtime=r.runtime(),
        )
    _, one = told(tmp_path / "state")
    assert (one.mode, one.outcome, one.account, one.user) == ("erase", "erased", "act_1", "scheduler")
    assert one.counts == {"digests": 1, "requests": 1, "audiences": 1, "members": 1}
    buried = next(content for step, content in log(tmp_path / "state") if step == "buried")
    assert buried["digests"] == ROWS[4:5]["EMAIL"].to_list()


def test_an_erasure_the_platform_did_not_take_is_told_as_such(sandbox, tmp_path):
    r.send(sandbox, tmp_path / "state", ROWS)
    sandbox.faults = [Fault(kind=Kind.UNAVAILABLE, at=1, times=99, edge="usersofanyaudience")]
    with opened(tmp_path / "state") as state, pytest.raises(TryAgain):
        erase(
            Wanted(platform=r.PLATFORM, rows=ROWS[4:5].select("EMAIL")),
            r.uploader(sandbox),
            state,
            runtime=r.runtime(attempts=2),
        )
    assert told(tmp_path / "state")[-1].outcome == "not confirmed"


def test_a_dry_run_is_no_attempt(sandbox, tmp_path):
    r.send(sandbox, tmp_path / "state", ROWS, dry_run=True)
    assert told(tmp_path / "state") == []


def test_the_history_can_be_cut_by_name_and_number(sandbox, tmp_path):
    for name in ("One", "Two", "One"):
        r.send(sandbox, tmp_path / "state", ROWS, name=name)
    assert [one.name for one in told(tmp_path / "state", last=2)] == ["Two", "One"]
    assert [one.counts["added"] for one in told(tmp_path / "state", name="One")] == [12, 0]
    assert told(tmp_path / "state", last=9, name="Three") == []


def test_two_processes_write_one_log(tmp_path):
    """Two audiences of one client at the same time: no entry is lost, none has the number of another."""
    with r.new_sandbox() as sandbox:
        command = [sys.executable, __file__, sandbox.url, str(tmp_path)]
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        both = [subprocess.Popen([*command, name], env=env) for name in ("One", "Two")]
        assert [one.wait(timeout=120) for one in both] == [0, 0]
        assert [len(sandbox.members(name)) for name in ("One", "Two")] == [60, 60]
    with opened(tmp_path) as state:
        seal = state.sealed()
    entries = log(tmp_path)
    assert seal.entries == len(entries) == 2 * (1 + 1 + 30 + 1 + 1)
    assert sorted((one.name, one.rows) for one in told(tmp_path)) == [("One", 60), ("Two", 60)]
    assert all(one.user and one.host for one in told(tmp_path))


def test_nobody_and_no_token_is_in_the_log(sandbox, tmp_path, filled):
    filled(tmp_path / "state", sandbox)
    r.send(sandbox, tmp_path / "state", r.AFTER)
    with sqlite3.connect(tmp_path / "state" / "state.sqlite") as database:
        text = "\n".join(str(row) for row in database.execute("SELECT * FROM audit"))
    people = pl.concat([r.BEFORE, r.AFTER])
    digests = [cell for column in ("EMAIL", "PHONE", "FN") for cell in people[column].drop_nulls()]
    assert [
        one for one in (*digests, *map(r.email, range(1, 30)), *map(r.phone, range(1, 30)), r.TOKEN) if one in text
    ] == []


def test_the_actor_is_the_one_the_environment_names():
    named = Actor.of({"AUDIENCE_BUILDER_ACTOR": " nightly job\n"})
    assert named.user == "nightly job"
    assert re.fullmatch(r"process \d+ of nightly job on \S+", str(named))
    assert Actor.of({}).user not in ("", "nightly job")


def test_settings_have_one_digest_in_whatever_order_they_stand():
    settings = ({"b": {"x", "y", "z"}, "a": OCCASION}, Path("orders.csv"))
    same = ({"a": OCCASION, "b": {"z", "y", "x"}}, Path("orders.csv"))
    assert digest_of_settings(*settings) == digest_of_settings(*same)
    assert digest_of_settings(*settings) != digest_of_settings({"b": {"x", "y"}, "a": OCCASION}, Path("orders.csv"))


def main(url, folder, name):
    """One of the processes that upload at the same time."""
    settings = r.GraphSettings(account="act_1", token=r.TOKEN, endpoint=url)
    with State(folder, clock=r.Clock()) as state:
        upload(
            r.people(range(60)), r.PLATFORM, r.MetaUploader(settings, r.PLATFORM), state,
            name=name, brakes=r.ANY_SIZE, batch_rows=2,
        )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
