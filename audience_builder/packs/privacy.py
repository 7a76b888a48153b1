"""The last look at a pack: whatever was written is read again, and one contact in it stops everything.

Two nets. Anything that looks like an e-mail address; and every e-mail, phone, device id and telling customer
id of the people in the lists. Ids and numbers that may as well be a count, an amount or a postal code (fewer
than ten digits, ids of digits alone) cannot be told from one; they are kept out where the files are made.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import polars as pl

from audience_builder import columns as c
from audience_builder.contacts import ContactRules, phone_country
from audience_builder.errors import DataError
from audience_builder.matchkeys import phone

__all__ = ["refuse_contacts"]

_ADDRESS: Final = re.compile(rb"[^\s@\"'<>,;:()\[\]]+@[^\s@\"'<>,;:()\[\]]+\.[A-Za-z]{2,}")
_NUMBER: Final = re.compile(r"(?<![0-9a-z.])\+?[0-9][0-9 ()/-]{8,}[0-9](?![0-9a-z])")
_WORD: Final = re.compile(r"[^\s\"'<>,;=()\[\]{}]+")
_DIGEST: Final = r"^(?:[0-9a-f]{32}|[0-9a-f]{64}|[A-Za-z0-9+/]{43}=)$"
_TELLING: Final = r"^(?:.*[a-z].*[0-9].*|.*[0-9].*[a-z].*)$"
_FEWEST_DIGITS: Final = 10
_FEWEST_LETTERS: Final = 8
_SLICE_ROWS: Final = 200_000
_BLOCK: Final = 1 << 22
"""Bytes of a list looked at in one go."""


def refuse_contacts(paths: Sequence[Path], customers: pl.DataFrame, contacts: ContactRules) -> None:
    """Refuse the pack if a file of it holds a contact.

    Args:
        paths: The files.
        customers: Tidied customers, all that may be in them.
        contacts: How contact text was read; columns hashed already are digests and no contacts.

    Raises:
        DataError: A file does. It names the file and the number of cells, never what is in them.
    """
    texts = {path: _texts(path) for path in paths}
    hits = _owned(pl.concat(list(texts.values())).unique(), customers, contacts)
    for path, written in texts.items():
        found = _addresses(path) or int(written.is_in(hits.implode()).sum())
        if found:
            raise DataError(
                "The pack would hold contact data, and was not written.",
                f"{path.name} has {found:,} texts that look like an e-mail or are one customer's own.",
                "Look for them in the names of files, headers and settings; if they are not there, "
                "report it as a defect.",
            )


def _owned(texts: pl.Series, customers: pl.DataFrame, contacts: ContactRules) -> pl.Series:
    """Those of the texts that are some customer's own; a slice of customers at a time."""
    found = [pl.Series("text", [], pl.String)]
    for some in customers.iter_slices(_SLICE_ROWS):
        own = identifiers(some, contacts)
        found.append(own.filter(own.is_in(texts.implode())))
    return pl.concat(found).unique()


def identifiers(customers: pl.DataFrame, contacts: ContactRules) -> pl.Series:
    """The customers' own texts, in lower case: each e-mail, phone and id that is like nothing else."""
    found: list[pl.Series] = []
    for column in c.EMAILS:
        text = customers[column].str.strip_chars().str.to_lowercase()
        found.append(text.filter(text.str.contains("@", literal=True)))
    if c.PHONE not in contacts.hashed:
        found += list(_phones(customers, contacts))
    for column in (c.CUSTOMER_ID, c.MOBILE_ID):
        text = customers[column].str.strip_chars().str.to_lowercase()
        found.append(text.filter(text.str.contains(_TELLING) & (text.str.len_chars() >= _FEWEST_LETTERS)))
    texts = pl.concat([one.alias("text") for one in found])
    return texts.drop_nulls().unique()


def _phones(customers: pl.DataFrame, contacts: ContactRules) -> Iterator[pl.Series]:
    """As they stand, their digits, and in international form; short ones are like other numbers."""
    for column in c.PHONES:
        raw = customers[column].str.strip_chars()
        forms = customers.select(
            raw=raw, digits=raw.str.replace_all(r"\D", ""), whole=phone.e164(pl.col(column), phone_country(contacts))
        )
        long = forms.filter(pl.col("digits").str.len_chars() >= _FEWEST_DIGITS)
        yield from (long["raw"], long["digits"], forms["whole"], forms["whole"].str.strip_prefix("+"))


def _addresses(path: Path) -> int:
    return sum(len(_ADDRESS.findall(block)) for block in _blocks(path) if b"@" in block)


def _texts(path: Path) -> pl.Series:
    """The file's distinct texts that are no digest, in lower case."""
    texts = _cells(path) if path.suffix == ".csv" else _words(path)
    return pl.concat(texts).str.to_lowercase().unique()


def _cells(path: Path) -> list[pl.Series]:
    """The distinct cells of a table that are neither blank nor a digest, block by block."""
    found = [pl.Series("text", [], pl.String)]
    for block in _blocks(path):
        lines = pl.Series("text", [block.decode()]).str.split("\n").explode()
        cells = lines.str.split(",").explode().unique().str.strip_chars("\"' \r\t")
        found.append(cells.filter(~cells.str.contains(_DIGEST)))
    return found


def _words(path: Path) -> list[pl.Series]:
    """Words of a text, and what is written like a phone number."""
    text = path.read_text("utf-8").casefold()
    numbers = (re.sub(r"\D", "", number) for number in _NUMBER.findall(text))
    words = (word.strip(".:!?") for word in _WORD.findall(text))
    return [pl.Series("text", [*words, *numbers], pl.String)]


def _blocks(path: Path) -> Iterable[bytes]:
    """Whole lines of a file, some megabytes at a time."""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block + file.readline()
