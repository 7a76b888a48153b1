"""Digests of people who had themselves erased, and how customers are held against them.

An address is buried as it identifies a customer (`contacts.with_identity_keys`) and as the mailbox it
stands for: Gmail delivers to one mailbox whatever the dots and the plus tag. SHA-256 in hex throughout,
so that columns that hold digests already are compared as they are.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, Self, TypeAlias

import polars as pl

from audience_builder import columns as c
from audience_builder.audiences import id_name
from audience_builder.contacts import ContactRules, with_phone_keys
from audience_builder.hashing import Digest, digested
from audience_builder.matchkeys import email
from audience_builder.matchkeys.sparing import scattered

__all__ = ["ADDRESS_RULES", "Kind", "Tombstones", "address_forms", "digests_of", "number_forms"]

Kind: TypeAlias = Literal["email", "phone", "id"]
"""What an identifier is."""

ADDRESS_RULES: Final = (email.trimmed_lower, email.gmail_folded)
"""Normalisers whose SHA-256 is one of ``digests_of("email", ...)``: no two people's addresses become one."""

_AT_GMAIL: Final = r"@(?:gmail|googlemail)\.com$"
_NOTHING: Final = pl.lit(None, pl.String)


def address_forms(address: pl.Expr) -> list[pl.Expr]:
    """The address, and the mailbox behind it where it is one of Gmail's, as Google spells it and as one person's.

    Args:
        address: Addresses normalised by ``email.trimmed_lower``.

    Sources: https://support.google.com/mail/answer/7436150 (dots), https://support.google.com/mail/answer/22370
    (plus tags), https://support.google.com/mail/answer/10313 (googlemail.com is gmail.com).
    """
    folded = email.gmail_folded(address, _NOTHING)
    return [address, folded, folded.str.replace(r"@googlemail\.com$", "@gmail.com")]


def number_forms(number: pl.Expr) -> list[pl.Expr]:
    """The number with its plus sign and without: both are hashed by platforms.

    Args:
        number: Numbers in E.164.
    """
    return [number, number.str.strip_prefix("+")]


def digests_of(kind: Kind, normal: pl.Expr) -> list[pl.Expr]:
    """Every digest an identifier is buried under.

    A customer id is buried as who the customer is in the record of uploads (``audiences.person``).

    Args:
        kind: What it is.
        normal: An address in lower case, a number in E.164, an id.
    """
    forms = [id_name(normal)] if kind == "id" else (address_forms if kind == "email" else number_forms)(normal)
    return [digested(form, Digest.SHA256_HEX) for form in forms]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstones:
    """Digests of erased people by kind of identifier; one is enough to recognise a person by."""

    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()

    @classmethod
    def of(cls, digests: Iterable[tuple[str, str]]) -> Self:
        """From pairs of kind and digest."""
        found: dict[str, set[str]] = {"email": set(), "phone": set(), "id": set()}
        for kind, digest in digests:
            found[kind].add(digest)
        return cls(emails=frozenset(found["email"]), phones=frozenset(found["phone"]), ids=frozenset(found["id"]))

    def pairs(self) -> list[tuple[Kind, str]]:
        """Kind and digest of each, in a fixed order."""
        return [
            *(("email", digest) for digest in sorted(self.emails)),
            *(("phone", digest) for digest in sorted(self.phones)),
            *(("id", digest) for digest in sorted(self.ids)),
        ]

    def __bool__(self) -> bool:
        return bool(self.emails or self.phones or self.ids)

    def marked(self, records: pl.DataFrame, rules: ContactRules) -> pl.DataFrame:
        """Add ``erased``: whether a record carries an identifier of somebody erased.

        Args:
            records: With the columns that ``contacts.with_identity_keys`` adds.
            rules: How contact text is read.
        """
        addresses = self._met("email", [records[key] for key in c.EMAIL_KEYS])
        numbers = self._met("phone", [records[c.PHONE_KEY]])
        marked = records.with_columns(
            pl.any_horizontal(
                *(pl.col(key).is_in(addresses).fill_null(value=False) for key in c.EMAIL_KEYS),
                pl.col(c.PHONE_KEY).is_in(numbers).fill_null(value=False),
                self.by_id(),
            ).alias(c.ERASED)
        )
        return self._marked_by_further_phones(marked, rules) if self.phones else marked

    def by_id(self) -> pl.Expr:
        """Whether a record or customer has the id of somebody erased."""
        if not self.ids:
            return pl.lit(value=False)
        (digest,) = digests_of("id", pl.col(c.CUSTOMER_ID))
        return digest.is_in(self.ids).fill_null(value=False)

    def _marked_by_further_phones(self, marked: pl.DataFrame, rules: ContactRules) -> pl.DataFrame:
        """Look at the phones that identify no customer, where a record has any."""
        there = marked.select(pl.any_horizontal(pl.col(*c.PHONES[1:]).is_not_null())).to_series()
        keyed = with_phone_keys(marked.filter(there).select(*c.PHONES, c.COUNTRY), rules)
        numbers = self._met("phone", [keyed[column] for column in c.PHONES])
        theirs = keyed.select(pl.any_horizontal(pl.col(*c.PHONES).is_in(numbers).fill_null(value=False))).to_series()
        return marked.with_columns(pl.col(c.ERASED) | scattered(theirs, there, there & False))

    def _met(self, kind: Kind, columns: list[pl.Series]) -> list[str]:
        """The texts of these columns that are somebody's erased: each is digested once, however often it is there.

        A digest that stands in place of the contact is compared as it is.
        """
        known = self.emails if kind == "email" else self.phones
        if not known:
            return []
        texts = pl.concat([column.alias("text") for column in columns]).unique().drop_nulls().to_frame()
        text, lone = pl.col("text"), pl.lit(value=False)
        if kind == "email":  # at other providers an address is its own mailbox, and one digest says it all
            lone = ~text.str.contains(_AT_GMAIL)
        parts = [
            (texts.filter(lone), [text, digested(text, Digest.SHA256_HEX)]),
            (texts.filter(~lone), [text, *digests_of(kind, text)]),
        ]
        found = [part.filter(pl.any_horizontal(form.is_in(known) for form in forms)) for part, forms in parts]
        return pl.concat(found)["text"].to_list()
