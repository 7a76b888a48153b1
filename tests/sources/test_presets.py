"""Presets: found by presence, told apart by their columns, and what `inspect` says of a file."""

from pathlib import Path

import polars as pl
import pytest

from audience_builder.errors import ConfigError, DataError
from audience_builder.sources import SourceOptions, describe, presets, read_orders
from audience_builder.sources import detect as detecting
from audience_builder.sources.detect import best_binding, bind, fold
from audience_builder.sources.preset import load_preset, preset_named

SAMPLES = Path(__file__).parents[1] / "data" / "samples"
FOLDER = Path(__file__).parents[2] / "audience_builder" / "sources" / "presets"

# Header rows of formats without a sample, as their vendors' documentation and importers give them.
HEADERS = {
    "shopify-customers": "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,"
    "Default Address Address1,Default Address Address2,Default Address City,Default Address Province Code,"
    "Default Address Country Code,Default Address Zip,Default Address Phone,Phone,Accepts SMS Marketing,"
    "Total Spent,Total Orders,Note,Tax Exempt,Tags",
    "woocommerce-orders": "order_id,order_number,order_date,paid_date,status,shipping_total,order_total,"
    "order_subtotal,order_currency,payment_method,customer_id,customer_user,customer_email,billing_first_name,"
    "billing_last_name,billing_email,billing_phone,billing_postcode,billing_city,billing_state,billing_country",
    "square": "Date,Time,Time Zone,Gross Sales,Discounts,Service Charges,Net Sales,Gift Card Sales,Tax,Tip,"
    "Partial Refunds,Total Collected,Source,Card,Transaction ID,Payment ID,Event Type,Customer ID,Customer Name",
    "squarespace": "Order ID,Email,Financial Status,Paid at,Currency,Subtotal,Shipping,Taxes,Amount Refunded,Total,"
    "Created at,Lineitem quantity,Lineitem name,Billing Name,Billing Zip,Billing Country,Billing Phone",
    "magento-orders": "ID,Purchase Point,Purchase Date,Bill-to Name,Ship-to Name,Grand Total (Base),"
    "Grand Total (Purchased),Status,Customer Email,Total Refunded",
    "prestashop-customers": "ID,Social title,First name,Last name,Email address,Company,Sales,Enabled,Newsletter,"
    "Partner offers,Registration,Last visit",
    "ebay": "Sales Record Number,Order Number,Buyer Username,Buyer Name,Buyer Email,Ship To Phone,Quantity,Sold For,"
    "Total Price,Payment Method,Sale Date,Paid On Date",
    "salesforce": "Opportunity Name,Amount Currency,Amount,Amount (converted) Currency,Amount (converted),Stage,"
    "Close Date",
    "gohighlevel-contacts": "Contact Id,First Name,Last Name,Name,Phone,Email,Created,Last Activity,Tags",
    "generic-orders": "order_id,customer_id,kind,ordered_at,country,currency,amount",
}


def test_every_preset_file_is_found_and_named_like_its_file():
    assert [preset.id for preset in presets()] == sorted(file.stem for file in FOLDER.glob("*.toml"))


@pytest.mark.parametrize(("preset", "header"), HEADERS.items())
def test_header_row_of_a_format_is_recognised(preset, header):
    assert best_binding(header.split(","), {}).preset.id == preset


@pytest.mark.parametrize("preset", [preset for preset in presets() if preset.detect.columns], ids=lambda one: one.id)
def test_columns_that_tell_a_format_tell_no_other_one(preset):
    assert best_binding(preset.detect.columns, {}).preset.id == preset.id


@pytest.mark.parametrize("preset", presets(), ids=lambda one: one.id)
def test_every_preset_names_some_identity_or_order(preset):
    assert {"order_id", "customer_id", "email"} & set(preset.fields)


def test_headers_match_without_case_spaces_and_underscores():
    binding = bind(preset_named("bigcommerce"), ["ORDER_ID", " customer  email ", "Order date"])
    assert binding.header("Order ID") == "ORDER_ID"
    assert binding.header("Customer Email") == " customer  email "
    assert binding.header("Order Status") is None
    assert fold("Zip/Postal-Code") == "zip/postal code"


