"""Real transactions and published results, read from the shared folder; absent means skipped."""

import gzip
import json
import os
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from audience_builder.clv.orders import read_orders
from audience_builder.clv.transactions import day_number, summarise

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("AUDIENCE_BUILDER_SHARED", ROOT.parent / "shared"))
MONEY = pl.Decimal(18, 4)


def shared_file(name):
    path = SHARED / "data" / name
    if not path.exists():
        pytest.skip(f"{name} may not be shipped and the shared folder is not here")
    return path


@cache
def published():
    return json.loads(shared_file("clv_references.json").read_text())


@cache
def high_precision():
    return json.loads((ROOT / "tests/data/clv/high_precision.json").read_text())["high_precision"]


def _orders(frame, customer, moment, fmt, amount, sale):
    nothing = pl.lit(0).cast(MONEY)
    money = pl.col(amount).cast(MONEY)
    return frame.select(
        customer_key=pl.col(customer).cast(pl.Int64),
        ordered_at=pl.col(moment).str.to_datetime(fmt, time_zone="UTC"),
        gross_amount=pl.when(sale).then(money).otherwise(nothing),
        refunded_amount=pl.when(sale).then(nothing).otherwise(-money),
        orders_count=pl.when(sale).then(1).otherwise(0),
    )


@cache
def cdnow_sample():
    frame = pl.read_csv(shared_file("cdnow_sample.csv"), infer_schema=False)
    return _orders(frame, "sample_id", "date", "%Y-%m-%d", "dollar_value", pl.lit(value=True))


@cache
def cdnow_master():
    text = gzip.decompress(shared_file("cdnow_master.csv.gz").read_bytes())
    frame = pl.read_csv(text, infer_schema=False)
    return _orders(frame, "customer_id", "date", "%Y-%m-%d", "dollar_value", pl.lit(value=True))


@cache
def online_retail():
    text = gzip.decompress(shared_file("online_retail_ii_orders.csv.gz").read_bytes())
    frame = pl.read_csv(text, infer_schema=False)
    return _orders(frame, "customer_id", "ordered_at", "%Y-%m-%d %H:%M:%S", "amount", pl.col("kind") == "sale")


SAMPLE_SIZES = (30, 60, 100, 200)
SAMPLE_DRAWS = 30
SAMPLE_HOLDOUT_DAYS = 273


@cache
def cdnow_master_split():
    """Histories of the payers of the first 39 weeks, and the money of each in the 39 weeks after."""
    days = read_orders(cdnow_master())
    cut = day_number(date(1997, 9, 30))
    histories = summarise(days, cut)
    histories = histories.where(histories.gross > 0)
    brought = days.between(cut, cut + SAMPLE_HOLDOUT_DAYS).net_by_customer()
    return histories, brought[np.searchsorted(days.keys, histories.keys)]


def _some(total, count, seed):
    chosen = np.zeros(total, dtype=bool)
    chosen[np.random.default_rng(seed).choice(total, count, replace=False)] = True
    return chosen


def small_samples(customers):
    """Thirty samples to learn from, and what each is scored on: 6,000 customers and their later money."""
    histories, actual = cdnow_master_split()
    total = histories.keys.size
    judged = _some(total, 6_000, 1)
    for draw in range(SAMPLE_DRAWS):
        learnt_from = histories.where(_some(total, customers, [customers, draw]))
        yield learnt_from, histories.where(judged), actual[judged]
