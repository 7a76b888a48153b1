"""Order exports to orders: in groups of rows that bear on each other, one group where there are few."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import polars as pl

from audience_builder.errors import ConfigError
from audience_builder.links import Group, Piece, gathered
from audience_builder.sources.consent import refuse_unknown_consent
from audience_builder.sources.dating import orders_settled
from audience_builder.sources.facts import Account, FileFacts, LeftOut
from audience_builder.sources.intake import bound_tables, refuse_mostly_rejected, refuse_nothing
from audience_builder.sources.mixing import Mixture
from audience_builder.sources.options import SourceOptions
from audience_builder.sources.orderkeys import order_keys
from audience_builder.sources.orders import OneFile, canonical_rows, remarks
from audience_builder.sources.pricing import marks_settled
from audience_builder.sources.raw import RawTable
from audience_builder.sources.sieve import Sieve
from audience_builder.sources.status import refuse_unknown_statuses
from audience_builder.sources.told import Told
from audience_builder.sources.union import finished, fold_refunds, refuse_repeats, settle

__all__ = ["OrderFiles", "Orders", "OrdersAccount", "pieces_of", "read_orders", "refuse_same_names"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersAccount:
    """What came of the rows of all files.

    Args:
        rows: Rows of the orders table.
        rejects: ``schemas.REJECTS``, one row per refused row.
        files: One account per table read.
        left_out: Orders in the table that count in no sum.
    """

    rows: int
    rejects: pl.DataFrame
    files: tuple[FileFacts, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders(OrdersAccount):
    """Orders of all files.

    Args:
        table: ``schemas.ORDERS``, every status kept.
    """

    table: pl.DataFrame


def read_orders(paths: Sequence[Path], options: SourceOptions | None = None) -> Orders:
    """Read order exports, or exports that hold one total per customer.

    Args:
        paths: Files; formats may differ.
        options: What the user says about them.

    Returns:
        One row per order, refunds folded in, in one currency; or per customer with its number of orders.

    Raises:
        ConfigError: An option is wrong.
        DataError: A file is no known format, or holds something only the user can decide.
    """
    files = OrderFiles(paths, options or SourceOptions())
    (table,) = next(files.readings())
    account = files.account()
    return Orders(
        table=table, rows=account.rows, rejects=account.rejects, files=account.files, left_out=account.left_out
    )


class OrderFiles:
    """Order exports, their text read and laid aside, to be read as orders group by group.

    Args:
        paths: Files; formats may differ.
        options: What the user says about them.
        block_rows: Rows worked on at a time; None for all at once.

    Raises:
        ConfigError: An option is wrong.
        DataError: A file is no known format.
    """

    def __init__(self, paths: Sequence[Path], options: SourceOptions, block_rows: int | None = None) -> None:
        refuse_nothing(paths)
        self._options = options
        self._block_rows = block_rows
        self._files = [
            OneFile(raw=raw, binding=binding, told=Told())
            for path in paths
            for raw, binding in bound_tables(path, options, block_rows)
        ]
        refuse_same_names(self._files)
        self._whole = block_rows is None or sum(file.raw.blocks.rows() for file in self._files) <= block_rows
        self._account = Account()
        self._mixture = Mixture(options=options)

    def readings(self) -> Iterator[Iterator[pl.DataFrame]]:
        """Yield tables of orders, each reading to be iterated to its end before the next is asked for.

        The last one holds. There is a second one only where a later group of rows settled what an
        earlier one had left open, such as which of two marks is the decimal one.

        Raises:
            DataError: The files hold something only the user can decide.
        """
        told = [Told(whole=self._whole) for _ in self._files]
        while told:
            self._files = [replace(file, told=new) for file, new in zip(self._files, told, strict=True)]
            self._account, self._mixture = Account(), Mixture(options=self._options)
            yield self._tables()
            settled = [_settled(file, self._options) for file in self._files]
            told = [new for new, _ in settled] if any(otherwise for _, otherwise in settled) else []

    def account(self) -> OrdersAccount:
        """What came of all rows, after the last reading.

        Raises:
            DataError: Most rows of a file cannot be used, or there are several currencies.
        """
        self._mixture.refuse()
        self._account.rejects += [file.raw.rejects for file in self._files]
        notes = self._mixture.notes()
        files, rejects = self._account.of_files(
            [(file, (*remarks(file, self._options), *notes)) for file in self._files]
        )
        for fact in files:
            refuse_mostly_rejected(fact.name, fact.rows_read, rejects)
        return OrdersAccount(
            rows=self._account.kept.total(), rejects=rejects, files=files, left_out=self._account.left_out()
        )

    def close(self) -> None:
        """Let go of the files' text."""
        for file in self._files:
            file.raw.blocks.clear()

    def _tables(self) -> Iterator[pl.DataFrame]:
        pieces = [piece for number, file in enumerate(self._files) for piece in pieces_of(number, file.raw)]
        for group in gathered(pieces, self._keys, self._block_rows):
            table = self._table(group)
            if self._whole:
                self._mixture.refuse()
            yield table

    def _keys(self, piece: Piece) -> pl.DataFrame:
        file = self._files[piece.tag]
        return order_keys(piece, file.binding, file.raw.name)

    def _table(self, group: Group) -> pl.DataFrame:
        """Orders of a group of rows: each file's own, then all of them together."""
        sieves = [canonical_rows(self._files[number], rows, self._options) for number, rows in group.items()]
        everything = Sieve(frame=pl.concat([sieve.frame for sieve in sieves]))
        for sieve in sieves:
            everything.absorb(sieve)
        refuse_repeats(everything)
        fold_refunds(everything)
        settle(everything)
        self._mixture.bring_into_one(everything)
        self._account.take(everything)
        return finished(everything.frame)


def pieces_of(number: int, raw: RawTable) -> list[Piece]:
    """The blocks of one table, tagged with its number."""
    return [
        Piece(tag=number, rows=raw.blocks.rows_of(block), load=partial(_loaded, raw, block))
        for block in range(raw.blocks.count())
    ]


def _loaded(raw: RawTable, block: int, wanted: Sequence[str] | None) -> pl.DataFrame:
    return raw.blocks.frame(0, block, wanted)


def _settled(file: OneFile, options: SourceOptions) -> tuple[Told, bool]:
    """What is settled now that all rows have told, and whether some were read otherwise."""
    told, binding, name = file.told, file.binding, file.raw.name
    marks = {} if options.decimal is not None else marks_settled(told, binding, options, name)
    if any(told.read_as[header] - {mark} for header, mark in marks.items()):
        return told.again(marks, {}), True
    orders = orders_settled(told, binding, options, name)
    if any(told.read_as[canonical] - {order} for canonical, order in orders.items()):
        return told.again(marks, orders), True
    refuse_unknown_statuses(told, binding, name)
    refuse_unknown_consent(told, binding, name)
    return told.again(marks, orders), False


def refuse_same_names(files: Sequence[OneFile]) -> None:
    """Files of one name in two folders keep their own accounts.

    Raises:
        ConfigError: There are such files.
    """
    names = [file.raw.name for file in files]
    if len(set(names)) == len(names):
        return
    again = sorted({name for name in names if names.count(name) > 1})
    raise ConfigError(
        "Two files have the same name.",
        f"Given more than once: {', '.join(again)}.",
        "Rename one, or leave one out.",
    )
