"""Every sample export is read to totals that were added up by hand."""

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from audience_builder import columns, schemas
from audience_builder.errors import DataError
from audience_builder.sources import COUNTING, Orders, SourceOptions, read_customers, read_orders

SAMPLES = Path(__file__).parents[1] / "data" / "samples"

# file, options, preset, orders that count, paid, refunded
TOTALS = [
    ("synthetic/shopify_orders.csv", {}, "shopify-orders", 5, "194.95", "90.00"),
    ("synthetic/stripe_payments.csv", {"only_currency": "USD"}, "stripe-payments", 4, "209.95", "115.00"),
    ("synthetic/stripe_payments.csv", {"only_currency": "JPY"}, "stripe-payments", 1, "5000", "0"),
    ("synthetic/stripe_payments.csv", {"converted": True}, "stripe-payments", 5, "242.05", "115.00"),
    ("synthetic/stripe_customers.csv", {"currency": "USD"}, "stripe-customers", 2, "120.00", "40.00"),
    ("synthetic/paypal_activity.csv", {}, "paypal", 2, "1134.95", "40.00"),
    ("synthetic/bigcommerce_orders.csv", {}, "bigcommerce", 3, "184.95", "90.00"),
    ("synthetic/amazon_fulfilled_shipments.txt", {}, "amazon-shipments", 1, "100.00", "0"),
    ("synthetic/wix_orders.csv", {}, "wix-orders", 1, "100.00", "40.00"),
    ("synthetic/etsy_sold_orders.csv", {}, "etsy", 2, "134.95", "40.00"),
    ("synthetic/prestashop_orders.csv", {"currency": "EUR"}, "prestashop-orders", 2, "1300.50", "50.00"),
    (
        "synthetic/woocommerce_analytics_customers.csv",
        {"currency": "EUR"},
        "woocommerce-customers",
        3,
        "94.95",
        "0",
    ),
    (
        "synthetic/woocommerce_analytics_orders.csv",
        {"currency": "USD"},
        "woocommerce-analytics-orders",
        *(1, "90.00", "40.00"),
    ),
    ("synthetic/klaviyo_profiles.csv", {"currency": "USD"}, "klaviyo-profiles", 1, "60.00", "0"),
    ("synthetic/keap_orders.csv", {"currency": "USD"}, "keap-orders", 1, "1100.00", "0"),
    ("synthetic/hubspot_deals.csv", {}, "hubspot-deals", 1, "100.00", "0"),
    ("synthetic/generic_orders_excel_damage.csv", {}, "generic-orders", 2, "1260.00", "50.00"),
    ("traps/cp1252.csv", {"currency": "EUR"}, "generic-orders", 1, "10.50", "0"),
    ("traps/cr.csv", {"currency": "EUR"}, "generic-orders", 2, "11", "0"),
    ("traps/foot.csv", {"currency": "EUR"}, "generic-orders", 2, "11", "0"),
    ("traps/nlquote.csv", {"currency": "EUR"}, "generic-orders", 2, "15.50", "0"),
    ("traps/nul.csv", {"currency": "EUR"}, "generic-orders", 2, "11", "0"),
    ("traps/pre.csv", {"currency": "EUR"}, "generic-orders", 1, "5", "0"),
    ("traps/sep.csv", {"currency": "EUR"}, "generic-orders", 1, "10.50", "0"),
    ("traps/trail.csv", {"currency": "EUR"}, "generic-orders", 2, "11", "0"),
    ("third_party/BatManUtd__ltv-cohort-kit/shopify_orders.csv", {}, "shopify-orders", 8, "995.00", "10.00"),
    (
        "third_party/BatManUtd__ltv-cohort-kit/shopify_orders_sample.csv",
        {},
        "shopify-orders",
        127,
        "15063.00",
        "423.75",
    ),
    (
        "third_party/dbt-labs__jaffle_shop/raw_payments.csv",
        {"currency": "USD"},
        "jaffle-payments",
        99,
        "1672.00",
        "0",
    ),
    (
        "third_party/fivetran__dbt_recharge_source/charge_data.csv",
        {"currency": "USD"},
        "recharge-charges",
        0,
        "0",
        "0",
    ),
    (
        "third_party/fivetran__dbt_recharge_source/order_data.csv",
        {"currency": "USD"},
        "recharge-orders",
        2,
        "26.40",
        "0",
    ),
    (
        "third_party/fivetran__dbt_recharge_source/orders_data.csv",
        {"currency": "USD"},
        "recharge-orders",
        2,
        "26.40",
        "0",
    ),
    (
        "third_party/fivetran__dbt_amazon_selling_partner/orders.csv",
        {},
        "amazon-selling-partner",
        *(51, "11696.41", "0"),
    ),
    (
        "third_party/fivetran__dbt_shopify/shopify_gql_customer_data.csv",
        {"only_currency": "CAD"},
        "shopify-warehouse-customers",
        *(11, "689.00", "0"),
    ),
]


