"""Whole columns give what phonenumbers gives for each cell, for every region and kind of number."""

import random
import re
from functools import cache

import phonenumbers
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneMetadata, PhoneNumberFormat

from audience_builder.matchkeys import phone, phone_automaton, phone_columns, phone_states
from audience_builder.matchkeys.phone_patterns import Node, entries

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
KINDS = [kind for kind in phonenumbers.PhoneNumberType.values() if kind != phonenumbers.PhoneNumberType.UNKNOWN]
DIALLED = (
    "0",
    "1",
    "8",
    "06",
    "01",
    "90",
    "015",
    "041",
    "00",
    "011",
    "001",
    "010",
    "810",
    "119",
    "0011",
    "18",
    "44",
)
FLOAT = re.compile(r"\s*\d{7,}[.,]0+\s*")
LEADING_00 = re.compile(r"^[^\d+\uff0b]*[0\uff10\u0660\u06f0][^\d+\uff0b]*[0\uff10\u0660\u06f0]")
FULL_WIDTH = str.maketrans("0123456789+", "\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19\uff0b")
ARABIC_INDIC = str.maketrans("0123456789", "\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669")


@cache
def examples():
    """(region or None, calling code, national number) of every region, calling code and kind."""
    found = [(region, phonenumbers.example_number_for_type(region, kind)) for region in REGIONS for kind in KINDS]
    codes = sorted(phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS)
    found += [(None, phonenumbers.example_number_for_non_geo_entity(code)) for code in codes]
    return [
        (region, number.country_code, phonenumbers.national_significant_number(number))
        for region, number in found
        if number
    ]


def plain(value, country):
    """phonenumbers on one number; with no country known, a leading 00 is a plus."""
    known = country if country in phonenumbers.SUPPORTED_REGIONS else None
    try:
        number = phonenumbers.parse(value if known else LEADING_00.sub("+", value), known)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164) if phonenumbers.is_valid_number(number) else None


def oracle(value, country, parts):
    """phonenumbers on one cell: never a spreadsheet's float, else the whole cell, else a part of it."""
    if FLOAT.fullmatch(value):
        return None
    readings = (value, *parts) if len(parts) > 1 else (value,)
    return next((number for reading in readings if (number := plain(reading, country))), None)


def both(pairs):
    """What we read and what phonenumbers reads, for (value, country) pairs."""
    frame = pl.DataFrame(pairs, schema={"value": pl.String, "country": pl.String}, orient="row")
    value = pl.col("value")
    ours, parts = frame.select(phone.e164(value, pl.col("country")), parts=phone.several(value)).get_columns()
    return ours.to_list(), [oracle(*pair, split) for pair, split in zip(pairs, parts.to_list(), strict=True)]


def differences(pairs):
    """(value, country, ours, theirs) wherever the two differ."""
    rows = zip(pairs, *both(pairs), strict=True)
    return [(*pair, ours, theirs) for pair, ours, theirs in rows if ours != theirs]


def forms(region, code, number):
    """The ways one number is commonly written."""
    parsed = phonenumbers.PhoneNumber(
        country_code=code,
        national_number=int(number),
        italian_leading_zero=number.startswith("0"),
        number_of_leading_zeros=len(number) - len(number.lstrip("0")) or None,
    )
    written = [phonenumbers.format_number(parsed, style) for style in (1, 2, 3)]
    prefix = PhoneMetadata.metadata_for_region(region).national_prefix if region else None
    abroad = PhoneMetadata.metadata_for_region(region).international_prefix if region else "00"
    return [
        *written,
        f"+{code}{number}",
        f"{code}{number}",
        f"00{code}{number}",
        f"{abroad if (abroad or '').isdigit() else '011'} {code} {number}",
        number,
        f"{prefix or 0}{number}",
        f"+{code} ({prefix or 0}) {number}",
        f"{code}{prefix or 0}{number}",
        f"Tel: {written[1]} x123",
    ]


def changed(chance, number):
    """The number with digits cut, added or changed."""
    place = chance.randrange(len(number))
    some = "".join(chance.choices("0123456789", k=chance.randint(1, 6)))
    return chance.choice(
        (
            number[: -len(some)] + some,
            number[:-1],
            number[: -chance.randint(1, 4)],
            number[chance.randint(1, 4) :],
            number + some[0],
            number + some[:3],
            number[:place] + some[0] + number[place + 1 :],
            chance.choice(DIALLED) + number,
            some + number,
        )
    )


