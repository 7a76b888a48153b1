"""Delimited text files: decode, find the header, cut the records, say what was left out."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from audience_builder.errors import ConfigError, DataError
from audience_builder.sources.containers import Part
from audience_builder.sources.decoding import DecodedText, settled_encoding
from audience_builder.sources.delimited import CutRecords, Layout, cut_records
from audience_builder.sources.dialect import Header, first_rows, found_header
from audience_builder.sources.raw import Chooser, ReadingOptions
from audience_builder.sources.records import after_line, record_blocks

__all__ = ["TextFile"]

_HEAD_BYTES: Final = 256 * 1024
_LAST_ASCII: Final = "\x7f"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFile:
    """A text file whose encoding is settled.

    Args:
        name: What messages call the file.
        head: The beginning of its text, LF line ends.
        whole: Whether ``head`` is all of it.
        delimiter: The user's ``--delimiter``.
        notes: What the user has to be told about the encoding.
    """

    name: str
    head: str
    whole: bool
    delimiter: str | None
    notes: tuple[str, ...]
    _text: DecodedText

    @classmethod
    def opened(cls, part: Part, options: ReadingOptions) -> "TextFile":
        """Settle the encoding and read the beginning.

        Raises:
            ConfigError: The delimiter is not one ASCII character.
            DataError: The bytes cannot be decoded, or there is no text.
        """
        _check_delimiter(options.delimiter)
        encoding = settled_encoding(part.open_bytes, part.name, options.encoding)
        head, whole = _head(DecodedText(part.open_bytes, encoding, part.name))
        if not head.strip("\ufeff \t\r\n"):
            raise DataError(f"{part.name} is empty.", "It has no text.", "Export it again.")
        return cls(
            name=part.name,
            head=head,
            whole=whole,
            delimiter=options.delimiter,
            notes=(encoding.note,) if encoding.note else (),
            _text=DecodedText(part.open_bytes, encoding, part.name),
        )

    @property
    def nul_bytes(self) -> int:
        """NUL characters removed while the records were cut."""
        return self._text.nul_bytes

    def found_header(self, choose: Chooser) -> Header | None:
        """The row near the top that ``choose`` accepts."""
        return found_header(self.head, choose, self.delimiter, whole=self.whole)

    def tried(self) -> list[tuple[str, list[tuple[str, ...]]]]:
        """Each delimiter tried, with the first rows cut at it."""
        cuts = first_rows(self.head, self.delimiter, whole=self.whole)
        return [(delimiter, [row.cells for row in rows]) for delimiter, _, rows in cuts]

    def cut(self, header: Header, block_rows: int | None = None) -> CutRecords:
        """All records below the header, laid aside in blocks of so many rows."""
        layout = Layout(
            delimiter=header.delimiter,
            width=header.width,
            kept=tuple((at, header.names[at]) for at in header.kept),
            has_blank_tail=header.has_blank_tail,
        )
        blocks = record_blocks(
            after_line(self._text, header.last_line),
            delimiter=header.delimiter,
            first_line=header.last_line + 1,
            name=self.name,
        )
        return cut_records(blocks, layout, self.name, block_rows)


def _check_delimiter(delimiter: str | None) -> None:
    if delimiter is not None and (len(delimiter) != 1 or delimiter > _LAST_ASCII or delimiter in '"\r\n'):
        raise ConfigError(
            "The delimiter cannot be used.",
            f"--delimiter has {len(delimiter)} character(s).",
            "Give one character of ASCII that is no quote and no line end.",
        )


def _head(blocks: Iterable[bytes]) -> tuple[str, bool]:
    text = b""
    for block in blocks:
        text += block
        if len(text) > _HEAD_BYTES:
            return text[: text.rfind(b"\n", 0, _HEAD_BYTES) + 1].decode("utf-8", "ignore"), False
    return text.decode(), True
