"""People are told of a refresh nobody watched, as the client's file asks."""

import pytest
import shop as s

DAY = "2026-11-10"
VARIABLE = "ACME_NEWS"


@pytest.fixture
def sandbox():
    with s.new_sandbox() as stand_in:
        yield stand_in


def shop_that_tells(folder, on):
    shop = s.Shop(folder, more=f'[notify]\nurls_env = "{VARIABLE}"\non = {on}\n')
    for number in range(1, 13):
        shop.buys(number, 100 + number, DAY)
    shop.write()
    return shop


def environ(sandbox, post_box=None):
    given = {} if post_box is None else {VARIABLE: f"json://127.0.0.1:{post_box.server_port}/secret"}
    return {**sandbox.environ, "META_ACCESS_TOKEN": s.TOKEN, **given}


def test_a_success_and_a_brake_are_told_in_numbers_only(sandbox, tmp_path, post_box):
    shop = shop_that_tells(tmp_path, '["brake", "success"]')
    told = {"environ": environ(sandbox, post_box)}
    s.refreshed(shop, sandbox, DAY, **told)
    for number in range(1, 10):
        del shop.customers[number]
    shop.orders = dict(list(shop.orders.items())[9:])
    shop.write()
    assert s.refreshed(shop, sandbox, DAY, **told).outcome == "brake"
    first, second = post_box.letters
    assert first["message"] == "12 added, 0 removed, 0 with a new value, 0 unchanged."
    assert (first["type"], second["type"]) == ("success", "warning")
    assert second["title"].endswith(": stopped by a brake")
    assert "@" not in str(post_box.letters)


def test_what_is_not_asked_for_is_not_told(sandbox, tmp_path, post_box):
    shop = shop_that_tells(tmp_path, '["failure"]')
    assert s.refreshed(shop, sandbox, DAY, environ=environ(sandbox, post_box)).outcome == "success"
    assert post_box.letters == []


def test_a_plan_is_no_news(sandbox, tmp_path, post_box):
    shop = shop_that_tells(tmp_path, '["success"]')
    s.refreshed(shop, sandbox, DAY, applying=False, environ=environ(sandbox, post_box))
    assert post_box.letters == []


def test_a_notice_that_is_not_taken_fails_nothing_and_is_told(sandbox, tmp_path, post_box):
    post_box.status = 500
    done = s.refreshed(shop_that_tells(tmp_path, '["success"]'), sandbox, DAY, environ=environ(sandbox, post_box))
    assert done.outcome == "success"
    assert done.untold == ("Notification address 1 of 1 (JSON) did not take the message.",)


def test_a_variable_that_is_not_set_stops_before_anyone_is_sent(sandbox, tmp_path):
    done = s.refreshed(shop_that_tells(tmp_path, '["success"]'), sandbox, DAY, environ=environ(sandbox))
    assert (done.outcome, done.exit_code) == ("failure", 2)
    assert sandbox.writes() == []
