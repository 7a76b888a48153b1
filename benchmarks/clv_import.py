"""How long loading the models takes beyond pandas, which a notebook has loaded anyway.

    python benchmarks/clv_import.py [--runs N]

Each pair of runs is two fresh interpreters, one after the other; medians, in seconds.
"""

import argparse
import statistics
import subprocess
import sys
import time

PANDAS = "import pandas"
MODELS = "import pandas; from audience_builder import Forecaster, backtest"
AT_MOST_SECONDS = 0.1


def seconds(statement):
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - began


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    seconds(MODELS)
    pairs = [(seconds(PANDAS), seconds(MODELS)) for _ in range(runs)]
    pandas, models = (statistics.median(column) for column in zip(*pairs, strict=True))
    over = statistics.median(after - before for before, after in pairs)
    print(f"pandas {pandas:.3f} s, pandas and models {models:.3f} s: {over:+.3f} s (at most {AT_MOST_SECONDS} s)")
    sys.exit(0 if over <= AT_MOST_SECONDS else 1)


if __name__ == "__main__":
    main()
