"""Brakes: limits past which nothing is sent. Every one that trips is named, with its number."""

import logging
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final, Self

from audience_builder.delivery.facts import Facts
from audience_builder.errors import BrakeError
from audience_builder.events import Event, tell

if TYPE_CHECKING:
    from audience_builder.delivery.plan import Plan

__all__ = ["Brakes", "Situation", "Tripped", "refuse"]

_NAMED: Final = 5
"""Changed settings that are named one by one."""
_NOISE: Final = 1e-9
NEVER_DAYS: Final = 36_500
"""An age no order reaches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tripped:
    """One brake that tripped.

    Args:
        name: The brake's setting, as a key of ``[brakes]``.
        wrong: What is wrong.
        found: The number, and the limit.
        check: What to look at.
        release: The flag that lets this run through.
    """

    name: str
    wrong: str
    found: str
    check: str
    release: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Everything the brakes look at.

    Args:
        plan: What would be sent.
        platform_minimum: People below which the platform does not use a list.
        today: The day of the run, UTC.
        now: What was read for this run, None where nobody kept count.
        before: The same of the last run that was carried out, None for the first.
        owed: People an interrupted run, which had passed its brakes, was still to add.
    """

    plan: "Plan"
    platform_minimum: int
    today: date
    now: Facts | None = None
    before: Facts | None = None
    owed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Brakes:
    """Limits past which nothing is sent; None switches one off.

    Args:
        max_removed: Removals, as a share of the acknowledged members.
        max_growth: Additions, likewise.
        min_members: Members after the change; None takes the platform's own minimum.
        max_rows_drop: Share of the last run's source rows that is gone.
        max_revenue_drop: Share of the last run's net revenue that is gone.
        max_order_age_days: Days since the newest order.
        max_rejects: Share of the source rows that could not be used.
        max_coverage_drop: Fall of the share of people with a match key, 0.1 being 10 points.
        max_value_shift: Change of the total of all values, as a share of the last run's.
        accept_changes: Whether settings and value model may differ from the last run's.
    """

    max_removed: float | None = 0.5
    max_growth: float | None = None
    min_members: int | None = None
    max_rows_drop: float | None = None
    max_revenue_drop: float | None = None
    max_order_age_days: float | None = None
    max_rejects: float | None = None
    max_coverage_drop: float | None = None
    max_value_shift: float | None = None
    accept_changes: bool = True

    @classmethod
    def of_refresh(cls) -> Self:
        """The limits of an unattended run: all of them hold unless the client's file says otherwise."""
        return cls(
            max_removed=0.2,
            max_growth=0.5,
            max_rows_drop=0.3,
            max_revenue_drop=0.3,
            max_order_age_days=7.0,
            max_rejects=0.05,
            max_coverage_drop=0.1,
            max_value_shift=0.5,
            accept_changes=False,
        )

    def tripped(self, seen: Situation) -> tuple[Tripped, ...]:
        """Every brake that this situation trips, in the order of the run: files, settings, people."""
        found = [] if seen.now is None else [*self._files(seen.now, seen), *self._changes(seen.now, seen.before)]
        return (*found, *self._people(seen))

    def _files(self, now: Facts, seen: Situation) -> Iterator[Tripped]:
        yield from self._rejects(now)
        yield from self._age(now, seen)
        if seen.before is not None:
            old, new = seen.before.source, now.source
            yield from _shrunk("max_rows_drop", "source rows", self.max_rows_drop, old.rows, new.rows)
            yield from _shrunk("max_revenue_drop", "net revenue", self.max_revenue_drop, old.net_paid, new.net_paid)
            yield from self._coverage(now, seen.before)
            yield from self._value(now, seen.before)

    def _rejects(self, now: Facts) -> Iterator[Tripped]:
        share = now.source.rejected / now.source.rows if now.source.rows else 0.0
        if self.max_rejects is not None and _past(share, self.max_rejects):
            yield Tripped(
                name="max_rejects",
                wrong="Too many source rows could not be used.",
                found=f"{now.source.rejected:,} of {now.source.rows:,} rows, {share:.1%}; "
                f"the limit is {self.max_rejects:.1%}.",
                check="Look at the reasons with `audience-builder inspect`.",
                release=_flag("max_rejects", share),
            )

    def _age(self, now: Facts, seen: Situation) -> Iterator[Tripped]:
        newest, limit = now.source.newest_order, self.max_order_age_days
        if limit is None:
            return
        if newest is not None and (age := (seen.today - newest).days) > limit:
            yield Tripped(
                name="max_order_age_days",
                wrong="The newest order is old.",
                found=f"It is of {newest}, {age} days ago; the limit is {limit:g} days.",
                check="Look whether the export is the current one.",
                release=f"--max-order-age-days {age}",
            )
        elif newest is None and seen.before is not None and seen.before.source.newest_order is not None:
            yield Tripped(
                name="max_order_age_days",
                wrong="The orders have no dates any more.",
                found=f"The newest one was of {seen.before.source.newest_order} in the last run; "
                f"without dates the limit of {limit:g} days cannot be checked.",
                check="Look whether the column of dates has another header.",
                release=f"--max-order-age-days {NEVER_DAYS}",
            )

    def _coverage(self, now: Facts, before: Facts) -> Iterator[Tripped]:
        limit = self.max_coverage_drop
        falls = {key: share - now.coverage.get(key, 0.0) for key, share in before.coverage.items()}
        key = max(falls, key=lambda one: falls[one], default="")
        if limit is not None and key and _past(falls[key], limit):
            yield Tripped(
                name="max_coverage_drop",
                wrong="Far fewer people have a match key than last time.",
                found=f"{key}: {now.coverage.get(key, 0.0):.0%} now, {before.coverage[key]:.0%} before, "
                f"{falls[key] * 100:.0f} points less; the limit is {limit * 100:g} points.",
                check="Look whether a column of contacts has another header or is empty.",
                release=_flag("max_coverage_drop", falls[key]),
            )

    def _value(self, now: Facts, before: Facts) -> Iterator[Tripped]:
        limit, old, new = self.max_value_shift, before.value_total, now.value_total
        if limit is not None and old > 0 and _past(abs(new / old - 1), limit):
            yield Tripped(
                name="max_value_shift",
                wrong="The total of all values has moved a lot.",
                found=f"{new:,.0f} now, {old:,.0f} before: {new / old - 1:+.0%}; the limit is {limit:.0%} either way.",
                check="Look whether orders are there twice or missing, and whether the currency is the same.",
                release=_flag("max_value_shift", abs(new / old - 1)),
            )

    def _changes(self, now: Facts, before: Facts | None) -> Iterator[Tripped]:
        if self.accept_changes or before is None:
            return
        old, new = before.source.settings, now.source.settings
        changed = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
        if changed:
            more = f" and {len(changed) - _NAMED} more" if len(changed) > _NAMED else ""
            yield _change(f"{len(changed)} changed: {', '.join(changed[:_NAMED])}{more}.")
        if before.source.value_model != now.source.value_model:
            yield _change(f"The value is {now.source.value_model} now; it was {before.source.value_model}.")

    def _people(self, seen: Situation) -> Iterator[Tripped]:
        plan = seen.plan
        minimum = seen.platform_minimum if self.min_members is None else self.min_members
        if plan.members_after < minimum:
            yield Tripped(
                name="min_members",
                wrong="The audience would be too small to be used.",
                found=f"It would have {plan.members_after} members; the platform needs {minimum}.",
                check="Loosen the filters, or lower the limit if the audience is to grow later.",
                release=f"--min-members {plan.members_after}",
            )
        members = plan.members_before + seen.owed
        for name, limit, count, what in (
            ("max_removed", self.max_removed, plan.removed, "leave"),
            ("max_growth", self.max_growth, max(plan.added - seen.owed, 0), "join"),
        ):
            if limit is not None and members and _past(count / members, limit):
                yield Tripped(
                    name=name,
                    wrong=f"Unusually many people would {what}.",
                    found=f"{count} of {members} members; the limit is {limit:.0%}.",
                    check="Check the source files.",
                    release=_flag(name, count / members),
                )


