"""What happens in a run, told as it happens, for those who watch many: names, counts and durations.

Events go through the standard library's logging (logger ``audience_builder``), so that a program that
calls us can take them in its own way: the record's message is the event, its ``facts`` are the rest.
`to_stderr` writes them as JSON lines. No event holds a contact value, a customer's id or a token.
"""

import json
import logging
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from audience_builder.errors import AudienceBuilderError, BrakeError, exit_code_of, place_of

__all__ = [
    "Ending",
    "Event",
    "Fact",
    "about",
    "level_of",
    "outcome_of",
    "running",
    "tell",
    "to_stderr",
    "wanted_on_stderr",
]

Fact = str | int | float | None
"""None is left out."""

_LOGGER: Final = logging.getLogger("audience_builder")
_LOGGER.addHandler(logging.NullHandler())  # silent unless somebody listens
_SINCE: Final = "since"
_context: ContextVar[Mapping[str, Any]] = ContextVar("context", default=MappingProxyType({}))


class Event(StrEnum):
    """Everything that is told."""

    BEGAN = "began"  # the command
    READ = "read"  # files, joined and filtered
    PLANNED = "planned"
    CONTINUED = "continued"  # an earlier plan is carried on with
    BRAKE_TRIPPED = "brake_tripped"
    BATCH_ACKNOWLEDGED = "batch_acknowledged"
    BATCH_SKIPPED = "batch_skipped"  # too few people would be left
    RETRY = "retry"
    PAUSED = "paused"  # the platform's allowance is nearly used up
    LOGGED = "logged"  # newest entry of the audit log, once an audience is done with
    CLIENT_ENDED = "client_ended"
    NOT_NOTIFIED = "not_notified"
    ENDED = "ended"  # the command


def tell(event: Event, *, level: int = logging.INFO, **facts: Fact) -> None:
    """Tell of an event, with the facts of what it is about.

    Args:
        event: What happened.
        level: Of the standard library's logging.
        **facts: Names, counts and durations.
    """
    if not _LOGGER.isEnabledFor(level):
        return
    bound = dict(_context.get())
    since = bound.pop(_SINCE, None)
    passed = {} if since is None else {"seconds": round(time.monotonic() - since, 3)}
    told = {name: fact for name, fact in {**bound, **facts, **passed}.items() if fact is not None}
    _LOGGER.log(level, event.value, extra={"facts": told})


@contextmanager
def about(**facts: Fact) -> Iterator[None]:
    """Add facts to every event told inside, as in ``client="acme"``."""
    token = _context.set({**_context.get(), **facts})
    try:
        yield
    finally:
        _context.reset(token)


class Ending:
    """How a command ends; its exit code is 0 unless it is told another, or an error ends it."""

    exit_code: int = 0


@contextmanager
def running(command: str) -> Iterator[Ending]:
    """Tell when a command begins and how it ends; every event inside says how many seconds have passed."""
    token = _context.set({**_context.get(), "command": command, _SINCE: time.monotonic()})
    ending = Ending()
    try:
        tell(Event.BEGAN)
        try:
            yield ending
        except BaseException as error:
            tell(Event.ENDED, level=level_of(exit_code_of(error)), **outcome_of(error))
            raise
        tell(Event.ENDED, level=level_of(ending.exit_code), exit_code=ending.exit_code)
    finally:
        _context.reset(token)


def outcome_of(error: BaseException | None) -> dict[str, Fact]:
    """Exit code and, of our own errors, the three parts; of any other only its kind and the place."""
    if error is None:
        return {"exit_code": 0}
    found: dict[str, Fact] = {"exit_code": exit_code_of(error), "error": type(error).__name__}
    if isinstance(error, AudienceBuilderError):
        return {**found, "wrong": error.wrong, "found": error.found or None, "fix": error.fix or None}
    return {**found, "place": place_of(error)} if isinstance(error, Exception) else found


def level_of(exit_code: int) -> int:
    """A brake is a warning, any other end but a good one an error."""
    return {0: logging.INFO, BrakeError.exit_code: logging.WARNING}.get(exit_code, logging.ERROR)


class _JsonLine(logging.Formatter):
    """One event as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        head = {"time": when, "level": record.levelname.lower(), "event": record.getMessage()}
        return json.dumps({**head, **getattr(record, "facts", {})}, ensure_ascii=False)


class _Stderr(logging.StreamHandler[Any]):
    """Writes to what is standard error now; other people's records on our logger do not pass."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)
        self.setFormatter(_JsonLine())
        self.addFilter(lambda record: hasattr(record, "facts"))


def to_stderr() -> None:
    """Write every event as a line of JSON to standard error from now on."""
    if not wanted_on_stderr():
        _LOGGER.addHandler(_Stderr())
        _LOGGER.setLevel(logging.INFO)


def wanted_on_stderr() -> bool:
    """Whether events go to standard error, which then holds nothing else."""
    return any(isinstance(one, _Stderr) for one in _LOGGER.handlers)
