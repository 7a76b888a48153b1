"""Every brake at its limit and just past it; every one that trips is named with its number."""

from dataclasses import fields, replace
from datetime import date
from types import SimpleNamespace

import pytest

from audience_builder.delivery.brakes import Brakes, Situation, refuse
from audience_builder.delivery.facts import Facts, SourceFacts
from audience_builder.errors import BrakeError

TODAY = date(2026, 11, 25)
SOURCE = SourceFacts(
    rows=1000,
    rejected=0,
    net_paid=10_000.0,
    newest_order=TODAY,
    settings={"filters.min_paid": "a"},
    value_model="historic",
)
BEFORE = Facts(source=SOURCE, people=200, coverage={"EMAIL": 0.95, "PHONE": 0.5}, value_total=10_000.0)


def situation(*, before=BEFORE, removed=0, added=0, members_before=200, after=200, owed=0, **now):
    own = {name: now.pop(name) for name in ("coverage", "value_total") if name in now}
    plan = SimpleNamespace(members_before=members_before, members_after=after, added=added, removed=removed)
    facts = replace(BEFORE, source=replace(SOURCE, **now), **own)
    return Situation(plan=plan, platform_minimum=100, today=TODAY, now=facts, before=before, owed=owed)


LIMITS = {
    "max_removed": ({"removed": 40}, {"removed": 41}),
    "max_growth": ({"added": 100}, {"added": 101}),
    "min_members": ({"after": 100}, {"after": 99}),
    "max_rows_drop": ({"rows": 700}, {"rows": 699}),
    "max_revenue_drop": ({"net_paid": 7000.0}, {"net_paid": 6999.0}),
    "max_order_age_days": ({"newest_order": date(2026, 11, 18)}, {"newest_order": date(2026, 11, 17)}),
    "max_rejects": ({"rejected": 50}, {"rejected": 51}),
    "max_coverage_drop": (
        {"coverage": {"EMAIL": 0.85, "PHONE": 0.5}},
        {"coverage": {"EMAIL": 0.84, "PHONE": 0.5}},
    ),
    "max_value_shift": ({"value_total": 15_000.0}, {"value_total": 15_001.0}),
    "accept_changes": ({}, {"settings": {"filters.min_paid": "b"}}),
}


def test_every_brake_has_its_limit_here():
    assert set(LIMITS) == {field.name for field in fields(Brakes)}


@pytest.mark.parametrize("name", LIMITS)
def test_a_brake_holds_at_its_limit_and_trips_past_it(name):
    at, past = LIMITS[name]
    brakes = Brakes.of_refresh()
    assert brakes.tripped(situation(**at)) == ()
    (tripped,) = brakes.tripped(situation(**past))
    assert tripped.name == name
    assert tripped.release.startswith(f"--{name.replace('_', '-')}")


@pytest.mark.parametrize("name", LIMITS)
def test_the_flag_a_brake_names_lets_this_very_run_through(name):
    past = situation(**LIMITS[name][1])
    (tripped,) = Brakes.of_refresh().tripped(past)
    _, _, number = tripped.release.partition(" ")
    value = True if name == "accept_changes" else float(number)
    assert replace(Brakes.of_refresh(), **{name: value}).tripped(past) == ()


@pytest.mark.parametrize(
    ("now", "name", "numbers"),
    [
        ({"removed": 100}, "max_removed", "100 of 200 members; the limit is 20%"),
        ({"rows": 500}, "max_rows_drop", "500 now, 1,000 before: 50% less; the limit is 30%"),
        ({"coverage": {"PHONE": 0.5}}, "max_coverage_drop", "EMAIL: 0% now, 95% before, 95 points less; the limit is 10 points"),
        ({"value_total": 4000.0}, "max_value_shift", "4,000 now, 10,000 before: -60%; the limit is 50% either way"),
        ({"newest_order": None}, "max_order_age_days", "2026-11-25 in the last run"),
        ({"value_model": "predicted by bg"}, "accept_changes", "The value is predicted by bg now; it was historic."),
        ({"settings": {"filters.where": "x"}}, "accept_changes", "2 changed: filters.min_paid, filters.where."),
    ],
)  # fmt: skip
def test_a_brake_says_its_number(now, name, numbers):
    (tripped,) = Brakes.of_refresh().tripped(situation(**now))
    assert (tripped.name, numbers in tripped.found) == (name, True), tripped.found


def test_the_first_run_has_nothing_to_be_held_against():
    seen = situation(before=None, members_before=0, added=200, rows=1, net_paid=1.0, settings={"x": "y"})
    assert Brakes.of_refresh().tripped(seen) == ()


def test_what_an_interrupted_run_still_had_to_add_is_no_growth():
    """50 of 200 had arrived when it was killed: the other 150, and 10 who came since, are 10 in 200."""
    killed = situation(members_before=50, added=160, after=210, owed=150)
    assert Brakes.of_refresh().tripped(killed) == ()
    assert [one.name for one in Brakes.of_refresh().tripped(replace(killed, owed=0))] == ["max_growth"]


def test_all_tripped_brakes_are_told_together():
    with pytest.raises(BrakeError) as caught:
        refuse(Brakes.of_refresh().tripped(situation(removed=100, rejected=100)))
    error = caught.value
    assert error.wrong == "2 brakes stopped the run; nothing was sent."
    assert "(1) Too many source rows" in error.found
    assert "(2) Unusually many people would leave" in error.found
    assert "--max-rejects 0.1 --max-removed 0.5" in error.fix
    assert error.exit_code == 4


def test_facts_come_back_from_the_record_as_they_went():
    assert Facts.from_document(BEFORE.document()) == BEFORE
    undated = replace(BEFORE, source=replace(SOURCE, newest_order=None))
    assert Facts.from_document(undated.document()) == undated