def test_tie_between_presets_is_asked_not_guessed(monkeypatch):
    twins = [
        load_preset(f'id = "{name}"\ntitle = "T"\nkind = "orders"\n[detect]\ncolumns = ["A", "B"]\n', name)
        for name in ("first-one", "second-one")
    ]
    monkeypatch.setattr(detecting, "presets", lambda: twins)
    with pytest.raises(DataError, match=r"first-one \(T\), second-one \(T\).*--preset"):
        best_binding(["A", "B", "C"], {})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id = ", "no TOML"),
        ('id = "x"\ntitle = "x"\nkind = "orders"\n[detect]\n', "detect needs columns or fields"),
        (
            'id = "x"\ntitle = "x"\nkind = "orders"\n[detect]\ncolumns = ["A"]\n[fields]\nmail = ["B"]\n',
            "unknown fields mail",
        ),
        (
            'id = "x"\ntitle = "x"\nkind = "orders"\n[detect]\ncolumns = ["A"]\n[rows]\nmode = "sum"\n',
            "needs rows.key",
        ),
    ],
)
def test_wrong_preset_says_what_is_wrong(text, said):
    with pytest.raises(ConfigError, match=said):
        load_preset(text, "x.toml")


def test_description_names_fields_statuses_currencies_and_dates():
    told = describe(SAMPLES / "synthetic" / "shopify_orders.csv")
    assert told.preset.id == "shopify-orders"
    assert told.mapped["phone"] == ("Phone", "Billing Phone", "Shipping Phone")
    assert told.mapped["gross_amount"] == ("Total",)
    assert "Lineitem price" in told.unmapped
    assert told.currencies == {"usd": 8}
    assert told.statuses == {"paid": 4, "partially refunded": 1, "pending": 1, "refunded": 1, "voided": 1}
    assert (told.first_date.day, told.last_date.day) == (6, 13)
    assert told.contact_coverage["email"] == pytest.approx(10 / 11)
    assert told.problems == ()


def test_description_holds_no_contact_value():
    for file in (
        "shopify_orders.csv",
        "stripe_payments.csv",
        "paypal_activity.csv",
        "mailchimp_audience.csv",
    ):
        said = str(describe(SAMPLES / "synthetic" / file)).casefold()
        for value in ("ann@example.com", "bob@example.com", "2125550100", "cruz", "02134"):
            assert value not in said


def test_description_of_an_unknown_file_names_the_nearest_formats(tmp_path):
    path = tmp_path / "half.csv"
    path.write_text("Order ID,Customer Email,Order Date,Grand sum\n1,a@example.com,2026-05-01,5\n", "utf-8")
    told = describe(path)
    assert told.candidates[0].preset == "bigcommerce"
    assert set(told.candidates[0].missing) == {"Order Status", "Order Total (inc tax)"}


def test_description_says_what_stands_in_the_way():
    told = describe(SAMPLES / "synthetic" / "stripe_payments.csv")
    assert any("several currencies" in problem for problem in told.problems)
    assert told.currencies == {"usd": 5, "jpy": 1}


def test_real_retail_orders_are_read_as_generic_with_their_returns(tmp_path):
    path = tmp_path / "retail.csv"
    path.write_text(
        "order_id,customer_id,kind,ordered_at,country,currency,amount\n"
        "489434,13085,sale,2009-12-01 07:45,GB,GBP,505.30\n"
        "C489449,16321,refund,2009-12-01 10:33,AU,GBP,-196.10\n",
        "utf-8",
    )
    found = read_orders([path], SourceOptions())
    assert found.files[0].preset == "generic-orders"
    assert found.table.select(pl.col("gross_amount", "refunded_amount").cast(pl.Float64)).rows() == [
        (505.3, 0),
        (0, 196.1),
    ]
    assert found.table["orders_count"].to_list() == [1, 0]
    assert found.table["status"].to_list() == ["paid", "refunded"]
