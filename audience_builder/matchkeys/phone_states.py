"""What is known of a phone number after some of its digits, and after one more.

A number may be read in several ways at once, each a thread: as a national number, or as a prefix with something
behind it. A thread ends where no pattern fits any more.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from typing import Final

from audience_builder.matchkeys import phone_metadata as metadata
from audience_builder.matchkeys.phone_patterns import (
    Node,
    Nodes,
    UnreadablePatternError,
    begun_with,
    entries,
    followed,
)

__all__ = ["State", "before_first_digit", "stepped"]

_MOST_DIGITS: Final = 20
"""More than any prefix has."""


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


def before_first_digit(region: str | None, *, plus: bool) -> State:
    """The state of a number before its first digit.

    Args:
        region: Where it is dialled; None if unknown, or if it has a plus and a known calling code.
        plus: Whether it has a plus.

    Raises:
        UnreadablePatternError: The region's numbering plan holds a pattern of an unknown kind.
    """
    return State(region, plus, "", 0, frozenset(_threads(_parts(region, plus=plus), "", 0)))


def stepped(state: State, digit: str) -> State:
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
        tails = (digit * length for length in range(_MOST_DIGITS))
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
