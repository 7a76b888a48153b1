"""What a customer is worth: figures worked out by hand."""

import json
import os
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from audience_builder import ConfigError, DataError, report
from audience_builder import columns as c
from audience_builder.clv.acquisition import acquisition, payback_months
from audience_builder.pipeline import Request, run
from audience_builder.sources import SourceOptions
from audience_builder.worth import Worth, gate

SHARED = Path(os.environ.get("AUDIENCE_BUILDER_SHARED", Path(__file__).resolve().parents[2] / "shared"))
REFERENCES = SHARED / "data/clv_references.json"
EUROS = SourceOptions(currency="EUR")
FORECAST = ["clv_predicted", "clv_low", "clv_high", "p_alive", "expected_orders", "expected_order_value"]


def orders_file(folder, rows):
    path = folder / "orders.csv"
    lines = [f"{number},{who},{day},{paid},paid" for number, (who, day, paid) in enumerate(rows, start=1)]
    path.write_text("\n".join(["Order ID,Customer ID,Date,Total,Status", *lines]) + "\n")
    return path


def valued(folder, rows, **worth):
    return run(Request(files=(str(orders_file(folder, rows)),), source=EUROS, worth=Worth(**worth)))


def by_customer(done, *names):
    return {row[0]: row[1:] for row in done.customers.select(c.CUSTOMER_ID, *names).iter_rows()}


@pytest.fixture
def six_customers(tmp_path):
    if not REFERENCES.exists():
        pytest.skip("the shared reference values are not here")
    block = json.loads(REFERENCES.read_text())["rfm_micro"]
    return block, valued(tmp_path, block["orders_id_date_amount"], as_of=date.fromisoformat(block["end"]))


def test_recency_and_frequency_of_six_customers_are_the_published_ones(six_customers):
    block, done = six_customers
    expected = {str(who): (days, n) for who, n, days, _ in block["n_daysSinceLast_meanAll"]}
    assert by_customer(done, c.RECENCY_DAYS, c.FREQUENCY) == expected


def test_scores_count_the_share_strictly_worse_and_name_the_segment(six_customers):
    _, done = six_customers
    assert by_customer(done, c.RFM_SCORE, c.SEGMENT) == {
        "1": ("521", "Promising"),
        "2": ("111", "Lost"),
        "3": ("133", "Lost regular"),
        "4": ("435", "Potential loyal"),
        "5": ("234", "At risk"),
        "6": ("312", "Cooling newcomer"),
    }


@pytest.mark.parametrize(
    ("average_order", "per_year", "years", "margin", "value"), [(50, 4, 3, 0.25, 150), (80, 2.5, 2, 0.40, 160)]
)
def test_the_classic_formula_multiplies_its_four_factors(tmp_path, average_order, per_year, years, margin, value):
    done = valued(
        tmp_path, [("a", "2026-01-05", 10), ("b", "2026-02-05", 30)], kind="formula",
        average_order=average_order, orders_per_year=per_year, retention_years=years, margin=margin,
    )  # fmt: skip
    assert by_customer(done, c.VALUE) == {"a": (value,), "b": (value,)}
    assert any(f"= {value:,.2f} EUR." in fact for fact in done.summary.value.facts)


def test_historic_value_is_net_paid_times_the_margin(tmp_path):
    done = valued(tmp_path, [("a", "2026-01-05", 10), ("a", "2026-02-05", 30), ("b", "2026-02-05", 7)], margin=0.5)
    assert by_customer(done, c.NET_PAID, c.CLV_HISTORIC, c.VALUE) == {"a": (40, 20.0, 20.0), "b": (7, 3.5, 3.5)}


def test_a_customer_worth_160_may_cost_a_third_of_it():
    assert acquisition(160.0, cac=64.0, spend=None, new_customers=0).ratio == 2.5
    assert round(acquisition(160.0, cac=None, spend=640.0, new_customers=10).highest_cac, 2) == 53.33


def test_cost_and_spend_exclude_each_other_and_nobody_won_has_no_cost():
    with pytest.raises(ConfigError, match="exclude each other"):
        acquisition(160.0, cac=64.0, spend=640.0, new_customers=10)
    with pytest.raises(ConfigError, match="brought no new customer"):
        acquisition(160.0, cac=None, spend=640.0, new_customers=0)


def test_payback_is_the_first_month_that_covers_the_cost():
    assert payback_months([20.0, 35.0, 50.0], 50.0) == 3
    assert payback_months([20.0, 35.0, 50.0], 50.01) is None


def values(*amounts):
    return pl.DataFrame({c.VALUE: pl.Series(amounts, dtype=pl.Float64)})


