"""Who may be sent: consent by column, file and region, and who had herself erased, worked out by hand."""

import polars as pl
import pytest

from audience_builder import pipeline
from audience_builder.cli.flags import FilterFlags, SourceFlags
from audience_builder.cli.request import request_from
from audience_builder.contacts import ContactRules
from audience_builder.errors import ConfigError, DataError
from audience_builder.hashing import text_sha256 as sha
from audience_builder.identifiers import recognised, tombstones_of
from audience_builder.who import Who

HEADER = "Order ID,Customer ID,Email,Country,Total,Currency,Date,Status,News Please,Do Not Sell"
PEOPLE = {
    "de yes": ("Germany", "yes", ""),
    "de no": ("Germany", "no", ""),
    "de blank": ("Germany", "", ""),
    "us yes": ("United States", "yes", ""),
    "us no": ("United States", "no", ""),
    "us blank": ("United States", "", ""),
    "us sold": ("United States", "yes", "yes"),
    "us kept": ("United States", "", "no"),
    "gb blank": ("United Kingdom", "", "no"),
    "gb out": ("United Kingdom", "yes", "opted out"),
    "?? yes": ("", "yes", ""),
    "?? blank": ("", "", ""),
}
YES = {"de yes", "us yes", "?? yes"}


@pytest.fixture(scope="module")
def orders(tmp_path_factory):
    rows = [
        f"{n},{name},{_email(name)},{country},{100 + n}.00,EUR,2026-11-20,paid,{consent},{sell}"
        for n, (name, (country, consent, sell)) in enumerate(PEOPLE.items(), start=1)
    ]
    path = tmp_path_factory.mktemp("who") / "orders.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return path


def _email(name):
    return f"{name.replace(' ', '-').replace('?', 'x')}@example.com"


def kept(orders, **flags):
    done = pipeline.run(request_from(SourceFlags(files=[str(orders)]), FilterFlags(**flags)))
    return set(done.customers["customer_id"]), done


CONSENT, SELL = {"consent": "News Please"}, {"do_not_sell": "Do Not Sell"}


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (CONSENT, {*YES, "us sold", "gb out"}),
        (CONSENT | SELL, YES),
        (SELL, set(PEOPLE) - {"us sold", "gb out"}),
        (CONSENT | SELL | {"consent_rule": "opt-in"}, YES),
        (CONSENT | SELL | {"consent_rule": "opt-out"}, set(PEOPLE) - {"us sold", "gb out", "de no", "us no"}),
        (CONSENT | SELL | {"consent_rule": "region"}, {*YES, "us blank", "us kept"}),
        ({"consent_rule": "region"}, {name for name in PEOPLE if name.startswith("us")}),
    ],
)
def test_the_rule_lets_in_whom_it_should(orders, flags, expected):
    assert kept(orders, **flags)[0] == expected


def test_a_file_of_consent_lets_in_those_on_it_and_a_no_outweighs_it(orders, tmp_path):
    listed = tmp_path / "agreed.csv"
    listed.write_text("\n".join(["email", _email("de blank"), _email("de no"), _email("us sold")]), encoding="utf-8")
    assert kept(orders, consent_file=[str(listed)])[0] == {"de blank", "de no", "us sold"}
    assert kept(orders, consent_file=[str(listed)], **CONSENT, **SELL)[0] == {*YES, "de blank"}


def test_a_yes_in_a_column_nobody_named_does_not_add_to_a_file_of_consent(orders, tmp_path):
    known = tmp_path / "orders.csv"
    known.write_text(orders.read_text().replace("News Please", "Accepts Marketing"), encoding="utf-8")
    listed = tmp_path / "agreed.csv"
    listed.write_text(f"email\n{_email('de blank')}\n{_email('de no')}\n", encoding="utf-8")
    assert kept(known, consent_file=[str(listed)])[0] == {"de blank"}


def test_opt_in_without_any_consent_is_a_mistake(orders):
    with pytest.raises(ConfigError, match="nothing says who did"):
        kept(orders, consent_rule="opt-in")


def test_an_empty_file_of_consent_stops_the_run(orders, tmp_path):
    (tmp_path / "agreed.txt").write_text("")
    with pytest.raises(DataError):
        kept(orders, consent_file=[str(tmp_path / "agreed.txt")])


def test_a_column_that_is_not_there_stops_the_run(orders):
    with pytest.raises(ConfigError, match="--do-not-sell names 'Sell'"):
        kept(orders, do_not_sell="Sell")


def test_everybody_left_out_has_a_reason_and_the_funnel_adds_up(orders):
    inside, done = kept(orders, **CONSENT, **SELL, where="total_paid >= 102")
    reasons = done.reasons()
    assert inside == {"us yes", "?? yes"}
    assert reasons.group_by("reason").len().sort("reason").rows() == [
        ("condition no longer met", 1),
        ("consent withdrawn", 9),
        ("no match key of their own any more", 2),
    ]
    assert reasons["person"].n_unique() == 12
    assert [(step.name, step.customers_out, step.customers_left) for step in done.summary.filters] == [
        ("no_consent", 9, 3),
        ("condition_not_met", 1, 2),
    ]
    assert pl.Series([step.net_out for step in done.summary.filters]).sum() == sum(range(101, 113)) - 104 - 111


