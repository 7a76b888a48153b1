import json
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
import rehearsal as r

from audience_builder.delivery.brakes import Brakes
from audience_builder.delivery.records import AudienceKey
from audience_builder.delivery.standing import status
from audience_builder.delivery.state import State
from audience_builder.delivery.upload import upload
from audience_builder.errors import BrakeError, ConfigError, DataError, NotAuthorised, Rejected, TryAgain
from audience_builder.sandbox import Fault, Kind

ROWS = r.people(range(1, 13))


def recorded(folder):
    """Everything on record, for telling whether anything changed."""
    if not (folder / "state.sqlite").exists():
        return None
    with State(folder, clock=r.Clock()) as state:
        return list(state._database.iterdump())


def test_a_second_run_with_the_same_people_sends_nothing(sandbox, tmp_path):
    r.send(sandbox, tmp_path / "state", ROWS)
    sent = len(sandbox.writes())

    again = r.send(sandbox, tmp_path / "state", ROWS.reverse())

    assert len(sandbox.writes()) == sent
    assert (again.requests, again.unchanged, again.added, again.removed, again.members) == (0, 12, 0, 0, 12)


def test_ten_changed_customers_send_those_ten(sandbox, tmp_path):
    r.send(sandbox, tmp_path / "state", r.people(range(1, 201)), batch_rows=100)
    changed = r.people(range(1, 201), value=lambda n: (10.0 + n) * (2 if n % 20 == 0 else 1.0))
    before = dict(sandbox.members(r.NAME))

    result = r.send(sandbox, tmp_path / "state", changed, batch_rows=100)

    assert (result.revalued, result.unchanged, result.requests) == (10, 190, 1)
    assert sandbox.members(r.NAME) == r.expected_members(changed)
    assert sum(before[keys] != value for keys, value in sandbox.members(r.NAME).items()) == 10


def test_a_value_that_stays_in_its_bucket_is_not_sent(sandbox, tmp_path):
    r.send(sandbox, tmp_path / "state", r.people([1, 2], value=lambda n: 100.0 * n))

    # Buckets are powers of 1.1: 97.02 to 106.7 holds 100 and 104, not 107.
    inside = r.send(sandbox, tmp_path / "state", r.people([1, 2], value=lambda n: {1: 104.0, 2: 200.0}[n]))
    outside = r.send(sandbox, tmp_path / "state", r.people([1, 2], value=lambda n: {1: 107.0, 2: 200.0}[n]))

    assert (inside.revalued, inside.requests) == (0, 0)
    assert (outside.revalued, outside.requests) == (1, 1)


def test_a_changed_phone_replaces_the_old_keys_and_keeps_the_person(sandbox, tmp_path):
    r.send(sandbox, tmp_path / "state", ROWS)
    moved = r.people(range(1, 13), phones=lambda n: r.phone(n + (500 if n == 5 else 0)))

    result = r.send(sandbox, tmp_path / "state", moved)

    assert (result.added, result.removed) == (1, 1)
    assert result.removal_reasons == {"identifier changed": 1}
    assert sandbox.members(r.NAME) == r.expected_members(moved)


def test_removals_tell_the_reason_they_are_given(sandbox, tmp_path):
    r.send(sandbox, tmp_path / "state", ROWS)
    reasons = pl.DataFrame({"person": ROWS["person"][:2], "reason": ["consent withdrawn"] * 2})

    result = r.send(sandbox, tmp_path / "state", ROWS[3:], reasons=reasons)

    assert result.removal_reasons == {"consent withdrawn": 2, "gone from the source": 1}


def test_mode_add_removes_nobody(sandbox, tmp_path):
    r.send(sandbox, tmp_path / "state", ROWS)

    result = r.send(sandbox, tmp_path / "state", r.people(range(10, 15)), mode="add")

    assert (result.added, result.removed, result.members) == (2, 0, 14)
    assert sandbox.members(r.NAME) == r.expected_members(r.people(range(1, 15)))


