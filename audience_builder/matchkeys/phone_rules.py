"""What phonenumbers says about one cell; the slow, complete reading of a phone number.

phonenumbers is imported when the first cell is read, not before.
"""

import re
from functools import cache
from typing import Final

__all__ = ["e164_of_cell"]

_LEADING_00: Final = re.compile(r"^[^\d+\uff0b]*00")


def e164_of_cell(cell: str, country: str | None) -> str | None:
    """E.164 of one cell as phonenumbers reads it, null when it is no valid number.

    Args:
        cell: The cell's text.
        country: ISO alpha-2 in upper case; null, or one phonenumbers does not know, means unknown.
    """
    import phonenumbers  # noqa: PLC0415, TID251  heavy, and this is its home

    region = country if country in _regions() else None
    text = cell if region else _LEADING_00.sub("+", cell)
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@cache
def _regions() -> frozenset[str]:
    import phonenumbers  # noqa: PLC0415, TID251  heavy, and this is its home

    return frozenset(phonenumbers.SUPPORTED_REGIONS)
