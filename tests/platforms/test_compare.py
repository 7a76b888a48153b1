"""Somebody else's digests of our people, and the habit of theirs that explains them."""

import base64
import hashlib
import unicodedata

import polars as pl
import pytest

from audience_builder.errors import ConfigError
from audience_builder.platforms.compare import NOTHING, UNEXPLAINED, compare

RAW = pl.DataFrame(
    {
        "email": [" Ann.Lee+shop@Gmail.com", "Zoë.Q@Example.com", "bob@example.org ", None],
        "email_2": [None, None, "Bob.B+x@example.org", None],
        "phone": ["020 7946 0958", "+1 (212) 555-0101", "(0)113 496 0990", None],
        "first_name": ["Ann-Marie", "Zoë", "  BOB", None],
        "last_name": ["O'Brien", "Müller Lüdenscheidt", "Jones Jr.", None],
        "city": ["St. Albans", "São Paulo", "New York", None],
        "state": ["Hertfordshire", "CA", "ny", None],
        "postal_code": ["SW1A 1AA", "94103-1234", "02134", None],
        "country": ["UK", "United States", "GB", None],
        "gender": ["Female", "f", "Male", None],
        "date_of_birth": ["1968-03-21", "1990-11-05", None, None],
        "mobile_id": ["AEBE52E7-03EE-455A-B3C4-E57283966239", None, None, None],
    }
)


def sha(text, encoding="utf-8"):
    return hashlib.sha256(text.encode(encoding)).hexdigest()


def best(key, digests):
    findings = compare(RAW, {key: set(digests)})
    return findings[0].variant, round(findings[0].share, 3)


@pytest.mark.parametrize(
    ("key", "variant", "texts"),
    [
        ("email", "trimmed_lower", ["ann.lee+shop@gmail.com", "bob@example.org", "bob.b+x@example.org"]),
        ("email", "as_found", [" Ann.Lee+shop@Gmail.com", "bob@example.org "]),
        ("email", "trimmed", ["Ann.Lee+shop@Gmail.com", "Bob.B+x@example.org"]),
        ("email", "lower_untrimmed", [" ann.lee+shop@gmail.com", "bob@example.org "]),
        ("email", "upper", ["ANN.LEE+SHOP@GMAIL.COM", "BOB@EXAMPLE.ORG"]),
        ("email", "gmail_folded", ["annlee@gmail.com", "bob.b+x@example.org"]),
        ("email", "gmail_no_dots", ["annlee+shop@gmail.com", "bob.b+x@example.org"]),
        ("email", "gmail_no_plus", ["ann.lee@gmail.com", "bob.b+x@example.org"]),
        ("email", "lower_no_plus", ["ann.lee@gmail.com", "bob.b@example.org"]),
        ("email", "lower_no_dots_no_plus", ["annlee@gmail.com", "bobb@example.org"]),
        ("email", "lower_plain_characters", ["ann.leeshop@gmail.com", "bob.bx@example.org"]),
        ("phone", "digits", ["442079460958", "12125550101"]),
        ("phone", "e164", ["+442079460958", "+12125550101"]),
        ("phone", "double_zero", ["00442079460958", "0012125550101"]),
        ("phone", "national", ["2079460958", "1134960990"]),
        ("phone", "digits_as_found", ["02079460958", "01134960990"]),
        ("phone", "plus_zero_kept", ["+4402079460958", "+4401134960990"]),
        ("first_name", "squashed_lower", ["annmarie", "zoë", "bob"]),
        ("first_name", "lower", ["ann-marie", "zoë", "bob"]),
        ("first_name", "accents_apart", ["ann-marie", unicodedata.normalize("NFD", "zoë"), "bob"]),
        ("last_name", "no_accents", ["o'brien", "muller ludenscheidt", "jones jr."]),
        ("last_name", "umlauts_spelt_out", ["obrien", "muellerluedenscheidt", "jonesjr"]),
        ("last_name", "spaces_removed", ["o'brien", "müllerlüdenscheidt", "jonesjr."]),
        ("city", "accented_letters_dropped", ["stalbans", "sopaulo", "newyork"]),
        ("city", "punctuation_removed", ["st albans", "são paulo", "new york"]),
        ("state", "state_name", ["california", "newyork"]),
        ("postal_code", "lower", ["sw1a 1aa", "94103-1234"]),
        ("postal_code", "nine_digits", ["sw1a1aa", "941031234", "02134"]),
        ("postal_code", "zeros_lost", ["sw1a1aa", "94103", "2134"]),
        ("country", "alpha2_upper", ["GB", "US"]),
        ("country", "alpha3_lower", ["gbr", "usa"]),
        ("country", "lower", ["uk", "united states"]),
        ("gender", "initial_upper", ["F", "M"]),
        ("date_of_birth", "compact", ["19680321", "19901105"]),
        ("date_of_birth", "month_short", ["3"]),
        ("mobile_id", "no_hyphens", ["aebe52e703ee455ab3c4e57283966239"]),
    ],
)
def test_the_habit_of_the_other_side_is_named(key, variant, texts):
    raw = RAW.with_columns(country=pl.col("country").replace("GB", "US")) if key == "state" else RAW
    finding = compare(raw, {key: [sha(text) for text in texts]})[0]
    assert (finding.variant, finding.share) == (variant, 1.0)


