"""Money text: the forms real exports write, and the standard library's decimals as oracle."""

from decimal import ROUND_HALF_UP, Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audience_builder.sources.money import evidence, read_amounts

POINT = {
    "$1,250.00": "1250",
    "-$45.00": "-45",
    "$-45.00": "-45",
    "(50.00)": "-50",
    "($50.00)": "-50",
    "50.00-": "-50",
    "+7": "7",
    "1'250.00": "1250",
    "1\u202f250.50": "1250.5",
    "US$ 12.30": "12.3",
    "US$12.30": "12.3",
    "12 kr": "12",
    "kr. 100": "100",
    "kr.100": "100",
    "&#36;90.00": "90",
    "-&#36;40.00": "-40",
    "100.0000": "100",
    "1,00,000.00": "100000",
    "usd 5": "5",
    "5.10 USD": "5.1",
    "\u221212.00": "-12",
    ".50": "0.5",
    "1.00005": "1.0001",
    "0.250": "0.25",
}
COMMA = {
    "1.234,50 €": "1234.5",
    "1 250,50 €": "1250.5",
    "1\u00a0250,50 €": "1250.5",
    "1\u202f250,50": "1250.5",
    "1.234,50 EUR": "1234.5",
    "SEK 1 000,00": "1000",
    "99,90": "99.9",
    "-0,25": "-0.25",
    "1.250": "1250",
}
NO_MONEY = [
    *(
        "n",
        "abc",
        "284.36a",
        "5e3",
        "1.2E+10",
        "1_000",
        "1,2,3",
        "12.34.56",
        "--5",
        "(5",
        "-(5)",
        "5 10",
        "250k",
    ),
    *("ann@example.com", "2026-05-13", "1,25,0", "..", "1.250,50", "USD", "$"),
]


def read(texts, mark):
    return read_amounts(pl.Series(texts, dtype=pl.String), mark).to_list()


@pytest.mark.parametrize(("text", "amount"), POINT.items())
def test_form_with_decimal_point_is_read_exactly(text, amount):
    assert read([text], ".") == [Decimal(amount)]


@pytest.mark.parametrize(("text", "amount"), COMMA.items())
def test_form_with_decimal_comma_is_read_exactly(text, amount):
    assert read([text], ",") == [Decimal(amount)]


def test_what_is_no_money_is_null():
    assert read(NO_MONEY, ".") == [None] * len(NO_MONEY)


def test_null_stays_null():
    assert read([None, "$1.00"], ".") == [None, Decimal(1)]


@pytest.mark.parametrize(
    ("texts", "mark"),
    [
        (["1,250", "3.50"], "."),
        (["1.250", "3,50"], ","),
        (["1,250.00"], "."),
        (["1.250", "0.250"], "."),
        (["1.250", "12"], None),
        (["12", "13"], None),
    ],
)
def test_one_telling_value_decides_the_mark_of_the_column(texts, mark):
    assert evidence(pl.Series(texts)).mark == mark


def test_single_groups_of_three_are_undecided():
    assert evidence(pl.Series(["1.250", "2.300"])).undecided
    assert not evidence(pl.Series(["1.25", "12"])).undecided


def test_both_marks_are_seen():
    told = evidence(pl.Series(["$1,250.00", "1.234,50 €"]))
    assert told.point
    assert told.comma


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6), st.sampled_from(["plain", "us", "de"]))
@settings(max_examples=40, deadline=None)
def test_amounts_agree_with_the_decimal_module(value, form):
    text = {
        "plain": f"{value:f}",
        "us": f"${value:,f}",
        "de": f"{value:,f} €".translate(str.maketrans(",.", ".,")),
    }
    expected = value.quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP)
    assert read([text[form]], "," if form == "de" else ".") == [expected]


@given(st.lists(st.text(max_size=12), max_size=20))
@settings(max_examples=25, deadline=None)
def test_no_text_breaks_the_reader(texts):
    for mark in (".", ","):
        found = read(texts, mark)
        assert len(found) == len(texts)
    evidence(pl.Series(texts, dtype=pl.String))
