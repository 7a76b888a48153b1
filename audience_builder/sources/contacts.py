"""Files of contacts to the customers table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from audience_builder import columns, schemas
from audience_builder.sources.consent import consented, refuse_unknown_consent
from audience_builder.sources.facts import Account, FileFacts
from audience_builder.sources.fields import contacts
from audience_builder.sources.intake import bound_tables, refuse_mostly_rejected, refuse_nothing
from audience_builder.sources.options import SourceOptions
from audience_builder.sources.orders import OneFile
from audience_builder.sources.sieve import Sieve
from audience_builder.sources.told import Told

__all__ = ["ContactFiles", "Customers", "CustomersAccount", "read_customers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomersAccount:
    """What came of the rows of all files.

    Args:
        rejects: ``schemas.REJECTS``.
        files: One account per table read; their ``orders`` are records here.
    """

    rejects: pl.DataFrame
    files: tuple[FileFacts, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Customers(CustomersAccount):
    """Contact records of all files.

    Args:
        table: ``schemas.CUSTOMERS``, one row per record.
    """

    table: pl.DataFrame


def read_customers(paths: Sequence[Path], options: SourceOptions | None = None) -> Customers:
    """Read contact exports; any order export is one too.

    Args:
        paths: Files; formats may differ.
        options: What the user says about them.

    Raises:
        ConfigError: An option is wrong.
        DataError: A file is no known format, or holds consent in unknown words.
    """
    files = ContactFiles(paths, options or SourceOptions())
    table = pl.concat(list(files.tables()))
    account = files.account()
    return Customers(table=table, rejects=account.rejects, files=account.files)


class ContactFiles:
    """Contact exports, their text read and laid aside, to be read as records block by block.

    Args:
        paths: Files; formats may differ.
        options: What the user says about them.
        block_rows: Rows worked on at a time; None for a file at once.

    Raises:
        ConfigError: An option is wrong.
        DataError: A file is no known format.
    """

    def __init__(self, paths: Sequence[Path], options: SourceOptions, block_rows: int | None = None) -> None:
        refuse_nothing(paths)
        self._files = [
            OneFile(raw=raw, binding=binding, told=Told(whole=raw.blocks.count() == 1))
            for path in paths
            for raw, binding in bound_tables(path, options, block_rows)
        ]
        self._account = Account()

    def tables(self) -> Iterator[pl.DataFrame]:
        """Yield records, block by block.

        Raises:
            DataError: A file holds consent in unknown words.
        """
        for file in self._files:
            for block in file.raw.blocks.frames():
                sieve = _records(file, block)
                self._account.take(sieve)
                yield sieve.frame
            refuse_unknown_consent(file.told, file.binding, file.raw.name)

    def account(self) -> CustomersAccount:
        """What came of all rows, after all tables.

        Raises:
            DataError: Most rows of a file cannot be used.
        """
        self._account.rejects += [file.raw.rejects for file in self._files]
        files, rejects = self._account.of_files([(file, file.raw.notes) for file in self._files])
        for fact in files:
            refuse_mostly_rejected(fact.name, fact.rows_read, rejects)
        return CustomersAccount(rejects=rejects, files=files)

    def close(self) -> None:
        """Let go of the files' text."""
        for file in self._files:
            file.raw.blocks.clear()


def _records(file: OneFile, rows: pl.DataFrame) -> Sieve:
    binding, name = file.binding, file.raw.name
    found = rows.select(pl.lit(name).alias(columns.SOURCE), columns.SOURCE_ROW, *contacts(binding))
    agreed = consented(found, binding, name, file.told)
    sieve = Sieve(frame=found.with_columns(agreed).drop(columns.DO_NOT_SELL))
    sieve.drop(pl.all_horizontal([pl.col(name).is_null() for name in schemas.CONTACTS]), "record without any contact")
    return sieve
