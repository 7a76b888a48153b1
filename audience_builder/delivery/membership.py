"""The columns of membership tables and what may be known of a row without its platform."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Self

import polars as pl

from audience_builder.hashing import Digest, digested
from audience_builder.spec import MatchKey, Platform

__all__ = ["BUCKET", "BUCKET_RATIO", "KEYS", "PERSON", "VALUE", "Layout", "bucket_of", "fingerprint"]

PERSON: Final = "person"
"""SHA-256 of the customer's identity within this client."""
KEYS: Final = "keys"
"""Fingerprint of all match-key cells of the row; two rows with equal cells are one member."""
VALUE: Final = "value"
"""The value that goes along, null where the platform takes none."""
BUCKET: Final = "bucket"
"""The value's bucket as last sent; null where the last delivery is uncertain, so that it is repeated."""

BUCKET_RATIO: Final = 1.1
"""Values are sent again only when they leave their bucket; bucket n holds 1.1**n <= value < 1.1**(n+1)."""

_SEPARATOR: Final = "\x1f"


def bucket_of(value: pl.Expr) -> pl.Expr:
    """The geometric bucket of a positive value: each is 10 % wide. Any other value has none.

    >>> pl.select(bucket_of(pl.Series([1.0, 1.09, 1.11, 100.0, 0.95]))).to_series().to_list()
    [0, 0, 1, 48, -1]
    """
    return (value.log() / math.log(BUCKET_RATIO)).floor().cast(pl.Int32, strict=False)


def fingerprint(columns: Sequence[str]) -> pl.Expr:
    """128 bits over the non-empty cells with their column names; an added empty column changes nothing."""
    cells = [pl.lit(f"{column}=") + pl.col(column) for column in columns]
    joined = pl.concat_str(cells, separator=_SEPARATOR, ignore_nulls=True)
    return digested(joined, Digest.SHA256_HEX).str.head(32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The match-key columns of one delivery, in the platform's order.

    Args:
        cells: Every match-key column there is.
        hashed: Those that hold digests.
        strong: Those that identify a person alone, grouped by kind of identifier.
        identifying: Sets of columns one of which has to be filled, any column of each kind counting.
        value_column: The value column, None if none goes along.
    """

    cells: tuple[str, ...]
    hashed: tuple[str, ...]
    strong: tuple[tuple[str, ...], ...]
    identifying: tuple[tuple[tuple[str, ...], ...], ...]
    value_column: str | None

    @classmethod
    def of(cls, platform: Platform, present: Sequence[str]) -> Self:
        """The layout of a table with these columns."""

        def columns(key: MatchKey | None) -> tuple[str, ...]:
            return () if key is None else tuple(name for name in key.columns if name in present)

        sets = [tuple(columns(platform.match_key(name)) for name in names) for names in platform.identifies]
        usable = tuple(kinds for kinds in sets if all(kinds))
        return cls(
            cells=tuple(name for key in platform.match_keys for name in columns(key)),
            hashed=tuple(
                name for key in platform.match_keys if key.digest is not Digest.PLAIN for name in columns(key)
            ),
            strong=tuple(kinds[0] for kinds in usable if len(kinds) == 1),
            identifying=usable,
            value_column=platform.value_column if platform.value_column in present else None,
        )

    @property
    def plain(self) -> tuple[str, ...]:
        """Columns that are sent as they are."""
        return tuple(name for name in self.cells if name not in self.hashed)

    def carries(self, digests: Collection[str], present: Collection[str] | None = None) -> pl.Expr:
        """Whether a row has one of these digests as an identifier.

        Args:
            digests: Which to look for, in the form of ``buried_form``.
            present: Columns the row has; None for all of the layout.
        """
        names = [name for kind in self.strong for name in kind if present is None or name in present]
        found = (self.buried_form(name).is_in(digests) for name in names) if digests else ()
        return pl.any_horizontal(pl.lit(value=False), *found).fill_null(value=False)

    def buried_form(self, column: str) -> pl.Expr:
        """What a tombstone holds of an identifier: its digest as sent; one that is sent as it is gets a digest."""
        if column in self.hashed:
            return pl.col(column)
        return digested(pl.lit(f"{column}=") + pl.col(column), Digest.SHA256_HEX)

    def identified(self) -> pl.Expr:
        """Whether a row identifies a person by any of the sets."""
        sets = (
            pl.all_horizontal(pl.any_horizontal(pl.col(name).is_not_null() for name in kind) for kind in kinds)
            for kinds in self.identifying
        )
        return pl.any_horizontal(pl.lit(value=False), *sets)
