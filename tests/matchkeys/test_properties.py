"""What every normaliser promises, on any text at all."""

import inspect
import re

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audience_builder import schemas
from audience_builder.matchkeys import (
    apply,
    birth,
    country,
    email,
    gender,
    identifier,
    name,
    place,
    postcode,
    repair,
)

WHITE = " \t\n\x0b\x0c\r\x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
"""Unicode White_Space; Python's own idea of it is wider."""

ADDRESS = r"[^\s@A-Z]+@[a-z0-9.-]+"
UUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
NAME = rf"[^{WHITE}](.*[^{WHITE}])?"

ALPHABETS = {
    email.trimmed_lower: ADDRESS,
    email.no_whitespace_lower: ADDRESS,
    email.lower_no_dots_no_plus: r"[^\s@.+]+@[a-z0-9.-]+",
    email.lower_no_plus: r"[^\s@+]+@[a-z0-9.-]+",
    email.lower_alphanumeric: r"[a-z0-9]+@[a-z0-9.-]+",
    email.gmail_canonical: ADDRESS,
    email.gmail_folded: ADDRESS,
    email.lower_plain_characters: r"[a-z0-9_.-]+@[a-z0-9.-]+",
    name.squashed_lower: rf"[^{WHITE}!-/:-@\[-`{{-~A-Z]+",
    name.given_untitled: NAME,
    name.family_untitled: NAME,
    name.umlauts_spelt_out: r"[a-z0-9]+",
    name.trimmed: NAME,
    place.city_letters: r"[a-z]+",
    place.city_plain_letters: r"[a-z0-9]+",
    place.state_code_or_letters: r"[a-z]+",
    place.state_code: r"[a-z]{2,3}",
    postcode.compact_lower: r"[^\s.\-A-Z]+",
    postcode.trimmed: r"\S[\w .-]*",
    postcode.amazon_lower: r"[a-z0-9]{5,7}",
    country.alpha2_upper: r"[A-Z]{2}",
    country.alpha2_lower: r"[a-z]{2}",
    country.alpha3_upper: r"[A-Z]{3}",
    gender.initial: r"[mf]",
    birth.year: r"(19|20)\d\d",
    birth.month: r"0[1-9]|1[0-2]",
    birth.day: r"0[1-9]|[12]\d|3[01]",
    birth.compact: r"(19|20)\d{6}",
    identifier.unchanged: NAME,
    identifier.lower: NAME,
    identifier.upper: NAME,
    identifier.handle_lower: r"[a-z0-9_]+",
    identifier.mobile_id: UUID,
    identifier.mobile_id_lower: UUID.replace("a-fA-F", "a-f"),
    identifier.mobile_id_upper: UUID.replace("a-fA-F", "A-F"),
}

REASONS = {
    email.why_not: email.no_whitespace_lower,
    name.why_not: name.squashed_lower,
    name.why_not_given: name.given_untitled,
    name.why_not_family: name.family_untitled,
    name.why_not_latin: name.umlauts_spelt_out,
    place.why_not_city: place.city_letters,
    place.why_not_city_plain: place.city_plain_letters,
    place.why_not_state: place.state_code_or_letters,
    place.why_not_state_code: place.state_code,
    postcode.why_not: postcode.compact_lower,
    postcode.why_not_amazon: postcode.amazon_lower,
    country.why_not: country.alpha2_lower,
    gender.why_not: gender.initial,
    birth.why_not: birth.compact,
    identifier.why_not: identifier.unchanged,
    identifier.why_not_mobile: identifier.mobile_id,
}

NOT_REPEATABLE = {birth.year, birth.month, birth.day}
"""A year is no birth date, so these are not fed with their own output."""

