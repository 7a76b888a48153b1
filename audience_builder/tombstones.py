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
from audience_builder.contacts import ContactRules, phone_country
from audience_builder.hashing import Digest, digested
from audience_builder.matchkeys import email, phone

__all__ = ["ADDRESS_RULES", "Kind", "Tombstones", "address_forms", "digests_of", "number_forms"]

Kind: TypeAlias = Literal["email", "phone", "id"]
"""What an identifier is."""

ADDRESS_RULES: Final = (email.trimmed_lower, email.gmail_folded)
"""Normalisers whose SHA-256 is one of ``digests_of("email", ...)``: no two people's addresses become one."""

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

    def marked(self, records: pl.DataFrame) -> pl.DataFrame:
        """Add ``erased``: whether a record carries an identifier of somebody erased.

        Args:
            records: With the columns that ``contacts.with_identity_keys`` adds.
        """
        addresses, numbers = [pl.col(key) for key in c.EMAIL_KEYS], [pl.col(c.PHONE_KEY)]
        return records.with_columns(self._carried(addresses, numbers).alias(c.ERASED))

    def among(self, rules: ContactRules) -> pl.Expr:
        """Whether a customer was erased.

        Her records tell by ids, e-mails and first phones, also those the customer's row has no room for;
        further phones and a repaired id are looked at here.

        Args:
            rules: How the contact text of the customers was read; they are tidied (``contacts.tidied``).
        """
        numbers = [pl.col(column) if c.PHONE in rules.hashed else phone.e164(pl.col(column), phone_country(rules))
                   for column in c.PHONES]  # fmt: skip
        return pl.any_horizontal(pl.col(c.ERASED), self._carried([], numbers))

    def _carried(self, addresses: list[pl.Expr], numbers: list[pl.Expr]) -> pl.Expr:
        """By the customer id, and by normalised addresses and numbers or the digests that stand in their place."""
        checks = [form.is_in(self.ids) for form in digests_of("id", pl.col(c.CUSTOMER_ID))] if self.ids else []
        for address in addresses if self.emails else ():
            checks += [form.is_in(self.emails) for form in (address, *digests_of("email", address))]
        for number in numbers if self.phones else ():
            lower = number.str.to_lowercase()
            checks += [form.is_in(self.phones) for form in (lower, *digests_of("phone", number))]
        return pl.any_horizontal(pl.lit(value=False), *(check.fill_null(value=False) for check in checks))
