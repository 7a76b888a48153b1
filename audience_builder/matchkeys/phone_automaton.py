"""An automaton that tells apart the numbers phonenumbers may read differently, and no others.

Numbers of a kind are those that look the same to every pattern phonenumbers asks: they have the same number
of digits, the same leading digits as far as prefixes reach, and behind these the same patterns of the
numbering plans fit. phonenumbers reads the first number met of each kind, and what it makes of that one holds
for all: the leading digits are replaced, the rest stays. So the automaton decides nothing by itself, and every
rule stays with phonenumbers.

Its states come into being when a number first needs them.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from threading import Lock
from typing import Final

import numpy as np
import numpy.typing as npt

from audience_builder.matchkeys import phone_metadata as metadata
from audience_builder.matchkeys.phone_cell import read_cell
from audience_builder.matchkeys.phone_patterns import (
    Node,
    Nodes,
    UnreadablePatternError,
    begun_with,
    entries,
    followed,
)

__all__ = ["MOST_DIGITS", "Automaton", "Digits"]

MOST_DIGITS: Final = 32
"""Cells with more digits are left to phonenumbers."""

_DIGITS: Final = "0123456789"
_LENGTHS: Final = MOST_DIGITS + 1
_UNSEEN: Final = -1
_ROOM: Final = 1024
_FIRST: Final = 2000

Ints = npt.NDArray[np.int32]
Edit = tuple[str | None, int]
"""E.164 up to a place, null if the number is not valid, and how many digits of the number that stands for."""
_NO_NUMBER: Final[Edit] = (None, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Digits:
    """The digits of many numbers.

    Args:
        values: 0 to 9, one number after the other.
        begins: Where each number begins.
        lengths: How many digits each number has.
    """

    values: npt.NDArray[np.uint8]
    begins: npt.NDArray[np.int64]
    lengths: Ints

    def head(self, count: int) -> "Digits":
        """The first numbers."""
        return Digits(self.values, self.begins[:count], self.lengths[:count])

    def text(self, row: int) -> str:
        """One number."""
        begin = self.begins[row]
        return "".join(map(str, self.values[begin : begin + self.lengths[row]]))


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """What may be a whole national number: every pattern of the regions that share a calling code."""

    entry: Nodes


@dataclass(frozen=True, slots=True, eq=False)
class Prefix:
    r"""What may come before a number, and what may come after it.

    Args:
        pattern: The prefix.
        rule: What stands for it where its last group took part, ``9\1``; None if always nothing.
        entry: The nodes it begins with.
        end: The node it ends at.
        then: What comes after.
    """

    pattern: re.Pattern[str]
    rule: str | None
    entry: Nodes
    end: Node
    then: Callable[[], "tuple[Part, ...]"]


Part = Numbers | Prefix


@dataclass(frozen=True, slots=True)
class Thread:
    """One way of reading a number so far.

    Args:
        part: What is being read.
        lead: Digits that stand for those before ``origin``, part of the national number.
        origin: How many of the number's digits are behind.
        nodes: Where in its pattern the reading stands.
    """

    part: Part
    lead: str
    origin: int
    nodes: Nodes


@dataclass(frozen=True, slots=True)
class State:
    """What is known of a number after some of its digits.

    Args:
        region: Where it is dialled; None if unknown, or if it has a plus and a known calling code.
        plus: Whether it has a plus.
        text: Its leading digits as far as they matter.
        settled: How many of these are part of prefixes seen.
        threads: The ways to read it that are still open.
    """

    region: str | None
    plus: bool
    text: str
    settled: int
    threads: frozenset[Thread]


class Automaton:
    """Reads national and international numbers in ASCII digits; grows as it meets new ones."""

    def __init__(self) -> None:
        self._growing = Lock()
        self._starts: dict[tuple[str | None, bool], int] = {}
        self._states: list[State] = []
        self._numbers: dict[State, int] = {}
        self._next = np.empty(0, np.int32)
        """Of each state and digit the next state."""
        self._reading = np.empty(0, np.int32)
        """Of each state and number of digits the reading."""
        self._readings: dict[Edit, int] = {}

    def start(self, region: str | None, *, plus: bool) -> int:
        """The state of a number before its first digit.

        Args:
            region: Where the number is dialled; None if unknown, and for numbers with a plus and a known
                calling code, which are the same everywhere.
            plus: Whether it has a plus.

        Raises:
            UnreadablePatternError: The region's numbering plan holds a pattern of an unknown kind.
        """
        with self._growing:
            if (region, plus) not in self._starts:
                threads = frozenset(_threads(_parts(region, plus=plus), "", 0))
                self._starts[region, plus] = self._number_of(State(region, plus, "", 0, threads))
            return self._starts[region, plus]

    def read(self, starts: Ints, digits: Digits) -> Ints:
        """The reading of each number; see ``edits``.

        Args:
            starts: Each number's ``start``.
            digits: The digits of the numbers, at most ``MOST_DIGITS`` each.

        Raises:
            UnreadablePatternError: A numbering plan holds a pattern of an unknown kind.
        """
        self._read(starts[:_FIRST], digits.head(_FIRST))  # the first few show most of what there is
        return self._read(starts, digits)

    def edits(self) -> list[Edit]:
        """What each reading makes of its numbers."""
        return list(self._readings)

    def _read(self, starts: Ints, digits: Digits) -> Ints:
        states = starts.copy()
        shortest = int(digits.lengths.min(initial=MOST_DIGITS))
        for place in range(shortest):
            states = self._after(states, digits.values[digits.begins + place])
        rows = np.arange(states.size)
        for place in range(shortest, int(digits.lengths.max(initial=0))):
            rows = rows[digits.lengths[rows] > place]
            states[rows] = self._after(states[rows], digits.values[digits.begins[rows] + place])
        keys = states * _LENGTHS + digits.lengths
        found = self._reading.take(keys)
        for row in _firsts(found, keys):
            self._learn(int(states[row]), digits.text(row))
        return self._reading.take(keys)

    def _after(self, states: Ints, digits: npt.NDArray[np.uint8]) -> Ints:
        """The states that these digits lead to."""
        keys = states * len(_DIGITS) + digits
        found: Ints = self._next.take(keys)
        if found.min(initial=0) != _UNSEEN:
            return found
        for row in _firsts(found, keys):
            self._grow(int(states[row]), int(digits[row]))
        return self._next.take(keys)

    def _grow(self, number: int, digit: int) -> None:
        with self._growing:
            after = self._number_of(_stepped(self._states[number], _DIGITS[digit]))
            self._next[number * len(_DIGITS) + digit] = after

    def _number_of(self, state: State) -> int:
        number = self._numbers.setdefault(state, len(self._states))
        if number == len(self._states):
            self._states.append(state)
            if number * len(_DIGITS) >= self._next.size:
                room = max(_ROOM, number)
                self._next = np.append(self._next, np.full(room * len(_DIGITS), _UNSEEN, np.int32))
                self._reading = np.append(self._reading, np.full(room * _LENGTHS, _UNSEEN, np.int32))
        return number

    def _learn(self, number: int, digits: str) -> None:
        """Have phonenumbers read the first number of a kind."""
        edit = _edit(self._states[number], digits)
        with self._growing:
            self._reading[number * _LENGTHS + len(digits)] = self._readings.setdefault(edit, len(self._readings))


def _firsts(found: Ints, keys: Ints) -> list[int]:
    """The first row of each key not yet seen."""
    rows = np.flatnonzero(found == _UNSEEN)
    _, first = np.unique(keys[rows], return_index=True)
    firsts: list[int] = rows[first].tolist()
    return firsts


def _edit(state: State, digits: str) -> Edit:
    """What phonenumbers makes of one number of a kind."""
    found = read_cell(f"+{digits}" if state.plus else digits, state.region)
    if found is None:
        return _NO_NUMBER
    behind = min(len(state.text), len(digits))
    rest = digits[behind:]
    if not found.endswith(rest):
        raise UnreadablePatternError("A numbering plan changes more than the beginning of a number.")
    return found.removesuffix(rest) if rest else found, behind


def _stepped(state: State, digit: str) -> State:
    """The state after one more digit."""
    text = state.text + digit
    threads: set[Thread] = set()
    settled = state.settled
    for thread in state.threads:
        nodes = followed(thread.nodes, digit)
        if isinstance(thread.part, Numbers):
            threads.update(_living(thread.part, thread.lead, thread.origin, nodes))
            continue
        passed = thread.lead + text[thread.origin :]
        seen = _seen(thread.part, passed, nodes)
        if seen:
            settled = len(text)
        for lead, then in seen:
            threads.update(_threads(then, lead, settled))
        threads.update(_living(thread.part, thread.lead, thread.origin, nodes))
    if not threads:
        return State(state.region, state.plus, "", 0, frozenset())
    reaching = any(isinstance(thread.part, Prefix) for thread in threads)
    return State(state.region, state.plus, text if reaching else text[:settled], settled, frozenset(threads))


def _living(part: Part, lead: str, origin: int, nodes: Nodes) -> Iterator[Thread]:
    """The thread at these nodes, if it is not at its end."""
    if isinstance(part, Prefix):
        nodes = frozenset(node for node in nodes if node.digits and not (part.rule and node.in_tail))
    if nodes:
        yield Thread(part, lead, origin, nodes)


def _threads(parts: Iterable[Part], lead: str, origin: int) -> Iterator[Thread]:
    """The threads of parts that begin at a place of the number, after digits that stand for those before."""
    for part in parts:
        nodes = part.entry
        if isinstance(part, Prefix):
            for place in range(len(lead) + 1):
                nodes = followed(nodes, lead[place - 1 : place]) if place else nodes
                for other, then in _seen(part, lead[:place], nodes):
                    yield from _threads(then, other + lead[place:], origin)
        else:
            nodes = followed(nodes, lead)
        yield from _living(part, lead, origin, nodes)


def _seen(prefix: Prefix, passed: str, nodes: Nodes) -> list[tuple[str, "tuple[Part, ...]"]]:
    """What stands for the prefix, and what comes after it, if it may end after these digits.

    A prefix with a rule also ends where only any digits follow in it: the rule keeps them.
    """
    leads = []
    if prefix.end in nodes and (match := prefix.pattern.fullmatch(passed)):
        taking_part = prefix.rule is not None and match[match.re.groups] is not None
        leads.append(match.expand(prefix.rule or "") if taking_part else "")
    if prefix.rule is not None and any(node.in_tail for node in nodes):
        leads.append(_before_tail(prefix, passed, prefix.rule))
    return [(lead, prefix.then()) for lead in leads]


def _before_tail(prefix: Prefix, passed: str, rule: str) -> str:
    """What stands for the digits of a prefix up to its tail of any digits, which its rule keeps."""
    leads = set()
    for digit in "01":
        tails = (digit * length for length in range(MOST_DIGITS))
        match = next(filter(None, (prefix.pattern.fullmatch(passed + tail) for tail in tails)), None)
        tail = match[0][len(passed) :] if match else ""
        written = match.expand(rule) if match else ""
        leads.add(written.removesuffix(tail) if written.endswith(tail) else None)
    lead = leads.pop()
    if leads or lead is None:
        raise UnreadablePatternError("A numbering plan changes digits in the middle of a number.")
    return lead


def _parts(region: str | None, *, plus: bool) -> tuple[Part, ...]:
    """All that the first digit of a number may begin."""
    if region is None:
        return _calling_codes() if plus else (_prefix("00", None, _calling_codes),)
    plan = metadata.region_plan(region)
    abroad = () if plan.international_prefix is None else (_prefix(plan.international_prefix, None, _abroad),)
    if plus:  # an unknown calling code: it was dialled with an international prefix behind the plus
        return abroad
    numbers, as_written = (_numbers(plan.calling_code),), _of_calling_code(plan.calling_code)
    own = (*as_written, *_national(plan, as_written))  # read by the region's plan, then by the calling code's
    return (*numbers, *_national(plan, numbers), _prefix(plan.calling_code, None, lambda: own), *abroad)


def _national(plan: metadata.Plan, then: "tuple[Part, ...]") -> tuple[Part, ...]:
    prefix = plan.national_prefix
    return () if prefix is None else (_prefix(prefix, plan.transform, lambda: then),)


@cache
def _calling_codes() -> tuple[Part, ...]:
    """Every calling code, and what may come after it."""
    known = sorted({code for code in metadata.calling_codes() if code is not None})
    return tuple(_prefix(code, None, partial(_of_calling_code, code)) for code in known)


@cache
def _abroad() -> tuple[Part, ...]:
    """After an international prefix; the digit after it matters, as before a 0 it is none."""
    return (*_calling_codes(), _prefix(r"\d", None, tuple))


@cache
def _of_calling_code(code: str) -> tuple[Part, ...]:
    numbers = (_numbers(code),)
    return (*numbers, *_national(metadata.calling_code_plan(code), numbers))


@cache
def _numbers(code: str) -> Numbers:
    """Every pattern of the calling code's regions."""
    whole, leading = metadata.calling_code_patterns(code)
    end = [entries(pattern, Node(frozenset(), frozenset())) for pattern in whole]
    return Numbers(frozenset().union(*end, *(begun_with(pattern) for pattern in leading)))


def _prefix(pattern: str, rule: str | None, then: Callable[[], tuple[Part, ...]]) -> Prefix:
    end = Node(frozenset(), frozenset())
    return Prefix(re.compile(pattern), rule, entries(pattern, end), end, then)
