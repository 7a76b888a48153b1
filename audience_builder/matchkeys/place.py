"""Cities and states: one cell to the form each platform hashes."""

from typing import Final

import polars as pl

from audience_builder.matchkeys.sparing import NOWHERE, on_distinct
from audience_builder.matchkeys.spelling import base_letters, folded
from audience_builder.matchkeys.tables import looked_up

__all__ = [
    "NOT_LATIN",
    "NOT_LETTERS",
    "PLACEHOLDER",
    "UNKNOWN_STATE",
    "city_letters",
    "city_plain_letters",
    "state_code",
    "state_code_or_letters",
    "why_not_city",
    "why_not_city_plain",
    "why_not_state",
    "why_not_state_code",
]

NOT_LATIN: Final = "not written in Latin letters"
NOT_LETTERS: Final = "holds no letters"
PLACEHOLDER: Final = "stands for no place"
UNKNOWN_STATE: Final = "not a state of the row's country that we know"

_PLACEHOLDER: Final = (
    r"^(?:na|none|null|nil|nan|(?:test)+(?:city)?|unknown|undefined|x{2,}|asdf+|"
    r"not(?:provided|available|given|applicable))$"
)
"""In the form of letters only."""


def city_letters(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Only a-z in lower case, letters with marks as their base letters.

    ``ü`` is ``u``, ``ß`` is ``ss``, ``ø`` is ``o``, ``æ`` is ``ae``, ``ł`` is ``l``. A city in another
    script is unusable.

    Source: https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences (``CT``)

    >>> from audience_builder.matchkeys import apply
    >>> apply(city_letters, ["São Paulo", "München", "St. Louis", "東京", "n/a"])
    ['saopaulo', 'munchen', 'stlouis', None, None]
    """
    del country  # one transliteration for all
    return on_distinct(value, NOWHERE, _city_letters)


def city_plain_letters(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Lower case, then only a-z and 0-9 stay: letters with marks go.

    Source: https://github.com/aws-solutions/amazon-marketing-cloud-uploader-from-aws

    >>> from audience_builder.matchkeys import apply
    >>> apply(city_plain_letters, ["São Paulo", "Albuquerque"])
    ['sopaulo', 'albuquerque']
    """
    del country  # Amazon's rule is one for all countries
    return on_distinct(value, NOWHERE, _city_plain_letters)


def state_code_or_letters(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """US states and territories as two letters in lower case; elsewhere only a-z, as for cities.

    A row without a country is read as a US one where its state is one, so ``Ontario`` stays
    ``ontario``. A US row whose state is none is unusable. Outside the US names and abbreviations
    stay what they are: ``British Columbia`` is ``britishcolumbia`` and ``BC`` is ``bc``.

    Source: https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences (``ST``)

    >>> from audience_builder.matchkeys import apply
    >>> apply(state_code_or_letters, ["California", "N.C.", "Calif.", "Ontario"], ["US", "US", None, "US"])
    ['ca', 'nc', 'ca', None]
    >>> apply(state_code_or_letters, ["Île-de-France", "British Columbia"], ["FR", "CA"])
    ['iledefrance', 'britishcolumbia']
    """
    return on_distinct(value, country, _state_code_or_letters)


def state_code(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """The state's own ISO 3166-2 code in lower case: US, CA, AU, BR, MX and IN, else unusable.

    A row without a country is read as a US one.

    Sources: https://github.com/aws-solutions/amazon-marketing-cloud-uploader-from-aws;
    https://www.iso.org/standard/72483.html

    >>> from audience_builder.matchkeys import apply
    >>> apply(state_code, ["Texas", "Québec", "New South Wales", "Bayern"], ["US", "CA", "AU", "DE"])
    ['tx', 'qc', 'nsw', None]
    """
    return on_distinct(value, country, _state_code)


def why_not_city(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Why a non-blank city is unusable in a-z, null where it is usable or blank.

    >>> from audience_builder.matchkeys import apply
    >>> apply(why_not_city, ["n/a", "東京", "12", "Rome"])
    ['stands for no place', 'not written in Latin letters', 'holds no letters', None]
    """
    del country  # one transliteration for all
    return on_distinct(value, NOWHERE, lambda text, _: _why_not(text, _letters(text)))


def why_not_city_plain(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Why a non-blank city is unusable for ``city_plain_letters``, null where it is usable or blank.

    >>> from audience_builder.matchkeys import apply
    >>> apply(why_not_city_plain, ["Łódź", "東京"])
    [None, 'not written in Latin letters']
    """
    del country  # Amazon's rule is one for all countries
    return on_distinct(value, NOWHERE, lambda text, land: _why_not(text, _city_plain_letters(text, land)))


def why_not_state(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Why a non-blank state is unusable for ``state_code_or_letters``, null where it is usable or blank.

    >>> from audience_builder.matchkeys import apply
    >>> apply(why_not_state, ["Ontario", "TX"], "US")
    ["not a state of the row's country that we know", None]
    """
    return on_distinct(value, country, lambda text, land: _why_not(text, _state_code_or_letters(text, land)))


def why_not_state_code(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Why a non-blank state has no code, null where it has one or is blank.

    >>> from audience_builder.matchkeys import apply
    >>> apply(why_not_state_code, ["Bayern"], "DE")
    ["not a state of the row's country that we know"]
    """
    return on_distinct(value, country, lambda text, land: _why_not(text, _state_code(text, land)))


def _letters(value: pl.Expr) -> pl.Expr:
    """a-z only, null where nothing is left or the cell stands for nothing."""
    letters = base_letters(value).str.replace_all(r"[^a-z]+", "")
    return pl.when((letters.str.len_bytes() > 0) & ~letters.str.contains(_PLACEHOLDER)).then(letters)


def _city_letters(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    del country  # one transliteration for all
    return _letters(value)


def _city_plain_letters(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    del country  # Amazon's rule is one for all countries
    plain = value.str.normalize("NFC").str.to_lowercase().str.replace_all(r"[^a-z0-9]+", "")
    return pl.when((plain.str.len_bytes() > 0) & ~plain.str.contains(_PLACEHOLDER)).then(plain)


def _state_code(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    spelling = country.fill_null("US") + pl.lit(" ") + folded(value)
    return looked_up(spelling, "state_names", "country", "name").str.to_lowercase()


def _state_code_or_letters(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    code, letters = _state_code(value, pl.lit("US")), _letters(value)
    return (
        pl.when(country == "US").then(code).when(country.is_null()).then(pl.coalesce(code, letters)).otherwise(letters)
    )


def _why_not(value: pl.Expr, normal: pl.Expr) -> pl.Expr:
    return (
        pl.when((value.str.strip_chars().str.len_bytes() == 0) | normal.is_not_null())
        .then(None)
        .when(folded(value).str.contains(_PLACEHOLDER))
        .then(pl.lit(PLACEHOLDER))
        .when(~value.str.contains(r"\p{L}"))
        .then(pl.lit(NOT_LETTERS))
        .when(value.is_not_null() & ~value.str.to_lowercase().str.contains("[a-z]"))
        .then(pl.lit(NOT_LATIN))
        .when(value.is_not_null())
        .then(pl.lit(UNKNOWN_STATE))
    )
