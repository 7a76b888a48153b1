import stat
from datetime import UTC, datetime
from decimal import Decimal

import openpyxl
import polars as pl
import pytest

from audience_builder import columns as c
from audience_builder import schemas
from audience_builder.errors import ConfigError
from audience_builder.reporting.table import check_destination, report_table, write_report

CUSTOMERS = pl.DataFrame(
    {
        c.CUSTOMER_KEY: [1, 2, 3],
        c.CUSTOMER_ID: ["007", None, "9"],
        c.FIRST_NAME: ["=HYPERLINK(1)", "Zoë", "-x"],
        c.PHONE: ["+44 20 7946 0000", "(212) 555-0100", "+cmd|x"],
        c.NET_PAID: [Decimal("10.50"), Decimal("99.00"), Decimal("0.10")],
        c.LAST_ORDER_AT: [datetime(2026, 5, 13, 9, 55, tzinfo=UTC), None, None],
        c.VALUE: [10.5, 99.0, 0.1],
        "not_for_the_report": [1, 2, 3],
    },
    schema_overrides={c.NET_PAID: pl.Decimal(18, 2), c.LAST_ORDER_AT: schemas.INSTANT},
)


def test_rows_come_highest_value_first_and_only_report_columns_show():
    table = report_table(CUSTOMERS)
    assert table.columns == ["customer_id", "first_name", "phone", "net_paid", "last_order_at", "value"]
    assert table["value"].to_list() == [99.0, 10.5, 0.1]


def test_columns_are_chosen_and_ordered():
    table = report_table(CUSTOMERS, columns=["value", "customer_id"], sort="-value", top=2)
    assert table.columns == ["value", "customer_id"]
    assert table["value"].to_list() == [0.1, 10.5]


def test_an_unknown_column_names_the_nearest():
    with pytest.raises(ConfigError, match="Did you mean net_paid"):
        report_table(CUSTOMERS, columns=["net_payd"])


def test_no_cell_of_a_csv_report_runs_in_a_spreadsheet(tmp_path):
    write_report(report_table(CUSTOMERS), tmp_path / "r.csv")
    cells = pl.read_csv(tmp_path / "r.csv", infer_schema=False)
    assert cells["first_name"].to_list() == ["Zoë", "'=HYPERLINK(1)", "'-x"]
    assert cells["phone"].to_list() == ["(212) 555-0100", "+44 20 7946 0000", "'+cmd|x"]
    assert cells["customer_id"].to_list() == [None, "007", "9"]
    assert cells["last_order_at"].to_list() == [None, "2026-05-13 09:55:00", None]


def test_text_stays_text_in_a_workbook(tmp_path):
    write_report(report_table(CUSTOMERS), tmp_path / "r.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "r.xlsx").active
    rows = [
        dict(zip([cell.value for cell in sheet[1]], [cell.value for cell in row], strict=True))
        for row in sheet.iter_rows(min_row=2)
    ]
    assert [row["first_name"] for row in rows] == ["Zoë", "=HYPERLINK(1)", "-x"]
    assert sheet["B3"].data_type == "s"
    assert [row["customer_id"] for row in rows] == [None, "007", "9"]
    assert [row["net_paid"] for row in rows] == [99, 10.5, 0.1]


def test_a_parquet_report_keeps_exact_money(tmp_path):
    write_report(report_table(CUSTOMERS), tmp_path / "r.parquet")
    assert pl.read_parquet(tmp_path / "r.parquet")["net_paid"].to_list() == [
        Decimal("99.00"),
        Decimal("10.50"),
        Decimal("0.10"),
    ]


def test_reports_are_private(tmp_path):
    write_report(report_table(CUSTOMERS), tmp_path / "r.csv")
    assert stat.S_IMODE((tmp_path / "r.csv").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("r.pdf", "cannot be written as .pdf"),
        ("there.csv", "exists already"),
        ("no/r.csv", "cannot be written"),
    ],
)
def test_a_bad_destination_is_refused_before_any_work(tmp_path, name, wrong):
    (tmp_path / "there.csv").write_text("mine")
    with pytest.raises(ConfigError, match=wrong):
        check_destination(tmp_path / name, force=False)
    assert (tmp_path / "there.csv").read_text() == "mine"
