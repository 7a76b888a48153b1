"""Bytes to text: settled by BOM, strict UTF-8, else Windows-1252 with a note; nothing is guessed.

Encoding guessers take Western Windows-1252 files for its Central European cousin and so corrupt
names without a word; a corrupted name is hashed like any other.
"""

import codecs
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from audience_builder.errors import ConfigError, DataError

__all__ = ["BLOCK_BYTES", "DecodedText", "Encoding", "OpenBytes", "settled_encoding"]

OpenBytes = Callable[[], BinaryIO]
"""Opens the same bytes anew each time it is called."""

BLOCK_BYTES: Final = 4 * 1024 * 1024

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LONGEST_BOM: Final = 4
_MOST_NULS: Final = 0.2
"""UTF-16 without a BOM is every second byte NUL where the text is Western."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """How bytes become text.

    Args:
        name: A codec Python knows.
        bom_bytes: Bytes to skip at the beginning.
        note: What a user has to be told, empty if nothing.
    """

    name: str
    bom_bytes: int = 0
    note: str = ""


def settled_encoding(open_bytes: OpenBytes, name: str, wanted: str | None) -> Encoding:
    """Settle a file's encoding by reading all of it once.

    Args:
        open_bytes: Opens the file.
        name: What messages call the file.
        wanted: The user's ``--encoding``.

    Raises:
        ConfigError: Nobody knows the wanted encoding.
        DataError: The bytes look like UTF-16 without a BOM.
    """
    with open_bytes() as stream:
        head = stream.read(BLOCK_BYTES)
        bom, by_bom = next(((bom, codec) for bom, codec in _BOMS if head.startswith(bom)), (b"", None))
        if wanted is not None:
            codec = _known_codec(wanted)
            return Encoding(name=codec, bom_bytes=len(bom) if by_bom == codec else 0)
        if by_bom is not None:
            return Encoding(name=by_bom, bom_bytes=len(bom))
        if head and head.count(0) > _MOST_NULS * len(head):
            raise DataError(
                f"{name} is no plain text.",
                f"{head.count(0):,} of its first {len(head):,} bytes are NUL.",
                "If it is UTF-16, say so with --encoding utf-16-le; else save it as CSV (UTF-8).",
            )
        if _is_utf8(head, stream):
            return Encoding(name="utf-8")
    return Encoding(
        name="cp1252",
        note="The text is not UTF-8 and was read as Windows-1252; look at the accents, or give --encoding.",
    )


def _known_codec(wanted: str) -> str:
    try:
        info = codecs.lookup(wanted)
        "".encode(info.name)
    except (LookupError, UnicodeError):
        raise ConfigError(
            "The encoding is unknown.", f"--encoding says {wanted!r}.", "Use utf-8, cp1252, utf-16 or iso-8859-1."
        ) from None
    return {"utf-8-sig": "utf-8"}.get(info.name, info.name)


def _is_utf8(head: bytes, rest: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    block = head
    try:
        while block:
            if not block.isascii() or decoder.getstate()[0]:
                decoder.decode(block)
            block = rest.read(BLOCK_BYTES)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


class DecodedText:
    """A file's text as UTF-8 blocks with LF line ends and no NUL; iterate it once.

    Args:
        open_bytes: Opens the file.
        encoding: As settled.
        name: What messages call the file.

    Attributes:
        nul_bytes: NUL characters removed so far.
    """

    def __init__(self, open_bytes: OpenBytes, encoding: Encoding, name: str) -> None:
        self._open_bytes = open_bytes
        self._encoding = encoding
        self._name = name
        self.nul_bytes = 0

    def __iter__(self) -> Iterator[bytes]:
        """Yield blocks of any size.

        Raises:
            DataError: Bytes that the encoding does not have.
        """
        held = b""
        for decoded in self._decoded():
            block = held + decoded
            held = b""
            if nuls := block.count(0):
                self.nul_bytes += nuls
                block = block.replace(b"\0", b"")
            if block.endswith(b"\r"):
                block, held = block[:-1], b"\r"
            if b"\r" in block:
                block = block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            yield block
        if held:
            yield b"\n"

    def _decoded(self) -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder(self._encoding.name)("strict")
        lines = 0
        with self._open_bytes() as stream:
            stream.read(self._encoding.bom_bytes)
            more = True
            while more:
                block = stream.read(BLOCK_BYTES)
                more = bool(block)
                if self._encoding.name == "utf-8" and block.isascii() and not decoder.getstate()[0]:
                    text = block
                else:
                    text = self._strictly_decoded(decoder, block, lines, final=not more)
                lines += _line_ends(text)
                yield text

    def _strictly_decoded(self, decoder: codecs.IncrementalDecoder, block: bytes, lines: int, *, final: bool) -> bytes:
        try:
            return decoder.decode(block, final).encode("utf-8", "surrogatepass")
        except UnicodeDecodeError as error:
            before = bytes(error.object[: error.start]).decode(self._encoding.name, "ignore").encode()
            line = lines + _line_ends(before) + 1
            raise DataError(
                f"{self._name} cannot be read as {self._encoding.name} text.",
                f"Line {line:,} holds a byte that {self._encoding.name} does not have.",
                "Name the encoding of the file with --encoding, or save it as CSV (UTF-8).",
            ) from None


def _line_ends(text: bytes) -> int:
    returns = text.count(b"\r")
    return text.count(b"\n") + (returns - text.count(b"\r\n") if returns else 0)
