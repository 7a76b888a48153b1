"""One declarative file per ad platform, found by being there."""

from difflib import get_close_matches
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from audience_builder.errors import ConfigError
from audience_builder.spec import Platform

__all__ = ["all_platforms", "load", "names"]

_NO_PLATFORMS: Final = frozenset({"compare", "forms", "vectors"})
"""Modules of this package that work with platforms and are none."""


def names() -> tuple[str, ...]:
    """Short names of all platforms, in alphabetical order."""
    return tuple(sorted({module.name for module in iter_modules(__path__)} - _NO_PLATFORMS))


@cache
def load(name: str) -> Platform:
    """The platform of that short name, in any case.

    Raises:
        ConfigError: There is none.
    """
    wanted = name.strip().casefold().replace("-", "_")
    if wanted in names():
        platform: Platform = import_module(f"{__name__}.{wanted}").PLATFORM
        return platform
    near = get_close_matches(wanted, names(), n=1)
    raise ConfigError(
        f"There is no platform {name!r}.",
        f"There are: {', '.join(names())}.",
        f"Did you mean {near[0]}?" if near else "Choose one of these with --to.",
    )


def all_platforms() -> tuple[Platform, ...]:
    """Every platform, by name."""
    return tuple(load(name) for name in names())
