"""OpenAI Ads: custom audiences for ads in ChatGPT."""

from datetime import date

from audience_builder import columns as c
from audience_builder.hashing import Digest
from audience_builder.matchkeys import email, identifier, phone
from audience_builder.spec import FileColumn, MatchKey, Platform

AUDIENCES = "https://developers.openai.com/ads/custom-audiences"

PLATFORM = Platform(
    name="openai_ads",
    title="OpenAI Ads (ChatGPT)",
    match_keys=(
        MatchKey(
            name="email", source=c.EMAIL, normalise=email.trimmed_lower, digest=Digest.SHA256_HEX,
            why_not=email.why_not, rules_url=AUDIENCES,
            rule="Outer spaces go, letters become lower case; dots and +tags have to stay.",
        ),
        MatchKey(
            name="phone", source=c.PHONE, normalise=phone.e164, digest=Digest.SHA256_HEX,
            why_not=phone.why_not, rules_url=AUDIENCES, aliases=("phone_number",),
            rule="E.164: a plus sign, the country code and the number.",
        ),
        MatchKey(
            name="gaid", source=c.MOBILE_ID, normalise=identifier.mobile_id_lower, digest=Digest.PLAIN,
            why_not=identifier.why_not_mobile, rules_url=AUDIENCES,
            rule="The Google advertising id with its hyphens, never hashed.",
        ),
    ),
    file_columns=(
        FileColumn(header="email", column="email", plain_only=True),
        FileColumn(header="phone_number", column="phone", plain_only=True),
        FileColumn(header="email_sha256", column="email", hashed_only=True),
        FileColumn(header="phone_number_sha256", column="phone", hashed_only=True),
        FileColumn(header="gaid", column="gaid"),
    ),
    identifies=(("email",), ("phone",), ("gaid",)),
    max_file_bytes=500_000_000,
    max_request_rows=10_000,
    minimum_rows=25_000,
    rules_version="openai_ads-1",
    rules_url=AUDIENCES,
    rules_checked=date(2026, 11, 22),
    notes=(
        "Campaigns in the EEA and Switzerland cannot use customer lists.",
        "OpenAI takes no value per person: write one list per tier and give each a bid multiplier.",
        "The minimum holds for targeting and multipliers; a list for exclusion may be of any size.",
    ),
)  # fmt: skip
