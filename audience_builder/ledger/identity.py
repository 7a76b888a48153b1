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
from audience_builder.ledger.frames import ANCHOR, KEY_COLUMNS, Frame, in_polars
from audience_builder.links import components

__all__ = ["KEY_KINDS", "Identity", "SharedKeys", "Solved", "anchored", "solve", "usable"]

KEY_KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "id": (c.CUSTOMER_ID,),
    "email": c.EMAIL_KEYS,
    "phone": (c.PHONE_KEY,),
}
"""Kind of key -> the columns that hold it, strongest kind first."""

_OTHER_KEYS: Final = (c.CUSTOMER_ID, *c.EMAIL_KEYS)
_PREFIX: Final = {
    **dict.fromkeys(c.EMAIL_KEYS, "\x1femail\x1f"),
    c.PHONE_KEY: "\x1fphone\x1f",
}
"""Keeps an e-mail apart from a customer id that is spelt like one."""

_CONTACT: Final = "is_contact"


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
        anchors: ``anchor`` and ``customer_key``; one row per distinct anchor. Contact text.
        smallest: ``customer_key`` and the customer's smallest anchor, in the order of both. Contact text.
        shared: Per kind, the ignored keys. Contact text: never to be shown.
        merged: Per kind, how many records it joined to another one.
    """

    anchors: pl.DataFrame = field(repr=False)
    smallest: pl.DataFrame = field(repr=False)
    shared: Mapping[str, tuple[str, ...]] = field(repr=False)
    merged: Mapping[str, int]


def usable(frame: Frame, identity: Identity, shared: Mapping[str, tuple[str, ...]]) -> Frame:
    """Blank the key columns that may not join: kinds not asked for, shared keys, spare phones."""
    wanted = {*identity.keys, "phone"}
    cleaned = frame.with_columns(
        _unless(column, shared.get(kind, ())) if kind in wanted else _nothing(column)
        for kind, names in KEY_KINDS.items()
        for column in names
    )
    if "phone" in identity.keys:
        return cleaned
    has_other_key = reduce(or_, (~nw.col(name).is_null() for name in _OTHER_KEYS))
    return cleaned.with_columns(nw.when(~has_other_key).then(nw.col(c.PHONE_KEY)).alias(c.PHONE_KEY))


def anchored(frame: Frame) -> Frame:
    """Add each record's anchor: the first key it has, of id, e-mails and phone; null without any."""
    parts = [nw.col(c.CUSTOMER_ID)]
    none_yet = nw.col(c.CUSTOMER_ID).is_null()
    for name in KEY_COLUMNS[1:]:
        parts.append(nw.concat_str(nw.lit(_PREFIX[name]), nw.when(none_yet).then(nw.col(name))))
        none_yet &= nw.col(name).is_null()
    return frame.with_columns(nw.coalesce(*parts).alias(ANCHOR))


def solve(
    orders: Frame, contacts: Frame | None, identity: Identity, shared: Mapping[str, tuple[str, ...]] | None = None
) -> Solved:
    """Find who is who among the records of orders and contacts.

    Customers are numbered in the order of their smallest keys, so the numbers do not depend on the
    order of rows or on how rows are spread over files.

    Args:
        orders: Orders that count, with their keys.
        contacts: A contact file's records.
        identity: What joins records.
        shared: The keys that join nobody, where these are a part of all records; None to find them here.
    """
    numbered = _numbered(_combinations(orders, contacts, identity))
    shared = _shared(numbered, identity) if shared is None else shared
    cleaned = in_polars(anchored(usable(nw.from_native(numbered.lazy()), identity, shared)))
    raw_phone = pl.col(_node(c.PHONE_KEY)).alias("raw_phone")
    records = cleaned.drop_nulls(ANCHOR).with_columns(
        raw_phone,
        *(pl.when(pl.col(name).is_not_null()).then(_node(name)).alias(_node(name)) for name in KEY_COLUMNS),
    )
    links = _links(records)
    labels = _labels(numbered, links)
    if contacts is not None and "phone" not in identity.keys:
        links = pl.concat([links, _phone_links(records, labels)])
        labels = _labels(numbered, links)
    distinct = records.select(ANCHOR, node=_anchor()).filter(pl.col("node").is_first_distinct())
    anchors = distinct.with_columns(label=pl.Series(labels).gather(distinct.get_column("node")))
    owners, smallest = _customers(anchors)
    return Solved(anchors=owners, smallest=smallest, shared=shared, merged=_merged(links))


def _unless(column: str, shared: tuple[str, ...]) -> nw.Expr:
    if not shared:
        return nw.col(column)
    return nw.when(~nw.col(column).is_in(shared)).then(nw.col(column)).alias(column)


def _nothing(column: str) -> nw.Expr:
    return nw.lit(None, dtype=nw.String()).alias(column)


def _node(column: str) -> str:
    return f"node_{column}"


def _anchor() -> pl.Expr:
    return pl.coalesce(_node(name) for name in KEY_COLUMNS)


