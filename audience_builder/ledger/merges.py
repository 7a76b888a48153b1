"""Why records became one customer, for whoever asks."""

import narwhals as nw
import polars as pl

from audience_builder import columns as c
from audience_builder.ledger.book import owned
from audience_builder.ledger.frames import KEY_COLUMNS, as_frame, in_polars
from audience_builder.ledger.identity import KEY_KINDS, Identity, solve, usable

__all__ = ["JOINED_BY", "explain_merges"]

JOINED_BY = "joined_by"


def explain_merges(
    orders: object,
    customers: object | None = None,
    *,
    identity: Identity | None = None,
    counting: tuple[str, ...] = c.COUNTING,
) -> pl.DataFrame:
    """The source rows of every customer that was joined from several rows, and the keys they share.

    Args:
        orders: As for ``ledger.build``, and so are the others.
        customers: Likewise.
        identity: Likewise.
        counting: Likewise.

    Returns:
        ``customer_key``, ``source``, ``source_row``, ``joined_by``: the kinds of key the row shares
        with another row of the customer, such as ``id, email``. No contact value. Ordered by
        customer, source and row.
    """
    identity = identity or Identity()
    bought = as_frame(orders).filter(nw.col(c.STATUS).is_in(counting))
    contacts = None if customers is None else as_frame(customers)
    solved = solve(bought, contacts, identity)
    columns = (c.CUSTOMER_KEY, c.SOURCE, c.SOURCE_ROW, *KEY_COLUMNS)
    rows = [
        in_polars(usable(owned(frame, identity, solved), identity, solved.shared).select(*columns))
        for frame in (bought, contacts)
        if frame is not None
    ]
    records = pl.concat(rows, how="vertical_relaxed").drop_nulls(c.CUSTOMER_KEY)
    several = records.filter(pl.len().over(c.CUSTOMER_KEY) > 1).with_row_index("record")
    return (
        several.with_columns(_shared_kinds(several).alias(JOINED_BY))
        .select(c.CUSTOMER_KEY, c.SOURCE, c.SOURCE_ROW, JOINED_BY)
        .sort(c.CUSTOMER_KEY, c.SOURCE, c.SOURCE_ROW)
    )


def _shared_kinds(records: pl.DataFrame) -> pl.Series:
    """Per record, the kinds of key that another record carries too, comma-separated."""
    kinds: list[pl.Series] = []
    for kind, names in KEY_KINDS.items():
        carried = pl.concat([records.select("record", key=pl.col(name)) for name in names]).drop_nulls().unique()
        sharing = carried.filter(pl.len().over("key") > 1).get_column("record").unique()
        kinds.append(
            records.select(
                pl.when(pl.col("record").is_in(sharing.implode())).then(pl.lit(kind)).alias(kind)
            ).to_series()
        )
    return pl.DataFrame(kinds).select(pl.concat_str(pl.all(), separator=", ", ignore_nulls=True)).to_series()
