"""Countries: names in 28 languages, ISO codes, abbreviations and old names, to ISO 3166-1 alpha-2."""

from functools import cache
from importlib.resources import files
from typing import Final

import polars as pl

from audience_builder.matchkeys.sparing import fixed_where, not_ascii, on_distinct

__all__ = ["AMBIGUOUS", "UNKNOWN", "alpha2_lower", "alpha2_upper", "alpha3_upper", "why_not"]

UNKNOWN: Final = "not a country we know"
AMBIGUOUS: Final = "a name that more than one country has"


def alpha2_upper(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """ISO 3166-1 alpha-2 in upper case, from a code or a name in any of 28 languages.

    Names: Unicode CLDR, https://cldr.unicode.org; codes: ISO 3166-1. Case, accents and punctuation do
    not matter; a name of two countries (Kongo) gives nothing.

    >>> from audience_builder.matchkeys import apply
    >>> apply(alpha2_upper, ["Deutschland", "U.K.", "usa", "NA", "España", "Kongo", "Atlantis", None])
    ['DE', 'GB', 'US', 'NA', 'ES', None, None, None]
    """
    return on_distinct(_alpha2, value, country)


def alpha2_lower(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """``alpha2_upper`` in lower case, as Meta hashes it.

    Source: https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences (``COUNTRY``).

    >>> from audience_builder.matchkeys import apply
    >>> apply(alpha2_lower, ["United States", "DE"])
    ['us', 'de']
    """
    return alpha2_upper(value, country).str.to_lowercase()


def alpha3_upper(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """ISO 3166-1 alpha-3 in upper case.

    >>> from audience_builder.matchkeys import apply
    >>> apply(alpha3_upper, ["Germany", "gb"])
    ['DEU', 'GBR']
    """
    codes = _alpha3()
    return alpha2_upper(value, country).replace_strict(codes, default=None, return_dtype=pl.String)


def why_not(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Why a filled cell gives no country; null where it does.

    >>> from audience_builder.matchkeys import apply
    >>> apply(why_not, ["Kongo", "Atlantis", "France", None])
    ['a name that more than one country has', 'not a country we know', None, None]
    """
    ambiguous = _folded(value).is_in([name for name, code in _names().items() if not code])
    reason = pl.when(ambiguous).then(pl.lit(AMBIGUOUS)).otherwise(pl.lit(UNKNOWN))
    blank = value.str.strip_chars().str.len_bytes().fill_null(0) == 0
    return pl.when(~blank & alpha2_upper(value, country).is_null()).then(reason)


def _alpha2(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    del country
    known = {name: code for name, code in _names().items() if code}
    return _folded(value).replace_strict(known, default=None, return_dtype=pl.String)


def _folded(value: pl.Expr) -> pl.Expr:
    lower = value.str.to_lowercase()
    plain = fixed_where(lower, not_ascii, lambda text: text.str.normalize("NFKD"))
    return plain.str.replace_all("[\u0300-\u036f.’']", "").str.replace_all(r"[^\w]+", " ").str.strip_chars()


@cache
def _names() -> dict[str, str]:
    table = (files(__package__) / "country_names.tsv").read_text("utf-8")
    return dict(line.split("\t") for line in table.splitlines())


@cache
def _alpha3() -> dict[str, str]:
    import pycountry  # noqa: PLC0415  loaded only where a platform wants three letters

    return {country.alpha_2: country.alpha_3 for country in pycountry.countries}
