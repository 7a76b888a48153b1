import sqlite3
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from pandas.testing import assert_frame_equal

import audience_builder
from audience_builder import DatabaseQuery, DataError, Forecaster, audience, backtest, normalise, read, report
from audience_builder.who import Who

DEMO = Path(__file__).resolve().parents[1] / "audience_builder" / "demo"
MARY = "f1904cf1a9d73a55fa5de0ac823c4403ded71afd4c3248d00bdcd0866552bb79"


def test_the_public_names_are_few_and_all_there():
    assert len(audience_builder.__all__) <= 15
    assert all(getattr(audience_builder, name) for name in audience_builder.__all__)


def test_the_published_digest_comes_out_of_normalise():
    table = normalise("meta", "email", [" Mary@Example.com ", None, "n/a"])
    assert list(table.columns) == ["raw", "normalized", "sent", "repairs", "reject_reason"]
    assert table["sent"].iloc[0] == MARY
    assert table[["normalized", "sent", "reject_reason"]].iloc[1].isna().all()
    assert table["sent"].isna().iloc[2]
    assert isinstance(table["reject_reason"].iloc[2], str)


def test_orders_and_report_come_as_pandas():
    orders = read(DEMO / "orders.csv.gz")
    assert len(orders) == 29_260
    table = report(DEMO / "orders.csv.gz")
    assert table["customer_id"].head(5).tolist() == ["18102", "14156", "14911", "12415", "16684"]
    assert [str(paid) for paid in table["net_paid"].head(2)] == ["570380.61", "296249.99"]


def test_orders_come_from_a_database_too(tmp_path):
    with closing(sqlite3.connect(tmp_path / "shop.db")) as database:
        database.execute("CREATE TABLE orders AS SELECT 1 AS order_id, 'ann@example.com' AS email, '12.50' AS total")
        database.commit()
    query = DatabaseQuery(url=f"sqlite:///{tmp_path}/shop.db", query="SELECT *, 'EUR' AS currency FROM orders")
    assert read(query)["gross_amount"].to_list() == [Decimal("12.5000")]
    assert report([query])["email"].to_list() == ["ann@example.com"]


def test_an_audience_is_a_frame_of_digests():
    rows = audience(DEMO / "orders.csv.gz", "meta", customers=DEMO / "customers.csv", who=Who(no_refunds=True))
    assert "person" not in rows
    assert rows["EMAIL"].dropna().str.fullmatch("[0-9a-f]{64}").all()
    assert (rows["LOOKALIKE_VALUE"] > 0).all()


def test_a_forecaster_fits_predicts_and_comes_back_from_a_file(tmp_path):
    orders = read(DEMO / "orders.csv.gz").head(8_000)
    before = orders.copy()
    fitted = Forecaster().fit(orders)
    fitted.save(tmp_path / "model.json")
    scores = fitted.predict(orders, horizon_days=182)
    assert list(scores.columns)[:3] == ["clv_predicted", "clv_low", "clv_high"]
    assert scores.index.is_unique
    assert scores["p_alive"].between(0, 1).all()
    assert_frame_equal(scores, Forecaster.load(tmp_path / "model.json").predict(orders, horizon_days=182))
    assert_frame_equal(orders, before)


def test_a_backtest_takes_a_pandas_frame():
    orders = read(DEMO / "orders.csv.gz")
    found = backtest(orders, [date(2011, 5, 31)], 182)
    assert found.splits[0].customers == 3_318
    assert found.chosen in found.splits[0].models


def test_orders_as_read_are_forecast_where_they_count_and_name_somebody(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text(
        "Order ID,Customer ID,Email,Total,Currency,Date,Financial Status\n"
        "1,a,ann@example.com,10,EUR,2026-05-13,paid\n"
        "2,a,ann@example.com,10,EUR,2026-06-13,cancelled\n"
        "3,,Bob@example.com,10.5,EUR,2026-06-14,paid\n"
        "4,,bob@example.com,10.5,EUR,2026-06-20,paid\n"
        "5,,,10.5,EUR,2026-06-21,paid\n"
    )
    orders = read(path)
    scores = Forecaster().fit(orders).predict(orders)
    assert scores.index.tolist() == ["a", "bob@example.com"]
    assert scores["expected_orders"].iloc[0] < scores["expected_orders"].iloc[1]
    with pytest.raises(DataError, match="several currencies"):
        Forecaster().fit(orders.assign(currency=["EUR", "EUR", "USD", "EUR", "EUR"]))
