"""Which normalisation stands behind somebody else's digests of the same people."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from typing import Final

import polars as pl

from audience_builder import columns as c
from audience_builder.errors import ConfigError
from audience_builder.hashing import NON_VALUE_DIGESTS, Digest, ForeignDigest, digested, foreign_digested
from audience_builder.matchkeys import country, repair
from audience_builder.matchkeys.forms import FORMS, Form

__all__ = ["NOTHING", "UNEXPLAINED", "Finding", "compare"]

UNEXPLAINED: Final = "unexplained"
NOTHING: Final = "nothing"

_VALUE: Final = "value"
_CLEAN: Final = "clean"
_CODE: Final = "code"
_TRIAL_CELLS: Final = 10_000
"""Cells on which an unusual way to hash is tried before it is run on all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """How much of a key's digests one way of writing and hashing accounts for.

    Args:
        key: Our contact column (``email``).
        variant: Name of the form and, where it is not plain SHA-256 in lower-case hex, of the digest;
            ``nothing`` for digests of empty cells, ``unexplained`` for what no variant accounts for.
        title: The same in plain words.
        explained: Distinct digests it accounts for.
        more: Those of them that no finding listed before accounts for.
        share: ``explained`` as a share of the key's distinct digests, 0 to 1.
    """

    key: str
    variant: str
    title: str
    explained: int
    more: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hash:
    """A way to digest, and the shape by which its digests are known."""

    title: str
    shape: str
    digest: Callable[[pl.Expr], pl.Expr]


_HEX_64, _HEX_32, _BASE64_32 = r"^[0-9a-f]{64}$", r"^[0-9a-f]{32}$", r"^[A-Za-z0-9+/]{43}=$"
_NO_DIGEST: Final = r"^(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}|[0-9a-fA-F]{128})$"


def _foreign(form: ForeignDigest, shape: str) -> _Hash:
    return _Hash(title=form.value, shape=shape, digest=partial(foreign_digested, digest=form))


_USUAL: Final = _Hash(title="", shape=_HEX_64, digest=partial(digested, digest=Digest.SHA256_HEX))
_HASHES: Final = (
    _USUAL,
    _foreign(ForeignDigest.SHA256_OF_LATIN_1, _HEX_64),
    _foreign(ForeignDigest.SHA256_TWICE, _HEX_64),
    _foreign(ForeignDigest.SHA256_OF_MD5, _HEX_64),
    _foreign(ForeignDigest.SHA256_OF_UTF_16, _HEX_64),
    _foreign(ForeignDigest.SHA256_UPPER_HEX, r"^[0-9A-F]{64}$"),
    _Hash(title="SHA-256 in Base64", shape=_BASE64_32, digest=partial(digested, digest=Digest.SHA256_BASE64)),
    _foreign(ForeignDigest.BASE64_OF_SHA256_HEX, r"^[A-Za-z0-9+/]{86}==$"),
    _Hash(title="MD5 in hex", shape=_HEX_32, digest=partial(digested, digest=Digest.MD5_HEX)),
    _foreign(ForeignDigest.MD5_UPPER_HEX, r"^[0-9A-F]{32}$"),
    _foreign(ForeignDigest.SHA1_HEX, r"^[0-9a-f]{40}$"),
    _foreign(ForeignDigest.SHA512_HEX, r"^[0-9a-f]{128}$"),
    _Hash(title="not hashed", shape="", digest=partial(digested, digest=Digest.PLAIN)),
)


def compare(raw: pl.DataFrame, theirs: Mapping[str, Collection[str]]) -> list[Finding]:
    """Name the normalisation that others used, by the digests it gives for our plain values.

    The order of rows does not matter, and the lists need not hold the same people: digests of people
    whom we do not know stay unexplained.

    Args:
        raw: Our contact columns as found (``schemas.CONTACTS``), one row per person; ``country`` helps.
        theirs: Contact column (``email``, ``phone``, ``first_name``) -> the digests in their list.

    Returns:
        For each key the variants that account for any digest, the best first, then what is left over.
        Equal ones stand in the order of ``matchkeys.forms.FORMS``: the platforms' own rules first.

    Raises:
        ConfigError: A key is no contact column, or ``raw`` does not have it.
    """
    findings: list[Finding] = []
    for key, values in theirs.items():
        given = pl.Series("theirs", sorted(set(values) - {""}), dtype=pl.String)
        findings += _ranked(key, given, _explained(_cells(raw, key), FORMS[key], given))
    return findings


