"""Run every benchmark, one after the other, each in a process of its own.

    python benchmarks/run.py

Takes some minutes; the numbers in docs/benchmarks.md come from it. Nothing else should run meanwhile.
"""

import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
BENCHMARKS = (
    ("report.py",),
    ("export_memory.py",),
    ("keys.py",),
    ("phone.py",),
    ("phone_differential.py",),
    ("clv_import.py",),
    ("clv_models.py",),
    ("clv_small_samples.py",),
)
LIBRARIES = ("polars", "polars-hash", "pandas", "numpy", "pyarrow", "phonenumbers", "email-validator", "lifetimes")


def main():
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}")
    print(", ".join(f"{name} {version(name)}" for name in LIBRARIES), flush=True)
    failed = []
    for script, *arguments in BENCHMARKS:
        print(f"\n{script}", flush=True)
        done = subprocess.run([sys.executable, str(HERE / script), *arguments], check=False)
        failed += [script] if done.returncode else []
    sys.exit(f"failed: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
