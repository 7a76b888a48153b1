"""Notifications over real HTTP on the loopback interface."""

import logging

import pytest

from audience_builder.errors import BrakeError, ConfigError, Rejected
from audience_builder.notify import URLS_VARIABLE, Event, Notice, send, urls_from

SECRET = "canary-secret-path"
DONE = Notice(event=Event.SUCCESS, title="acme: refreshed", text="12 people added, 3 removed.")


def url_of(post_box):
    return f"json://127.0.0.1:{post_box.server_port}/{SECRET}"


def test_a_notice_arrives_with_title_text_and_kind(post_box):
    brake = Notice.of_error("acme", BrakeError("Too many would leave.", "30 of 100.", "Check the export."))
    assert send([DONE, brake], [url_of(post_box)]) == ()
    told = [(letter["title"], letter["message"], letter["type"]) for letter in post_box.letters]
    assert told == [
        ("acme: refreshed", "12 people added, 3 removed.", "success"),
        ("acme: stopped by a brake", "Too many would leave.\n30 of 100.\nCheck the export.", "warning"),
    ]


def test_a_refused_notice_is_told_by_number_and_never_raises(post_box, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    post_box.status = 500
    problems = send([DONE], [url_of(post_box), "nonsense"])
    assert problems == (
        "Notification address 1 of 2 (JSON) did not take the message.",
        "Notification address 2 of 2 (unknown service) did not take the message.",
    )
    said = "".join(problems) + caplog.text + "".join(capfd.readouterr())
    assert SECRET not in said
    assert "nonsense" not in said


def test_an_address_nobody_answers_is_told(post_box):
    assert len(send([DONE], ["json://127.0.0.1:1/"])) == 1
    assert post_box.letters == []


def test_a_failure_is_no_brake():
    notice = Notice.of_error("acme", Rejected("The platform refused."))
    assert (notice.event, notice.title, notice.text) == (Event.FAILURE, "acme: failed", "The platform refused.")


def test_addresses_come_from_the_environment():
    both = {URLS_VARIABLE: "json://one.example\n  json://two.example", "ACME": "json://acme.example"}
    assert urls_from(both) == ("json://one.example", "json://two.example")
    assert urls_from(both, ["ACME"]) == ("json://acme.example",)
    assert urls_from({}) == ()


@pytest.mark.parametrize(
    ("environ", "variables", "says"),
    [
        ({}, ["ACME"], "ACME"),
        ({"ACME": "  "}, ["ACME"], "ACME"),
        ({"ACME": f"json://one.example nowhere://{SECRET}"}, ["ACME"], "Address 2 there"),
    ],
)
def test_a_missing_or_mistyped_address_is_told_before_the_run(environ, variables, says):
    with pytest.raises(ConfigError) as caught:
        urls_from(environ, variables)
    assert says in caught.value.found
    assert SECRET not in str(caught.value)
