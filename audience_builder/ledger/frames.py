"""How the ledger takes and returns tables, whatever engine holds them."""

from typing import Any, Final

import narwhals as nw
import polars as pl

from audience_builder import columns as c

__all__ = ["ANCHOR", "KEY_COLUMNS", "NEWNESS", "Frame", "as_frame", "held", "in_polars"]

Frame = nw.LazyFrame[Any]
"""A lazy table on any engine that Narwhals speaks for."""

KEY_COLUMNS: Final = (c.CUSTOMER_ID, *c.EMAIL_KEYS, c.PHONE_KEY)
"""The columns that say who a record belongs to."""

ANCHOR: Final = "anchor"
NEWNESS: Final = "newness"


def as_frame(table: object) -> Frame:
    """A lazy Narwhals frame over the table of any engine: Polars, DuckDB, PySpark, pandas ..."""
    frame = nw.from_native(table)  # type: ignore[call-overload]  # the caller's engine is open on purpose
    return frame.lazy()  # type: ignore[no-any-return]


def held(frame: Frame) -> Frame:
    """The same frame, computed once, so that several readers do not each compute it."""
    return frame.collect(**_how(frame)).lazy(frame.implementation)


def in_polars(frame: Frame) -> pl.DataFrame:
    """The frame computed, as Polars."""
    native: pl.DataFrame = frame.collect("polars", **_how(frame)).to_native()
    return native


def _how(frame: Frame) -> dict[str, Any]:
    """Polars works in batches: less memory, and no slower."""
    return {"engine": "streaming"} if frame.implementation.is_polars() else {}
