"""Customer ids, handles and mobile advertising ids."""

from typing import Final

import polars as pl

__all__ = [
    "DIGITS_LOST",
    "NOT_A_MOBILE_ID",
    "TRACKING_SWITCHED_OFF",
    "handle_lower",
    "lower",
    "mobile_id",
    "mobile_id_lower",
    "mobile_id_upper",
    "unchanged",
    "upper",
    "why_not",
    "why_not_mobile",
]

DIGITS_LOST: Final = "a spreadsheet shortened the number, digits are lost"
NOT_A_MOBILE_ID: Final = "not a mobile advertising id"
TRACKING_SWITCHED_OFF: Final = "the phone's owner switched ad tracking off"

_SCIENTIFIC: Final = r"^[+-]?\d(?:[.,]\d+)?[eE]\+?\d+$"
_UUID: Final = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"
_ALL_ZERO: Final = "00000000-0000-0000-0000-000000000000"


def unchanged(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Spaces around the id go, nothing else; ids that a spreadsheet shortened are unusable.

    Source: https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences
    (``EXTERN_ID``).

    >>> from audience_builder.matchkeys import apply
    >>> apply(unchanged, [" Cust.ID-9. ", "7.21045E+12", " ", None])
    ['Cust.ID-9.', None, None, None]
    """
    del country  # an id looks the same everywhere
    trimmed = value.str.strip_chars()
    return pl.when((trimmed.str.len_bytes() > 0) & ~trimmed.str.contains(_SCIENTIFIC)).then(trimmed)


def lower(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """``unchanged`` in lower case.

    >>> from audience_builder.matchkeys import apply
    >>> apply(lower, [" Cust-9"])
    ['cust-9']
    """
    return unchanged(value, country).str.to_lowercase()


def upper(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """``unchanged`` in upper case.

    >>> from audience_builder.matchkeys import apply
    >>> apply(upper, [" Cust-9"])
    ['CUST-9']
    """
    return unchanged(value, country).str.to_uppercase()


def handle_lower(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """A social network name without its ``@``, in lower case.

    Source: https://docs.x.com/x-ads-api/audiences (``handle``).

    >>> from audience_builder.matchkeys import apply
    >>> apply(handle_lower, ["@AdsAPI", "@", "ads api"])
    ['adsapi', None, None]
    """
    del country  # a handle looks the same everywhere
    bare = value.str.strip_chars().str.strip_chars_start("@").str.to_lowercase()
    return pl.when(bare.str.contains(r"^[a-z0-9_]+$")).then(bare)


def mobile_id(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """A mobile advertising id (IDFA or Google advertising id) in the case it was found in.

    All zeros stand for "tracking switched off" and are no id.

    Sources: https://developers.openai.com/ads/custom-audiences ("non-zero UUID");
    https://developer.apple.com/documentation/adsupport/asidentifiermanager/advertisingidentifier

    >>> from audience_builder.matchkeys import apply
    >>> apply(mobile_id, [" AEBE52E7-03EE-455A-B3C4-E57283966239 ", "00000000-0000-0000-0000-000000000000"])
    ['AEBE52E7-03EE-455A-B3C4-E57283966239', None]
    """
    del country  # a device id looks the same everywhere
    trimmed = value.str.strip_chars()
    return pl.when(trimmed.str.contains(_UUID) & (trimmed != _ALL_ZERO)).then(trimmed)


def mobile_id_lower(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """``mobile_id`` in lower case, hyphens kept.

    Sources: https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences
    (``MADID``); https://docs.x.com/x-ads-api/audiences (``device_id``).

    >>> from audience_builder.matchkeys import apply
    >>> apply(mobile_id_lower, ["AEBE52E7-03EE-455A-B3C4-E57283966239"])
    ['aebe52e7-03ee-455a-b3c4-e57283966239']
    """
    return mobile_id(value, country).str.to_lowercase()


def mobile_id_upper(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """``mobile_id`` in upper case, hyphens kept: how Apple writes an IDFA.

    Source: https://developer.apple.com/documentation/adsupport/asidentifiermanager/advertisingidentifier

    >>> from audience_builder.matchkeys import apply
    >>> apply(mobile_id_upper, ["aebe52e7-03ee-455a-b3c4-e57283966239"])
    ['AEBE52E7-03EE-455A-B3C4-E57283966239']
    """
    return mobile_id(value, country).str.to_uppercase()


def why_not(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Why a non-blank id is unusable, null where it is usable or blank.

    >>> from audience_builder.matchkeys import apply
    >>> apply(why_not, ["7.21045E+12", "9"])
    ['a spreadsheet shortened the number, digits are lost', None]
    """
    del country  # an id looks the same everywhere
    return pl.when(value.str.strip_chars().str.contains(_SCIENTIFIC)).then(pl.lit(DIGITS_LOST))


def why_not_mobile(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Why a non-blank mobile id is unusable, null where it is usable or blank.

    >>> from audience_builder.matchkeys import apply
    >>> apply(why_not_mobile, ["abc", "00000000-0000-0000-0000-000000000000", " "])
    ['not a mobile advertising id', "the phone's owner switched ad tracking off", None]
    """
    del country  # a device id looks the same everywhere
    trimmed = value.str.strip_chars()
    return (
        pl.when(trimmed == _ALL_ZERO)
        .then(pl.lit(TRACKING_SWITCHED_OFF))
        .when((trimmed.str.len_bytes() > 0) & ~trimmed.str.contains(_UUID))
        .then(pl.lit(NOT_A_MOBILE_ID))
    )
