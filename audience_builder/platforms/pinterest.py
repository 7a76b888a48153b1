"""Pinterest: customer lists."""

from datetime import date

from audience_builder import columns as c
from audience_builder.hashing import Digest
from audience_builder.matchkeys import email, identifier, phone
from audience_builder.spec import FileColumn, MatchKey, Platform

AUDIENCES = "https://developers.pinterest.com/docs/work-with-targets-and-audiences/create-audiences/"
SPECIFICATION = "https://github.com/pinterest/api-description"

PLATFORM = Platform(
    name="pinterest",
    title="Pinterest",
    match_keys=(
        MatchKey(
            name="email", source=c.EMAIL, normalise=email.trimmed_lower, digest=Digest.SHA256_HEX, repeats=3,
            why_not=email.why_not, rules_url=SPECIFICATION,
            rule="Outer spaces go, letters become lower case; dots and +tags stay.",
        ),
        MatchKey(
            name="phone", source=c.PHONE, normalise=phone.digits, digest=Digest.SHA256_HEX, repeats=3,
            why_not=phone.why_not, rules_url=SPECIFICATION,
            rule="Country code and number, digits alone: no plus sign, no leading zeros.",
        ),
        MatchKey(
            name="maid", source=c.MOBILE_ID, normalise=identifier.mobile_id_lower, digest=Digest.SHA256_HEX,
            why_not=identifier.why_not_mobile, rules_url=AUDIENCES,
            rule="The phone's advertising id in lower case with its hyphens.",
        ),
    ),
    file_columns=(
        FileColumn(header="email", column="email"),
        FileColumn(header="email", column="email_2"),
        FileColumn(header="email", column="email_3"),
        FileColumn(header="maid", column="maid"),
    ),
    identifies=(("email",), ("maid",), ("phone",)),
    file_header=False,
    one_value_per_line=True,
    max_request_rows=10_000,
    minimum_rows=100,
    rules_version="pinterest-1",
    rules_url=AUDIENCES,
    rules_checked=date(2026, 11, 22),
    notes=(
        "A list holds one kind of identifier: e-mails and mobile ids are written to files of their own.",
        "Phones are taken by the newest API alone, not from files.",
        "Pinterest takes no value per person: write a list per value tier, the best as actalike seed.",
    ),
)  # fmt: skip
