"""Damage that spreadsheets, web forms and exports do to contact text, undone before normalising.

Each repair has a name, is counted, and can be switched off. A repair changes only what it can restore
with certainty: a number that lost digits stays broken, for the normaliser to refuse. Cells of a clean
shape, nearly all of them, are told apart by one pattern for each column and never looked at again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from audience_builder import columns as c
from audience_builder.matchkeys import postcode, repair_cells
from audience_builder.matchkeys.sparing import of_one_length, scattered
from audience_builder.repeats import distinct, distinct_pairs, repeats_itself

__all__ = ["REPAIRS", "Mended", "Repair", "mended", "repaired", "steps"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """One kind of damage and its undoing.

    Args:
        name: What it is called in tallies and where it is switched off.
        title: What was done to the cell, in plain words.
        columns: The contact columns it applies to.
        seen: Pattern found in every cell that may need it.
        fix: Text and the row's country to the text without the damage.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    seen: str
    fix: Callable[[pl.Expr, pl.Expr], pl.Expr]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """A repaired column.

    Args:
        cells: The column given, repaired.
        changed: Cells changed, by the name of the repair; repairs that changed none are left out.
    """

    cells: pl.Series
    changed: Mapping[str, int]


_NAMES: Final = (c.FIRST_NAME, c.LAST_NAME, c.FULL_NAME)
_WORDS: Final = (*_NAMES, c.CITY, c.STATE, c.COUNTRY, c.GENDER)
_NUMBERS: Final = (*c.PHONES, c.POSTAL_CODE, c.CUSTOMER_ID)
_CODES: Final = (*_NUMBERS, *c.EMAILS, c.STATE, c.COUNTRY, c.DATE_OF_BIRTH, c.MOBILE_ID)
_ALL: Final = tuple(dict.fromkeys((*_WORDS, *_CODES)))

_INVISIBLE: Final = (
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u{ad}\u{200b}-\u{200f}"
    r"\u{202a}-\u{202e}\u{2060}-\u{2064}\u{2066}-\u{2069}\u{feff}]"
)
_WIDE_SPACE: Final = r"[\u{a0}\u{1680}\u{2000}-\u{200a}\u{202f}\u{205f}\u{3000}]"
_MOJIBAKE: Final = (
    r"[\u{c2}-\u{f4}]"
    r"[\u{80}-\u{bf}\u{152}\u{153}\u{160}\u{161}\u{178}\u{17d}\u{17e}\u{192}\u{2c6}\u{2dc}\u{2013}-\u{203a}\u{20ac}\u{2122}]"
)
_EMOJI: Final = r"[\p{Emoji_Presentation}\u{1f000}-\u{1faff}\u{2600}-\u{27bf}\u{2b00}-\u{2bff}\u{fe0f}\u{20e3}]"
_CURLY: Final = "[’‘ʼ´`′]"
_DASHES: Final = "[‐‑‒–—―]"
_TEXT_MARK: Final = r"^\s*(?:'+|=\"?)"
_LINK: Final = r"(?i)^\s*(?:mailto|tel):\s*"
_IN_BRACKETS: Final = r"<\s*([^<>\s]+@[^<>\s]+)\s*>"
_TRUNK_ZERO: Final = r"^(\s*(?:\+|00)[\d\s.-]*\d[\s.-]*)\(0\)"
_ITALIAN_ZERO: Final = r"^(\s*(?:\+|00)\s?39[\s.-]*)\(0\)"


Fix = Callable[[pl.Expr, pl.Expr], pl.Expr]


def _without(pattern: str) -> Fix:
    return lambda text, _: text.str.replace_all(pattern, "")


def _replaced(pattern: str, by: str) -> Fix:
    return lambda text, _: text.str.replace_all(pattern, by)


def _cell_by_cell(function: Callable[[str], str]) -> Fix:
    def batch(cells: pl.Series) -> pl.Series:
        return pl.Series([function(cell) for cell in cells], dtype=pl.String)

    return lambda text, _: text.map_batches(batch, return_dtype=pl.String)


def _plain_marks(text: pl.Expr, _: pl.Expr) -> pl.Expr:
    return text.str.replace_all(_CURLY, "'").str.replace_all(_DASHES, "-")


def _unlinked(text: pl.Expr, _: pl.Expr) -> pl.Expr:
    return text.str.replace(_LINK, "").str.replace(r"\?.*$", "")


def _unbracketed_zero(text: pl.Expr, _: pl.Expr) -> pl.Expr:
    """``+44 (0)20`` loses the zero of national dialling; Italian numbers keep theirs."""
    return text.str.replace(_ITALIAN_ZERO, "${1}0").str.replace(_TRUNK_ZERO, "${1}")