@pytest.mark.parametrize(
    ("amounts", "says"),
    [
        ((0.0, -5.0, None, float("inf")), "No customer has a value above zero"),
        ((12.5, 12.5, 0.0), "Every customer has the same value"),
        (tuple(range(1, 21)), "ranks, not money"),
    ],
)
def test_values_a_platform_cannot_learn_from_are_refused(amounts, says):
    with pytest.raises(DataError, match=says) as refused:
        gate(values(*amounts))
    assert refused.value.found
    assert refused.value.fix


def test_money_passes_and_one_giant_is_pointed_out():
    assert gate(values(*(amount + 0.5 for amount in range(1, 101)))) == []
    assert "best 1 %" in gate(values(*(amount + 0.5 for amount in range(1, 100)), 1e6))[0]


def shop(customers, *, months=12):
    """Customer k buys for 10 + k on the first day of every (1 + k % 4)th month of 2025."""
    return [
        (f"c{k}", f"2025-{month:02}-{1 + k % 28:02}", 10 + k)
        for k in range(customers)
        for month in range(1 + k % 3, months + 1, 1 + k % 4)
    ]


def test_nothing_is_forecast_unasked(tmp_path):
    done = valued(tmp_path, shop(40))
    assert not set(FORECAST) & set(done.customers.columns)
    assert done.summary.value.forecast is None


def test_total_is_historic_plus_predicted_and_all_figures_are_there(tmp_path):
    done = valued(tmp_path, shop(40), kind="total", margin=0.5)
    table = done.customers
    assert table.select(pl.col(FORECAST).null_count()).row(0) == (0,) * 6
    assert (table["value"] - table["clv_historic"] - table["clv_predicted"]).abs().max() < 0.006
    made = table["expected_orders"] * table["expected_order_value"] * 0.5
    assert done.summary.value.forecast["margin"] == 0.5
    if done.summary.value.forecast["chosen"] in {"pareto", "bg"}:
        assert made.sum() == pytest.approx(table["clv_predicted"].sum(), rel=1e-3)
    assert (table["clv_low"] <= table["clv_predicted"]).all()
    assert (table["clv_predicted"] <= table["clv_high"]).all()


@pytest.mark.parametrize("model", ["pareto", "bg"])
def test_the_model_asked_for_fills_the_columns_and_leaves_the_value_alone(tmp_path, model):
    done = valued(tmp_path, shop(40), model=model)
    table = done.customers
    assert done.summary.value.forecast["chosen"] == model
    assert done.summary.value.kind == "historic"
    assert table["value"].to_list() == table["clv_historic"].to_list()
    made = table["expected_orders"] * table["expected_order_value"]
    assert made.sum() == pytest.approx(table["clv_predicted"].sum(), rel=1e-3)


def test_a_longer_horizon_brings_more_and_a_discount_less(tmp_path):
    totals = [
        valued(tmp_path, shop(40), model="pareto", **given).summary.value.forecast["total"]
        for given in ({"horizon_days": 182.5}, {}, {"discount_per_year": 0.2})
    ]
    assert totals[0] < totals[1] < 2 * totals[0]
    assert totals[1] / 1.2 < totals[2] < totals[1]


def test_auto_takes_the_formula_where_too_few_came_back(tmp_path):
    done = valued(tmp_path, [(f"c{k}", f"2025-01-{k:02}", 10 + k) for k in range(1, 20)], kind="auto")
    assert done.summary.value.kind == "formula"
    assert done.customers["value"].to_list() == done.customers["clv_formula"].to_list()
    assert any("auto took the formula value. Only 0" in fact for fact in done.summary.value.facts)
    assert any("Only 0 customers bought on two days or more" in fact for fact in done.summary.value.facts)


def test_auto_takes_the_forecast_that_stood_a_backtest(tmp_path):
    done = valued(tmp_path, shop(60), kind="auto")
    assert done.summary.value.forecast["error_band"] is not None
    assert done.summary.value.kind == "predicted"
    assert done.customers["value"].to_list() == done.customers["clv_predicted"].to_list()


def test_auto_takes_the_model_on_a_prior_and_warns_where_few_came_back(tmp_path):
    rows = [
        (f"c{k}", f"2025-{month:02}-{1 + k:02}", 10 + k) for k in range(25) for month in ((1, 9) if k < 12 else (1,))
    ]
    done = valued(tmp_path, rows, kind="auto")
    assert done.summary.value.forecast["status"] == "low_data"
    assert done.summary.value.kind == "predicted"
    assert any(fact.startswith("Only 12 customers bought on two days or more") for fact in done.summary.value.facts)


