"""Where records begin and end, and on which physical line: quoted line ends do not end a record.

The rules of quoting are RFC 4180's as the csv module reads them: a quote opens a quoted text only at
the beginning of a field, is doubled inside it, and is an ordinary character anywhere else.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audience_builder.errors import DataError

__all__ = ["LONGEST_RECORD_BYTES", "RecordBlock", "after_line", "record_blocks"]

LONGEST_RECORD_BYTES: Final = 16 * 1024 * 1024

_LF: Final = 10
_QUOTE: Final = 34


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordBlock:
    """Whole records.

    Args:
        text: UTF-8, each record ended by LF; lines without a character are no records.
        starts: Offset of each record in ``text``.
        lengths: Bytes of each record without its line end, at least 1.
        lines: Physical line each record begins on, 1-based.
        blank_lines: Physical lines without a character.
    """

    text: bytes
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]
    lines: NDArray[np.int64]
    blank_lines: NDArray[np.int64]


def after_line(blocks: Iterable[bytes], skipped_lines: int) -> Iterator[bytes]:
    r"""The blocks without their first physical lines.

    >>> list(after_line([b"title", b" x\nhead\nro", b"w\n"], 2))
    [b'ro', b'w\n']
    """
    left = skipped_lines
    for block in blocks:
        offset = 0
        while left and (end := block.find(b"\n", offset)) >= 0:
            offset = end + 1
            left -= 1
        if not left and offset < len(block):
            yield block[offset:]


def record_blocks(blocks: Iterable[bytes], *, delimiter: str, first_line: int, name: str) -> Iterator[RecordBlock]:
    """Regroup blocks of text so that each holds whole records.

    Args:
        blocks: UTF-8 text with LF line ends; the first begins with a record.
        delimiter: One ASCII character.
        first_line: Physical line of the first record.
        name: What messages call the file.

    Raises:
        DataError: A quoted text that does not end, or is longer than 16 MiB.
    """
    scan = _Scanner(delimiter)
    line = first_line
    pending: list[bytes] = []
    for block in blocks:
        pending.append(block)
        text = b"".join(pending)
        ends, at_lines = scan.record_ends(text)
        if len(ends):
            used = int(ends[-1]) + 1
            yield _block(text[:used], ends, at_lines + line)
            line += int(at_lines[-1]) + 1
            text = text[used:]
        if len(text) > LONGEST_RECORD_BYTES:
            raise _unended(name, line, f"no end within {LONGEST_RECORD_BYTES // 1024**2} MiB")
        pending = [text]
    rest = b"".join(pending)
    if rest:
        text = rest + b"\n"
        ends, at_lines = scan.record_ends(text)
        if not len(ends):
            raise _unended(name, line, "no end before the end of the file")
        yield _block(text, ends, at_lines + line)


def _unended(name: str, line: int, found: str) -> DataError:
    return DataError(
        f"{name} has a quoted text that is not closed.",
        f"The record on line {line:,} opens a quote that has {found}.",
        'Look for a single " on that line, or export the file again: it may have been cut off.',
    )


def _block(text: bytes, ends: NDArray[np.int64], end_lines: NDArray[np.int64]) -> RecordBlock:
    starts = np.concatenate(([0], ends[:-1] + 1))
    first = end_lines[0] - text.count(b"\n", 0, int(ends[0]))
    lines = np.concatenate(([first], end_lines[:-1] + 1))
    lengths = ends - starts
    filled = lengths > 0
    return RecordBlock(
        text=text,
        starts=starts[filled],
        lengths=lengths[filled],
        lines=lines[filled],
        blank_lines=lines[~filled],
    )


class _Scanner:
    """Finds record ends for one delimiter."""

    def __init__(self, delimiter: str) -> None:
        self._delimiter = ord(delimiter)
        mark = re.escape(delimiter.encode())
        quoted = rb'"[^"]*+(?:""[^"]*+)*+"[^%b\n]*+' % mark
        plain = rb'(?!")[^%b\n]*+' % mark
        field = rb"(?:%b|%b)" % (quoted, plain)
        self._record = re.compile(rb"%b(?:%b%b)*+\n" % (field, mark, field))

    def record_ends(self, text: bytes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Offsets of the line ends that end a record, and how many line ends come before each."""
        octets = np.frombuffer(text, np.uint8)
        line_ends = np.flatnonzero(octets == _LF)
        quotes = np.flatnonzero(octets == _QUOTE)
        if not len(quotes):
            return line_ends, np.arange(len(line_ends))
        if self._pairs_up(octets, quotes):
            ends_record = np.searchsorted(quotes, line_ends) % 2 == 0
            return line_ends[ends_record], np.flatnonzero(ends_record)
        ends = np.fromiter(self._walked_ends(text), np.int64)
        return ends, np.searchsorted(line_ends, ends)

    def _pairs_up(self, octets: NDArray[np.uint8], quotes: NDArray[np.int64]) -> bool:
        """Whether every odd quote opens and every even one closes, doubled quotes doing both."""
        opening, closing = quotes[0::2], quotes[1::2]
        before = octets[opening - 1]
        opens = (before == self._delimiter) | (before == _LF) | (opening == 0)
        opens[1:] |= opening[1:] == closing[: len(opening) - 1] + 1
        after = octets[np.minimum(closing + 1, len(octets) - 1)]
        closes = (after == self._delimiter) | (after == _LF) | (after == _QUOTE) | (closing == len(octets) - 1)
        return bool(opens.all() and closes.all())

    def _walked_ends(self, text: bytes) -> Iterator[int]:
        """Record by record, for text with quotes in odd places."""
        start = 0
        quote = text.find(b'"')
        while (end := text.find(b"\n", start)) >= 0:
            if 0 <= quote < end:
                record = self._record.match(text, start)
                if record is None:
                    return
                end = record.end() - 1
                quote = text.find(b'"', end)
            yield end
            start = end + 1
