r"""phonenumbers' patterns as nodes: which digits may come next, and what may follow them.

A pattern becomes the set of nodes a number may begin with; following the nodes digit by digit tells what a
number can still become. The patterns of numbering plans need little: digits, ``\d``, sets of digits, groups,
``|``, ``?``, ``{n}``, ``{n,m}``, and ``$`` at an end. Anything else is refused, not guessed.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

__all__ = ["TAIL_END", "Node", "UnreadablePatternError", "begun_with", "entries", "followed"]

_ANY: Final = frozenset("0123456789")
_REMEMBERED: Final = 100_000
_MARK: Final = re.compile(r"\\d|\[(?:\d(?:-\d)?)+\]|\d|\(\?:|\(|\)|\||\$|\?|\{\d+(?:,\d+)?\}")

Nodes = frozenset["Node"]
Build = Callable[[Nodes], Nodes]
"""What may follow a piece of a pattern -> what may begin it."""


class UnreadablePatternError(LookupError):
    """A pattern holds what this module does not know, such as look-around."""


@dataclass(slots=True, eq=False)
class Node:
    """One place in a pattern.

    Args:
        digits: Digits that may stand here; none where a pattern ends.
        follow: The nodes after it.
        in_tail: Whether any digits, a number of them, are all that follows up to the pattern's end.
    """

    digits: frozenset[str]
    follow: Nodes
    in_tail: bool = False


TAIL_END: Final = Node(frozenset(), frozenset(), in_tail=True)
"""Where a pattern ends that has to end with the number."""


def entries(pattern: str, end: Node) -> Nodes:
    """The nodes a match may begin with; ``end`` is where it ends.

    Args:
        pattern: Of the kind that numbering plans hold.
        end: A node without digits of its own.

    Raises:
        UnreadablePatternError: The pattern holds something else.
    """
    marks = _MARK.findall(pattern)
    if "".join(marks) != pattern:
        raise UnreadablePatternError("A numbering plan has a pattern of an unknown kind.")
    reading = iter([*marks, ")"])
    build = _alternatives(reading)
    if next(reading, None) is not None:
        raise UnreadablePatternError("A numbering plan has a pattern with a bracket too many.")
    return build(frozenset({end}))


def begun_with(pattern: str) -> Nodes:
    """The nodes of numbers that begin with a pattern, whatever comes after."""
    rest = Node(_ANY, frozenset())
    rest.follow = frozenset({rest})
    return entries(pattern, rest)


def followed(nodes: Nodes, digits: str) -> Nodes:
    r"""Where numbers stand after some digits.

    >>> end = Node(frozenset(), frozenset())
    >>> [len(followed(entries(r"1[2-4]\d?", end), digits)) for digits in ("1", "12", "125", "15")]
    [1, 2, 1, 0]
    """
    for digit in digits:
        nodes = _after(nodes, digit)
    return nodes


@lru_cache(maxsize=_REMEMBERED)
def _after(nodes: Nodes, digit: str) -> Nodes:
    return frozenset().union(*(node.follow for node in nodes if digit in node.digits))


def _alternatives(marks: Iterator[str]) -> Build:
    """Everything up to the closing bracket."""
    options: list[list[Build]] = [[]]
    for mark in marks:
        if mark == ")":
            return _any_of([_one_after_the_other(pieces) for pieces in options])
        if mark == "|":
            options.append([])
        elif mark in {"(", "(?:"}:
            options[-1].append(_alternatives(marks))
        elif mark == "$":
            options[-1].append(lambda _: frozenset({TAIL_END}))
        elif mark == "?" or mark.startswith("{"):
            options[-1].append(_repeated(options[-1].pop(), mark))
        else:
            options[-1].append(_one_digit(_digits_of(mark)))
    raise UnreadablePatternError("A numbering plan has a pattern with an open bracket.")


def _digits_of(mark: str) -> frozenset[str]:
    if mark == r"\d":
        return _ANY
    spans = re.findall(r"(\d)(?:-(\d))?", mark)
    return frozenset(str(digit) for low, high in spans for digit in range(int(low), int(high or low) + 1))


def _one_digit(digits: frozenset[str]) -> Build:
    return lambda follow: frozenset({_node(digits, follow)})


@cache
def _node(digits: frozenset[str], follow: Nodes) -> Node:
    """Equal places are one node, so that numbers which differ only in what is behind them come together."""
    ends = all(node.in_tail or not node.digits for node in follow)
    return Node(digits, follow, in_tail=ends and digits == _ANY)


def _one_after_the_other(pieces: list[Build]) -> Build:
    def build(follow: Nodes) -> Nodes:
        for piece in reversed(pieces):
            follow = piece(follow)
        return follow

    return build


def _any_of(options: list[Build]) -> Build:
    return lambda follow: frozenset().union(*(option(follow) for option in options))


def _repeated(piece: Build, quantifier: str) -> Build:
    low, _, high = quantifier.strip("{}").partition(",")
    least, most = (0, 1) if quantifier == "?" else (int(low), int(high or low))

    def build(follow: Nodes) -> Nodes:
        before = follow
        for _ in range(most - least):
            before = piece(before) | follow
        for _ in range(least):
            before = piece(before)
        return before

    return build