def counting(orders: Orders) -> pl.DataFrame:
    return orders.table.filter(pl.col(columns.STATUS).is_in(COUNTING))


def per_customer(orders: Orders, column: str = columns.EMAIL) -> dict[str | None, tuple[str, str]]:
    rows = (
        counting(orders)
        .group_by(pl.col(column).str.to_lowercase())
        .agg(pl.col(columns.GROSS_AMOUNT).sum(), pl.col(columns.REFUNDED_AMOUNT).sum())
    )
    return {who: (f"{paid:.2f}", f"{refunded:.2f}") for who, paid, refunded in rows.iter_rows()}


@pytest.mark.parametrize("case", TOTALS, ids=lambda case: case[0])
def test_sample_is_recognised_and_adds_up_to_the_hand_worked_totals(case):
    file, options, preset, orders, paid, refunded = case
    found = read_orders([SAMPLES / file], SourceOptions(**options))
    table = counting(found)
    assert found.files[0].preset == preset
    assert table[columns.ORDERS_COUNT].sum() == orders
    assert table[columns.GROSS_AMOUNT].sum() == Decimal(paid)
    assert table[columns.REFUNDED_AMOUNT].sum() == Decimal(refunded)
    assert table[columns.NET_AMOUNT].sum() == Decimal(paid) - Decimal(refunded)


@pytest.mark.parametrize(("file", "options"), [(row[0], row[1]) for row in TOTALS])
def test_every_row_read_is_accounted_for(file, options):
    found = read_orders([SAMPLES / file], SourceOptions(**options))
    (facts,) = found.files
    assert facts.rows_read > 0
    assert facts.rows_read == (
        facts.rows_rejected + sum(facts.rows_dropped.values()) + facts.rows_as_lines + facts.orders
    )
    assert facts.orders == found.table.height
    assert found.table.schema == pl.Schema(schemas.ORDERS)
    assert found.rejects.schema == pl.Schema(schemas.REJECTS)


def test_shopify_customers_get_their_own_money_and_the_rest_is_left_out_by_name():
    found = read_orders([SAMPLES / "synthetic/shopify_orders.csv"])
    assert per_customer(found) == {
        "ann@example.com": ("100.00", "40.00"),
        "bob@example.com": ("84.95", "50.00"),
        "dee@example.com": ("0.00", "0.00"),
        None: ("10.00", "0.00"),
    }
    left = {(one.status, one.said): one.amount for one in found.left_out}
    assert left == {
        ("pending", "pending"): Decimal("127.59"),
        ("cancelled", "paid"): Decimal("20.00"),
        ("cancelled", "voided"): Decimal("30.00"),
    }


def test_shopify_contact_text_is_cleaned_but_not_normalised():
    row = read_orders([SAMPLES / "synthetic/shopify_orders.csv"]).table.row(0, named=True)
    assert row["email"] == "Ann@Example.com"
    assert row["postal_code"] == "02134"
    assert row["ordered_at"].isoformat() == "2026-05-13T13:55:16+00:00"
    assert row["consent"] is True


def test_lost_stripe_dispute_takes_the_money_back():
    found = read_orders([SAMPLES / "synthetic/stripe_payments.csv"], SourceOptions(only_currency="USD"))
    assert per_customer(found) == {
        "ann@example.com": ("100.00", "40.00"),
        "bob@example.com": ("84.95", "50.00"),
        "cat@example.com": ("25.00", "25.00"),
    }
    assert found.table.filter(pl.col("email") == "cat@example.com")["status"].to_list() == ["chargeback"]
    assert [(one.status, str(one.amount)) for one in found.left_out] == [("failed", "34.9500")]


