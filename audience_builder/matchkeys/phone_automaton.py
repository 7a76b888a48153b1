"""An automaton that tells apart the numbers phonenumbers may read differently, and no others.

Numbers of a kind are those that look the same to every pattern phonenumbers asks: they have the same number
of digits, the same leading digits as far as prefixes reach, and behind these the same patterns of the
numbering plans fit. phonenumbers reads the first number met of each kind, and what it makes of that one holds
for all: the leading digits are replaced, the rest stays. So the automaton decides nothing by itself, and every
rule stays with phonenumbers.

Its states come into being when a number first needs them.
"""

from dataclasses import dataclass
from threading import Lock
from typing import Final

import numpy as np
import numpy.typing as npt

from audience_builder.matchkeys.phone_cell import read_cell
from audience_builder.matchkeys.phone_patterns import UnreadablePatternError
from audience_builder.matchkeys.phone_states import State, before_first_digit, stepped

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
                self._starts[region, plus] = self._number_of(before_first_digit(region, plus=plus))
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

    @property
    def states(self) -> int:
        """How many states it has."""
        return len(self._states)

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
            after = self._number_of(stepped(self._states[number], _DIGITS[digit]))
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
    return found.removesuffix(rest), behind
