"""What stands in the columns a file is read from, with everybody made unrecognisable."""

import re
from dataclasses import dataclass
from pathlib import Path

from audience_builder.sources.describe import mapped_columns
from audience_builder.sources.intake import bound_tables
from audience_builder.sources.options import SourceOptions

__all__ = ["Example", "examples", "masked"]

_LONGEST = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A field, the columns it comes from, and the shape of a cell."""

    field: str
    columns: tuple[str, ...]
    cell: str


def examples(path: Path, options: SourceOptions | None = None) -> tuple[Example, ...]:
    """One masked cell for every field the file is read by.

    Args:
        path: One file; of an archive with several tables the first is shown.
        options: What the user says about it.

    Raises:
        ConfigError, DataError: It cannot be read.
    """
    raw, binding = bound_tables(path, options or SourceOptions())[0]
    found = []
    for field, columns in mapped_columns(binding).items():
        header = columns[0].split(" + ")[0]
        cells = raw.table[header].drop_nulls().head(1).to_list() if header in raw.table.columns else []
        found.append(Example(field=field, columns=columns, cell=masked(str(cells[0])) if cells else "(blank)"))
    return tuple(found)


def masked(cell: str) -> str:
    """The shape of a cell: letters as x, digits as 9, long ones cut short.

    >>> masked("Ann-Marie.01@example.com")
    'xxx-xxxxx.99@xxxxxxx.xxx'
    """
    shape = re.sub(r"[^\W\d_]", "x", re.sub(r"\d", "9", cell))
    return shape if len(shape) <= _LONGEST else f"{shape[: _LONGEST - 1]}…"
