"""Files -> customers, valued and filtered, with everything that was counted on the way."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Final

import polars as pl

from audience_builder import columns as c
from audience_builder import ledger, sources
from audience_builder.audiences import PERSON
from audience_builder.contacts import tidied
from audience_builder.departures import OUT_OF_WINDOW, UNCOUNTED, because, filtered
from audience_builder.events import Event, tell
from audience_builder.lists import added
from audience_builder.pipeline.census import ROW
from audience_builder.pipeline.joining import Joined, Whole, joined, with_marked_keys
from audience_builder.pipeline.request import Request
from audience_builder.pipeline.selection import BROKEN_DOWN, Selection
from audience_builder.ranked import Ranked
from audience_builder.reporting.breakdown import segments
from audience_builder.reporting.summary import FilterLine, SourceLine, Summary
from audience_builder.who import Chosen, words_of
from audience_builder.worth import Worth, valued

__all__ = ["RankedRun", "Run", "ranked_run", "run"]

SHARED_ADDRESS: Final = "{:,} customers carry an e-mail that others carry too (a till's): it is nobody's match key."


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Customers, valued and filtered, with everything that was counted on the way.

    Args:
        customers: One row per customer who is in.
        rejects: Rows that could not be used.
        summary: The counts.
        merges: Explains on request which source rows were joined into one customer, and by which kinds of key.
        reasons: Says on request of everybody in the files why they are not in a list: ``person``, ``reason``.
        newest_order: The day of the newest order up to a given day, None where there are no dates.
    """

    customers: pl.DataFrame
    rejects: pl.DataFrame
    summary: Summary
    merges: Callable[[], pl.DataFrame]
    reasons: Callable[[], pl.DataFrame]
    newest_order: Callable[[date], date | None]


