"""A client's settings from the files themselves and a few answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from audience_builder import columns as c
from audience_builder.errors import ConfigError, DataError
from audience_builder.sources import DatabaseQuery, FileDescription, SourceOptions, describe
from audience_builder.sources.spool import spool_of

__all__ = ["Answers", "Found", "look", "proposed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the files say.

    Args:
        orders: Files with orders.
        contacts: Files with contacts alone.
        currencies: Currencies of the orders, the most frequent first.
        consent: Header of a column of consent, None where there is none.
    """

    orders: tuple[Path, ...]
    contacts: tuple[Path, ...]
    currencies: tuple[str, ...]
    consent: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What only the user knows; the defaults are those of ``--yes``.

    Args:
        client: Name of the client.
        account: Ad account.
        audience: Name of the audience on the platform.
        platform: Platform name.
        home_country: Country of phone numbers in rows that name none.
        currency: Currency of amounts that name none; of several in the files, the one to keep.
        min_paid: Least net amount paid.
        consent: Column of consent to go by.
        reading: Keys of ``[reading]`` that the files need.
    """

    client: str
    account: str = "act_1"
    audience: str = "Best customers"
    platform: str = "meta"
    home_country: str | None = None
    currency: str | None = None
    min_paid: Decimal | None = Decimal(1)
    consent: str | None = None
    reading: Mapping[str, Any] = field(default_factory=dict)


def look(paths: Sequence[Path], options: SourceOptions) -> Found:
    """Say which files hold orders and which contacts.

    Raises:
        ConfigError: None of them holds orders, or one can be read only now.
        DataError: One is no format we know.
    """
    if any(spool is not None and spool.origin is None for spool in map(spool_of, paths)):
        raise ConfigError(
            "Standard input cannot be a source of settings.",
            "They are for runs of another day, when it holds something else.",
            "Save it as a file, and give that.",
        )
    told = [(path, describe(path, options)) for path in paths]
    for path, one in told:
        if one.preset is None:
            raise DataError(
                f"{path.name} is not understood yet.",
                one.problems[0] if one.problems else "Its columns are unknown.",
                'Name the columns: audience-builder init FILE --map email="E-Mail" --map gross_amount="Total".',
            )
    orders = [(path, one) for path, one in told if one.preset is not None and one.preset.has_money]
    if not orders:
        raise ConfigError(
            "None of the files holds orders.",
            f"{len(paths)} were looked at; they have contacts, but no amounts.",
            "Name an export of orders or payments too.",
        )
    counts: dict[str, int] = {}
    for _, one in orders:
        for code, rows in one.currencies.items():
            counts[code.upper()] = counts.get(code.upper(), 0) + rows
    return Found(
        orders=tuple(path for path, _ in orders),
        contacts=tuple(path for path, one in told if one.preset is not None and not one.preset.has_money),
        currencies=tuple(sorted(counts, key=lambda code: (-counts[code], code))),
        consent=next((header for _, one in told for header in _consent(one)), None),
    )


def _consent(one: FileDescription) -> tuple[str, ...]:
    return one.mapped.get(c.CONSENT, ())[:1]


def proposed(found: Found, answers: Answers, folder: Path) -> dict[str, Any]:
    """The settings as a document for ``template.rendered``.

    Args:
        found: What the files say.
        answers: What the user says.
        folder: Where the settings will lie; paths are relative to it.

    Raises:
        ConfigError: The orders name no currency and the user neither.
    """
    reading, client = dict(answers.reading), {"name": answers.client}
    if answers.home_country:
        client["home_country"] = answers.home_country.upper()
    if len(found.currencies) > 1:
        reading["only_currency"] = (answers.currency or found.currencies[0]).upper()
    elif answers.currency:
        client["currency"] = answers.currency.upper()
    elif not found.currencies:
        raise ConfigError(
            "The currency is unknown.", "The orders name none.", "Say it: audience-builder init FILE --currency EUR."
        )
    filters: dict[str, Any] = {} if answers.min_paid is None else {"min_paid": answers.min_paid}
    if answers.consent is not None:
        filters["consent"] = answers.consent
    audience = {"platform": answers.platform, "account": answers.account, "name": answers.audience}
    return {
        "client": client,
        "sources": [_source(path, folder) for path in found.orders],
        "customers": [_source(path, folder) for path in found.contacts],
        "reading": reading,
        "filters": filters,
        "value": {"kind": "historic"},
        "audiences": {"main": {**audience, "refresh": "mirror"}},
    }


def _source(path: Path, folder: Path) -> dict[str, str]:
    spool = spool_of(path)
    query = None if spool is None else spool.origin
    if not isinstance(query, DatabaseQuery):
        return {"path": _beside(path, folder)}
    url = query.with_file(Path(_beside(Path(query.file), folder))).url if query.file else query.url
    return {"url": url, "query": query.query}


def _beside(path: Path, folder: Path) -> str:
    whole, base = path.resolve(), folder.resolve()
    return whole.relative_to(base).as_posix() if whole.is_relative_to(base) else whole.as_posix()
