"""Databases as sources: an address, a query, and a password that stands in neither.

An address is that of SQLAlchemy: ``postgresql://user@host:5432/shop``, ``sqlite:///shop.db`` (relative) or
``sqlite:////data/shop.db``. The password is in an environment variable, else where the database's own
driver looks for it (``PGPASSWORD``, ``~/.pgpass``, a service account).
"""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, quote, unquote

from audience_builder.errors import ConfigError
from audience_builder.hashing import text_sha256
from audience_builder.loopback import is_loopback
from audience_builder.sources.spool import Spool
from audience_builder.sources.statements import checked_query

__all__ = ["KINDS", "PASSWORD_ENV", "DatabaseQuery", "Kind", "is_url", "paired", "without_query"]

PASSWORD_ENV: Final = "AUDIENCE_BUILDER_DB_PASSWORD"  # noqa: S105  the name of a variable


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of database.

    Args:
        title: What people call it.
        in_file: It is a file, not a server.
        driver: SQLAlchemy's name of dialect and driver; empty for what needs neither.
        extra: The extra of this package that installs them.
        first: Statements that go before the query, the one that makes the transaction read-only among them.
        options: What the driver is told besides, by the name of the option.
        encrypted: The option that allows only encrypted connections.
        encryption_env: Variable that tells the driver itself what to do about that.
        unencrypted: What in the address allows others.
    """

    title: str
    in_file: bool = False
    driver: str = ""
    extra: str = ""
    first: tuple[str, ...] = ()
    options: tuple[tuple[str, object], ...] = ()
    encrypted: tuple[tuple[str, object], ...] = ()
    encryption_env: str = ""
    unencrypted: str = ""


_PATIENCE: Final = 30
"""Seconds until a server has to answer that it is there."""

KINDS: Final = {
    "sqlite": Kind(title="SQLite", in_file=True),
    "postgresql": Kind(
        title="PostgreSQL",
        driver="postgresql+psycopg",
        extra="postgres",
        # A cursor is planned for its first tenth unless told that all of it is wanted.
        first=("SET TRANSACTION READ ONLY", "SET LOCAL cursor_tuple_fraction = 1"),
        options=(("connect_timeout", _PATIENCE),),
        encrypted=(("sslmode", "require"),),  # sslmode=verify-full in the address checks the server as well
        encryption_env="PGSSLMODE",
        unencrypted="?sslmode=disable",
    ),
    "mysql": Kind(
        title="MySQL",
        driver="mysql+pymysql",
        extra="mysql",
        first=("START TRANSACTION READ ONLY",),
        options=(("connect_timeout", _PATIENCE),),
        encrypted=(("ssl", {"check_hostname": False}),),  # ssl_ca in the address checks the server as well
        unencrypted="?ssl_disabled=true",
    ),
    "mssql": Kind(
        title="SQL Server", driver="mssql+pymssql", extra="sqlserver", options=(("login_timeout", _PATIENCE),)
    ),
    "bigquery": Kind(title="BigQuery", driver="bigquery", extra="bigquery"),
    "snowflake": Kind(
        title="Snowflake", driver="snowflake", extra="snowflake", options=(("login_timeout", _PATIENCE),)
    ),
    "redshift": Kind(title="Redshift", driver="redshift+redshift_connector", extra="redshift"),
    "duckdb": Kind(title="DuckDB", in_file=True, driver="duckdb", extra="duckdb", options=(("read_only", True),)),
}
_ALIASES: Final = {"postgres": "postgresql", "mariadb": "mysql", "sqlserver": "mssql"}

_URL: Final = re.compile(r"([A-Za-z][A-Za-z0-9+_.-]+)://(.*)", re.DOTALL)
_SECRET: Final = re.compile(
    r"passw|pwd|token|secret|api_?key|access_?key|private_?key|credentials_base64", re.IGNORECASE
)
_INNER: Final = re.compile(r"(pwd|password)\s*=", re.IGNORECASE)
"""A password inside another option, as ODBC has it."""
_UNFIT: Final = re.compile(r"[^\w.@ -]")
_LONGEST_PART: Final = 80
"""Bytes: the name is that of a file, with two parts and a digest."""
_SHOWN_DIGEST: Final = 8


def is_url(text: str | Path) -> bool:
    """Whether a source is an address, not a file; a letter and a colon are a drive."""
    return isinstance(text, str) and _URL.fullmatch(text) is not None


@dataclass(frozen=True, kw_only=True)  # no slots: it holds its rows once they are read
class DatabaseQuery:
    """A query to a database, asked once.

    Args:
        url: Address of the database, without a password.
        query: One SELECT.
        password_env: Variable with the password.

    Raises:
        ConfigError: The address holds a secret or cannot be used, or the text is no query that only reads.
    """

    url: str = field(repr=False)
    query: str = field(repr=False)
    password_env: str = PASSWORD_ENV

    def __post_init__(self) -> None:
        _refuse_secret(self.url, self.password_env)
        object.__setattr__(self, "query", checked_query(self.query))
        _refuse_unknown(self.url)
        if self.kind.in_file and not self.file:
            raise ConfigError(
                f"The address of the {self.kind.title} database names no file.",
                "What follows :/// is blank.",
                f"Write {self.kind_name}:///shop.db, or {self.kind_name}:////data/shop.db for a whole path.",
            )

    @property
    def kind_name(self) -> str:
        """Key of ``KINDS``, or what stands in its place."""
        return _kind_name(self.url)

    @property
    def kind(self) -> Kind:
        """What kind of database it is."""
        return KINDS[self.kind_name]

    @property
    def driver(self) -> str:
        """SQLAlchemy's name of dialect and driver: ours, unless the address names one."""
        scheme = _parts(self.url)[0].lower()
        return scheme if "+" in scheme else self.kind.driver

    @property
    def file(self) -> str:
        """Of a database in a file, its path as written; else empty."""
        path = _parts(self.url)[1].partition("?")[0]
        return unquote(path[1:]) if self.kind.in_file and path.startswith("/") else ""

    @property
    def names_user(self) -> bool:
        """Whether somebody logs in by name, and so by a password."""
        return "@" in _parts(self.url)[1].partition("?")[0]

    @property
    def host(self) -> str:
        """The machine, empty where the address names none."""
        place, _, options = _parts(self.url)[1].partition("?")
        named = place.rpartition("@")[2].partition("/")[0]
        host = named[1:].partition("]")[0] if named.startswith("[") else named.partition(":")[0]
        return unquote(host) or dict(parse_qsl(options)).get("host", "")

    @property
    def options(self) -> dict[str, object]:
        """What the driver is told besides, unless the address says otherwise.

        Contacts leave a machine only encrypted.
        """
        local = not self.host or self.host.startswith("/") or is_loopback(self.host)
        settled = local or self.kind.encryption_env in os.environ
        told = [*self.kind.options, *(() if settled else self.kind.encrypted)]
        asked = [key for key, _ in parse_qsl(self.url.partition("?")[2], keep_blank_values=True)]
        return {name: value for name, value in told if not any(key.startswith(name) for key in asked)}

    @property
    def name(self) -> str:
        """What messages call it: database, host and a digest of the query; nobody's name, no password."""
        digest = text_sha256(self.query)[:_SHOWN_DIGEST]
        if self.file:
            return f"{_fit(Path(self.file).name)} (query {digest})"
        database = _parts(self.url)[1].partition("?")[0].rpartition("@")[2].partition("/")[2]
        place = " on ".join(_fit(part) for part in (database, self.host) if part)
        return f"{place or self.kind.title} (query {digest})"

    def with_file(self, path: Path) -> "DatabaseQuery":
        """The same query to a database in another file."""
        _, mark, options = self.url.partition("?")
        return replace(self, url=f"{self.kind_name}:///{quote(path.as_posix())}{mark}{options}")

    @cached_property
    def spool(self) -> Spool:
        """The rows, read from the database when they are first asked for."""
        from audience_builder.sources.query_results import spooled

        return spooled(self)


