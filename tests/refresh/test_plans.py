"""A plan is carried out exactly, or refused when the world has moved."""

import hashlib
import json
import re
import stat

import pytest
import shop as s

from audience_builder.delivery.records import AudienceKey
from audience_builder.delivery.state import State
from audience_builder.errors import ConfigError, TryAgain
from audience_builder.hashing import text_sha256

DAY = "2026-11-10"


@pytest.fixture
def sandbox():
    with s.new_sandbox() as stand_in:
        yield stand_in


@pytest.fixture
def shop(tmp_path):
    made = s.Shop(tmp_path)
    for number in range(1, 21):
        made.buys(number, 100 + number, DAY)
    made.write()
    return made


def planned(shop, sandbox, **options):
    done = s.refreshed(shop, sandbox, DAY, applying=False, **options)
    assert done.error is None, done.error
    return done


def test_a_plan_tells_what_would_be_sent_and_sends_nothing(shop, sandbox):
    done = planned(shop, sandbox)
    (audience,) = done.report.audiences
    assert (audience.result.added, audience.requests, audience.minutes) == (20, 5, 0.25)
    assert sandbox.calls == []


def test_a_plan_holds_digests_only_and_is_its_owners(shop, sandbox):
    path = planned(shop, sandbox).plan_path
    text = path.read_text(encoding="utf-8")
    people = [*map(s.email, range(1, 21)), *(text_sha256(s.email(n)) for n in range(1, 21)), s.TOKEN, "+1202555"]
    assert path.name == "audience.plan.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one for one in people if one in text] == []
    assert json.loads(text)["audiences"][0]["counts"]["added"] == 20


def test_a_plan_is_carried_out_and_a_second_time_sends_nothing(shop, sandbox):
    path = planned(shop, sandbox).plan_path
    first = s.refreshed(shop, sandbox, DAY, path)
    second = s.refreshed(shop, sandbox, DAY, path)
    assert [done.counts()["added"] for done in (first, second)] == [20, 0]
    assert (second.error, second.counts()["requests"]) == (None, 0)
    assert s.members(sandbox) == s.people({n: 100.0 + n for n in range(1, 21)})


def _another_order(shop, _sandbox):
    shop.buys(21, 500, DAY)
    shop.write()


def _another_setting(shop, _sandbox):
    shop.path.write_text(shop.path.read_text().replace("min_paid = 50", "min_paid = 51"), encoding="utf-8")


def _another_list(shop, _sandbox):
    shop.suppressed.append(s.email(1))
    shop.write()


def _another_run(shop, sandbox):
    shop.buys(21, 500, DAY)
    shop.write()
    assert s.refreshed(shop, sandbox, DAY).error is None
    del shop.orders["1020"], shop.customers[21]
    shop.write()


@pytest.mark.parametrize(
    ("move", "says"),
    [
        (_another_order, "customers.csv, orders.csv"),
        (_another_list, "suppressed.txt"),
        (_another_setting, "The settings have changed"),
        (_another_run, "was sent to"),
    ],
)
def test_a_plan_is_refused_when_the_world_has_moved(shop, sandbox, move, says):
    path = planned(shop, sandbox).plan_path
    move(shop, sandbox)
    before = len(sandbox.writes())

    done = s.refreshed(shop, sandbox, DAY, path)

    assert done.exit_code == 4
    assert says in done.error.found
    assert len(sandbox.writes()) == before


def test_an_erasure_after_the_plan_refuses_it(shop, sandbox):
    path = planned(shop, sandbox).plan_path
    with State(shop.folder / "state", clock=lambda: 0.0) as state:
        state.bury("meta", [text_sha256(s.email(3))])
    done = s.refreshed(shop, sandbox, DAY, path)
    assert (done.exit_code, sandbox.writes()) == (4, [])


@pytest.mark.parametrize(
    "change", [lambda text: text.replace('"added": 20', '"added": 21'), lambda _text: "{}", lambda _text: "x"]
)
def test_a_plan_that_was_changed_is_refused(shop, sandbox, change):
    path = planned(shop, sandbox).plan_path
    path.write_text(change(path.read_text()))
    with pytest.raises(ConfigError, match="no plan that can be used"):
        s.refreshed(shop, sandbox, DAY, path)


