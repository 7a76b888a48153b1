"""Header texts: cleaned, numbered where they repeat, and told from data."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from audience_builder.columns import SOURCE_ROW

__all__ = ["cleaned_headers", "named_width", "plausible_header"]

_SPACES: Final = re.compile(r"[\s\u00a0\u202f\ufeff]+")
_UNNAMED: Final = "(no name)"
_LONGEST_HEADER: Final = 80
_WORDS: Final = frozenset(
    """
    address adresse amount amt anrede bestellnummer bestellung betrag city client code commande company
    country courriel created currency customer date datum devise email first kunde land last mail mobile
    montant name nom number order orders ort paid phone plz postal price prenom quantity rechnung state
    status sku summe telefon total transaction type user vorname zip
    """.split(),
)
_LOOKS_LIKE_DATA: Final = re.compile(r"@|\d{4,}|^\W*\d|://")


def named_width(cells: Sequence[str]) -> int:
    """How many columns are left when the unnamed ones at the end are dropped.

    >>> named_width(["Email", "Total", ""])
    2
    """
    return max((index + 1 for index, cell in enumerate(cells) if _folded(cell)), default=0)


def cleaned_headers(cells: Sequence[str]) -> tuple[str, ...]:
    """Trim, fold spaces, drop unnamed columns at the end and number the repeated names.

    ``source_row`` counts as taken: a table of ours has that column already.

    >>> cleaned_headers([" Delivery  city", "Total", "Delivery city", ""])
    ('Delivery city', 'Total', 'Delivery city (2)')
    """
    seen = Counter([SOURCE_ROW])
    taken = {_folded(cell) for cell in cells}
    names: list[str] = []
    for cell in cells[: named_width(cells)]:
        text = _folded(cell) or _UNNAMED
        name = text
        seen[text] += 1
        if seen[text] > 1:
            while (name := f"{text} ({seen[text]})") in taken:
                seen[text] += 1
            taken.add(name)
        names.append(name)
    return tuple(names)


def plausible_header(names: Sequence[str]) -> bool:
    """Whether a row may be shown as column names: a header word in it and nothing that looks like data.

    >>> plausible_header(["Order ID", "Buyer", "Total"]), plausible_header(["Ann", "Lee", "ann@example.com"])
    (True, False)
    """
    if any(len(name) > _LONGEST_HEADER or _LOOKS_LIKE_DATA.search(name) for name in names):
        return False
    words = {word for name in names for word in re.split(r"[\W_]+", name.casefold().replace("e-mail", "email"))}
    return bool(words & _WORDS)


def _folded(cell: str) -> str:
    return _SPACES.sub(" ", cell).strip()
