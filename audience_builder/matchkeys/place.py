"""Cities and states."""

from typing import Final

import polars as pl

from audience_builder.matchkeys.sparing import fixed_where, not_ascii, on_distinct

__all__ = ["NO_LETTERS", "city_letters", "state_code_or_letters", "why_not_city", "why_not_state"]

NO_LETTERS: Final = "no Latin letters to hash"

_BASE_LETTERS: Final = {
    "ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h",
}  # fmt: skip

_US_STATES: Final = {
    "alabama": "al", "alaska": "ak", "arizona": "az", "arkansas": "ar", "california": "ca", "colorado": "co",
    "connecticut": "ct", "delaware": "de", "districtofcolumbia": "dc", "washingtondc": "dc", "florida": "fl",
    "georgia": "ga", "hawaii": "hi", "idaho": "id", "illinois": "il", "indiana": "in", "iowa": "ia", "kansas": "ks",
    "kentucky": "ky", "louisiana": "la", "maine": "me", "maryland": "md", "massachusetts": "ma", "michigan": "mi",
    "minnesota": "mn", "mississippi": "ms", "missouri": "mo", "montana": "mt", "nebraska": "ne", "nevada": "nv",
    "newhampshire": "nh", "newjersey": "nj", "newmexico": "nm", "newyork": "ny", "northcarolina": "nc",
    "northdakota": "nd", "ohio": "oh", "oklahoma": "ok", "oregon": "or", "pennsylvania": "pa", "rhodeisland": "ri",
    "southcarolina": "sc", "southdakota": "sd", "tennessee": "tn", "texas": "tx", "utah": "ut", "vermont": "vt",
    "virginia": "va", "washington": "wa", "westvirginia": "wv", "wisconsin": "wi", "wyoming": "wy",
    "puertorico": "pr", "guam": "gu", "americansamoa": "as", "virginislands": "vi", "usvirginislands": "vi",
    "northernmarianaislands": "mp", "calif": "ca", "cal": "ca", "mass": "ma", "penn": "pa", "penna": "pa", "tex": "tx",
    "fla": "fl", "ariz": "az", "colo": "co", "conn": "ct", "mich": "mi", "minn": "mn", "wash": "wa", "wisc": "wi", "ill": "il",
}  # fmt: skip


def city_letters(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """The letters a-z of the city's name; accented letters become their base letter.

    Source: https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences (``CT``:
    a-z only, lower case, no spaces).

    >>> from audience_builder.matchkeys import apply
    >>> apply(city_letters, ["São Paulo", "Menlo Park", "Łódź", "東京", None])
    ['saopaulo', 'menlopark', 'lodz', None, None]
    """
    return on_distinct(lambda text, _: _letters(text), value, country)


def state_code_or_letters(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """US states and territories as two letters; elsewhere the letters a-z of what is written.

    Source: https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences (``ST``).
    A row without a country is read as a US state only where the name is one.

    >>> from audience_builder.matchkeys import apply
    >>> apply(state_code_or_letters, ["California", "N.C.", "MA", "Nova Scotia"], ["US", "US", None, "CA"])
    ['ca', 'nc', 'ma', 'novascotia']
    """
    return on_distinct(_state, value, country)


def why_not_city(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Why a filled cell gives no city; null where it does.

    >>> from audience_builder.matchkeys import apply
    >>> apply(why_not_city, ["東京", "Bonn", None])
    ['no Latin letters to hash', None, None]
    """
    del country
    return pl.when((value.str.strip_chars().str.len_bytes() > 0) & _letters(value).is_null()).then(pl.lit(NO_LETTERS))


def why_not_state(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Why a filled cell gives no state; null where it does.

    >>> from audience_builder.matchkeys import apply
    >>> apply(why_not_state, ["--", "CA"])
    ['no Latin letters to hash', None]
    """
    return why_not_city(value, country)


def _state(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    letters = _letters(value)
    american = country.is_null() | country.is_in(["US", "PR"])
    return pl.when(american).then(letters.replace(_US_STATES)).otherwise(letters)


def _letters(value: pl.Expr) -> pl.Expr:
    lower = fixed_where(
        value.str.to_lowercase(),
        not_ascii,
        lambda text: text.str.replace_many(_BASE_LETTERS).str.normalize("NFKD"),
    )
    letters = lower.str.replace_all("[^a-z]", "")
    return pl.when(letters.str.len_bytes() > 0).then(letters)
