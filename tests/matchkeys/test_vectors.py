"""Published and computed examples of every platform's rules, phones aside."""

import json
from pathlib import Path

import polars as pl
import pytest

from audience_builder.matchkeys import apply, birth, country, email, gender, identifier, name, place, postcode

VECTORS = json.loads((Path(__file__).parents[1] / "data" / "matchkeys" / "vectors.json").read_text("utf-8"))

TRIMMED_LOWER = ("microsoft", "pinterest", "snapchat", "x", "openai_ads", "yahoo", "criteo")
LOWER_MOBILE_ID = ("snapchat", "tiktok", "pinterest")

RULES = {
    **{(platform, "email"): email.trimmed_lower for platform in TRIMMED_LOWER},
    ("meta", "EMAIL"): email.trimmed_lower,
    ("linkedin", "email"): email.no_whitespace_lower,
    ("tiktok", "email"): email.no_whitespace_lower,
    ("reddit", "email"): email.lower_alphanumeric,
    ("tradedesk", "email"): email.gmail_canonical,
    ("amazon", "email"): email.lower_plain_characters,
    ("google", "emailAddress"): email.gmail_folded,
    ("meta", "FN"): name.squashed_lower,
    ("meta", "LN"): name.squashed_lower,
    ("google", "givenName"): name.given_untitled,
    ("google", "familyName"): name.family_untitled,
    ("amazon", "first_name"): name.umlauts_spelt_out,
    ("amazon", "last_name"): name.umlauts_spelt_out,
    ("meta", "CT"): place.city_letters,
    ("amazon", "city"): place.city_plain_letters,
    ("meta", "ST"): place.state_code_or_letters,
    ("amazon", "state"): place.state_code,
    ("meta", "ZIP"): postcode.compact_lower,
    ("google", "postalCode"): postcode.trimmed,
    ("amazon", "zip"): postcode.amazon_lower,
    ("meta", "COUNTRY"): country.alpha2_lower,
    ("google", "regionCode"): country.alpha2_upper,
    ("meta", "GEN"): gender.initial,
    ("meta", "DOBY"): birth.year,
    ("meta", "DOBM"): birth.month,
    ("meta", "DOBD"): birth.day,
    ("meta", "CAPI.db"): birth.compact,
    ("meta", "MADID"): identifier.mobile_id_lower,
    ("meta", "EXTERN_ID"): identifier.unchanged,
    **{(platform, "maid"): identifier.mobile_id_lower for platform in LOWER_MOBILE_ID},
    ("x", "idfa"): identifier.mobile_id_lower,
    ("x", "handle"): identifier.handle_lower,
    ("reddit", "idfa"): identifier.mobile_id_upper,
    ("reddit", "gaid"): identifier.mobile_id_lower,
}


@pytest.mark.parametrize(
    "vector", VECTORS, ids=[f"{each['platform']}-{each['field']}-{each['raw']}" for each in VECTORS]
)
def test_rule_gives_what_the_vector_says(vector):
    rule = RULES[vector["platform"], vector["field"]]
    assert apply(rule, [vector["raw"]], vector["country"]) == [vector["normalized"]]


def test_every_rule_of_the_table_has_a_vector():
    covered = {(vector["platform"], vector["field"]) for vector in VECTORS}
    assert covered == set(RULES)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (email.trimmed_lower, "jane_doe.x+vip@example.com"),
        (email.no_whitespace_lower, "jane_doe.x+vip@example.com"),
        (email.lower_no_dots_no_plus, "jane_doex@example.com"),
        (email.lower_no_plus, "jane_doe.x@example.com"),
        (email.lower_alphanumeric, "janedoex@example.com"),
        (email.gmail_canonical, "jane_doe.x+vip@example.com"),
        (email.lower_plain_characters, "jane_doe.xvip@example.com"),
    ],
)
def test_one_address_under_each_rule(rule, expected):
    assert apply(rule, ["Jane_Doe.x+vip@Example.com"]) == [expected]


def test_rules_work_on_a_lazy_streaming_frame():
    people = pl.LazyFrame({"city": ["São Paulo", None] * 500, "country": ["BR", "US"] * 500})
    letters = place.city_letters(pl.col("city"), pl.col("country"))
    assert people.select(letters).collect(engine="streaming")["city"].to_list() == ["saopaulo", None] * 500


def test_rules_work_on_an_empty_frame():
    nobody = pl.DataFrame(schema={"city": pl.String, "country": pl.String})
    assert nobody.select(place.city_letters(pl.col("city"), pl.lit("US"))).height == 0
