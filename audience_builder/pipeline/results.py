"""What a run is for: a report, lists, an upload, a backtest."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audience_builder import platforms
from audience_builder.audiences import Audience, AudienceOptions
from audience_builder.contacts import ContactRules
from audience_builder.delivery.destination import Destination
from audience_builder.delivery.export import Parcel, open_parcel
from audience_builder.delivery.outcome import UploadResult
from audience_builder.delivery.state import State
from audience_builder.delivery.uploader import Progress
from audience_builder.errors import ConfigError
from audience_builder.lists import Lists, check_forms, fill, told_of
from audience_builder.pipeline.joining import joined
from audience_builder.pipeline.request import Request
from audience_builder.pipeline.running import Run, run
from audience_builder.reporting.summary import Summary
from audience_builder.reporting.table import check_destination, report_table, write_report
from audience_builder.sending import Shipment
from audience_builder.spec import Platform

if TYPE_CHECKING:  # the models load only where a forecast is asked for
    from audience_builder.clv.backtest import BacktestReport

__all__ = ["Upload", "backtest", "export", "exported", "report", "reported", "upload", "uploaded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """What was read and valued, and what the platform made of it."""

    summary: Summary
    result: UploadResult

    def document(self) -> dict[str, Any]:
        """Both as one JSON-ready document."""
        return {**self.summary.document(), **asdict(self.result)}


def report(
    request: Request, output: Path | None, *, columns: tuple[str, ...] = (), sort: str | None = None,
    top: int | None = None, merges: Path | None = None, force: bool = False,
) -> Summary:  # fmt: skip
    """Write the report and a reject file beside it; return what happened.

    Args:
        request: What the run works on.
        output: Report path, or None for the summary alone.
        columns: See ``report.table.report_table``.
        sort: Likewise.
        top: Likewise.
        merges: Where to explain which rows were joined into one customer, None for nowhere.
        force: Whether files of those names may be replaced.

    Raises:
        ConfigError, DataError: As ``run``, or the report cannot be written.
    """
    for path in (output, merges):
        if path is not None:
            check_destination(path, force=force)
    done = run(request, wanted=(*columns, (sort or "").removeprefix("-")))
    return reported(done, request, output, columns=columns, sort=sort, top=top, merges=merges, force=force)


def reported(
    done: Run, request: Request, output: Path | None, *, columns: tuple[str, ...] = (), sort: str | None = None,
    top: int | None = None, merges: Path | None = None, force: bool = False,
) -> Summary:  # fmt: skip
    """Write the report of a run that is done; see ``report``."""
    table = report_table(done.customers, columns=columns, sort=sort, top=top)
    coverage = _covered(done, request.contacts)
    written: list[dict[str, str | int]] = []
    if output is not None:
        write_report(table, output)
        written.append({"name": output.name, "rows": table.height})
        if done.rejects.height:
            rejects = output.with_name(f"{output.stem}-rejects.csv")
            check_destination(rejects, force=force)
            write_report(done.rejects, rejects)
            written.append({"name": rejects.name, "rows": done.rejects.height})
    if merges is not None:
        joined = done.merges()
        write_report(joined, merges)
        written.append({"name": merges.name, "rows": joined.height})
    return replace(done.summary, match_key_coverage=coverage, files=tuple(written))


def export(request: Request, lists: Lists, folder: Path) -> Summary:
    """Write every platform's lists, the rejects and the manifest, or nothing at all.

    Args:
        request: What the run works on.
        lists: Which lists are written.
        folder: Where they go.

    Raises:
        ConfigError, DataError: As ``run``, an unknown platform, or the folder cannot be written.
    """
    targets = _targets(request, lists)
    by_value = lists.tiers > 1 or (lists.with_value and any(target.value_column for target in targets))
    with _parcel(folder, targets, lists) as parcel:
        done = run(request.for_values() if by_value else request)
        return fill(parcel, done.customers, done.rejects, done.summary, request.contacts, lists, targets)


def exported(done: Run, request: Request, lists: Lists, folder: Path) -> Summary:
    """Write the lists of a run that is done; see ``export``."""
    targets = _targets(request, lists)
    with _parcel(folder, targets, lists) as parcel:
        return fill(parcel, done.customers, done.rejects, done.summary, request.contacts, lists, targets)


def _targets(request: Request, lists: Lists) -> list[Platform]:
    """The platforms asked for; digests cannot be written as plain text."""
    targets = [platforms.load(name) for name in dict.fromkeys(lists.platforms)]
    if lists.plain and request.contacts.hashed:
        raise ConfigError(
            "--plain and --hashed exclude each other.",
            f"Hashed already: {', '.join(sorted(request.contacts.hashed))}.",
            "A digest cannot be turned back into text.",
        )
    return targets


def _parcel(folder: Path, targets: list[Platform], lists: Lists) -> AbstractContextManager[Parcel]:
    names = [*(target.name for target in targets), "manifest.json", "rejects.csv"]
    return open_parcel(folder, replaces=names, force=lists.force)


def upload(
    request: Request,
    to: Destination,
    *,
    environ: Mapping[str, str],
    progress: Callable[[Progress], None] | None = None,
) -> Upload:
    """Bring an audience on a platform in line with the customers, sending only what has changed.

    Args:
        request: What the run works on.
        to: Which audience, and how.
        environ: Holds the platform's token, and perhaps another endpoint.
        progress: Called after each request.

    Raises:
        ConfigError, DataError: As ``run``, or a setting of the upload has to change.
        BrakeError: The change is too large or the audience too small; nothing was sent.
        DeliveryError: The platform did not take it.
    """
    return _uploaded(lambda target: run(_for_list(request, target, to)), request, to, environ, progress)


def uploaded(done: Run, request: Request, to: Destination, *, environ: Mapping[str, str]) -> Upload:
    """Upload the customers of a run that is done; see ``upload``."""
    return _uploaded(lambda _: done, request, to, environ, None)


def _for_list(request: Request, target: Platform, to: Destination) -> Request:
    return request.for_values() if target.value_column is not None and to.with_value else request


def _uploaded(
    made: Callable[[Platform], Run], request: Request, to: Destination,
    environ: Mapping[str, str], progress: Callable[[Progress], None] | None,
) -> Upload:  # fmt: skip
    """Settings are looked at and the state is opened before anything is read."""
    target = platforms.load(to.platform)
    check_forms([target], to.forms)
    uploader = to.connect(target, environ)
    with State(to.state, clock=time.time) as state:
        done = made(target)
        shipment = Shipment(
            customers=done.customers, contacts=request.contacts, platform=target, to=to, reasons=done.reasons()
        )
        notes = shipment.remarks()
        result, audience = shipment.send(uploader, state, progress=progress)
    summary = replace(
        done.summary,
        match_key_coverage={target.name: dict(audience.tally.coverage)},
        lists=(told_of(target, [audience], ()),),
        notes=(*done.summary.notes, *notes),
    )
    return Upload(summary=summary, result=result)


def backtest(request: Request, cutoffs: Sequence[date] = (), holdout_days: int | None = None) -> "BacktestReport":
    """How well each forecast would have done on these orders.

    Args:
        request: What the run works on; who is in and what a customer is worth play no part.
        cutoffs: See ``clv.backtest.backtest``; empty lets it choose.
        holdout_days: Likewise.

    Raises:
        ConfigError, DataError: The orders cannot be read, or cannot be split.
    """
    from audience_builder.clv.backtest import backtest as measured

    return measured(joined(request).book.orders, cutoffs or None, holdout_days)


def _covered(done: Run, contacts: ContactRules) -> dict[str, Mapping[str, int]]:
    """How many of the kept customers have each of Meta's keys: the widest set there is."""
    audience = Audience(done.customers, platforms.load("meta"), AudienceOptions(contacts=contacts, with_value=False))
    for _ in audience.plain():
        pass
    return {"meta": dict(audience.tally.coverage)}
