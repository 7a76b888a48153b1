"""Orders to one row per customer: who is who, what they paid, how to reach them."""

from audience_builder.ledger.book import Ledger, LedgerFacts, build
from audience_builder.ledger.identity import Identity, SharedKeys
from audience_builder.ledger.merges import explain_merges
from audience_builder.ledger.parts import CONTACTS_TAG, ORDERS_TAG, KeyDigests, with_digests

__all__ = [
    "CONTACTS_TAG",
    "ORDERS_TAG",
    "Identity",
    "KeyDigests",
    "Ledger",
    "LedgerFacts",
    "SharedKeys",
    "build",
    "explain_merges",
    "with_digests",
]
