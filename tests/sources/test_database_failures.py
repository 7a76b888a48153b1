"""What a driver's error means: told by codes that the vendors document."""

import sqlite3

import psycopg
import pymysql
import pytest
from sqlalchemy.exc import OperationalError

from audience_builder.errors import ConfigError, TryAgain
from audience_builder.sources.database_failures import Meaning, explained, meaning_of
from audience_builder.sources.databases import DatabaseQuery

SECRET = "canary.person@example.com"
OF_POSTGRESQL = {
    psycopg.errors.UndefinedColumn: Meaning.COLUMN,
    psycopg.errors.UndefinedTable: Meaning.TABLE,
    psycopg.errors.SyntaxError: Meaning.SYNTAX,
    psycopg.errors.UndefinedFunction: Meaning.SYNTAX,
    psycopg.errors.InsufficientPrivilege: Meaning.PRIVILEGE,
    psycopg.errors.InvalidTextRepresentation: Meaning.VALUE,
    psycopg.errors.ReadOnlySqlTransaction: Meaning.WRITES,
    psycopg.errors.InvalidPassword: Meaning.LOGIN,
    psycopg.errors.QueryCanceled: Meaning.BUSY,
    psycopg.errors.AdminShutdown: Meaning.BUSY,
    psycopg.errors.SerializationFailure: Meaning.BUSY,
    psycopg.errors.ConnectionFailure: Meaning.UNREACHABLE,
}
AT_CONNECTING = {
    'FATAL:  password authentication failed for user "x"': Meaning.LOGIN,
    "fe_sendauth: no password supplied": Meaning.LOGIN,
    'FATAL:  no pg_hba.conf entry for host "10.0.0.1", user "x", database "y", no encryption': Meaning.LOGIN,
    'FATAL:  role "x" does not exist': Meaning.LOGIN,
    'FATAL:  database "x" does not exist': Meaning.DATABASE,
    "FATAL:  sorry, too many clients already": Meaning.BUSY,
    "FATAL:  the database system is starting up": Meaning.BUSY,
    "server does not support SSL, but SSL was required": Meaning.ENCRYPTION,
    "SSL error: certificate verify failed": Meaning.ENCRYPTION,
    "could not translate host name": Meaning.UNREACHABLE,
    "connection to server at 10.0.0.1, port 5432 failed: Connection refused": Meaning.UNREACHABLE,
    "something that nobody knows": Meaning.UNREACHABLE,
}
OF_MYSQL = {
    1054: Meaning.COLUMN, 1146: Meaning.TABLE, 1064: Meaning.SYNTAX, 1142: Meaning.PRIVILEGE, 1045: Meaning.LOGIN,
    1049: Meaning.DATABASE, 1792: Meaning.WRITES, 1040: Meaning.BUSY, 1213: Meaning.BUSY, 3024: Meaning.BUSY,
    2003: Meaning.UNREACHABLE, 2013: Meaning.UNREACHABLE,
}  # fmt: skip


@pytest.mark.parametrize(("error", "meaning"), OF_POSTGRESQL.items())
def test_postgresql_is_understood_by_sqlstate(error, meaning):
    assert meaning_of(error(SECRET), "postgresql") is meaning


@pytest.mark.parametrize(("said", "meaning"), AT_CONNECTING.items())
def test_what_libpq_says_without_a_code_is_understood_by_its_words(said, meaning):
    assert meaning_of(psycopg.OperationalError(said), "postgresql") is meaning


@pytest.mark.parametrize(("number", "meaning"), OF_MYSQL.items())
def test_mysql_is_understood_by_number(number, meaning):
    assert meaning_of(pymysql.err.OperationalError(number, SECRET), "mysql") is meaning


def test_a_number_means_something_else_in_another_database():
    assert meaning_of(pymysql.err.OperationalError(1054, "login failed"), "mssql") is Meaning.LOGIN


def test_a_certificate_that_is_not_trusted_is_no_missing_server():
    error = pymysql.err.OperationalError(2003, "Can't connect to server ([SSL: CERTIFICATE_VERIFY_FAILED])")
    assert meaning_of(error, "mysql") is Meaning.ENCRYPTION


def test_what_nobody_knows_of_a_file_is_no_missing_server():
    assert meaning_of(sqlite3.OperationalError("parser stack overflow"), "sqlite") is Meaning.REFUSED
    assert meaning_of(sqlite3.OperationalError("no such function: foo"), "sqlite") is Meaning.SYNTAX


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("SQLITE_CANTOPEN_ISDIR", Meaning.NO_DATABASE_FILE),
        ("SQLITE_READONLY_DIRECTORY", Meaning.WRITES),
        ("SQLITE_BUSY_RECOVERY", Meaning.BUSY),
    ],
)
def test_sqlite_is_understood_by_name(name, meaning):
    error = sqlite3.OperationalError(SECRET)
    error.sqlite_errorname = name
    assert meaning_of(error, "sqlite") is meaning


@pytest.mark.parametrize("meaning", Meaning)
def test_every_meaning_has_three_parts_and_repeats_nothing(meaning, monkeypatch):
    query = DatabaseQuery(url="postgresql://canary_user@db.example.com/shop", query=f"SELECT '{SECRET}'")
    module = "audience_builder.sources.database_failures.meaning_of"
    monkeypatch.setattr(module, lambda _error, _kind_name: meaning)
    inner = psycopg.errors.UndefinedColumn(f'column "{SECRET}" does not exist')
    error = explained(OperationalError(f"SELECT '{SECRET}'", None, inner), query)
    assert all((error.wrong, error.found, error.fix))
    assert not [one for one in (SECRET, "canary", "{", "}") if one in str(error)]
    assert isinstance(error, TryAgain if meaning in {Meaning.UNREACHABLE, Meaning.BUSY} else ConfigError)
