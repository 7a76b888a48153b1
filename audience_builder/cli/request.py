"""Flags -> one request for the pipeline."""

import os
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from audience_builder import pipeline
from audience_builder.cli.flags import (
    AccountFlags,
    BrakeFlags,
    FilterFlags,
    KeyFlags,
    SourceFlags,
    StateFlags,
    ValueFlags,
    amount,
    pairs,
)
from audience_builder.clients import checked_name
from audience_builder.clock import now
from audience_builder.contacts import ContactRules
from audience_builder.delivery.brakes import Brakes
from audience_builder.delivery.burials import tombstones_in
from audience_builder.delivery.destination import Destination
from audience_builder.delivery.store import user_data_folder
from audience_builder.errors import ConfigError
from audience_builder.ledger import Identity
from audience_builder.sources import DatabaseQuery, SourceOptions
from audience_builder.sources.databases import paired
from audience_builder.sources.reading import ReadingOptions
from audience_builder.sources.statements import read_query
from audience_builder.tombstones import Tombstones
from audience_builder.who import Who, active_since, consent_rule
from audience_builder.worth import Worth

__all__ = [
    "CLIENT_FILE", "client_name", "destination_from", "named_sources", "record_folder", "refuse_client_files",
    "refuse_two_records", "request_from", "state_folder", "whose_erased",
]  # fmt: skip

CLIENT_FILE: Final = ".toml"
"""Suffix of a client's settings among files of orders."""


def request_from(
    sources: SourceFlags,
    who: FilterFlags | None = None,
    value: ValueFlags | None = None,
    keys: KeyFlags | None = None,
    record: StateFlags | None = None,
) -> pipeline.Request:
    """What the flags ask for.

    Args:
        sources: What is read.
        who: Who is in.
        value: What a customer is worth.
        keys: How contact text becomes match keys.
        record: Whose erased people are left out; None for nobody's.

    Raises:
        ConfigError: A flag cannot be understood.
    """
    who, value, keys = who or FilterFlags(), value or ValueFlags(), keys or KeyFlags()
    files, customers = named_sources([sources.files, sources.customers or []], sources.query, sources.query_file)
    return pipeline.Request(
        files=files,
        customers=customers,
        source=source_options(sources, who),
        contacts=_contact_rules(keys),
        identity=Identity(keys=tuple(kind.strip() for kind in who.identity.split(",") if kind.strip())),
        who=Who(
            min_paid=amount(who.min_paid, "--min-paid"),
            no_refunds=who.no_refunds,
            since=_day(who.since),
            until=_day(who.until),
            countries=frozenset(who.country or ()),
            where=who.where,
            suppress=tuple(who.suppress or ()),
            active_since=active_since(who.keep_days, now().date()),
            consent=consent_rule(
                who.consent_rule, column=who.consent, files=who.consent_file or (), do_not_sell=who.do_not_sell
            ),
            consent_files=tuple(who.consent_file or ()),
            consent_column=who.consent is not None,
            erased=Tombstones() if record is None else tombstones_in(state_folder(record)),
        ),
        worth=Worth(
            kind=value.value,
            margin=value.margin,
            retention_years=value.retention_years,
            orders_per_year=value.orders_per_year,
            average_order=value.average_order,
            as_of=_day(value.as_of),
            cac=value.cac,
            spend=value.spend,
            new_customers=value.new_customers,
            model=value.model,
            horizon_days=value.horizon_days,
            discount_per_year=value.discount_per_year,
        ),
    )


def named_sources(
    names: Sequence[Sequence[str]], queries: Sequence[str] | None, query_files: Sequence[Path] | None
) -> list[tuple[str | DatabaseQuery, ...]]:
    """Files as they are, addresses of databases with their queries.

    Raises:
        ConfigError: Queries and databases do not go together.
    """
    if queries and query_files:
        raise ConfigError(
            "--query and --query-file exclude each other.",
            "Queries go to databases in their order, and these two have none between them.",
            "Put every query into a file, or none.",
        )
    return paired(names, [*(queries or ()), *map(read_query, query_files or ())])


