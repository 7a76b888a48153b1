"""Databases as sources: what is read, what is refused, and that no password, address or cell is ever repeated."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from audience_builder.errors import AudienceBuilderError, ConfigError, DataError, TryAgain
from audience_builder.sources import connections, databases
from audience_builder.sources.databases import PASSWORD_ENV, DatabaseQuery, Kind, paired
from audience_builder.sources.query_results import exact_text
from audience_builder.sources.reading import expand, read_tables
from audience_builder.sources.spool import sha256_of, spool_of

PASSWORD = "canary-pass/word?1"
EMAIL = "canary.person@example.com"
POSTGRES = os.environ.get("AUDIENCE_BUILDER_TEST_POSTGRES")
"""Address of a PostgreSQL server that may be asked, its password where its driver looks for it."""


@pytest.fixture
def shop(tmp_path):
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER, email TEXT, total REAL, paid_at TEXT, photo BLOB)")
        rows = [(1, EMAIL, 12.5, "2026-05-13", b"\xff\x00"), (2, "b@example.com", None, "2026-05-14", b"ok")]
        connection.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?)", rows)
        connection.commit()
    return path


@pytest.fixture
def other_kind(monkeypatch):
    """A database reached through SQLAlchemy: SQLite by another door."""
    monkeypatch.setitem(databases.KINDS, "other", Kind(title="Other", driver="sqlite+pysqlite", extra="other"))


def asked(url, query="SELECT id, email, total, paid_at FROM orders", **more):
    return DatabaseQuery(url=url, query=query, **more)


def rows(query):
    (table,) = read_tables(query.spool.path, lambda names: range(len(names)))
    return table.table.rows()


def refused(kind, url, query="SELECT id FROM orders", **more):
    with pytest.raises(kind) as caught:
        asked(url, query, **more).spool  # noqa: B018  reading it is the point
    error = caught.value
    assert error.__cause__ is None
    assert error.__context__ is None
    assert all((error.wrong, error.found, error.fix))
    said = f"{error} {error!r}"
    assert not [one for one in (PASSWORD, "canary-pass", EMAIL, "canary_user", "SELECT") if one in said]
    return error


@pytest.mark.parametrize("scheme", ["sqlite", "other"])
def test_rows_of_a_query_are_read_like_a_file(shop, other_kind, scheme):
    query = asked(f"{scheme}:///{shop}")
    assert rows(query) == [(1, "1", EMAIL, "12.5", "2026-05-13"), (2, "2", "b@example.com", None, "2026-05-14")]
    (table,) = read_tables(expand([query])[0], lambda names: range(len(names)))
    assert (table.name, table.rows_read) == (query.name, 2)


def test_values_keep_every_digit_and_every_offset():
    at = datetime(2026, 5, 13, 9, 55, 16, tzinfo=UTC)
    assert [
        exact_text(one)
        for one in (
            Decimal("0.10"), Decimal("1E-10"), 2**70, 0.1, 1e21, float("nan"), True, None, at, at.replace(tzinfo=None),
            date(2026, 5, 13), b"M\xc3\xbcller", memoryview(b"x"), ["a", 1], {"city": "Köln"}, UUID(int=5),
        )
    ] == [
        "0.10", "0.0000000001", "1180591620717411303424", "0.1", "1000000000000000000000", None, "TRUE", None,
        "2026-05-13T09:55:16+00:00", "2026-05-13 09:55:16", "2026-05-13", "Müller", "x", '["a",1]', '{"city":"Köln"}',
        "00000000-0000-0000-0000-000000000005",
    ]  # fmt: skip


def test_a_database_is_asked_once_and_its_rows_go_with_the_query(shop):
    query = asked(f"sqlite:///{shop}")
    (path,) = expand([query, query])
    shop.unlink()
    assert expand([query]) == [path]
    assert spool_of(path).origin == query
    del query
    assert not path.exists()
    assert not path.parent.exists()


def test_files_come_first_and_queries_in_their_order(shop, tmp_path):
    (tmp_path / "b.csv").write_text("x")
    second, first = (asked(f"sqlite:///{shop}", f"SELECT {n} AS n") for n in (2, 1))
    assert expand([second, first, tmp_path / "b.csv"]) == [tmp_path / "b.csv", second.spool.path, first.spool.path]


def test_the_digest_is_that_of_the_rows_whatever_their_order(shop):
    url = f"sqlite:///{shop}"
    queries = [
        asked(url, query)
        for query in (
            "SELECT id, email FROM orders ORDER BY id",
            "SELECT id, email FROM orders ORDER BY id DESC",
            "SELECT id AS n, email FROM orders",
            "SELECT id, lower(email) || ' ' AS email FROM orders",
            "SELECT id, email FROM orders UNION ALL SELECT 1, (SELECT email FROM orders WHERE id = 1)",
            "SELECT id, 'x' || char(34) || ',' AS email FROM orders",
        )
    ]
    digests = [sha256_of(query.spool.path) for query in queries]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 5


def test_memory_does_not_grow_with_the_rows(tmp_path):
    path = tmp_path / "many.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "CREATE TABLE t AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000) "
            "SELECT i, 'person' || i || '@example.com' AS email, i * 0.5 AS total, hex(i * 1234567891) AS noise FROM n"
        )
        connection.commit()
    code = """
