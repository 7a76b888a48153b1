"""What phonenumbers' metadata says about regions and calling codes, of all of it what reading a number needs.

A region's metadata is read when its first number is met. Nothing of it is kept in this project, so the
numbering plans are always those of the installed phonenumbers.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from phonenumbers import PhoneMetadata
    from phonenumbers.phonemetadata import PhoneNumberDesc

__all__ = ["Plan", "calling_code_patterns", "calling_code_plan", "calling_codes", "region_plan", "regions"]

_T = TypeVar("_T")

_KINDS: Final = (
    "fixed_line",
    "premium_rate",
    "toll_free",
    "shared_cost",
    "voip",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    r"""How the numbers dialled within one region are read.

    Args:
        calling_code: Digits after the plus, ``44``.
        international_prefix: Pattern of what is dialled in place of the plus, ``00``; None if nothing.
        national_prefix: Pattern of what is dialled before a national number, ``0|180020``; None if nothing.
        transform: What stands for the prefix where its last group took part, ``9\\1``; None if nothing.
    """

    calling_code: str
    international_prefix: str | None
    national_prefix: str | None
    transform: str | None


@cache
def regions() -> frozenset[str]:
    """ISO alpha-2 codes of the regions phonenumbers knows."""
    import phonenumbers

    return frozenset(phonenumbers.SUPPORTED_REGIONS)


@cache
def calling_codes() -> tuple[str | None, ...]:
    """The calling code that each number starts with, by its first three digits (000 to 999)."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

    known = {str(code) for code in COUNTRY_CODE_TO_REGION_CODE}
    starts = (f"{start:03}" for start in range(1000))
    return tuple(next((s[:n] for n in (1, 2, 3) if s[:n] in known), None) for s in starts)


@cache
def region_plan(region: str) -> Plan:
    """The plan of one of :func:`regions`."""
    from phonenumbers import PhoneMetadata

    return _plan(PhoneMetadata.metadata_for_region(region))


@cache
def calling_code_plan(calling_code: str) -> Plan:
    """The plan of a calling code's main region."""
    return _plan(next(_of_calling_code(calling_code)))


@cache
def calling_code_patterns(calling_code: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Patterns of whole national numbers, and of their leading digits, of all regions of a calling code.

    One pattern for each region's numbers in general, and one for all its kinds of numbers (mobile, pager, ...)
    that have the same possible numbers of digits: a number is valid whichever its kind.
    """
    whole, leading = set(), set()
    for region in _of_calling_code(calling_code):
        by_lengths = defaultdict(list)
        for desc in _kinds(region):
            if desc.national_number_pattern:
                by_lengths[desc.possible_length].append(desc.national_number_pattern)
        whole |= {_present(region.general_desc).national_number_pattern, *map("|".join, by_lengths.values())}
        leading.add(region.leading_digits)
    return tuple(sorted(filter(None, whole))), tuple(sorted(filter(None, leading)))


def _kinds(region: "PhoneMetadata") -> "Iterator[PhoneNumberDesc]":
    """Where fixed lines and mobiles have the same pattern, phonenumbers asks for fixed lines only."""
    names = _KINDS if region.same_mobile_and_fixed_line_pattern else ("mobile", *_KINDS)
    return filter(None, (getattr(region, name) for name in names))


def _of_calling_code(calling_code: str) -> "Iterator[PhoneMetadata]":
    """The metadata of the regions that share a calling code, the main one first."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

    code = int(calling_code)
    for region in COUNTRY_CODE_TO_REGION_CODE[code]:
        yield _present(PhoneMetadata.metadata_for_region_or_calling_code(code, region))


def _plan(metadata: "PhoneMetadata | None") -> Plan:
    found = _present(metadata)
    return Plan(
        calling_code=str(found.country_code),
        international_prefix=found.international_prefix or None,
        national_prefix=found.national_prefix_for_parsing or None,
        transform=found.national_prefix_transform_rule or None,
    )


def _present(metadata: "_T | None") -> "_T":
    """What phonenumbers has for every region and calling code it names."""
    if metadata is None:
        raise LookupError("phonenumbers names a numbering plan that it does not have.")
    return metadata
