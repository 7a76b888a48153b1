"""Rules that hold for orders of every format, and what is said when a file breaks them."""

from decimal import Decimal

import polars as pl
import pytest

from audience_builder.errors import ConfigError, DataError
from audience_builder.sources import SourceOptions, read_customers, read_orders

HEADER = "order id,email,date,currency,total"
CANARIES = ("canary@example.com", "+12125550199")


@pytest.fixture
def file(tmp_path):
    def written(text, name="orders.csv"):
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return path

    return written


def orders(path, **options):
    found = read_orders([path] if not isinstance(path, list) else path, SourceOptions(**options))
    for facts in found.files:
        dropped = sum(facts.rows_dropped.values())
        assert facts.rows_read == facts.rows_rejected + dropped + facts.rows_as_lines + facts.orders
    return found


def money(found):
    return [
        (f"{gross:.2f}", f"{back:.2f}") for gross, back in found.table.select("gross_amount", "refunded_amount").rows()
    ]


def refusal(path, error=DataError, **options):
    with pytest.raises(error) as caught:
        read_orders([path], SourceOptions(**options))
    for canary in CANARIES:
        assert canary not in str(caught.value)
    assert caught.value.wrong
    assert caught.value.fix
    return caught.value


# what is asked of the user


def test_currency_is_never_assumed(file):
    error = refusal(file("email,total\ncanary@example.com,$5\n"))
    assert "does not say in which currency" in error.wrong
    assert "--currency" in error.fix


def test_given_currency_fills_blank_cells_only(file):
    path = file(f"{HEADER}\n1,a@example.com,2026-05-01,,5\n2,b@example.com,2026-05-01,EUR,6\n")
    assert orders(path, currency="EUR").table["currency"].to_list() == ["EUR", "EUR"]
    assert orders(path).rejects["reason"].to_list() == ["no currency"]


def test_mixed_currencies_are_broken_down_with_three_ways_out(file):
    path = file(f"{HEADER}\n1,canary@example.com,2026-05-01,usd,5\n2,b@example.com,2026-05-01,EUR,7.50\n3,,,EUR,1\n")
    error = refusal(path)
    assert "EUR: 2 orders, 8.50, 67%" in error.found
    assert "USD: 1 orders, 5.00, 33%" in error.found
    for way in ("--only-currency", "--rates", "--converted"):
        assert way in error.fix
    kept = orders(path, only_currency="EUR")
    assert money(kept) == [("7.50", "0.00"), ("1.00", "0.00")]
    assert kept.files[0].rows_dropped == {"in another currency than EUR": 1}


def test_two_files_in_two_currencies_are_the_same_case(file):
    one = file(f"{HEADER}\n1,a@example.com,2026-05-01,USD,5\n", "one.csv")
    two = file(f"{HEADER}\n2,a@example.com,2026-05-01,EUR,5\n", "two.csv")
    with pytest.raises(DataError, match="several currencies"):
        orders([one, two])


def test_unknown_currency_code_rejects_the_row(file):
    found = orders(file(f"{HEADER}\n1,a@example.com,2026-05-01,EUR,5\n2,b@example.com,2026-05-01,EURO,5\n"))
    assert found.rejects.select("line", "column", "reason").row(0) == (
        3,
        "currency",
        "currency is no ISO 4217 code",
    )


def test_rates_convert_each_order_at_its_own_day_and_refunds_at_the_orders_rate(file):
    path = file(
        "order id,email,date,currency,total,refund\n"
        "1,a@example.com,2026-05-04,USD,108.35,108.35\n"
        "2,b@example.com,2026-05-03,USD,50,0\n"
        "3,c@example.com,2026-05-04,EUR,7,0\n"
    )
    rates = file("date,currency,rate\n2026-05-01,USD,1.25\n2026-05-04,USD,1.0835\n", "rates.csv")
    found = orders(path, rates=rates, report_currency="EUR")
    assert money(found) == [("100.00", "100.00"), ("40.00", "0.00"), ("7.00", "0.00")]
    assert set(found.table["currency"]) == {"EUR"}


def test_order_without_a_rate_stops_the_run(file):
    path = file(f"{HEADER}\n1,canary@example.com,2026-05-20,USD,5\n")
    rates = file("date,currency,rate\n2026-05-01,USD,1.25\n", "rates.csv")
    error = refusal(path, rates=rates, report_currency="EUR")
    assert "USD (1)" in error.found