def test_a_list_without_values_makes_an_audience_without_values(sandbox, tmp_path):
    rows = r.people(range(1, 13), with_value=False)

    r.send(sandbox, tmp_path / "state", rows)

    assert not sandbox.account.audiences[sandbox.audience_id(r.NAME)].with_value
    assert set(sandbox.members(r.NAME).values()) == {None}


def test_two_customers_with_the_same_keys_are_one_member_of_the_higher_value(sandbox, tmp_path):
    twin = ROWS[:1].with_columns(person=pl.lit("another"), LOOKALIKE_VALUE=pl.lit(99.0))

    result = r.send(sandbox, tmp_path / "state", pl.concat([ROWS, twin]))

    assert (result.added, result.duplicates) == (12, 1)
    assert 99.0 in sandbox.members(r.NAME).values()


def test_rows_may_come_lazily_or_in_parts(sandbox, tmp_path):
    parts = r.send(sandbox, tmp_path / "state", ROWS.iter_slices(5))
    lazy = r.send(sandbox, tmp_path / "state", ROWS.lazy())
    arrow = r.send(sandbox, tmp_path / "state", ROWS.to_arrow().to_batches())

    assert (parts.added, lazy.unchanged, arrow.unchanged) == (12, 12, 12)


def test_a_dry_run_counts_exactly_shows_no_one_and_sends_nothing(sandbox, tmp_path, filled):
    filled(tmp_path / "state", sandbox)
    before = recorded(tmp_path / "state")

    result = r.send(sandbox, tmp_path / "state", r.AFTER, dry_run=True)

    assert sandbox.calls == []
    assert recorded(tmp_path / "state") == before
    assert (result.added, result.removed, result.revalued, result.unchanged) == (5, 11, 4, 9)
    shown = json.dumps(result.preview, ensure_ascii=False)
    assert result.preview["payload"]["schema"] == ["EMAIL", "PHONE", "FN", "COUNTRY", r.VALUE]
    assert result.preview["rows"] == 4
    digests = [cell for column in ("EMAIL", "PHONE", "FN") for cell in r.AFTER[column].drop_nulls()]
    assert not any(digest[:7] in shown for digest in digests)
    assert any(f"{digest[:6]}…" in shown for digest in digests)


def test_a_refused_removal_is_reported_and_tried_again(tmp_path):
    with r.new_sandbox(minimum=10) as sandbox:
        r.send(sandbox, tmp_path / "state", ROWS)
        first = r.send(sandbox, tmp_path / "state", ROWS[4:])
        kept = dict(sandbox.members(r.NAME))
        sandbox.account.minimum = 0
        second = r.send(sandbox, tmp_path / "state", ROWS[4:])

        assert (first.removed, first.not_removed, first.members) == (0, 4, 12)
        assert kept == r.expected_members(ROWS)
        assert (second.removed, second.not_removed, second.members) == (4, 0, 8)
        assert sandbox.members(r.NAME) == r.expected_members(ROWS[4:])


@pytest.mark.parametrize(("invalid", "stops"), [(1, False), (2, True)])
def test_unusable_rows_stop_the_run_above_the_limit(sandbox, tmp_path, invalid, stops):
    sandbox.faults = [Fault(kind=Kind.INVALID_ENTRIES, at=1, rows=invalid)]
    rows = r.people(range(1, 101))
    if not stops:
        assert r.send(sandbox, tmp_path / "state", rows, batch_rows=50).rejected_by_platform == invalid
        return
    with pytest.raises(Rejected, match=r"2 of 100 rows unusable; the limit is 1\.0%"):
        r.send(sandbox, tmp_path / "state", rows, batch_rows=50)
    assert len(sandbox.writes()) == 1

    with pytest.raises(Rejected, match="2 of 100 rows unusable"):
        r.send(sandbox, tmp_path / "state", rows, batch_rows=50)
    assert len(sandbox.writes()) == 1
    result = r.send(sandbox, tmp_path / "state", rows, batch_rows=50, max_invalid_share=0.02)
    assert (result.rejected_by_platform, len(sandbox.writes())) == (2, 2)


