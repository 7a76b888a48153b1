"""Rows as Meta's ``payload``: an array schema and one array per person.

https://developers.facebook.com/documentation/ads-commerce/marketing-api/audiences/guides/custom-audiences
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from audience_builder.delivery.graph.settings import LimitedDataUse
from audience_builder.spec import Platform

__all__ = ["encoded", "payload", "redacted"]

_LDU_KEYS: Final = (
    "DATA_PROCESSING_OPTIONS",
    "DATA_PROCESSING_OPTIONS_COUNTRY",
    "DATA_PROCESSING_OPTIONS_STATE",
)
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_SHOWN_DIGITS: Final = 6


def payload(
    rows: pl.DataFrame, platform: Platform, limited_data_use: LimitedDataUse | None = None
) -> dict[str, list[object]]:
    """Schema and data of one request; an unknown cell is the empty text, the value a JSON number.

    Several values of one key repeat the key in the schema.
    """
    key_of = {column: key.name for key in platform.match_keys for column in key.columns}
    schema: list[object] = [key_of.get(column, column) for column in rows.columns]
    cells = rows.with_columns(pl.col(pl.String).fill_null(""))
    data: list[object] = [list(row) for row in cells.iter_rows()]
    if limited_data_use is not None:
        extra = [["LDU"], *limited_data_use.value]
        schema += _LDU_KEYS
        data = [[*row, *extra] for row in cells.iter_rows()]
    return {"schema": schema, "data": data}


def encoded(content: Mapping[str, object]) -> str:
    """Compact JSON; a number that JSON does not know raises ``ValueError``."""
    return json.dumps(content, separators=(",", ":"), allow_nan=False)


def redacted(
    content: Mapping[str, Sequence[object]], value_column: str | None, *, rows: int
) -> dict[str, list[object]]:
    """The first rows with digests cut to six digits and every other identifier hidden.

    >>> redacted({"schema": ["EMAIL", "V"], "data": [["0123456789abcdef" * 4, 4.5]]}, "V", rows=1)
    {'schema': ['EMAIL', 'V'], 'data': [['012345…', 4.5]]}
    """
    shown = (value_column, *_LDU_KEYS)
    data: list[object] = []
    for row in content["data"][:rows]:
        if isinstance(row, list):
            pairs = zip(content["schema"], row, strict=True)
            data.append([cell if key in shown or cell == "" else _cut(cell) for key, cell in pairs])
    return {"schema": list(content["schema"]), "data": data}


def _cut(cell: object) -> str:
    text = str(cell)
    return f"{text[:_SHOWN_DIGITS]}…" if _DIGEST.fullmatch(text) else "…"
