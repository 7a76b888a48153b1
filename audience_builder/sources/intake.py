"""Files to tables of text: which preset each is."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from audience_builder import columns
from audience_builder.errors import ConfigError, DataError
from audience_builder.sources.detect import Binding, best_binding, bind, check_mapping, mapped, missing
from audience_builder.sources.options import SourceOptions
from audience_builder.sources.preset import MAPPABLE, Preset, preset_named
from audience_builder.sources.raw import RawTable
from audience_builder.sources.reading import header_rows, read_tables

__all__ = [
    "binding_for",
    "bound_tables",
    "chosen_preset",
    "likely_header",
    "refuse_mostly_rejected",
    "refuse_nothing",
]


def refuse_nothing(paths: Sequence[Path]) -> None:
    """Stop where there is no file to read.

    Raises:
        ConfigError: No path was given.
    """
    if not paths:
        raise ConfigError("No file was given.", "", "Name at least one export.")


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


def bound_tables(path: Path, options: SourceOptions, block_rows: int | None = None) -> list[tuple[RawTable, Binding]]:
    """Read a file by the preset it fits.

    Args:
        path: The file.
        options: What the user says about it.
        block_rows: Rows of a table laid aside at a time; None for all of them as one block.

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
        tables = read_tables(path, choose, options.reading, block_rows)
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
