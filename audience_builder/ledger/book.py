"""Orders to one row per customer: the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

import narwhals as nw
import polars as pl

from audience_builder import columns as c
from audience_builder import schemas
from audience_builder.errors import DataError
from audience_builder.ledger.contacts import contacts_of
from audience_builder.ledger.frames import (
    ANCHOR,
    KEY_COLUMNS,
    NEWNESS,
    Frame,
    as_frame,
    held,
    in_polars,
)
from audience_builder.ledger.identity import KEY_KINDS, Identity, SharedKeys, Solved, anchored, solve, usable
from audience_builder.ledger.newest import SEVERAL, combined, marks, picked, with_newness

__all__ = ["CUSTOMERS", "ORDERS", "Ledger", "LedgerFacts", "build", "owned"]

CUSTOMERS: Final[dict[str, Any]] = {
    c.CUSTOMER_KEY: pl.Int64,
    **schemas.CONTACTS,
    c.ERASED: pl.Boolean,
    c.CURRENCY: pl.String,
    c.ORDERS: pl.Int64,
    c.TOTAL_PAID: schemas.MONEY,
    c.TOTAL_REFUNDED: schemas.MONEY,
    c.NET_PAID: schemas.MONEY,
    c.FIRST_ORDER_AT: schemas.INSTANT,
    c.LAST_ORDER_AT: schemas.INSTANT,
}
"""One row per customer, in the order of ``customer_key``."""

ORDERS: Final[dict[str, Any]] = {
    c.CUSTOMER_KEY: pl.Int64,
    c.ORDERED_AT: schemas.INSTANT,
    c.GROSS_AMOUNT: schemas.MONEY,
    c.REFUNDED_AMOUNT: schemas.MONEY,
    c.NET_AMOUNT: schemas.MONEY,
    c.ORDERS_COUNT: pl.Int64,
}
"""The orders that count and belong to a customer."""

_ANY_ERASED: Final = nw.col(c.ERASED).max()
_CARRIED: Final = (*ORDERS, NEWNESS, c.FIRST_ORDER_AT, c.LAST_ORDER_AT, c.ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFacts:
    """What happened on the way from orders to customers.

    ``net_paid`` is the customers' ``net_paid`` plus ``net_of_no_one``, to the last digit.

    Args:
        rows: Rows that count.
        orders: Orders they stand for (a refund row stands for none, an aggregated row for several).
        total_paid, total_refunded, net_paid: Their money.
        rows_of_no_one, orders_of_no_one: Rows that count and carry no key that may join, their orders.
        gross_of_no_one, net_of_no_one: Their money.
        customers: Customers found.
        contacts_without_orders: Records of the contact file whose customer bought nothing that counts.
        merged: Per key kind, how many customer records it joined to another one.
        shared_keys: Per key kind, the keys ignored because too many customer ids carry them.
    """

    rows: int
    orders: int
    total_paid: Decimal
    total_refunded: Decimal
    net_paid: Decimal
    rows_of_no_one: int
    orders_of_no_one: int
    gross_of_no_one: Decimal
    net_of_no_one: Decimal
    customers: int
    contacts_without_orders: int
    merged: Mapping[str, int]
    shared_keys: Mapping[str, SharedKeys]

    @classmethod
    def together(cls, parts: "Sequence[LedgerFacts]", shared: Mapping[str, int] | None = None) -> "LedgerFacts":
        """The facts of ledgers that have no customer in common.

        Args:
            parts: At least one.
            shared: Keys ignored in all of them, by kind: one may be met in several.
        """
        if len(parts) == 1:
            return parts[0]
        counts = {name: sum(getattr(part, name) for part in parts) for name in _ADDED}
        return cls(
            **counts,
            merged={kind: sum(part.merged[kind] for part in parts) for kind in parts[0].merged},
            shared_keys={
                kind: SharedKeys(
                    keys=(shared or {}).get(kind, 0), rows=sum(part.shared_keys[kind].rows for part in parts)
                )
                for kind in parts[0].shared_keys
            },
        )


_ADDED: Final = (
    "rows", "orders", "total_paid", "total_refunded", "net_paid", "rows_of_no_one", "orders_of_no_one",
    "gross_of_no_one", "net_of_no_one", "customers", "contacts_without_orders",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Who bought what.

    Args:
        customers: One row per customer, columns as in ``CUSTOMERS``.
        orders: Their orders, columns as in ``ORDERS``.
        anchors: ``customer_key`` and ``anchor``, the text by which the customers are in order. Contact text.
        facts: Counts and totals.
    """

    customers: pl.DataFrame = field(repr=False)
    orders: pl.DataFrame = field(repr=False)
    anchors: pl.DataFrame = field(repr=False)
    facts: LedgerFacts


