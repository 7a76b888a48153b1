"""Who is who, what they paid and how to reach them, on records worked out by hand."""

from datetime import UTC, datetime
from decimal import Decimal

import duckdb
import polars as pl
import pytest

from audience_builder import columns as c
from audience_builder import ledger, schemas
from audience_builder.errors import ConfigError, DataError

KEYS = (*c.EMAIL_KEYS, c.PHONE_KEY)
ORDERS = {**schemas.ORDERS, **dict.fromkeys(KEYS, pl.String)}
CONTACTS = {**schemas.CUSTOMERS, **dict.fromkeys(KEYS, pl.String)}


def keyed(record):
    """E-mails as their own lower-case keys, the phone's digits as its key."""
    keys = {key: record[text].lower() for text, key in zip(c.EMAILS, c.EMAIL_KEYS, strict=True) if record.get(text)}
    if record.get(c.PHONE):
        keys[c.PHONE_KEY] = "+" + "".join(filter(str.isdigit, record[c.PHONE]))
    return keys | record


def orders(*records):
    """One order a record, a day apart, 10.00 paid, unless the record says otherwise."""
    rows = []
    for n, record in enumerate(records, start=1):
        gross, refunded = Decimal(record.pop("gross", "10")), Decimal(record.pop("refunded", "0"))
        defaults = {
            c.SOURCE: "orders.csv", c.SOURCE_ROW: n + 1, c.ORDER_ID: str(n), c.CURRENCY: "USD", c.STATUS: "paid",
            c.ORDERS_COUNT: 1, c.ORDERED_AT: datetime(2026, 1, n, 12, tzinfo=UTC),
            c.GROSS_AMOUNT: gross, c.REFUNDED_AMOUNT: refunded, c.NET_AMOUNT: gross - refunded,
        }  # fmt: skip
        rows.append(defaults | keyed(record))
    return pl.DataFrame(rows, schema=ORDERS)


def contacts(*records):
    return pl.DataFrame(
        [{c.SOURCE: "contacts.csv", c.SOURCE_ROW: n} | keyed(record) for n, record in enumerate(records, start=2)],
        schema=CONTACTS,
    )


def only(book):
    assert book.customers.height == 1
    return book.customers.row(0, named=True)


def test_a_chain_of_ids_and_emails_is_one_customer():
    book = ledger.build(
        orders(
            {"customer_id": "1", "email": "a@example.com"},
            {"customer_id": "2", "email": "A@example.com"},
            {"customer_id": "2", "email": "b@example.com"},
            {"email": "b@example.com"},
            {"customer_id": "3", "email": "c@example.com"},
        )
    )
    assert book.customers[c.ORDERS].to_list() == [4, 1]
    assert book.customers[c.NET_PAID].to_list() == [Decimal("40.0000"), Decimal("10.0000")]
    # a: ids 1 and 2; b: id 2 and the record without id; id 2: e-mails a and b.
    assert book.facts.merged == {"id": 1, "email": 2, "phone": 0}


def test_an_email_does_not_join_an_id_spelt_the_same():
    book = ledger.build(orders({"customer_id": "a@example.com"}, {"email": "a@example.com"}))
    assert book.facts.customers == 2


def test_a_phone_joins_only_records_that_have_neither_id_nor_email():
    records = [
        {"customer_id": "1", "phone": "+1 202 555 0101"},
        {"customer_id": "2", "phone": "+1 202 555 0101"},
        {"phone": "+1 202 555 0101"},
        {"phone": "+12025550101"},
    ]
    by_default = ledger.build(orders(*[dict(record) for record in records]))
    assert sorted(by_default.customers[c.ORDERS]) == [1, 1, 2]
    asked = ledger.build(orders(*records), identity=ledger.Identity(keys=("id", "email", "phone")))
    assert asked.customers[c.ORDERS].to_list() == [4]
    assert asked.facts.merged["phone"] == 2


def test_keys_that_were_not_asked_for_join_nobody():
    records = orders({"customer_id": "1", "email": "a@example.com"}, {"customer_id": "2", "email": "a@example.com"})
    assert ledger.build(records, identity=ledger.Identity(keys=("id",))).facts.customers == 2
    assert ledger.build(records, identity=ledger.Identity(keys=("email",))).facts.customers == 1


def test_the_email_of_a_till_joins_nobody_and_is_reported():
    till = [{"customer_id": str(n), "email": "till@example.com"} for n in range(3)]
    book = ledger.build(orders(*till, {"email": "till@example.com"}), identity=ledger.Identity(max_ids_per_key=2))
    assert book.facts.customers == 3
    assert book.facts.rows_of_no_one == 1
    assert book.facts.net_of_no_one == Decimal(10)
    assert book.facts.shared_keys["email"] == ledger.SharedKeys(keys=1, rows=4)