def _spaceless(text: pl.Expr, _: pl.Expr) -> pl.Expr:
    """One address without its spaces; several in one cell stay apart."""
    alone = text.str.count_matches("@", literal=True) == 1
    return pl.when(alone).then(text.str.replace_all(r"\s+", "")).otherwise(text)


REPAIRS: Final = (
    Repair(name="html_entities", title="HTML entities such as &amp; decoded", columns=_ALL,
           seen=r"&#?[0-9A-Za-z]+;", fix=_cell_by_cell(repair_cells.unescaped)),
    Repair(name="broken_encoding", title="UTF-8 that was read as Windows-1252 read rightly", columns=_WORDS,
           seen=_MOJIBAKE, fix=_cell_by_cell(repair_cells.read_as_utf8)),
    Repair(name="invisible_characters", title="invisible characters removed", columns=_ALL,
           seen=_INVISIBLE, fix=_without(_INVISIBLE)),
    Repair(name="wide_spaces", title="no-break and other odd spaces made plain", columns=_ALL,
           seen=_WIDE_SPACE, fix=_replaced(_WIDE_SPACE, " ")),
    Repair(name="full_width", title="full-width letters and digits made plain", columns=_ALL,
           seen=r"[\u{ff01}-\u{ff5e}]", fix=_cell_by_cell(repair_cells.plain_width)),
    Repair(name="loose_accents", title="letters joined with their accents (Unicode NFC)", columns=(*_WORDS, *c.EMAILS),
           seen=r"[\p{M}\u{1100}-\u{11ff}]", fix=lambda text, _: text.str.normalize("NFC")),
    Repair(name="typographic_marks", title="curly apostrophes and long dashes made plain", columns=_WORDS,
           seen=f"{_CURLY}|{_DASHES}", fix=_plain_marks),
    Repair(name="emoji", title="emoji removed", columns=(*_NAMES, c.CITY),
           seen=_EMOJI, fix=lambda text, _: text.str.replace_all(_EMOJI, "").str.strip_chars()),
    Repair(name="spreadsheet_text_mark", title="a spreadsheet's mark for text (' or =\"...\") removed", columns=_CODES,
           seen=_TEXT_MARK, fix=lambda text, _: text.str.replace(_TEXT_MARK, "").str.replace(r"\"\s*$", "")),
    Repair(name="link_prefix", title="mailto: or tel: removed", columns=(*c.EMAILS, *c.PHONES),
           seen=_LINK, fix=_unlinked),
    Repair(name="name_and_address", title="the address taken out of Name <address>", columns=c.EMAILS,
           seen=_IN_BRACKETS, fix=lambda text, _: text.str.extract(_IN_BRACKETS)),
    Repair(name="email_spaces", title="spaces inside an e-mail address removed", columns=c.EMAILS,
           seen=r"\S\s+\S", fix=_spaceless),
    Repair(name="email_punctuation", title="punctuation around an e-mail address removed", columns=c.EMAILS,
           seen=r"^\s*['\"(<\[,.;:]|['\")>\],.;:]\s*$", fix=lambda text, _: text.str.strip_chars(" '\"()<>[],.;:")),
    Repair(name="spreadsheet_decimals", title="the .0 of a spreadsheet's number removed", columns=_NUMBERS,
           seen=r"^\s*\+?\d+[.,]0+\s*$", fix=_without(r"[.,]0+\s*$")),
    Repair(name="spreadsheet_exponent", title="a number with an exponent and all its digits written out",
           columns=_NUMBERS, seen=r"^\s*\d[.,]\d+[eE]\+?\d{1,2}\s*$", fix=_cell_by_cell(repair_cells.written_out)),
    Repair(name="trunk_zero", title="the (0) inside an international phone number removed", columns=c.PHONES,
           seen=_TRUNK_ZERO, fix=_unbracketed_zero),
    Repair(name="dialling_prefix", title="00 before a country code written as +", columns=c.PHONES,
           seen=r"^\s*00\s?[1-9](?:\D*\d){7}", fix=_replaced(r"^\s*00\s?", "+")),
    Repair(name="zip_leading_zeros", title="zeros lost at the front of a postal code restored",
           columns=(c.POSTAL_CODE,), seen=r"^\s*\d{3,8}(?:-\d{4})?\s*$", fix=postcode.leading_zeros_restored),
)  # fmt: skip
"""In the order they are made."""

_LETTERS: Final = r"A-Za-z\u{c0}-\u{d6}\u{d8}-\u{f6}\u{f8}-\u{151}\u{154}-\u{15f}\u{162}-\u{177}"
"""Composed Latin letters, but for those that a letter before them may make a sign of broken encoding."""
_CLEAN_TEXT: Final = rf"^ *[{_LETTERS}0-9][{_LETTERS}0-9 .,()/+_'-]*$"
_CLEAN: Final = {
    **dict.fromkeys(c.EMAILS, r"^ *[A-Za-z0-9](?:[A-Za-z0-9._%+@/-]*[A-Za-z0-9])? *$"),
    **dict.fromkeys(c.PHONES, r"^(?:\+|0?[1-9]|\([0-9]{2,}\))(?:[0-9 -]|\([0-9]{2,}\))*$"),
    c.POSTAL_CODE: r"^(?:[0-9]{5}(?:-[0-9]{4})?|[A-Za-z0-9 -]*[A-Za-z][A-Za-z0-9 -]*)$",
    c.CUSTOMER_ID: r"^[A-Za-z0-9_-]+$",
}
"""Shapes that no repair would change."""