def _combinations(orders: Frame, contacts: Frame | None, identity: Identity) -> pl.DataFrame:
    """The distinct combinations of keys; the phone of an order with an id only where it may join."""
    keys = orders.select(*KEY_COLUMNS)
    if "phone" not in identity.keys and "id" in identity.keys:
        keys = keys.with_columns(nw.when(nw.col(c.CUSTOMER_ID).is_null()).then(nw.col(c.PHONE_KEY)).alias(c.PHONE_KEY))
    found = [in_polars(keys.unique()).with_columns(pl.lit(value=False).alias(_CONTACT))]
    if contacts is not None:
        found.append(in_polars(contacts.select(*KEY_COLUMNS).unique()).with_columns(pl.lit(value=True).alias(_CONTACT)))
    return pl.concat(found)


def _numbered(combinations: pl.DataFrame) -> pl.DataFrame:
    """Number the distinct keys: one ``node_`` column per key column, kinds apart from each other."""
    nodes: list[pl.Series] = []
    start = 0
    for names in KEY_KINDS.values():
        stacked = pl.concat([combinations.get_column(name) for name in names])
        codes = stacked.cast(pl.Categorical(pl.Categories.random())).to_physical().cast(pl.Int64) + start
        nodes.extend(
            codes.slice(place * combinations.height, combinations.height).alias(_node(name))
            for place, name in enumerate(names)
        )
        start += codes.n_unique()
    return combinations.with_columns(nodes)


def _shared(numbered: pl.DataFrame, identity: Identity) -> dict[str, tuple[str, ...]]:
    """Keys of each kind carried by too many customer ids."""
    found: dict[str, tuple[str, ...]] = {}
    for kind in ("email", "phone"):
        carried = pl.concat(
            [numbered.select(_node(c.CUSTOMER_ID), node=_node(name), text=name) for name in KEY_KINDS[kind]]
        ).drop_nulls()
        ids = carried.unique([_node(c.CUSTOMER_ID), "node"]).group_by("node").len("ids")
        too_many = ids.filter(pl.col("ids") > identity.max_ids_per_key)
        texts = carried.join(too_many, on="node", how="semi").get_column("text").unique().sort()
        found[kind] = tuple(texts.to_list())
    return found


def _links(records: pl.DataFrame) -> pl.DataFrame:
    """Distinct (anchor, key) pairs of numbers, a record's own anchor included."""
    pairs = [
        records.select(start=_anchor(), end=_node(name), kind=pl.lit(number, pl.Int8))
        for number, names in enumerate(KEY_KINDS.values())
        for name in names
    ]
    return pl.concat(pairs).drop_nulls("end").unique(["start", "end"])


def _labels(numbered: pl.DataFrame, links: pl.DataFrame) -> npt.NDArray[np.int32]:
    highest = numbered.select(pl.max_horizontal(pl.col(_node(name)).max() for name in KEY_COLUMNS)).item()
    return components(int(highest or 0) + 1, links.get_column("start").to_numpy(), links.get_column("end").to_numpy())


def _phone_links(records: pl.DataFrame, labels: npt.NDArray[np.int32]) -> pl.DataFrame:
    """Links from phone-only records to the one contact that has their phone.

    A phone that contacts of two customers have (a family's) decides nothing.
    """
    alone = records.drop_nulls(_node(c.PHONE_KEY)).select("raw_phone").unique()
    listed = records.filter(_CONTACT, pl.col(_node(c.PHONE_KEY)).is_null()).drop_nulls("raw_phone")
    owners = listed.select(start=_anchor(), end="raw_phone").join(
        alone, left_on="end", right_on="raw_phone", how="semi"
    )
    owners = owners.with_columns(owner=pl.Series(labels).gather(owners.get_column("start")))
    return (
        owners.group_by("end")
        .agg(pl.col("owner").n_unique().alias("owners"), pl.col("start").min())
        .filter(pl.col("owners") == 1)
        .select("start", "end", kind=pl.lit(2, pl.Int8))
    )


def _customers(anchors: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Number the customers by their smallest anchor; the number of each anchor, the smallest of each number."""
    smallest = anchors.group_by("label").agg(pl.col(ANCHOR).min()).sort(ANCHOR)
    numbered = smallest.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias(c.CUSTOMER_KEY))
    owners = anchors.join(numbered.select("label", c.CUSTOMER_KEY), on="label").select(ANCHOR, c.CUSTOMER_KEY)
    return owners, numbered.select(c.CUSTOMER_KEY, ANCHOR)


def _merged(links: pl.DataFrame) -> dict[str, int]:
    """Per kind, the records joined: carriers of a key beyond its first, over all keys of the kind.

    The carriers of an e-mail or a phone are the distinct anchors seen with it; those of an id are
    the distinct other keys seen with it.
    """
    by_key = links.group_by("end").agg(pl.len() - 1, pl.col("kind").first())
    more = dict(by_key.group_by("kind").agg(pl.col("len").sum()).iter_rows())
    ids = links.filter(pl.col("kind") == 0).select("start")
    others = links.filter(pl.col("kind") != 0).join(ids, on="start", how="semi")
    more[0] = others.select(pl.len() - pl.col("start").n_unique()).item()
    return {kind: int(more.get(number, 0)) for number, kind in enumerate(KEY_KINDS)}
