"""A folder of clients: each apart, the next one goes on when one fails."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

from audience_builder import events, notify
from audience_builder.config import Client, load_each, state_of
from audience_builder.errors import AudienceBuilderError, BrakeError, ConfigError, place_of
from audience_builder.refresh.client import apply, plan, plan_path
from audience_builder.refresh.news import addresses, notice_of
from audience_builder.refresh.planfile import PlanFile
from audience_builder.refresh.reports import ClientReport
from audience_builder.refresh.terms import Terms

__all__ = ["PLAN_SUFFIX", "Refreshed", "check_together", "refresh", "worst"]

PLAN_SUFFIX: Final = ".json"
_COUNTS: Final = ("added", "removed", "revalued", "unchanged", "rejected_by_platform", "requests")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """What became of one client's file.

    Args:
        path: The file.
        client: The client's name, empty where the file could not be read.
        report: What was planned or sent; with ``error`` a plan that a brake stands in the way of.
        error: Why it failed.
        plan_path: The plan that was written.
        untold: Notifications that could not be delivered, one sentence each.
    """

    path: Path
    client: str = ""
    report: ClientReport | None = None
    error: AudienceBuilderError | None = None
    plan_path: Path | None = None
    untold: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0, or that of the error."""
        return 0 if self.error is None else self.error.exit_code

    @property
    def outcome(self) -> Literal["success", "brake", "failure"]:
        """In one word."""
        return "success" if self.error is None else "brake" if isinstance(self.error, BrakeError) else "failure"

    def counts(self) -> dict[str, int]:
        """What was sent, or would be, over all audiences."""
        audiences = () if self.report is None else self.report.audiences
        return {name: sum(getattr(one.result, name) for one in audiences) for name in _COUNTS}

    def document(self) -> dict[str, Any]:
        """JSON-ready."""
        error, report = self.error, self.report
        return {
            "client": self.client,
            "file": self.path.name,
            "outcome": self.outcome,
            "exit_code": self.exit_code,
            "error": None if error is None else {"wrong": error.wrong, "found": error.found, "fix": error.fix},
            "notifications_not_delivered": list(self.untold),
            "plan": None if self.plan_path is None else str(self.plan_path),
            **self.counts(),
            "audiences": [] if report is None else [one.document() for one in report.audiences],
            "summary": None if report is None else report.summary.document(),
        }


def refresh(paths: Sequence[Path], terms: Terms, *, applying: bool, output: Path | None = None) -> Iterator[Refreshed]:
    """Plan or apply each client's file, one after the other.

    Args:
        paths: Clients' files (``.toml``), and with ``applying`` perhaps their plans (``.json``).
        terms: How it is to go.
        applying: Whether anything is sent.
        output: Where a single client's plan is written; None for beside its file.

    Yields:
        One result per client's file, in the order given; a client that failed does not stop the others.

    Raises:
        ConfigError: The files do not go together; nothing was done.
    """
    files = [path for path in paths if path.suffix != PLAN_SUFFIX]
    plans = [PlanFile.read(path) for path in paths if path.suffix == PLAN_SUFFIX]
    loaded = load_each(files, terms.environ)
    clients = [one for one in loaded if isinstance(one, Client)]
    _refuse_unfit(files, clients, plans, terms, applying=applying, output=output)
    held = {one.client: one for one in plans}
    for path, one in zip(files, loaded, strict=True):
        if isinstance(one, Client):
            yield _told(one, terms, held.get(one.name), applying=applying, output=output, alone=len(files) == 1)
        else:
            with events.about(file=path.name):
                failed = _ended(Refreshed(path=path, error=one))
            yield failed


def worst(results: Sequence[Refreshed]) -> int:
    """The worst exit code: the highest."""
    return max((one.exit_code for one in results), default=0)


