"""Trying again: only what the platform could not take just now, and only as often as is polite."""

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from audience_builder.errors import TryAgain
from audience_builder.events import Event, tell

__all__ = ["Retries", "Runtime", "with_retries"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """How often and how long to wait.

    Args:
        attempts: Calls in all, the first included.
        first_seconds: Longest wait after the first failure; it doubles from there.
        cap_seconds: Longest wait of our own choosing.
        longest_wait_seconds: The platform's own wait is honoured up to here; beyond, the run ends.
    """

    attempts: int = 6
    first_seconds: float = 1.0
    cap_seconds: float = 60.0
    longest_wait_seconds: float = 3600.0

    def pause_seconds(self, failures: int, asked_seconds: float | None, rng: random.Random) -> float:
        """Seconds to wait after so many failures: back-off with jitter, never less than asked for.

        >>> Retries().pause_seconds(3, 120.0, random.Random(1)) >= 120.0
        True
        """
        ceiling: float = min(self.cap_seconds, self.first_seconds * 2.0 ** (failures - 1))
        return max(asked_seconds or 0.0, 0.0) + ceiling * rng.uniform(0.5, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """Time and chance, replaceable in tests.

    Args:
        clock: Seconds since the epoch.
        sleep: Waits that many seconds.
        rng: Source of jitter and session numbers.
        retries: How often to try again.
    """

    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    rng: random.Random = field(default_factory=random.SystemRandom)
    retries: Retries = field(default_factory=Retries)

    def session_number(self) -> int:
        """A positive 63-bit number that no session of ours has had."""
        return self.rng.randrange(1, 2**63)


def with_retries(call: Callable[[], T], runtime: Runtime) -> T:
    """Call until it succeeds, until it fails for another reason, or until the retries are spent.

    Raises:
        TryAgain: The last one, when the attempts are used up or the wait asked for is too long.
    """
    policy = runtime.retries
    for failures in range(1, policy.attempts):
        try:
            return call()
        except TryAgain as later:
            if (later.wait_seconds or 0.0) > policy.longest_wait_seconds:
                raise
            asked, error, wrong = later.wait_seconds, type(later).__name__, later.wrong
        pause = policy.pause_seconds(failures, asked, runtime.rng)
        waiting = {"wait_seconds": round(pause, 3), "attempt": failures + 1, "attempts": policy.attempts}
        tell(Event.RETRY, level=logging.WARNING, error=error, wrong=wrong, **waiting)
        runtime.sleep(pause)
    return call()