def rewritten(chance, text):
    """The text with other spacing, digits or surroundings."""
    return chance.choice(
        (
            lambda: chance.choice(" -./()").join((text[: len(text) // 2], text[len(text) // 2 :])),
            lambda: "".join(digit + chance.choice(("", "", "", " ", "-", ".", ")", "/", "~")) for digit in text),
            lambda: text.translate(FULL_WIDTH),
            lambda: text.translate(ARABIC_INDIC),
            lambda: chance.choice(("'", "(", "Tel. ", "\u00a0", "\t", "Fax x", "++", "\u202a", '"', "#", ";")) + text,
            lambda: text + chance.choice((" ", "\n", ".", "\u202c", " (home)", ";", "#", "x", " ext", "*", "_", "+")),
            lambda: (
                text + chance.choice((" ext. 5", " x12345", ",12", ";ext=7", "extn 4567", " xt 3", "#12", "x12/x34"))
            ),
            lambda: text.replace(" ", chance.choice(("\u2013", "\u00a0", "\u2011", "\u3000", "  ", "x", ""))),
            lambda: f"{text} / {text}",
        )
    )()


def samples(seed, count):
    """Valid and broken (value, country) pairs over all regions, calling codes and kinds."""
    chance = random.Random(seed)
    pairs = []
    while len(pairs) < count:
        region, code, number = chance.choice(examples())
        for _ in range(chance.choice((0, 1, 1, 1, 2, 3))):
            number = changed(chance, number) or "0"
        sharing = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code]
        for text in chance.sample(forms(region, code, number), k=4):
            written = rewritten(chance, text) if chance.random() < 0.4 else text
            countries = (region, chance.choice(sharing), chance.choice(REGIONS), None)
            pairs.append((written, chance.choices(countries, (6, 2, 1, 1))[0]))
    return pairs


@cache
def everyday_pairs():
    return [(text, region) for region, code, number in examples() for text in forms(region, code, number)]


def test_every_kind_of_number_of_every_region_in_every_common_form():
    pairs = everyday_pairs() + [(text, None) for text, _ in everyday_pairs()[::5]]
    assert len({country for _, country in pairs}) == len(REGIONS) + 1
    assert differences(pairs) == []


def test_broken_and_oddly_written_numbers():
    assert differences(samples(seed=20261125, count=30_000)) == []


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.from_regex(r"\+{0,1}[0-9]{1,17}", fullmatch=True)
            | st.text("0123456789+-() ./xX,;#ext\u00a0", max_size=25),
            st.sampled_from(REGIONS) | st.none() | st.just("ZZ"),
        ),
        max_size=50,
    )
)
def test_any_string_of_digits_and_punctuation(pairs):
    assert differences(pairs) == []


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=20), st.sampled_from(["US", "DE", None])), max_size=20))
def test_any_text(pairs):
    assert differences(pairs) == []


def test_most_ordinary_cells_are_read_whole_columns_at_a_time():
    pairs = [(text, region) for region, code, number in examples() for text in forms(region, code, number)]
    cells = pl.DataFrame(pairs, schema={"value": pl.String, "country": pl.String}, orient="row").with_row_index("row")
    read = phone_columns.read_columns(cells)
    assert read["row"].is_unique().all()
    assert read.height / cells.height > 0.95


def test_metadata_with_a_pattern_of_an_unknown_kind_is_left_to_phonenumbers(monkeypatch):
    monkeypatch.setattr(phone_states, "_numbers", lambda _: entries("(?=2)", Node(frozenset(), frozenset())))
    monkeypatch.setattr(phone_columns, "_automaton", phone_automaton.Automaton)
    pairs = [("020 7946 0958", "GB"), ("999", "GB"), ("12125550100.0", "US"), ("020 7946 0958 / 020 7946 0959", "GB")]
    assert differences(pairs) == []


def test_an_automaton_grown_too_large_is_begun_anew(monkeypatch):
    monkeypatch.setattr(phone_columns, "_MOST_STATES", 100)
    kept = phone_columns._automaton()
    pairs = everyday_pairs()[::50]
    assert differences(pairs) == differences(pairs) == []
    assert phone_columns._automaton() is not kept


@pytest.mark.parametrize("country", [None, "US"])
def test_an_empty_column_stays_empty(country):
    empty = pl.DataFrame(schema={"value": pl.String})
    assert empty.select(phone.e164(pl.col("value"), pl.lit(country, pl.String))).height == 0
