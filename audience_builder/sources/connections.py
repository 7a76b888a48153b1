"""The two ways to a database: the standard library for SQLite, SQLAlchemy for all others.

Whatever a driver raises ends here: its messages repeat addresses, queries and cells.
"""

import os
import sqlite3
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from audience_builder.errors import AudienceBuilderError, ConfigError
from audience_builder.sources.database_failures import explained
from audience_builder.sources.databases import PASSWORD_ENV, DatabaseQuery

if TYPE_CHECKING:
    from sqlalchemy import URL

__all__ = ["Batch", "batches"]

BATCH_ROWS: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Some rows of a result, one value per column; never none."""

    columns: Sequence[str]
    rows: Sequence[Sequence[object]]


def batches(query: DatabaseQuery) -> Generator[Batch, None, None]:
    """The rows of a query as the database sends them, a few thousand at a time.

    Raises:
        ConfigError: Something about address, query, password or driver has to change.
        TryAgain: The database cannot be reached, or not now.
    """
    _refuse_missing(query)
    found = _of_sqlite(query) if query.kind_name == "sqlite" else _of_server(query, _address(query))
    failure: AudienceBuilderError | None = None
    try:
        yield from found
    except AudienceBuilderError:
        raise
    except Exception as error:  # noqa: BLE001  every driver has its own; nothing of it may be repeated
        failure = explained(error, query)
    if failure is not None:
        raise failure


def _refuse_missing(query: DatabaseQuery) -> None:
    if query.file and not Path(query.file).is_file():
        raise ConfigError(
            f"There is no database {Path(query.file).name}.",
            f"The folder {Path(query.file).parent} has no file of that name, and none is made.",
            f"Check the path: {query.kind_name}:///from/here.db, or {query.kind_name}:////from/the/root.db.",
        )


def _of_sqlite(query: DatabaseQuery) -> Iterator[Batch]:
    address = f"file:{quote(str(Path(query.file).absolute()))}?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as connection:
        cursor = connection.execute(query.query)
        columns = [str(column[0]) for column in cursor.description]
        while rows := cursor.fetchmany(BATCH_ROWS):
            yield Batch(columns=columns, rows=rows)


def _address(query: DatabaseQuery) -> "URL":
    """What SQLAlchemy connects to, the password filled in."""
    if find_spec("sqlalchemy") is None:
        raise _no_driver(query)
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    address = None
    with suppress(ArgumentError, ValueError):
        address = make_url(query.url).set(drivername=query.driver)
    if address is None:
        raise ConfigError(
            f"The address of {query.name} cannot be read.",
            "Its host, port or options are written in a way that is not understood.",
            "Write it like postgresql://user@host:5432/shop.",
        )
    password = os.environ.get(query.password_env)
    if not password and query.password_env != PASSWORD_ENV:
        raise ConfigError(
            f"The environment variable {query.password_env} is not set.",
            f"It is to hold the password of {query.name}.",
            "Set it, or leave password_env out.",
        )
    return address.set(password=password) if password and query.names_user else address


def _of_server(query: DatabaseQuery, address: "URL") -> Iterator[Batch]:
    """Ask through SQLAlchemy, with a cursor that stays on the server where there are such."""
    from sqlalchemy import Engine, NullPool, create_engine
    from sqlalchemy.exc import NoSuchModuleError

    engine: Engine | None = None
    with suppress(ImportError, NoSuchModuleError):
        engine = create_engine(address, connect_args=query.options, poolclass=NullPool, hide_parameters=True)
    if engine is None:
        raise _no_driver(query)
    with engine.connect() as connection:
        for statement in query.kind.first:
            connection.exec_driver_sql(statement)
        as_it_stands = {"stream_results": True, "max_row_buffer": BATCH_ROWS, "no_parameters": True}
        result = connection.exec_driver_sql(query.query, execution_options=as_it_stands)
        columns = list(result.keys())
        for rows in result.partitions(BATCH_ROWS):
            yield Batch(columns=columns, rows=rows)


def _no_driver(query: DatabaseQuery) -> ConfigError:
    extra = query.kind.extra
    return ConfigError(
        f"What it takes to read {query.kind.title} is not installed.",
        "Its driver is an extra of audience-builder, and missing here.",
        f"Install it: pip install 'audience-builder[{extra}]'.",
    )
