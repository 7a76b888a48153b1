"""Files of contacts to the customers table."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from audience_builder import columns, schemas
from audience_builder.sources.consent import consented
from audience_builder.sources.detect import Binding
from audience_builder.sources.facts import FileFacts, file_facts
from audience_builder.sources.fields import contacts
from audience_builder.sources.intake import bound_tables, refuse_mostly_rejected, refuse_nothing
from audience_builder.sources.options import SourceOptions
from audience_builder.sources.orders import OneFile
from audience_builder.sources.raw import RawTable
from audience_builder.sources.sieve import Sieve

__all__ = ["Customers", "read_customers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Customers:
    """Contact records of all files.

    Args:
        table: ``schemas.CUSTOMERS``, one row per record.
        rejects: ``schemas.REJECTS``.
        files: One account per table read; their ``orders`` are records here.
    """

    table: pl.DataFrame
    rejects: pl.DataFrame
    files: tuple[FileFacts, ...]


def read_customers(paths: Sequence[Path], options: SourceOptions | None = None) -> Customers:
    """Read contact exports; any order export is one too.

    Args:
        paths: Files; formats may differ.
        options: What the user says about them.

    Raises:
        ConfigError: An option is wrong.
        DataError: A file is no known format, or holds consent in unknown words.
    """
    options = options or SourceOptions()
    refuse_nothing(paths)
    files = [_records(raw, binding) for path in paths for raw, binding in bound_tables(path, options)]
    everything = Sieve(frame=pl.concat([file.sieve.frame for file in files]))
    for file in files:
        everything.absorb(file.sieve)
    digests: dict[Path, str] = {}
    facts = tuple(file_facts(file, everything, digests) for file in files)
    rejects = everything.rejected()
    for fact in facts:
        refuse_mostly_rejected(fact.name, fact.rows_read, rejects)
    return Customers(table=everything.frame, rejects=rejects, files=facts)


def _records(raw: RawTable, binding: Binding) -> OneFile:
    sieve = Sieve(frame=raw.table.with_columns(pl.lit(raw.name).alias(columns.SOURCE)))
    if not raw.rejects.is_empty():
        sieve.rejects.append(raw.rejects)
    found = sieve.frame.select(columns.SOURCE, columns.SOURCE_ROW, *contacts(binding))
    sieve.frame = found.with_columns(consented(found, binding, raw.name)).drop(columns.DO_NOT_SELL)
    sieve.drop(pl.all_horizontal([pl.col(name).is_null() for name in schemas.CONTACTS]), "record without any contact")
    return OneFile(raw=raw, binding=binding, sieve=sieve, notes=raw.notes)
