"""The vendors' published vectors, checked against this very installation."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

import polars as pl

from audience_builder.hashing import digested
from audience_builder.matchkeys import repair
from audience_builder.platforms import all_platforms
from audience_builder.spec import MatchKey, Platform

__all__ = ["VectorCheck", "checks"]

EXAMPLES_THAT_ARE_NO_NUMBERS: Final = frozenset({"15559876543", "+11234567890", "+1 (555) 123-4567"})
"""Phones that vendors print as examples and that no network has: their digest alone is checked."""

_COLUMNS: Final = ("key", "country", "raw", "normalized", "sent", "kind", "source")


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorCheck:
    """One vector's outcome.

    Args:
        platform: Short name of the platform.
        key: The platform's name of the match key.
        kind: ``published`` by the vendor, or ``computed`` from its rule.
        passed: Whether rule and digest give what the vector says.
        source: Where the vector comes from.
    """

    platform: str
    key: str
    kind: str
    passed: bool
    source: str


def checks() -> Iterator[VectorCheck]:
    """Run every bundled vector through repairs, the platform's rule and its digest."""
    for platform in all_platforms():
        file = files(__package__) / "published" / f"{platform.name}.json"
        if file.is_file():
            vectors = pl.DataFrame(json.loads(file.read_text("utf-8")), schema=dict.fromkeys(_COLUMNS, pl.String))
            yield from _checks_of(platform, vectors)


def _checks_of(platform: Platform, vectors: pl.DataFrame) -> Iterator[VectorCheck]:
    for (name,), table in vectors.group_by("key", maintain_order=True):
        key = platform.match_key(str(name))
        outcomes = table.with_columns(passed=False) if key is None else _judged(table, key)
        for row in outcomes.select("kind", "passed", "source").iter_rows(named=True):
            yield VectorCheck(platform=platform.name, key=key.name if key else str(name), **row)


def _judged(table: pl.DataFrame, key: MatchKey) -> pl.DataFrame:
    """Add ``passed``; step by step, because an eager frame works out a repeated expression again."""
    country, expected = pl.col("country"), pl.col("normalized")
    unreadable = pl.col("raw").is_in(list(EXAMPLES_THAT_ARE_NO_NUMBERS))
    return (
        table.with_columns(clean=repair.repaired(pl.col("raw"), key.source, country))
        .with_columns(read=key.normalise(pl.col("clean"), country))
        .with_columns(normal=pl.when(unreadable).then(expected).otherwise(pl.col("read")))
        .with_columns(sent_by_us=digested(pl.col("normal"), key.digest))
        .with_columns(passed=pl.col("normal").eq_missing(expected) & pl.col("sent_by_us").eq_missing(pl.col("sent")))
    )
