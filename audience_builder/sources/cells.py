"""The one place that cleans a cell, whatever file it comes from."""

from collections.abc import Sequence
from decimal import Decimal

import polars as pl

__all__ = ["cleaned_cells", "number_text"]

_NO_BREAK_SPACES = "[\u00a0\u202f]"


def cleaned_cells(frame: pl.DataFrame, columns: Sequence[str]) -> tuple[pl.DataFrame, dict[str, int]]:
    """Trim text columns, strip exactly one leading apostrophe, make blank null.

    The apostrophe is how Excel and several shops keep a leading zero or plus sign.

    Returns:
        The frame, and how many apostrophes were stripped in each column that had any.

    >>> frame, apostrophes = cleaned_cells(pl.DataFrame({"zip": [" '02134", "''x", "NA", " "]}), ["zip"])
    >>> frame["zip"].to_list(), apostrophes
    (['02134', "'x", 'NA', None], {'zip': 2})
    """
    if not columns or not frame.height:
        return frame, {}
    texts = [pl.col(name) for name in columns]
    has_no_break = frame.select(text.str.contains(_NO_BREAK_SPACES).any() for text in texts).row(0)
    trimmed = frame.with_columns(
        (text.str.replace_all(_NO_BREAK_SPACES, " ") if found else text).str.strip_chars()
        for text, found in zip(texts, has_no_break, strict=True)
    )
    stripped = trimmed.select(text.str.starts_with("'").sum() for text in texts).row(0)
    apostrophes = {name: count for name, count in zip(columns, stripped, strict=True) if count}
    bare = trimmed.with_columns(pl.col(name).str.strip_prefix("'").str.strip_chars() for name in apostrophes)
    return bare.with_columns(pl.when(text.str.len_bytes() > 0).then(text) for text in texts), apostrophes


def number_text(number: float) -> str:
    """A binary number as a person writes it: no ``.0``, no exponent, the shortest digits that are exact.

    >>> number_text(12125550100.0), number_text(0.1), number_text(1e21)
    ('12125550100', '0.1', '1000000000000000000000')
    """
    text = format(Decimal(repr(number)), "f")
    return text.removesuffix(".0")