def repaired(value: pl.Expr, column: str, country: pl.Expr, off: frozenset[str] = frozenset()) -> pl.Expr:
    """The text after all repairs of its column.

    Args:
        value: Text column.
        column: Which contact column it is, by its name in ``columns``.
        country: ISO alpha-2 of the row, upper case.
        off: Names of repairs that are not wanted.

    >>> from audience_builder.matchkeys import apply
    >>> apply(lambda value, country: repaired(value, c.POSTAL_CODE, country), ["2134.0"], "US")
    ['02134']
    >>> apply(lambda value, country: repaired(value, c.EMAIL, country), ["mailto:ann@example.com."])
    ['ann@example.com']
    """
    return _after(value, column, country, _chain(column, off))


def steps(
    value: pl.Expr, column: str, country: pl.Expr, off: frozenset[str] = frozenset()
) -> list[tuple[str, pl.Expr]]:
    """The repairs of a column in order: each one's name, and the text after it.

    Each text is worked out from the start; to repair and count a long column use ``mended``.

    Args:
        value: Text column.
        column: Which contact column it is, by its name in ``columns``.
        country: ISO alpha-2 of the row, upper case.
        off: Names of repairs that are not wanted.
    """
    chain = _chain(column, off)
    return [(repair.name, _after(value, column, country, chain[: place + 1])) for place, repair in enumerate(chain)]


def mended(cells: pl.Series, column: str, countries: pl.Series, off: frozenset[str] = frozenset()) -> Mended:
    """Repair a column and count the cells that each repair changed, in one pass.

    Args:
        cells: Text column.
        column: Which contact column it is, by its name in ``columns``.
        countries: ISO alpha-2 of each row, upper case.
        off: Names of repairs that are not wanted.

    >>> done = mended(pl.Series(["'2134", "2134.0", "02134"]), c.POSTAL_CODE, pl.Series(["US"] * 3))
    >>> done.cells.to_list(), dict(done.changed)  # doctest: +NORMALIZE_WHITESPACE
    (['02134', '02134', '02134'],
     {'spreadsheet_text_mark': 1, 'spreadsheet_decimals': 1, 'zip_leading_zeros': 2})
    """
    return _mend(cells, column, countries, _chain(column, off))


def _chain(column: str, off: frozenset[str]) -> tuple[Repair, ...]:
    return tuple(repair for repair in REPAIRS if column in repair.columns and repair.name not in off)


def _after(value: pl.Expr, column: str, country: pl.Expr, chain: tuple[Repair, ...]) -> pl.Expr:
    def batch(columns: Sequence[pl.Series]) -> pl.Series:
        cells, countries = of_one_length(columns)
        return _mend(cells, column, countries, chain).cells

    return pl.map_batches([value, country], batch, return_dtype=pl.String, is_elementwise=True)


def _mend(cells: pl.Series, column: str, countries: pl.Series, chain: tuple[Repair, ...]) -> Mended:
    changed: dict[str, int] = {}
    dirty = ~cells.str.contains(_CLEAN.get(column, _CLEAN_TEXT)).fill_null(value=True)
    hurt, place = _each_once(pl.DataFrame({"cell": cells, "country": countries}).filter(dirty))
    for repair in chain:
        seen = hurt["cell"].str.contains(repair.seen)
        before = hurt.filter(seen)
        if before.is_empty():
            continue
        after = before.select(repair.fix(pl.col("cell"), pl.col("country"))).to_series()
        if count := before.filter(before["cell"].ne_missing(after))["times"].sum():
            changed[repair.name] = int(count)
            hurt = hurt.with_columns(scattered(after, seen, hurt["cell"]).alias("cell"))
    mended = hurt["cell"] if place is None else hurt["cell"].gather(place)
    return Mended(cells=scattered(mended, dirty, cells) if changed else cells, changed=changed)


def _each_once(hurt: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series | None]:
    """The cells to look at and how many ``times`` each is there; of a column that repeats itself each only once.

    Returns:
        The cells, and where each cell of the column is among them, None if they are the column itself.
    """
    if not repeats_itself(hurt["cell"]):
        return hurt.with_columns(times=1), None
    few, place = distinct_pairs(*map(distinct, hurt.get_columns()))
    return few.with_columns(pl.Series("times", np.bincount(place, minlength=few.height))), place