def paired(names: Sequence[Sequence[str]], queries: Sequence[str]) -> list[tuple[str | DatabaseQuery, ...]]:
    """Give each database among some lists of files the next query.

    Args:
        names: Lists of files and addresses.
        queries: As many as there are addresses in all of them.

    Raises:
        ConfigError: There are more or fewer; or an address or a query cannot be used.
    """
    urls = [name for listed in names for name in listed if is_url(name)]
    if urls and not queries:
        raise without_query(urls[0])
    if len(urls) != len(queries):
        raise ConfigError(
            "Every query needs a database, and every database a query.",
            f"Databases: {len(urls):,}. Queries: {len(queries):,}.",
            'Give one for each, in the same order: postgresql://user@host/shop --query "SELECT ...".',
        )
    waiting = iter(queries)
    return [tuple(_paired(listed, waiting)) for listed in names]


def _paired(names: Sequence[str], waiting: Iterator[str]) -> Iterator[str | DatabaseQuery]:
    for name in names:
        yield DatabaseQuery(url=name, query=next(waiting)) if is_url(name) else name


def _parts(url: str) -> tuple[str, str]:
    """What stands before and behind ``://``."""
    found = _URL.fullmatch(url)
    if found is None:
        raise ConfigError(
            "The address of a database cannot be read.",
            "It has no ://.",
            "Write it like postgresql://user@host/shop or sqlite:///shop.db.",
        )
    return found[1], found[2]


def _refuse_secret(url: str, password_env: str) -> None:
    place = _parts(url)[1]
    before, _, _ = place.rpartition("@")  # also of a password with / or ? in it
    options = parse_qsl(place.partition("?")[2], keep_blank_values=True)
    if ":" in before or any(_SECRET.search(key) or _INNER.search(value) for key, value in options):
        raise ConfigError(
            "The address of the database holds a password or another secret.",
            "An address is seen in the list of processes, in the history of the shell and in copies of files.",
            f"Take it out of the address (user@host), and put it into the environment: {password_env}=...",
        )


def without_query(url: str) -> ConfigError:
    """What is said where a database is named and no query.

    Raises:
        ConfigError: It is no database that is known.
    """
    _refuse_unknown(url)
    return ConfigError(
        "A database is read by a query, and there is none.",
        "Orders and contacts can come from a database, lists of people only from files.",
        'Give the query: --query "SELECT ..." or --query-file FILE.sql.',
    )


def _kind_name(url: str) -> str:
    name = _parts(url)[0].partition("+")[0].lower()
    return _ALIASES.get(name, name)


def _refuse_unknown(url: str) -> None:
    name = _kind_name(url)
    if name in KINDS:
        return
    near = get_close_matches(name, [*KINDS, *_ALIASES], n=1)
    raise ConfigError(
        f"There is no kind of database {_fit(name)!r}." if name not in {"http", "https"}
        else "Pages of the web are not read.",
        f"There are: {', '.join(KINDS)}.",
        f"Did you mean {near[0]}?" if near else "Choose one of these, or download the data and give the file.",
    )  # fmt: skip


def _fit(text: str) -> str:
    """Part of an address as part of a file's name."""
    return _UNFIT.sub("_", unquote(text)).encode()[:_LONGEST_PART].decode("utf-8", "ignore")
