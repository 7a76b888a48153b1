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
    "why_not_amazon",
]

MALFORMED: Final = "not a postal code"
PLACEHOLDER: Final = "stands for no postal code"
SHORTENED: Final = "a spreadsheet shortened the number, digits are lost"
NOT_FOR_THIS_COUNTRY: Final = "not a postal code of the row's country"

FIVE_DIGITS: Final = ("US", "DE", "IT", "FR", "ES")
"""Countries whose five-digit codes are known to lose leading zeros in spreadsheets."""

_READABLE: Final = r"^[\p{L}\p{N}][\p{L}\p{N} .-]{0,11}$"
_FIRST_FIVE: Final = r"^(\d{5})(?:[ -]?\d{4})?$"
_PLACEHOLDER: Final = r"(?i)^(?:n/?a|none|null|nil|unknown|x+|0[0 .-]*|-+|\(none\)|test)$"
_SCIENTIFIC: Final = r"^\d[ -]*(?:[.,][ -]*\d[\d -]*)?[eE][ +.-]*\d[\d .-]*$"
_AMAZON_SHAPES: Final = {
    "US": r"^(\d{5})(?:\d{4})?$",
    "CA": r"^([a-z]\d[a-z]\d[a-z]\d)$",
    "GB": r"^([a-z0-9]{5,7})$",
    "IN": r"^(\d{6})$",
    "JP": r"^(\d{7})$",
}
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
    return on_distinct(value, country, _whole, _usable, _compact)


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
    return on_distinct(value, country, _whole, _usable, _us_dashed)


def amazon_lower(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Lower case in the length of the country: US and unknown 5 digits, CA 6, GB up to 7, IN 6, JP 7.

    Codes of other countries are unusable.

    Source: https://github.com/aws-solutions/amazon-marketing-cloud-uploader-from-aws

    >>> from audience_builder.matchkeys import apply
    >>> apply(amazon_lower, ["22313-9363", "K1A 0B1", "100-0001", "75018"], ["US", "CA", "JP", "FR"])
    ['22313', 'k1a0b1', '1000001', None]
    """
    return on_distinct(value, country, _whole, _usable, _compact, _amazon_shaped)


def leading_zeros_restored(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Zeros that a spreadsheet dropped come back in five-digit countries; other cells stay as they are.

    US and DE, IT, FR, ES codes of three or four digits gain their zeros (``501`` is ``00501``,
    a real US code); a US code of eight digits was a ZIP+4 (``21341234``).

    >>> from audience_builder.matchkeys import apply
    >>> apply(leading_zeros_restored, ["2134", "1067", "2134", "21341234"], ["US", "DE", "AU", "US"])
    ['02134', '01067', '2134', '021341234']
    """
    bare = value.str.strip_chars()
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
        .otherwise(value)
    )


def why_not(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Why a non-blank cell is no usable postal code, null where it is usable or blank.

    >>> from audience_builder.matchkeys import apply
    >>> apply(why_not, ["n/a", "9.4E+04", "ABC", "94035"], "US")  # doctest: +NORMALIZE_WHITESPACE
    ['stands for no postal code', 'a spreadsheet shortened the number, digits are lost',
     "not a postal code of the row's country", None]
    """
    return on_distinct(value, country, _whole, _reason)


def why_not_amazon(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Why a non-blank cell is unusable for ``amazon_lower``, null where it is usable or blank.

    >>> from audience_builder.matchkeys import apply
    >>> apply(why_not_amazon, ["75018"], "FR")
    ["not a postal code of the row's country"]
    """
    return on_distinct(value, country, _whole, _reason_amazon)


def _whole(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Trimmed, ``2134.0`` as ``2134``, zeros restored."""
    return leading_zeros_restored(value.str.strip_chars().str.replace(_FLOAT, "${1}"), country)


def _usable(bare: pl.Expr, country: pl.Expr) -> pl.Expr:
    readable = bare.str.contains(_READABLE) & bare.str.contains(r"[0-9]")
    refused = bare.str.contains(_PLACEHOLDER) | bare.str.contains(_SCIENTIFIC)
    return pl.when(readable & ~refused & _fits(bare, country)).then(bare)


def _fits(bare: pl.Expr, country: pl.Expr) -> pl.Expr:
    """False for US codes that are not five or nine digits."""
    return (country != "US").fill_null(value=True) | bare.str.contains(_FIRST_FIVE)


def _compact(bare: pl.Expr, country: pl.Expr) -> pl.Expr:
    compact = bare.str.to_lowercase().str.replace_all(r"[ .-]+", "")
    return pl.when(country == "US").then(bare.str.extract(_FIRST_FIVE)).otherwise(compact)


def _us_dashed(bare: pl.Expr, country: pl.Expr) -> pl.Expr:
    dashed = bare.str.replace(r"^(\d{5})[ -]?(\d{4})$", "${1}-${2}")
    return pl.when(country == "US").then(dashed).otherwise(bare)


def _amazon_shaped(compact: pl.Expr, country: pl.Expr) -> pl.Expr:
    land = country.fill_null("US")
    return pl.coalesce(pl.when(land == code).then(compact.str.extract(shape)) for code, shape in _AMAZON_SHAPES.items())


def _reason(bare: pl.Expr, country: pl.Expr) -> pl.Expr:
    return (
        pl.when(bare.str.len_bytes() == 0)
        .then(None)
        .when(bare.str.contains(_PLACEHOLDER))
        .then(pl.lit(PLACEHOLDER))
        .when(bare.str.contains(_SCIENTIFIC))
        .then(pl.lit(SHORTENED))
        .when(~_fits(bare, country))
        .then(pl.lit(NOT_FOR_THIS_COUNTRY))
        .when(bare.is_not_null() & _usable(bare, country).is_null())
        .then(pl.lit(MALFORMED))
    )


def _reason_amazon(bare: pl.Expr, country: pl.Expr) -> pl.Expr:
    shaped = _amazon_shaped(_compact(_usable(bare, country), country), country)
    misfit = pl.when((bare.str.len_bytes() > 0) & shaped.is_null()).then(pl.lit(NOT_FOR_THIS_COUNTRY))
    return pl.coalesce(_reason(bare, country), misfit)
