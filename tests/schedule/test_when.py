"""What a person types for a time, and what is made of it."""

import pytest

from audience_builder.errors import ConfigError
from audience_builder.schedule import When


@pytest.mark.parametrize(
    ("at", "every", "cron"),
    [
        ("03:15", "day", "15 3 * * *"),
        ("3:05", "day", "5 3 * * *"),
        ("00:00", "week", "0 0 * * 1"),
        ("23:59", "weekday", "59 23 * * 1-5"),
        ("22:30", "hour", "30 * * * *"),
    ],
)
def test_a_time_becomes_five_fields(at, every, cron):
    assert When.parse(at, every).cron == cron


@pytest.mark.parametrize("at", ["25:00", "24:00", "3:60", "315", "3.15", "-1:00", "", "3:15 pm", "٣:١٥", "3:5"])
def test_no_time_of_day_is_refused_with_an_example(at):
    with pytest.raises(ConfigError, match="--at 03:15") as caught:
        When.parse(at)
    assert repr(at) in caught.value.found


def test_an_unknown_rhythm_names_the_nearest():
    with pytest.raises(ConfigError, match=r"Did you mean --every weekday\?"):
        When.parse("03:15", "weekdays")


@pytest.mark.parametrize(
    ("zone", "near"), [("Europe/Berln", "Europe/Berlin"), ("america/new_york", "America/New_York")]
)
def test_a_zone_that_does_not_exist_names_the_nearest(zone, near):
    with pytest.raises(ConfigError, match=f"Did you mean {near}") as caught:
        When.parse("03:15", "day", zone)
    assert all((caught.value.wrong, caught.value.found, caught.value.fix))
