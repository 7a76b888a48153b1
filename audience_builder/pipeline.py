"""The one place that knows the order of the stages.

sources -> ledger -> filters -> value -> audience -> delivery
"""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import partial
from importlib.resources import as_file, files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from audience_builder import columns as c
from audience_builder import ledger, platforms, sources
from audience_builder.audiences import PERSON, Audience, AudienceOptions
from audience_builder.contacts import ContactRules, tidied, with_identity_keys
from audience_builder.delivery.destination import Destination
from audience_builder.delivery.export import open_parcel
from audience_builder.delivery.outcome import UploadResult
from audience_builder.delivery.state import State
from audience_builder.delivery.uploader import Progress
from audience_builder.departures import OUT_OF_WINDOW, UNCOUNTED, because, filtered
from audience_builder.errors import ConfigError, DataError
from audience_builder.lists import Lists, added, check_forms, fill, told_of
from audience_builder.reporting.summary import FilterLine, SourceLine, Summary
from audience_builder.reporting.table import check_destination, report_table, write_report
from audience_builder.sandbox import Sandbox
from audience_builder.sending import Shipment
from audience_builder.sources.detect import fold
from audience_builder.sources.reading import expand, header_rows
from audience_builder.who import Chosen, Who, choose
from audience_builder.worth import Worth, valued

if TYPE_CHECKING:  # the models load only where a forecast is asked for
    from audience_builder.clv.backtest import BacktestReport

__all__ = ["DEMO_RESULTS", "Lists", "Request", "Run", "Upload", "backtest", "demo", "export", "report", "run", "upload"]

DEMO_RESULTS: Final = {
    "report.csv": "one row per customer: what they paid, RFM segment, forecast",
    "meta.csv": "hashed, value-based customer list for Meta",
    "google-tier1.csv": "hashed list for Google, the best third; tier2, tier3 beside",
    "rejects.csv": "rows that could not be used, with line and reason",
    "manifest.json": "inputs, funnel, rules and checksums of all of it",
}

