"""Which records are one customer.

Records that share a customer id or a normalised e-mail are one customer, and so on along the chain:
id 1 with e-mail A, id 2 with A, id 2 with B are one. A phone joins only records that have neither,
unless asked for. A key that many customer ids carry (the e-mail of a till) joins nobody.

The engine reduces millions of rows to the distinct combinations of keys; those are solved in memory.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Final

import narwhals as nw
import numpy as np
import numpy.typing as npt
import polars as pl

from audience_builder import columns as c
from audience_builder.errors import ConfigError
from audience_builder.ledger.frames import ANCHOR_KIND, ANCHOR_TEXT, KEY_COLUMNS, Frame, in_polars

__all__ = ["KEY_KINDS", "Identity", "SharedKeys", "Solved", "anchored", "solve", "usable"]

KEY_KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "id": (c.CUSTOMER_ID,),
    "email": c.EMAIL_KEYS,
    "phone": (c.PHONE_KEY,),
}
"""Kind of key -> the columns that hold it, strongest kind first."""

_KIND_NUMBER: Final = {column: n for n, kind in enumerate(KEY_KINDS) for column in KEY_KINDS[kind]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What joins records into one customer.

    Args:
        keys: Kinds of key that join: ``id``, ``email``, ``phone``. Without ``phone`` a phone still
            joins records that have no other key.
        max_ids_per_key: A key carried by more customer ids than this joins nobody.
    """

    keys: tuple[str, ...] = ("id", "email")
    max_ids_per_key: int = 10

    def __post_init__(self) -> None:
        unknown = sorted(set(self.keys) - set(KEY_KINDS))
        if unknown or not self.keys:
            raise ConfigError(
                "The identity keys are not usable.",
                f"Given: {', '.join(self.keys) or 'none'}.",
                f"Use some of: {', '.join(KEY_KINDS)}.",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedKeys:
    """Keys of one kind that joined nobody because too many customer ids carry them."""

    keys: int
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """The answer: which customer each anchor belongs to.

    Args:
        anchors: ``anchor_kind``, ``anchor_text``, ``customer_key``; one row per distinct anchor.
        shared: Per kind, the ignored keys. Contact text: never to be shown.
        merged: Per kind, how many records (distinct first keys) it joined to another one.
    """

    anchors: pl.DataFrame
    shared: Mapping[str, tuple[str, ...]] = field(repr=False)
    merged: Mapping[str, int]


def usable(frame: Frame, identity: Identity, shared: Mapping[str, tuple[str, ...]]) -> Frame:
    """Blank the key columns that may not join: kinds not asked for, shared keys, spare phones."""
    wanted = {*identity.keys, "phone"}
    cleaned = frame.with_columns(
        *(
            _unless(column, shared.get(kind, ())) if kind in wanted else nw.lit(None, dtype=nw.String()).alias(column)
            for kind, names in KEY_KINDS.items()
            for column in names
        )
    )
    if "phone" in identity.keys:
        return cleaned
    has_other_key = reduce(or_, (~nw.col(name).is_null() for name in (c.CUSTOMER_ID, *c.EMAIL_KEYS)))
    return cleaned.with_columns(nw.when(~has_other_key).then(nw.col(c.PHONE_KEY)).alias(c.PHONE_KEY))


def anchored(frame: Frame) -> Frame:
    """Add each record's anchor: its first key (id, else e-mail, else phone) and which kind that is."""
    kind = nw.lit(None, dtype=nw.Int8())
    for column in reversed(KEY_COLUMNS):
        kind = nw.when(~nw.col(column).is_null()).then(nw.lit(_KIND_NUMBER[column], dtype=nw.Int8())).otherwise(kind)
    return frame.with_columns(kind.alias(ANCHOR_KIND), nw.coalesce(*KEY_COLUMNS).alias(ANCHOR_TEXT))


def solve(orders: Frame, contacts: Frame | None, identity: Identity) -> Solved:
    """Find who is who among the records of orders and contacts.

    Customer keys are numbered by the smallest key of each customer, so they do not depend on the
    order of rows or on how rows are spread over files.
    """
    records = [frame.select(*KEY_COLUMNS).unique() for frame in (orders, contacts) if frame is not None]
    combinations = in_polars(nw.concat(records))
    shared = _shared(combinations, identity)
    cleaned = in_polars(anchored(usable(nw.from_native(combinations.lazy()), identity, shared)))
    cleaned = cleaned.drop_nulls(ANCHOR_TEXT)
    links = _links(cleaned)
    if contacts is not None and "phone" not in identity.keys:
        links = pl.concat([links, _phone_links(contacts, identity, shared, links)])
    return Solved(anchors=_labelled(links), shared=shared, merged=_merged(links))


def _unless(column: str, shared: tuple[str, ...]) -> nw.Expr:
    if not shared:
        return nw.col(column)
    return nw.when(~nw.col(column).is_in(shared)).then(nw.col(column)).alias(column)


def _shared(combinations: pl.DataFrame, identity: Identity) -> dict[str, tuple[str, ...]]:
    """Keys of each kind carried by too many customer ids."""
    with_id = combinations.drop_nulls(c.CUSTOMER_ID)
    found: dict[str, tuple[str, ...]] = {}
    for kind in ("email", "phone"):
        carried = pl.concat([with_id.select(c.CUSTOMER_ID, key=pl.col(name)) for name in KEY_KINDS[kind]])
        ids = carried.drop_nulls("key").group_by("key").agg(pl.col(c.CUSTOMER_ID).n_unique().alias("ids"))
        too_many = ids.filter(pl.col("ids") > identity.max_ids_per_key).get_column("key")
        found[kind] = tuple(too_many.sort().to_list())
    return found


def _links(records: pl.DataFrame) -> pl.DataFrame:
    """One row per (anchor, key) a record carries, its own anchor included."""
    per_column = [
        records.drop_nulls(name).select(
            ANCHOR_KIND, ANCHOR_TEXT, kind=pl.lit(_KIND_NUMBER[name], pl.Int8), text=pl.col(name)
        )
        for name in KEY_COLUMNS
    ]
    return pl.concat(per_column).unique()


def _phone_links(
    contacts: Frame, identity: Identity, shared: Mapping[str, tuple[str, ...]], links: pl.DataFrame
) -> pl.DataFrame:
    """Links from phone-only records to the one contact that has that phone.

    A phone that contacts of two customers have (a family's) decides nothing.
    """
    phone = _KIND_NUMBER[c.PHONE_KEY]
    kept = contacts.with_columns(nw.col(c.PHONE_KEY).alias("text"))
    known = in_polars(
        anchored(usable(kept, identity, shared))
        .filter(~nw.col("text").is_null(), nw.col(ANCHOR_KIND) < phone)
        .select(ANCHOR_KIND, ANCHOR_TEXT, "text")
        .unique()
    )
    alone = links.filter(pl.col("kind") == phone).select("text").unique()
    candidates = known.join(alone, on="text", how="semi").join(_labelled(links), on=[ANCHOR_KIND, ANCHOR_TEXT])
    one_owner = candidates.group_by("text").agg(
        pl.col(c.CUSTOMER_KEY).n_unique().alias("owners"), pl.struct(ANCHOR_KIND, ANCHOR_TEXT).first().alias("owner")
    )
    return (
        one_owner.filter(pl.col("owners") == 1)
        .unnest("owner")
        .select(ANCHOR_KIND, ANCHOR_TEXT, pl.lit(phone, pl.Int8).alias("kind"), "text")
    )


def _labelled(links: pl.DataFrame) -> pl.DataFrame:
    """Every anchor with the number of its customer."""
    anchor = links.select(kind=ANCHOR_KIND, text=ANCHOR_TEXT)
    nodes = pl.concat([anchor, links.select("kind", "text")]).unique().sort("kind", "text")
    numbered = nodes.with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias("node"))
    ends = links.join(numbered, on=["kind", "text"], maintain_order="left").rename({"node": "end"})
    starts = ends.join(
        numbered, left_on=[ANCHOR_KIND, ANCHOR_TEXT], right_on=["kind", "text"], maintain_order="left"
    )
    labels = components(nodes.height, starts.get_column("node").to_numpy(), starts.get_column("end").to_numpy())
    return (
        numbered.with_columns(pl.Series(c.CUSTOMER_KEY, labels).rank("dense").cast(pl.Int64))
        .join(anchor.unique(), on=["kind", "text"], how="semi")
        .select(pl.col("kind").alias(ANCHOR_KIND), pl.col("text").alias(ANCHOR_TEXT), c.CUSTOMER_KEY)
    )


