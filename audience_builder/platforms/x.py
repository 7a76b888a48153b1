"""X (Twitter): custom audiences."""

from datetime import date

from audience_builder import columns as c
from audience_builder.hashing import Digest
from audience_builder.matchkeys import email, identifier, phone
from audience_builder.spec import FileColumn, MatchKey, Platform

AUDIENCES = "https://docs.x.com/x-ads-api/audiences"
CONVERSIONS = "https://docs.x.com/x-ads-api/measurement/web-conversions"

PLATFORM = Platform(
    name="x",
    title="X (Twitter)",
    match_keys=(
        MatchKey(
            name="email", source=c.EMAIL, normalise=email.trimmed_lower, digest=Digest.SHA256_HEX, repeats=3,
            why_not=email.why_not, rules_url=AUDIENCES,
            rule="Outer spaces go, letters become lower case; dots and +tags stay.",
        ),
        MatchKey(
            name="phone_number", source=c.PHONE, normalise=phone.e164, digest=Digest.SHA256_HEX, repeats=3,
            why_not=phone.why_not, rules_url=CONVERSIONS, aliases=("phone",),
            rule="E.164: a plus sign, the country code and the number.",
        ),
        MatchKey(
            name="device_id", source=c.MOBILE_ID, normalise=identifier.mobile_id_lower,
            digest=Digest.SHA256_HEX,
            why_not=identifier.why_not_mobile, rules_url=AUDIENCES, aliases=("idfa",),
            rule="The phone's advertising id in lower case with its hyphens.",
        ),
    ),
    file_columns=(
        FileColumn(header="email", column="email"),
        FileColumn(header="email", column="email_2"),
        FileColumn(header="email", column="email_3"),
        FileColumn(header="phone", column="phone_number"),
        FileColumn(header="phone", column="phone_number_2"),
        FileColumn(header="phone", column="phone_number_3"),
        FileColumn(header="device_id", column="device_id"),
    ),
    identifies=(("email",), ("phone_number",), ("device_id",)),
    file_header=False,
    one_value_per_line=True,
    max_request_rows=2_500,
    minimum_rows=100,
    recommended_rows=500,
    rules_version="x-1",
    rules_url=AUDIENCES,
    rules_checked=date(2026, 11, 22),
    notes=(
        "A list file holds one kind of identifier: e-mails, phones and mobile ids get files of their own.",
        "X takes no value per person: write one list per value tier.",
        "Members fall out after 13 months unless they are sent again.",
    ),
)  # fmt: skip