def test_as_many_ids_as_allowed_are_still_joined_by_an_email():
    till = [{"customer_id": str(n), "email": "till@example.com"} for n in range(3)]
    book = ledger.build(orders(*till), identity=ledger.Identity(max_ids_per_key=3))
    assert book.facts.customers == 1
    assert book.facts.shared_keys["email"].keys == 0


def test_records_without_a_key_stay_in_the_totals_but_are_no_customer():
    book = ledger.build(orders({"gross": "99.99", "refunded": "0.09"}, {"customer_id": "1"}))
    assert only(book)[c.NET_PAID] == Decimal("10.0000")
    assert book.orders.height == 1
    facts = book.facts
    assert (facts.rows, facts.orders, facts.orders_of_no_one) == (2, 2, 1)
    assert (facts.gross_of_no_one, facts.net_of_no_one) == (Decimal("99.99"), Decimal("99.90"))
    assert (facts.total_paid, facts.total_refunded, facts.net_paid) == (
        Decimal("109.99"), Decimal("0.09"), Decimal("109.90"),
    )  # fmt: skip


def test_statuses_that_do_not_count_are_ignored_with_their_contacts():
    book = ledger.build(
        orders(
            {"customer_id": "1", "city": "Oslo"},
            {"customer_id": "1", "status": "cancelled", "city": "Bergen", "gross": "500"},
            {"customer_id": "1", "status": "chargeback", "refunded": "10"},
            {"customer_id": "2", "status": "pending"},
        )
    )
    row = only(book)
    assert (row[c.CITY], row[c.ORDERS], row[c.TOTAL_PAID], row[c.TOTAL_REFUNDED]) == (
        "Oslo", 2, Decimal("20.0000"), Decimal("10.0000"),
    )  # fmt: skip


def test_refund_rows_and_ready_totals_count_the_orders_they_stand_for():
    start, end = datetime(2024, 3, 1, tzinfo=UTC), datetime(2025, 3, 1, tzinfo=UTC)
    book = ledger.build(
        orders(
            {"customer_id": "1", "orders_count": 7, "gross": "70", "ordered_at": None, "first_order_at": start,
             "last_order_at": end},
            {"customer_id": "1", "orders_count": 0, "gross": "0", "refunded": "15"},
        )
    )  # fmt: skip
    row = only(book)
    assert (row[c.ORDERS], row[c.NET_PAID]) == (7, Decimal("55.0000"))
    assert (row[c.FIRST_ORDER_AT], row[c.LAST_ORDER_AT]) == (start, end)


def test_several_currencies_are_refused_with_their_names():
    with pytest.raises(DataError, match=r"EUR, USD"):
        ledger.build(orders({"customer_id": "1"}, {"customer_id": "2", "currency": "EUR"}))


def test_names_come_from_one_record_and_places_from_one_address():
    row = only(
        ledger.build(
            orders(
                {"customer_id": "1", "first_name": "Ann", "last_name": "Old", "city": "Leeds", "postal_code": "LS1 1AA",
                 "country": "GB"},
                {"customer_id": "1", "first_name": "Anna", "country": "FR", "state": "IDF"},
            )
        )
    )  # fmt: skip
    assert (row[c.FIRST_NAME], row[c.LAST_NAME]) == ("Anna", None)
    assert (row[c.CITY], row[c.STATE], row[c.POSTAL_CODE], row[c.COUNTRY]) == ("Leeds", None, "LS1 1AA", "GB")


def test_a_country_alone_is_kept_where_no_record_has_an_address():
    row = only(ledger.build(orders({"customer_id": "1", "country": "GB"}, {"customer_id": "1"})))
    assert row[c.COUNTRY] == "GB"


def test_three_newest_emails_are_kept_once_each():
    texts = ["one@example.com", "two@example.com", "three@example.com", "four@example.com", "TWO@example.com"]
    row = only(ledger.build(orders(*[{"customer_id": "1", "email": text} for text in texts])))
    assert [row[name] for name in c.EMAILS] == ["TWO@example.com", "four@example.com", "three@example.com"]


def test_usable_emails_come_before_unusable_ones():
    broken = {"customer_id": "1", "email": "not an address", c.EMAIL_KEY: None}
    row = only(ledger.build(orders({"customer_id": "1", "email": "one@example.com"}, broken)))
    assert [row[name] for name in c.EMAILS] == ["one@example.com", "not an address", None]