def _told(
    client: Client, terms: Terms, held: PlanFile | None, *, applying: bool, output: Path | None, alone: bool
) -> Refreshed:
    """One client, and the news of it for those who want to know; a plan is no news."""
    with events.about(client=client.name):
        try:
            urls = addresses(client, terms.environ) if applying else ()
        except ConfigError as error:
            return _ended(Refreshed(path=client.path, client=client.name, error=error))
        done = _ended(_one(client, terms, held, applying=applying, output=output, alone=alone))
        if not urls or done.outcome not in client.config.notify.on:
            return done
        untold = notify.send([notice_of(client.name, done.counts(), done.error)], urls)
        for sentence in untold:
            events.tell(events.Event.NOT_NOTIFIED, level=logging.WARNING, wrong=sentence)
        return replace(done, untold=untold)


def _ended(done: Refreshed) -> Refreshed:
    """Tell of a client's end."""
    facts = {"outcome": done.outcome, **done.counts(), **events.outcome_of(done.error)}
    events.tell(events.Event.CLIENT_ENDED, level=events.level_of(done.exit_code), **facts)
    return done


def _one(
    client: Client, terms: Terms, held: PlanFile | None, *, applying: bool, output: Path | None, alone: bool
) -> Refreshed:
    """One client, whatever happens; of a library's failure only the place is told."""
    done = Refreshed(path=client.path, client=client.name)
    try:
        if not alone:
            _refuse_shared_token(client)
        if applying:
            done = replace(done, report=apply(client, terms, held))
        else:
            report, made = plan(client, terms)
            done = replace(done, report=report)
            report.refuse()
            target = output or plan_path(client)
            made.write(target)
            done = replace(done, plan_path=target)
    except AudienceBuilderError as error:
        done = replace(done, error=error)
    except Exception as error:  # noqa: BLE001  a message of a library may hold a contact
        done = replace(
            done,
            error=AudienceBuilderError(
                f"The program failed at {place_of(error)} ({type(error).__name__}).",
                "This is a defect of audience-builder.",
                "Please report that line. What was sent is on record.",
            ),
        )
    return done


def check_together(clients: Sequence[Client], environ: Mapping[str, str]) -> None:
    """Look whether clients can be refreshed in one run.

    Raises:
        ConfigError: Two share a name or a record, or one of several names no token of its own.
    """
    _refuse_shared_records(clients, environ)
    if len(clients) > 1:
        for client in clients:
            _refuse_shared_token(client)


def _refuse_shared_records(clients: Sequence[Client], environ: Mapping[str, str]) -> None:
    for what, keys in (
        ("name", [client.slug for client in clients]),
        ("state folder", [str(state_of(client, environ).resolve()) for client in clients]),
    ):
        twice = [client for client, key in zip(clients, keys, strict=True) if keys.count(key) > 1]
        if twice:
            raise ConfigError(
                f"Two clients have the same {what}.",
                f"It is in {' and '.join(dict.fromkeys(client.path.name for client in twice))}.",
                "Give each its own, so that their records stay apart; nothing was done.",
            )


def _refuse_shared_token(client: Client) -> None:
    nameless = [label for label, one in client.config.audiences.items() if one.token_env is None]
    if nameless:
        raise ConfigError(
            "In a run of several clients each names the variable with its own token.",
            f"audiences.{nameless[0]} of {client.path.name} has no token_env.",
            'Add token_env = "ACME_META_TOKEN" there, with the name of your variable.',
        )


def _refuse_unfit(
    files: Sequence[Path],
    clients: Sequence[Client],
    plans: Sequence[PlanFile],
    terms: Terms,
    *,
    applying: bool,
    output: Path | None,
) -> None:
    """Files that do not go together."""
    if not files:
        raise ConfigError("No client's file was given.", "", "Name one: audience-builder refresh audience.toml.")
    _refuse_shared_records(clients, terms.environ)
    if plans and not applying:
        raise ConfigError("A plan was given, but nothing is to be applied.", "", "Add --apply, or leave the plan out.")
    if plans and sorted(one.client for one in plans) != sorted(client.name for client in clients):
        raise ConfigError(
            "The plans are not those of these clients.",
            f"There are plans for {', '.join(one.client for one in plans)}.",
            "Give every client's file with its plan, and no others.",
        )
    if output is not None and len(files) > 1:
        raise ConfigError(
            "One file cannot hold the plans of several clients.",
            f"{len(files)} clients were given with --output.",
            "Leave --output out: each plan is written beside its client's file.",
        )
