"""One query that reads, and nothing else."""

import pytest

from audience_builder.errors import ConfigError
from audience_builder.sources.statements import checked_query, read_query


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("SELECT 1", "SELECT 1"),
        ("  select 1 ; \n-- the end; really\n", "select 1"),
        ("-- orders\nWITH x AS (SELECT 1) SELECT * FROM x;", "-- orders\nWITH x AS (SELECT 1) SELECT * FROM x"),
        ("(SELECT 1) UNION (SELECT 2)", "(SELECT 1) UNION (SELECT 2)"),
        ("SELECT ';', 'it''s; DELETE', \"update\", `drop`, [into] FROM t", None),
        ("SELECT $$a; b$$, $x$ ; $x$ FROM t /* ; delete */", None),
        ("SELECT updated_at, deleted FROM t WHERE replace(a, 'x', 'y') = '%:z'", None),
    ],
)
def test_a_query_passes_without_its_semicolon(text, query):
    assert checked_query(text) == (text if query is None else query)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "It is blank."),
        (" -- nothing\n;", "It does not begin with SELECT or WITH."),
        ("-- nothing", "It is blank."),
        ("SELECT 1; SELECT 2", "It is more than one statement."),
        ("SELECT 'canary' ; ; ", "It is more than one statement."),
        ("DELETE FROM t", "It does not begin with SELECT or WITH."),
        ("EXPLAIN SELECT 1", "It does not begin with SELECT or WITH."),
        ("WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x", "It has the word DELETE, which writes."),
        ("SELECT * INTO copy FROM t", "It has the word INTO, which writes."),
        ("SELECT 1 FROM t FOR UPDATE", "It has the word UPDATE, which writes."),
        ("SELECT 1 /*! INTO OUTFILE '/tmp/x' */", "It has the word INTO, which writes."),
        ("SELECT 'canary", None),
    ],
)
def test_anything_else_is_refused_without_being_repeated(text, found):
    if found is None:
        assert checked_query(text) == text
        return
    with pytest.raises(ConfigError) as caught:
        checked_query(text)
    assert caught.value.found == found
    assert "canary" not in str(caught.value)


def test_a_query_file_is_read_whatever_the_editor_put_before_it(tmp_path):
    (tmp_path / "orders.sql").write_bytes(b"\xef\xbb\xbfSELECT 1;\n")
    assert checked_query(read_query(tmp_path / "orders.sql")) == "SELECT 1"
    with pytest.raises(ConfigError, match="cannot be read"):
        read_query(tmp_path / "nothing.sql")
