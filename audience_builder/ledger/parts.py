"""Which records may be one customer, worked out on digests of their keys: the ledger in parts.

A part holds every record of each of its customers, so its ledger is that of all records cut down to
those customers. Keys that too many customer ids carry are the same in every part.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np
import polars as pl

from audience_builder import columns as c
from audience_builder.ledger.frames import KEY_COLUMNS
from audience_builder.ledger.identity import KEY_KINDS, Identity
from audience_builder.links import Digests, Group, Piece, among

__all__ = ["CONTACTS_TAG", "ORDERS_TAG", "KeyDigests", "with_digests"]

ORDERS_TAG: Final = 0
CONTACTS_TAG: Final = 1
"""Tags of the two tables."""

_ID: Final = "id digest"
_PHONE: Final = "phone digest"
_NAMES: Final[Mapping[str, str]] = {
    c.CUSTOMER_ID: _ID,
    **{name: f"email digest:{place}" for place, name in enumerate(c.EMAIL_KEYS, start=1)},
    c.PHONE_KEY: _PHONE,
}
"""Key column -> the column of its digests."""

_EMAILS: Final = tuple(_NAMES[name] for name in c.EMAIL_KEYS)
_SEEDS: Final = {name: seed for seed, names in enumerate(KEY_KINDS.values()) for name in names}
"""Keys of one kind are digested alike, those of two kinds never."""


def with_digests(keyed: pl.DataFrame) -> pl.DataFrame:
    """Add the digests of the key columns, null where there is no key."""
    return keyed.with_columns(
        pl.when(pl.col(name).is_not_null()).then(pl.col(name).hash(_SEEDS[name])).alias(_NAMES[name])
        for name in KEY_COLUMNS
    )


class KeyDigests:
    """What the keys of all records say, on their digests alone.

    Args:
        pieces: Records with digests, tagged as orders or contacts.
        identity: What joins records.
    """

    def __init__(self, pieces: Sequence[Piece], identity: Identity) -> None:
        self._pieces = pieces
        self._identity = identity
        self._shared = {kind: self._carried_by_many(kind) for kind in ("email", "phone")}
        self._alone = self._phones_alone()

    @property
    def shared(self) -> dict[str, int]:
        """Per kind, how many keys join nobody because too many customer ids carry them."""
        return {kind: digests.size for kind, digests in self._shared.items()}

    def shared_texts(self, part: Group) -> dict[str, tuple[str, ...]]:
        """Those of these keys that are met in a part. Contact text: never to be shown."""
        return {kind: tuple(self._texts(part, kind)) for kind in self._shared}

    def links(self, piece: Piece) -> pl.DataFrame:
        """The digests that join a piece's records: what ``identity.usable`` leaves of their keys.

        A phone that a record without other keys carries also joins the contacts that have it: they decide
        together whose it is.
        """
        own = self._usable(piece)
        if piece.tag == CONTACTS_TAG and self._alone.size:
            listed = piece.load([_PHONE]).get_column(_PHONE)
            own = own.with_columns(pl.coalesce(_PHONE, pl.when(among(listed, self._alone)).then(listed)).alias(_PHONE))
        return own

    def _usable(self, piece: Piece) -> pl.DataFrame:
        keys = piece.load(list(_NAMES.values()))
        wanted = {*self._identity.keys, "phone"}
        cleaned = keys.with_columns(
            (pl.when(~among(keys[_NAMES[name]], self._shared[kind])).then(_NAMES[name]) if kind in self._shared
             else pl.col(_NAMES[name])) if kind in wanted else pl.lit(None, pl.UInt64).alias(_NAMES[name])
            for kind, names in KEY_KINDS.items()
            for name in names
        )  # fmt: skip
        if "phone" in self._identity.keys:
            return cleaned
        alone = pl.all_horizontal(pl.col(_ID, *_EMAILS).is_null())
        return cleaned.with_columns(pl.when(alone).then(_PHONE).alias(_PHONE))

    def _phones_alone(self) -> Digests:
        """Phones of records that have no other key, where contacts may claim them."""
        if "phone" in self._identity.keys or not any(piece.tag == CONTACTS_TAG for piece in self._pieces):
            return np.empty(0, np.uint64)
        return np.unique(np.concatenate([_digests(self._usable(piece), _PHONE) for piece in self._pieces]))

    def _carried_by_many(self, kind: str) -> Digests:
        """The keys of a kind that more customer ids carry than may share one."""
        most = self._identity.max_ids_per_key
        carriers = [_NAMES[name] for name in KEY_KINDS[kind]]
        often = np.concatenate([_digests(rows, *carriers) for rows in self._beside_ids(carriers)])
        often.sort()
        candidates = np.unique(often[most:][often[most:] == often[: often.size - most]])
        if not candidates.size:
            return candidates
        pairs = [
            rows.select(_ID, key=name).filter(among(rows[name], candidates))
            for rows in self._beside_ids(carriers)
            for name in carriers
        ]
        ids = pl.concat(pairs).unique().group_by("key").len("ids")
        return np.sort(ids.filter(pl.col("ids") > most)["key"].to_numpy())

    def _beside_ids(self, carriers: Sequence[str]) -> Iterator[pl.DataFrame]:
        """Records that have a customer id; the phone of an order counts only where it may join."""
        of_orders = "phone" in self._identity.keys or "id" not in self._identity.keys
        for piece in self._pieces:
            if piece.tag == CONTACTS_TAG or of_orders or _PHONE not in carriers:
                yield piece.load([_ID, *carriers]).drop_nulls(_ID)
            else:
                yield pl.DataFrame(schema=dict.fromkeys([_ID, *carriers], pl.UInt64))

    def _texts(self, part: Group, kind: str) -> Iterator[str]:
        digests = self._shared[kind]
        if not digests.size:
            return
        found = [
            rows.filter(among(rows[_NAMES[name]], digests))[name] for rows in part.values() for name in KEY_KINDS[kind]
        ]
        yield from pl.concat(found).unique().sort()


def _digests(rows: pl.DataFrame, *names: str) -> Digests:
    return np.concatenate([rows[name].drop_nulls().to_numpy() for name in names])