import resource, sys
from audience_builder.sources.databases import DatabaseQuery
peaks = []
for most in (40_000, 400_000):
    spool = DatabaseQuery(url="sqlite:///" + sys.argv[1], query=f"SELECT * FROM t WHERE i <= {most}").spool
    peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
print(peaks[1] - peaks[0])
"""
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=True, capture_output=True, text=True)
    assert int(done.stdout) < 40 * 1024, "kilobytes; the rows in memory would take 100,000"


def test_nobody_else_can_open_the_rows(shop):
    spool = asked(f"sqlite:///{shop}").spool
    assert spool.path.parent.stat().st_mode & 0o777 == 0o700
    assert spool.path.stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="files without a name need /proc")  # noqa: PTH112
def test_a_killed_run_leaves_no_row_behind(shop, tmp_path):
    code = """
import os, sys
from audience_builder.sources.databases import DatabaseQuery
query = DatabaseQuery(url="sqlite:///" + sys.argv[1], query="SELECT email FROM orders")
query.spool
os.kill(os.getpid(), 9)
"""
    folder = tmp_path / "temporary"
    folder.mkdir()
    subprocess.run([sys.executable, "-c", code, str(shop)], check=False, env={**os.environ, "TMPDIR": str(folder)})
    left = list(folder.rglob("*"))
    assert [one for one in left if one.is_symlink()]
    assert not [one for one in left if one.is_file()]


@pytest.mark.parametrize("scheme", ["sqlite", "other"])
@pytest.mark.parametrize(
    ("query", "kind", "says"),
    [
        ("SELECT emial FROM orders", ConfigError, "names a column that is not there"),
        ("SELECT * FROM ordrs", ConfigError, "names a table that is not there"),
        ("SELECT FROM WHERE", ConfigError, "no SQL that"),
        ("SELECT * FROM orders WHERE id > 5", DataError, "has no rows"),
        ("SELECT photo FROM orders", ConfigError, 'Column "photo"'),
        ("SELECT CAST(x'ff40' AS TEXT) AS t FROM orders", ConfigError, "encoding that the database says"),
    ],
)
def test_a_query_that_fails_says_what_to_do(shop, other_kind, scheme, query, kind, says):
    assert says in refused(kind, f"{scheme}:///{shop}", query).wrong


def test_a_missing_database_is_said_and_none_is_made(tmp_path):
    assert "There is no database shop.db" in refused(ConfigError, f"sqlite:///{tmp_path}/shop.db").wrong
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_said(tmp_path):
    (tmp_path / "shop.db").write_text(f"email\n{EMAIL}\n")
    assert "cannot be opened as a database" in refused(ConfigError, f"sqlite:///{tmp_path}/shop.db").wrong


def test_sqlite_cannot_be_written_even_past_the_first_look(shop, monkeypatch):
    monkeypatch.setattr(databases, "checked_query", lambda text: text)
    before = shop.read_bytes()
    error = refused(ConfigError, f"sqlite:///{shop}", "DELETE FROM orders")
    assert "wants to change the database" in error.wrong
    assert shop.read_bytes() == before


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://canary_user:{PASSWORD}@db.example.com/shop",
        "postgresql://canary_user:canary-pass@db.example.com/shop",
        f"postgresql://canary_user@db.example.com/shop?password={PASSWORD}",
        f"snowflake://canary_user@acme/shop?token={PASSWORD}",
        "mssql+pyodbc://canary_user@x/?odbc_connect=DRIVER%3Dx%3BPWD%3Dcanary-pass",
        "postgresql://canary_user:@db.example.com/shop",
    ],
)
def test_an_address_with_a_secret_is_refused_and_not_repeated(url):
    error = refused(ConfigError, url)
    assert "holds a password" in error.wrong
    assert PASSWORD_ENV in error.fix


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("oracle://canary_user@h/x", "no kind of database 'oracle'"),
        ("postgre://canary_user@h/x", "Did you mean postgres?"),
        ("https://example.com/orders.csv", "Pages of the web are not read."),
        ("sqlite://", "names no file"),
        ("postgresql://canary_user@h:port/x", "cannot be read"),
    ],
)
def test_an_address_that_cannot_be_used_is_said(url, says):
    assert says in str(refused(ConfigError, url))


def test_the_name_tells_database_and_host_and_nobody():
    query = "SELECT 1"
    names = [
        DatabaseQuery(url=url, query=query).name.partition(" (query ")[0]
        for url in (
            "postgresql://canary_user@db.example.com:5432/shop?sslmode=require", "postgres:///shop", "bigquery://acme/sales",
            "mysql://u@[::1]:3306/shop", "sqlite:////data/eu/shop.db", "snowflake://u@acme/shop/public", "postgresql://",
        )
    ]  # fmt: skip
    assert names == [
        "shop on db.example.com", "shop", "sales on acme", "shop on __1", "shop.db", "shop_public on acme", "PostgreSQL",
    ]  # fmt: skip
    one, other = (DatabaseQuery(url="sqlite:///a.db", query=text) for text in ("SELECT 1;", "SELECT 2"))
    assert one.name != other.name
    assert one.name == DatabaseQuery(url="sqlite:///a.db", query=" SELECT 1").name
    assert "canary" not in repr(DatabaseQuery(url="postgresql://canary_user@h/x", query="SELECT 'canary'"))


def test_contacts_leave_the_machine_only_encrypted_unless_the_address_says_so(monkeypatch):
    monkeypatch.delenv("PGSSLMODE", raising=False)

    def options(url):
        return DatabaseQuery(url=url, query="SELECT 1").options

    assert options("postgresql://u@db.example.com/shop") == {"connect_timeout": 30, "sslmode": "require"}
    assert options("mysql://u@db.example.com/shop") == {"connect_timeout": 30, "ssl": {"check_hostname": False}}
    for local in ("u@localhost", "u@127.0.0.1:5433", "u@[::1]", ""):
        assert options(f"postgresql://{local}/shop") == {"connect_timeout": 30}
    assert options("postgresql:///shop?host=/run/postgresql") == {"connect_timeout": 30}
    assert options("postgresql:///shop?host=db.example.com")["sslmode"] == "require"
    assert options("postgresql://u@db.example.com/shop?sslmode=verify-full&connect_timeout=5") == {}
    assert options("mysql://u@db.example.com/shop?ssl_disabled=true") == {"connect_timeout": 30}
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    assert options("postgresql://u@db.example.com/shop") == {"connect_timeout": 30}


class Asked(Exception):
    """What a driver would raise: everything it was told."""


@pytest.fixture
def told(monkeypatch):
    """What SQLAlchemy is told instead of connecting."""
    seen = []

    def create_engine(address, **options):
        seen.append((address, options))
        raise Asked(f"cannot connect to {address.render_as_string(hide_password=False)} for {EMAIL}")

    monkeypatch.setattr("sqlalchemy.create_engine", create_engine)
    return seen


@pytest.mark.parametrize(
    ("url", "env", "goes"),
    [
        ("postgresql://canary_user@db.example.com/shop", PASSWORD_ENV, PASSWORD),
        ("postgresql://canary_user@db.example.com/shop", "ACME_DB_PASSWORD", PASSWORD),
        ("postgresql://db.example.com/shop", PASSWORD_ENV, None),
        ("bigquery://acme/shop", PASSWORD_ENV, None),
    ],
)
def test_the_password_comes_from_the_environment_and_is_never_told(told, monkeypatch, url, env, goes):
    monkeypatch.setenv(env, PASSWORD)
    refused(AudienceBuilderError, url, password_env=env)
    ((address, options),) = told
    assert address.password == goes
    assert options["hide_parameters"] is True


def test_without_a_password_the_driver_looks_for_its_own(told, monkeypatch):
    monkeypatch.delenv(PASSWORD_ENV, raising=False)
    refused(AudienceBuilderError, "postgresql://canary_user@db.example.com/shop")
    assert told[0][0].password is None
    assert told[0][0].drivername == "postgresql+psycopg"


def test_a_variable_that_was_named_has_to_be_set(monkeypatch):
    monkeypatch.delenv("ACME_DB_PASSWORD", raising=False)
    error = refused(ConfigError, "postgresql://canary_user@h/shop", password_env="ACME_DB_PASSWORD")
    assert "ACME_DB_PASSWORD is not set" in error.wrong


@pytest.mark.parametrize(("scheme", "extra"), [("other", "other"), ("postgresql+nosuch", "postgres")])
def test_a_missing_driver_names_what_to_install(monkeypatch, scheme, extra):
    monkeypatch.setitem(databases.KINDS, "other", Kind(title="Other", driver="nosuch", extra="other"))
    error = refused(ConfigError, f"{scheme}://canary_user@localhost/shop")
    assert f"pip install 'audience-builder[{extra}]'" in error.fix


def test_without_sqlalchemy_the_extra_is_named_too(monkeypatch):
    monkeypatch.setattr(connections, "find_spec", lambda _name: None)
    error = refused(ConfigError, "snowflake://canary_user@acme/shop")
    assert "pip install 'audience-builder[snowflake]'" in error.fix


@pytest.mark.parametrize("scheme", ["postgresql", "mysql", "mariadb"])
def test_a_server_that_is_not_there_is_tried_again_later(monkeypatch, scheme):
    monkeypatch.setenv(PASSWORD_ENV, PASSWORD)
    error = refused(TryAgain, f"{scheme}://canary_user@127.0.0.1:1/shop")
    assert error.wrong.startswith("shop on 127.0.0.1 (query ")
    assert (error.exit_code, "cannot be reached" in error.wrong) == (6, True)


def test_each_database_gets_the_next_query():
    files, contacts = paired([["a.csv", "sqlite:///a.db"], ["-", "sqlite:///b.db"]], ["SELECT 1", "SELECT 2"])
    assert (files[0], files[1].query, contacts[0], contacts[1].query) == ("a.csv", "SELECT 1", "-", "SELECT 2")


@pytest.mark.parametrize(
    ("names", "queries", "says"),
    [
        (["sqlite:///a.db"], [], "there is none"),
        (["a.csv"], ["SELECT 1"], "Databases: 0. Queries: 1."),
        (["sqlite:///a.db", "sqlite:///b.db"], ["SELECT 1"], "Databases: 2. Queries: 1."),
        (["https://example.com/a.csv"], [], "Pages of the web"),
    ],
)
def test_queries_and_databases_have_to_go_together(names, queries, says):
    with pytest.raises(ConfigError, match=says):
        paired([names], queries)


def test_an_address_without_a_query_is_no_file():
    with pytest.raises(ConfigError, match="lists of people only from files"):
        expand(["sqlite:///people.db"])
    with pytest.raises(ConfigError, match="no kind of database 's3'"):
        expand(["s3://bucket/orders.csv"])


@pytest.mark.skipif(POSTGRES is None, reason="AUDIENCE_BUILDER_TEST_POSTGRES names no server")
@pytest.mark.parametrize(
    ("query", "row"),
    [
        ("SELECT 12.3400::numeric AS n, 'x%y' AS p, '12:30'::time AS t", ("12.3400", "x%y", "12:30:00")),
        ("SELECT timestamptz '2026-05-13 09:55:16+02' AS at, NULL::text AS none, true AS yes",
         ("2026-05-13T07:55:16+00:00", None, "TRUE")),
        ("SELECT 1 AS id, 2 AS id, '{\"a\":1}'::jsonb AS j", ("1", "2", '{"a":1}')),
    ],
)  # fmt: skip
def test_postgresql_gives_its_values_exactly(monkeypatch, query, row):
    monkeypatch.setenv("PGTZ", "UTC")
    assert rows(asked(POSTGRES, query)) == [(1, *row)]


@pytest.mark.skipif(POSTGRES is None, reason="AUDIENCE_BUILDER_TEST_POSTGRES names no server")
@pytest.mark.parametrize(
    ("query", "kind", "says"),
    [
        ("SELECT emial FROM pg_class", ConfigError, "names a column"),
        ("SELECT * FROM nowhere", ConfigError, "names a table"),
        (f"SELECT '{EMAIL}'::int", ConfigError, "fails on a value"),
        ("SELECT lo_unlink(lo_create(0)) WHERE set_config('transaction_read_only', 'off', true) = 'off'", ConfigError, ""),
        ("SELECT 1 WHERE false", DataError, "has no rows"),
    ],
)  # fmt: skip
def test_postgresql_s_errors_are_told_in_our_words(query, kind, says):
    assert says in refused(kind, POSTGRES, query).wrong