@pytest.mark.parametrize(
    ("digest", "written"),
    [
        ("SHA-256 of Latin-1 bytes", lambda text: sha(text, "latin-1")),
        ("SHA-256 of UTF-16 bytes", lambda text: sha(text, "utf-16-le")),
        ("SHA-256 of the SHA-256 hex digits", lambda text: sha(sha(text))),
        (
            "SHA-256 of the MD5 hex digits",
            lambda text: sha(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()),
        ),
        ("SHA-256 in upper-case hex", lambda text: sha(text).upper()),
        (
            "SHA-256 in Base64",
            lambda text: base64.b64encode(hashlib.sha256(text.encode()).digest()).decode(),
        ),
        ("Base64 of the SHA-256 hex digits", lambda text: base64.b64encode(sha(text).encode()).decode()),
        ("MD5 in hex", lambda text: hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()),
        ("SHA-1 in hex", lambda text: hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()),
        ("SHA-512 in hex", lambda text: hashlib.sha512(text.encode()).hexdigest()),
        ("not hashed", lambda text: text),
    ],
)
def test_the_way_of_hashing_is_named_too(digest, written):
    texts = ["zoë.q@example.com", "ann.lee+shop@gmail.com"]
    assert best("email", map(written, texts)) == (f"trimmed_lower, {digest}", 1.0)


def test_what_nobody_can_explain_is_counted():
    findings = compare(RAW, {"email": {sha("ann.lee+shop@gmail.com"), sha("stranger@example.net")}})
    assert (findings[0].variant, findings[0].explained, findings[0].share) == ("trimmed_lower", 1, 0.5)
    assert (findings[-1].variant, findings[-1].explained, findings[-1].share) == (UNEXPLAINED, 1, 0.5)


def test_two_habits_in_one_list_come_in_the_order_of_what_they_explain():
    mixed = {sha("12125550101"), sha("441134960990"), sha("+442079460958")}
    findings = compare(RAW, {"phone": mixed})
    assert [(finding.variant, finding.more) for finding in findings if finding.more] == [
        ("digits", 2),
        ("e164", 1),
    ]


def test_digests_of_nothing_are_told_apart():
    findings = compare(RAW, {"email": {sha(""), sha("nan"), sha("bob@example.org")}})
    assert (findings[0].variant, findings[0].explained) == (NOTHING, 2)
    assert (findings[-1].variant, findings[-1].explained) == (UNEXPLAINED, 0)


def test_every_key_has_its_own_findings():
    findings = compare(RAW, {"email": {sha("bob@example.org")}, "country": {sha("gb")}})
    assert {finding.key for finding in findings} == {"email", "country"}
    assert next(finding.variant for finding in findings if finding.key == "country") == "alpha2_lower"


def test_no_finding_holds_a_value_or_a_digest():
    secret = sha("bob@example.org")
    told = repr(compare(RAW, {"email": {secret}}))
    assert secret not in told
    assert "@example" not in told


def test_an_empty_list_explains_nothing():
    assert [(f.variant, f.explained, f.share) for f in compare(RAW, {"email": set()})] == [(UNEXPLAINED, 0, 0.0)]


def test_an_unknown_key_names_the_nearest():
    with pytest.raises(ConfigError) as caught:
        compare(RAW, {"emial": set()})
    assert caught.value.fix == "Did you mean email?"
    assert "postal_code" in caught.value.found
