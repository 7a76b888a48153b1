"""Settings to what the stages take: the same dataclasses that the command line fills."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from audience_builder.clients import slug
from audience_builder.config.loading import Client
from audience_builder.config.model import AudienceSection, SourceSection
from audience_builder.contacts import ContactRules
from audience_builder.delivery.brakes import Brakes
from audience_builder.delivery.burials import tombstones_in
from audience_builder.delivery.destination import Destination
from audience_builder.delivery.graph.settings import LimitedDataUse
from audience_builder.delivery.store import user_data_folder
from audience_builder.errors import ConfigError
from audience_builder.ledger import Identity
from audience_builder.pipeline import Request
from audience_builder.sources import DatabaseQuery, SourceOptions
from audience_builder.sources.reading import ReadingOptions
from audience_builder.sources.statements import read_query
from audience_builder.who import Who, active_since, consent_rule
from audience_builder.worth import Worth

__all__ = [
    "AudienceTarget", "client_folder", "clients_on_record", "queries_of", "request_of", "state_of", "targets_of",
]  # fmt: skip

_CLIENTS: Final = "clients"


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceTarget:
    """One audience of a client.

    Args:
        label: Its name in the file.
        to: Where it goes, and how far.
        where: Its own condition.
        columns: Match keys to send; empty for all.
        tiers: How many audiences by value it is.
    """

    label: str
    to: Destination
    where: str | None
    columns: tuple[str, ...]
    tiers: int


def request_of(client: Client, *, today: date, environ: Mapping[str, str]) -> Request:
    """What the client's file asks of reading, filtering and valuing.

    Args:
        client: The settings.
        today: What ``keep_days`` counts from.
        environ: Names the user's data folder, where the client's erased people may be on record.

    Raises:
        ConfigError: A database's address or query cannot be used.
    """
    config = client.config
    reading, who, value = config.reading, config.filters, config.value
    return Request(
        files=tuple(_source(client, one) for one in config.sources),
        customers=tuple(_source(client, one) for one in config.customers),
        source=SourceOptions(
            preset=_preset(client, reading.preset),
            mapping=reading.map,
            currency=_code(config.client.currency),
            only_currency=_code(reading.only_currency),
            report_currency=_code(reading.report_currency),
            rates=None if reading.rates is None else client.beside(reading.rates),
            date_order=reading.date_order,
            timezone=config.client.timezone,
            decimal=reading.decimal,
            status_map=reading.status_map,
            consent=who.consent,
            do_not_sell=who.do_not_sell,
            converted=reading.converted,
            reading=ReadingOptions(encoding=reading.encoding, delimiter=reading.delimiter, sheet=reading.sheet),
        ),
        contacts=ContactRules(
            home_country=_code(config.client.home_country),
            repairs_off=frozenset(reading.no_repair),
            hashed=frozenset(reading.hashed),
            birth_order=reading.birth_order,
        ),
        identity=Identity(keys=tuple(kind.strip() for kind in reading.identity.split(",") if kind.strip())),
        who=Who(
            min_paid=who.min_paid,
            no_refunds=who.no_refunds,
            since=who.since,
            until=who.until,
            active_since=active_since(who.keep_days, today),
            countries=frozenset(who.country),
            where=who.where,
            suppress=_files(client, who.suppress),
            consent=consent_rule(
                who.consent_rule, column=who.consent, files=who.consent_file, do_not_sell=who.do_not_sell
            ),
            consent_files=_files(client, who.consent_file),
            consent_column=who.consent is not None,
            erased=tombstones_in(state_of(client, environ)),
        ),
        worth=Worth(**value.model_dump()),
    )


def queries_of(client: Client) -> list[DatabaseQuery]:
    """The queries that a client's file has for databases; nothing is asked.

    Raises:
        ConfigError: A database's address or query cannot be used.
    """
    named = (_source(client, one) for one in (*client.config.sources, *client.config.customers))
    return [one for one in named if isinstance(one, DatabaseQuery)]


def targets_of(client: Client, environ: Mapping[str, str], brakes: Brakes) -> list[AudienceTarget]:
    """The client's audiences.

    Args:
        client: The settings.
        environ: Names the user's data folder.
        brakes: The limits that hold in this run.
    """
    state = state_of(client, environ)
    return [_target(label, one, state, brakes, client) for label, one in client.config.audiences.items()]


def state_of(client: Client, environ: Mapping[str, str]) -> Path:
    """The folder of the client's own record."""
    given = client.config.client.state
    return client_folder(client.name, environ) if given is None else client.beside(given)


def client_folder(name: str, environ: Mapping[str, str]) -> Path:
    """Where a client's record is unless her settings say otherwise.

    Raises:
        ConfigError: The name has no letter and no digit.
    """
    own = slug(name)
    if not own:
        raise ConfigError("The client has no usable name.", f'It is "{name}".', "Use letters and digits.")
    return user_data_folder(environ) / _CLIENTS / own


def clients_on_record(environ: Mapping[str, str]) -> list[str]:
    """The clients with a record in the user's data folder, by the names of their folders."""
    folder = user_data_folder(environ) / _CLIENTS
    return sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []


def _target(label: str, one: AudienceSection, state: Path, brakes: Brakes, client: Client) -> AudienceTarget:
    to = Destination(
        platform=one.platform,
        account=one.account,
        name=one.name,
        state=state,
        mode=one.refresh,
        lookalikes=one.lookalikes,
        with_value=not one.no_value,
        forms=one.rules,
        brakes=brakes,
        batch_rows=one.batch_rows,
        max_invalid_share=client.config.brakes.max_invalid,
        token_variable=one.token_env,
        retention_days=one.retention_days,
        limited_data_use=LimitedDataUse[one.limited_data_use.upper()] if one.limited_data_use else None,
    )
    return AudienceTarget(label=label, to=to, where=one.where, columns=one.columns, tiers=one.tiers)


def _source(client: Client, one: SourceSection) -> str | DatabaseQuery:
    if one.url is None:
        return str(client.beside(one.path or ""))
    text = read_query(client.beside(one.query_file)) if one.query_file is not None else one.query or ""
    query = DatabaseQuery(url=one.url, query=text, password_env=one.password_env)
    return query.with_file(client.beside(query.file)) if query.file else query


def _preset(client: Client, name: str) -> str:
    return str(client.beside(name)) if name.endswith(".toml") else name


def _files(client: Client, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(str(client.beside(name)) for name in names)


def _code(given: str | None) -> str | None:
    return given.strip().upper() if given else None