LIKELY = st.sampled_from(
    [
        "Ann@Example.com", "a.b+c@gmail.com", "ann@bücher.example.com", "ANN@ПРИМЕР.РФ", "info@example.com",
        "Mary Ann", "Mr. Müller Jr.", "Mr. Dr. Ng", "Straße", "Jr. Jr", "İpek", "ΣΊΣΥΦΟΣ", "ǅ ǅ", "Å", "ﬁ ﬁ", "n/a", "None",
        "São Paulo", "California", "N.C.", "BC", "2134", "501", "94035-1234", "SW1A 1AA", "K1A 0B1", "12345.0", "2.1E+4",
        "Deutschland", "uk", "Kongo", "NA", "Female", "herr", "10/21/68", "05.06.1990", "19681021", "May 5, 1990", "1/1/00",
        "AEBE52E7-03EE-455A-B3C4-E57283966239", "7.2E+12", "@Ads_API", "\u1100\u1161", "e\u0301\u0323", "0042", "\x00", "",
    ]
)  # fmt: skip
TEXT = st.none() | LIKELY | st.text(max_size=16)
CELLS = st.lists(TEXT, min_size=1, max_size=12)
COUNTRIES = st.sampled_from([None, "US", "GB", "DE", "CA", "AU", "JP", "XX", ""])


def label(function):
    return f"{function.__module__.rpartition('.')[2]}.{function.__name__}"


@pytest.mark.parametrize("normaliser", ALPHABETS, ids=label)
@settings(max_examples=25, deadline=None)
@given(CELLS, COUNTRIES)
def test_normaliser_keeps_its_promises(normaliser, cells, land):
    once = apply(normaliser, cells, land)
    assert len(once) == len(cells)
    alphabet = re.compile(ALPHABETS[normaliser], re.DOTALL)
    for cell, normal in zip(cells, once, strict=True):
        if cell is None or not cell.strip(WHITE):
            assert normal is None
        assert normal is None or alphabet.fullmatch(normal), normal
    if normaliser not in NOT_REPEATABLE:
        assert apply(normaliser, once, land) == once


@pytest.mark.parametrize("why_not", REASONS, ids=label)
@settings(max_examples=25, deadline=None)
@given(CELLS, COUNTRIES)
def test_every_filled_cell_that_is_refused_has_a_reason_and_no_blank_one(why_not, cells, land):
    normal = apply(REASONS[why_not], cells, land)
    reasons = apply(why_not, cells, land)
    for cell, text, reason in zip(cells, normal, reasons, strict=True):
        if cell is None or not cell.strip(WHITE):
            assert reason is None
        elif text is None:
            assert reason is not None


def test_every_public_function_of_that_signature_is_under_test():
    modules = (email, name, place, postcode, country, gender, birth, identifier)
    listed = {getattr(module, function) for module in modules for function in module.__all__}
    normalisers = {
        each
        for each in listed
        if inspect.isfunction(each) and list(inspect.signature(each).parameters) == ["value", "country"]
    }
    assert normalisers - {postcode.leading_zeros_restored} == set(ALPHABETS) | set(REASONS)


@pytest.mark.parametrize("function", [*ALPHABETS, *REASONS], ids=label)
def test_every_rule_shows_an_example(function):
    assert ">>>" in function.__doc__


@pytest.mark.parametrize("normaliser", ALPHABETS, ids=label)
def test_every_rule_names_its_source(normaliser):
    assert "https://" in normaliser.__doc__ or "``" in normaliser.__doc__


@settings(max_examples=30, deadline=None)
@given(CELLS, COUNTRIES, st.sampled_from(list(schemas.CONTACTS)[:-1]))
def test_repairing_twice_changes_nothing_more(cells, land, column):
    once = apply(lambda value, land: repair.repaired(value, column, land), cells, land)
    assert [text is None for text in once] == [text is None for text in cells]
    if not any(cell and "&" in cell for cell in cells):  # entities are decoded once, on purpose
        assert apply(lambda value, land: repair.repaired(value, column, land), once, land) == once


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=8))
def test_names_given_in_two_parts_stay_two_parts(rows):
    cells = pl.DataFrame(rows, schema=dict.fromkeys(("first", "last", "full"), pl.String), orient="row")
    parted = cells.select(name.parts(pl.col("first"), pl.col("last"), pl.col("full")).alias("parts"))["parts"]
    assert parted.len() == len(rows)
    for (first, last, _), parts in zip(rows, parted, strict=True):
        if first and last and first.strip(WHITE) and last.strip(WHITE):
            assert parts == {"first_name": first.strip(WHITE), "last_name": last.strip(WHITE)}