def components(nodes: int, start: npt.NDArray[np.int64], end: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Label each node of a graph with the smallest node it is connected to.

    Smaller labels spread along the edges, roots first, until nothing changes; following labels to
    their roots after each round keeps the rounds few even on long chains.

    >>> components(5, np.array([0, 1, 3]), np.array([1, 2, 3])).tolist()
    [0, 0, 0, 3, 4]
    """
    labels = np.arange(nodes, dtype=np.int64)
    while True:
        low = np.minimum(labels[start], labels[end])
        spread = labels.copy()
        np.minimum.at(spread, labels[start], low)
        np.minimum.at(spread, labels[end], low)
        while not np.array_equal(rooted := spread[spread], spread):
            spread = rooted
        if np.array_equal(spread, labels):
            return labels
        labels = spread


def _merged(links: pl.DataFrame) -> dict[str, int]:
    """Per kind, the records joined: carriers of a key beyond its first, over all keys of the kind.

    For e-mails and phones the carriers are distinct anchors; for ids they are the distinct other
    keys seen with the id.
    """
    own = (pl.col(ANCHOR_KIND) == pl.col("kind")) & (pl.col(ANCHOR_TEXT) == pl.col("text"))
    carriers = links.group_by("kind", "text").agg(pl.len().alias("carriers"))
    joined = dict(carriers.group_by("kind").agg((pl.col("carriers") - 1).sum()).iter_rows())
    others = links.filter(~own, pl.col(ANCHOR_KIND) == 0).group_by(ANCHOR_TEXT).agg(pl.len().alias("carriers"))
    joined[0] = others.select((pl.col("carriers") - 1).sum()).item()
    return {kind: int(joined.get(n) or 0) for n, kind in enumerate(KEY_KINDS)}
