r"""phonenumbers' metadata as patterns that Polars can run over whole columns.

A region's metadata is read and rewritten when its first number is met. Nothing of it is kept in
this project, so the numbering plans are always those of the installed phonenumbers. Every pattern
is anchored and limited to ASCII digits (``(?-u)``): columns are brought to ASCII digits first.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from phonenumbers import PhoneMetadata
    from phonenumbers.phonemetadata import PhoneNumberDesc

__all__ = [
    "Kinds",
    "Plan",
    "calling_code_kinds",
    "calling_code_plan",
    "calling_codes",
    "region_plan",
    "regions",
]

_T = TypeVar("_T")

NEVER: Final = "^x$"
"""A pattern that no string of digits matches."""

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
        international_prefix: What is dialled in place of the plus, ``^(?:00)``.
        national_prefix: What is dialled before a national number, ``^(?:0|180020)``; None if nothing.
        transform: What stands for the prefix where its last group took part, ``9${1}``.
        last_group: The number of that group.
        general: Any national number of the plan.
        lengths: Its possible numbers of digits, ascending.
        local_lengths: Numbers of digits that can be dialled only within an area.
    """

    calling_code: str
    international_prefix: str
    national_prefix: str | None
    transform: str | None
    last_group: int
    general: str
    lengths: tuple[int, ...]
    local_lengths: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinds:
    """Which national numbers one region of a calling code has given out.

    Args:
        leading_digits: Numbers that start so belong to this region, whatever regions come after it.
        general: Any national number of the region.
        lengths: Its possible numbers of digits; empty means any.
        kinds: Numbers of digits and the pattern of every kind (mobile, pager, ...) that has them;
            mobiles and fixed lines first.
    """

    leading_digits: str | None
    general: str
    lengths: tuple[int, ...]
    kinds: tuple[tuple[tuple[int, ...], str], ...]


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

    return _plan(_present(PhoneMetadata.metadata_for_region(region)))


@cache
def calling_code_plan(calling_code: str) -> Plan:
    """The plan of a calling code's main region."""
    return _plan(_metadata_of_calling_code(calling_code)[0])


@cache
def calling_code_kinds(calling_code: str) -> tuple[Kinds, ...]:
    """The regions that share a calling code, in the order in which a number is tried on them."""
    metadata = _metadata_of_calling_code(calling_code)
    shared = len(metadata) > 1
    return tuple(_kinds(region, shared=shared) for region in metadata)


def _metadata_of_calling_code(calling_code: str) -> "tuple[PhoneMetadata, ...]":
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

    code = int(calling_code)
    return tuple(
        _present(PhoneMetadata.metadata_for_region_or_calling_code(code, region))
        for region in COUNTRY_CODE_TO_REGION_CODE[code]
    )


def _plan(metadata: "PhoneMetadata") -> Plan:
    prefix = metadata.national_prefix_for_parsing or None
    transform = metadata.national_prefix_transform_rule or None
    international = metadata.international_prefix
    general = _general(metadata)
    return Plan(
        calling_code=str(metadata.country_code),
        international_prefix=_start(international) if international is not None else NEVER,
        national_prefix=_start(prefix) if prefix else None,
        transform=re.sub(r"\\(\d)", r"${\1}", transform) if transform else None,
        last_group=re.compile(prefix).groups if prefix else 0,
        general=_whole(general),
        lengths=tuple(general.possible_length),
        local_lengths=tuple(general.possible_length_local_only),
    )


def _kinds(metadata: "PhoneMetadata", *, shared: bool) -> Kinds:
    leading = metadata.leading_digits if shared else None
    general = _general(metadata)
    return Kinds(
        leading_digits=_start(leading) if leading is not None else None,
        general=_whole(general),
        lengths=tuple(general.possible_length),
        kinds=_kinds_by_lengths(metadata),
    )


def _kinds_by_lengths(metadata: "PhoneMetadata") -> tuple[tuple[tuple[int, ...], str], ...]:
    """One pattern for all kinds with the same possible lengths.

    Where fixed lines and mobiles have the same pattern, phonenumbers asks for fixed lines only.
    """
    names = _KINDS if metadata.same_mobile_and_fixed_line_pattern else ("mobile", *_KINDS)
    patterns = defaultdict(list)
    for desc in (getattr(metadata, name) for name in names):
        if desc is not None and desc.national_number_pattern:
            patterns[tuple(desc.possible_length)].append(desc.national_number_pattern)
    return tuple((lengths, f"{_start('|'.join(same))}$") for lengths, same in patterns.items())


def _general(metadata: "PhoneMetadata") -> "PhoneNumberDesc":
    return _present(metadata.general_desc)


def _present(metadata: "_T | None") -> "_T":
    """What phonenumbers has for every region and calling code it names."""
    if metadata is None:
        raise LookupError("phonenumbers names a numbering plan that it does not have.")
    return metadata


def _start(pattern: str) -> str:
    return f"(?-u)^(?:{pattern})"


def _whole(desc: "PhoneNumberDesc") -> str:
    pattern = desc.national_number_pattern
    return f"{_start(pattern)}$" if pattern else NEVER
