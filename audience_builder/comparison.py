"""Our list against somebody else's hashed list: which column of theirs is which, and what explains it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import polars as pl

from audience_builder import columns as c
from audience_builder import platforms, sources
from audience_builder.errors import ConfigError, DataError
from audience_builder.matchkeys.forms import FORMS
from audience_builder.platforms.compare import Finding, compare
from audience_builder.sources.detect import fold
from audience_builder.sources.reading import read_tables

__all__ = ["Comparison", "compare_files"]

_NUMBERED: Final = r" \(\d+\)$"
"""What reading puts behind a header that a file has several times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What was compared, and what came out.

    Args:
        findings: For each key the variants, the best first, then what none accounts for.
        digests: Distinct cells of their list, by contact column.
        not_compared: Their columns that mean nothing to us, or that our list has nothing for.
    """

    findings: tuple[Finding, ...]
    digests: Mapping[str, int]
    not_compared: tuple[str, ...]


def compare_files(ours: Sequence[Path], theirs: Sequence[Path], mapping: Mapping[str, str] | None = None) -> Comparison:
    """Name the normalisation behind the digests of a list.

    A column is known by its header: one of a platform's file, a platform's name of a key, or ours.

    Args:
        ours: Plain contacts: a customer or order export, or our own plain list for a platform.
        theirs: Their list, with a header row.
        mapping: Contact column -> header in their list, where the header does not say it.

    Raises:
        ConfigError: A mapped column is not there, or is no contact column.
        DataError: A file cannot be read, or the lists have no key in common.
    """
    columns = [column for path in theirs for column in _columns(path)]
    meanings = {**_meanings(), **_chosen(mapping or {}, [header for header, _ in columns])}
    raw = _contacts(ours)
    known = sorted(column for column in FORMS if raw[column].count())
    given: dict[str, set[str]] = {}
    for header, cells in columns:
        if (column := meanings.get(fold(header))) in known:
            given.setdefault(str(column), set()).update(cells.drop_nulls())
    if not given:
        raise DataError(
            "The two lists have no contact column in common.",
            f"Theirs has {', '.join(header for header, _ in columns)}; ours has {', '.join(known) or 'none'}.",
            'Say which column is which: --map email="Column of theirs".',
        )
    return Comparison(
        findings=tuple(compare(raw, given)),
        digests={column: len(digests) for column, digests in given.items()},
        not_compared=tuple(dict.fromkeys(header for header, _ in columns if meanings.get(fold(header)) not in given)),
    )


def _columns(path: Path) -> Iterator[tuple[str, pl.Series]]:
    """Every column of a file with its header, which may come several times."""
    for raw in read_tables(path, lambda names: range(len(names))):
        for name in raw.table.columns:
            if name != c.SOURCE_ROW:
                yield re.sub(_NUMBERED, "", name), raw.table[name]


def _chosen(mapping: Mapping[str, str], headers: Sequence[str]) -> dict[str, str]:
    """Folded header -> contact column, as the user says."""
    there = {fold(header) for header in headers}
    for column, header in mapping.items():
        if column not in FORMS:
            raise ConfigError(
                f"--map names {column!r}, which is no contact column.",
                f"There are: {', '.join(FORMS)}.",
                "Write it like --map email=COLUMN.",
            )
        if fold(header) not in there:
            raise ConfigError(
                f"Their list has no column {header!r}.",
                f"It has: {', '.join(dict.fromkeys(headers))}.",
                "Give the header as it stands in the file.",
            )
    return {fold(header): column for column, header in mapping.items()}


def _contacts(paths: Sequence[Path]) -> pl.DataFrame:
    """Contact columns as found: a plain list is known by its headers, anything else by its preset."""
    lists = [list(_columns(path)) for path in paths]
    if all(fold(header) in _list_headers() for columns in lists for header, _ in columns):
        return pl.concat([_of_list(columns) for columns in lists])
    return sources.read_customers(paths).table


def _of_list(columns: Sequence[tuple[str, pl.Series]]) -> pl.DataFrame:
    """A list's columns under our names; repeated ones go to ``email_2`` and so on."""
    families = {c.EMAIL: c.EMAILS, c.PHONE: c.PHONES}
    found: dict[str, pl.Series] = {}
    for header, cells in columns:
        column = _meanings().get(fold(header), "")
        place = next((name for name in families.get(column, (column,)) if name and name not in found), None)
        if place is not None:
            found[place] = cells
    absent = (pl.lit(None, pl.String).alias(name) for name in (*FORMS, *c.EMAILS, *c.PHONES) if name not in found)
    return pl.DataFrame(found).with_columns(absent).select(sorted({*FORMS, *c.EMAILS, *c.PHONES}))


@cache
def _list_headers() -> frozenset[str]:
    """Folded headers of all platforms' files."""
    return frozenset(
        fold(column.title(hashed=hashed))
        for platform in platforms.all_platforms()
        for column in platform.file_columns
        for hashed in (True, False)
    )


@cache
def _meanings() -> dict[str, str]:
    """Folded header -> contact column: our names, the platforms' keys and file columns."""
    found = {fold(name): name for name in FORMS}
    for platform in platforms.all_platforms():
        sources_of = {column: key.source for key in platform.match_keys for column in key.columns}
        for key in platform.match_keys:
            found |= {fold(name): key.source for name in (key.name, *key.aliases)}
        for column in platform.file_columns:
            source = next((sources_of[name] for name in column.sources if name in sources_of), None)
            found |= {fold(column.title(hashed=hashed)): source for hashed in (True, False) if source}
    return found