def test_phones_of_all_columns_are_kept_once_each():
    row = only(
        ledger.build(
            orders(
                {"customer_id": "1", "phone": "+1 (202) 555-0101"},
                {"customer_id": "1", "phone": "+12025550102", "phone_2": "+1 (202) 555-0101"},
            )
        )
    )
    assert [row[name] for name in c.PHONES] == ["+12025550102", "+1 (202) 555-0101", None]


def test_the_newest_explicit_consent_decides():
    def consent(*said):
        return only(ledger.build(orders(*[{"customer_id": "1", "consent": one} for one in said])))[c.CONSENT]

    assert consent(True, False, None) is False
    assert consent(False, True, None) is True
    assert consent(None, None) is None


def test_records_without_a_date_are_the_oldest_and_rows_break_ties():
    same = datetime(2026, 5, 1, tzinfo=UTC)
    row = only(
        ledger.build(
            orders(
                {"customer_id": "1", "city": "First", "ordered_at": same},
                {"customer_id": "1", "city": "Second", "ordered_at": same},
                {"customer_id": "1", "city": "Undated", "ordered_at": None},
            )
        )
    )
    assert row[c.CITY] == "First"


def test_a_contact_file_wins_where_filled_and_makes_no_customers():
    book = ledger.build(
        orders(
            {"customer_id": "1", "email": "old@example.com", "city": "Leeds", "gender": "f", "consent": True},
            {"email": "b@example.com"},
            {"phone": "+1 202 555 0101"},
        ),
        contacts(
            {"customer_id": "1", "email": "new@example.com", "consent": False},
            {"customer_id": "2", "email": "B@example.com", "first_name": "Bo"},
            {"customer_id": "3", "phone": "+12025550101", "first_name": "Cy"},
            {"customer_id": "4", "email": "stranger@example.com"},
        ),
    )
    rows = {row[c.CUSTOMER_ID]: row for row in book.customers.iter_rows(named=True)}
    assert sorted(rows) == ["1", "2", "3"]
    assert [rows["1"][name] for name in c.EMAILS] == ["new@example.com", "old@example.com", None]
    assert (rows["1"][c.CITY], rows["1"][c.GENDER], rows["1"][c.CONSENT]) == ("Leeds", "f", False)
    assert (rows["2"][c.FIRST_NAME], rows["3"][c.FIRST_NAME]) == ("Bo", "Cy")
    assert book.facts.contacts_without_orders == 1


def test_a_phone_of_two_contacts_names_neither():
    book = ledger.build(
        orders({"phone": "+1 202 555 0101"}),
        contacts({"customer_id": "1", "phone": "+12025550101"}, {"customer_id": "2", "phone": "+12025550101"}),
    )
    assert only(book)[c.CUSTOMER_ID] is None


def test_no_orders_make_an_empty_ledger():
    book = ledger.build(orders())
    assert book.customers.is_empty()
    assert dict(book.customers.schema) == ledger.book.CUSTOMERS
    assert (book.facts.rows, book.facts.net_paid) == (0, Decimal(0))


def test_unknown_identity_keys_are_refused():
    with pytest.raises(ConfigError, match="id, email, phone"):
        ledger.Identity(keys=("id", "fax"))


def test_merges_are_explained_by_row_without_contact_values():
    records = orders(
        {"customer_id": "1", "email": "a@example.com"},
        {"customer_id": "1"},
        {"email": "a@example.com"},
        {"customer_id": "9"},
    )
    explained = ledger.explain_merges(records)
    assert explained.rows() == [
        (1, "orders.csv", 2, "id, email"), (1, "orders.csv", 3, "id"), (1, "orders.csv", 4, "email"),
    ]  # fmt: skip


def test_duckdb_gives_the_same_ledger():
    bought = orders(
        {"customer_id": "1", "email": "a@example.com", "phone": "+1 202 555 0101", "consent": True},
        {"customer_id": "2", "email": "a@example.com", "refunded": "3.33", "city": "Leeds"},
        {"phone": "+1 202 555 0109", "ordered_at": None},
        {"gross": "5"},
        {"email": "b@example.com", "email_2": "c@example.com"},
        {"customer_id": "7", "status": "pending"},
    )
    known = contacts({"customer_id": "5", "email": "c@example.com", "last_name": "See"})
    there = ledger.build(duckdb.from_arrow(bought.to_arrow()), duckdb.from_arrow(known.to_arrow()))
    here = ledger.build(bought, known)
    assert here.facts == there.facts
    assert here.customers.equals(there.customers)
    assert here.orders.sort(pl.all()).equals(there.orders.sort(pl.all()))
