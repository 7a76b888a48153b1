"""Events: complete, about the right thing, silent unless somebody listens."""

import json
import logging
import re
import subprocess
import sys
from pathlib import Path

import pytest

from audience_builder import events
from audience_builder.errors import BrakeError, DataError
from audience_builder.events import Event, about, running, tell

PAGE = Path(__file__).parents[1] / "docs" / "events.md"


@pytest.fixture
def told(caplog):
    caplog.set_level(logging.INFO, "audience_builder")
    return lambda: [(record.levelname, record.getMessage(), record.facts) for record in caplog.records]


def test_what_is_told_inside_is_about_what_surrounds_it(told):
    with about(client="acme"), about(audience="Seed"):
        tell(Event.READ, rows=3, rejected=None)
    tell(Event.READ, rows=4)
    assert told() == [
        ("INFO", "read", {"client": "acme", "audience": "Seed", "rows": 3}),
        ("INFO", "read", {"rows": 4}),
    ]


def test_a_command_tells_its_beginning_its_end_and_the_time_in_between(told):
    with running("upload"):
        tell(Event.READ, rows=3)
    names = [(level, event, facts["command"], facts.get("exit_code")) for level, event, facts in told()]
    assert names == [
        ("INFO", "began", "upload", None),
        ("INFO", "read", "upload", None),
        ("INFO", "ended", "upload", 0),
    ]
    seconds = [facts["seconds"] for *_, facts in told()]
    assert seconds == sorted(seconds)
    assert all(0 <= one < 60 for one in seconds)


def test_a_command_may_end_with_a_code_of_its_own(told):
    with running("refresh") as ending:
        ending.exit_code = 6
    assert told()[-1][0] == "ERROR"
    assert told()[-1][2]["exit_code"] == 6


@pytest.mark.parametrize(
    ("error", "level", "facts"),
    [
        (BrakeError("Too many.", "3 of 4.", "Look."), "WARNING", {"exit_code": 4, "error": "BrakeError", "wrong": "Too many.", "found": "3 of 4.", "fix": "Look."}),
        (DataError("No rows."), "ERROR", {"exit_code": 3, "error": "DataError", "wrong": "No rows."}),
        (KeyboardInterrupt(), "ERROR", {"exit_code": 130, "error": "KeyboardInterrupt"}),
    ],
)  # fmt: skip
def test_an_error_is_told_in_its_parts(told, error, level, facts):
    with pytest.raises(type(error)), running("upload"):
        raise error
    found, event, said = told()[-1]
    assert (found, event) == (level, "ended")
    assert {name: said[name] for name in said if name not in ("command", "seconds")} == facts


def test_of_a_librarys_error_only_the_kind_and_the_place_are_told(told):
    with pytest.raises(ValueError, match="ann"), running("upload"):
        raise ValueError("ann@example.com is no number")
    facts = told()[-1][2]
    assert (facts["exit_code"], facts["error"]) == (1, "ValueError")
    assert re.fullmatch(r"events\.py:\d+|test_events\.py:\d+", facts["place"])
    assert "ann" not in repr(facts)


SCRIPT = """
import logging, sys
from audience_builder import events
from audience_builder.events import Event, about, running, tell
if "listen" in sys.argv:
    events.to_stderr()
    events.to_stderr()
with running("upload"), about(audience="Zoë's"):
    tell(Event.RETRY, level=logging.WARNING, wait_seconds=1.5)
    logging.getLogger("audience_builder").warning("of somebody else")
"""


def stderr_of(*arguments):
    done = subprocess.run([sys.executable, "-c", SCRIPT, *arguments], capture_output=True, check=True)
    return done.stderr.decode("utf-8").splitlines()


def test_nothing_is_written_unless_asked_for():
    assert stderr_of() == []


def test_each_event_is_one_line_of_json_once():
    lines = [json.loads(line) for line in stderr_of("listen")]
    assert [(one["level"], one["event"]) for one in lines] == [
        ("info", "began"),
        ("warning", "retry"),
        ("info", "ended"),
    ]
    assert (lines[1]["audience"], lines[1]["wait_seconds"]) == ("Zoë's", 1.5)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", one["time"]) for one in lines)


def test_the_page_tells_of_every_event():
    named = re.findall(r"^\| `(\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert named == [one.value for one in Event]


def test_no_event_goes_to_stderr_in_this_process():
    assert not events.wanted_on_stderr()
