"""What a database's error means for who runs the query, told by its code; its text is never repeated."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from audience_builder.errors import AudienceBuilderError, ConfigError, TryAgain
from audience_builder.sources.databases import DatabaseQuery

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
        wrong="{title} lets nobody in for {name}.",
        found="It does not accept this user with this password, or got none.",
        fix="Check the user in the address, and put the password into the environment: {variable}=...",
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


_M = Meaning
_SQLSTATES: Final[Mapping[str, Meaning]] = {
    "42703": _M.COLUMN, "42S22": _M.COLUMN, "42P01": _M.TABLE, "42S02": _M.TABLE, "3F000": _M.TABLE,
    "42501": _M.PRIVILEGE, "25006": _M.WRITES, "3D000": _M.DATABASE, "22021": _M.ENCODING,
    "08": _M.UNREACHABLE, "57": _M.BUSY, "53": _M.BUSY, "40": _M.BUSY, "55": _M.BUSY, "58": _M.BUSY,
    "28": _M.LOGIN, "22": _M.VALUE, "42": _M.SYNTAX,
}  # fmt: skip
"""By SQLSTATE, then by its class: https://www.postgresql.org/docs/current/errcodes-appendix.html."""
_MYSQL: Final[Mapping[int, Meaning]] = {
    1054: _M.COLUMN, 1146: _M.TABLE, 1064: _M.SYNTAX, 1142: _M.PRIVILEGE, 1143: _M.PRIVILEGE, 1370: _M.PRIVILEGE,
    1044: _M.PRIVILEGE, 1045: _M.LOGIN, 1698: _M.LOGIN, 1049: _M.DATABASE, 1046: _M.TABLE, 1792: _M.WRITES,
    1290: _M.WRITES, 1040: _M.BUSY, 1203: _M.BUSY, 1205: _M.BUSY, 1213: _M.BUSY, 1317: _M.BUSY, 1969: _M.BUSY,
    3024: _M.BUSY, 1021: _M.BUSY, 1114: _M.BUSY, 2002: _M.UNREACHABLE, 2003: _M.UNREACHABLE, 2005: _M.UNREACHABLE,
    2006: _M.UNREACHABLE, 2013: _M.UNREACHABLE, 2014: _M.UNREACHABLE,
}  # fmt: skip
"""https://mariadb.com/kb/en/mariadb-error-codes/; from 2000 on the client's own."""
_SQLITE: Final[Mapping[str, Meaning]] = {
    "SQLITE_CANTOPEN": _M.NO_DATABASE_FILE, "SQLITE_NOTADB": _M.NO_DATABASE_FILE, "SQLITE_CORRUPT": _M.NO_DATABASE_FILE,
    "SQLITE_PERM": _M.NO_DATABASE_FILE, "SQLITE_IOERR": _M.NO_DATABASE_FILE, "SQLITE_READONLY": _M.WRITES,
    "SQLITE_BUSY": _M.BUSY, "SQLITE_LOCKED": _M.BUSY, "SQLITE_AUTH": _M.PRIVILEGE,
}  # fmt: skip
"""https://www.sqlite.org/rescode.html, without what follows the second underscore."""
_PHRASES: Final = (
    (re.compile(r"no such column|column .*not found|unknown column|invalid column name|unrecognized name"), _M.COLUMN),
    (re.compile(r"no such table|table .*not (?:found|exist)|invalid object name|object .*does not exist"), _M.TABLE),
    (re.compile(r"syntax error|parser error|incorrect syntax"), _M.SYNTAX),
    (re.compile(r"could not decode"), _M.ENCODING),
    (re.compile(r"authentication|no password supplied|login failed|incorrect username|credentials"), _M.LOGIN),
    (re.compile(r"database .*does not exist"), _M.DATABASE),
    (re.compile(r"permission|access denied|not authori[sz]ed"), _M.PRIVILEGE),
    (re.compile(r"could not (?:connect|translate|resolve)|connection|timed? ?out|unreachable"), _M.UNREACHABLE),
)
"""For errors that carry no code: the words of libpq, SQLite, DuckDB, SQL Server, BigQuery and Snowflake."""
_BY_CLASS: Final = {
    "OperationalError": _M.UNREACHABLE,
    "InterfaceError": _M.UNREACHABLE,
    "DataError": _M.VALUE,
}
_SERVER_CODE: Final = re.compile(r"[A-Z0-9]{5}")
_LAST_RESORT: Final = 2


def explained(error: Exception, query: DatabaseQuery) -> AudienceBuilderError:
    """The error to raise in place of a driver's own."""
    inner = getattr(error, "orig", None) or error
    words: _Words = meaning_of(inner).value
    told = {
        "name": query.name,
        "title": query.kind.title,
        "kind": query.kind_name,
        "variable": query.password_env,
        "code": _code(inner) or type(inner).__name__,
    }
    return words.error(words.wrong.format(**told), words.found.format(**told), words.fix.format(**told))


def meaning_of(error: BaseException) -> Meaning:
    """What a driver's error means: by its code, else by its words, else by its class."""
    code = _code(error)
    for key in (code, code[:_LAST_RESORT] if _SERVER_CODE.fullmatch(code) else ""):
        if key in _SQLSTATES:
            return _SQLSTATES[key]
    if code.isdecimal() and int(code) in _MYSQL:
        return _MYSQL[int(code)]
    name = "_".join(code.split("_")[:2])
    if name in _SQLITE:
        return _SQLITE[name]
    said = str(error).lower()
    by_words = next((meaning for phrase, meaning in _PHRASES if phrase.search(said)), None)
    return by_words or _BY_CLASS.get(type(error).__name__, Meaning.REFUSED)


def _code(error: BaseException) -> str:
    """SQLSTATE, SQLite's name or MySQL's number; empty where the error has none."""
    named = getattr(error, "sqlstate", None) or getattr(error, "sqlite_errorname", None)
    number = error.args[0] if error.args and isinstance(error.args[0], int) else ""
    return str(named or number)