SHARED_ADDRESS: Final = "{:,} customers carry an e-mail that others carry too (a till's): it is nobody's match key."


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a run works on.

    Args:
        files: Order exports: paths or globs.
        customers: Contact exports joined to them.
        source: How files are read.
        contacts: How contact text is read.
        identity: What joins records into one customer.
        who: Who is in.
        worth: What a customer is worth.
    """

    files: tuple[str, ...]
    customers: tuple[str, ...] = ()
    source: sources.SourceOptions = field(default_factory=sources.SourceOptions)
    contacts: ContactRules = field(default_factory=ContactRules)
    identity: ledger.Identity = field(default_factory=ledger.Identity)
    who: Who = field(default_factory=Who)
    worth: Worth = field(default_factory=Worth)

    def for_values(self) -> "Request":
        """The same request for a list that is ranked or trained on its values: ``auto`` unless another was named."""
        return self if self.worth.kind else replace(self, worth=replace(self.worth, kind="auto"))


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """What was read and valued, and what the platform made of it."""

    summary: Summary
    result: UploadResult

    def document(self) -> dict[str, Any]:
        """Both as one JSON-ready document."""
        return {**self.summary.document(), **asdict(self.result)}


def run(request: Request, *, wanted: Sequence[str] = ()) -> Run:
    """Read, join, value and filter; nothing is written.

    Args:
        request: What the run works on.
        wanted: Report columns that will be shown.

    Raises:
        ConfigError: A setting has to change.
        DataError: The data cannot be used, or nobody is left.
    """
    joined = _joined(request)
    orders, contacts, inside, book = joined.orders, joined.contacts, joined.inside, joined.book
    reachable, shared = _without_shared_addresses(book.customers)
    clean = tidied(reachable, request.contacts)
    worth = valued(clean.customers, book.orders, _worth_of(request, wanted))
    chosen = choose(worth.customers, request.who, request.contacts)
    if chosen.customers.is_empty():
        raise DataError(
            "No customer is left.",
            f"{book.facts.customers:,} customers were found; the filters took out all of them." if book.facts.customers
            else f"None of the {orders.table.height:,} orders that were read counts and names a customer.",
            "Loosen a filter, or look at the file with `audience-builder inspect`.",
        )  # fmt: skip
    read = (*orders.files, *(contacts.files if contacts is not None else ()))
    rejects = [orders.rejects, *([contacts.rejects] if contacts is not None else [])]
    facts, value = book.facts, worth.summary(chosen.customers)
    left_out = _left_out(orders, joined.outside)
    refund_rows = inside.filter(pl.col(c.ORDERS_COUNT) == 0).height
    summary = Summary(
        sources=tuple(
            SourceLine(name=one.name, sha256=one.sha256, preset=one.preset, rows_read=one.rows_read,
                       rows_rejected=one.rows_rejected, notes=one.notes)
            for one in read
        ),
        rows_read=sum(one.rows_read for one in orders.files),
        rows_rejected=sum(one.rows_rejected for one in orders.files),
        rejects_by_reason=_counted(pl.concat(rejects)),
        rows_folded=sum(one.rows_as_lines for one in orders.files),
        rows_dropped=added(one.rows_dropped for one in orders.files),
        refund_rows=refund_rows,
        orders=inside.height - refund_rows,
        order_count=facts.orders,
        orders_left_out=left_out,
        currency=str(book.customers[c.CURRENCY].drop_nulls().first() or ""),
        total_paid=facts.total_paid,
        total_refunded=facts.total_refunded,
        net_paid=facts.net_paid,
        orders_of_no_one=facts.orders_of_no_one,
        net_of_no_one=facts.net_of_no_one,
        customers=facts.customers,
        merged={key: count for key, count in facts.merged.items() if count},
        shared_keys={key: shared.keys for key, shared in facts.shared_keys.items() if shared.keys},
        dropped_by_reason={step.name: step.customers_out for step in chosen.steps},
        filters=tuple(
            FilterLine(name=step.name, title=step.title, customers_out=step.customers_out, net_out=step.net_out,
                       customers_left=step.customers_left)
            for step in chosen.steps
        ),
        customers_kept=chosen.customers.height,
        value=value,
        match_key_coverage={},
        repairs=dict(clean.repairs),
        notes=(SHARED_ADDRESS.format(shared),) if shared else (),
    )  # fmt: skip
    return Run(
        customers=chosen.customers,
        rejects=pl.concat(rejects),
        summary=summary,
        merges=joined.merges,
        reasons=partial(_reasons, request, joined, chosen),
        newest_order=partial(_newest_order, orders.table),
    )


def backtest(request: Request, cutoffs: Sequence[date] = (), holdout_days: int | None = None) -> "BacktestReport":
    """How well each forecast would have done on these orders.

    Args:
        request: What the run works on; who is in and what a customer is worth play no part.
        cutoffs: See ``clv.backtest.backtest``; empty lets it choose.
        holdout_days: Likewise.

    Raises:
        ConfigError, DataError: The orders cannot be read, or cannot be split.
    """
    from audience_builder.clv.backtest import backtest as measured

    return measured(_joined(request).book.orders, cutoffs or None, holdout_days)


def report(
    request: Request, output: Path | None, *, columns: tuple[str, ...] = (), sort: str | None = None,
    top: int | None = None, merges: Path | None = None, force: bool = False,
) -> Summary:  # fmt: skip
    """Write the report and a reject file beside it; return what happened.

    Args:
        request: What the run works on.
        output: Report path, or None for the summary alone.
        columns: See ``report.table.report_table``.
        sort: Likewise.
        top: Likewise.
        merges: Where to explain which rows were joined into one customer, None for nowhere.
        force: Whether files of those names may be replaced.

    Raises:
        ConfigError, DataError: As ``run``, or the report cannot be written.
    """
    for path in (output, merges):
        if path is not None:
            check_destination(path, force=force)
    done = run(request, wanted=(*columns, (sort or "").removeprefix("-")))
    table = report_table(done.customers, columns=columns, sort=sort, top=top)
    coverage = _covered(done, request.contacts)
    written: list[dict[str, str | int]] = []
    if output is not None:
        write_report(table, output)
        written.append({"name": output.name, "rows": table.height})
        if done.rejects.height:
            rejects = output.with_name(f"{output.stem}-rejects.csv")
            check_destination(rejects, force=force)
            write_report(done.rejects, rejects)
            written.append({"name": rejects.name, "rows": done.rejects.height})
    if merges is not None:
        joined = done.merges()
        write_report(joined, merges)
        written.append({"name": merges.name, "rows": joined.height})
    return replace(done.summary, match_key_coverage=coverage, files=tuple(written))


def export(request: Request, lists: Lists, folder: Path) -> Summary:
    """Write every platform's lists, the rejects and the manifest, or nothing at all.

    Args:
        request: What the run works on.
        lists: Which lists are written.
        folder: Where they go.

    Raises:
        ConfigError, DataError: As ``run``, an unknown platform, or the folder cannot be written.
    """
    targets = [platforms.load(name) for name in dict.fromkeys(lists.platforms)]
    if lists.plain and request.contacts.hashed:
        raise ConfigError(
            "--plain and --hashed exclude each other.",
            f"Hashed already: {', '.join(sorted(request.contacts.hashed))}.",
            "A digest cannot be turned back into text.",
        )
    names = [*(target.name for target in targets), "manifest.json", "rejects.csv"]
    by_value = lists.tiers > 1 or (lists.with_value and any(target.value_column for target in targets))
    with open_parcel(folder, replaces=names, force=lists.force) as parcel:
        done = run(request.for_values() if by_value else request)
        return fill(parcel, done.customers, done.rejects, done.summary, request.contacts, lists, targets)


def upload(
    request: Request,
    to: Destination,
    *,
    environ: Mapping[str, str],
    progress: Callable[[Progress], None] | None = None,
) -> Upload:
    """Bring an audience on a platform in line with the customers, sending only what has changed.

    Args:
        request: What the run works on.
        to: Which audience, and how.
        environ: Holds the platform's token, and perhaps another endpoint.
        progress: Called after each request.

    Raises:
        ConfigError, DataError: As ``run``, or a setting of the upload has to change.
        BrakeError: The change is too large or the audience too small; nothing was sent.
        DeliveryError: The platform did not take it.
    """
    target = platforms.load(to.platform)
    check_forms([target], to.forms)
    uploader = to.connect(target, environ)
    with State(to.state, clock=time.time) as state:
        takes_value = target.value_column is not None and to.with_value
        done = run(request.for_values() if takes_value else request)
        shipment = Shipment(
            customers=done.customers, contacts=request.contacts, platform=target, to=to, reasons=done.reasons()
        )
        notes = shipment.remarks()
        result, audience = shipment.send(uploader, state, progress=progress)
    summary = replace(
        done.summary,
        match_key_coverage={target.name: dict(audience.tally.coverage)},
        lists=(told_of(target, [audience], ()),),
        notes=(*done.summary.notes, *notes),
    )
    return Upload(summary=summary, result=result)


def demo(folder: Path, *, force: bool = False) -> Upload:
    """The main job on the bundled data: real orders, synthetic contacts, an upload to a local stand-in.

    Args:
        folder: Where report, lists and manifest go.
        force: Whether the results of an earlier demo may be replaced.

    Raises:
        ConfigError: The folder cannot be written, or holds an earlier demo.
    """
    bundle = files("audience_builder.demo")
    with as_file(bundle / "orders.csv.gz") as orders, as_file(bundle / "customers.csv") as customers:
        request = Request(
            files=(str(orders),),
            customers=(str(customers),),
            source=sources.SourceOptions(consent="Accepts Marketing"),
            who=Who(min_paid=Decimal(1), no_refunds=True, consent="opt-in"),
        ).for_values()
        summary = export(request, Lists(platforms=("meta", "google"), tiers=3, force=force), folder)
        table = report(request, folder / "report.csv", force=force)
        sent = _rehearsed(request, folder)
    return Upload(summary=replace(summary, files=(*summary.files, *table.files[:1])), result=sent.result)


def _rehearsed(request: Request, folder: Path) -> Upload:
    """Upload to a stand-in of Meta in this process; its record goes when it does."""
    with TemporaryDirectory(prefix=".rehearsal-", dir=folder) as state, Sandbox() as stand_in:
        to = Destination(platform="meta", account=stand_in.account.account, name="Demo seed", state=Path(state))
        return upload(request, to, environ=stand_in.environ)


def _covered(done: Run, contacts: ContactRules) -> dict[str, Mapping[str, int]]:
    """How many of the kept customers have each of Meta's keys: the widest set there is."""
    audience = Audience(done.customers, platforms.load("meta"), AudienceOptions(contacts=contacts, with_value=False))
    for _ in audience.plain():
        pass
    return {"meta": dict(audience.tally.coverage)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Joined:
    """What was read, the orders inside the window, and the ledger made of them."""

    orders: sources.Orders
    contacts: sources.Customers | None
    inside: pl.DataFrame
    outside: int
    book: ledger.Ledger
    known: pl.LazyFrame | None
    merges: Callable[[], pl.DataFrame]


def _joined(request: Request) -> _Joined:
    order_files, contact_files = expand(request.files), expand(request.customers)
    for_orders, for_contacts = _choices_where_they_are(request.source, order_files, contact_files)
    orders = sources.read_orders(order_files, for_orders)
    contacts = sources.read_customers(contact_files, for_contacts) if contact_files else None
    counting = orders.table.filter(pl.col(c.STATUS).is_in(sources.COUNTING))
    inside, outside = _in_window(counting, request.who)
    keyed = request.who.erased.marked(with_identity_keys(inside, request.contacts), request.contacts).lazy()
    known = None
    if contacts is not None:
        listed = with_identity_keys(contacts.table, request.contacts)
        known = request.who.erased.marked(listed, request.contacts).lazy()
    return _Joined(
        orders=orders,
        contacts=contacts,
        inside=inside,
        outside=outside,
        book=ledger.build(keyed, known, identity=request.identity),
        known=known,
        merges=partial(ledger.explain_merges, keyed, known, identity=request.identity),
    )


def _worth_of(request: Request, wanted: Sequence[str]) -> Worth:
    """A forecast is made when one of its columns is wanted in the report or named in a condition."""
    named = {*wanted, *re.findall(r"\w+", request.who.where or "")}
    return request.worth if named.isdisjoint(c.FORECAST) else replace(request.worth, forecast=True)


_CHOICES: Final = {"consent": "--consent", "do_not_sell": "--do-not-sell"}


def _choices_where_they_are(
    options: sources.SourceOptions, orders: list[Path], contacts: list[Path]
) -> tuple[sources.SourceOptions, sources.SourceOptions]:
    """Columns of people's choices are asked for only of the kind of file that has them; the orders' preset likewise."""
    for_orders, for_contacts = options, replace(options, preset="auto", mapping={})
    for choice, flag in _CHOICES.items():
        header: str | None = getattr(options, choice)
        if header is None:
            continue
        in_orders, in_contacts = (_have(paths, header, options.reading) for paths in (orders, contacts))
        if not in_orders and not in_contacts:
            raise ConfigError(
                "A column of people's choices is in none of the files.",
                f"{flag} names {header!r}.",
                "Write the header as it is in the file; `audience-builder inspect` lists them.",
            )
        nowhere: dict[str, Any] = {choice: None}
        for_orders = for_orders if in_orders else replace(for_orders, **nowhere)
        for_contacts = for_contacts if in_contacts else replace(for_contacts, **nowhere)
    return for_orders, for_contacts


def _have(paths: list[Path], header: str, reading: sources.ReadingOptions) -> bool:
    return any(fold(header) in map(fold, names) for path in paths for names in header_rows(path, reading))


def _reasons(request: Request, joined: _Joined, chosen: Chosen) -> pl.DataFrame:
    """Filters first, then what makes a customer useless to a list, then orders that do not count."""
    everything = joined.orders.table
    late = everything.filter(pl.col(c.STATUS).is_in(sources.COUNTING))
    uncounted = everything.filter(~pl.col(c.STATUS).is_in(sources.COUNTING))
    found = [filtered(chosen.left_out), because(chosen.customers)]
    for rows, reason in ((late, OUT_OF_WINDOW), (uncounted, UNCOUNTED)):
        if rows.height and (reason != OUT_OF_WINDOW or joined.outside):
            keyed = with_identity_keys(rows, request.contacts).lazy()
            book = ledger.build(keyed, joined.known, identity=request.identity, counting=tuple(rows[c.STATUS].unique()))
            found.append(because(tidied(book.customers, request.contacts).customers, reason))
    return pl.concat(found).unique(PERSON, keep="first", maintain_order=True)


def _newest_order(orders: pl.DataFrame, until: date) -> date | None:
    """A date in the future is a mistake in one row and says nothing of the file's age."""
    days = orders.select(day=pl.max_horizontal(c.ORDERED_AT, c.LAST_ORDER_AT).dt.date())["day"]
    newest: date | None = days.filter(days <= until).max()  # type: ignore[assignment]
    return newest


def _without_shared_addresses(customers: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Blank e-mails that several customers carry: had they been one person's, they would have joined them."""
    shared = pl.col(c.EMAIL).str.to_lowercase().is_duplicated() & pl.col(c.EMAIL).is_not_null()
    count = customers.select(shared.sum()).item()
    return customers.with_columns(pl.when(~shared).then(pl.col(c.EMAIL)).alias(c.EMAIL)), int(count)


def _in_window(orders: pl.DataFrame, who: Who) -> tuple[pl.DataFrame, int]:
    inside = who.window(orders)
    return inside, orders.height - inside.height


def _left_out(orders: sources.Orders, outside: int) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in orders.left_out:
        found[one.status] = found.get(one.status, 0) + one.orders
    return found | ({"outside the window of dates": outside} if outside else {})


def _counted(rejects: pl.DataFrame) -> dict[str, int]:
    return dict(rejects[c.REASON].value_counts(sort=True).iter_rows())
