"""A client's name, and the part of a path that stands for it."""

import re
from typing import Final

from audience_builder.errors import ConfigError

__all__ = ["NAME_PATTERN", "checked_name", "slug"]

NAME_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$"


def slug(name: str) -> str:
    """The name as part of a path; two names with one slug are one client.

    >>> slug("Acme & Sons Ltd.")
    'acme-sons-ltd'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")


def checked_name(given: str, flag: str) -> str:
    """A client's name that was typed.

    Raises:
        ConfigError: It cannot be part of a path.
    """
    if re.fullmatch(NAME_PATTERN, given):
        return given
    raise ConfigError(
        f"{flag} is no name of a client.",
        f"It has {len(given)} characters; a name has 1 to 64, begins with a letter or digit of ASCII, and goes on with "
        "those, spaces, dots, hyphens or underscores.",
        f"Write it like {flag} Acme.",
    )