def test_auto_takes_the_formula_where_everyone_fell_silent(tmp_path):
    rows = [(f"c{k}", f"2025-01-{1 + k + more:02}", 10 + k) for k in range(15) for more in (0, 9)]
    done = valued(tmp_path, [*rows, ("late", "2025-12-31", 5)], kind="auto")
    assert done.summary.value.forecast["status"] == "model_rejected"
    assert done.summary.value.kind == "formula"
    assert any("Nobody known before brought any money" in fact for fact in done.summary.value.facts)


def test_a_history_of_a_fortnight_is_forecast_but_not_trusted_by_auto(tmp_path):
    rows = [(f"c{k}", f"2025-01-{1 + k % 7 + more:02}", 10 + k) for k in range(40) for more in (0, 5)]
    done = valued(tmp_path, rows, kind="auto")
    assert done.customers["clv_predicted"].min() > 0
    assert done.summary.value.kind == "historic"
    assert any("too short (12 days)" in fact for fact in done.summary.value.facts)


def test_the_cost_of_a_customer_is_set_against_a_newcomers_forecast(tmp_path):
    done = valued(tmp_path, shop(40), model="pareto", cac=20.0)
    told, forecast = done.summary.value.acquisition, done.summary.value.forecast
    assert told["ratio"] == pytest.approx(forecast["new_customer_value"] / 20.0)
    month = told["payback_months"]
    brought = forecast["new_customer_by_month"]
    assert brought[month - 1] >= 20.0
    assert month == 1 or brought[month - 2] < 20.0
    assert f"Payback, as forecast: in month {month}." in done.summary.value.facts


def test_customers_without_dates_have_no_forecast_and_are_counted(tmp_path):
    rows = [*shop(40), *((f"u{k}", "", 90 + k) for k in range(3))]
    done = valued(tmp_path, rows, kind="predicted")
    missing = done.customers.filter(pl.col("clv_predicted").is_null())
    assert sorted(missing["customer_id"]) == ["u0", "u1", "u2"]
    assert missing["value"].null_count() == 3
    assert "Customers without a dated order, who have no forecast: 3." in done.summary.value.facts


def test_customers_who_never_paid_on_any_date_are_forecast_to_bring_nothing(tmp_path):
    done = valued(tmp_path, [*shop(40), ("free", "2025-03-01", 0)], kind="total")
    assert by_customer(done, c.CLV_PREDICTED, c.P_ALIVE, c.VALUE)["free"] == (0.0, None, 0.0)
    assert "Customers who bought nothing on any date, forecast at 0: 1." in done.summary.value.facts


def test_a_forecast_without_any_date_is_refused_in_three_parts(tmp_path):
    rows = [(f"u{k}", "", 90 + k) for k in range(3)]
    with pytest.raises(DataError, match="no order has a date") as refused:
        valued(tmp_path, rows, kind="predicted")
    assert refused.value.found == "3 customers were found."
    assert "--value historic" in refused.value.fix
    kept = valued(tmp_path, rows, kind="auto").summary.value
    assert kept.kind == "historic"
    assert "auto took the historic value. Nothing could be forecast: no purchase has a date." in kept.facts


def test_impossible_terms_are_refused(tmp_path):
    for given in ({"horizon_days": 0.0}, {"discount_per_year": -0.1}, {"margin": 1.5}):
        with pytest.raises(ConfigError):
            valued(tmp_path, shop(5), kind="predicted", **given)


def test_the_api_reports_forecasts(tmp_path):
    table = report(orders_file(tmp_path, shop(40)), source=EUROS, worth=Worth(kind="predicted"))
    assert list(table["value"]) == sorted(table["value"], reverse=True)
    assert list(table["value"]) == list(table["clv_predicted"])


ODD = {
    "1,000 orders of one customer": [("a", f"{2020 + n // 336}-{1 + n // 28 % 12:02}-{1 + n % 28:02}", 10) for n in range(1_000)],
    "one customer, one order": [("a", "2025-01-01", 10)],
    "all one-time buyers": [(f"c{k}", f"2025-{1 + k % 12:02}-01", 10 + k) for k in range(30)],
    "all on one day": [(f"c{k % 20}", "2025-01-01", 10 + k) for k in range(30)],
    "zero spend": [(f"c{k % 20}", f"2025-{1 + k % 12:02}-01", 0) for k in range(60)],
}  # fmt: skip


@pytest.mark.parametrize("kind", ["auto", "predicted", "total"])
@pytest.mark.parametrize("rows", ODD.values(), ids=ODD)
def test_odd_shops_are_reported_in_finite_numbers(tmp_path, rows, kind):
    done = valued(tmp_path, rows, kind=kind, cac=5.0)
    numbers = done.customers.select(pl.selectors.float())
    assert numbers.select(pl.all().is_finite().all()).row(0) == (True,) * numbers.width
    json.dumps(done.summary.document(), allow_nan=False)
