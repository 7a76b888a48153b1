"""Real transactions and published results, read from the shared folder; absent means skipped."""

import gzip
import json
import os
from functools import cache
from pathlib import Path

import polars as pl
import pytest

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
