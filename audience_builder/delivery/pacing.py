"""Slowing down before the platform has to say no."""

from typing import Final

from audience_builder.delivery.wire import Usage

__all__ = ["pause_seconds"]

_FROM_PERCENT: Final = 75.0
_FULL_PERCENT: Final = 100.0
_LONGEST_SECONDS: Final = 60.0


def pause_seconds(usage: Usage) -> float:
    """Seconds to wait before the next call, from what the platform's meters say.

    Free below 75 % of the allowance, then rising in a straight line to a minute at 100 %; never
    less than the platform itself asks for.

    >>> pause_seconds(Usage(percent=74.9)), pause_seconds(Usage(percent=87.5))
    (0.0, 30.0)
    >>> pause_seconds(Usage(percent=100, regain_seconds=1140))
    1140
    """
    share = (usage.percent - _FROM_PERCENT) / (_FULL_PERCENT - _FROM_PERCENT)
    return max(usage.regain_seconds, _LONGEST_SECONDS * min(max(share, 0.0), 1.0))
