"""What a run was asked for, in words a reader of its results understands."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from audience_builder import columns as c
from audience_builder import schemas
from audience_builder.contacts import ContactRules
from audience_builder.ledger import Identity
from audience_builder.sources import SourceOptions
from audience_builder.who import Who, words_of
from audience_builder.worth import Worth

__all__ = ["settings_told"]

_PERSONAL: Final = frozenset(schemas.CONTACTS) - {c.COUNTRY, c.STATE, c.CONSENT}
"""Columns whose values a condition may name, and a reader of the results must not see."""
_VALUES: Final = {
    "historic": "what was paid, net of refunds",
    "formula": "the classic formula",
    "predicted": "the forecast",
    "total": "paid so far plus forecast",
    "auto": "the forecast where the data carries one",
}
_CONSENT: Final = {
    "opt-in": "everyone has to agree",
    "opt-out": "a no is enough to be left out",
    "region": "everyone has to agree, in the United States a no is enough",
}


def settings_told(
    source: SourceOptions, contacts: ContactRules, identity: Identity, who: Who, worth: Worth
) -> dict[str, str]:
    """Every setting that was given or matters, label -> text, in the order of the stages.

    Files are named without their folders; a condition on people's own columns is told without its values.
    """
    told = (*_reading(source, contacts), *_customers(identity, who), *_worth(worth))
    return {label: text for label, text in told if text}


def _reading(source: SourceOptions, contacts: ContactRules) -> Iterator[tuple[str, str]]:
    yield "Format of the orders", "" if source.preset == "auto" else Path(source.preset).name
    yield "Columns named by hand", ", ".join(sorted(source.mapping))
    yield "Currency of amounts that name none", source.currency or ""
    yield "Only orders in", source.only_currency or ""
    yield "Converted to", source.report_currency or ("the export's own currency" if source.converted else "")
    yield "Exchange rates", "" if source.rates is None else source.rates.name
    yield "Time zone of times that name none", source.timezone or ""
    yield "Order of day and month", source.date_order or ""
    yield "Country of phone numbers that name none", contacts.home_country or ""
    yield "Hashed before it was read", ", ".join(sorted(contacts.hashed))
    yield "Repairs switched off", ", ".join(sorted(contacts.repairs_off))


def _customers(identity: Identity, who: Who) -> Iterator[tuple[str, str]]:
    yield "One customer is told by the same", ", ".join(identity.keys)
    yield "Orders from", "" if who.since is None else who.since.isoformat()
    yield "Orders until", "" if who.until is None else who.until.isoformat()
    yield "Least net amount paid", "" if who.min_paid is None else str(who.min_paid)
    yield "Customers with a refund", "left out" if who.no_refunds else ""
    yield "Countries", ", ".join(sorted(who.countries))
    yield "Last order not before", "" if who.active_since is None else who.active_since.isoformat()
    yield "Condition", _condition(who.where)
    yield "Suppression lists", _names(who.suppress)
    yield "Consent", "" if who.consent is None else _CONSENT[who.consent]
    yield "Lists of people who agreed", _names(who.consent_files)


def _worth(worth: Worth) -> Iterator[tuple[str, str]]:
    yield "Value", _VALUES[worth.kind or "historic"]
    yield "Margin", _number(worth.margin)
    yield "Model", "" if worth.model in {None, "auto"} else str(worth.model)
    yield "Days the forecast looks ahead", _number(worth.horizon_days)
    yield "Yearly discount", _number(worth.discount_per_year)
    yield "Years a customer stays", _number(worth.retention_years)
    yield "Orders a year", _number(worth.orders_per_year)
    yield "Average order", _number(worth.average_order)
    yield "Counted to", "" if worth.as_of is None else worth.as_of.isoformat()
    yield "Cost to acquire a customer", _number(worth.cac)
    yield "Advertising spend", _number(worth.spend)
    yield "Customers that spend brought", _number(worth.new_customers)


def _condition(where: str | None) -> str:
    if where is None:
        return ""
    personal = sorted(_PERSONAL.intersection(words_of(where)))
    return f"on {', '.join(personal)}; not shown, it may name people" if personal else where


def _names(files: Iterable[str]) -> str:
    return ", ".join(Path(name).name for name in files)


def _number(given: float | None) -> str:
    """A number as it was typed.

    >>> _number(365.0), _number(0.4), _number(None)
    ('365', '0.4', '')
    """
    return "" if given is None else format(given, ",.10g")
