"""Platforms are found by being there, and every one is complete."""

import re
import sys
from datetime import date

import pytest

from audience_builder import platforms, schemas
from audience_builder.errors import ConfigError
from audience_builder.spec import FileColumn

MADE_UP = """
from datetime import date

from audience_builder import columns as c
from audience_builder.hashing import Digest
from audience_builder.matchkeys import email
from audience_builder.spec import FileColumn, MatchKey, Platform

RULES = "https://example.com/rules"
PLATFORM = Platform(
    name="made_up", title="Made Up",
    match_keys=(MatchKey(name="mail", source=c.EMAIL, normalise=email.trimmed_lower, digest=Digest.SHA256_HEX,
                         why_not=email.why_not, rule="Lower case.", rules_url=RULES),),
    file_columns=(FileColumn(header="mail", column="mail"),),
    identifies=(("mail",),), minimum_rows=1, rules_version="made_up-1", rules_url=RULES,
    rules_checked=date(2026, 11, 22),
)
"""


@pytest.fixture(params=platforms.names())
def platform(request):
    return platforms.load(request.param)


def test_the_thirteen_platforms_are_there():
    assert platforms.names() == (
        "amazon", "criteo", "google", "linkedin", "meta", "microsoft", "openai_ads", "pinterest", "reddit",
        "snapchat", "tiktok", "tradedesk", "x",
    )  # fmt: skip


def test_a_new_platform_takes_one_file(tmp_path, monkeypatch):
    (tmp_path / "made_up.py").write_text(MADE_UP)
    monkeypatch.setattr(platforms, "__path__", [*platforms.__path__, str(tmp_path)])
    try:
        assert "made_up" in platforms.names()
        assert platforms.load("Made-Up").title == "Made Up"
        assert [one.name for one in platforms.all_platforms()] == list(platforms.names())
    finally:
        platforms.load.cache_clear()
        sys.modules.pop("audience_builder.platforms.made_up", None)


def test_an_unknown_platform_names_the_nearest():
    with pytest.raises(ConfigError) as caught:
        platforms.load("snapchad")
    assert caught.value.fix == "Did you mean snapchat?"
    assert "tiktok" in caught.value.found


@pytest.mark.parametrize("helper", ["vectors", "compare"])
def test_a_module_that_is_no_platform_cannot_be_loaded_as_one(helper):
    with pytest.raises(ConfigError, match="There is no platform"):
        platforms.load(helper)


def test_a_key_answers_to_its_aliases_in_any_case():
    amazon = platforms.load("amazon")
    assert amazon.match_key("ZIP") is amazon.match_key("postal")
    assert amazon.match_key("shoe_size") is None


def test_name_of_the_file_is_name_of_the_platform(platform):
    assert platforms.load(platform.name) is platform
    assert platform.rules_version.rpartition("-")[0] == platform.name


def test_every_key_reads_a_contact_column_and_cites_its_rule(platform):
    for key in platform.match_keys:
        assert key.source in schemas.CONTACTS
        assert key.rules_url.startswith("https://")
        assert re.fullmatch(r"[A-Z][^\n]*\.", key.rule)
        assert len({form.name for form in key.forms}) == len(key.forms)
        for form in key.forms:
            assert form.rules_url.startswith("https://")
            assert form.normalise is not key.normalise
            assert form.why


def test_names_of_keys_and_columns_are_not_ambiguous(platform):
    names = [name.casefold() for key in platform.match_keys for name in (*key.columns, *key.aliases)]
    assert len(set(names)) == len(names)


def test_file_columns_and_identities_name_columns_that_exist(platform):
    known = {column for key in platform.match_keys for column in key.columns} | {platform.value_column}
    for column in platform.file_columns:
        assert set(column.sources) <= known
    for group in (*platform.identifies, *platform.all_or_nothing):
        assert set(group) <= known
    filled = {source for column in platform.file_columns for source in column.sources}
    assert any(filled.issuperset(group) for group in platform.identifies), "no file row could be told apart"


def test_every_value_of_a_repeated_key_that_is_in_the_file_is_in_the_file(platform):
    filled = {source for column in platform.file_columns for source in column.sources}
    for key in platform.match_keys:
        if key.name in filled:
            assert filled.issuperset(key.columns)


def test_rules_are_dated_and_notes_are_sentences(platform):
    assert date(2026, 1, 1) < platform.rules_checked <= date(2026, 12, 31)
    assert platform.rules_url.startswith("https://")
    assert all(note.endswith(".") for note in platform.notes)
    assert platform.recommended_rows is None or platform.recommended_rows >= platform.minimum_rows


def headers(name, **kind):
    platform = platforms.load(name)
    return ",".join(column.title(**kind) for column in platform.file_columns)


def test_meta_file_has_the_columns_of_the_official_example():
    official = "email,email,email,phone,phone,phone,madid,fn,ln,zip,ct,st,country,dob,doby,gen,age,uid,value"
    assert headers("meta", hashed=True) == official
    assert headers("meta", hashed=False) == official


def test_google_file_has_the_headers_of_the_help_page():
    assert headers("google", hashed=True) == "Email,Email,Email,Phone,Phone,Phone,First Name,Last Name,Country,Zip"


def test_tiktok_headers_say_whether_the_file_is_hashed():
    hashed, plain = headers("tiktok", hashed=True), headers("tiktok", hashed=False)
    assert hashed == "email_SHA256,email_SHA256,email_SHA256,phone_SHA256,phone_SHA256,phone_SHA256,MAID_SHA256"
    assert plain == "Email,Email,Email,Phone,Phone,Phone,MAID"


def test_openai_file_fills_the_hashed_or_the_plain_columns():
    columns = platforms.load("openai_ads").file_columns
    assert headers("openai_ads", hashed=True) == "email,phone_number,email_sha256,phone_number_sha256,gaid"
    assert [column.header for column in columns if column.filled(hashed=True)] == [
        "email_sha256", "phone_number_sha256", "gaid",
    ]  # fmt: skip
    assert [column.header for column in columns if column.filled(hashed=False)] == [
        "email",
        "phone_number",
        "gaid",
    ]


def test_a_column_without_source_is_blank():
    assert not FileColumn(header="age").filled(hashed=True)
