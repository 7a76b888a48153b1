"""Several pieces of work at once, on as many cores as there are.

Work on whole columns leaves Python's lock while it runs, so threads are enough.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Final, TypeVar

__all__ = ["one_ahead", "side_by_side"]

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


def one_ahead(items: Iterable[_T]) -> Iterator[_T]:
    """Yield the same items, each made while the one before it is in use.

    Args:
        items: Made one after the other, never two at once.

    Yields:
        The items in their order. What making one raises is raised in its turn; an item under way when the
        caller stops is finished first.

    >>> list(one_ahead(number * number for number in range(3)))
    [0, 1, 4]
    """
    making = iter(items)
    with ThreadPoolExecutor(1) as thread:
        under_way = thread.submit(_one_of, making)
        while made := under_way.result():
            under_way = thread.submit(_one_of, making)
            yield from made


def _one_of(items: Iterator[_T]) -> list[_T]:
    """The next item alone, nothing at the end."""
    return list(islice(items, 1))
