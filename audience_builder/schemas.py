"""The tables that go from room to room: their columns and types."""

from typing import Final

import polars as pl

from audience_builder import columns as c

MONEY: Final = pl.Decimal(18, c.MONEY_SCALE)
INSTANT: Final = pl.Datetime("us", "UTC")

CONTACTS: Final = {
    c.CUSTOMER_ID: pl.String,
    **dict.fromkeys((*c.EMAILS, *c.PHONES), pl.String),
    **dict.fromkeys((c.FIRST_NAME, c.LAST_NAME, c.FULL_NAME), pl.String),
    **dict.fromkeys((c.CITY, c.STATE, c.POSTAL_CODE, c.COUNTRY), pl.String),
    **dict.fromkeys((c.GENDER, c.DATE_OF_BIRTH, c.MOBILE_ID), pl.String),
    c.CONSENT: pl.Boolean,
}
"""What is known of a person; every field may be null."""

ORDERS: Final = {
    c.SOURCE: pl.String,
    c.SOURCE_ROW: pl.Int64,
    c.ORDER_ID: pl.String,
    **CONTACTS,
    c.ORDERED_AT: INSTANT,
    c.CURRENCY: pl.String,
    c.GROSS_AMOUNT: MONEY,
    c.REFUNDED_AMOUNT: MONEY,
    c.NET_AMOUNT: MONEY,
    c.STATUS: pl.String,
    c.ORDERS_COUNT: pl.Int64,
    c.FIRST_ORDER_AT: INSTANT,
    c.LAST_ORDER_AT: INSTANT,
}
"""One row per order or payment, refunds folded in.

``orders_count`` is 1 for an order, 0 for a refund row that names no order of its own, and n for a
row that is already a customer's total over n orders (then ``ordered_at`` is null and
``first_order_at`` / ``last_order_at`` hold what the export says). ``currency``, the three amounts,
``status``, ``orders_count``, ``source`` and ``source_row`` are never null.
"""

CUSTOMERS: Final = {c.SOURCE: pl.String, c.SOURCE_ROW: pl.Int64, **CONTACTS}
"""One row per record of a contact export, joined to orders by id, else by e-mail."""

REJECTS: Final = {c.FILE: pl.String, c.LINE: pl.Int64, c.COLUMN: pl.String, c.REASON: pl.String}
"""One row per refused row; never a value of the row itself."""
