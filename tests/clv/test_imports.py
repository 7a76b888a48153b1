"""The models are NumPy and pandas: a notebook that forecasts loads nothing more."""

import subprocess
import sys

LOADED = """
import sys
import pandas
before = set(sys.modules)
from audience_builder import Forecaster, backtest
print(*sorted({name.partition(".")[0] for name in set(sys.modules) - before}))
"""


def test_the_models_load_nothing_that_pandas_does_not():
    found = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    outside = set(found.stdout.split()) - set(sys.stdlib_module_names)
    assert outside == {"audience_builder"}