def test_a_file_that_is_no_plan_is_not_overwritten(shop, sandbox):
    precious = shop.folder / "audience.plan.json"
    precious.write_text('{"mine": true}')
    done = s.refreshed(shop, sandbox, DAY, applying=False)
    assert (done.exit_code, precious.read_text()) == (2, '{"mine": true}')


def test_a_released_brake_is_released_in_the_plan_too(shop, sandbox):
    from dataclasses import replace

    assert s.refreshed(shop, sandbox, DAY).error is None
    for number in range(1, 7):
        shop.customers[number][3] = "no"
    shop.write()
    assert s.refreshed(shop, sandbox, DAY, applying=False).exit_code == 4

    path = planned(shop, sandbox, brakes=lambda own: replace(own, max_removed=0.3)).plan_path
    done = s.refreshed(shop, sandbox, DAY, path)

    assert (done.exit_code, done.counts()["removed"]) == (0, 6)


def test_mode_add_takes_out_only_those_who_asked_to_leave(shop, sandbox):
    shop.path.write_text(
        shop.path.read_text().replace("batch_rows = 4", 'batch_rows = 4\nrefresh = "add"'), encoding="utf-8"
    )
    assert s.refreshed(shop, sandbox, DAY).error is None
    shop.customers[1][3] = "no"
    shop.suppressed.append(s.email(2))
    del shop.orders["1002"], shop.customers[3]
    shop.write()

    done = s.refreshed(shop, sandbox, DAY)

    assert dict(done.report.audiences[0].result.removal_reasons) == {"consent withdrawn": 1, "on a suppression list": 1}
    assert s.members(sandbox) == s.people({n: 100.0 + n for n in range(3, 21)})


def test_mode_replace_gives_its_reasons_too(shop, sandbox):
    shop.path.write_text(
        shop.path.read_text().replace("batch_rows = 4", 'batch_rows = 4\nrefresh = "replace"'), encoding="utf-8"
    )
    assert s.refreshed(shop, sandbox, DAY).error is None
    shop.customers[1][3] = "no"
    del shop.orders["1002"], shop.customers[3]
    shop.write()

    done = s.refreshed(shop, sandbox, DAY)

    assert dict(done.report.audiences[0].result.removal_reasons) == {"consent withdrawn": 1, "gone from the source": 1}
    assert s.members(sandbox) == s.people({n: 100.0 + n for n in range(2, 21) if n != 3})


def test_tiers_move_people_between_audiences(tmp_path, sandbox):
    shop = s.Shop(tmp_path, more="no_value = true\ntiers = 2")
    numbers = {n: shop.buys(n, 100 + n, DAY) for n in range(1, 11)}
    shop.write()
    assert s.refreshed(shop, sandbox, DAY).error is None
    assert set(s.members(sandbox, f"{s.NAME} tier 1")) == set(s.people(dict.fromkeys(range(6, 11))))
    shop.orders[numbers[1]][2] = "200.00"
    shop.write()

    done = s.refreshed(shop, sandbox, DAY)

    assert done.error is None, done.error
    assert [dict(one.result.removal_reasons) for one in done.report.audiences] == [{"in another tier now": 1}] * 2
    assert set(s.members(sandbox, f"{s.NAME} tier 1")) == set(s.people(dict.fromkeys([1, 7, 8, 9, 10])))


def test_only_the_match_keys_asked_for_are_sent(tmp_path, sandbox):
    shop = s.Shop(tmp_path, more='columns = ["email"]')
    shop.buys(1, 100, DAY)
    shop.buys(2, 200, DAY)
    shop.write()
    assert s.refreshed(shop, sandbox, DAY).error is None
    assert {key for keys in sandbox.members(s.NAME) for key, _ in keys} == {"EMAIL"}