def run(request: Request, *, wanted: Sequence[str] = ()) -> Run:
    """Read, join, value and filter; nothing is written.

    Args:
        request: What the run works on.
        wanted: Report columns that will be shown.

    Raises:
        ConfigError: A setting has to change.
        DataError: The data cannot be used, or nobody is left.
    """
    found = joined(request)
    worth = valued(found.people.figures(), found.people.orders(), _worth_of(request, wanted))
    selection = Selection(found, worth, request)
    chosen = list(selection.parts())
    rejects, whole = _rejects(found), found.whole
    if whole is None:
        raise RuntimeError("a run works on everything at once")
    return Run(
        customers=pl.concat([part.customers for part in chosen]).drop(ROW),
        rejects=rejects,
        summary=_summary(request, found, selection, rejects),
        merges=partial(ledger.explain_merges, whole.keyed, whole.known, identity=request.identity),
        reasons=partial(_reasons, request, found, whole, chosen[0]),
        newest_order=partial(_newest_order, whole.orders),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedRun:
    """Customers by value, with everything that was counted on the way."""

    customers: Ranked
    rejects: pl.DataFrame
    summary: Summary


def ranked_run(request: Request, block_rows: int) -> RankedRun:
    """Read, join, value and filter, in memory that hardly grows with the number of customers.

    Args:
        request: What the run works on.
        block_rows: Rows worked on at a time.

    Raises:
        ConfigError, DataError: As ``run``.
    """
    found = joined(request, block_rows)
    terms = _worth_of(request, ())
    named = {*BROKEN_DOWN, *words_of(request.who.where)}
    worth = valued(found.people.figures(), found.people.orders(), terms, named)
    selection = Selection(found, worth, request)
    shelf = selection.by_rank(block_rows)
    rejects = _rejects(found)
    return RankedRun(
        customers=Ranked(shelf, selection.kept.select(c.VALUE)),
        rejects=rejects,
        summary=_summary(request, found, selection, rejects),
    )


def _rejects(found: Joined) -> pl.DataFrame:
    return pl.concat([found.orders.rejects, *([found.contacts.rejects] if found.contacts is not None else [])])


def _summary(request: Request, found: Joined, selection: Selection, rejects: pl.DataFrame) -> Summary:
    orders, contacts, facts = found.orders, found.contacts, found.facts
    read = (*orders.files, *(contacts.files if contacts is not None else ()))
    sharing = found.people.sharing
    summary = Summary(
        sources=tuple(
            SourceLine(name=one.name, sha256=one.sha256, preset=one.preset, rows_read=one.rows_read,
                       rows_rejected=one.rows_rejected, notes=one.notes)
            for one in read
        ),
        rows_read=sum(one.rows_read for one in orders.files),
        rows_rejected=sum(one.rows_rejected for one in orders.files),
        rejects_by_reason=_counted(rejects),
        rows_folded=sum(one.rows_as_lines for one in orders.files),
        rows_dropped=added(one.rows_dropped for one in orders.files),
        refund_rows=found.refund_rows,
        orders=found.inside - found.refund_rows,
        order_count=facts.orders,
        orders_left_out=_left_out(orders, found.outside),
        currency=found.currency,
        total_paid=facts.total_paid,
        total_refunded=facts.total_refunded,
        net_paid=facts.net_paid,
        orders_of_no_one=facts.orders_of_no_one,
        net_of_no_one=facts.net_of_no_one,
        customers=facts.customers,
        merged={key: count for key, count in facts.merged.items() if count},
        shared_keys={key: shared.keys for key, shared in facts.shared_keys.items() if shared.keys},
        dropped_by_reason={step.name: step.customers_out for step in selection.steps},
        filters=tuple(
            FilterLine(name=step.name, title=step.title, customers_out=step.customers_out, net_out=step.net_out,
                       customers_left=step.customers_left)
            for step in selection.steps
        ),
        customers_kept=selection.kept.height,
        value=selection.value(),
        match_key_coverage={},
        repairs=dict(selection.repairs),
        notes=(SHARED_ADDRESS.format(sharing),) if sharing else (),
        segments=segments(selection.kept),
        months=found.calendar.months(),
        orders_from=found.calendar.first,
        orders_until=found.calendar.last,
        settings=request.told(),
    )  # fmt: skip
    tell(
        Event.READ, rows=summary.rows_read, rejected=summary.rows_rejected, orders=summary.orders,
        customers=summary.customers, kept=summary.customers_kept,
    )  # fmt: skip
    return summary


def _worth_of(request: Request, wanted: Sequence[str]) -> Worth:
    """A forecast is made when one of its columns is wanted in the report or named in a condition."""
    named = {*wanted, *words_of(request.who.where)}
    return request.worth if named.isdisjoint(c.FORECAST) else replace(request.worth, forecast=True)


def _reasons(request: Request, found: Joined, whole: Whole, chosen: Chosen) -> pl.DataFrame:
    """Filters first, then what makes a customer useless to a list, then orders that do not count."""
    everything = whole.orders
    late = everything.filter(pl.col(c.STATUS).is_in(sources.COUNTING))
    uncounted = everything.filter(~pl.col(c.STATUS).is_in(sources.COUNTING))
    parts = [filtered(chosen.left_out), because(chosen.customers)]
    for rows, reason in ((late, OUT_OF_WINDOW), (uncounted, UNCOUNTED)):
        if rows.height and (reason != OUT_OF_WINDOW or found.outside):
            keyed = with_marked_keys(rows, request).lazy()
            book = ledger.build(keyed, whole.known, identity=request.identity, counting=tuple(rows[c.STATUS].unique()))
            parts.append(because(tidied(book.customers, request.contacts).customers, reason))
    return pl.concat(parts).unique(PERSON, keep="first", maintain_order=True)


def _newest_order(orders: pl.DataFrame, until: date) -> date | None:
    """A date in the future is a mistake in one row and says nothing of the file's age."""
    days = orders.select(day=pl.max_horizontal(c.ORDERED_AT, c.LAST_ORDER_AT).dt.date())["day"]
    newest: date | None = days.filter(days <= until).max()  # type: ignore[assignment]
    return newest


def _left_out(orders: sources.OrdersAccount, outside: int) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in orders.left_out:
        found[one.status] = found.get(one.status, 0) + one.orders
    return found | ({"outside the window of dates": outside} if outside else {})


def _counted(rejects: pl.DataFrame) -> dict[str, int]:
    """By reason, the most frequent first; ties in the order of the alphabet, so that runs agree."""
    counts = rejects[c.REASON].value_counts().sort(["count", c.REASON], descending=[True, False])
    return dict(counts.iter_rows())
