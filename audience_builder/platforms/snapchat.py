"""Snapchat: customer list segments."""

from datetime import date

from audience_builder import columns as c
from audience_builder.hashing import Digest
from audience_builder.matchkeys import email, identifier, phone
from audience_builder.spec import FileColumn, MatchKey, Platform

LISTS = "https://developers.snap.com/api/marketing-api/Ads-API/customer-lists"
PARAMETERS = "https://developers.snap.com/api/marketing-api/Conversions-API/Parameters"

PLATFORM = Platform(
    name="snapchat",
    title="Snapchat",
    match_keys=(
        MatchKey(
            name="email", source=c.EMAIL, normalise=email.trimmed_lower, digest=Digest.SHA256_HEX, repeats=3,
            why_not=email.why_not, rules_url=PARAMETERS,
            rule="Outer spaces go, letters become lower case; dots and +tags stay.",
        ),
        MatchKey(
            name="phone", source=c.PHONE, normalise=phone.digits, digest=Digest.SHA256_HEX, repeats=3,
            why_not=phone.why_not, rules_url=LISTS,
            rule="Country code and number, digits alone: no plus sign, no double zero in front.",
        ),
        MatchKey(
            name="maid", source=c.MOBILE_ID, normalise=identifier.mobile_id_lower, digest=Digest.SHA256_HEX,
            why_not=identifier.why_not_mobile, rules_url=LISTS,
            rule="The phone's advertising id in lower case with its hyphens.",
        ),
    ),
    file_columns=(
        FileColumn(header="email", column="email"),
        FileColumn(header="email", column="email_2"),
        FileColumn(header="email", column="email_3"),
        FileColumn(header="phone", column="phone"),
        FileColumn(header="phone", column="phone_2"),
        FileColumn(header="phone", column="phone_3"),
        FileColumn(header="maid", column="maid"),
    ),
    identifies=(("email",), ("phone",), ("maid",)),
    file_header=False,
    one_value_per_line=True,
    max_request_rows=100_000,
    minimum_rows=1_000,
    rules_version="snapchat-1",
    rules_url=LISTS,
    rules_checked=date(2026, 11, 22),
    notes=(
        "A segment holds one kind of identifier: e-mails, phones and mobile ids get files of their own.",
        "Snapchat takes no value per person: write a list per value tier, the best as lookalike seed.",
    ),
)  # fmt: skip
