"""Forecasts on the command line: ``report --value`` and ``backtest``."""

import json
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

DEMO = Path(__file__).resolve().parents[2] / "audience_builder" / "demo" / "orders.csv.gz"
FORECAST = ["clv_predicted", "clv_low", "clv_high", "p_alive", "expected_orders", "expected_order_value"]
METRICS = {"gini", "mae", "rmse", "spearman", "bias", "top_decile_share"}


def command(*arguments, code=0):
    done = subprocess.run(
        [sys.executable, "-c", "from audience_builder.cli import main; main()", *map(str, arguments)],
        capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "80"},
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    return done


@pytest.fixture(scope="module")
def predicted(tmp_path_factory):
    path = tmp_path_factory.mktemp("value") / "report.parquet"
    given = ["--value", "predicted", "--margin", "0.4", "--cac", "50"]
    done = command("report", DEMO, *given, "-o", path, "--json")
    return json.loads(done.stdout)["value"], pl.read_parquet(path)


def test_the_forecast_fills_its_columns_and_becomes_the_value(predicted):
    value, table = predicted
    assert value["kind"] == "predicted"
    assert table.height == 4_000
    assert table["clv_predicted"].null_count() == 0
    # 44 of the 4,000 never paid anything: 3,956 have a sale above 0.
    assert [table[name].null_count() for name in FORECAST[1:]] == [44] * 5
    assert table.filter(pl.col("p_alive").is_null())["clv_predicted"].to_list() == [0.0] * 44
    assert table["value"].to_list() == table["clv_predicted"].to_list()
    assert float(value["total"]) == pytest.approx(value["forecast"]["total"], abs=20)


def test_the_summary_says_which_forecast_why_and_how_far_off(predicted):
    value, _ = predicted
    forecast = value["forecast"]
    assert forecast["total_low"] < forecast["total"] < forecast["total_high"]
    assert (forecast["status"], forecast["margin"], forecast["horizon_days"]) == ("ok", 0.4, 365.0)
    told = "\n".join(value["facts"])
    assert forecast["why"] in told
    assert "if it errs as in the backtest" in told
    assert "LTV:CAC" in told
    assert "Payback, as forecast: in month" in told
    assert value["acquisition"]["ratio"] == pytest.approx(forecast["new_customer_value"] / 50)


def test_a_plain_report_keeps_to_what_was_paid(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text("Order ID,Email,Total,Currency,Date\n1,ann@example.com,10,EUR,2026-05-13\n")
    value = json.loads(command("report", path, "--json").stdout)["value"]
    assert (value["kind"], value["total"], value["forecast"]) == ("historic", "10.00", None)


def test_naming_a_forecast_column_asks_for_it(tmp_path):
    orders, report = tmp_path / "orders.csv", tmp_path / "report.csv"
    rows = [f"{n},c{n % 20},{10 + n % 20},EUR,2025-{1 + n // 20:02}-{1 + n % 20:02}" for n in range(120)]
    orders.write_text("\n".join(["Order ID,Customer ID,Total,Currency,Date", *rows]) + "\n")
    command("report", orders, "--columns", "customer_id,p_alive", "--where", "expected_orders >= 0", "-o", report)
    table = pl.read_csv(report)
    assert table.columns == ["customer_id", "p_alive"]
    assert table.height == 20
    assert table["p_alive"].is_between(0.5, 1).all()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["--value", "predicted", "--horizon-days", "0"], "horizon has to be a number of days above 0"),
        (["--model", "bg", "--discount-per-year", "-1"], "discount rate cannot be used"),
        (["--cac", "5", "--spend", "100"], "--cac and --spend exclude each other"),
    ],
)
def test_impossible_terms_are_explained_in_three_parts(tmp_path, given, says):
    path = tmp_path / "orders.csv"
    path.write_text("Order ID,Email,Total,Currency,Date\n1,ann@example.com,10,EUR,2026-05-13\n")
    done = command("report", path, *given, code=2)
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 3


@pytest.fixture(scope="module")
def tested():
    return json.loads(command("backtest", DEMO, "--cutoff", "2011-05-31", "--holdout-days", 182, "--json").stdout)