def test_unknown_status_words_are_listed_with_counts(file):
    path = file("order id,email,currency,total,status\n1,a@example.com,EUR,5,sent off\n2,,EUR,5,canary@example.com\n")
    error = refusal(path)
    assert "sent off (1), 1 more" in error.found
    assert "--status-map" in error.fix
    mapped = orders(path, status_map={"Sent off": "paid", "canary@example.com": "failed"})
    assert mapped.table["status"].to_list() == ["paid", "failed"]


def test_day_and_month_that_cannot_be_told_apart_are_asked(file):
    path = file(f"{HEADER}\n1,canary@example.com,05/06/2026,EUR,5\n")
    error = refusal(path)
    assert "cannot be told apart" in error.wrong
    assert "--date-order" in error.fix
    assert orders(path, date_order="dmy").table["ordered_at"][0].month == 6
    assert orders(path, date_order="mdy").table["ordered_at"][0].month == 5


def test_single_groups_of_three_need_the_decimal_mark(file):
    path = file(f"{HEADER}\n1,canary@example.com,2026-05-01,EUR,1.250\n")
    assert "--decimal" in refusal(path).fix
    assert money(orders(path, decimal=",")) == [("1250.00", "0.00")]
    assert money(orders(path, decimal=".")) == [("1.25", "0.00")]


def test_consent_in_unknown_words_is_refused_without_showing_people(file):
    path = file("email,currency,total,agreed\na@example.com,EUR,5,perhaps\nb@example.com,EUR,5,canary@example.com\n")
    error = refusal(path, consent="agreed")
    assert "perhaps (1), 1 more" in error.found


def test_consent_words_become_true_false_and_null(file):
    rows = "".join(
        f"a{n}@example.com,EUR,5,{word}\n" for n, word in enumerate(["Ja", "no", "", "SUBSCRIBED", "0", "sí"])
    )
    found = orders(file(f"email,currency,total,agreed\n{rows}"), consent="Agreed")
    assert found.table["consent"].to_list() == [True, False, None, True, False, True]


# presets and mapping


def test_unknown_file_is_named_by_its_columns(file):
    error = refusal(file("foo,bar\ncanary@example.com,5\n"))
    assert "orders.csv" in error.wrong
    assert "--map" in error.fix


def test_unknown_file_is_readable_once_amount_and_identity_are_mapped(file):
    path = file('Wer,Wieviel,Waehrg\na@example.com,"1.250,50",EUR\n')
    found = orders(path, mapping={"email": "Wer", "gross_amount": "wieviel", "currency": "Waehrg"})
    assert found.table.select("email", "currency").row(0) == ("a@example.com", "EUR")
    assert money(found) == [("1250.50", "0.00")]


def test_mapping_overrides_one_field_of_a_preset(file):
    path = file("order id,email,Other mail,currency,total\n1,a@example.com,b@example.com,EUR,5\n")
    assert orders(path, mapping={"email": "other mail"}).table["email"].to_list() == ["b@example.com"]


def test_mapped_column_that_is_not_there_is_refused(file):
    error = refusal(
        file("order id,email,total\n1,canary@example.com,5\n"), mapping={"email": "E-Mail 9"}, currency="EUR"
    )
    assert "E-Mail 9" in error.wrong


def test_unknown_field_and_preset_are_setting_errors(file):
    path = file(f"{HEADER}\n1,a@example.com,2026-05-01,EUR,5\n")
    assert "There are:" in refusal(path, ConfigError, mapping={"mail": "email"}).found
    assert "shopify-orders" in refusal(path, ConfigError, preset="shopifi").found


def test_file_that_is_not_of_the_named_preset_says_what_it_lacks(file):
    error = refusal(file(f"{HEADER}\n1,canary@example.com,2026-05-01,EUR,5\n"), preset="shopify-orders")
    assert "Lineitem name" in error.found