def destination_from(account: AccountFlags, record: StateFlags, brakes: BrakeFlags, **others: Any) -> Destination:
    """Where the flags say the upload goes.

    Args:
        account: Platform and ad account.
        record: The record of earlier uploads.
        brakes: Limits past which it stops.
        **others: Further fields of ``Destination``.
    """
    return Destination(
        platform=account.to,
        account=account.account,
        state=state_folder(record),
        brakes=Brakes(
            max_removed=brakes.max_removed,
            max_growth=brakes.max_growth,
            min_members=brakes.min_members,
        ),
        max_invalid_share=brakes.max_invalid,
        **others,
    )


def client_name(given: str | None) -> str | None:
    """The client's name as it was typed.

    Raises:
        ConfigError: It is no name.
    """
    return None if given is None else checked_name(given, "--client")


def refuse_client_files(files: Sequence[str]) -> None:
    """A client's file is exported as a pack only: clients never share a folder.

    Raises:
        ConfigError: One was given.
    """
    if any(name.endswith(CLIENT_FILE) for name in files):
        raise ConfigError(
            "A client's file becomes a pack.", "--pack was not given.", "Add --pack; the packs go into the -o folder."
        )


def state_folder(record: StateFlags) -> Path:
    """The folder asked for, else the client's, else the user's own.

    Raises:
        ConfigError: Both a folder and a client are named.
    """
    refuse_two_records(record)
    if record.client is not None:
        from audience_builder.config.mapping import client_folder

        return client_folder(record.client, os.environ)
    return record.state or user_data_folder(os.environ)


def refuse_two_records(record: StateFlags) -> None:
    """Refuse a folder and a client together.

    Raises:
        ConfigError: Both are named.
    """
    if record.state is not None and record.client is not None:
        raise ConfigError("--state and --client exclude each other.", "", "Name the record by one of them.")


def whose_erased(client: str | None, folder: Path | None) -> StateFlags:
    """The record that says who was erased: in the folder, else the client's, else the user's own."""
    return StateFlags(state=folder, client=client if folder is None else None)


def record_folder(record: StateFlags, settings: Path | None) -> Path:
    """The folder of the record that a client's file names, else as ``state_folder``.

    Raises:
        ConfigError: The record is named twice, or the file cannot be read.
    """
    if settings is None:
        return state_folder(record)
    if record.state is not None or record.client is not None:
        raise ConfigError(
            "The record is named twice.", f"{settings.name} names its own.", "Leave out --state and --client."
        )
    from audience_builder.config import load
    from audience_builder.config.mapping import state_of

    return state_of(load(settings, os.environ), os.environ)


def source_options(sources: SourceFlags, who: FilterFlags) -> SourceOptions:
    """How the flags say files are to be read."""
    return SourceOptions(
        preset=sources.preset,
        mapping=pairs(sources.map, "--map"),
        currency=_code(sources.currency),
        only_currency=_code(sources.only_currency),
        report_currency=_code(sources.report_currency),
        rates=sources.rates,
        date_order=sources.date_order,
        timezone=sources.timezone,
        decimal=sources.decimal,
        status_map=pairs(sources.status_map, "--status-map"),
        consent=who.consent,
        do_not_sell=who.do_not_sell,
        converted=sources.converted,
        reading=ReadingOptions(
            encoding=sources.encoding,
            delimiter={"tab": "\t", "\\t": "\t"}.get(sources.delimiter or "", sources.delimiter),
            sheet=sources.sheet,
        ),
    )


def _contact_rules(keys: KeyFlags) -> ContactRules:
    hashed = frozenset(keys.hashed or ())
    if hashed - {"email", "phone"}:
        raise ConfigError(
            "--hashed takes email or phone.",
            f"It got {', '.join(sorted(hashed))}.",
            "Other columns are never taken as hashed.",
        )
    return ContactRules(
        home_country=_code(keys.home_country),
        repairs_off=frozenset(keys.no_repair or ()),
        hashed=hashed,
        birth_order=keys.birth_order,
    )


def _code(given: str | None) -> str | None:
    return given.strip().upper() if given else None


def _day(given: datetime | None) -> date | None:
    return given.date() if given else None
