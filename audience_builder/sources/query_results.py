"""Rows of a query to a private Parquet file of exact texts, batch by batch, and the digest of all of them."""

import datetime as dt
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from audience_builder.errors import AudienceBuilderError, ConfigError, DataError
from audience_builder.hashing import RowsDigest
from audience_builder.sources.cells import number_text
from audience_builder.sources.connections import Batch, batches
from audience_builder.sources.databases import DatabaseQuery
from audience_builder.sources.headers import cleaned_headers
from audience_builder.sources.spool import Spool, disk_full

__all__ = ["exact_text", "spooled"]

_UNNAMED: Final = "(no name)"


def spooled(query: DatabaseQuery) -> Spool:
    """Ask a database and keep its answer; memory stays flat however many rows come.

    Its ``sha256`` is that of the set of rows: databases need not give them in the same order twice.

    Raises:
        ConfigError: Address, query, password or driver have to change; or there is no room.
        DataError: The query gives no rows, or bytes that are no text.
        TryAgain: The database cannot be reached, or not now.
    """
    spool = Spool(query.name, origin=replace(query))  # a copy: the query itself holds the spool
    try:
        with closing(batches(query)) as found:
            spool.sha256 = _written(_texts(found, query.name), spool)
    except AudienceBuilderError:
        spool.remove()
        raise
    except OSError:
        pass
    else:
        return spool
    spool.remove()
    raise disk_full(query.name)


def _written(texts: Iterable[pa.Table], spool: Spool) -> str:
    """Write the tables one after the other; the digest of their rows."""
    writer, digest = None, RowsDigest()
    for table in texts:
        if writer is None:
            writer = pq.ParquetWriter(spool.stream, table.schema, compression="zstd")
        writer.write_table(table)
        digest.add(pl.DataFrame(table))
    if writer is None:
        raise DataError(
            f"{spool.name} has no rows.",
            "The query ran, and nothing fits it.",
            "Look at its conditions, such as the range of dates.",
        )
    writer.close()
    spool.stream.flush()
    return digest.hexdigest()


def _texts(found: Iterable[Batch], name: str) -> Iterator[pa.Table]:
    for batch in found:
        headers = cleaned_headers([column or _UNNAMED for column in batch.columns])
        texts = [
            _column(values, header, name) for header, values in zip(headers, zip(*batch.rows, strict=True), strict=True)
        ]
        yield pa.Table.from_arrays([pa.array(text, pa.large_string()) for text in texts], names=list(headers))


def _column(values: Sequence[object], header: str, name: str) -> Sequence[str | None]:
    """A column's values as text; nearly all columns hold values of one type."""
    kinds = set(map(type, values)) - {type(None)}
    if kinds <= {str}:
        return values  # type: ignore[return-value]
    write = _WRITERS.get(kinds.pop(), exact_text) if len(kinds) == 1 else exact_text
    with suppress(UnicodeDecodeError):
        return [None if value is None else write(value) for value in values]
    raise ConfigError(
        f'Column "{header}" of {name} holds bytes that are no text.',
        "They cannot be read as a name, an amount or anything else here.",
        "Leave the column out of the query, or turn it into text there: encode(..., 'hex') or HEX(...).",
    )


def exact_text(value: object) -> str | None:
    """A value of a database as text: decimals with all their digits, instants as ISO 8601 with their offset.

    Raises:
        UnicodeDecodeError: Bytes that are no UTF-8.

    >>> exact_text(Decimal("12.3400")), exact_text(0.1), exact_text(True), exact_text(dt.date(2026, 5, 13))
    ('12.3400', '0.1', 'TRUE', '2026-05-13')
    """
    return _WRITERS.get(type(value), str)(value)


def _number(value: float) -> str | None:
    return None if math.isnan(value) else number_text(value)


def _moment(value: dt.datetime) -> str:
    return value.isoformat("T" if value.tzinfo else " ")


def _bytes(value: bytes | bytearray | memoryview) -> str:
    return bytes(value).decode()


def _nested(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


_WRITERS: Final[Mapping[type, Callable[[Any], str | None]]] = {
    type(None): lambda _: None,
    bool: lambda value: "TRUE" if value else "FALSE",
    int: str,
    Decimal: "{:f}".format,
    float: _number,
    dt.datetime: _moment,
    dt.date: dt.date.isoformat,
    dt.time: dt.time.isoformat,
    **dict.fromkeys((bytes, bytearray, memoryview), _bytes),
    **dict.fromkeys((list, tuple, dict), _nested),
}
"""How each type is written; all others as Python shows them."""
