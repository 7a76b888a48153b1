"""The one place that knows the order of the stages.

sources -> ledger -> filters -> value -> audience -> delivery
"""

from audience_builder.lists import Lists, Wrapping
from audience_builder.pipeline.demonstration import DEMO_RESULTS, demo
from audience_builder.pipeline.request import Request
from audience_builder.pipeline.results import Upload, backtest, export, report, upload
from audience_builder.pipeline.running import Run, run

__all__ = [
    "DEMO_RESULTS",
    "Lists",
    "Request",
    "Run",
    "Upload",
    "Wrapping",
    "backtest",
    "demo",
    "export",
    "report",
    "run",
    "upload",
]
