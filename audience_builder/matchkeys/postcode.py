"""Postal codes: one cell to the form each platform takes."""

from typing import Final

import polars as pl

from audience_builder.matchkeys.sparing import on_distinct

__all__ = [
    "MALFORMED",
    "NOT_FOR_THIS_COUNTRY",
    "PLACEHOLDER",
    "SHORTENED",
    "amazon_lower",
    "compact_lower",
    "leading_zeros_restored",
    "trimmed",
    "why_not",
]

MALFORMED: Final = "not a postal code"
PLACEHOLDER: Final = "stands for no postal code"
SHORTENED: Final = "a spreadsheet shortened the number, digits are lost"
NOT_FOR_THIS_COUNTRY: Final = "not a postal code of the row's country"

FIVE_DIGITS: Final = ("US", "DE", "IT", "FR", "ES")
"""Countries whose five-digit codes are known to lose leading zeros in spreadsheets."""

_FIRST_FIVE: Final = r"^(\d{5})(?:[ -]?\d{4})?$"
_PLACEHOLDER: Final = r"(?i)^(?:n/?a|none|null|nil|unknown|x+|0+|-+|\(none\)|test)$"
_SCIENTIFIC: Final = r"^\d(?:[.,]\d+)?[eE]\+?\d+$"
_FLOAT: Final = r"^(\d+)\.0+$"


def compact_lower(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Lower case without spaces and dashes; US codes are cut to five digits.

    Zeros lost at the front of US, DE, IT, FR and ES codes come back. A British postcode stays whole.
    A US cell that is not five or nine digits is unusable.

    Sources: https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences;
    https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/customer-information-parameters

    >>> from audience_builder.matchkeys import apply
    >>> apply(compact_lower, ["940351234", "2134", "501", "94035-1234"], "US")
    ['94035', '02134', '00501', '94035']
    >>> apply(compact_lower, ["SW1A 1AA"], "GB")
    ['sw1a1aa']
    """
    return on_distinct(_compact_lower, value, country)


def trimmed(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Spaces around it go, leading zeros and inner spaces stay; US five digits or ZIP+4 with its dash.

    Zeros lost at the front of US, DE, IT, FR and ES codes come back.

    Source: https://developers.google.com/data-manager/api/devguides/concepts/formatting

    >>> from audience_builder.matchkeys import apply
    >>> apply(trimmed, [" 02134 ", "94035-1234", "940351234", "2134"], "US")
    ['02134', '94035-1234', '94035-1234', '02134']
    >>> apply(trimmed, [" 1229-076  "])
    ['1229-076']
    """
    return on_distinct(_trimmed, value, country)


def amazon_lower(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Lower case in the length of the country: US and unknown 5 digits, CA 6, GB up to 7, IN 6, JP 7.

    Codes of other countries are unusable.

    Source: https://github.com/aws-solutions/amazon-marketing-cloud-uploader-from-aws

    >>> from audience_builder.matchkeys import apply
    >>> apply(amazon_lower, ["22313-9363", "K1A 0B1", "100-0001", "75018"], ["US", "CA", "JP", "FR"])
    ['22313', 'k1a0b1', '1000001', None]
    """
    return on_distinct(_amazon_lower, value, country)


def leading_zeros_restored(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Zeros that a spreadsheet dropped come back in five-digit countries; ``2134.0`` counts as ``2134``.

    US and DE, IT, FR, ES codes of three or four digits gain their zeros (``501`` is ``00501``,
    a real US code); a US code of eight digits was a ZIP+4 (``21341234``).

    >>> from audience_builder.matchkeys import apply
    >>> apply(leading_zeros_restored, ["2134", "1067", "2134", "21341234"], ["US", "DE", "AU", "US"])
    ['02134', '01067', '2134', '021341234']
    """
    bare = value.str.strip_chars().str.replace(_FLOAT, "${1}")
    short = country.is_in(FIVE_DIGITS) & bare.str.contains(r"^\d{3,4}$")
    plus_four = (country == "US") & bare.str.contains(r"^\d{7,8}$")
    dashed = (country == "US") & bare.str.contains(r"^\d{3,4}-\d{4}$")
    return (
        pl.when(short)
        .then(bare.str.zfill(5))
        .when(plus_four)
        .then(bare.str.zfill(9))
        .when(dashed)
        .then(bare.str.zfill(10))
        .otherwise(bare)
    )


def why_not(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Why a non-blank cell is no usable postal code, null where it is usable or blank.

    >>> from audience_builder.matchkeys import apply
    >>> apply(why_not, ["n/a", "9.4E+04", "ABC", "94035"], "US")  # doctest: +NORMALIZE_WHITESPACE
    ['stands for no postal code', 'a spreadsheet shortened the number, digits are lost',
     "not a postal code of the row's country", None]
    """
    return on_distinct(_why_not, value, country)


def _usable(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    bare = leading_zeros_restored(value, country)
    readable = bare.str.contains(r"^[\p{L}\p{N}][\p{L}\p{N} .-]*$") & bare.str.contains(r"\p{N}")
    refused = bare.str.contains(_PLACEHOLDER) | bare.str.contains(_SCIENTIFIC)
    return pl.when(readable & ~refused & (bare.str.len_chars() <= 12)).then(bare)  # noqa: PLR2004 longest: 10


def _five_or_nine_digits(bare: pl.Expr, country: pl.Expr) -> pl.Expr:
    return (country != "US").fill_null(value=True) | bare.str.contains(_FIRST_FIVE)


def _compact_lower(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    bare = _usable(value, country)
    first_five = bare.str.extract(_FIRST_FIVE)
    compact = bare.str.to_lowercase().str.replace_all(r"[\s.-]+", "")
    return pl.when(country == "US").then(first_five).otherwise(compact)


def _trimmed(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    bare = _usable(value, country)
    plus_four = bare.str.replace(r"^(\d{5})[ -]?(\d{4})$", "${1}-${2}")
    us = pl.when(bare.str.contains(_FIRST_FIVE)).then(plus_four)
    return pl.when(country == "US").then(us).otherwise(bare)


def _amazon_lower(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    compact = _compact_lower(value, country)
    shapes = {"CA": r"^([a-z]\d[a-z]\d[a-z]\d)$", "GB": r"^([a-z0-9]{5,7})$", "IN": r"^(\d{6})$", "JP": r"^(\d{7})$"}
    unknown = compact.str.extract(r"^(\d{5})(?:\d{4})?$")
    by_country = pl.when(country.is_null() | (country == "US")).then(unknown)
    for code, shape in shapes.items():
        by_country = by_country.when(country == code).then(compact.str.extract(shape))
    return by_country.otherwise(None)


def _why_not(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    bare = leading_zeros_restored(value, country)
    return (
        pl.when(bare.str.len_bytes() == 0)
        .then(None)
        .when(bare.str.contains(_PLACEHOLDER))
        .then(pl.lit(PLACEHOLDER))
        .when(bare.str.contains(_SCIENTIFIC))
        .then(pl.lit(SHORTENED))
        .when(~_five_or_nine_digits(bare, country))
        .then(pl.lit(NOT_FOR_THIS_COUNTRY))
        .when(_usable(value, country).is_null())
        .then(pl.lit(MALFORMED))
    )
