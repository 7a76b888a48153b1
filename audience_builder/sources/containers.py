"""What a file really is, by its first bytes, and the parts inside gzip and zip files."""

import gzip
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

from audience_builder.errors import ConfigError, DataError
from audience_builder.sources.decoding import OpenBytes

__all__ = ["Kind", "Part", "damage_named", "parts"]


class Kind(Enum):
    """What the bytes of a part are."""

    TEXT = "text"
    JSON = "JSON"
    WORKBOOK = "a workbook"
    PARQUET = "Parquet"
    GZIP = "gzip"
    ZIP = "zip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One table-holding file, or one inside another.

    Args:
        name: File name, then ``!member``.
        path: The file on disk.
        kind: What its bytes are.
        open_bytes: Opens it anew.
        note: What a user has to be told, empty if nothing.
    """

    name: str
    path: Path
    kind: Kind
    open_bytes: OpenBytes
    note: str = ""


_SIGNATURES: Final = (
    (b"PK\x03\x04", Kind.ZIP),
    (b"PK\x05\x06", Kind.ZIP),
    (b"\x1f\x8b", Kind.GZIP),
    (b"PAR1", Kind.PARQUET),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind.WORKBOOK),
)
_SQLITE: Final = "an SQLite database"
_NO_TABLES: Final = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"SQLite format 3\0", _SQLITE),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
)
_PAGE_STARTS: Final = (b"<!doctype html", b"<html", b"<table", b"<?xml")
_JSON_SUFFIXES: Final = frozenset({".jsonl", ".ndjson", ".json"})
_BOOK_SUFFIXES: Final = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"})
_TABLE_SUFFIXES: Final = frozenset({".csv", ".tsv", ".tab", ".txt", ".parquet", *_JSON_SUFFIXES, *_BOOK_SUFFIXES})
_ENDINGS: Final = {Kind.ZIP: frozenset({".zip"}), Kind.GZIP: frozenset({".gz", ".gzip"})}
_JSON_START: Final = re.compile(rb'(?:\xef\xbb\xbf)?\s*(?:\[\s*)?\{\s*["}]')
"""How objects begin, and no header row does."""
_ENCRYPTED_FLAG: Final = 0x1
_HEAD_BYTES: Final = 512


def parts(path: Path) -> list[Part]:
    """The readable parts of a file: itself, or what is packed inside it.

    Raises:
        ConfigError: It is missing or may not be read.
        DataError: It is empty, damaged, encrypted or no table at all.
    """
    try:
        with path.open("rb") as stream:
            stream.read(1)
    except FileNotFoundError:
        raise ConfigError(f"There is no file {path.name}.", "", "Check the name and the folder.") from None
    except OSError as error:
        raise ConfigError(f"{path.name} cannot be read.", f"{error.strerror}.", "Check its permissions.") from None
    open_file: OpenBytes = lambda: path.open("rb")  # noqa: E731  mypy cannot type the partial
    outer = _part(path.name, path, path.name, open_file)
    if outer.kind is Kind.GZIP:
        return [_part(path.name, path, path.stem, partial(_open_gzip, path))]
    if outer.kind is Kind.ZIP:
        return _members(outer)
    return [outer]


def _part(name: str, path: Path, own_name: str, open_bytes: OpenBytes) -> Part:
    """Tell what a part is; its name decides only between kinds of text, where it has an ending."""
    suffix = PurePosixPath(own_name).suffix.lower()
    with damage_named(name), open_bytes() as stream:
        head = stream.read(_HEAD_BYTES)
    if not head:
        raise DataError(f"{name} is empty.", "It has no bytes.", "Export it again.")
    if what := _no_table(head):
        way = "Give it as sqlite:///PATH with a --query." if what == _SQLITE else "Export the data as CSV or XLSX."
        raise DataError(f"{name} is no table.", f"It is {what}.", way)
    kind = next((kind for signature, kind in _SIGNATURES if head.startswith(signature)), None)
    if kind is Kind.ZIP and _is_workbook(name, open_bytes):
        kind = Kind.WORKBOOK
    if kind in _ENDINGS and suffix and suffix not in _ENDINGS[kind]:
        ending = min(_ENDINGS[kind])
        raise DataError(f"{name} is not what its name says.", f"It is a {kind.value} archive.", f"Name it {ending}.")
    note = ""
    if kind is Kind.WORKBOOK and suffix and suffix not in _BOOK_SUFFIXES:
        note = "Its name says otherwise, but it is a workbook and was read as one."
    if kind is None and suffix in _BOOK_SUFFIXES:
        note = "Its name says workbook, but it is plain text and was read as that."
    if kind is None:
        is_json = suffix in _JSON_SUFFIXES or (suffix not in _TABLE_SUFFIXES and _JSON_START.match(head))
        kind = Kind.JSON if is_json else Kind.TEXT
    return Part(name=name, path=path, kind=kind, open_bytes=open_bytes, note=note)


def _no_table(head: bytes) -> str:
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith(_PAGE_STARTS):
        return "a web page or XML"
    if head[257:262] == b"ustar":
        return "a tar archive"
    return next((what for signature, what in _NO_TABLES if head.startswith(signature)), "")


def _is_workbook(name: str, open_bytes: OpenBytes) -> bool:
    with damage_named(name), open_bytes() as stream, zipfile.ZipFile(stream) as archive:
        names = set(archive.namelist())
        if {"xl/workbook.xml", "xl/workbook.bin"} & names:
            return True
        return "mimetype" in names and b"opendocument.spreadsheet" in archive.read("mimetype")


def _members(outer: Part) -> list[Part]:
    with damage_named(outer.name), zipfile.ZipFile(outer.path) as archive:
        members = [one for one in archive.infolist() if one.file_size and _is_table(one.filename)]
    if not members:
        raise DataError(
            f"{outer.name} holds no table.",
            "None of its files is a CSV, workbook, Parquet or JSON.",
            "Export again.",
        )
    if any(one.flag_bits & _ENCRYPTED_FLAG for one in members):
        raise DataError(
            f"{outer.name} is encrypted.", "It asks for a password.", "Unpack it and give the files inside."
        )
    found = []
    for member in sorted(one.filename for one in members):
        name = f"{outer.name}!{member}"
        found.append(_part(name, outer.path, member, partial(_open_member, outer, member)))
    return found


def _is_table(filename: str) -> bool:
    member = PurePosixPath(filename)
    hidden = member.name.startswith(".") or "__MACOSX" in member.parts
    return not hidden and member.suffix.lower() in _TABLE_SUFFIXES


def _open_gzip(path: Path) -> BinaryIO:
    return gzip.open(path)  # type: ignore[return-value]  # a GzipFile reads like any binary file


def _open_member(outer: Part, member: str) -> BinaryIO:
    with zipfile.ZipFile(outer.path) as archive:
        return archive.open(member)  # type: ignore[return-value]  # the member outlives the archive object


@contextmanager
def damage_named(name: str) -> Iterator[None]:
    """Turn what the unpackers raise on damaged files into a plain error.

    Args:
        name: What messages call the file.
    """
    try:
        yield
    except (EOFError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile, NotImplementedError):
        raise DataError(
            f"{name} is damaged.", "It cannot be unpacked to its end.", "Download or export it again."
        ) from None
