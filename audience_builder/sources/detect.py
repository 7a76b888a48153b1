"""Which preset a header row belongs to, and which of its columns hold what."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from audience_builder import columns
from audience_builder.errors import ConfigError, DataError
from audience_builder.sources.preset import (
    FIELDS,
    MAPPABLE,
    Parts,
    Preset,
    presets,
)

__all__ = ["FIELD_PREFIX", "Binding", "best_binding", "bind", "fold", "mapped"]

FIELD_PREFIX = "field:"
"""In conditions, ``field:kind`` names the column of a canonical field instead of a header."""

IDENTITY: Final = "identity"
"""In ``detect.fields``: at least one field that tells orders or people apart."""

_IDENTIFYING: Final = (
    columns.ORDER_ID,
    columns.CUSTOMER_ID,
    columns.EMAIL,
    columns.PHONE,
    columns.FULL_NAME,
    columns.LAST_NAME,
)


_PAUSES: Final = re.compile(r"[\s_.\-]+")


def fold(header: str) -> str:
    """A header without regard to case, spaces, hyphens, underscores and points.

    >>> fold("Order_ID") == fold("order  id") == fold("Order-Id")
    True
    >>> fold("billing_address.city")
    'billing address city'
    """
    return _PAUSES.sub(" ", header).strip().casefold()


@cache
def _fold_of_preset(name: str) -> str:
    """Presets ask for the same few thousand names again and again."""
    return fold(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """A preset bound to the headers of one file."""

    preset: Preset
    headers: tuple[str, ...]
    by_fold: Mapping[str, str] = field(repr=False)

    def header(self, name: str) -> str | None:
        """The file's own spelling of a header, None if it has no such column."""
        if name.startswith(FIELD_PREFIX):
            return self.first(self.preset.fields.get(name.removeprefix(FIELD_PREFIX), ()))
        return name if name in self.headers else self.by_fold.get(_fold_of_preset(name))

    def present(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of the headers that the file has, each once."""
        return tuple(dict.fromkeys(found for name in names if (found := self.header(name)) is not None))

    def first(self, names: Iterable[str]) -> str | None:
        """The first of the headers that the file has."""
        return next(iter(self.present(names)), None)

    def sources(self, canonical: str) -> tuple[tuple[str, ...], ...]:
        """For a canonical field, the columns it may come from; several in one are joined by a space."""
        found = []
        for candidate in self.preset.fields.get(canonical, ()):
            whole = self.header(candidate)
            parts = (whole,) if whole else self.present(candidate.split(" + "))
            if parts and parts not in found and (whole or " + " in candidate):
                found.append(parts)
        return tuple(found)

    def amount(self, amount: tuple[str, ...] | Parts | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Columns of an amount: those to add, those to take off."""
        if amount is None:
            return (), ()
        if isinstance(amount, Parts):
            return self.present(amount.sum), self.present(amount.less)
        found = self.first(amount)
        return ((found,) if found else ()), ()

    def used(self) -> tuple[str, ...]:
        """Every column of the file that the preset reads, in the file's order."""
        names = {name for canonical in FIELDS for parts in self.sources(canonical) for name in parts}
        names.update(self.present(_headers_of(self.preset)))
        return tuple(header for header in self.headers if header in names)


def _headers_of(preset: Preset) -> list[str]:
    """Every header a preset asks for, its fields aside."""
    rows, money, status, refunds = preset.rows, preset.money, preset.status, preset.refund_rows
    found = [*rows.key, *rows.starts, *status.column, *preset.dates.zone_column, *money.adjusted]
    found += [*money.orders, *money.currency]
    amounts = [money.gross, money.refunded, money.net]
    conditions = [*(rule.when for rule in rows.drop), *(override.when for override in status.override)]
    if money.converted:
        amounts += [money.converted.gross, money.converted.refunded]
        found += money.converted.currency
    if money.lost:
        found += money.lost.amount
        conditions.append(money.lost.when)
    if refunds:
        conditions += refunds.when
        found += [*refunds.link, *refunds.email]
    for amount in amounts:
        found += [*amount.sum, *amount.less] if isinstance(amount, Parts) else [*(amount or ())]
    return [*found, *(header for condition in conditions for header in condition)]


def bind(preset: Preset, headers: Sequence[str]) -> Binding:
    """Look the preset's columns up in a header row."""
    return Binding(preset=preset, headers=tuple(headers), by_fold=_by_fold(headers))


def _by_fold(headers: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for header in headers:
        found.setdefault(fold(header), header)
    return found


def missing(headers: Sequence[str], wanted: Iterable[str]) -> list[str]:
    """Those of the wanted headers that a header row does not have."""
    by_fold = _by_fold(headers)
    return [header for header in wanted if fold(header) not in by_fold]


def check_mapping(mapping: Mapping[str, str]) -> None:
    """Refuse fields that do not exist.

    Raises:
        ConfigError: The fields are named, and those there are.
    """
    unknown = sorted(set(mapping) - set(MAPPABLE))
    if unknown:
        raise ConfigError(
            f"There is no field {', '.join(unknown)}.",
            f"There are: {', '.join(MAPPABLE)}.",
            'Map one of them: --map email="E-Mail".',
        )


def mapped(preset: Preset, mapping: Mapping[str, str]) -> Preset:
    """The preset with single fields read from other columns.

    Args:
        preset: Any preset.
        mapping: Canonical field to column header.
    """
    if not mapping:
        return preset
    fields = {**preset.fields, **{name: (header,) for name, header in mapping.items() if name in FIELDS}}
    money: dict[str, Any] = {
        part: (mapping[name],)
        for name, part in (
            (columns.GROSS_AMOUNT, "gross"),
            (columns.REFUNDED_AMOUNT, "refunded"),
            (columns.NET_AMOUNT, "net"),
            (columns.CURRENCY, "currency"),
            (columns.ORDERS_COUNT, "orders"),
        )
        if name in mapping
    }
    if "gross" in money:
        money.setdefault("net", None)
    status = {"column": (mapping[columns.STATUS],)} if columns.STATUS in mapping else {}
    return preset.model_copy(
        update={
            "fields": fields,
            "money": preset.money.model_copy(update=money),
            "status": preset.status.model_copy(update=status),
        }
    )


def _matches(binding: Binding) -> bool:
    detect = binding.preset.detect
    if any(binding.header(name) is None for name in detect.columns):
        return False
    return all(_has(binding, canonical) for canonical in detect.fields)


def _has(binding: Binding, canonical: str) -> bool:
    money = binding.preset.money
    if canonical == columns.GROSS_AMOUNT:
        return bool(binding.amount(money.gross)[0] or binding.amount(money.net)[0])
    if canonical == columns.ORDERS_COUNT:
        return binding.first(money.orders) is not None
    if canonical == IDENTITY:
        return any(binding.sources(one) for one in _IDENTIFYING)
    return bool(binding.sources(canonical))


def best_binding(headers: Sequence[str], mapping: Mapping[str, str]) -> Binding | None:
    """The most specific bundled preset this header row satisfies.

    Args:
        headers: One row of a file.
        mapping: The user's own mapping, which may complete a row.

    Returns:
        None if the row satisfies none.

    Raises:
        DataError: Two presets fit equally well.
    """
    if missing(headers, mapping.values()):
        return None
    by_fold = _by_fold(headers)
    bindings = (
        Binding(preset=mapped(preset, mapping), headers=tuple(headers), by_fold=by_fold) for preset in presets()
    )
    fitting = [binding for binding in bindings if _matches(binding)]
    if not fitting:
        return None
    top = max(binding.preset.specificity for binding in fitting)
    best = [binding for binding in fitting if binding.preset.specificity == top]
    if len(best) > 1:
        names = ", ".join(f"{one.preset.id} ({one.preset.title})" for one in best)
        raise DataError("The file fits several formats equally well.", f"They are: {names}.", "Name one with --preset.")
    return best[0]
