"""What phonenumbers says about one cell: the complete reading, for cells of any shape.

phonenumbers is imported when the first cell is read, not before.
"""

import re
from typing import Final

from audience_builder.matchkeys.phone_metadata import regions

__all__ = ["read_cell"]

_LEADING_00: Final = re.compile(r"^[^\d+\uff0b]*[0\uff10\u0660\u06f0][^\d+\uff0b]*[0\uff10\u0660\u06f0]")


def read_cell(cell: str, country: str | None) -> str | None:
    """E.164 of one cell as phonenumbers reads it, null when it is no valid number.

    With no country known, a leading 00 is a plus.

    Args:
        cell: The cell's text.
        country: ISO alpha-2 in upper case; null, or one phonenumbers does not know, means unknown.
    """
    import phonenumbers

    region = country if country in regions() else None
    text = cell if region else _LEADING_00.sub("+", cell)
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