def build(
    orders: object,
    customers: object | None = None,
    *,
    identity: Identity | None = None,
    counting: tuple[str, ...] = c.COUNTING,
    shared: Mapping[str, tuple[str, ...]] | None = None,
) -> Ledger:
    """Collapse orders to one row per customer.

    Customer ids of all files share one namespace. A record without any key that may join belongs to
    no one: its money is in the facts, but it makes no customer. Contacts that never ordered make none
    either.

    Args:
        orders: ``schemas.ORDERS`` plus the four key columns (normalised text or null), in a
            frame of any engine Narwhals knows. A record may say ``erased``; one is enough for its customer.
        customers: A contact file: ``schemas.CUSTOMERS`` plus the key columns, same engine.
            Where filled, its values win over those of order lines.
        identity: What joins records.
        counting: Statuses whose rows count.
        shared: Keys that join nobody, by kind, where these are a part of all rows (``identity_links``).

    Raises:
        DataError: The orders are in more than one currency.
    """
    identity = identity or Identity()
    counted = _told(as_frame(orders)).filter(nw.col(c.STATUS).is_in(counting))
    contacts = None if customers is None else _told(as_frame(customers))
    currency = _one_currency(counted)
    solved = solve(counted, contacts, identity, shared)
    dated = with_newness(counted, nw.coalesce(c.ORDERED_AT, c.LAST_ORDER_AT))
    bought = held(owned(dated, identity, solved).select(*_CARRIED, *marks()))
    totals = in_polars(bought.group_by(c.CUSTOMER_KEY).agg(*_totals(), _ANY_ERASED, *picked()))
    of_no_one, of_customers = (totals.filter(pl.col(c.CUSTOMER_KEY).is_null() == no_one) for no_one in (True, False))
    sources, strangers, of_contacts, records = [dated], 0, None, [bought]
    if contacts is not None:
        listed = with_newness(contacts, None)
        known = held(owned(listed, identity, solved).select(c.CUSTOMER_KEY, NEWNESS, c.ERASED, *marks()))
        of_contacts = in_polars(known.group_by(c.CUSTOMER_KEY).agg(nw.len().alias("records"), _ANY_ERASED, *picked()))
        of_customers = of_customers.with_columns(pl.col(c.ERASED) | _listed_as_erased(of_contacts))
        strangers = int(of_contacts.join(of_customers, on=c.CUSTOMER_KEY, how="anti").get_column("records").sum())
        sources, records = [dated, listed], [bought, known]
    picks = combined(of_customers, of_contacts)
    reachable = contacts_of(picks, _records_of_crowded(picks, records), sources)
    book = of_customers.join(reachable, on=c.CUSTOMER_KEY, how="left").with_columns(
        pl.lit(currency, pl.String).alias(c.CURRENCY)
    )
    owned_orders = in_polars(bought.filter(~nw.col(c.CUSTOMER_KEY).is_null()).select(*ORDERS))
    return Ledger(
        customers=book.select(pl.col(name).cast(kind) for name, kind in CUSTOMERS.items()).sort(c.CUSTOMER_KEY),
        orders=owned_orders.cast(pl.Schema(ORDERS)),
        anchors=solved.smallest,
        facts=LedgerFacts(
            **_money_facts(totals, of_no_one),
            customers=of_customers.height,
            contacts_without_orders=strangers,
            merged=solved.merged,
            shared_keys=_shared_facts(counted, solved),
        ),
    )


def _told(frame: Frame) -> Frame:
    """Records nobody held against tombstones are of nobody erased."""
    if c.ERASED in frame.collect_schema().names():
        return frame
    return frame.with_columns(nw.lit(value=False).alias(c.ERASED))


def _listed_as_erased(of_contacts: pl.DataFrame) -> pl.Expr:
    """Whether a contact record of the customer is of somebody erased."""
    return pl.col(c.CUSTOMER_KEY).is_in(of_contacts.filter(c.ERASED).get_column(c.CUSTOMER_KEY).implode())


