"""Lists of people, to leave out or to keep: any file, any columns, with or without a header row."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import polars as pl

from audience_builder import columns as c
from audience_builder.errors import DataError
from audience_builder.sources.headers import plausible_header
from audience_builder.sources.raw import HeaderOnly
from audience_builder.sources.reading import read_tables

__all__ = ["read_texts"]

_DELIMITERS: Final = r"[,;\t|]"


def read_texts(paths: Sequence[Path], flag: str = "--suppress") -> list[str]:
    """Every filled cell of the files, once: e-mails, phones, ids and digests are told apart by the caller.

    A header row is read as one more cell; it matches nobody.

    Args:
        paths: Text files, CSV exports or workbooks.
        flag: What the user named them with.

    Raises:
        DataError: A file holds no text, or column names alone.
    """
    found = [_apart(cells) for path in paths for cells in _cells(path)]
    texts = pl.concat(found).drop_nulls().unique() if found else pl.Series([], dtype=pl.String)
    if texts.is_empty():
        raise DataError(
            f"The list of people given with {flag} is empty.",
            f"{len(paths)} file(s) were read.",
            f"Leave out {flag}, or give the right file.",
        )
    return texts.sort().to_list()


def _apart(cells: pl.Series) -> pl.Series:
    """The cells, and what stands in them between delimiters: any row may pass for a header, cut or uncut."""
    several = cells.filter(cells.str.contains(_DELIMITERS).fill_null(value=False))
    pieces = several.str.replace_all(_DELIMITERS, "\t").str.split("\t").explode().str.strip_chars("\"' ")
    return pl.concat([cells, pieces.filter(pieces != "")])


def _cells(path: Path) -> Iterator[pl.Series]:
    """The columns of a file, its header row among them; a file of one row has nothing else."""
    first_rows: list[tuple[str, ...]] = []

    def choose(names: tuple[str, ...]) -> Sequence[int]:
        first_rows.append(names)
        return range(len(names))

    try:
        tables = read_tables(path, choose)
    except HeaderOnly:
        if plausible_header(first_rows[-1]):
            raise
        yield pl.Series(first_rows[-1], dtype=pl.String)
        return
    for table in tables:
        yield pl.Series(table.headers, dtype=pl.String)
        yield from (table.table[name] for name in table.table.columns if name != c.SOURCE_ROW)
