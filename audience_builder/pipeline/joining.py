"""Files -> orders and contacts -> the ledger."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import polars as pl

from audience_builder import columns as c
from audience_builder import ledger, sources
from audience_builder.contacts import with_identity_keys
from audience_builder.errors import ConfigError
from audience_builder.pipeline.request import Request
from audience_builder.sources.detect import fold
from audience_builder.sources.reading import expand, header_rows
from audience_builder.who import Who

__all__ = ["Joined", "joined"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """What was read, the orders inside the window, and the ledger made of them."""

    orders: sources.Orders
    contacts: sources.Customers | None
    inside: pl.DataFrame
    outside: int
    book: ledger.Ledger
    known: pl.LazyFrame | None
    merges: Callable[[], pl.DataFrame]


def joined(request: Request) -> Joined:
    """Read every file and find out who bought what.

    Raises:
        ConfigError, DataError: A file cannot be read, or a setting does not fit it.
    """
    order_files, contact_files = expand(request.files), expand(request.customers)
    for_orders, for_contacts = _choices_where_they_are(request.source, order_files, contact_files)
    orders = sources.read_orders(order_files, for_orders)
    contacts = sources.read_customers(contact_files, for_contacts) if contact_files else None
    counting = orders.table.filter(pl.col(c.STATUS).is_in(sources.COUNTING))
    inside, outside = _in_window(counting, request.who)
    keyed = _keyed(inside, request).lazy()
    known = _keyed(contacts.table, request).lazy() if contacts is not None else None
    return Joined(
        orders=orders,
        contacts=contacts,
        inside=inside,
        outside=outside,
        book=ledger.build(keyed, known, identity=request.identity),
        known=known,
        merges=partial(ledger.explain_merges, keyed, known, identity=request.identity),
    )


def _keyed(records: pl.DataFrame, request: Request) -> pl.DataFrame:
    """Records with what identifies their customers, those of erased people marked."""
    return request.who.erased.marked(with_identity_keys(records, request.contacts), request.contacts)


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


def _in_window(orders: pl.DataFrame, who: Who) -> tuple[pl.DataFrame, int]:
    inside = who.window(orders)
    return inside, orders.height - inside.height
