"""The only file that hashes contact values and files."""

import hashlib
from enum import Enum
from pathlib import Path
from typing import Final

import polars as pl
import polars_hash  # noqa: F401  registers the expression namespaces

__all__ = ["NON_VALUE_DIGESTS", "Digest", "digested", "file_sha256", "text_sha256"]


class Digest(Enum):
    """What a platform wants in place of a normalised value."""

    PLAIN = "plain"
    SHA256_HEX = "sha256_hex"
    SHA256_BASE64 = "sha256_base64"
    MD5_HEX = "md5_hex"


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
            return usable.chash.sha2_256()  # type: ignore[attr-defined,no-any-return]
        case Digest.SHA256_BASE64:
            hexed = usable.chash.sha2_256()  # type: ignore[attr-defined]
            return hexed.str.decode("hex").bin.encode("base64")  # type: ignore[no-any-return]
        case Digest.MD5_HEX:
            return usable.nchash.md5()  # type: ignore[attr-defined,no-any-return]


def text_sha256(text: str) -> str:
    """SHA-256 of one text as 64 lower-case hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes as 64 lower-case hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
