"""One writer per audience: a lock the operating system drops when its owner dies."""

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from audience_builder.delivery.audit.occasion import Actor
from audience_builder.errors import TryAgain

__all__ = ["audience_lock"]


@contextmanager
def audience_lock(folder: Path, clock: Callable[[], float], *, wait_seconds: float = 0.0) -> Iterator[None]:
    """Hold the audience's lock.

    SQLite's own file lock does the work: it is the same on every system and a killed process
    leaves none behind. The owner is written beside it only to be shown.

    Args:
        folder: The audience's own.
        clock: Seconds since the epoch.
        wait_seconds: How long to wait for another owner to end.

    Raises:
        TryAgain: Another process holds it; the message says which and since when.
    """
    owner = folder / "owner.json"
    holder = sqlite3.connect(folder / "lock.sqlite", timeout=wait_seconds, isolation_level=None)
    try:
        try:
            holder.execute("BEGIN EXCLUSIVE")
            busy = False
        except sqlite3.OperationalError:
            busy = True
        if busy:
            raise TryAgain(
                "Another run is working on this audience.",
                _described(owner, clock()),
                "Run again when it has ended, or let this run wait for it with --wait.",
            )
        owner.write_text(json.dumps({"who": str(Actor.of(os.environ)), "since": clock()}))
        yield
    finally:
        holder.close()


def _described(owner: Path, now: float) -> str:
    with suppress(OSError, ValueError, KeyError, TypeError):
        seen = json.loads(owner.read_text())
        minutes = max(now - float(seen["since"]), 0.0) / 60
        return f"Its owner is {seen['who']}, for {minutes:.0f} min."
    return "Its owner is unknown."
