"""Every published vector of Meta and Google, through the function users call."""

import json
from pathlib import Path

import pytest

from audience_builder import normalise
from audience_builder.hashing import text_sha256

VECTORS = Path(__file__).resolve().parents[1] / "data" / "vectors"
NO_AUDIENCE_KEYS = {"CAPI.db", "LOOKALIKE_VALUE"}
NO_VALID_NUMBER = "15559876543"


def vectors():
    for name in ("meta", "google"):
        for vector in json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8")):
            if vector["field"] not in NO_AUDIENCE_KEYS:
                yield vector


@pytest.mark.parametrize(
    "vector", list(vectors()), ids=lambda one: f"{one['platform']}-{one['field']}-{one['normalized']}"
)
def test_a_vector_comes_out_as_published(vector):
    if vector["raw"] == NO_VALID_NUMBER:  # published, but no number anyone can have: tested at the hash
        assert text_sha256(vector["normalized"]) == vector["sha256"]
        return
    (row,) = normalise(vector["platform"], vector["field"], [vector["raw"]], [vector["country"]]).to_dict("records")
    assert row["normalized"] == vector["normalized"]
    assert row["sent"] == (vector["sha256"] or vector["normalized"])