def test_own_preset_file_reads_lines_and_linked_returns(file):
    preset = file(
        'id = "till"\ntitle = "Till"\nkind = "orders"\n'
        '[detect]\ncolumns = ["Receipt", "Line total", "Kind"]\n'
        '[rows]\nmode = "sum"\nkey = ["Receipt"]\n'
        '[fields]\norder_id = ["Receipt"]\nemail = ["Member"]\n'
        '[money]\ngross = ["Line total"]\n'
        '[refund_rows]\nwhen = [{ "Kind" = ["Return"] }]\nlink = ["Original"]\n',
        "till.toml",
    )
    path = file(
        "Receipt,Member,Line total,Kind,Original\n"
        "R1,a@example.com,10.00,Sale,\nR1,,5.50,Sale,\nR2,a@example.com,-5.50,Return,R1\nR3,b@example.com,-2,Return,R0\n"
    )
    found = orders(path, preset=str(preset), currency="EUR")
    assert money(found) == [("15.50", "5.50"), ("0.00", "2.00")]
    assert found.table["status"].to_list() == ["partially_refunded", "refunded"]
    assert found.table["orders_count"].to_list() == [1, 0]
    assert found.files[0].rows_as_lines == 2


def test_wrong_preset_file_names_every_wrong_key(file):
    preset = file('id = "x"\ntitle = "x"\nkind = "orders"\ncolour = "red"\n[detect]\ncolumns = ["A"]\n', "x.toml")
    error = refusal(file("A\n1\n"), ConfigError, preset=str(preset))
    assert "colour" in error.found


# rows


def test_second_line_of_a_number_with_its_own_total_is_another_order(file):
    path = file(
        "Name,Email,Financial Status,Created at,Total,Currency,Lineitem name,Id\n"
        "#1,a@example.com,paid,2026-05-01 10:00:00 +0000,10.00,USD,x,71\n"
        "#1,a@example.com,,,,,y,\n"
        "#1,b@example.com,paid,2026-05-02 10:00:00 +0000,20.00,USD,z,72\n"
    )
    found = orders(path)
    assert found.table.select("order_id", "email").rows() == [
        ("71", "a@example.com"),
        ("72", "b@example.com"),
    ]
    assert found.files[0].rows_as_lines == 1


def test_lines_whose_first_line_is_missing_are_refused(file):
    head = "Name,Email,Financial Status,Created at,Total,Currency,Lineitem name\n"
    rows = (
        "#0,a@example.com,,,,,y\n"
        "#1,a@example.com,paid,2026-05-01,10.00,USD,x\n"
        "#2,b@example.com,paid,2026-05-01,1.00,USD,x\n"
    )
    found = orders(file(head + rows))
    assert found.rejects.select("line", "reason").rows() == [(2, "no amount, and no line of the same order with one")]


def test_same_order_in_two_files_counts_once(file):
    one = file(f"{HEADER}\n1,a@example.com,2026-05-01,USD,5\n2,a@example.com,2026-05-02,USD,6\n", "one.csv")
    two = file(f"{HEADER}\n2,a@example.com,2026-05-02,USD,6.00\n3,a@example.com,2026-05-03,USD,7\n", "two.csv")
    found = orders([one, two])
    assert found.table["order_id"].to_list() == ["1", "2", "3"]
    assert found.files[1].rows_dropped == {"the same order again": 1}


def test_same_number_with_other_contents_is_refused_the_second_time(file):
    rows = "1,a@example.com,2026-05-01,USD,5\n1,a@example.com,2026-05-01,USD,50\n2,,2026-05-01,USD,6\n"
    found = orders(file(f"{HEADER}\n{rows}"))
    assert money(found) == [("5.00", "0.00"), ("6.00", "0.00")]
    assert found.rejects["line"].to_list() == [3]


def test_refund_row_of_the_orders_own_number_folds_into_it(file):
    path = file(f"{HEADER},kind\n7,a@example.com,2026-05-01,USD,50,sale\n7,a@example.com,2026-05-03,USD,20,refund\n")
    found = orders(path)
    assert money(found) == [("50.00", "20.00")]
    assert found.files[0].rows_as_lines == 1


def test_refund_in_a_later_file_folds_into_the_order_of_an_earlier_one(file):
    one = file(f"{HEADER},kind\n7,a@example.com,2026-05-01,USD,50,sale\n", "one.csv")
    two = file(f"{HEADER},kind\n7,a@example.com,2026-05-03,USD,-50,refund\n8,,2026-05-03,USD,1,sale\n", "two.csv")
    found = orders([one, two])
    assert money(found) == [("50.00", "50.00"), ("1.00", "0.00")]
    assert found.table["status"][0] == "refunded"
    assert found.files[1].rows_as_lines == 1


