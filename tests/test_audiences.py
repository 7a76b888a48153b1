"""A platform's rows and their tally: every customer counts, however often a cell repeats itself."""

import polars as pl
import pytest

from audience_builder import audiences, platforms, schemas
from audience_builder import columns as c
from audience_builder.audiences import Audience, AudienceOptions
from audience_builder.contacts import ContactRules, tidied


def customers(count):
    """Everybody lives in one of two places, one of them no city; every other birth date is none; all e-mails differ."""
    contacts = [
        {
            c.CUSTOMER_ID: f"C{row}", c.EMAIL: f"c{row}@example.com", c.CITY: ("Rome", "n/a")[row % 2], c.COUNTRY: "IT",
            c.DATE_OF_BIRTH: ("1990-05-06", "soon")[row % 2], c.PHONE: "+39 06" if row == 3 else None,
        }
        for row in range(count)
    ]  # fmt: skip
    return pl.DataFrame(contacts, schema=schemas.CONTACTS).with_columns(value=pl.lit(1.0))


def meta(raw):
    rules = ContactRules()
    return Audience(tidied(raw, rules).customers, platforms.load("meta"), AudienceOptions(contacts=rules))


def test_refused_cells_are_counted_for_every_customer_who_has_them():
    audience = meta(customers(10))
    assert sum(rows.height for rows in audience.plain()) == 10
    assert audience.tally.unusable == {
        "CT": {"stands for no place": 5},
        "PHONE": {"not a valid number": 1},
        **{key: {"not a date": 5} for key in ("DOBY", "DOBM", "DOBD")},
    }
    assert {key: audience.tally.coverage[key] for key in ("EMAIL", "PHONE", "CT", "DOBY", "COUNTRY", "ST")} == {
        "EMAIL": 10, "PHONE": 0, "CT": 5, "DOBY": 5, "COUNTRY": 10, "ST": 0,
    }  # fmt: skip


@pytest.mark.parametrize("slice_rows", [1, 3, 200])
def test_rows_and_tally_do_not_depend_on_the_slices(monkeypatch, slice_rows):
    raw = customers(20)
    whole = meta(raw)
    rows = pl.concat(list(whole.hashed()))
    monkeypatch.setattr(audiences, "SLICE_ROWS", slice_rows)
    sliced = meta(raw)
    assert pl.concat(list(sliced.hashed())).equals(rows, null_equal=True)
    assert sliced.tally == whole.tally


def test_one_person_in_two_slices_is_sent_once(monkeypatch):
    monkeypatch.setattr(audiences, "SLICE_ROWS", 2)
    twice = pl.concat([customers(3), customers(3)])
    audience = meta(twice)
    assert sum(rows.height for rows in audience.hashed()) == 3
    assert audience.tally.dropped == {audiences.SAME_KEYS: 3}
