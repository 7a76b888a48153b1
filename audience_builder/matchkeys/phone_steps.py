r"""The steps of reading a number, over columns of ASCII digits without nulls.

Each takes the numbers of one region or one calling code and follows the function of phonenumbers
that its docstring names.
"""

from functools import reduce
from operator import or_
from typing import Final

import polars as pl

from audience_builder.matchkeys.phone_metadata import Kinds, Plan

__all__ = [
    "follows_international_prefix",
    "has_own_calling_code",
    "is_of_a_kind",
    "national_number",
    "without_international_prefix",
    "without_national_prefix",
]

_FEWEST_DIGITS: Final = 2
_MOST_DIGITS: Final = 17


def without_international_prefix(number: pl.Series, plan: Plan) -> pl.Series:
    """What follows the region's international prefix; the number itself where there is none."""
    return number.str.replace(plan.international_prefix, "")


def follows_international_prefix(number: pl.Series, plan: Plan) -> pl.Series:
    """Whether the number starts with an international prefix (``_parse_prefix_as_idd``).

    No calling code starts with 0, so a prefix before a 0 is none.
    """
    rest = without_international_prefix(number, plan)
    return number.str.contains(plan.international_prefix) & ~rest.str.starts_with("0")


def without_national_prefix(number: pl.Series, plan: Plan) -> pl.Series:
    """The number without national prefix (``_maybe_strip_national_prefix_carrier_code``).

    A prefix stays where the number fits the plan with it and would not without it.
    """
    if plan.national_prefix is None:
        return number
    bare = number.str.replace(plan.national_prefix, "")
    if plan.transform is not None:
        transforms = number.str.extract(plan.national_prefix, plan.last_group).is_not_null()
        bare = number.str.replace(plan.national_prefix, plan.transform).zip_with(transforms, bare)
    stays = number.str.contains(plan.general) & ~bare.str.contains(plan.general)
    return number.zip_with(stays, bare)


def has_own_calling_code(number: pl.Series, rest: pl.Series, plan: Plan) -> pl.Series:
    """Whether the calling code a number starts with is one (``_maybe_extract_country_code``).

    Args:
        number: All the digits, the region's calling code first.
        rest: The same without the calling code and a national prefix after it.
        plan: The plan of the region it is dialled in.
    """
    fits_without = ~number.str.contains(plan.general) & rest.str.contains(plan.general)
    return fits_without | _is_too_long(number, plan)


def national_number(number: pl.Series, plan: Plan) -> pl.Series:
    """The national significant number, null when it has too few or too many digits (``parse``).

    The national prefix stays where the number without it has an impossible number of digits.
    """
    bare = without_national_prefix(number, plan)
    digits = bare.str.len_bytes()
    possible = digits.is_in(plan.lengths) & ~digits.is_in(plan.local_lengths)
    found = bare.zip_with(possible | _is_too_long(bare, plan), number)
    usable = found.str.len_bytes().is_between(_FEWEST_DIGITS, _MOST_DIGITS)
    return found.set(~usable | (number.str.len_bytes() < _FEWEST_DIGITS), None)


def is_of_a_kind(number: pl.Series, kinds: Kinds) -> pl.Series:
    """Whether the region has given the national number out for any use (``_number_type_helper``)."""
    digits = number.str.len_bytes()

    def fits(lengths: tuple[int, ...], pattern: str) -> pl.Series:
        matches = number.str.contains(pattern)
        return digits.is_in(lengths) & matches if lengths else matches

    of_any = (fits(lengths, pattern) for lengths, pattern in kinds.kinds)
    return fits(kinds.lengths, kinds.general) & reduce(or_, of_any, digits.is_in([]))


def _is_too_long(number: pl.Series, plan: Plan) -> pl.Series:
    digits = number.str.len_bytes()
    return (digits > max(plan.lengths)) & ~digits.is_in(plan.local_lengths)
