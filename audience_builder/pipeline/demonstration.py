"""The main job on the bundled data: real orders, synthetic contacts, an upload to a local stand-in."""

from dataclasses import replace
from decimal import Decimal
from importlib.resources import as_file, files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from audience_builder import sources
from audience_builder.delivery.destination import Destination
from audience_builder.lists import Lists
from audience_builder.pipeline.request import Request
from audience_builder.pipeline.results import Upload, exported, reported, uploaded
from audience_builder.pipeline.running import Run, run
from audience_builder.sandbox import Sandbox
from audience_builder.who import Who

__all__ = ["DEMO_RESULTS", "demo"]

DEMO_RESULTS: Final = {
    "report.csv": "one row per customer: what they paid, RFM segment, forecast",
    "report.html": "all totals on one page to hand on: values, segments, months, coverage",
    "meta.csv": "hashed, value-based customer list for Meta",
    "google-tier1.csv": "hashed list for Google, the best third; tier2, tier3 beside",
    "rejects.csv": "rows that could not be used, with line and reason",
    "manifest.json": "inputs, funnel, rules and checksums of all of it",
}


def demo(folder: Path, *, force: bool = False) -> Upload:
    """One run, and all that is made of one: lists, a report and an upload.

    Args:
        folder: Where report, lists and manifest go.
        force: Whether the results of an earlier demo may be replaced.

    Raises:
        ConfigError: The folder cannot be written, or holds an earlier demo.
    """
    bundle = files("audience_builder.demo")
    with as_file(bundle / "orders.csv.gz") as orders, as_file(bundle / "customers.csv") as customers:
        request = Request(
            files=(str(orders),),
            customers=(str(customers),),
            source=sources.SourceOptions(consent="Accepts Marketing"),
            who=Who(min_paid=Decimal(1), no_refunds=True, consent="opt-in"),
        ).for_values()
        lists = Lists(platforms=("meta", "google"), tiers=3, force=force)
        done = run(request)
        summary = exported(done, request, lists, folder)
        table = reported(done, request, folder / "report.csv", force=force)
        reported(done, request, folder / "report.html", client="Demo", force=force)
        sent = _rehearsed(done, request, folder)
    return Upload(summary=replace(summary, files=(*summary.files, *table.files[:1])), result=sent.result)


def _rehearsed(done: Run, request: Request, folder: Path) -> Upload:
    """Upload to a stand-in of Meta in this process; its record goes when it does."""
    with TemporaryDirectory(prefix=".rehearsal-", dir=folder) as state, Sandbox() as stand_in:
        to = Destination(platform="meta", account=stand_in.account.account, name="Demo seed", state=Path(state))
        return uploaded(done, request, to, environ=stand_in.environ)
