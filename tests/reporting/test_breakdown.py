from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest

from audience_builder import columns as c
from audience_builder import schemas
from audience_builder.reporting.breakdown import Calendar, segments, tenths


def customers(**columns):
    count = len(next(iter(columns.values())))
    given = {c.CUSTOMER_KEY: list(range(count)), c.NET_PAID: [Decimal(1)] * count} | columns
    return pl.DataFrame(given, schema_overrides={c.NET_PAID: schemas.MONEY, c.SEGMENT: pl.String, c.VALUE: pl.Float64})


def test_twenty_customers_make_ten_tenths_of_two_and_the_best_come_first():
    table = customers(value=[float(n) for n in range(1, 21)], net_paid=[Decimal(n) for n in range(1, 21)])
    found = tenths(table)
    assert [one.customers for one in found] == [2] * 10
    # 1 + ... + 20 = 210; the best two are 20 and 19, the last two 2 and 1.
    assert (found[0].total, found[0].lowest, found[0].net_paid) == (Decimal("39.0"), 19.0, Decimal(39))
    assert found[0].share == pytest.approx(39 / 210)
    assert (found[9].total, found[9].lowest) == (Decimal("3.0"), 1.0)
    assert sum(one.share for one in found) == pytest.approx(1)


def test_three_customers_make_three_parts_and_those_without_a_value_none():
    found = tenths(customers(value=[5.0, None, 1.0, 4.0]))
    assert [(one.place, one.customers, one.lowest) for one in found] == [(1, 1, 5.0), (2, 1, 4.0), (3, 1, 1.0)]
    assert tenths(customers(value=[None])) == ()


def test_losses_have_no_share_of_nothing():
    assert [one.share for one in tenths(customers(value=[1.0, -3.0]))] == [0.0, 0.0]


def test_segments_come_from_champions_down_and_lose_nobody():
    table = customers(
        segment=["Lost", "Champion", None, "Lost"],
        net_paid=[Decimal(1), Decimal(20), Decimal(3), Decimal(4)],
        value=[1.0, 2.0, None, 4.5],
    )
    assert [(one.name, one.customers, one.net_paid, one.value) for one in segments(table)] == [
        ("Champion", 1, Decimal(20), Decimal("2.0")),
        ("Lost", 2, Decimal(5), Decimal("5.5")),
        ("Without a dated order", 1, Decimal(3), Decimal("0.0")),
    ]


ORDERS = pl.DataFrame(
    {
        c.ORDERED_AT: [datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 1, 31, 23, 59, tzinfo=UTC), None,
                       datetime(2026, 2, 28, tzinfo=UTC)],
        c.FIRST_ORDER_AT: [None, None, datetime(2024, 3, 5, tzinfo=UTC), None],
        c.LAST_ORDER_AT: [None, None, datetime(2025, 3, 5, tzinfo=UTC), None],
        c.ORDERS_COUNT: [1, 1, 7, 0],
        c.GROSS_AMOUNT: [Decimal(10), Decimal(20), Decimal(70), Decimal(0)],
        c.REFUNDED_AMOUNT: [Decimal(1), Decimal(0), Decimal(0), Decimal(5)],
        c.NET_AMOUNT: [Decimal(9), Decimal(20), Decimal(70), Decimal(-5)],
    },
    schema_overrides={
        **dict.fromkeys((c.ORDERED_AT, c.FIRST_ORDER_AT, c.LAST_ORDER_AT), schemas.INSTANT),
        **dict.fromkeys((c.GROSS_AMOUNT, c.REFUNDED_AMOUNT, c.NET_AMOUNT), schemas.MONEY),
    },
)  # fmt: skip


def calendar_of(*blocks):
    calendar = Calendar()
    for block in blocks:
        calendar.add(block)
    return calendar


ONE_BLOCK = (ORDERS,)
A_BLOCK_EACH = tuple(ORDERS.iter_slices(1))


@pytest.mark.parametrize("blocks", [ONE_BLOCK, A_BLOCK_EACH], ids=["one block", "a block each"])
def test_months_add_up_to_the_whole_and_undated_orders_come_last(blocks):
    found = calendar_of(*blocks).months()
    assert [(one.month, one.orders, one.net_paid) for one in found] == [
        ("2026-01", 1, Decimal(20)),
        ("2026-02", 1, Decimal(4)),
        (None, 7, Decimal(70)),
    ]
    assert sum(one.net_paid for one in found) == ORDERS[c.NET_AMOUNT].sum()
    assert found[1].total_refunded == Decimal(6)


@pytest.mark.parametrize("blocks", [ONE_BLOCK, A_BLOCK_EACH], ids=["one block", "a block each"])
def test_first_and_last_day_count_what_totals_say_of_their_orders(blocks):
    found = calendar_of(*blocks)
    assert (found.first, found.last) == (date(2024, 3, 5), date(2026, 2, 28))


def test_no_order_has_no_day():
    found = calendar_of(ORDERS.clear())
    assert (found.first, found.last, found.months()) == (None, None, ())