def test_status_alone_means_a_full_refund(file):
    found = orders(file("order id,currency,total,status\n1,EUR,50,refunded\n2,EUR,8,chargeback\n"))
    assert money(found) == [("50.00", "50.00"), ("8.00", "8.00")]


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("9,canary@example.com,2026-05-01,EUR,12x", "total", "amount cannot be read"),
        (
            "9,canary@example.com,2026-05-01,EUR,",
            "total",
            "no amount, and no line of the same order with one",
        ),
        ("9,canary@example.com,2026-05-01,EUR,1000000000", "total", "amount of a thousand million or more"),
        ("9,canary@example.com,1994-12-31,EUR,5", "date", "date before 1995 or after tomorrow"),
        ("9,canary@example.com,2999-01-01,EUR,5", "date", "date before 1995 or after tomorrow"),
        ("9,canary@example.com,soon,EUR,5", "date", "date cannot be read"),
    ],
)
def test_bad_row_is_refused_with_line_column_and_reason(file, row, column, reason):
    found = orders(file(f"{HEADER}\n1,a@example.com,2026-05-01,EUR,5\n2,,2026-05-01,EUR,5\n{row}\n"))
    assert found.rejects.rows() == [("orders.csv", 4, column, reason)]


def test_more_returned_than_paid_is_refused(file):
    path = file("order id,currency,total,refund\n1,EUR,5,5.02\n2,EUR,5,5.01\n3,EUR,5,1\n")
    assert orders(path).rejects.select("line", "reason").rows() == [(2, "more was returned than paid")]


def test_file_of_mostly_bad_rows_stops_the_run(file):
    path = file(f"{HEADER}\n1,canary@example.com,2026-05-01,EUR,5\n2,,2026-05-01,EUR,x\n3,,2026-05-01,EUR,y\n")
    assert "amount cannot be read (column total): 2" in refusal(path).found


def test_mostly_unreadable_dates_stop_the_run(file):
    path = file(f"{HEADER}\n1,,2026-05-01,EUR,5\n2,,+12125550199,EUR,5\n3,,canary@example.com,EUR,5\n")
    assert 'Of 3 in column "date", 2 cannot' in refusal(path).found


def test_damaged_ids_are_no_keys(file):
    path = file("order id,customer id,currency,total\n7.21045E+12,7.2E+12,EUR,5\n7.21045E+12,0,EUR,6\n")
    found = orders(path)
    assert found.table["customer_id"].to_list() == [None, None]
    assert found.table["order_id"].n_unique() == 2


def test_customer_totals_are_first_class(file):
    path = file("email,orders,total spent,last order date\na@example.com,3,90.00,2026-05-01\nb@example.com,0,0,\n")
    found = orders(path, currency="USD")
    row = found.table.row(0, named=True)
    assert (row["orders_count"], row["gross_amount"], row["ordered_at"]) == (3, Decimal(90), None)
    assert row["last_order_at"].date().isoformat() == "2026-05-01"
    assert found.files[0].rows_dropped == {"customer without any order": 1}


def test_contact_file_given_as_orders_says_where_it_belongs(file):
    assert "--customers" in refusal(file("first name,email\nAnn,canary@example.com\n")).fix


def test_records_without_any_contact_are_counted(file):
    found = read_customers([file("first name,email\nAnn,a@example.com\n-,n/a\n")])
    assert found.table["email"].to_list() == ["a@example.com"]
    assert found.files[0].rows_dropped == {"record without any contact": 1}


def test_amounts_in_minor_units_follow_the_currency(file):
    path = file(
        "id,amount,amount_refunded,currency,captured,receipt_email,status,created\n"
        "ch_1,1250,0,usd,true,a@example.com,succeeded,2026-05-01 10:00:00\n"
    )
    assert money(orders(path)) == [("12.50", "0.00")]
    path.write_text(path.read_text().replace("usd", "jpy"))
    assert money(orders(path)) == [("1250.00", "0.00")]
    path.write_text(path.read_text().replace("jpy", "kwd"))
    assert money(orders(path)) == [("1.25", "0.00")]


def test_units_are_exact_decimals(file):
    rows = "".join(f"{n},EUR,0.10\n" for n in range(1000))
    assert orders(file(f"order id,currency,total\n{rows}")).table["gross_amount"].sum() == Decimal(100)
    assert orders(file("order id,currency,total\n1,EUR,1\n")).table.schema["gross_amount"] == pl.Decimal(18, 4)
