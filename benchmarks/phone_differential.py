"""Compare whole-column reading of phone numbers with phonenumbers on a million seeded numbers.

    python benchmarks/phone_differential.py --numbers 1000000 --seed 1

Numbers are valid and broken, over all regions, calling codes and kinds; ends with exit code 1 if any
differs. A million take some minutes.
"""

import argparse
import runpy
import sys
import time
from pathlib import Path

CHUNK = 50_000
SAMPLER = Path(__file__).parents[1] / "tests" / "matchkeys" / "test_phone_differential.py"


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--numbers", type=int, default=1_000_000)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    sampler = runpy.run_path(str(SAMPLER))
    start, different, valid = time.perf_counter(), 0, 0
    for chunk in range(0, chosen.numbers, CHUNK):
        pairs = sampler["samples"](seed=chosen.seed * 1_000_003 + chunk, count=CHUNK)
        ours, theirs = sampler["both"](pairs)
        wrong = [(pair, a, b) for pair, a, b in zip(pairs, ours, theirs, strict=True) if a != b]
        for line in wrong[:5]:
            print("differs:", *line)
        different += len(wrong)
        valid += sum(number is not None for number in theirs)
    seconds = time.perf_counter() - start
    print(f"{chunk + CHUNK:,} numbers, {valid:,} valid, {different:,} differences, {seconds:.0f} s")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
