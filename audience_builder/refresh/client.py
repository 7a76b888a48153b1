"""One client: read and valued once, then each audience planned or brought in line."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from audience_builder.config import Client, request_of, state_of, targets_of
from audience_builder.delivery.brakes import Brakes
from audience_builder.delivery.outcome import Rehearsal, UploadResult
from audience_builder.delivery.records import AudienceKey
from audience_builder.delivery.state import State
from audience_builder.errors import ConfigError
from audience_builder.refresh.planfile import PlanFile, PlannedAudience
from audience_builder.refresh.ready import Ready, made_ready, occasion_of
from audience_builder.refresh.reports import AudienceReport, ClientReport
from audience_builder.refresh.settings import file_digests, settings_digest
from audience_builder.refresh.terms import Terms
from audience_builder.sending import Shipment

__all__ = ["apply", "plan", "plan_path", "record_of", "refuse_foreign"]

_OWNER: Final = "client"
"""File in the state folder that says whose it is."""


def plan(client: Client, terms: Terms) -> tuple[ClientReport, PlanFile]:
    """Work out what a refresh would send, and which brakes stand in its way.

    Args:
        client: The settings.
        terms: How it is to go.

    Returns:
        What would be sent, with the brakes that stand in the way; and the plan.

    Raises:
        ConfigError, DataError: A setting or the data has to change.
        NotAuthorised: There is no token.
    """
    brakes = terms.brakes(_brakes_of(client))
    ready = made_ready(client, request_of(client, today=terms.today, environ=terms.environ), terms, brakes)
    files = file_digests(client, ready.request)
    told, planned, remarks = [], [], []
    with record_of(client, terms.environ, terms.runtime.clock) as state:
        for label, shipment, uploader in ready.shipments():
            remarks += shipment.remarks()
            rehearsal = shipment.rehearse(uploader, state)
            told.append(_told(label, shipment, rehearsal.result, rehearsal))
            planned.append(_planned(label, shipment, rehearsal))
    made = PlanFile(
        client=client.name,
        made_at=datetime.fromtimestamp(terms.runtime.clock(), UTC).isoformat(timespec="seconds"),
        settings=settings_digest(client),
        files=files,
        only=terms.only,
        brakes=brakes,
        audiences=tuple(planned),
    )
    report = ClientReport(
        client=client.name, summary=ready.done.summary, audiences=tuple(told), remarks=tuple(dict.fromkeys(remarks))
    )
    return report, made


def apply(client: Client, terms: Terms, held: PlanFile | None = None) -> ClientReport:
    """Bring the client's audiences in line; every brake of every audience is looked at before anyone is sent.

    Args:
        client: The settings.
        terms: How it is to go.
        held: The plan to carry out exactly, None to send whatever has changed.

    Raises:
        ConfigError, DataError: A setting or the data has to change.
        BrakeError: A brake has tripped, or the plan no longer fits; nothing was sent.
        DeliveryError: The platform did not take it; running again continues.
    """
    brakes = terms.brakes(_brakes_of(client)) if held is None else held.brakes
    terms = terms if held is None else replace(terms, only=held.only)
    sent, remarks = [], []
    with record_of(client, terms.environ, terms.runtime.clock) as state:
        ready = _looked_through(client, terms, brakes, held, state)
        for label, shipment, uploader in ready.shipments():
            remarks += shipment.remarks()
            expected = None if held is None else held.binding(label, shipment.to.name)
            result, _ = shipment.send(uploader, state, expected=expected, progress=terms.progress)
            sent.append(_told(label, shipment, result))
    return ClientReport(
        client=client.name, summary=ready.done.summary, audiences=tuple(sent), remarks=tuple(dict.fromkeys(remarks))
    )


def _looked_through(client: Client, terms: Terms, brakes: Brakes, held: PlanFile | None, state: State) -> Ready:
    """Read and thought through; whatever stops the run here is on record, and no audience has been touched."""
    keys = [
        AudienceKey(platform=one.to.platform, account=one.to.account, name=one.to.name)
        for one in targets_of(client, terms.environ, brakes)
        if terms.only in (None, one.label)
    ]
    request = request_of(client, today=terms.today, environ=terms.environ)
    with state.watching(keys, occasion_of(client, terms)):
        if held is not None:
            held.check(client=client.name, settings=settings_digest(client), files=file_digests(client, request))
        ready = made_ready(client, request, terms, brakes)
    with state.watching(keys, ready.occasion):
        rehearsed = [
            _told(label, shipment, rehearsal.result, rehearsal)
            for label, shipment, uploader in ready.shipments()
            for rehearsal in [shipment.rehearse(uploader, state)]
        ]
        ClientReport(client=client.name, summary=ready.done.summary, audiences=tuple(rehearsed)).refuse()
    return ready


def _brakes_of(client: Client) -> Brakes:
    """The client's own limits."""
    return Brakes(**client.config.brakes.model_dump(exclude={"max_invalid"}))


def record_of(client: Client, environ: Mapping[str, str], clock: Callable[[], float]) -> State:
    """The client's own record, marked as hers, so that no other client ever writes into it.

    Raises:
        ConfigError: The folder is another client's, or cannot be used.
    """
    folder = state_of(client, environ)
    refuse_foreign(folder, client)
    state = State(folder, clock=clock)
    try:
        with (folder / _OWNER).open("x", encoding="utf-8") as file:
            (folder / _OWNER).chmod(0o600)
            file.write(client.slug)
    except FileExistsError:
        pass
    return state


def refuse_foreign(folder: Path, client: Client) -> None:
    """Refuse a state folder that is marked as another client's.

    Raises:
        ConfigError: It is.
    """
    try:
        owner = (folder / _OWNER).read_text("utf-8")
    except FileNotFoundError:
        return
    if owner not in {"", client.slug}:
        raise ConfigError(
            "The state folder is another client's.", f'{folder} belongs to "{owner}".',
            "Give every client a folder of its own (client.state), or leave it out.",
        )  # fmt: skip


def _told(label: str, shipment: Shipment, result: UploadResult, rehearsal: Rehearsal | None = None) -> AudienceReport:
    to = shipment.to
    found = AudienceReport(
        label=label, name=to.name, platform=to.platform, account=to.account, mode=to.mode, result=result
    )
    if rehearsal is None:
        return found
    return replace(found, requests=rehearsal.requests, minutes=rehearsal.seconds / 60, tripped=rehearsal.tripped)


def _planned(label: str, shipment: Shipment, rehearsal: Rehearsal) -> PlannedAudience:
    result, to = rehearsal.result, shipment.to
    return PlannedAudience(
        label=label,
        name=to.name,
        platform=to.platform,
        account=to.account,
        mode=to.mode,
        binding=rehearsal.binding,
        counts={name: getattr(result, name) for name in ("added", "removed", "revalued", "unchanged", "members")},
        removal_reasons=dict(result.removal_reasons),
        requests=rehearsal.requests,
        seconds=rehearsal.seconds,
    )


def plan_path(client: Client) -> Path:
    """Where a client's plan goes unless told otherwise: beside the client's file."""
    return client.path.with_suffix(".plan.json")
