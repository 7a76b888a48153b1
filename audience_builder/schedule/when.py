"""When a schedule fires: a wall-clock time, how often, and whose clock."""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Final, Self

from audience_builder.errors import ConfigError
from audience_builder.sources.dates import checked_zone

__all__ = ["Every", "When"]

_CLOCK: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)


class Every(StrEnum):
    """How often."""

    HOUR = "hour"
    DAY = "day"
    WEEKDAY = "weekday"
    """Monday to Friday."""
    WEEK = "week"
    """Mondays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """When a schedule fires.

    Args:
        hour, minute: Wall clock; an hourly schedule uses the minute alone.
        every: How often.
        timezone: IANA name; None for the clock of whatever runs the schedule.
    """

    hour: int
    minute: int
    every: Every = Every.DAY
    timezone: str | None = None

    @classmethod
    def parse(cls, at: str, every: str = "day", timezone: str | None = None) -> Self:
        """From what a person typed.

        >>> When.parse("3:15", "weekday", "Europe/Berlin").cron
        '15 3 * * 1-5'

        Raises:
            ConfigError: There is no such time, rhythm or zone.
        """
        clock = _CLOCK.fullmatch(at.strip())
        if clock is None:
            raise ConfigError(
                "--at takes a time of day.", f"It got {at!r}.", "Write hours 00 to 23 and minutes 00 to 59: --at 03:15."
            )
        rhythms = [one.value for one in Every]
        if every not in rhythms:
            near = get_close_matches(every, rhythms, n=1)
            raise ConfigError(
                f"A schedule cannot be for every {every!r}.",
                f"There are: {', '.join(rhythms)}.",
                f"Did you mean --every {near[0]}?" if near else "Choose one of these with --every.",
            )
        zone = None if timezone is None else checked_zone(timezone)
        return cls(hour=int(clock[1]), minute=int(clock[2]), every=Every(every), timezone=zone)

    @property
    def cron(self) -> str:
        """Five fields: minute, hour, day of the month, month, day of the week (1 is Monday)."""
        match self.every:
            case Every.HOUR:
                return f"{self.minute} * * * *"
            case Every.DAY:
                return f"{self.minute} {self.hour} * * *"
            case Every.WEEKDAY:
                return f"{self.minute} {self.hour} * * 1-5"
            case Every.WEEK:
                return f"{self.minute} {self.hour} * * 1"

    def described(self, clock: str) -> str:
        """In words.

        Args:
            clock: Whose clock it is where no zone was asked for.

        >>> When.parse("03:15").described("UTC")
        'every day at 03:15 (UTC)'
        """
        zone = self.timezone or clock
        if self.every is Every.HOUR:
            return f"every hour at minute {self.minute} ({zone})"
        days = {Every.DAY: "every day", Every.WEEKDAY: "Monday to Friday", Every.WEEK: "every Monday"}[self.every]
        return f"{days} at {self.hour:02}:{self.minute:02} ({zone})"
