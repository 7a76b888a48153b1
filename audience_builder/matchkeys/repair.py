"""Damage that spreadsheets, web forms and exports do to contact text, undone before normalising.

Each repair has a name, is counted, and can be switched off. A repair changes only what it can restore
with certainty: a number that lost digits stays broken, for the normaliser to refuse.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import polars as pl

from audience_builder import columns as c
from audience_builder.matchkeys import postcode
from audience_builder.matchkeys.sparing import fixed_where, not_ascii

__all__ = ["REPAIRS", "Repair", "repaired", "steps"]

_NUMBERS: Final = (*c.PHONES, c.POSTAL_CODE, c.CUSTOMER_ID)
_TEXT: Final = (*c.EMAILS, *c.PHONES, c.FIRST_NAME, c.LAST_NAME, c.FULL_NAME, c.CITY, c.STATE, c.POSTAL_CODE, c.COUNTRY, c.GENDER)
_WORDS: Final = (c.FIRST_NAME, c.LAST_NAME, c.FULL_NAME, c.CITY, c.STATE, c.COUNTRY)
_INVISIBLE: Final = "[\u200b-\u200f\u2060\ufeff\u00ad\u202a-\u202e]"
_ENTITY: Final = r"&(?:#\d+|#[xX][0-9a-fA-F]+|[A-Za-z]+);"
_MOJIBAKE: Final = "[ÂÃÄÅÆÇÐÑâ][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"
_EXACT_SCIENTIFIC: Final = r"^\+?\d[.,]\d{5,}[eE]\+?\d{1,2}$"


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """One kind of damage.

    Args:
        name: What it is called in tallies and with ``--no-repair``.
        title: What happened to the cell, in plain words.
        columns: Contact columns it applies to.
        needed: Cheap test for cells that may need it.
        fix: The repair of those cells.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    needed: Callable[[pl.Expr], pl.Expr]
    fix: Callable[[pl.Expr], pl.Expr]


def _holding(pattern: str) -> Callable[[pl.Expr], pl.Expr]:
    return lambda text: text.str.contains(pattern)


def _by_cell(function: Callable[[str], str]) -> Callable[[pl.Expr], pl.Expr]:
    """A Python function, applied to the few cells that need it."""
    return lambda text: text.map_batches(
        lambda cells: pl.Series(cells.name, [None if cell is None else function(cell) for cell in cells], pl.String),
        return_dtype=pl.String,
        is_elementwise=True,
    )


def _unescaped(cell: str) -> str:
    from html import unescape  # noqa: PLC0415  loaded only where an entity was seen

    return unescape(cell)


def _read_again(cell: str) -> str:
    """UTF-8 that was read as Windows-1252, read rightly; the cell itself if that does not work out."""
    try:
        again = cell.encode("cp1252").decode()
    except UnicodeError:
        return cell
    return again if len(again) < len(cell) and again.isprintable() else cell


def _written_out(cell: str) -> str:
    """``1.2125550100E10`` as ``12125550100``; a number that lost digits stays as it is."""
    mantissa, _, exponent = cell.lstrip("+").replace(",", ".").lower().partition("e")
    digits = mantissa.replace(".", "")
    missing = int(exponent) - len(mantissa.partition(".")[2])
    return f"{digits}{'0' * missing}" if 0 <= missing <= 1 else cell


REPAIRS: Final = (
    Repair(name="invisible_characters", title="zero-width and direction marks removed", columns=_TEXT,
           needed=_holding(_INVISIBLE), fix=lambda text: text.str.replace_all(_INVISIBLE, "")),
    Repair(name="html_entities", title="HTML entities read once", columns=_TEXT,
           needed=_holding(_ENTITY), fix=_by_cell(_unescaped)),
    Repair(name="broken_encoding", title="UTF-8 that had been read as Windows-1252, read rightly", columns=_WORDS,
           needed=_holding(_MOJIBAKE), fix=_by_cell(_read_again)),
    Repair(name="composed_accents", title="letters and their accents joined (Unicode NFC)", columns=_WORDS,
           needed=lambda text: not_ascii(text) & text.str.contains("[\u0300-\u036f]"), fix=lambda text: text.str.normalize("NFC")),
    Repair(name="full_width", title="full-width characters made plain", columns=(*c.EMAILS, *c.PHONES, c.POSTAL_CODE),
           needed=_holding("[\uff01-\uff5e\u3000]"), fix=lambda text: text.str.normalize("NFKC")),
    Repair(name="mailto", title="mailto: and tel: removed", columns=(*c.EMAILS, *c.PHONES),
           needed=_holding(r"^\s*(?i:mailto|tel):"), fix=lambda text: text.str.replace(r"^\s*(?i:mailto|tel):\s*", "")),
    Repair(name="name_and_address", title="address taken out of Name <address>", columns=c.EMAILS,
           needed=_holding(r"<[^<>\s]+@[^<>\s]+>"), fix=lambda text: text.str.extract(r"<([^<>\s]+@[^<>\s]+)>")),
    Repair(name="email_punctuation", title="punctuation around an e-mail removed", columns=c.EMAILS,
           needed=_holding(r"^[\s'\"(<,;:]+|[\s'\")>.,;:]+$"), fix=lambda text: text.str.strip_chars(" \t\r\n'\"()<>,;:").str.strip_chars_end(".")),
    Repair(name="spreadsheet_decimals", title=".0 of a spreadsheet number removed", columns=_NUMBERS,
           needed=_holding(r"^\+?\d+[.,]0$"), fix=lambda text: text.str.replace(r"[.,]0$", "")),
    Repair(name="spreadsheet_exponent", title="a number written with E, without loss, written out", columns=_NUMBERS,
           needed=_holding(_EXACT_SCIENTIFIC), fix=_by_cell(_written_out)),
)  # fmt: skip
ZIP_ZEROS: Final = "zip_leading_zeros"


def steps(
    value: pl.Expr, column: str, country: pl.Expr, off: frozenset[str] = frozenset()
) -> list[tuple[str, pl.Expr]]:
    """The repairs of a column, in order: name, and the text after it.

    Args:
        value: Text column.
        column: Which contact column it is, by its name in ``columns``.
        country: ISO alpha-2 of the row, upper case.
        off: Names of repairs that are not wanted.
    """
    done: list[tuple[str, pl.Expr]] = []
    for repair in REPAIRS:
        if column in repair.columns and repair.name not in off:
            value = fixed_where(value, repair.needed, repair.fix)
            done.append((repair.name, value))
    if column == c.POSTAL_CODE and ZIP_ZEROS not in off:
        value = pl.coalesce(postcode.leading_zeros_restored(value, country), value)
        done.append((ZIP_ZEROS, value))
    return done


def repaired(value: pl.Expr, column: str, country: pl.Expr, off: frozenset[str] = frozenset()) -> pl.Expr:
    """The text after all repairs of its column.

    >>> cells = pl.DataFrame({"zip": ["2134.0"], "mail": ["mailto:ann@example.com."], "country": ["US"]})
    >>> cells.select(repaired(pl.col("zip"), "postal_code", pl.col("country"))).item()
    '02134'
    >>> cells.select(repaired(pl.col("mail"), "email", pl.col("country"))).item()
    'ann@example.com'
    """
    done = steps(value, column, country, off)
    return done[-1][1] if done else value
