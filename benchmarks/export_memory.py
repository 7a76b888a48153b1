"""Peak memory of ``audience-builder export`` on shops of one and of three million customers, one order each.

    python benchmarks/export_memory.py [customers] [times]

The whole command runs in a process of its own: a CSV of orders in, a hashed, value-based list for Meta with all
ten kinds of key out. Its peak resident set should hardly depend on the number of customers.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import crowd
import numpy as np
import polars as pl

from audience_builder import columns as c

CHUNK = 250_000
MOST_GROWTH = 0.20
COMMAND = "from audience_builder.cli import main; main()"
HEADERS = {
    "order_id": "Order ID", "ordered_at": "Order Date", "gross_amount": "Total", "currency": "Currency",
    "status": "Status", c.CUSTOMER_ID: "Customer ID", c.EMAIL: "Email", c.PHONE: "Phone", c.FIRST_NAME: "First Name",
    c.LAST_NAME: "Last Name", c.CITY: "City", c.STATE: "State", c.POSTAL_CODE: "Zip", c.COUNTRY: "Country",
    c.GENDER: "Gender", c.DATE_OF_BIRTH: "Date of Birth",
}  # fmt: skip


def write_orders(path, customers):
    """One order a customer, spread over three years."""
    with path.open("wb") as file:
        for number, start in enumerate(range(0, customers, CHUNK)):
            chunk(number, start, min(CHUNK, customers - start)).write_csv(file, include_header=number == 0)


def chunk(number, start, count):
    people = crowd.customers(count, seed=number)
    rng = np.random.default_rng(number)
    place = pl.int_range(start, start + count, eager=True).cast(pl.String)
    days = pl.Series(rng.integers(19_000, 20_095, count)).cast(pl.Int32).cast(pl.Date).dt.to_string("%Y-%m-%d")
    clock = pl.Series(rng.integers(0, 1_440, count)).cast(pl.Int64)
    minutes = pl.select(
        pl.format("{}:{}", *((part).cast(pl.String).str.zfill(2) for part in (clock // 60, clock % 60)))
    )
    return people.with_columns(
        pl.Series("order_id", place),
        pl.Series("ordered_at", days + " " + minutes.to_series()),
        pl.Series("gross_amount", np.round(rng.lognormal(4, 1, count), 2)),
        pl.lit("EUR").alias("currency"),
        pl.lit("paid").alias("status"),
        ("C" + pl.Series(place).str.zfill(8)).alias(c.CUSTOMER_ID),
        pl.col(c.EMAIL).str.replace("@", f".{number}@", literal=True),
    ).select(pl.col(name).alias(header) for name, header in HEADERS.items())


def measured(orders, folder):
    """Seconds on the clock, of both cores together, and the peak resident set in MiB."""
    command = [sys.executable, "-c", COMMAND, "export", str(orders), "--to", "meta", "-o", str(folder), "--quiet"]
    start = time.perf_counter()
    child = subprocess.Popen(command, env=dict(os.environ))
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"export failed with status {status}")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("customers", type=int, nargs="?", default=1_000_000)
    parser.add_argument("times", type=int, nargs="?", default=3)
    asked = parser.parse_args()
    peaks = []
    with tempfile.TemporaryDirectory() as name:
        for customers in (asked.customers, asked.customers * asked.times):
            orders = Path(name, f"orders-{customers}.csv")
            write_orders(orders, customers)
            seconds, cpu, peak = measured(orders, Path(name, f"lists-{customers}"))
            peaks.append(peak)
            size = orders.stat().st_size / 2**20
            print(f"{customers:,} customers, {size:,.0f} MiB: {seconds:.1f} s ({cpu:.1f} CPU s), peak {peak:,} MiB")
            orders.unlink()
    growth = peaks[1] / peaks[0] - 1
    print(f"peak memory grows by {growth:.0%} from {asked.customers:,} customers to {asked.times} times as many")
    sys.exit(growth > MOST_GROWTH)


if __name__ == "__main__":
    main()
