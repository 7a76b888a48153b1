"""Contact text to the normal forms that platforms hash, whole columns at a time."""

from collections.abc import Callable, Sequence

import polars as pl

__all__ = ["apply"]


def apply(
    normaliser: Callable[[pl.Expr, pl.Expr], pl.Expr],
    values: Sequence[str | None],
    countries: Sequence[str | None] | str | None = None,
) -> list[str | None]:
    """Evaluate a normaliser on a few cells, for examples and for ``explain``.

    Args:
        normaliser: Any function of a text column and a country column.
        values: The cells.
        countries: One ISO alpha-2 code in upper case for each cell, one for all, or None if unknown.

    >>> apply(lambda value, country: value + country, ["a", "b", None], "US")
    ['aUS', 'bUS', None]
    """
    each = [countries] * len(values) if countries is None or isinstance(countries, str) else countries
    cells = pl.DataFrame({"value": values, "country": each}, schema={"value": pl.String, "country": pl.String})
    return cells.select(normaliser(pl.col("value"), pl.col("country")).alias("normal"))["normal"].to_list()
