"""JSON: one object per line, lists of objects, and the pages of APIs; numbers stay the text they are.

A page is an object around the one list that holds the records: ``{"orders": [...]}``, or
``{"data": {"orders": {"edges": [{"node": ...}]}}}``. An object with a member such as ``id`` or ``email`` is a
record itself, whatever lists it holds.
"""

import json
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

import polars as pl

from audience_builder import schemas
from audience_builder.columns import COLUMN, FILE, LINE, REASON
from audience_builder.errors import DataError
from audience_builder.sources.headers import cleaned_headers
from audience_builder.sources.typed import TypedTable, json_text

__all__ = ["json_table"]

_DECODER: Final = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=lambda _: None)
_BLANKS: Final = " \t\r\n"
_OF_RECORDS: Final = frozenset({"id", "order_id", "customer_id", "number", "name", "email"})
_AROUND_NODES: Final = frozenset({"node", "cursor"})
_BATCH_RECORDS: Final = 20_000
_PEEKED_LINES: Final = 2

Numbered = Iterator[tuple[int, object]]


def json_table(blocks: Iterable[bytes], name: str) -> TypedTable:
    """Read JSON; a member of a member is a column of its own: ``billing_address.city``.

    Texts, numbers and truth values in a list are joined by a comma; lists that hold more stay JSON.

    Args:
        blocks: The file's text, UTF-8.
        name: What messages call the file.

    Returns:
        One row per object. Its number is the line it stands on, or in lists and pages its place, 1-based.

    Raises:
        DataError: It is no valid JSON, or holds no object.
    """
    text = b"".join(blocks).decode()
    found = _Records()
    refused: list[int] = []
    for number, value in _by_line(text) if _is_lines(text) else enumerate(_elements(text, name), start=1):
        if isinstance(value, dict):
            found.add(number, value)
        else:
            refused.append(number)
    if not found.count:
        raise DataError(
            f"{name} holds no records.",
            f"It is JSON, and none of its {len(refused):,} values is an object." if refused else "Its list is empty.",
            'Write one object per line, or a list of them: [{"email": ...}, ...].',
        )
    rejects = {
        FILE: [name] * len(refused),
        LINE: refused,
        COLUMN: [None] * len(refused),
        REASON: ["not a JSON object"] * len(refused),
    }
    return found.table(pl.DataFrame(rejects, schema=schemas.REJECTS))


class _Records:
    """Objects becoming columns of text, some thousand at a time."""

    def __init__(self) -> None:
        self.count = 0
        self._columns: dict[tuple[str, ...], str] = {}
        self._numbers: list[int] = []
        self._waiting: list[dict[str, str | None]] = []
        self._frames: list[pl.DataFrame] = []

    def add(self, number: int, record: Mapping[str, Any]) -> None:
        """Take in one object."""
        row: dict[str, str | None] = {}
        for path, text in _members(record):
            row[self._columns.setdefault(path, str(len(self._columns)))] = text
        self.count += 1
        self._numbers.append(number)
        self._waiting.append(row)
        if len(self._waiting) == _BATCH_RECORDS:
            self._flush()

    def table(self, rejects: pl.DataFrame) -> TypedTable:
        """All of them, without the columns that are only the blank of a nested object."""
        self._flush()
        frame = pl.concat(self._frames, how="diagonal")
        above = {path[:depth] for path in self._columns for depth in range(1, len(path))}
        kept = {
            path: column
            for path, column in self._columns.items()
            if path not in above or frame[column].null_count() < frame.height
        }
        return TypedTable(
            names=cleaned_headers([".".join(path) or "(no name)" for path in kept]),
            frame=frame.select(kept.values()),
            record_numbers=pl.Series(self._numbers, dtype=pl.Int64),
            rejects=rejects,
        )

    def _flush(self) -> None:
        columns = list(self._columns.values())
        texts = {column: [row.get(column) for row in self._waiting] for column in columns}
        self._frames.append(pl.DataFrame(texts, schema=dict.fromkeys(columns, pl.String)))
        self._waiting = []


def _members(record: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str | None]]:
    for key, value in record.items():
        if isinstance(value, dict) and value:
            yield from _members(value, (*above, _encodable(key)))
        else:
            text = _text(value)
            yield (*above, _encodable(key)), text if text is None else _encodable(text)


def _text(value: object) -> str | None:
    if isinstance(value, list) and not any(isinstance(one, list | dict) for one in value):
        return ", ".join(text for one in value if (text := json_text(one))) or None
    return None if value == {} else json_text(value)


def _encodable(text: str) -> str:
    """Without halves of characters, which escapes can write and no encoding has."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _is_lines(text: str) -> bool:
    """Whether each line is an object of its own: one of the first two is, and there are two."""
    first = list(islice(_lines(text), _PEEKED_LINES))
    if text.lstrip(_BLANKS).startswith("[") or len(first) < _PEEKED_LINES:
        return False
    values = [_value(line) for _, line in first]
    if any(isinstance(value, dict) for value in values):
        return _page(values[0]) is None
    return not text.lstrip(_BLANKS).startswith("{")


def _by_line(text: str) -> Numbered:
    for number, line in _lines(text):
        yield number, _value(line)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Every line that is not blank, with its number."""
    start, number = 0, 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        number += 1
        if line := text[start:end].strip(_BLANKS):
            yield number, line
        start = end + 1


def _value(line: str) -> object:
    try:
        return _DECODER.decode(line)
    except (ValueError, RecursionError):
        return None


def _elements(text: str, name: str) -> Iterator[object]:
    """The records of every list, page or object in the text, which may follow one another."""
    try:
        at = _past_blanks(text, 0)
        while at < len(text):
            if text[at] == "[":
                at = yield from _listed(text, at)
            else:
                value, at = _DECODER.raw_decode(text, at)
                page = _page(value)
                yield from (value,) if page is None else page
            at = _past_blanks(text, at)
    except (ValueError, RecursionError) as error:
        place = f"line {error.lineno:,}" if isinstance(error, json.JSONDecodeError) else "an unknown place"
        raise DataError(
            f"{name} is not valid JSON.",
            f"It can be read up to {place}.",
            "Export it again: it may have been cut off. JSON lines have one object per line.",
        ) from None


def _listed(text: str, at: int) -> Generator[object, None, int]:
    """The elements of the list that begins there, one by one; returns where it ends."""
    at = _past_blanks(text, at + 1)
    if text.startswith("]", at):
        return at + 1
    while True:
        value, at = _DECODER.raw_decode(text, at)
        yield _node(value)
        at = _past_blanks(text, at)
        if text.startswith("]", at):
            return at + 1
        if not text.startswith(",", at):
            raise json.JSONDecodeError("no comma", text, at)
        at = _past_blanks(text, at + 1)


def _past_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANKS:
        at += 1
    return at


def _page(value: object) -> Sequence[object] | None:
    """The records of a page; None where the value is none."""
    if not isinstance(value, dict) or not value or _OF_RECORDS & {str(key).lower() for key in value}:
        return None
    lists = [one for one in value.values() if isinstance(one, list) and all(isinstance(each, dict) for each in one)]
    if isinstance(value.get("data"), list):
        lists = [value["data"]]
    if len(lists) == 1:
        return [_node(one) for one in lists[0]]
    inner = value.get("data") or (next(iter(value.values())) if len(value) == 1 else None)
    return None if lists else _page(inner)


def _node(value: object) -> object:
    """What an edge of GraphQL leads to."""
    if isinstance(value, dict) and "node" in value and value.keys() <= _AROUND_NODES:
        return value["node"]
    return value
