"""Lists of people, to leave out or to keep: any file, any columns, with or without a header row."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from audience_builder import columns as c
from audience_builder.errors import DataError
from audience_builder.sources.reading import read_tables

__all__ = ["read_texts"]


def read_texts(paths: Sequence[Path], flag: str = "--suppress") -> list[str]:
    """Every filled cell of the files, once: e-mails, phones, ids and digests are told apart by the caller.

    A header row is read as one more cell; it matches nobody.

    Args:
        paths: Text files, CSV exports or workbooks.
        flag: What the user named them with.

    Raises:
        DataError: A file holds no text.
    """
    found: list[pl.Series] = []
    for path in paths:
        for table in read_tables(path, lambda names: range(len(names))):
            cells = [table.table[name] for name in table.table.columns if name != c.SOURCE_ROW]
            found += [pl.Series(table.headers), *cells]
    texts = pl.concat(found).drop_nulls().unique() if found else pl.Series([], dtype=pl.String)
    if texts.is_empty():
        raise DataError(
            f"The list of people given with {flag} is empty.",
            f"{len(paths)} file(s) were read.",
            f"Leave out {flag}, or give the right file.",
        )
    return texts.sort().to_list()
