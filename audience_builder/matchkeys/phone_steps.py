r"""The steps of reading a number, as expressions over columns of ASCII digits without nulls.

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
    "is_everyday",
    "is_of_a_kind",
    "national_number",
    "stripped",
    "without_international_prefix",
    "without_national_prefix",
]

_FEWEST_DIGITS: Final = 2
_MOST_DIGITS: Final = 17
_EVERYDAY_KINDS: Final = 2
"""Mobiles and fixed lines come first and share at most two patterns."""


def without_international_prefix(number: pl.Expr, plan: Plan) -> pl.Expr:
    """What follows the region's international prefix; the number itself where there is none."""
    return number.str.replace(plan.international_prefix, "")


def follows_international_prefix(number: pl.Expr, plan: Plan) -> pl.Expr:
    """Whether the number starts with an international prefix (``_parse_prefix_as_idd``).

    No calling code starts with 0, so a prefix before a 0 is none.
    """
    rest = without_international_prefix(number, plan)
    return number.str.contains(plan.international_prefix) & ~rest.str.starts_with("0")


def stripped(number: pl.Expr, plan: Plan) -> pl.Expr:
    """The number after its national prefix, if it has one, transformed where the plan says so."""
    if plan.national_prefix is None:
        return number
    bare = number.str.replace(plan.national_prefix, "")
    if plan.transform is None:
        return bare
    transforms = number.str.extract(plan.national_prefix, plan.last_group).is_not_null()
    return pl.when(transforms).then(number.str.replace(plan.national_prefix, plan.transform)).otherwise(bare)


def without_national_prefix(number: pl.Expr, bare: pl.Expr, plan: Plan) -> pl.Expr:
    """The number without national prefix (``_maybe_strip_national_prefix_carrier_code``).

    A prefix stays where the number fits the plan with it and would not without it.

    Args:
        number: All the digits after the calling code.
        bare: The same ``stripped``.
        plan: The plan that the number is read by.
    """
    stays = number.str.contains(plan.general) & ~bare.str.contains(plan.general)
    return pl.when(stays).then(number).otherwise(bare)


def has_own_calling_code(number: pl.Expr, rest: pl.Expr, plan: Plan) -> pl.Expr:
    """Whether the calling code a number starts with is one (``_maybe_extract_country_code``).

    Args:
        number: All the digits, the region's calling code first.
        rest: The same without the calling code and a national prefix after it.
        plan: The plan of the region it is dialled in.
    """
    fits_without = ~number.str.contains(plan.general) & rest.str.contains(plan.general)
    return fits_without | _is_too_long(number, plan)


def national_number(number: pl.Expr, bare: pl.Expr, plan: Plan) -> pl.Expr:
    """The national significant number, null when it has too few or too many digits (``parse``).

    The national prefix stays where the number without it has an impossible number of digits.

    Args:
        number: All the digits after the calling code.
        bare: The same ``without_national_prefix``.
        plan: The plan that the number is read by.
    """
    found = pl.when(_has_possible_length(bare, plan) | _is_too_long(bare, plan)).then(bare).otherwise(number)
    usable = found.str.len_bytes().is_between(_FEWEST_DIGITS, _MOST_DIGITS)
    return pl.when(usable & (number.str.len_bytes() >= _FEWEST_DIGITS)).then(found)


def is_everyday(number: pl.Expr, bare: pl.Expr, plan: Plan, kinds: Kinds) -> pl.Expr:
    """Whether ``bare`` is what the whole procedure would make of the number, as it is for most numbers.

    Stripped of its national prefix such a number fits the plan, has a possible number of digits and is a
    valid mobile or fixed line of the calling code's first region, so that no step reads it otherwise.

    Args:
        number: All the digits after the calling code.
        bare: The same ``stripped``.
        plan: The plan that the number is read by.
        kinds: The first region of the plan's calling code.
    """
    if kinds.leading_digits is not None:
        return pl.lit(value=False)
    long_enough = number.str.len_bytes() >= _FEWEST_DIGITS
    fits = bare.str.contains(plan.general) & _has_possible_length(bare, plan) & long_enough
    return fits & _is_of(bare, kinds, kinds.kinds[:_EVERYDAY_KINDS])


def is_of_a_kind(number: pl.Expr, kinds: Kinds) -> pl.Expr:
    """Whether the region has given the national number out for any use (``_number_type_helper``)."""
    return _is_of(number, kinds, kinds.kinds)


def _is_of(number: pl.Expr, kinds: Kinds, some: tuple[tuple[tuple[int, ...], str], ...]) -> pl.Expr:
    def fits(lengths: tuple[int, ...], pattern: str) -> pl.Expr:
        matches = number.str.contains(pattern)
        return number.str.len_bytes().is_in(lengths) & matches if lengths else matches

    of_some = (fits(lengths, pattern) for lengths, pattern in some)
    return fits(kinds.lengths, kinds.general) & reduce(or_, of_some, pl.lit(value=False))


def _has_possible_length(number: pl.Expr, plan: Plan) -> pl.Expr:
    digits = number.str.len_bytes()
    return digits.is_in(plan.lengths) & ~digits.is_in(plan.local_lengths)


def _is_too_long(number: pl.Expr, plan: Plan) -> pl.Expr:
    digits = number.str.len_bytes()
    return (digits > max(plan.lengths)) & ~digits.is_in(plan.local_lengths)
