"""Published and computed vectors, all through the public rules."""

import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from audience_builder import platforms
from audience_builder.hashing import Digest, digested
from audience_builder.matchkeys import apply, email, identifier, phone
from audience_builder.platforms import vectors

DATA = Path(__file__).resolve().parents[1] / "data" / "vectors"
VECTORS = [
    vector for name in ("meta", "google", "platforms") for vector in json.loads((DATA / f"{name}.json").read_text())
]

NO_AUDIENCE_KEY = {("meta", "CAPI.db"), ("meta", "LOOKALIKE_VALUE")}
OTHER_RULES = {
    ("x", "handle"): identifier.handle_lower,
    ("yahoo", "email"): email.trimmed_lower,
    ("yahoo", "phone"): phone.e164,
}
"""Vectors of keys that we read no column for, and of a platform that takes no file."""


def rule_and_digest(vector):
    named = vector["platform"], vector["field"]
    if named in OTHER_RULES:
        return OTHER_RULES[named], Digest.SHA256_HEX
    key = platforms.load(vector["platform"]).match_key(vector["field"])
    return key.normalise, key.digest


def sent_for(vector):
    return vector.get("digest", vector.get("sha256")) or vector["normalized"]


BY_KEY = {
    named: [v for v in VECTORS if (v["platform"], v["field"]) == named]
    for named in {(v["platform"], v["field"]) for v in VECTORS} - NO_AUDIENCE_KEY
}


@pytest.mark.parametrize("named", sorted(BY_KEY), ids=".".join)
def test_vectors_are_reproduced(named):
    rule, digest = rule_and_digest(BY_KEY[named][0])
    normal = pl.Series([v["normalized"] for v in BY_KEY[named]])
    assert pl.select(digested(pl.lit(normal), digest)).to_series().to_list() == [sent_for(v) for v in BY_KEY[named]]
    real = [v for v in BY_KEY[named] if v["raw"] not in vectors.EXAMPLES_THAT_ARE_NO_NUMBERS]
    found = apply(rule, [v["raw"] for v in real], [v["country"] for v in real])
    assert found == [v["normalized"] for v in real]


def test_only_numbers_that_no_network_has_are_excused_from_the_rule():
    excused = [v for v in VECTORS if v["raw"] in vectors.EXAMPLES_THAT_ARE_NO_NUMBERS]
    assert len(excused) == len(vectors.EXAMPLES_THAT_ARE_NO_NUMBERS)
    for vector in excused:
        assert apply(phone.e164, [vector["raw"], vector["normalized"]], "US") == [None, None]


def test_the_bundled_vectors_are_these_and_all_pass():
    outcomes = list(vectors.checks())
    expected = [v for v in VECTORS if (v["platform"], v["field"]) not in NO_AUDIENCE_KEY | set(OTHER_RULES)]
    assert len(outcomes) == len(expected)
    assert {outcome.platform for outcome in outcomes} == set(platforms.names())
    assert [outcome for outcome in outcomes if not outcome.passed] == []
    published = sum(outcome.kind == "published" for outcome in outcomes)
    assert published == sum(v["kind"] == "published" for v in expected)


def test_a_wrong_rule_fails_its_vectors(monkeypatch):
    google = platforms.load("google")
    meta = platforms.load("meta")
    monkeypatch.setattr(vectors, "all_platforms", lambda: (meta, _with_digest(google, Digest.SHA256_BASE64)))
    failed = {(o.platform, o.key) for o in vectors.checks() if not o.passed}
    assert failed == {("google", name) for name in ("emailAddress", "phoneNumber", "givenName", "familyName")}


def _with_digest(platform, digest):
    bent = tuple(replace(key, digest=digest) if key.digest is Digest.SHA256_HEX else key for key in platform.match_keys)
    return replace(platform, match_keys=bent)
