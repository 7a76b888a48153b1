"""Time and memory of the lifetime-value forecast on simulated customers, beside lifetimes in the same run.

    python benchmarks/clv_models.py [customers] [most customers]

Customers are simulated from the published CDNOW BG/NBD and Gamma-Gamma parameters, by day over two years.
Both sides start from the same summarised histories, fit, and give everyone a value for the next year: ours
by Pareto/NBD with an interval and P(alive), lifetimes by BG/NBD, its quickest model. Our way from orders is
measured too, and that of a larger crowd. Each run is a fresh process; memory is its peak resident set.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

DAYS = 730


def simulate(customers, folder):
    """Write histories.npz and orders.parquet and return the number of orders."""
    rng = np.random.default_rng(42)
    first = rng.integers(0, DAYS - 30, customers)
    rate = rng.gamma(0.243, 1 / 4.414, customers) / 7
    leaving = rng.beta(0.793, 2.426, customers)
    clock = first.astype(float)
    last, count = first.copy(), np.zeros(customers, dtype=np.int64)
    alive = np.arange(customers)
    who, when = [alive], [first]
    while alive.size:
        clock[alive] += rng.exponential(1 / np.maximum(rate[alive], 1e-12))
        alive = alive[clock[alive] < DAYS]
        day = clock[alive].astype(np.int64)
        new = day > last[alive]
        count[alive[new]] += 1
        last[alive] = day
        who.append(alive[new])
        when.append(day[new])
        alive = alive[rng.random(alive.size) > leaving[alive]]
    n = count + 1.0
    gross = np.round(rng.gamma(6.25 * n) / rng.gamma(3.74, 1 / 15.44, customers), 2) + 0.01
    np.savez(
        folder / "histories.npz",
        x=count, t_x=last - first, age=DAYS - 1 - first, gross=gross,
    )  # fmt: skip
    write_orders(folder, np.concatenate(who), np.concatenate(when), gross / n)
    return int(n.sum())


def ours(folder, from_orders):
    from audience_builder.clv.orders import read_orders
    from audience_builder.clv.transactions import Histories, summarise
    from audience_builder.clv.value_model import Terms, fit_value_model

    data = np.load(folder / "histories.npz")
    steps = {}
    if from_orders:
        frame = pl.read_parquet(folder / "orders.parquet")
        start = time.perf_counter()
        histories = summarise(read_orders(frame), DAYS - 1)
        steps["orders"] = time.perf_counter() - start
        del frame
    else:
        histories = Histories(
            keys=np.arange(data["x"].size), x=data["x"], t_x_days=data["t_x"], age_days=data["age"],
            gross=data["gross"], refunded=np.zeros(data["x"].size), cut_day=DAYS - 1,
        )  # fmt: skip
    start = time.perf_counter()
    model = fit_value_model(histories)
    steps["fit"] = time.perf_counter() - start
    start = time.perf_counter()
    scores = model.score(histories, Terms(horizon_days=365, discount_per_year=0.1))
    steps["score"] = time.perf_counter() - start
    assert np.isfinite(scores.value).all()
    return steps


def write_orders(folder, who, when, share):
    units = pl.Series(np.rint(share * 100).astype(np.int64)[who])
    frame = pl.DataFrame(
        {
            "customer_key": who.astype(np.int64),
            "ordered_at": pl.Series(when.astype(np.int64) * 86_400_000_000).cast(pl.Datetime("us", "UTC")),
            "gross_amount": units.cast(pl.Decimal(18, 4)),
            "refunded_amount": pl.repeat(0, who.size, eager=True).cast(pl.Decimal(18, 4)),
            "orders_count": pl.repeat(1, who.size, dtype=pl.Int64, eager=True),
        }
    )
    frame.write_parquet(folder / "orders.parquet")


def lifetimes(folder):
    import pandas as pd
    from lifetimes import BetaGeoFitter, GammaGammaFitter

    data = np.load(folder / "histories.npz")
    frame = pd.DataFrame({
        "frequency": data["x"], "recency": data["t_x"] / 7, "T": data["age"] / 7,
        "monetary_value": data["gross"] / (data["x"] + 1),
    })  # fmt: skip
    steps, start = {}, time.perf_counter()
    purchases = BetaGeoFitter().fit(frame.frequency, frame.recency, frame["T"])
    repeat = frame[frame.frequency > 0]
    spend = GammaGammaFitter().fit(repeat.frequency, repeat.monetary_value)
    steps["fit"] = time.perf_counter() - start
    start = time.perf_counter()
    purchases.conditional_probability_alive(frame.frequency, frame.recency, frame["T"])
    spend.customer_lifetime_value(
        purchases, frame.frequency, frame.recency, frame["T"], frame.monetary_value, time=12, freq="W"
    )
    steps["score"] = time.perf_counter() - start
    return steps


LEAST_RATIO, MOST_MIB, MOST_MIB_OF_MANY = 8.0, 600.0, 1_200.0


def apart(folder, what, customers=0):
    """Run a part in a process of its own; this one stays small, for a child's peak starts at its parent's size."""
    command = [sys.executable, __file__, str(customers), "--child", what, "--folder", str(folder)]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def timed(folder, what):
    found = json.loads(apart(folder, what).splitlines()[-1])
    print(
        f"  {what:<12}" + ", ".join(f"{step} {value:,.2f} s" for step, value in found.items() if step != "peak"), end=""
    )
    print(f", peak {found['peak']:,.0f} MiB", flush=True)
    return found


def judged(what, met):
    print(f"  {what}: {'met' if met else 'MISSED'}")
    return met


def measure(what, folder):
    steps = lifetimes(folder) if what == "lifetimes" else ours(folder, what == "from orders")
    print(json.dumps({**steps, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


def compare(customers, most):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(f"{customers:,} customers, {apart(folder, 'simulate', customers)} orders")
        own, other, whole = (timed(folder, what) for what in ("ours", "lifetimes", "from orders"))
        ratio = (other["fit"] + other["score"]) / (own["fit"] + own["score"])
        aims = [
            judged(f"{ratio:.1f} times as fast as lifetimes, aim {LEAST_RATIO:.0f}", ratio >= LEAST_RATIO),
            judged(f"under {MOST_MIB:.0f} MiB, from orders too", max(own["peak"], whole["peak"]) < MOST_MIB),
        ]
        print(f"{most:,} customers, {apart(folder, 'simulate', most)} orders")
        aims.append(judged(f"under {MOST_MIB_OF_MANY:,.0f} MiB", timed(folder, "ours")["peak"] < MOST_MIB_OF_MANY))
    return all(aims)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("customers", type=int, nargs="?", default=1_000_000)
    parser.add_argument("most", type=int, nargs="?", default=5_000_000)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child == "simulate":
        print(f"{simulate(asked.customers, asked.folder):,}", end="")
    elif asked.child:
        measure(asked.child, asked.folder)
    elif not compare(asked.customers, asked.most):
        sys.exit("an aim was missed")


if __name__ == "__main__":
    main()
