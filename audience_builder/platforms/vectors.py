"""The vendors' published vectors, checked against this installation."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

import polars as pl

from audience_builder.hashing import text_sha256
from audience_builder.matchkeys import apply, country, repair
from audience_builder.platforms import load, names

__all__ = ["VectorCheck", "checks"]

NOT_A_VALID_NUMBER: Final = "15559876543"
"""Published by Meta as an example, but no valid number: only its digest is checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorCheck:
    """One vector's outcome. ``kind`` is ``published`` by the vendor or ``computed`` from its rule."""

    platform: str
    key: str
    kind: str
    passed: bool
    source: str


def checks() -> Iterator[VectorCheck]:
    """Every bundled vector through the platform's rule and digest; keys that audiences lack are left out."""
    for name in names():
        file = files("audience_builder.platforms") / "published" / f"{name}.json"
        if not file.is_file():
            continue
        for vector in json.loads(file.read_text("utf-8")):
            if vector["field"] == (load(name).value_column or "") or load(name).match_key(vector["field"]) is None:
                continue
            yield VectorCheck(
                platform=name,
                key=vector["field"],
                kind=vector["kind"],
                passed=_passes(name, vector),
                source=vector["source"],
            )


def _passes(platform: str, vector: dict[str, str | None]) -> bool:
    key = load(platform).match_key(vector["field"] or "")
    raw, code = vector["raw"], vector["country"]
    if vector["sha256"] is not None and text_sha256(vector["normalized"] or "") != vector["sha256"]:
        return False
    if raw == NOT_A_VALID_NUMBER or key is None:
        return True
    iso = apply(country.alpha2_upper, [code])[0]
    clean = pl.DataFrame({"v": [raw], "c": [iso]}, schema={"v": pl.String, "c": pl.String})
    text = clean.select(repair.repaired(pl.col("v"), key.source, pl.col("c"))).item()
    return apply(key.normalise, [text], [iso]) == [vector["normalized"]]
