"""Every error the package raises on purpose.

AudienceBuilderError
├── ConfigError         change a setting           exit 2
├── DataError           change the data            exit 3
├── BrakeError          a brake stopped the run    exit 4
└── DeliveryError       the other side said no     exit 5
    ├── Rejected        do not send again
    ├── NotAuthorised   token, permission or terms of service
    └── TryAgain        run again later            exit 6, after the retries are spent

A message has three parts: what is wrong, what was there, what to do. It never holds a contact
value, a token or a digest: rows are named by line number, columns by name, the rest by counts.
"""

import traceback
from pathlib import Path
from typing import ClassVar, Final

__all__ = [
    "AudienceBuilderError",
    "BrakeError",
    "ConfigError",
    "DataError",
    "DeliveryError",
    "NotAuthorised",
    "Rejected",
    "TryAgain",
]

_INTERRUPTED: Final = 130
"""128 and the number of the signal, as shells count."""


class AudienceBuilderError(Exception):
    """The root of the tree.

    Args:
        wrong: What is wrong, as one sentence.
        found: What was there, as one sentence; may be empty.
        fix: What to do, as one sentence.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, wrong: str, found: str = "", fix: str = "") -> None:
        self.wrong = wrong
        self.found = found
        self.fix = fix
        super().__init__(" ".join(part for part in (wrong, found, fix) if part))


class ConfigError(AudienceBuilderError):
    """A setting, flag or path has to change."""

    exit_code = 2


class DataError(AudienceBuilderError):
    """The data has to change, or to be explained to us."""

    exit_code = 3


class BrakeError(AudienceBuilderError):
    """A brake stopped the run before anything was sent.

    Args:
        brakes: Settings of the brakes that tripped; empty where a plan no longer fits.
    """

    exit_code = 4

    def __init__(self, wrong: str, found: str = "", fix: str = "", *, brakes: tuple[str, ...] = ()) -> None:
        super().__init__(wrong, found, fix)
        self.brakes = brakes


class DeliveryError(AudienceBuilderError):
    """The platform did not take the delivery."""

    exit_code = 5


class Rejected(DeliveryError):
    """The platform refused for good: sending the same again cannot help."""


class NotAuthorised(DeliveryError):
    """The token, a permission or the terms of service stand in the way."""


class TryAgain(DeliveryError):
    """A platform could not take it now, and the retries are spent; or a database could not be reached."""

    exit_code = 6

    def __init__(self, wrong: str, found: str = "", fix: str = "", *, wait_seconds: float | None = None) -> None:
        super().__init__(wrong, found, fix)
        self.wait_seconds = wait_seconds


def exit_code_of(error: BaseException) -> int:
    """How the command line ends with an error: 130 where somebody stopped it, 1 for a defect."""
    if isinstance(error, AudienceBuilderError):
        return error.exit_code
    return _INTERRUPTED if isinstance(error, KeyboardInterrupt) else 1


def place_of(error: BaseException) -> str:
    """File and line of our own code nearest to a failure: all that may be told of a library's error."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "audience_builder" in frame.filename] or list(frames)
    return f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "an unknown place"
