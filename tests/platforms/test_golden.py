"""Awkward people, and what each platform's rule makes of them, worked out by hand before hashing."""

import base64
import hashlib
from pathlib import Path

import polars as pl
import pytest

from audience_builder import columns as c
from audience_builder import platforms
from audience_builder.hashing import Digest, digested
from audience_builder.matchkeys import country, repair

GOLDEN = Path(__file__).resolve().parents[1] / "data" / "golden"
NAMES = platforms.names()

BY_HASHLIB = {
    Digest.PLAIN: lambda text: text,
    Digest.SHA256_HEX: lambda text: hashlib.sha256(text.encode()).hexdigest(),
    Digest.SHA256_BASE64: lambda text: base64.b64encode(hashlib.sha256(text.encode()).digest()).decode(),
}


def table(name):
    return pl.read_csv(GOLDEN / f"{name}.csv", infer_schema=False)


@pytest.fixture(scope="module")
def people():
    """Everyone, repaired, with the code of their country."""
    raw = table("people")
    nowhere = pl.lit(None, pl.String)
    named = repair.repaired(pl.col(c.COUNTRY), c.COUNTRY, nowhere)
    coded = raw.with_columns(country.alpha2_upper(named, nowhere).alias("code"))
    return coded.with_columns(
        repair.repaired(pl.col(name), name, pl.col("code")).alias(name) for name in raw.columns[2:]
    )


@pytest.fixture(scope="module", params=NAMES)
def platform(request):
    return platforms.load(request.param)


@pytest.fixture(scope="module")
def plain(people, platform):
    """What the platform's rules make of everyone."""
    return people.select(
        "person",
        *(key.normalise(pl.col(key.source), pl.col("code")).alias(key.name) for key in platform.match_keys),
    )


def test_there_are_forty_awkward_people_and_every_platform_has_its_golden_file():
    assert table("people").height >= 40
    assert {path.stem for path in GOLDEN.glob("*.csv")} == {"people", *NAMES}


def test_every_plain_value_is_the_golden_one(platform, plain):
    expected = table(platform.name)
    assert expected.columns == plain.columns
    both = plain.unpivot(index="person", value_name="found").with_columns(
        expected.unpivot(index="person", value_name="golden")["golden"]
    )
    assert both.filter(pl.col("found").ne_missing(pl.col("golden"))).rows() == []


def test_every_digest_is_that_of_the_golden_value(platform, plain):
    expected = table(platform.name)
    for key in platform.match_keys:
        sent = plain.select(digested(pl.col(key.name), key.digest))[key.name].to_list()
        wanted = [None if text is None else BY_HASHLIB[key.digest](text) for text in expected[key.name]]
        assert sent == wanted


def test_what_meta_refuses_has_a_reason(people):
    meta = platforms.load("meta")
    for key in meta.match_keys:
        cell, code = pl.col(key.source), pl.col("code")
        judged = people.filter(cell.is_not_null()).select(
            "person",
            key.normalise(cell, code).is_not_null().alias("usable"),
            key.why_not(cell, code).is_not_null().alias("refused"),
        )
        assert judged.filter(~pl.col("usable") & ~pl.col("refused"))["person"].to_list() == [], key.name
