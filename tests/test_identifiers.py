"""What somebody typed is told apart, read, and found in every form a platform may have been sent."""

import hashlib

import pytest

from audience_builder import platforms
from audience_builder.errors import ConfigError, DataError
from audience_builder.identifiers import recognised, rows_for, short_digest, tombstones_of


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def told(text, **options):
    (one,) = recognised([text], **options)
    return one.kind, one.normal


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        (" Ann@Example.COM ", {}, ("email", "ann@example.com")),
        ("mailto:ann@example.com", {}, ("email", "ann@example.com")),
        ("+44 20 7946 0958", {}, ("phone", "+442079460958")),
        ("0044 20 7946 0958", {}, ("phone", "+442079460958")),
        ("020 7946 0958", {"country": "GB"}, ("phone", "+442079460958")),
        ("020 7946 0958", {"country": "United Kingdom"}, ("phone", "+442079460958")),
        ("1001", {"kind": "id"}, ("id", "1001")),
        ("ann@example.com", {"kind": "id"}, ("id", "ann@example.com")),
        ("id: 1001", {}, ("id", "1001")),
        ("id:1001", {"kind": "id"}, ("id", "id:1001")),
        ("Phone:020 7946 0958", {"country": "GB"}, ("phone", "+442079460958")),
        ("'1001.0", {"kind": "id"}, ("id", "1001")),
    ],
)
def test_a_text_is_told_apart_and_read(text, options, expected):
    assert told(text, **options) == expected


@pytest.mark.parametrize(
    ("text", "options", "error", "says"),
    [
        ("1001", {}, ConfigError, "not plain what value 1 of 1 is"),
        ("1001", {"country": "GB"}, ConfigError, "nor one of the country given"),
        ("020 7946 0958", {}, ConfigError, "--country"),
        ("020 7946 0958", {"country": "Atlantis"}, ConfigError, "country is not known"),
        ("020 7946 0958", {"kind": "phone"}, DataError, "no country known"),
        ("+44 1", {}, DataError, "not a valid number"),
        ("canary@", {}, DataError, "not an e-mail address"),
        ("none@none.com", {}, DataError, "stands for no address"),
        ("7.21045E+12", {"kind": "id"}, DataError, "digits are lost"),
        ("  ", {}, ConfigError, "Nobody was named"),
    ],
)
def test_a_text_that_cannot_be_used_is_refused_without_being_told(text, options, error, says):
    with pytest.raises(error, match=says) as caught:
        recognised([text], **options)
    assert all((caught.value.wrong, caught.value.found, caught.value.fix))
    assert text not in str(caught.value).replace(" ", "") or not text.strip()


def test_the_value_that_is_wrong_is_told_by_its_place():
    with pytest.raises(DataError, match="Value 2 of 3"):
        recognised(["ann@example.com", "", "bob@", "carol@example.com"])


def test_two_spellings_of_one_identifier_are_one():
    assert len(recognised(["Ann@example.com", "ann@example.com ", "email:ANN@EXAMPLE.COM"])) == 1


def test_an_identifier_does_not_show_itself():
    (one,) = recognised(["ann@example.com"])
    assert "ann" not in repr(one)
    assert short_digest(one) == sha("ann@example.com")[:6]


TYPED = "Jane.Doe+Shop@GoogleMail.com"
LOWER, FOLDED, MAILBOX = "jane.doe+shop@googlemail.com", "janedoe@googlemail.com", "janedoe@gmail.com"


@pytest.mark.parametrize(
    ("platform", "key", "forms"),
    [
        ("meta", "EMAIL", {LOWER, FOLDED, MAILBOX}),
        ("google", "emailAddress", {FOLDED, MAILBOX}),
        ("microsoft", "email", {LOWER, FOLDED, MAILBOX}),
        ("tiktok", "email", {LOWER, FOLDED, MAILBOX, "jane.doe@googlemail.com"}),
        ("reddit", "email", {LOWER, FOLDED, MAILBOX}),
        ("amazon", "email", {LOWER, FOLDED, MAILBOX, "jane.doeshop@googlemail.com"}),
    ],
)
def test_an_email_is_looked_for_in_every_documented_form_and_by_its_mailbox(platform, key, forms):
    rows = rows_for(recognised([TYPED]), platforms.load(platform))
    assert rows.columns == [key]
    assert set(rows[key]) == {sha(form) for form in forms}


def test_a_phone_is_looked_for_with_its_plus_and_without_where_the_platform_has_both():
    phone = recognised(["020 7946 0958"], country="GB")
    assert set(rows_for(phone, platforms.load("amazon"))["phone"]) == {sha("442079460958"), sha("+442079460958")}
    assert set(rows_for(phone, platforms.load("meta"))["PHONE"]) == {sha("442079460958")}
    assert rows_for(phone, platforms.load("linkedin")).is_empty()


def test_every_row_looks_for_one_thing():
    rows = rows_for(recognised(["ann@example.com", "+442079460958", "id:1001"]), platforms.load("meta"))
    assert rows.rows() == [
        (sha("ann@example.com"), None, None),
        (None, sha("442079460958"), None),
        (None, None, "1001"),
    ]


def test_nothing_is_buried_in_the_clear():
    stones = tombstones_of(recognised(["ann@example.com", "+442079460958", "id:1001"]))
    assert stones.emails == {sha("ann@example.com")}
    assert stones.phones == {sha("442079460958"), sha("+442079460958")}
    assert stones.ids == {sha("id:1001")}