SHOP = "Order ID,Customer ID,Email,Phone,Total,Currency,Date,Status"
BOUGHT = [
    ("1", "C-1", "ann@example.com", "+12025550101"),
    ("2", "C-2", "j.doe+shop@gmail.com", "+12025550102"),
    ("3", "C-3", "carol@example.com", "+12025550103"),
    ("4", "C-4", "dave@example.com", "+12025550103"),  # shares a phone with C-3
    # One customer of four addresses and two ids: her row has room for three and one.
    ("5", "C-5", "e1@example.com", ""), ("6", "C-5", "e2@example.com", ""), ("7", "C-5", "e3@example.com", ""),
    ("8", "C-5", "e4@example.com", ""), ("9", "C-55", "e4@example.com", "+12025550105"),
    ("10", "C-6", "frank@example.com", "+12025550106; +12025550166"),
]  # fmt: skip
EVERYBODY = {"C-1", "C-2", "C-3", "C-4", "C-55", "C-6"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    rows = [
        f"{order},{customer},{address},{number},100.00,USD,2026-11-{10 + int(order)},paid"
        for order, customer, address, number in BOUGHT
    ]
    path = tmp_path_factory.mktemp("shop") / "orders.csv"
    path.write_text("\n".join([SHOP, *rows]) + "\n", encoding="utf-8")
    return path


def without(shop, *texts, hashed=frozenset(), **who):
    request = pipeline.Request(
        files=(str(shop),),
        contacts=ContactRules(hashed=hashed),
        who=Who(erased=tombstones_of(recognised(texts)), **who),
    )
    done = pipeline.run(request)
    return set(done.customers["customer_id"]), done


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("Ann@Example.com", {"C-1"}),
        ("+1 202 555 0101", {"C-1"}),
        ("id:C-1", {"C-1"}),
        ("J.Doe@googlemail.com", {"C-2"}),
        ("carol@example.com", {"C-3"}),
        ("+12025550103", {"C-3", "C-4"}),
        *((f"e{n}@example.com", {"C-55"}) for n in (1, 2, 3, 4)),
        ("id:C-5", {"C-55"}),
        ("id:C-55", {"C-55"}),
        ("+12025550166", {"C-6"}),
        ("nobody@example.com", set()),
        ("id:c-1", set()),
    ],
)
def test_an_erased_person_is_recognised_by_any_identifier_she_ever_had(shop, text, gone):
    assert without(shop, text)[0] == EVERYBODY - gone


def test_the_erased_come_first_in_the_funnel_and_among_the_reasons(shop):
    inside, done = without(shop, "ann@example.com", "id:C-5", where="email != 'carol@example.com'")
    step = done.summary.filters[0]
    assert (step.name, step.title, step.customers_out, step.net_out) == ("erased", "erased on request", 2, 600)
    assert inside == {"C-2", "C-4", "C-6"}
    assert done.summary.dropped_by_reason == {"erased": 2, "condition_not_met": 1}
    reasons = dict(done.reasons().iter_rows())
    assert reasons[sha("id:C-1")] == reasons[sha("id:C-55")] == "erased on request"
    assert reasons[sha("id:C-3")] == "condition no longer met"


def test_nobody_erased_leaves_no_trace_in_the_funnel(shop):
    done = pipeline.run(pipeline.Request(files=(str(shop),)))
    assert done.summary.dropped_by_reason == {}


def test_a_contact_file_tells_of_an_erased_person_too(shop, tmp_path):
    contacts = tmp_path / "contacts.csv"
    contacts.write_text("Customer ID,Email\nC-1,other@example.com\n", encoding="utf-8")
    erased = tombstones_of(recognised(["other@example.com"]))
    done = pipeline.run(pipeline.Request(files=(str(shop),), customers=(str(contacts),), who=Who(erased=erased)))
    assert set(done.customers["customer_id"]) == EVERYBODY - {"C-1"}


def test_digests_in_place_of_contacts_are_compared_as_they_are(tmp_path):
    rows = [
        f"1,C-1,{sha('ann@example.com').upper()},{sha('12025550101')},9.00,USD,2026-11-11,paid",
        f"2,C-2,{sha('jdoe@gmail.com')},{sha('+12025550102')},9.00,USD,2026-11-12,paid",
        f"3,C-3,{sha('carol@example.com')},{sha('12025550103')},9.00,USD,2026-11-12,paid",
    ]
    path = tmp_path / "hashed.csv"
    path.write_text("\n".join([SHOP, *rows]) + "\n", encoding="utf-8")
    for texts, left in (
        (("ann@example.com", "j.doe@gmail.com"), {"C-3"}),
        (("+12025550101", "+12025550102"), {"C-3"}),
        (("dave@example.com",), {"C-1", "C-2", "C-3"}),
    ):
        assert without(path, *texts, hashed=frozenset({"email", "phone"}))[0] == left


def test_an_id_that_a_spreadsheet_spoilt_is_recognised_as_it_is_sent(tmp_path):
    path = tmp_path / "orders.csv"
    rows = ["1,1007.0,ann@example.com,,9.00,USD,2026-11-11,paid", "2,1008.0,bob@example.com,,9.00,USD,2026-11-11,paid"]
    path.write_text("\n".join([SHOP, *rows]) + "\n", encoding="utf-8")
    assert without(path, "id:1007")[0] == {"1008"}