def test_paypal_refund_goes_into_the_order_it_names():
    found = read_orders([SAMPLES / "synthetic/paypal_activity.csv"])
    assert per_customer(found) == {
        "ann@example.com": ("1100.00", "40.00"),
        "bob@example.com": ("34.95", "0.00"),
    }
    assert found.table["ordered_at"][0].isoformat() == "2026-05-13T16:55:16+00:00"


def test_unlinked_negative_row_lowers_the_customer_and_is_said():
    found = read_orders([SAMPLES / "synthetic/generic_orders_excel_damage.csv"])
    row = found.table.filter(pl.col("email") == "bob@example.com").row(0, named=True)
    assert (row["orders_count"], row["gross_amount"], row["refunded_amount"]) == (0, 0, 50)
    assert row["status"] == "refunded"
    assert any("below zero" in note for note in found.files[0].notes)
    assert found.table["email"][2] is None


def test_wix_billing_block_wins_over_delivery():
    row = read_orders([SAMPLES / "synthetic/wix_orders.csv"]).table.row(0, named=True)
    assert (row["country"], row["postal_code"], row["phone"]) == ("US", "02134", "+12125550100")
    assert row["ordered_at"].isoformat() == "2026-05-13T09:55:16+00:00"


def test_hubspot_deal_counts_for_its_first_contact_only():
    table = read_orders([SAMPLES / "synthetic/hubspot_deals.csv"]).table
    assert table.filter(pl.col("status") == "paid")["customer_id"].to_list() == ["501"]


def test_footers_are_reported_not_lost():
    found = read_orders([SAMPLES / "traps/foot.csv"], SourceOptions(currency="EUR"))
    (facts,) = found.files
    assert facts.rows_rejected + sum(facts.rows_dropped.values()) == 2


def test_ragged_rows_are_named_by_line():
    with pytest.raises(DataError, match="Of 2 rows 2 were refused"):
        read_orders([SAMPLES / "traps/ragged.csv"], SourceOptions(currency="EUR"))


def test_two_decimal_marks_in_one_column_are_refused_with_line_numbers():
    with pytest.raises(DataError, match=r"mixes two decimal marks.*lines 2, 3; a comma on lines 4"):
        read_orders([SAMPLES / "traps/money.csv"], SourceOptions(currency="EUR"))


@pytest.mark.parametrize(
    ("file", "preset", "rows"),
    [
        ("synthetic/keap_contacts.csv", "keap-contacts", 1),
        ("synthetic/hubspot_contacts.csv", "hubspot-contacts", 2),
        ("synthetic/mailchimp_audience.csv", "mailchimp-audience", 1),
        ("synthetic/stripe_customers.csv", "stripe-customers", 2),
        ("synthetic/shopify_orders.csv", "shopify-orders", 11),
        ("third_party/fivetran__dbt_recharge_source/customer_data.csv", "recharge-customers", 2),
        ("third_party/dbt-labs__jaffle_shop/raw_customers.csv", "generic-customers", 100),
    ],
)
def test_contact_exports_become_customer_records(file, preset, rows):
    found = read_customers([SAMPLES / file])
    assert found.files[0].preset == preset
    assert found.table.height == rows
    assert found.table.schema == pl.Schema(schemas.CUSTOMERS)


def test_keap_contact_carries_the_id_its_orders_name():
    row = read_customers([SAMPLES / "synthetic/keap_contacts.csv"]).table.row(0, named=True)
    orders = read_orders([SAMPLES / "synthetic/keap_orders.csv"], SourceOptions(currency="USD")).table
    assert row["customer_id"] == orders["customer_id"][0] == "4711"
    assert (row["email"], row["phone"], row["postal_code"]) == ("ann@example.com", "(212) 555-0100", "2134")


def test_words_that_look_like_nothing_stay_names_and_countries():
    table = read_customers([SAMPLES / "traps/na.csv"]).table
    assert table["last_name"].to_list() == ["Null", "None"]
    assert table["first_name"].to_list() == ["Joe", "Nan"]
    assert table["country"].to_list() == ["NA", "NA"]
