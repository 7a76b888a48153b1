"""What time it is: the system's, or the one that ``SOURCE_DATE_EPOCH`` sets so that results can be made again.

https://reproducible-builds.org/specs/source-date-epoch/
"""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from audience_builder.errors import ConfigError

__all__ = ["now", "set_time"]

VARIABLE: Final = "SOURCE_DATE_EPOCH"


def now(environ: Mapping[str, str] | None = None) -> datetime:
    """The time in UTC, to the second.

    Raises:
        ConfigError: The variable is set to something that is no time.
    """
    return set_time(environ) or datetime.now(UTC).replace(microsecond=0)


def set_time(environ: Mapping[str, str] | None = None) -> datetime | None:
    """The time that the environment sets, None where it sets none.

    >>> set_time({"SOURCE_DATE_EPOCH": "1764460800"}).isoformat()
    '2025-11-30T00:00:00+00:00'

    Raises:
        ConfigError: The variable is set to something that is no time.
    """
    given = (os.environ if environ is None else environ).get(VARIABLE)
    if not given:
        return None
    try:
        return datetime.fromtimestamp(int(given), UTC)
    except (ValueError, OverflowError, OSError):
        raise ConfigError(
            f"{VARIABLE} is no time.", "It is set in the environment.", "Set it to seconds since 1970, or unset it."
        ) from None
