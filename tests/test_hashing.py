import base64
import hashlib

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audience_builder.hashing import NON_VALUE_DIGESTS, Digest, digested, file_sha256, text_sha256

# Published by Meta for mary@example.com; see the custom audiences guide, section Hashing.
MARY = "f1904cf1a9d73a55fa5de0ac823c4403ded71afd4c3248d00bdcd0866552bb79"


def one(text, digest):
    return pl.DataFrame({"text": [text]}, schema={"text": pl.String}).select(digested(pl.col("text"), digest)).item()


def test_the_published_digest_comes_out():
    assert one("mary@example.com", Digest.SHA256_HEX) == MARY
    assert text_sha256("mary@example.com") == MARY


@pytest.mark.parametrize("digest", Digest)
@pytest.mark.parametrize("nothing", [None, ""])
def test_nothing_is_never_hashed(digest, nothing):
    assert one(nothing, digest) is None


@given(st.text(min_size=1).filter(lambda text: text < "\ud800" or text.isprintable()))
def test_every_digest_agrees_with_hashlib_on_utf_8_bytes(text):
    data = text.encode()
    sha = hashlib.sha256(data)
    assert one(text, Digest.SHA256_HEX) == sha.hexdigest()
    assert one(text, Digest.SHA256_BASE64) == base64.b64encode(sha.digest()).decode()
    assert one(text, Digest.MD5_HEX) == hashlib.md5(data, usedforsecurity=False).hexdigest()
    assert one(text, Digest.PLAIN) == text


def test_the_digest_of_the_empty_text_is_known_as_no_value():
    assert "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" in NON_VALUE_DIGESTS
    assert MARY not in NON_VALUE_DIGESTS


def test_a_file_is_digested_by_its_bytes(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"mary@example.com")
    assert file_sha256(path) == MARY


def test_a_column_that_repeats_itself_keeps_its_order_and_blanks():
    texts = ["us", None, "gb", "", "us"] * 400
    sent = pl.DataFrame({"v": texts}).select(digested(pl.col("v"), Digest.SHA256_HEX))["v"].to_list()
    assert sent == [(text and hashlib.sha256(text.encode()).hexdigest()) or None for text in texts]