def test_progress_tells_rows_batches_and_time_left(sandbox, tmp_path):
    seen = []

    r.send(sandbox, tmp_path / "state", ROWS, progress=seen.append)

    assert [(p.rows, p.rows_total, p.batches, p.batches_total) for p in seen] == [
        (4, 12, 1, 3),
        (8, 12, 2, 3),
        (12, 12, 3, 3),
    ]
    assert seen[0].seconds_left > 0
    assert seen[-1].seconds_left == 0


def test_no_session_outlives_its_ninety_minutes(sandbox, tmp_path):
    clock = r.Clock()
    sandbox.account.clock = clock

    def an_hour_later(_progress):
        clock.now += 3600

    r.send(sandbox, tmp_path / "state", ROWS, clock=clock, progress=an_hour_later)

    assert sandbox.members(r.NAME) == r.expected_members(ROWS)
    assert "batches discarded after 90 minutes" not in sandbox.findings


def test_a_replacement_that_cannot_end_in_time_is_refused(sandbox, tmp_path, filled):
    filled(tmp_path / "state", sandbox)
    uploader = r.uploader(sandbox)
    uploader.seconds_per_batch = 1200.0  # five batches take 100 minutes

    with pytest.raises(ConfigError, match="100 min; the platform allows 90 min"):
        r.send(sandbox, tmp_path / "state", r.AFTER, mode="replace", uploader=uploader)

    assert sandbox.writes() == []


def test_a_list_kept_too_small_or_shrunk_too_far_stops_before_sending(sandbox, tmp_path):
    with pytest.raises(BrakeError, match="12 members; the platform needs 100"):
        r.send(sandbox, tmp_path / "state", ROWS, brakes=Brakes())
    assert sandbox.writes() == []
    r.send(sandbox, tmp_path / "state", ROWS)
    with pytest.raises(BrakeError, match="7 of 12 members; the limit is 50%"):
        r.send(sandbox, tmp_path / "state", ROWS[7:], brakes=Brakes(min_members=0))

    assert sandbox.members(r.NAME) == r.expected_members(ROWS)


BAD_ROWS = {
    "empty": (ROWS[:0], "nobody to send"),
    "negative": (r.people([1, 2], value=lambda n: 5.0 - 4 * n), "1 values in LOOKALIKE_VALUE"),
    "not finite": (r.people([1, 2], value=lambda n: float("inf") / (n - 1) if n > 1 else 1.0), "1 values in"),
    "constant": (r.people([1, 2], value=lambda _n: 5.0), "All 2 values in LOOKALIKE_VALUE are equal"),
    "not hashed": (ROWS.with_columns(EMAIL=pl.lit("Person@Example.com")), "12 cells of EMAIL that are not hashed"),
    "upper case": (ROWS.with_columns(pl.col("FN").str.to_uppercase()), "12 cells of FN that are not hashed"),
    "hash of nothing": (
        ROWS.with_columns(PHONE=pl.lit("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")),
        "12 cells of PHONE that are the hash of an empty value",
    ),
    "nobody": (ROWS.with_columns(EMAIL=pl.lit(None), PHONE=pl.lit("")), "12 rows without a usable match key"),
    "no keys": (ROWS.drop("EMAIL", "PHONE"), "Their match keys are FN, COUNTRY"),
    "no person": (ROWS.drop("person"), 'There is no column "person"'),
}


@pytest.mark.parametrize("case", BAD_ROWS)
def test_rows_that_must_not_be_sent_are_refused(sandbox, tmp_path, case):
    rows, told = BAD_ROWS[case]

    with pytest.raises(DataError, match=told) as caught:
        r.send(sandbox, tmp_path / "state", rows)

    assert caught.value.exit_code == 3
    assert caught.value.wrong
    assert caught.value.found
    assert caught.value.fix
    assert sandbox.calls == []
    assert not list((tmp_path / "state" / "audiences").glob("*/plan-*"))