def test_the_demo_data_is_forecast_as_published(tested):
    """Published with the data: cut 2011-05-31, 26 weeks held back, net money, 3,318 customers."""
    (split,) = tested["splits"]
    assert (split["cut"], split["customers"]) == ("2011-05-31", 3_318)
    models = tested["models"]
    assert models["past"]["gini"] == pytest.approx(0.832, abs=0.0006)
    assert models["pareto"]["gini"] == pytest.approx(0.857, abs=0.002)
    assert models["pareto"]["bias"] == pytest.approx(0.05, abs=0.015)
    assert tested["chosen"] == "blend_240"
    assert models["blend_240"]["gini"] == pytest.approx(0.862, abs=0.002)
    assert models["auto"] == models["blend_240"] | {"coverage": models["auto"]["coverage"]}


def test_the_json_has_every_metric_of_every_forecast(tested):
    assert tested["chosen"] in tested["models"]
    assert all(set(metrics) >= METRICS for metrics in tested["models"].values())
    assert len(tested["splits"][0]["models"]["auto"]["deciles"]) == 10


@pytest.fixture
def year(tmp_path):
    path = tmp_path / "orders.csv"
    rows = [
        f"{k}-{month},c{k},{10 + k},EUR,2025-{month:02}-{1 + k % 28:02}"
        for k in range(60) for month in range(1 + k % 3, 13, 1 + k % 4)
    ]  # fmt: skip
    path.write_text("\n".join(["Order ID,Customer ID,Total,Currency,Date", *rows]) + "\n")
    return path


def test_a_person_gets_a_table_the_calibration_and_one_sentence(year):
    lines = command("backtest", year, "--cutoff", "2025-06-30", "--cutoff", "2025-08-31").stdout.splitlines()
    assert max(map(len, lines)) <= 80
    text = "\n".join(lines)
    assert "Known until 2025-06-30" in text
    assert "Known until 2025-08-31" in text
    starts = {line.split()[0] for line in lines if line.strip()}
    assert {"auto", "pareto", "bg", "formula", "past", "10"} <= starts
    assert "█ brought, ┃ forecast" in text
    assert sum("┃" in line for line in lines) == 11
    assert "on average over 2 cut-off dates." in " ".join(lines)


def test_cut_offs_outside_the_data_are_refused(year):
    done = command("backtest", year, "--cutoff", "2031-01-01", code=2)
    assert "A cut leaves too little" in done.stderr
    assert "Orders run from 2025-01-01 to" in done.stderr


def test_orders_of_one_day_cannot_be_split(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text("Order ID,Email,Total,Currency,Date\n1,ann@example.com,10,EUR,2026-05-13\n")
    done = command("backtest", path, code=3)
    assert len(done.stderr.strip().splitlines()) == 3
    assert "example.com" not in done.stderr


@pytest.fixture
def people(tmp_path):
    """Forty customers with an e-mail, who buy every one to four months of 2025."""
    path = tmp_path / "people.csv"
    rows = [
        f"{k}-{month},ann{k}@example.com,{10 + k},EUR,2025-{month:02}-{1 + k % 28:02}"
        for k in range(40) for month in range(1 + k % 3, 13, 1 + k % 4)
    ]  # fmt: skip
    path.write_text("\n".join(["Order ID,Email,Total,Currency,Date", *rows]) + "\n")
    return path


def exported(people, folder, *given):
    return json.loads(command("export", people, "-o", folder, "--json", *given).stdout)["value"]["kind"]


def test_a_list_carries_the_forecast_that_the_report_shows_for_auto(people, tmp_path):
    assert exported(people, tmp_path / "lists", "--to", "meta") == "predicted"
    command("report", people, "--value", "auto", "-o", tmp_path / "r.csv", "--quiet")
    sent = pl.read_csv(tmp_path / "lists" / "meta.csv", infer_schema=False)["value"].cast(pl.Float64)
    assert sorted(sent) == pytest.approx(sorted(pl.read_csv(tmp_path / "r.csv")["clv_predicted"]))


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (["--to", "meta", "--value", "historic"], "historic"),
        (["--to", "meta", "--no-value"], "historic"),
        (["--to", "google"], "historic"),
        (["--to", "google", "--tiers", "3"], "predicted"),
    ],
)
def test_a_list_without_values_needs_no_forecast(people, tmp_path, given, kind):
    assert exported(people, tmp_path / "lists", *given) == kind


def test_two_runs_write_the_same_bytes(people, tmp_path):
    reports = [tmp_path / "one.csv", tmp_path / "two.csv"]
    told = [command("report", people, "--value", "auto", "--json", "-o", path).stdout for path in reports]
    assert reports[0].read_bytes() == reports[1].read_bytes()
    assert told[0].replace("one.csv", "two.csv") == told[1]
