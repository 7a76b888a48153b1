"""What a database's error means for who runs the query, told by its code; its text is never repeated."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from audience_builder.errors import AudienceBuilderError, ConfigError, TryAgain
from audience_builder.sources.databases import KINDS, DatabaseQuery

__all__ = ["Meaning", "explained", "meaning_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    wrong: str
    found: str
    fix: str
    error: type[AudienceBuilderError] = ConfigError


class Meaning(Enum):
    """What is to be done about it."""

    COLUMN = _Words(
        wrong="The query of {name} names a column that is not there.",
        found="The database does not know it.",
        fix="Check the spelling; a name in capitals may have to stand in quotes.",
    )
    TABLE = _Words(
        wrong="The query of {name} names a table that is not there.",
        found="The database does not know it, or hides it from this user.",
        fix="Check the spelling and the schema: schema.table.",
    )
    SYNTAX = _Words(
        wrong="The query of {name} is no SQL that {title} understands.",
        found="It stops before the end of it.",
        fix="Try the query in the database's own client first.",
    )
    VALUE = _Words(
        wrong="The query of {name} fails on a value it meets.",
        found="Such as a text that is to be a number, or a division by zero.",
        fix="Try the query in the database's own client first.",
    )
    WRITES = _Words(
        wrong="The query of {name} wants to change the database.",
        found="Queries run in a transaction that only reads.",
        fix="Take out of the query whatever writes, functions included.",
    )
    PRIVILEGE = _Words(
        wrong="The user of {name} may not read what the query asks for.",
        found="The database lacks a privilege for it.",
        fix="Have SELECT granted on those tables, or name another user in the address.",
    )
    LOGIN = _Words(
        wrong="The login to {name} was refused.",
        found="{title} does not accept this user with this password, or got none.",
        fix="Check the user; put the password into {variable}, or give the driver the credentials it looks for.",
    )
    DATABASE = _Words(
        wrong="There is no database for {name}.",
        found="The server is there, a database of that name is not.",
        fix="Check the name behind the last / of the address.",
    )
    NO_DATABASE_FILE = _Words(
        wrong="The file of {name} cannot be opened as a database.",
        found="It is something else, damaged, encrypted or closed to you.",
        fix="Check the path in the address; other files are given without {kind}:///.",
    )
    ENCODING = _Words(
        wrong="A text in {name} is not in the encoding that the database says.",
        found="It cannot be decoded.",
        fix="Leave the column out of the query, or repair the text in the database.",
    )
    UNREACHABLE = _Words(
        wrong="{name} cannot be reached.",
        found="{title} did not answer, or the connection broke off.",
        fix="Check host and port of the address and whether a firewall or VPN stands between; else try again later.",
        error=TryAgain,
    )
    ENCRYPTION = _Words(
        wrong="{name} cannot be reached over an encrypted connection.",
        found="The server offers none, or a certificate that is not trusted.",
        fix="Have TLS switched on there, with a certificate that is trusted{otherwise}.",
    )
    BUSY = _Words(
        wrong="{name} could not answer now.",
        found="It is busy, starting or stopping, ran out of room, or ended the query after its own time limit.",
        fix="Try again later; a query that takes long may need an index or a higher limit.",
        error=TryAgain,
    )
    REFUSED = _Words(
        wrong="{title} refused the query of {name}.",
        found="The error is {code}.",
        fix="Try the query in the database's own client, which says more.",
    )


def _by_code(codes: Mapping[Meaning, str]) -> dict[str, Meaning]:
    return {code: meaning for meaning, listed in codes.items() for code in listed.split()}


_SQLSTATES: Final = _by_code(
    {
        Meaning.COLUMN: "42703 42S22",
        Meaning.TABLE: "42P01 42S02 3F000",
        Meaning.SYNTAX: "42",
        Meaning.VALUE: "22",
        Meaning.ENCODING: "22021",
        Meaning.WRITES: "25006",
        Meaning.PRIVILEGE: "42501",
        Meaning.LOGIN: "28",
        Meaning.DATABASE: "3D000",
        Meaning.UNREACHABLE: "08",
        Meaning.BUSY: "40 53 55 57 58",
    }
)
"""By SQLSTATE, else by its class, the first two signs: https://www.postgresql.org/docs/current/errcodes-appendix.html."""
_MYSQL: Final = _by_code(
    {
        Meaning.COLUMN: "1054",
        Meaning.TABLE: "1046 1146",
        Meaning.SYNTAX: "1064",
        Meaning.WRITES: "1290 1792",
        Meaning.PRIVILEGE: "1044 1142 1143 1370",
        Meaning.LOGIN: "1045 1698",
        Meaning.DATABASE: "1049",
        Meaning.UNREACHABLE: "2002 2003 2005 2006 2013 2014",
        Meaning.BUSY: "1021 1040 1114 1203 1205 1213 1317 1969 3024",
    }
)
"""https://mariadb.com/kb/en/mariadb-error-codes/; from 2000 on the client's own."""
_SQLITE: Final = _by_code(
    {
        Meaning.NO_DATABASE_FILE: "SQLITE_CANTOPEN SQLITE_NOTADB SQLITE_CORRUPT SQLITE_PERM SQLITE_IOERR",
        Meaning.WRITES: "SQLITE_READONLY",
        Meaning.PRIVILEGE: "SQLITE_AUTH",
        Meaning.BUSY: "SQLITE_BUSY SQLITE_LOCKED",
    }
)
"""https://www.sqlite.org/rescode.html, without what follows the second underscore."""
_PHRASES: Final = {
    Meaning.COLUMN: r"no such column|column .*not found|unknown column|invalid column name|unrecognized name",
    Meaning.TABLE: r"no such table|table .*not (found|exist)|invalid object name|object .*does not exist",
    Meaning.SYNTAX: r"syntax error|parser error|incorrect syntax|no such function|ambiguous column",
    Meaning.ENCRYPTION: r"\bssl\b|\btls\b|certificate",
    Meaning.ENCODING: r"could not decode",
    Meaning.LOGIN: r"authentication|no password|login failed|incorrect username|credentials|pg_hba|role .*not exist",
    Meaning.DATABASE: r"database .*does not exist",
    Meaning.PRIVILEGE: r"permission|access denied|not authori[sz]ed",
    Meaning.BUSY: r"too many|starting up|shutting down|recovery mode",
    Meaning.UNREACHABLE: r"n[o']t (connect|translate|resolve)|connection|timed? ?out|unreachable",
}
"""For errors that carry no code: the words of libpq, SQLite, DuckDB, SQL Server, BigQuery and Snowflake."""
_BY_CLASS: Final = {
    "OperationalError": Meaning.UNREACHABLE,
    "InterfaceError": Meaning.UNREACHABLE,
    "DataError": Meaning.VALUE,
}
_SQLSTATE: Final = re.compile(r"[A-Z0-9]{5}")
_CLASS: Final = 2


