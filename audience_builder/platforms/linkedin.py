"""LinkedIn: Matched Audiences, contact lists."""

from datetime import date

from audience_builder import columns as c
from audience_builder.hashing import Digest
from audience_builder.matchkeys import country, email, identifier
from audience_builder.spec import FileColumn, MatchKey, Platform

SEGMENT_USERS = "https://learn.microsoft.com/en-us/linkedin/marketing/matched-audiences/create-and-manage-segment-users"
CONTACT_LISTS = "https://www.linkedin.com/help/lms/answer/a1489764"

PLATFORM = Platform(
    name="linkedin",
    title="LinkedIn Matched Audiences",
    match_keys=(
        MatchKey(
            name="email", source=c.EMAIL, normalise=email.no_whitespace_lower, digest=Digest.SHA256_HEX,
            why_not=email.why_not, rules_url=SEGMENT_USERS,
            rule="All spaces go, letters become lower case; dots and +tags stay.",
        ),
        MatchKey(
            name="country", source=c.COUNTRY, normalise=country.alpha2_upper, digest=Digest.PLAIN,
            why_not=country.why_not, rules_url=SEGMENT_USERS,
            rule="The two letters of ISO 3166-1, not hashed.",
        ),
        MatchKey(
            name="googleaid", source=c.MOBILE_ID, normalise=identifier.mobile_id_lower, digest=Digest.PLAIN,
            why_not=identifier.why_not_mobile, rules_url=SEGMENT_USERS,
            rule="The Google advertising id with its hyphens, not hashed.",
        ),
    ),
    file_columns=(
        FileColumn(header="email", column="email"),
        FileColumn(header="firstname"),
        FileColumn(header="lastname"),
        FileColumn(header="jobtitle"),
        FileColumn(header="employeecompany"),
        FileColumn(header="country", column="country"),
        FileColumn(header="googleaid", column="googleaid"),
    ),
    identifies=(("email",), ("googleaid",)),
    max_file_rows=300_000,
    max_file_bytes=20_000_000,
    max_request_rows=5_000,
    minimum_rows=300,
    recommended_rows=10_000,
    rules_version="linkedin-1",
    rules_url=CONTACT_LISTS,
    rules_checked=date(2026, 11, 22),
    notes=(
        "LinkedIn matches names and companies only in the clear: these columns stay blank.",
        "LinkedIn takes no phones and no value per person: write one list per value tier.",
        "If the upload page refuses the headers, copy the columns into the template it offers for download.",
    ),
)  # fmt: skip
