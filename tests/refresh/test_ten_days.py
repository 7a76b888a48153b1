"""Ten days of a shop: who is in the audience is worked out by hand, and bad days send nothing."""

import pytest
import shop as s

from audience_builder.erasing import ErasureTerms
from audience_builder.errors import BrakeError
from audience_builder.refresh.erasures import client_scopes, erase_everywhere


class Ten:
    """The days so far: the shop, the platform, what is expected on it."""

    def __init__(self, folder, sandbox):
        self.shop, self.sandbox = s.Shop(folder), sandbox
        self.expected = {}

    def good(self, day, **counts):
        """A day that goes through: the counts, the reasons and every member are as expected."""
        reasons = counts.pop("reasons", {})
        done = s.refreshed(self.shop, self.sandbox, day)
        assert done.error is None, done.error
        (audience,) = done.report.audiences
        told = {name: getattr(audience.result, name) for name in ("added", "removed", "revalued")}
        assert told == {"added": 0, "removed": 0, "revalued": 0, **counts}
        assert dict(audience.result.removal_reasons) == reasons
        self.unmoved()

    def bad(self, day, *brakes):
        """A day that trips these brakes and sends nothing."""
        before = len(self.sandbox.writes())
        planned = s.refreshed(self.shop, self.sandbox, day, applying=False)
        applied = s.refreshed(self.shop, self.sandbox, day)
        for done in (planned, applied):
            assert (done.exit_code, done.outcome) == (4, "brake")
            assert isinstance(done.error, BrakeError)
        assert s.brake_names(planned) == list(brakes)
        assert all(f"--{name.replace('_', '-')}" in applied.error.fix for name in brakes)
        assert planned.plan_path is None
        assert len(self.sandbox.writes()) == before
        self.unmoved()

    def unmoved(self):
        assert s.members(self.sandbox) == s.people(self.expected)
        assert self.sandbox.findings == {}


def _erased(ten, number):
    environ = s.terms(ten.sandbox, "2026-11-06").environ
    how = ErasureTerms(environ=environ, runtime=s.runtime("2026-11-06"))
    (receipt,) = erase_everywhere([s.email(number)], client_scopes([ten.shop.path], environ), how)
    return receipt


@pytest.fixture
def ten(tmp_path):
    with s.new_sandbox() as sandbox:
        yield Ten(tmp_path, sandbox)


def test_ten_days_of_a_shop(ten):
    shop, expected = ten.shop, ten.expected

    # Day 1: twenty customers, number n paid 100 + n.
    orders = {n: shop.buys(n, 100 + n, "2026-09-10" if n == 11 else "2026-11-01") for n in range(1, 21)}
    shop.write()
    expected |= {n: 100.0 + n for n in range(1, 21)}
    ten.good("2026-11-01", added=20)

    # Day 2: three more.
    for n in (21, 22, 23):
        shop.buys(n, 100 + n, "2026-11-02")
    shop.write()
    expected |= {21: 121.0, 22: 122.0, 23: 123.0}
    ten.good("2026-11-02", added=3)

    # Day 3: 1 gets the money back, 2 takes consent back.
    shop.orders[orders[1]][4] = "refunded"
    shop.customers[2][3] = "no"
    shop.write()
    del expected[1], expected[2]
    ten.good("2026-11-03", removed=2, reasons={"refunded": 1, "consent withdrawn": 1})

    # Day 4: 3 has another address; 4 buys for 50 more; 6 for 0.50, which stays in the bucket of 97.02 to 106.72.
    shop.customers[3][1] = "third.person@example.com"
    shop.buys(4, 50, "2026-11-04")
    shop.buys(6, 0.5, "2026-11-04")
    shop.write()
    del expected[3]
    expected |= {"third.person@example.com": 103.0, 4: 154.0}
    ten.good("2026-11-04", added=1, removed=1, revalued=1, reasons={"identifier changed": 1})

    # Day 5: the export breaks off after 5 of 25 orders: 28 rows with the 23 customers, 48 before.
    half = list(shop.orders.values())[:5]
    shop.write(orders=half)
    ten.bad("2026-11-05", "max_rows_drop", "max_revenue_drop", "max_value_shift", "max_removed")

    # Day 6: whole again; 7 had herself erased, 24 comes.
    shop.buys(24, 124, "2026-11-06")
    shop.write()
    assert _erased(ten, 7).members == 1
    del expected[7]
    expected[24] = 124.0
    ten.good("2026-11-06", added=1)

    # Day 7: every order once more under another number.
    again = [[f"R-{row[0]}", *row[1:]] for row in shop.orders.values()]
    shop.write(orders=[*shop.orders.values(), *again])
    ten.bad("2026-11-07", "max_value_shift")

    # Day 8: the column of addresses has another header.
    shop.headers = {"Email": "Mailing contact of buyer"}
    shop.write()
    ten.bad("2026-11-08", "max_coverage_drop", "max_removed", "max_growth")

    # Day 9: 8 is on the list of those to leave out, the order of 9 is cancelled, 10 is in no file any more.
    shop.headers = {}
    shop.suppressed.append(s.email(8))
    shop.orders[orders[9]][4] = "cancelled"
    del shop.orders[orders[10]], shop.customers[10]
    shop.write()
    del expected[8], expected[9], expected[10]
    ten.good(
        "2026-11-09",
        removed=3,
        reasons={"on a suppression list": 1, "order no longer counts": 1, "gone from the source": 1},
    )

    # Day 10: 11 bought last 61 days ago; the order of 12 was 40, not 112.
    shop.orders[orders[12]][2] = "40.00"
    shop.write()
    del expected[11], expected[12]
    ten.good("2026-11-10", removed=2, reasons={"out of window": 1, "below minimum": 1})