def owned(frame: Frame, identity: Identity, solved: Solved) -> Frame:
    """Add ``customer_key``: null for records of no one. The contact and key columns stay as they were."""
    keys = frame.with_columns(*(nw.col(name).alias(_kept(name)) for name in KEY_COLUMNS))
    anchors = nw.from_native(solved.anchors).lazy(frame.implementation)
    joined = anchored(usable(keys, identity, solved.shared)).join(anchors, on=ANCHOR, how="left")
    return joined.drop(*KEY_COLUMNS, ANCHOR).rename({_kept(name): name for name in KEY_COLUMNS})


def _kept(name: str) -> str:
    return f"kept_{name}"


def _one_currency(counted: Frame) -> str | None:
    currencies = in_polars(counted.select(c.CURRENCY).unique()).get_column(c.CURRENCY).sort().to_list()
    if len(currencies) > 1:
        raise DataError(
            "The orders are in more than one currency, and their money cannot be added up.",
            f"Found: {', '.join(str(currency) for currency in currencies)}.",
            "Keep one with --only-currency, or give dated rates with --rates.",
        )
    return currencies[0] if currencies else None


def _totals() -> tuple[nw.Expr, ...]:
    """Money and dates of a customer; of the group without a key, those of no one."""
    is_order = nw.col(c.ORDERS_COUNT) > 0
    first = nw.when(is_order).then(nw.coalesce(c.FIRST_ORDER_AT, c.ORDERED_AT))
    last = nw.when(is_order).then(nw.coalesce(c.LAST_ORDER_AT, c.ORDERED_AT))
    return (
        nw.len().alias("rows"),
        nw.col(c.ORDERS_COUNT).sum().alias(c.ORDERS),
        nw.col(c.GROSS_AMOUNT).sum().alias(c.TOTAL_PAID),
        nw.col(c.REFUNDED_AMOUNT).sum().alias(c.TOTAL_REFUNDED),
        nw.col(c.NET_AMOUNT).sum().alias(c.NET_PAID),
        first.min().alias(c.FIRST_ORDER_AT),
        last.max().alias(c.LAST_ORDER_AT),
    )


def _records_of_crowded(picks: pl.DataFrame, records: list[Frame]) -> pl.DataFrame:
    """The records of customers who have several e-mails or phones."""
    crowded = picks.filter(SEVERAL).select(c.CUSTOMER_KEY)
    found: list[pl.DataFrame] = []
    for frame in records:
        keys = nw.from_native(crowded).lazy(frame.implementation)
        found.append(in_polars(frame.select(c.CUSTOMER_KEY, NEWNESS).join(keys, on=c.CUSTOMER_KEY, how="semi")))
    return pl.concat(found)


def _money_facts(totals: pl.DataFrame, of_no_one: pl.DataFrame) -> dict[str, Any]:
    def total(frame: pl.DataFrame, name: str) -> Decimal:
        return Decimal(frame.get_column(name).sum() or 0)

    return {
        "rows": int(totals.get_column("rows").sum()),
        "orders": int(totals.get_column(c.ORDERS).sum()),
        "total_paid": total(totals, c.TOTAL_PAID),
        "total_refunded": total(totals, c.TOTAL_REFUNDED),
        "net_paid": total(totals, c.NET_PAID),
        "rows_of_no_one": int(of_no_one.get_column("rows").sum()),
        "orders_of_no_one": int(of_no_one.get_column(c.ORDERS).sum()),
        "gross_of_no_one": total(of_no_one, c.TOTAL_PAID),
        "net_of_no_one": total(of_no_one, c.NET_PAID),
    }


def _shared_facts(counted: Frame, solved: Solved) -> dict[str, SharedKeys]:
    """How many keys were ignored, and how many rows carry one."""
    facts: dict[str, SharedKeys] = {}
    for kind, ignored in solved.shared.items():
        carries = nw.any_horizontal(*(nw.col(name).is_in(ignored) for name in KEY_KINDS[kind]), ignore_nulls=True)
        rows = in_polars(counted.filter(carries).select(nw.len().alias("rows"))).item() if ignored else 0
        facts[kind] = SharedKeys(keys=len(ignored), rows=rows)
    return facts
