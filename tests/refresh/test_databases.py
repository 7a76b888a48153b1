"""A client whose orders lie in a database: asked once, and the plan bound to the rows it gave."""

import sqlite3
from contextlib import closing

import pytest
import shop as s

from audience_builder.errors import BrakeError, ConfigError
from audience_builder.sources import connections

DAY = "2026-11-10"
SOURCE = """url = "sqlite:///shop.db"
query = 'SELECT id AS "Order ID", customer AS "Customer ID", total AS "Total", day AS "Date", status AS "Status" FROM orders'"""


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
    (tmp_path / "orders.csv").unlink()
    made.path.write_text(made.path.read_text().replace('path = "orders.csv"', SOURCE))
    stored(made, made.orders.values())
    return made


def stored(shop, orders):
    with closing(sqlite3.connect(shop.folder / "shop.db")) as database:
        database.execute("DROP TABLE IF EXISTS orders")
        database.execute("CREATE TABLE orders (id, customer, total, day, status)")
        database.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?)", orders)
        database.commit()


@pytest.fixture
def asked(monkeypatch):
    queries = []
    connect = sqlite3.connect
    monkeypatch.setattr(
        connections.sqlite3, "connect", lambda *told, **more: queries.append(told) or connect(*told, **more)
    )
    return queries


def planned(shop, sandbox):
    done = s.refreshed(shop, sandbox, DAY, applying=False)
    assert done.error is None, done.error
    return done.plan_path


def test_a_database_is_asked_once_a_run(shop, sandbox, asked):
    def of_shop():
        return [told for told in asked if "shop.db" in str(told[0])]

    path = planned(shop, sandbox)
    assert len(of_shop()) == 1
    assert s.refreshed(shop, sandbox, DAY, path).counts()["added"] == 20
    assert len(of_shop()) == 2


def test_a_plan_holds_for_the_same_rows_in_another_order(shop, sandbox):
    path = planned(shop, sandbox)
    stored(shop, reversed(shop.orders.values()))
    done = s.refreshed(shop, sandbox, DAY, path)
    assert (done.error, done.counts()["added"]) == (None, 20)


def test_a_plan_is_refused_when_one_row_has_changed(shop, sandbox):
    path = planned(shop, sandbox)
    shop.orders["1003"][2] = "104.01"
    stored(shop, shop.orders.values())
    done = s.refreshed(shop, sandbox, DAY, path)
    assert isinstance(done.error, BrakeError)
    assert "These files have changed since: shop.db (query " in done.error.found
    assert sandbox.calls == []


def test_a_database_that_is_gone_stops_before_anyone_is_sent(shop, sandbox):
    (shop.folder / "shop.db").unlink()
    done = s.refreshed(shop, sandbox, DAY)
    assert isinstance(done.error, ConfigError)
    assert "There is no database shop.db" in done.error.wrong
    assert sandbox.calls == []
