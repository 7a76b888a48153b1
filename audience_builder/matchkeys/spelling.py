"""Spellings brought together: transliteration to a-z, and folding for look-ups."""

from typing import Final

import polars as pl

from audience_builder.matchkeys.sparing import fixed_where, not_ascii

__all__ = ["base_letters", "folded"]

_NOT_DECOMPOSED: Final = {
    "ß": "ss",
    "ẞ": "ss",
    "æ": "ae",
    "œ": "oe",
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "ħ": "h",
    "ı": "i",
    "ŋ": "n",
    "ŧ": "t",
    "ĸ": "k",
    "ə": "e",
    "ƒ": "f",
}
"""Latin letters that Unicode does not take apart into a base letter and a mark."""


def base_letters(value: pl.Expr) -> pl.Expr:
    """Lower case Latin letters without their marks: ``ü`` is ``u``, ``ß`` is ``ss``, ``ø`` is ``o``.

    Unicode's compatibility decomposition (https://www.unicode.org/reports/tr15/) without the marks,
    plus the letters it leaves alone. Other scripts stay as they are.

    >>> pl.select(base_letters(pl.lit("Łódź Große"))).item()
    'lodz grosse'
    """
    return fixed_where(value.str.to_lowercase(), not_ascii, _decomposed)


def folded(value: pl.Expr) -> pl.Expr:
    """Base letters and digits only, in lower case: what is left to tell two spellings apart.

    >>> pl.select(folded(pl.lit(" Côte d'Ivoire (Rep.)"))).item()
    'cotedivoirerep'
    """
    return base_letters(value).str.replace_all(r"[^\p{L}\p{N}]+", "")


def _decomposed(text: pl.Expr) -> pl.Expr:
    bare = text.str.normalize("NFKD").str.replace_all(r"[\p{M}\u{2b0}-\u{2ff}]+", "").str.to_lowercase()
    return bare.str.replace_many(_NOT_DECOMPOSED)
