"""Text of a canonical field, and conditions on a file's columns, as expressions."""

from typing import Final

import polars as pl

from audience_builder import columns, schemas
from audience_builder.sources.detect import Binding
from audience_builder.sources.preset import Condition

__all__ = ["any_holds", "contacts", "folded", "holds", "text_of"]

_NO_VALUE: Final = ("n/a", "N/A", "#N/A", "-", "--", "(none)", "(None)")
"""What exports write for nothing. ``NA``, ``Null`` and ``None`` are a country and names."""

_NO_CUSTOMER: Final = ("0",)
_DAMAGED_ID: Final = r"^[0-9](?:[.,][0-9]+)?[eE]\+[0-9]+$"


def folded(text: pl.Expr) -> pl.Expr:
    """Text without regard to case, spaces, hyphens and underscores, as headers and words are compared."""
    return text.str.to_lowercase().str.replace_all(r"[\s_\-]+", " ").str.strip_chars()


def text_of(binding: Binding, canonical: str) -> pl.Expr:
    """The first value that is not blank among the columns of a field; null where the file has none.

    Ids that a spreadsheet turned into ``7.21E+12`` have lost digits and become null.
    """
    candidates = []
    for parts in binding.sources(canonical):
        values = [_valued(pl.col(part)) for part in parts]
        joined = values[0] if len(values) == 1 else pl.concat_str(values, separator=" ", ignore_nulls=True)
        candidates.append(pl.when(joined != "").then(joined) if len(values) > 1 else joined)
    if not candidates:
        return pl.lit(None, pl.String).alias(canonical)
    text = pl.coalesce(candidates)
    nulls = binding.preset.nulls.get(canonical, ())
    if canonical == columns.CUSTOMER_ID:
        nulls = (*nulls, *_NO_CUSTOMER)
    if canonical in binding.preset.first_of:
        text = text.str.split(binding.preset.first_of[canonical]).list.first().str.strip_chars()
    if nulls:
        text = pl.when(~text.is_in(nulls)).then(text)
    if canonical in (columns.CUSTOMER_ID, columns.ORDER_ID):
        text = pl.when(~text.str.contains(_DAMAGED_ID)).then(text)
    return text.alias(canonical)


def _valued(text: pl.Expr) -> pl.Expr:
    return pl.when(~text.is_in(_NO_VALUE)).then(text)


def contacts(binding: Binding) -> list[pl.Expr]:
    """Every contact field as text, consent and ``do_not_sell`` included."""
    return [text_of(binding, canonical) for canonical in (*schemas.CONTACTS, columns.DO_NOT_SELL)]


def holds(binding: Binding, condition: Condition) -> pl.Expr:
    """Whether all columns of a condition hold what it says; never where the file lacks one."""
    checks = []
    for name, words in condition.items():
        header = binding.header(name)
        if header is None:
            return pl.lit(value=False)
        column = pl.col(header)
        match words:
            case "blank":
                checks.append(column.is_null())
            case "present":
                checks.append(column.is_not_null())
            case "negative":
                checks.append(column.str.contains(r"^\s*(?:[-\u2212(])|^[^0-9.,]*-|-\s*$").fill_null(value=False))
            case _:
                checks.append(folded(column).is_in([_folded_word(word) for word in words]).fill_null(value=False))
    return pl.all_horizontal(checks)


def _folded_word(word: str) -> str:
    return str(pl.select(folded(pl.lit(word))).item())


def any_holds(binding: Binding, conditions: tuple[Condition, ...]) -> pl.Expr:
    """Whether at least one of the conditions holds."""
    if not conditions:
        return pl.lit(value=False)
    return pl.any_horizontal([holds(binding, condition) for condition in conditions])
