"""One file per kind of schedule, found by being there."""

from difflib import get_close_matches
from importlib import import_module
from pkgutil import iter_modules

from audience_builder.errors import ConfigError
from audience_builder.schedule.rendering import Format

__all__ = ["load", "names"]


def names() -> tuple[str, ...]:
    """Names of all formats as the command line takes them, in alphabetical order."""
    return tuple(sorted(module.name.replace("_", "-") for module in iter_modules(__path__)))


def load(name: str) -> Format:
    """The format of that name, in any case.

    Raises:
        ConfigError: There is none.
    """
    wanted = name.strip().casefold().replace("_", "-")
    if wanted in names():
        found: Format = import_module(f"{__name__}.{wanted.replace('-', '_')}").FORMAT
        return found
    near = get_close_matches(wanted, names(), n=1)
    raise ConfigError(
        f"There is no schedule for {name!r}.",
        f"There are: {', '.join(names())}.",
        f"Did you mean --for {near[0]}?" if near else "Choose one of these with --for.",
    )
