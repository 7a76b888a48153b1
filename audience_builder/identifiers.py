"""One person's e-mails, phones and ids as somebody typed them: told apart, and in every form platforms hash."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, get_args

import polars as pl

from audience_builder import columns as c
from audience_builder.errors import ConfigError, DataError
from audience_builder.hashing import digested, text_sha256
from audience_builder.matchkeys import country as countries
from audience_builder.matchkeys import email, identifier, phone, repair
from audience_builder.spec import MatchKey, Platform
from audience_builder.tombstones import Kind, Tombstones, address_forms, digests_of

__all__ = ["Identifier", "recognised", "rows_for", "short_digest", "tombstones_of"]

_SOURCES: Final = {"email": c.EMAIL, "phone": c.PHONE, "id": c.CUSTOMER_ID}
_RULES: Final = {
    "email": (email.trimmed_lower, email.why_not),
    "phone": (phone.e164, phone.why_not),
    "id": (identifier.unchanged, identifier.why_not),
}
"""Kind -> the form that identifies a customer, and why a text has none."""
_WORDS: Final = {"email": "an e-mail address", "phone": "a phone number", "id": "a customer id"}
_PLUS: Final = ("+", "\uff0b")
_SHOWN_DIGITS: Final = 6
"""Enough to tell two receipts apart, too few to find the person by trying all phone numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """One e-mail, phone or id of a person.

    Args:
        kind: What it is.
        text: As typed, repaired.
        country: ISO alpha-2 of a phone in national form, None if unknown.
        normal: The form that identifies a customer.
    """

    kind: Kind
    text: str = field(repr=False)
    country: str | None
    normal: str = field(repr=False)

    @property
    def source(self) -> str:
        """The customer column such identifiers stand in."""
        return _SOURCES[self.kind]


def recognised(texts: Sequence[str], *, kind: Kind | None = None, country: str | None = None) -> list[Identifier]:
    """Tell what each text is, and read it.

    Without ``kind`` a text may name its own, as in ``id:1001``. Otherwise one with ``@`` is an e-mail; one that
    starts with ``+``, or is a valid number (of the country, or after ``00``), is a phone.

    Args:
        texts: What was typed, one identifier each.
        kind: What all of them are, None to see it from each.
        country: Country of phones in national form, as name or ISO code.

    Raises:
        ConfigError: There is no text, no such country, or a text may be of several kinds.
        DataError: A text cannot be what it is said to be.
    """
    filled = [text.strip() for text in texts if text.strip()]
    if not filled:
        raise ConfigError(
            "Nobody was named.", "There is no e-mail, phone or customer id.",
            "Give at least one, or pipe them in, one a line, with -.",
        )  # fmt: skip
    code = _coded(country)
    places = [f"value {place} of {len(filled)}" for place in range(1, len(filled) + 1)]
    told = [(kind, text) if kind else _told(text, code, place) for text, place in zip(filled, places, strict=True)]
    found = [_read(text, own, code, place) for (own, text), place in zip(told, places, strict=True)]
    return list({(one.kind, one.normal): one for one in found}.values())


def rows_for(identifiers: Iterable[Identifier], platform: Platform) -> pl.DataFrame:
    """The identifiers as the platform may have been sent them: one row for each documented form of each key.

    Args:
        identifiers: Whom to look for.
        platform: Whose rules and forms apply.

    Returns:
        Match-key columns, as they are sent; in every row one is filled. Empty where the platform has no such key.
    """
    cells: dict[tuple[str, str], None] = {}
    for one in identifiers:
        for key in platform.match_keys:
            if key.source == one.source:
                cells |= dict.fromkeys((key.name, cell) for cell in _sent(one, key))
    names = list(dict.fromkeys(name for name, _ in cells))
    return pl.DataFrame(
        [{name: cell if name == key else None for name in names} for key, cell in cells],
        schema=dict.fromkeys(names, pl.String),
    )


def tombstones_of(identifiers: Iterable[Identifier]) -> Tombstones:
    """The digests by which a customer is known for one of these people."""
    return Tombstones.of((one.kind, digest) for one in identifiers for digest in _texts(digests_of, one))


def short_digest(one: Identifier) -> str:
    """The first digits of an identifier's digest: tells receipts apart and nobody's name."""
    return text_sha256(one.normal)[:_SHOWN_DIGITS]


def _texts(make: Callable[[Kind, pl.Expr], list[pl.Expr]], one: Identifier) -> list[str]:
    """What is made of an identifier's normal form, each text once."""
    made = pl.select(
        expression.alias(str(place)) for place, expression in enumerate(make(one.kind, pl.lit(one.normal)))
    )
    return list(dict.fromkeys(made.row(0)))


def _spellings(one: Identifier) -> list[str]:
    """As typed, and a Gmail address as its mailbox too: a shop may have noted either."""
    mailboxes = _texts(lambda _kind, normal: address_forms(normal), one) if one.kind == "email" else []
    return list(dict.fromkeys((one.text, *mailboxes)))


def _sent(one: Identifier, key: MatchKey) -> list[str]:
    """The cells a platform gets, by any of the key's forms."""
    texts = _spellings(one)
    cells = pl.DataFrame(
        {"text": texts, "country": [one.country] * len(texts)}, schema=dict.fromkeys(("text", "country"), pl.String)
    )
    forms = (key.normalise, *(form.normalise for form in key.forms))
    normal = pl.concat([cells.select(form(pl.col("text"), pl.col("country")).alias("cell")) for form in forms])
    return normal.select(digested(pl.col("cell"), key.digest)).drop_nulls()["cell"].to_list()


def _coded(name: str | None) -> str | None:
    if name is None:
        return None
    code: str | None = pl.select(countries.alpha2_upper(pl.lit(name), pl.lit(None, pl.String))).item()
    if code is None:
        raise ConfigError("The country is not known.", f"It is {name!r}.", "Write its ISO code, as in --country GB.")
    return code


def _told(text: str, country: str | None, place: str) -> tuple[Kind, str]:
    """The kind of a text, and the text without the name of it."""
    for kind in get_args(Kind):
        if text.lower().startswith(f"{kind}:"):
            return kind, text[len(kind) + 1 :].strip()
    if "@" in text:
        return "email", text
    if text.startswith(_PLUS) or _normal(text, "phone", country):
        return "phone", text
    raise ConfigError(
        f"It is not plain what {place} is.",
        "It has no @, and is no phone number with + and country code"
        + (", nor one of the country given." if country else "."),
        "Write id: in front of a customer id (or --kind id for all); name a phone's country with --country.",
    )


def _read(text: str, kind: Kind, country: str | None, place: str) -> Identifier:
    clean = _clean(text, kind, country)
    normal = _normal(clean, kind, country)
    if normal is None:
        why = pl.select(_RULES[kind][1](pl.lit(clean, pl.String), pl.lit(country, pl.String))).item()
        raise DataError(
            f"{place[0].upper()}{place[1:]} cannot be used as {_WORDS[kind]}.",
            f"It is refused: {why or 'not usable'}.",
            "Correct it" + (", or name its country: --country GB." if kind == "phone" else "."),
        )
    return Identifier(kind=kind, text=clean, country=country, normal=normal)


def _clean(text: str, kind: Kind, country: str | None) -> str:
    repaired = repair.repaired(pl.lit(text), _SOURCES[kind], pl.lit(country, pl.String))
    return str(pl.select(repaired).item())


def _normal(text: str, kind: Kind, country: str | None) -> str | None:
    normal: str | None = pl.select(_RULES[kind][0](pl.lit(text, pl.String), pl.lit(country, pl.String))).item()
    return normal
