"""Several pieces of work at once, on as many cores as there are.

Work on whole columns leaves Python's lock while it runs, so threads are enough.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

__all__ = ["side_by_side"]

_T = TypeVar("_T")

_MOST_AT_ONCE: Final = 4
"""More would hold more columns in memory than they save time."""


def side_by_side(work: Sequence[Callable[[], _T]]) -> list[_T]:
    """Run functions that do not depend on each other; the longest should come first.

    Args:
        work: Functions without arguments.

    Returns:
        What they return, in their order. What the first of them raises is raised once all have ended.

    >>> side_by_side([lambda: 1, lambda: 2])
    [1, 2]
    """
    at_once = min(len(work), os.cpu_count() or 1, _MOST_AT_ONCE)
    if at_once <= 1:
        return [piece() for piece in work]
    with ThreadPoolExecutor(at_once) as threads:
        return [done.result() for done in [threads.submit(piece) for piece in work]]
