"""What a run is for: a report, lists, an upload, a backtest."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audience_builder import platforms
from audience_builder.audiences import Audience, AudienceOptions
from audience_builder.clock import now
from audience_builder.contacts import ContactRules
from audience_builder.delivery.audit.occasion import Actor, Occasion, digest_of_settings
from audience_builder.delivery.destination import Destination
from audience_builder.delivery.export import Parcel, open_parcel
from audience_builder.delivery.manifest import MANIFEST, refuse_others
from audience_builder.delivery.outcome import UploadResult
from audience_builder.delivery.records import AudienceKey
from audience_builder.delivery.state import State
from audience_builder.delivery.uploader import Progress
from audience_builder.errors import ConfigError
from audience_builder.lists import Lists, Wrapping, check_forms, fill, told_of
from audience_builder.pipeline.joining import joined
from audience_builder.pipeline.request import Request
from audience_builder.pipeline.running import RankedRun, Run, ranked_run, run
from audience_builder.ranked import Ranked
from audience_builder.reporting.summary import Summary
from audience_builder.reporting.table import PAGE, check_destination, report_table, write_report
from audience_builder.sending import Shipment, files_read
from audience_builder.shelf import BLOCK_ROWS
from audience_builder.spec import Platform
from audience_builder.tombstones import Tombstones

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
    top: int | None = None, merges: Path | None = None, client: str | None = None, force: bool = False,
) -> Summary:  # fmt: skip
    """Write the report and a reject file beside it; return what happened.

    Args:
        request: What the run works on.
        output: Report path, or None for the summary alone. ``.html`` is a page of totals, anything else a
            table of customers.
        columns: See ``report.table.report_table``.
        sort: Likewise.
        top: Likewise.
        merges: Where to explain which rows were joined into one customer, None for nowhere.
        client: Whose customers these are, for the page.
        force: Whether files of those names may be replaced.

    Raises:
        ConfigError, DataError: As ``run``, or the report cannot be written.
    """
    if output is not None:
        check_destination(output, force=force, formats=(PAGE,))
        _check_shape(output, chosen=bool(columns or sort or top))
    if merges is not None:
        check_destination(merges, force=force)
    done = run(request, wanted=(*columns, (sort or "").removeprefix("-")))
    return reported(
        done, request, output, columns=columns, sort=sort, top=top, merges=merges, client=client, force=force
    )


def reported(
    done: Run, request: Request, output: Path | None, *, columns: tuple[str, ...] = (), sort: str | None = None,
    top: int | None = None, merges: Path | None = None, client: str | None = None, force: bool = False,
) -> Summary:  # fmt: skip
    """Write the report of a run that is done; see ``report``."""
    table = report_table(done.customers, columns=columns, sort=sort, top=top)
    summary = replace(done.summary, match_key_coverage=_covered(done, request.contacts))
    written: list[dict[str, str | int]] = []
    if output is not None:
        if output.suffix.lower() == PAGE:
            _write_page(summary, client, output)
        else:
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
    return replace(summary, files=tuple(written))


def _check_shape(output: Path, *, chosen: bool) -> None:
    if output.suffix.lower() == PAGE and chosen:
        raise ConfigError(
            "A page holds totals, and no customer to choose, sort or cut.",
            "--columns, --sort or --top was given.",
            f"Leave them out, or write a table: -o {output.stem}.csv.",
        )


def _write_page(summary: Summary, client: str | None, path: Path) -> None:
    from audience_builder.reporting.page import page, write_page

    write_page(page(summary, client=client, made_at=now()), path)


def export(
    request: Request, lists: Lists, folder: Path, wrapping: Wrapping | None = None, *, block_rows: int = BLOCK_ROWS
) -> Summary:
    """Write every platform's lists, the rejects and the manifest, or nothing at all.

    Args:
        request: What the run works on.
        lists: Which lists are written.
        folder: Where they go.
        wrapping: What goes round them.
        block_rows: Rows worked on at a time; what memory it takes grows with this, not with the files.

    Raises:
        ConfigError, DataError: As ``run``, an unknown platform, or the folder cannot be written or is
            another client's.
    """
    wrapping = wrapping or Wrapping()
    targets = _targets(request, lists, wrapping)
    by_value = lists.tiers > 1 or (lists.with_value and any(target.value_column for target in targets))
    with _parcel(folder, targets, lists, wrapping) as parcel:
        done = ranked_run(request.for_values() if by_value else request, block_rows)
        return _filled(parcel, done, request, lists, targets, wrapping)


def exported(done: Run, request: Request, lists: Lists, folder: Path) -> Summary:
    """Write the lists of a run that is done; see ``export``."""
    wrapping = Wrapping()
    targets = _targets(request, lists, wrapping)
    ranked = RankedRun(customers=Ranked.of(done.customers), rejects=done.rejects, summary=done.summary)
    with _parcel(folder, targets, lists, wrapping) as parcel:
        return _filled(parcel, ranked, request, lists, targets, wrapping)


def _filled(
    parcel: Parcel, done: RankedRun, request: Request, lists: Lists, targets: list[Platform], wrapping: Wrapping
) -> Summary:  # fmt: skip
    summary = fill(parcel, done.customers, done.rejects, done.summary, request.contacts, lists, targets)
    wrapping.close(parcel, summary, done.customers, hashed=not lists.plain)
    return summary


def _targets(request: Request, lists: Lists, wrapping: Wrapping) -> list[Platform]:
    """The platforms asked for; digests cannot be written as plain text."""
    targets = [wrapping.shaped(platforms.load(name)) for name in dict.fromkeys(lists.platforms)]
    if lists.plain and request.contacts.hashed:
        raise ConfigError(
            "--plain and --hashed exclude each other.",
            f"Hashed already: {', '.join(sorted(request.contacts.hashed))}.",
            "A digest cannot be turned back into text.",
        )
    return targets


def _parcel(
    folder: Path, targets: list[Platform], lists: Lists, wrapping: Wrapping
) -> AbstractContextManager[Parcel]:  # fmt: skip
    refuse_others(folder, wrapping.client)
    names = [*(target.name for target in targets), MANIFEST, "rejects.csv", *wrapping.files]
    return open_parcel(folder, replaces=names, force=lists.force)


def upload(
    request: Request,
    to: Destination,
    *,
    environ: Mapping[str, str],
    client: str = "",
    progress: Callable[[Progress], None] | None = None,
) -> Upload:
    """Bring an audience on a platform in line with the customers, sending only what has changed.

    Args:
        request: What the run works on.
        to: Which audience, and how.
        environ: Holds the platform's token, and perhaps another endpoint.
        client: Whose customers they are, for the log.
        progress: Called after each request.

    Raises:
        ConfigError, DataError: As ``run``, or a setting of the upload has to change.
        BrakeError: The change is too large or the audience too small; nothing was sent.
        DeliveryError: The platform did not take it.
    """
    return _uploaded(lambda target: run(_for_list(request, target, to)), request, to, environ, client, progress)


def uploaded(done: Run, request: Request, to: Destination, *, environ: Mapping[str, str]) -> Upload:
    """Upload the customers of a run that is done; see ``upload``."""
    return _uploaded(lambda _: done, request, to, environ, "", None)


def _for_list(request: Request, target: Platform, to: Destination) -> Request:
    return request.for_values() if target.value_column is not None and to.with_value else request


def _uploaded(
    made: Callable[[Platform], Run], request: Request, to: Destination,
    environ: Mapping[str, str], client: str, progress: Callable[[Progress], None] | None,
) -> Upload:  # fmt: skip
    """Settings are looked at and the state is opened before anything is read."""
    target = platforms.load(to.platform)
    check_forms([target], to.forms)
    uploader = to.connect(target, environ)
    key = AudienceKey(platform=target.name, account=to.account, name=to.name)
    asked = replace(request, who=replace(request.who, erased=Tombstones()))  # people are no settings
    settings = digest_of_settings(asked, replace(to, runtime=None))
    occasion = Occasion(command="upload", client=client, actor=Actor.of(environ), settings=settings)
    with State(to.state, clock=time.time) as state:
        with nullcontext() if to.dry_run else state.watching([key], occasion):
            done = made(target)
            read = files_read(done.summary.sources, request.other_files())
            shipment = Shipment(
                customers=done.customers, contacts=request.contacts, platform=target, to=to, reasons=done.reasons(),
                occasion=replace(occasion, files=read),
            )  # fmt: skip
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

    return measured(joined(request).people.orders(), cutoffs or None, holdout_days)


def _covered(done: Run, contacts: ContactRules) -> dict[str, Mapping[str, int]]:
    """How many of the kept customers have each of Meta's keys: the widest set there is."""
    audience = Audience(done.customers, platforms.load("meta"), AudienceOptions(contacts=contacts, with_value=False))
    for _ in audience.plain():
        pass
    return {"meta": dict(audience.tally.coverage)}