def explained(error: Exception, query: DatabaseQuery) -> AudienceBuilderError:
    """The error to raise in place of a driver's own."""
    inner, plain = getattr(error, "orig", None) or error, query.kind.unencrypted
    words: _Words = meaning_of(inner, query.kind_name).value
    told = {
        "name": query.name,
        "title": query.kind.title,
        "kind": query.kind_name,
        "variable": query.password_env,
        "otherwise": f"; in a network you trust, add {plain} to the address" if plain else "",
        "code": _code(inner) or type(inner).__name__,
    }
    return words.error(words.wrong.format(**told), words.found.format(**told), words.fix.format(**told))


def meaning_of(error: BaseException, kind_name: str) -> Meaning:
    """What a driver's error means: by its code, else by its words, else by its class.

    Args:
        error: As the driver raised it.
        kind_name: Key of ``databases.KINDS``: numbers mean something else in each.
    """
    code = _code(error)
    known = _MYSQL if kind_name == "mysql" else _SQLITE if kind_name == "sqlite" else _SQLSTATES
    keys = (code, code[:_CLASS] if _SQLSTATE.fullmatch(code) else "_".join(code.split("_")[:2]))
    by_code = next((known[key] for key in keys if key in known), None)
    if by_code not in {None, Meaning.UNREACHABLE}:  # the words may know why it cannot be reached
        return by_code
    said = str(error).lower()
    by_words = next((meaning for meaning, phrase in _PHRASES.items() if re.search(phrase, said)), None)
    by_class = None if KINDS[kind_name].in_file else _BY_CLASS.get(type(error).__name__)
    return by_words or by_code or by_class or Meaning.REFUSED


def _code(error: BaseException) -> str:
    """MySQL's number, SQLSTATE or SQLite's name; empty where the error has none."""
    if error.args and isinstance(error.args[0], int):
        return str(error.args[0])
    return str(getattr(error, "sqlstate", None) or getattr(error, "sqlite_errorname", None) or "")