def refuse(tripped: Sequence[Tripped]) -> None:
    """Stop, if any brake has tripped.

    Raises:
        BrakeError: It names every one, with its number, what to look at and the flag that releases it.
    """
    if not tripped:
        return
    for one in tripped:
        tell(Event.BRAKE_TRIPPED, level=logging.WARNING, brake=one.name, wrong=one.wrong, found=one.found)
    flags = " ".join(dict.fromkeys(one.release for one in tripped))
    brakes = tuple(dict.fromkeys(one.name for one in tripped))
    fix = f"If this is right, run once with {flags}"
    if len(tripped) == 1:
        only = tripped[0]
        raise BrakeError(only.wrong, only.found, f"{only.check} {fix}.", brakes=brakes)
    listed = "\n".join(f"({place}) {one.wrong} {one.found}" for place, one in enumerate(tripped, start=1))
    checks = " ".join(dict.fromkeys(one.check for one in tripped))
    raise BrakeError(
        f"{len(tripped)} brakes stopped the run; nothing was sent.", listed, f"{checks} {fix}.", brakes=brakes
    )


def _shrunk(name: str, what: str, limit: float | None, old: float, new: float) -> Iterator[Tripped]:
    """Less than last time."""
    if limit is not None and old > 0 and _past(1 - new / old, limit):
        yield Tripped(
            name=name,
            wrong=f"The files hold far less than last time: {what}.",
            found=f"{new:,.0f} now, {old:,.0f} before: {1 - new / old:.0%} less; the limit is {limit:.0%}.",
            check="Look whether an export was cut short or a file is missing.",
            release=_flag(name, 1 - new / old),
        )


def _change(found: str) -> Tripped:
    return Tripped(
        name="accept_changes",
        wrong="The settings are not those of the last run.",
        found=found,
        check="Look at the plan: whoever joins or leaves may do so because of the change.",
        release="--accept-changes",
    )


def _past(number: float, limit: float) -> bool:
    """Whether a share is past its limit, rounding noise aside: 1 - 70/100 is not past 0.3."""
    return number > limit + _NOISE


def _flag(name: str, share: float) -> str:
    """The flag that lets this very number through."""
    return f"--{name.replace('_', '-')} {math.ceil(share * 100 - _NOISE) / 100:g}"
