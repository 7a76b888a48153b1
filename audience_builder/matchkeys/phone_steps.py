r"""The steps of reading a number, as expressions over a column of ASCII digits.

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


def without_international_prefix(number: pl.Expr, plan: Plan) -> pl.Expr:
    """What follows the region's international prefix; the number itself where there is none."""
    return number.str.replace(plan.international_prefix, "")


def follows_international_prefix(number: pl.Expr, plan: Plan) -> pl.Expr:
    """Whether the number starts with an international prefix (``_parse_prefix_as_idd``).

    No calling code starts with 0, so a prefix before a 0 is none.
    """
    rest = without_international_prefix(number, plan)
    return number.str.contains(plan.international_prefix) & ~rest.str.starts_with("0")


def without_national_prefix(number: pl.Expr, plan: Plan) -> pl.Expr:
    """The number without national prefix (``_maybe_strip_national_prefix_carrier_code``).

    A prefix stays where only the number with it fits the plan.
    """
    if plan.national_prefix is None:
        return number
    bare = number.str.replace(plan.national_prefix, "")
    if plan.transform is not None:
        transforms = number.str.extract(plan.national_prefix, plan.last_group).is_not_null()
        bare = pl.when(transforms).then(number.str.replace(plan.national_prefix, plan.transform)).otherwise(bare)
    spoils = number.str.contains(plan.general) & ~bare.str.contains(plan.general)
    return pl.when(spoils).then(number).otherwise(bare)


def has_own_calling_code(number: pl.Expr, rest: pl.Expr, plan: Plan) -> pl.Expr:
    """Whether a number without plus starts with its own calling code (``_maybe_extract_country_code``).

    Args:
        number: All the digits.
        rest: The same without the calling code and a national prefix after it.
        plan: The plan of the region it is dialled in.
    """
    only_without = ~number.str.contains(plan.general) & rest.str.contains(plan.general)
    return number.str.starts_with(plan.calling_code) & (only_without | _is_too_long(number, plan))


def national_number(number: pl.Expr, plan: Plan) -> pl.Expr:
    """The national significant number, null when it has too few or too many digits (``parse``).

    The national prefix stays where the number without it has an impossible number of digits.
    """
    bare = without_national_prefix(number, plan)
    possible = bare.str.len_bytes().is_in(plan.lengths) & ~bare.str.len_bytes().is_in(plan.local_lengths)
    found = pl.when(possible | _is_too_long(bare, plan)).then(bare).otherwise(number)
    within = found.str.len_bytes().is_between(_FEWEST_DIGITS, _MOST_DIGITS)
    return pl.when(within & (number.str.len_bytes() >= _FEWEST_DIGITS)).then(found)


def is_of_a_kind(number: pl.Expr, kinds: Kinds) -> pl.Expr:
    """Whether the region has given the national number out for any use (``_number_type_helper``)."""
    digits = number.str.len_bytes()

    def fits(lengths: tuple[int, ...], pattern: str) -> pl.Expr:
        matches = number.str.contains(pattern)
        return digits.is_in(lengths) & matches if lengths else matches

    of_any = (fits(lengths, pattern) for lengths, pattern in kinds.kinds)
    return fits(kinds.lengths, kinds.general) & reduce(or_, of_any, pl.lit(value=False))


def _is_too_long(number: pl.Expr, plan: Plan) -> pl.Expr:
    digits = number.str.len_bytes()
    return (digits > max(plan.lengths)) & ~digits.is_in(plan.local_lengths)
