"""Countries: names in some fifty languages, codes and abbreviations to ISO 3166-1 codes."""

from typing import Final

import polars as pl

from audience_builder.matchkeys.sparing import NOWHERE, on_distinct
from audience_builder.matchkeys.spelling import folded
from audience_builder.matchkeys.tables import looked_up, table

__all__ = ["AMBIGUOUS", "PLACEHOLDER", "UNKNOWN", "alpha2_lower", "alpha2_upper", "alpha3_upper", "why_not"]

AMBIGUOUS: Final = "stands for more than one country"
PLACEHOLDER: Final = "stands for no country"
UNKNOWN: Final = "not a country that we know"

_PLACEHOLDER: Final = r"(?i)^\s*(?:n\s?[./]\s?a\.?|\W+|\W*(?:none|null|nan|unknown|undefined|test|other)\W*)\s*$"
_IN_BRACKETS: Final = r"\s*[(\[].*$"
_TWO_COUNTRIES: Final = ""


def alpha2_upper(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """ISO 3166-1 alpha-2 in upper case, from codes of two or three letters or digits, and names.

    Names are those of CLDR in some fifty languages, official English ones, and usual and former
    ones; case, accents, spaces and punctuation do not count. ``UK`` is ``GB``, ``EL`` is ``GR`` and
    ``NA`` is Namibia. What stands for more than one country (``Kongo``) is unusable. The second
    argument is there for the signature alone.

    Sources: https://developers.google.com/data-manager/api/devguides/concepts/formatting
    (``regionCode``); https://cldr.unicode.org; https://www.iso.org/iso-3166-country-codes.html

    >>> from audience_builder.matchkeys import apply
    >>> apply(alpha2_upper, ["us", "U.S.A.", "Deutschland", "United States (US)", "England", "Kongo"])
    ['US', 'US', 'DE', 'US', 'GB', None]
    """
    del country  # the cell itself says it
    return on_distinct(value, NOWHERE, _alpha2)


def alpha2_lower(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """``alpha2_upper`` in lower case.

    Source: https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences
    (``COUNTRY``)

    >>> from audience_builder.matchkeys import apply
    >>> apply(alpha2_lower, ["United Kingdom", "UK"])
    ['gb', 'gb']
    """
    del country  # the cell itself says it
    return on_distinct(value, NOWHERE, lambda text, land: _alpha2(text, land).str.to_lowercase())


def alpha3_upper(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """ISO 3166-1 alpha-3 in upper case, from everything that ``alpha2_upper`` reads.

    Source: https://www.iso.org/iso-3166-country-codes.html

    >>> from audience_builder.matchkeys import apply
    >>> apply(alpha3_upper, ["United Kingdom", "Kosovo"])
    ['GBR', 'XKX']
    """
    del country  # the cell itself says it
    return on_distinct(value, NOWHERE, _alpha3)


def why_not(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Why a non-blank cell gives no country, null where it does or is blank.

    >>> from audience_builder.matchkeys import apply
    >>> apply(why_not, ["Kongo", "n/a", "Atlantis", "NA"])
    ['stands for more than one country', 'stands for no country', 'not a country that we know', None]
    """
    del country  # the cell itself says it
    return on_distinct(value, NOWHERE, _why_not)


def _looked_up(value: pl.Expr) -> pl.Expr:
    """The code, empty for names of several countries, null for unknown ones."""
    named = pl.when(~value.str.contains(_PLACEHOLDER)).then(value)
    whole, outside_brackets = (
        looked_up(folded(text), "country_names", "name") for text in (named, named.str.replace(_IN_BRACKETS, ""))
    )
    return pl.coalesce(whole, outside_brackets)


def _alpha2(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    del country  # the cell itself says it
    code = _looked_up(value)
    return pl.when(code != _TWO_COUNTRIES).then(code)


def _alpha3(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    codes = table("country_codes")
    return _alpha2(value, country).replace_strict(
        codes["alpha2"], codes["alpha3"], default=None, return_dtype=pl.String
    )


def _why_not(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    del country  # the cell itself says it
    code = _looked_up(value)
    return (
        pl.when(value.str.strip_chars().str.len_bytes() == 0)
        .then(None)
        .when(value.str.contains(_PLACEHOLDER))
        .then(pl.lit(PLACEHOLDER))
        .when(code == _TWO_COUNTRIES)
        .then(pl.lit(AMBIGUOUS))
        .when(value.is_not_null() & code.is_null())
        .then(pl.lit(UNKNOWN))
    )
