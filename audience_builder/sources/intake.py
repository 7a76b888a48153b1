"""Files to tables: which preset each is, its rows as orders, all of them together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from audience_builder import columns
from audience_builder.errors import ConfigError, DataError
from audience_builder.sources.detect import Binding, best_binding, bind, check_mapping, mapped, missing
from audience_builder.sources.facts import FileFacts, LeftOut, file_facts, left_out
from audience_builder.sources.mixing import one_currency
from audience_builder.sources.options import SourceOptions
from audience_builder.sources.orders import OneFile, canonical_rows
from audience_builder.sources.preset import MAPPABLE, Preset, preset_named
from audience_builder.sources.raw import RawTable
from audience_builder.sources.reading import header_rows, read_tables
from audience_builder.sources.sieve import Sieve
from audience_builder.sources.union import finished, fold_refunds, refuse_repeats, settle

__all__ = [
    "Orders",
    "binding_for",
    "bound_tables",
    "chosen_preset",
    "likely_header",
    "read_orders",
    "refuse_mostly_rejected",
    "refuse_nothing",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """Orders of all files.

    Args:
        table: ``schemas.ORDERS``, every status kept.
        rejects: ``schemas.REJECTS``, one row per refused row.
        files: One account per table read.
        left_out: Orders in the table that count in no sum.
    """

    table: pl.DataFrame
    rejects: pl.DataFrame
    files: tuple[FileFacts, ...]
    left_out: tuple[LeftOut, ...]


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
    options = options or SourceOptions()
    refuse_nothing(paths)
    files = [canonical_rows(raw, binding, options) for path in paths for raw, binding in bound_tables(path, options)]
    files = _named_apart(files)
    everything = Sieve(frame=pl.concat([file.sieve.frame for file in files]))
    for file in files:
        everything.absorb(file.sieve)
    refuse_repeats(everything)
    fold_refunds(everything)
    settle(everything)
    notes = one_currency(everything, options)
    digests: dict[Path, str] = {}
    facts = tuple(file_facts(replace(file, notes=(*file.notes, *notes)), everything, digests) for file in files)
    rejects = everything.rejected()
    for fact in facts:
        refuse_mostly_rejected(fact.name, fact.rows_read, rejects)
    return Orders(table=finished(everything.frame), rejects=rejects, files=facts, left_out=left_out(everything.frame))


def refuse_nothing(paths: Sequence[Path]) -> None:
    """Stop where there is no file to read.

    Raises:
        ConfigError: No path was given.
    """
    if not paths:
        raise ConfigError("No file was given.", "", "Name at least one export.")


def _named_apart(files: list[OneFile]) -> list[OneFile]:
    """Files of one name in two folders keep their own accounts."""
    names = [file.raw.name for file in files]
    if len(set(names)) == len(names):
        return files
    again = sorted({name for name in names if names.count(name) > 1})
    raise ConfigError(
        "Two files have the same name.",
        f"Given more than once: {', '.join(again)}.",
        "Rename one, or leave one out.",
    )


def chosen_preset(options: SourceOptions) -> Preset | None:
    """The preset the user named, with the user's mapping; None for auto."""
    if options.preset == "auto":
        return None
    return mapped(preset_named(options.preset), _mapping(options))


def _mapping(options: SourceOptions) -> dict[str, str]:
    choices = {columns.CONSENT: options.consent, columns.DO_NOT_SELL: options.do_not_sell}
    return {**options.mapping, **{field: header for field, header in choices.items() if header is not None}}


def binding_for(headers: Sequence[str], options: SourceOptions, preset: Preset | None) -> Binding | None:
    """What a header row is, None if it is no header row of the format."""
    mapping = _mapping(options)
    if preset is None:
        return best_binding(headers, mapping)
    binding = bind(preset, headers)
    wanted = [*preset.detect.columns, *mapping.values()]
    return None if missing(headers, wanted) or not binding.used() else binding


def bound_tables(path: Path, options: SourceOptions) -> list[tuple[RawTable, Binding]]:
    """Read a file by the preset it fits.

    Raises:
        DataError: It fits none; its header and the fields to map are listed.
    """
    preset = chosen_preset(options)
    check_mapping(_mapping(options))

    def choose(headers: tuple[str, ...]) -> Sequence[int] | None:
        binding = binding_for(headers, options, preset)
        if binding is None:
            return None
        used = set(binding.used())
        return [at for at, header in enumerate(headers) if header in used]

    try:
        tables = read_tables(path, choose, options.reading)
    except DataError as error:
        raise _explained(error, path, options, preset) from None
    bound = []
    for raw in tables:
        binding = binding_for(raw.headers, options, preset)
        if binding is not None:
            bound.append((raw, binding))
    return bound


def likely_header(path: Path, options: SourceOptions) -> tuple[str, ...]:
    """The column names of a file of any format; empty where nothing looks like column names."""
    try:
        return next(iter(header_rows(path, options.reading)), ())
    except DataError:
        return ()


def _explained(error: DataError, path: Path, options: SourceOptions, preset: Preset | None) -> DataError:
    """A file without a known header row: say what its header is and how to go on."""
    headers = likely_header(path, options)
    if not headers or binding_for(headers, options, preset) is not None:
        return error
    if preset is not None:
        lacking = missing(headers, [*preset.detect.columns, *_mapping(options).values()])
        return DataError(
            f"{path.name} is not in the format {preset.id} ({preset.title}).",
            f"It lacks {', '.join(lacking)}; it has: {', '.join(headers)}.",
            'Leave --preset on auto, or map the fields: --map email="HEADER".',
        )
    lacking = missing(headers, _mapping(options).values())
    if lacking:
        return DataError(
            f"{path.name} has no column {', '.join(lacking)}.",
            f"It has: {', '.join(headers)}.",
            "Write the header in --map as it is in the file.",
        )
    return DataError(
        f"{path.name} is in no format that is known.",
        f"Its columns are: {', '.join(headers)}.",
        f'Map them: --map email="HEADER" --map gross_amount="HEADER". Fields: {", ".join(MAPPABLE)}.',
    )


def refuse_mostly_rejected(name: str, rows_read: int, rejects: pl.DataFrame) -> None:
    """Stop where more than half of a file cannot be used: it is not what it was taken for.

    Raises:
        DataError: With the commonest reasons.
    """
    own = rejects.filter(pl.col(columns.FILE) == name)
    if own.height * 2 <= rows_read:
        return
    reasons = own.group_by(columns.COLUMN, columns.REASON).len().sort("len", columns.REASON, descending=[True, False])
    said = "; ".join(
        f"{reason}{f' (column {column})' if column else ''}: {count:,}"
        for column, reason, count in reasons.head(3).iter_rows()
    )
    raise DataError(
        f"Most rows of {name} cannot be used.",
        f"Of {rows_read:,} rows {own.height:,} were refused. {said}.",
        "Check the preset and the mapped columns with `audience-builder inspect`.",
    )