def test_an_overlapping_run_ends_or_waits(shop, sandbox):
    import threading

    assert s.refreshed(shop, sandbox, DAY).error is None
    shop.buys(21, 121, DAY)
    shop.write()
    key = AudienceKey(platform="meta", account="act_1", name=s.NAME)
    with State(shop.folder / "state", clock=lambda: 0.0) as state:
        held, release = threading.Event(), threading.Event()

        def hold():
            with State(shop.folder / "state", clock=lambda: 0.0) as mine, mine.lock(key):
                held.set()
                release.wait(30)

        holder = threading.Thread(target=hold)
        holder.start()
        held.wait(30)
        busy = s.refreshed(shop, sandbox, DAY)
        threading.Timer(0.2, release.set).start()
        waited = s.refreshed(shop, sandbox, DAY, wait_seconds=30)
        holder.join()
        assert state.audience(key).members == 21
    assert (busy.exit_code, type(busy.error)) == (6, TryAgain)
    assert "--wait" in busy.error.fix
    assert (waited.error, waited.counts()["added"]) == (None, 1)


def test_an_unknown_audience_names_the_nearest(shop, sandbox):
    done = s.refreshed(shop, sandbox, DAY, only="mian")
    assert (done.exit_code, done.error.fix) == (2, "Did you mean main?")


def test_a_guest_who_registers_is_the_same_member(tmp_path, sandbox):
    """Whoever gets a customer id is sent under it; nobody is lost on the way."""
    shop = s.Shop(tmp_path)
    for number in range(1, 11):
        shop.buys(number, 100 + number, DAY)
    shop.customers[3][0], shop.orders["1002"][1] = "C-300", "C-300"
    shop.write()
    assert s.refreshed(shop, sandbox, DAY).error is None
    shop.customers[3][0], shop.orders["1002"][1] = "C-3", "C-3"
    shop.write()
    assert s.refreshed(shop, sandbox, DAY).error is None
    assert s.members(sandbox) == s.people({n: 100.0 + n for n in range(1, 11)})


def test_how_long_people_are_kept_and_limited_data_use_trip_no_brake(shop, sandbox):
    """Neither bears on who is in the audience."""
    s.refreshed(shop, sandbox, DAY)
    text = shop.path.read_text(encoding="utf-8")
    more = 'batch_rows = 4\nretention_days = 90\nlimited_data_use = "california"'
    shop.path.write_text(text.replace("batch_rows = 4", more), encoding="utf-8")
    again = s.refreshed(shop, sandbox, DAY)
    assert again.error is None, again.error


def histories(shop):
    with State(shop.folder / "state", clock=lambda: 0.0) as state:
        state.sealed()
        return state.history()


def test_a_refresh_tells_who_from_which_files_and_settings(shop, sandbox):
    environ = {"AUDIENCE_BUILDER_ACTOR": "nightly job"}
    s.refreshed(shop, sandbox, DAY, environ=environ)
    (one,) = histories(shop)
    assert (one.command, one.client, one.user, one.name, one.outcome) == (
        "refresh",
        "acme",
        "nightly job",
        s.NAME,
        "applied",
    )
    assert {file["name"]: file["sha256"] for file in one.files} == {
        name: hashlib.sha256((shop.folder / name).read_bytes()).hexdigest()
        for name in ("orders.csv", "customers.csv", "suppressed.txt")
    }
    assert re.fullmatch("[0-9a-f]{64}", one.settings)


def test_a_plan_leaves_no_trace_in_the_history(shop, sandbox):
    planned(shop, sandbox)
    assert histories(shop) == []


def test_whatever_stops_a_refresh_early_is_in_the_history(shop, sandbox):
    s.refreshed(shop, sandbox, DAY)
    for number in range(21, 41):
        shop.buys(number, 100 + number, DAY)
    shop.write()
    s.refreshed(shop, sandbox, DAY)  # twice as many people and 118 % more value than before
    (shop.folder / "orders.csv").unlink()
    s.refreshed(shop, sandbox, DAY)  # no file
    _, braked, failed = histories(shop)
    assert (braked.outcome, braked.exit_code, braked.brakes) == ("stopped", 4, ("max_value_shift", "max_growth"))
    assert len(braked.files) == 3
    assert (failed.outcome, failed.exit_code, failed.error, failed.files) == ("failed", 2, "ConfigError", ())
    assert {one.name for one in (braked, failed)} == {s.NAME}