def test_an_audience_of_another_kind_is_refused_before_sending(sandbox, tmp_path):
    sandbox.account.create({**r.LIST, "is_value_based": False})

    with pytest.raises(ConfigError, match="without values, the upload is with a value per person") as caught:
        r.send(sandbox, tmp_path / "state", ROWS)

    assert caught.value.exit_code == 2
    assert sandbox.writes() == []


def test_a_flagged_audience_is_refused_before_sending(sandbox, tmp_path):
    sandbox.account.create({**r.LIST, "name": "Diabetes seed"})

    with pytest.raises(Rejected, match="flagged the audience for name"):
        r.send(sandbox, tmp_path / "state", ROWS, name="Diabetes seed")

    assert sandbox.writes() == []


def test_an_audience_deleted_at_the_platform_is_named(sandbox, tmp_path):
    r.send(sandbox, tmp_path / "state", ROWS)
    sandbox.account.audiences.clear()

    with pytest.raises(Rejected, match="no longer there"):
        r.send(sandbox, tmp_path / "state", ROWS)


@pytest.mark.parametrize(
    ("token", "scopes", "account", "told"),
    [
        ("wrong", ("ads_management",), "act_1", "does not accept the access token"),
        (r.TOKEN, ("ads_read",), "act_1", "may not do this"),
        (r.TOKEN, ("ads_management",), "act_2", "not there for this token"),
    ],
)
def test_who_may_not_upload_is_told_so_and_only_the_attempt_is_on_record(
    sandbox, tmp_path, token, scopes, account, told
):
    sandbox.tokens = {r.TOKEN: scopes}
    before = recorded(tmp_path / "state")

    with pytest.raises(NotAuthorised, match=told) as caught:
        r.send(sandbox, tmp_path / "state", ROWS, uploader=r.uploader(sandbox, token=token, account=account))

    assert (caught.value.exit_code, sandbox.writes()) == (5, [])
    assert token not in str(caught.value)
    filled = {line.split('"')[1] for line in recorded(tmp_path / "state") if line.startswith("INSERT")}
    assert (before, filled - {"sqlite_sequence"}) == (None, {"audit"})


def test_a_network_that_is_down_is_tried_again_and_told(tmp_path):
    with r.new_sandbox() as sandbox:
        uploader = r.uploader(sandbox)
    clock = r.Clock()

    with pytest.raises(TryAgain, match=r"could not be reached.*ConnectionError") as caught:
        r.send(sandbox, tmp_path / "state", ROWS, uploader=uploader, clock=clock)

    assert (caught.value.exit_code, len(clock.slept)) == (6, 5)


def test_lookalikes_are_made_once_the_seed_is_ready(tmp_path):
    with r.new_sandbox(minimum=100) as sandbox:
        specs = ("US:0.01", "FR:0.01-0.05")
        early = r.send(sandbox, tmp_path / "state", ROWS, lookalikes=specs)
        grown = r.people(range(1, 121))
        later = r.send(sandbox, tmp_path / "state", grown, lookalikes=specs, batch_rows=100)
        again = r.send(sandbox, tmp_path / "state", grown, lookalikes=specs, batch_rows=100)

        assert [lookalike.audience_id for lookalike in early.lookalikes] == [None, None]
        assert "under 100 matched people" in early.lookalikes[0].note
        made = [a for a in sandbox.account.audiences.values() if a.subtype == "LOOKALIKE"]
        assert [a.name for a in made] == [
            f"{r.NAME} - lookalike US 0.01",
            f"{r.NAME} - lookalike FR 0.01-0.05",
        ]
        assert made[1].spec == {
            "type": "custom_ratio",
            "country": "FR",
            "ratio": 0.05,
            "starting_ratio": 0.01,
        }
        assert later.lookalikes == again.lookalikes


