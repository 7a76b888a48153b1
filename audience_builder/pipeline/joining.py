"""Files -> orders and contacts -> the ledger."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import polars as pl

from audience_builder import columns as c
from audience_builder import ledger, sources
from audience_builder.contacts import with_identity_keys
from audience_builder.errors import ConfigError
from audience_builder.links import Piece, gathered
from audience_builder.pipeline.census import Census, People
from audience_builder.pipeline.request import Request
from audience_builder.reporting.breakdown import Calendar
from audience_builder.shelf import Shelf, laid_in_blocks
from audience_builder.sources.detect import fold
from audience_builder.sources.reading import expand, header_rows

__all__ = ["Joined", "Whole", "joined", "with_marked_keys"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """Everything that was read, for whoever asks more of it than a list needs.

    Args:
        orders: Orders of every status.
        keyed: Those that count and lie inside the window, with their keys.
        known: The contact files' records, with theirs.
    """

    orders: pl.DataFrame
    keyed: pl.LazyFrame
    known: pl.LazyFrame | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """What was read, and the customers that the ledger makes of it.

    Args:
        orders: What came of the order files' rows.
        contacts: What came of the contact files' rows.
        inside: Rows that count and lie inside the window.
        refund_rows: Those of them that are refunds naming no order.
        calendar: Their days and months.
        outside: Rows that count and lie outside.
        facts: The ledger's counts and totals.
        currency: Of all amounts; empty where nobody bought anything.
        people: The customers.
        whole: All tables, where they were worked on at once.
    """

    orders: sources.OrdersAccount
    contacts: sources.CustomersAccount | None
    inside: int
    refund_rows: int
    calendar: Calendar
    outside: int
    facts: ledger.LedgerFacts
    currency: str
    people: People
    whole: Whole | None


def joined(request: Request, block_rows: int | None = None) -> Joined:
    """Read every file and find out who bought what.

    Args:
        request: What the run works on.
        block_rows: Rows worked on at a time where there are more; None for all at once.

    Raises:
        ConfigError, DataError: A file cannot be read, or a setting does not fit it.
    """
    order_files, contact_files = expand(request.files), expand(request.customers)
    for_orders, for_contacts = _choices_where_they_are(request.source, order_files, contact_files)
    laying = _Laying(request, block_rows)
    orders = laying.orders(sources.OrderFiles(order_files, for_orders, block_rows))
    contacts = laying.contacts(sources.ContactFiles(contact_files, for_contacts, block_rows)) if contact_files else None
    books = laying.books()
    census = Census(request.contacts, block_rows)
    facts: list[ledger.LedgerFacts] = []
    currencies: set[str] = set()
    for book in books:
        census.add(book)
        facts.append(book.facts)
        currencies.update(book.customers[c.CURRENCY].head(1).drop_nulls())
    return Joined(
        orders=orders,
        contacts=contacts,
        inside=laying.inside,
        refund_rows=laying.refund_rows,
        calendar=laying.calendar,
        outside=laying.outside,
        facts=ledger.LedgerFacts.together(facts, laying.shared),
        currency=next(iter(currencies), ""),
        people=census.people(),
        whole=laying.whole,
    )


def with_marked_keys(records: pl.DataFrame, request: Request) -> pl.DataFrame:
    """Records with what identifies their customers, those of erased people marked."""
    return request.who.erased.marked(with_identity_keys(records, request.contacts), request.contacts)


class _Laying:
    """Keyed rows laid aside on their way from the files to the ledger."""

    def __init__(self, request: Request, block_rows: int | None) -> None:
        self.inside = self.refund_rows = self.outside = 0
        self.calendar = Calendar()
        self.shared: dict[str, int] = {}
        self.whole: Whole | None = None
        self._request = request
        self._block_rows = block_rows
        self._shelves: dict[int, Shelf] = {}
        self._everything: list[pl.DataFrame] = []

    def orders(self, files: sources.OrderFiles) -> sources.OrdersAccount:
        """Lay the orders aside that count and lie inside the window."""
        for reading in files.readings():
            self.inside = self.refund_rows = self.outside = 0
            self.calendar = Calendar()
            self._shelves[ledger.ORDERS_TAG] = laid_in_blocks(map(self._keyed_orders, reading), self._block_rows)
        account = files.account()
        files.close()
        return account

    def contacts(self, files: sources.ContactFiles) -> sources.CustomersAccount:
        """Lay the records of the contact files aside."""
        keyed = (self._keyed(table) for table in files.tables())
        self._shelves[ledger.CONTACTS_TAG] = laid_in_blocks(keyed, self._block_rows)
        account = files.account()
        files.close()
        return account

    def _keyed_orders(self, table: pl.DataFrame) -> pl.DataFrame:
        counting = table.filter(pl.col(c.STATUS).is_in(sources.COUNTING))
        inside = self._request.who.window(counting)
        self.inside += inside.height
        self.outside += counting.height - inside.height
        self.calendar.add(inside)
        self.refund_rows += inside.filter(pl.col(c.ORDERS_COUNT) == 0).height
        if self._block_rows is None:
            self._everything.append(table)
        return self._keyed(inside)

    def _keyed(self, rows: pl.DataFrame) -> pl.DataFrame:
        keyed = with_marked_keys(rows, self._request)
        return keyed if self._block_rows is None else ledger.with_digests(keyed)

    def books(self) -> Iterator[ledger.Ledger]:
        """The ledger, in parts that share no customer."""
        if self._block_rows is None:
            yield self._whole_book()
            return
        pieces = [
            Piece(tag=tag, rows=shelf.rows_of(number), load=partial(shelf.frame, 0, number))
            for tag, shelf in self._shelves.items()
            for number in range(shelf.count())
        ]
        identity = self._request.identity
        if sum(piece.rows for piece in pieces) <= self._block_rows:
            yield ledger.build(self._table(ledger.ORDERS_TAG), self._table(ledger.CONTACTS_TAG), identity=identity)
            return
        digests = ledger.KeyDigests(pieces, identity)
        self.shared = digests.shared
        no_orders = self._shelves[ledger.ORDERS_TAG].frame(0, 0).clear()
        for part in gathered(pieces, digests.links, self._block_rows):
            orders, known = part.get(ledger.ORDERS_TAG, no_orders), part.get(ledger.CONTACTS_TAG)
            yield ledger.build(
                orders.lazy(), None if known is None else known.lazy(),
                identity=identity, shared=digests.shared_texts(part),
            )  # fmt: skip
        for shelf in self._shelves.values():
            shelf.clear()

    def _whole_book(self) -> ledger.Ledger:
        keyed, known = self._table(ledger.ORDERS_TAG), self._table(ledger.CONTACTS_TAG)
        if keyed is None:
            raise RuntimeError("orders are laid aside before the ledger is made")
        self.whole = Whole(orders=self._everything[-1], keyed=keyed, known=known)
        return ledger.build(keyed, known, identity=self._request.identity)

    def _table(self, tag: int) -> pl.LazyFrame | None:
        return self._shelves[tag].table().lazy() if tag in self._shelves else None


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
