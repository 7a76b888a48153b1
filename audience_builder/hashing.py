"""The only file that hashes contact values and files."""

import hashlib
from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
import polars_hash  # noqa: F401  registers the expression namespaces

from audience_builder.repeats import distinct, repeats_itself

__all__ = [
    "NON_VALUE_DIGESTS",
    "Digest",
    "ForeignDigest",
    "RowsDigest",
    "digested",
    "file_sha256",
    "foreign_digested",
    "text_sha256",
]


class Digest(Enum):
    """What a platform wants in place of a normalised value."""

    PLAIN = "plain"
    SHA256_HEX = "sha256_hex"
    SHA256_BASE64 = "sha256_base64"
    MD5_HEX = "md5_hex"


class ForeignDigest(Enum):
    """What other software is known to send; we never do, and recognise it in other people's lists."""

    SHA256_UPPER_HEX = "SHA-256 in upper-case hex"
    SHA256_OF_LATIN_1 = "SHA-256 of Latin-1 bytes"
    SHA256_OF_UTF_16 = "SHA-256 of UTF-16 bytes"
    SHA256_TWICE = "SHA-256 of the SHA-256 hex digits"
    SHA256_OF_MD5 = "SHA-256 of the MD5 hex digits"
    BASE64_OF_SHA256_HEX = "Base64 of the SHA-256 hex digits"
    MD5_UPPER_HEX = "MD5 in upper-case hex"
    SHA1_HEX = "SHA-1 in hex"
    SHA512_HEX = "SHA-512 in hex"


NON_VALUE_DIGESTS: Final = frozenset(
    hashlib.sha256(text.encode()).hexdigest()
    for text in ([*" |nan|NaN|none|None|null|NULL|n/a|N/A|na|-|+|0|nat|NaT|<NA>".split("|"), ""])
)
"""SHA-256 of texts that stand for nothing: none of them may ever be sent."""


def digested(value: pl.Expr, digest: Digest) -> pl.Expr:
    """Digest a column of normalised text; null stays null and blank becomes null.

    Args:
        value: Text column, UTF-8.
        digest: The form the platform asks for: lower-case hex, or Base64 of the raw bytes.
    """
    usable = pl.when(value.str.len_bytes() > 0).then(value)
    match digest:
        case Digest.PLAIN:
            return usable
        case Digest.SHA256_HEX:
            return usable.map_batches(_sha256_of_cells, return_dtype=pl.String, is_elementwise=True)
        case Digest.SHA256_BASE64:
            hexed: pl.Expr = usable.chash.sha2_256()  # type: ignore[attr-defined]
            return hexed.str.decode("hex").bin.encode("base64")
        case Digest.MD5_HEX:
            return usable.nchash.md5()  # type: ignore[attr-defined,no-any-return]


def foreign_digested(value: pl.Expr, digest: ForeignDigest) -> pl.Expr:
    """Digest a text column as other software does; null stays null.

    Args:
        value: Text column.
        digest: The form to reproduce. Text that Latin-1 cannot write becomes null there.
    """
    return _FOREIGN[digest](value)


def _sha256_of_bytes(value: pl.Expr, encoding: str) -> pl.Expr:
    def one(text: str) -> str | None:
        try:
            return hashlib.sha256(text.encode(encoding)).hexdigest()
        except UnicodeEncodeError:
            return None

    def batch(cells: pl.Series) -> pl.Series:
        return pl.Series([None if text is None else one(text) for text in cells], dtype=pl.String)

    return value.map_batches(batch, return_dtype=pl.String, is_elementwise=True)


def _sha256_of_latin_1(value: pl.Expr) -> pl.Expr:
    """Plain ASCII has the same bytes in UTF-8."""
    ascii_only = value.str.len_bytes() == value.str.len_chars()
    odd = pl.when(~ascii_only).then(value)
    return pl.when(ascii_only).then(_sha256(value)).otherwise(_sha256_of_bytes(odd, "latin-1"))


def _sha256_of_cells(cells: pl.Series) -> pl.Series:
    """Hex digests; of columns that repeat themselves (countries, months) each distinct text is hashed once."""
    if repeats_itself(cells):
        texts, place = distinct(cells)
        return _sha256_of_each(texts).gather(place)
    return _sha256_of_each(cells)


def _sha256_of_each(texts: pl.Series) -> pl.Series:
    return texts.to_frame("text").select(pl.col("text").chash.sha2_256()).to_series().alias(texts.name)  # type: ignore[attr-defined]


def text_sha256(text: str) -> str:
    """SHA-256 of one text as 64 lower-case hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes as 64 lower-case hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class RowsDigest:
    """A digest of rows whatever order they come in; a row that comes twice counts twice.

    Each row's SHA-256 is cut into eight numbers of 32 bits, which are added up over the rows in 64 bits.
    """

    def __init__(self) -> None:
        self._sums = np.zeros(8, np.uint64)
        self._rows = 0
        self._columns: list[str] = []

    def add(self, rows: pl.DataFrame) -> None:
        """Take in rows of text columns; the columns are the same each time."""
        self._columns = rows.columns
        texts = rows.rename(dict(zip(rows.columns, map(str, range(rows.width)), strict=True)))
        digests = texts.select(pl.struct(pl.all()).struct.json_encode().chash.sha2_256().str.decode("hex")).to_series()  # type: ignore[attr-defined]
        numbers = np.frombuffer(b"".join(digests), "<u4").reshape(-1, 8)
        self._sums += numbers.sum(axis=0, dtype=np.uint64)
        self._rows += rows.height

    def hexdigest(self) -> str:
        """64 lower-case hex digits for the rows so far and the names of their columns."""
        return text_sha256(repr((self._columns, self._rows, self._sums.tolist())))


def _sha256(value: pl.Expr) -> pl.Expr:
    return digested(value, Digest.SHA256_HEX)


def _md5(value: pl.Expr) -> pl.Expr:
    return digested(value, Digest.MD5_HEX)


_FOREIGN: Final[Mapping[ForeignDigest, Callable[[pl.Expr], pl.Expr]]] = {
    ForeignDigest.SHA256_UPPER_HEX: lambda value: _sha256(value).str.to_uppercase(),
    ForeignDigest.SHA256_OF_LATIN_1: _sha256_of_latin_1,
    ForeignDigest.SHA256_OF_UTF_16: lambda value: _sha256_of_bytes(value, "utf-16-le"),
    ForeignDigest.SHA256_TWICE: lambda value: _sha256(_sha256(value)),
    ForeignDigest.SHA256_OF_MD5: lambda value: _sha256(_md5(value)),
    ForeignDigest.BASE64_OF_SHA256_HEX: lambda value: _sha256(value).cast(pl.Binary).bin.encode("base64"),
    ForeignDigest.MD5_UPPER_HEX: lambda value: _md5(value).str.to_uppercase(),
    ForeignDigest.SHA1_HEX: lambda value: value.nchash.sha1(),  # type: ignore[attr-defined]
    ForeignDigest.SHA512_HEX: lambda value: value.chash.sha2_512(),  # type: ignore[attr-defined]
}
