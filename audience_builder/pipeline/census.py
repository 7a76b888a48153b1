"""Every customer of all parts of the ledger: contact text laid aside, figures kept."""

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from audience_builder import columns as c
from audience_builder import ledger
from audience_builder.contacts import ContactRules, birth_orders
from audience_builder.ledger.frames import ANCHOR
from audience_builder.links import Digests, among, repeated
from audience_builder.matchkeys.birth import Order
from audience_builder.shelf import Shelf

__all__ = ["ROW", "Census", "People"]

ROW: Final = "row"
"""Where a customer's figures are."""

Rows: TypeAlias = npt.NDArray[np.uint32]

_FIGURES: Final = (c.ORDERS, c.NET_PAID, c.FIRST_ORDER_AT, c.LAST_ORDER_AT)
_OF_ORDERS: Final = (c.ORDERED_AT, c.GROSS_AMOUNT, c.REFUNDED_AMOUNT, c.ORDERS_COUNT)
_ADDRESS: Final = "address"


class People:
    """Customers: their figures all at once, everything else part by part.

    Attributes:
        birth_orders: What all birth dates show of the order of day and month.
        sharing: How many customers carry an e-mail that others carry too.
    """

    def __init__(
        self, figures: pl.DataFrame, orders: pl.DataFrame, shelf: Shelf, rows: tuple[Rows, ...],
        birth_orders: frozenset[Order], addresses: Digests,
    ) -> None:  # fmt: skip
        self.birth_orders = birth_orders
        self._figures: pl.DataFrame | None = figures
        self._orders: pl.DataFrame | None = orders
        self._keys = figures[c.CUSTOMER_KEY]
        self._shelf = shelf
        self._rows = rows
        self._shared_addresses = repeated(addresses)
        self.sharing = int(among(pl.Series(addresses), self._shared_addresses).sum())

    def figures(self) -> pl.DataFrame:
        """``customer_key`` and what values are worked out from, in the order of the key; handed over, not kept."""
        figures, self._figures = self._figures, None
        if figures is None:
            raise RuntimeError("the figures are handed over already")
        return figures

    def orders(self) -> pl.DataFrame:
        """What the ledger's orders tell of money and days; handed over, not kept."""
        orders, self._orders = self._orders, None
        if orders is None:
            raise RuntimeError("the orders are handed over already")
        return orders

    @property
    def parts(self) -> int:
        """How many parts there are."""
        return len(self._rows)

    def part(self, number: int) -> pl.DataFrame:
        """The customers of one part, columns as in the ledger, with ``customer_key`` and ``row`` of the figures.

        E-mails that several customers carry are blank: had they been one person's, they would have joined
        them.
        """
        rows = self._rows[number]
        people = self._shelf.frame(0, number).drop(ANCHOR)
        shared = among(_address_digests(people), self._shared_addresses)
        return people.with_columns(
            pl.Series(c.CUSTOMER_KEY, self._keys.gather(rows)),
            pl.Series(ROW, rows),
            pl.when(~shared).then(pl.col(c.EMAIL)).alias(c.EMAIL),
        )


class Census:
    """Takes the parts of the ledger, one after the other.

    Args:
        rules: How contact text is read.
        block_rows: Customers kept in memory with their contact text; None for all.
    """

    def __init__(self, rules: ContactRules, block_rows: int | None) -> None:
        self._rules = rules
        self._shelf = Shelf(block_rows)
        self._figures = Shelf(block_rows)
        self._orders = Shelf(block_rows)
        self._addresses = Shelf(block_rows)
        self._birth_orders: frozenset[Order] = frozenset()
        self._customers = 0

    def add(self, book: ledger.Ledger) -> None:
        """Take one part."""
        customers = book.customers
        key = customers[c.CUSTOMER_KEY]
        self._birth_orders |= birth_orders(customers, self._rules)
        self._addresses.put(_address_digests(customers).drop_nulls().to_frame())
        self._figures.put(customers.select(c.CUSTOMER_KEY, *_FIGURES))
        person = key.search_sorted(book.orders[c.CUSTOMER_KEY]).cast(pl.UInt32) + self._customers
        self._orders.put(book.orders.select(person.alias(c.CUSTOMER_KEY), *_OF_ORDERS))
        self._shelf.put(customers.drop(c.CUSTOMER_KEY).with_columns(_anchors(book)))
        self._customers += customers.height

    def people(self) -> People:
        """All customers, numbered as one ledger of them all numbers them: by their smallest key."""
        figures, rows = self._numbered()
        person = np.concatenate(rows)
        orders = self._orders.table()
        keys = figures[c.CUSTOMER_KEY].gather(person[orders[c.CUSTOMER_KEY].to_numpy()])
        addresses = self._addresses.table().to_series().to_numpy(writable=True)
        people = People(
            figures, orders.with_columns(keys.alias(c.CUSTOMER_KEY)), self._shelf, rows, self._birth_orders, addresses
        )
        for shelf in (self._figures, self._orders, self._addresses):
            shelf.clear()
        return people

    def _numbered(self) -> tuple[pl.DataFrame, tuple[Rows, ...]]:
        """Figures in the order of all customers' smallest keys, and the row of each customer of each part."""
        figures = self._figures.table()
        if self._figures.count() == 1:
            return figures, (np.arange(figures.height, dtype=np.uint32),)
        anchors = pl.concat([frame[ANCHOR] for frame in self._shelf.frames(0, [ANCHOR])])
        order = anchors.arg_sort()
        del anchors
        ordered = (
            figures.drop(c.CUSTOMER_KEY)
            .select(pl.all().gather(order))
            .with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias(c.CUSTOMER_KEY))
        )
        row = np.empty(self._customers, np.uint32)
        row[order.to_numpy()] = np.arange(self._customers, dtype=np.uint32)
        heights = [self._figures.rows_of(number) for number in range(self._figures.count())]
        return ordered, tuple(np.split(row, np.cumsum(heights)[:-1]))


def _address_digests(customers: pl.DataFrame) -> pl.Series:
    address = pl.col(c.EMAIL).str.to_lowercase()
    return customers.select(pl.when(address.is_not_null()).then(address.hash()).alias(_ADDRESS)).to_series()


def _anchors(book: ledger.Ledger) -> pl.Series:
    keys = book.customers.select(c.CUSTOMER_KEY)
    return keys.join(book.anchors, on=c.CUSTOMER_KEY, how="left", maintain_order="left")[ANCHOR]