def test_waiting_for_the_seed_ends_after_the_time_given(tmp_path):
    clock = r.Clock()
    with r.new_sandbox(minimum=100) as sandbox:
        result = r.send(
            sandbox,
            tmp_path / "state",
            ROWS,
            lookalikes=["US:0.01"],
            lookalike_wait_seconds=150,
            clock=clock,
        )

    assert clock.slept == [60.0, 60.0]
    assert result.lookalikes[0].audience_id is None


def test_status_tells_what_both_sides_know(sandbox, tmp_path):
    r.send(sandbox, tmp_path / "state", ROWS)
    with State(tmp_path / "state", clock=r.Clock()) as state:
        standing = status("meta", r.uploader(sandbox), state, name=r.NAME)
        with pytest.raises(ConfigError, match='no audience "Other"'):
            status("meta", r.uploader(sandbox), state, name="Other")

    assert (standing.operation, standing.delivery, standing.members) == ("normal", "ready", 12)
    assert (standing.size_low, standing.size_high, standing.last_run.state) == (0, 99, "done")


def test_a_finished_run_leaves_only_the_members(sandbox, tmp_path, filled):
    filled(tmp_path / "state", sandbox)
    r.send(sandbox, tmp_path / "state", r.AFTER)

    with State(tmp_path / "state", clock=r.Clock()) as state:
        key = AudienceKey(platform="meta", account="act_1", name=r.NAME)
        folder = state.audience_folder(key)
        members = pl.read_parquet(folder / state.audience(key).snapshot)

    assert sorted(path.name[:8] for path in folder.iterdir()) == ["lock.sql", "members-", "owner.js"]
    assert members.height == 18
    assert r.VALUE not in members.columns
    assert "value" not in members.columns


def test_plain_identifiers_are_kept_only_where_there_is_no_other(sandbox, tmp_path):
    rows = r.people(range(1, 5), ids=True)
    rows = rows.with_columns(
        EMAIL=pl.when(pl.col("EXTERN_ID") != "C-3").then("EMAIL"),
        PHONE=pl.when(pl.col("EXTERN_ID") != "C-3").then("PHONE"),
    )
    r.send(sandbox, tmp_path / "state", rows)
    with State(tmp_path / "state", clock=r.Clock()) as state:
        key = AudienceKey(platform="meta", account="act_1", name=r.NAME)
        kept = pl.read_parquet(state.audience_folder(key) / state.audience(key).snapshot)["EXTERN_ID"]

    r.send(sandbox, tmp_path / "state", rows[:2])

    assert kept.drop_nulls().to_list() == ["C-3"]
    assert sandbox.members(r.NAME) == r.expected_members(rows[:2])


def test_two_hundred_thousand_people_go_up_in_flat_memory(tmp_path):
    peaks = {}
    for thousands in (20, 200):
        with r.new_sandbox() as sandbox:
            command = [sys.executable, __file__, sandbox.url, str(tmp_path / str(thousands)), str(thousands)]
            env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "POLARS_MAX_THREADS": "2"}
            done = subprocess.run(command, env=env, check=True, capture_output=True, text=True, timeout=300)
            peaks[thousands] = int(done.stdout)
            assert len(sandbox.members(r.NAME)) == thousands * 1000
            assert max(len(s.bodies) for s in sandbox.account.sessions.values()) == thousands // 10
            assert sandbox.findings == {}

    # 180,000 more people are 50 MB of digests; anything that kept them all in Python would be 300 MB.
    assert peaks[200] - peaks[20] < 150_000  # kilobytes


def main(url, folder, thousands):
    """Upload that many thousand people, made ten thousand at a time, and print the peak memory."""
    import resource  # not there on every system

    settings = r.GraphSettings(account="act_1", token=r.TOKEN, endpoint=url)
    parts = (r.people(range(n * 10_000, (n + 1) * 10_000), phones=str) for n in range(thousands // 10))
    with State(folder, clock=r.Clock()) as state:
        upload(parts, r.PLATFORM, r.MetaUploader(settings, r.PLATFORM), state, name=r.NAME)
    sys.stdout.write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