def _cells(raw: pl.DataFrame, key: str) -> pl.DataFrame:
    """The distinct cells of a key with their country, as found and repaired."""
    if key not in FORMS or key not in raw.columns:
        known = [column for column in FORMS if column in raw.columns]
        near = get_close_matches(key, known, n=1)
        raise ConfigError(
            f"There is nothing to compare {key!r} with.",
            f"Our list has: {', '.join(known) or 'no contact column'}.",
            f"Did you mean {near[0]}?" if near else "Name their column after one of ours.",
        )
    families = {c.EMAIL: c.EMAILS, c.PHONE: c.PHONES}
    named = pl.col(c.COUNTRY) if c.COUNTRY in raw.columns else pl.lit(None, pl.String)
    stacked = [
        raw.select(pl.col(column).alias(_VALUE), named.alias(c.COUNTRY))
        for column in families.get(key, (key,))
        if column in raw.columns
    ]
    nowhere = pl.lit(None, pl.String)
    coded = country.alpha2_upper(repair.repaired(pl.col(c.COUNTRY), c.COUNTRY, nowhere), nowhere)
    distinct = pl.concat(stacked).drop_nulls(_VALUE).unique(maintain_order=True).with_columns(coded.alias(_CODE))
    return distinct.with_columns(repair.repaired(pl.col(_VALUE), key, pl.col(_CODE)).alias(_CLEAN))


def _explained(cells: pl.DataFrame, forms: tuple[Form, ...], theirs: pl.Series) -> Iterator[tuple[str, str, pl.Series]]:
    """Every variant worth trying: its name, its title, and which of their digests it gives."""
    yield NOTHING, "an empty cell or a word for nothing, hashed", theirs.is_in(list(NON_VALUE_DIGESTS))
    hashes = [way for way in _HASHES if _fits(way, theirs)]
    for form in forms:
        text = pl.col(_CLEAN if form.repaired else _VALUE)
        written = cells.select(form.write(text, pl.col(_CODE)).alias(_VALUE)).drop_nulls()
        for way in hashes:
            if way is not _USUAL and not _given(written.head(_TRIAL_CELLS), way, theirs).any():
                continue
            name, title = form.name, form.title
            if way.title:
                name, title = f"{name}, {way.title}", f"{title}; {way.title}"
            yield name, title, _given(written, way, theirs)


def _given(written: pl.DataFrame, way: _Hash, theirs: pl.Series) -> pl.Series:
    """Which of their digests come out of these texts."""
    ours = written.select(way.digest(pl.col(_VALUE))).to_series().drop_nulls()
    return theirs.is_in(ours.implode())


def _fits(way: _Hash, theirs: pl.Series) -> bool:
    """Whether any of their digests has the shape of this way's."""
    if way.shape:
        return bool(theirs.str.contains(way.shape).any())
    return not theirs.str.contains(_NO_DIGEST).all()


def _ranked(key: str, theirs: pl.Series, variants: Iterator[tuple[str, str, pl.Series]]) -> list[Finding]:
    """Findings of one key, the best first, and what is left over last."""
    matched = [(name, title, mask, int(mask.sum())) for name, title, mask in variants]
    total = max(theirs.len(), 1)
    seen = pl.repeat(value=False, n=theirs.len(), eager=True)
    findings: list[Finding] = []
    for name, title, mask, explained in sorted(matched, key=lambda variant: -variant[3]):
        if explained:
            more = int((mask & ~seen).sum())
            seen |= mask
            findings.append(
                Finding(
                    key=key,
                    variant=name,
                    title=title,
                    explained=explained,
                    more=more,
                    share=explained / total,
                )
            )
    left = int((~seen).sum())
    unknown = "no variant accounts for them"
    rest = Finding(key=key, variant=UNEXPLAINED, title=unknown, explained=left, more=left, share=left / total)
    return [*findings, rest]
