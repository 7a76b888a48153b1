"""The Trade Desk: CRM data."""

from datetime import date

from audience_builder import columns as c
from audience_builder.hashing import Digest
from audience_builder.matchkeys import email, phone
from audience_builder.spec import FileColumn, MatchKey, Platform

NORMALISATION = "https://unifiedid.com/docs/getting-started/gs-normalization-encoding"
CRM = "https://docs.tealium.com/server-side-connectors/the-trade-desk-crm-data-connector"

PLATFORM = Platform(
    name="tradedesk",
    title="The Trade Desk",
    match_keys=(
        MatchKey(
            name="email", source=c.EMAIL, normalise=email.gmail_canonical,
            digest=Digest.SHA256_BASE64, repeats=3, why_not=email.why_not, rules_url=NORMALISATION,
            rule="Outer spaces go, letters become lower case; at gmail.com alone dots and +tag go too.",
        ),
        MatchKey(
            name="phone", source=c.PHONE, normalise=phone.e164, digest=Digest.SHA256_BASE64, repeats=3,
            why_not=phone.why_not, rules_url=NORMALISATION,
            rule="E.164: a plus sign, the country code and the number.",
        ),
    ),
    file_columns=(
        FileColumn(header="email", column="email"),
        FileColumn(header="email", column="email_2"),
        FileColumn(header="email", column="email_3"),
        FileColumn(header="phone", column="phone"),
        FileColumn(header="phone", column="phone_2"),
        FileColumn(header="phone", column="phone_3"),
    ),
    identifies=(("email",), ("phone",)),
    file_header=False,
    one_value_per_line=True,
    max_request_rows=10_000,
    minimum_rows=1_500,
    rules_version="tradedesk-1",
    rules_url=NORMALISATION,
    rules_checked=date(2026, 11, 22),
    notes=(
        "A drop holds one kind of identifier, e-mails or phones, and at least 1,500 lines.",
        "Phones must not go into a segment of the EU region.",
        "E-mails and phones need a signed UID2 or EUID agreement with The Trade Desk.",
        "Files take no bid factor per person, the first-party data API does: write a list per value tier.",
    ),
)  # fmt: skip
