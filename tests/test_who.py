"""Who may be sent: consent by column, file and region, worked out by hand."""

import polars as pl
import pytest

from audience_builder import pipeline
from audience_builder.cli.flags import FilterFlags, SourceFlags
from audience_builder.cli.request import request_from
from audience_builder.errors import ConfigError, DataError

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
