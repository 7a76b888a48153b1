"""Time and memory of ``audience-builder report`` on a Shopify-like orders export, as a user runs it.

    python benchmarks/report.py [customers] [lines]

The export has one line per item, like Shopify's: the order's facts stand on its first line only. The
whole command runs in a process of its own, imports and writing included, after one run that warms the
caches; the median of three is given with the peak resident set.
"""

import argparse
import csv
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import crowd

from audience_builder import columns as c

HEADER = (
    "Name", "Email", "Financial Status", "Paid at", "Currency", "Subtotal", "Shipping", "Taxes", "Total",
    "Created at", "Lineitem quantity", "Lineitem name", "Lineitem price", "Billing Name", "Billing City", "Billing Zip",
    "Billing Province", "Billing Country", "Billing Phone", "Refunded Amount", "Id",
)  # fmt: skip
ROUNDS = 3
COMMAND = "from audience_builder.cli import main; main()"


def write_orders(path, customers, lines):
    """Two and a half lines an order, two orders a customer, one order in twenty refunded."""
    rng = random.Random(2)
    people = crowd.customers(customers).select(
        c.EMAIL, c.FIRST_NAME, c.LAST_NAME, c.CITY, c.POSTAL_CODE, c.STATE, c.COUNTRY, c.PHONE
    )
    people = people.rows()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        written = order = 0
        while written < lines:
            person = people[order % customers if order < customers else rng.randrange(customers)]
            items = [round(rng.uniform(5, 120), 2) for _ in range(min(rng.randint(1, 4), lines - written))]
            write_order(writer, order, person, items, rng)
            written, order = written + len(items), order + 1
    return order


def write_order(writer, order, person, items, rng):
    email, first, last, city, code, state, country, phone = person
    total = round(sum(items), 2)
    day = f"{rng.randint(2023, 2025)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
    at = f"{day} {rng.randint(0, 23):02}:{rng.randint(0, 59):02}:00 +0000"
    refund = total if rng.random() < 0.05 else 0
    status = "refunded" if refund else "paid"
    for place, price in enumerate(items):
        facts = [status, at, "EUR", total, 0, 0, total] if place == 0 else [""] * 7
        where = [f"{first} {last}", city, code, state, country, phone, refund, 5_000_000 + order]
        row = [f"#{1000 + order}", email, *facts, at, 1, "Thing", price, *(where if place == 0 else [""] * 8)]
        writer.writerow(row)


def run(orders, report):
    """Seconds on the clock, and of all cores together."""
    surroundings = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-c", COMMAND, "report", str(orders), "-o", str(report), "--force", "--quiet"]
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, env=surroundings)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - start, cpu


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("customers", type=int, nargs="?", default=100_000)
    parser.add_argument("lines", type=int, nargs="?", default=500_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        orders, report = Path(name, "orders.csv"), Path(name, "report.csv")
        count = write_orders(orders, asked.customers, asked.lines)
        size = orders.stat().st_size / 2**20
        print(f"{asked.lines:,} lines, {count:,} orders, {asked.customers:,} customers, {size:.0f} MiB")
        run(orders, report)
        seconds, cpu = map(statistics.median, zip(*(run(orders, report) for _ in range(ROUNDS)), strict=True))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(f"report in {seconds:.1f} s ({cpu:.1f} CPU s), peak {peak:,} MiB")


if __name__ == "__main__":
    main()
