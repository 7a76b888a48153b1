"""Criteo: contact list segments."""

from datetime import date

from audience_builder import columns as c
from audience_builder.hashing import Digest
from audience_builder.matchkeys import email, identifier
from audience_builder.spec import FileColumn, MatchKey, Platform

CONTACT_LIST = "https://developers.criteo.com/marketing-solutions/docs/contact-list"

PLATFORM = Platform(
    name="criteo",
    title="Criteo",
    match_keys=(
        MatchKey(
            name="email", source=c.EMAIL, normalise=email.trimmed_lower, digest=Digest.SHA256_HEX, repeats=3,
            why_not=email.why_not, rules_url=CONTACT_LIST,
            rule="Outer spaces go, letters become lower case; dots and +tags stay.",
        ),
        MatchKey(
            name="madid", source=c.MOBILE_ID, normalise=identifier.mobile_id, digest=Digest.PLAIN,
            why_not=identifier.why_not_mobile, rules_url=CONTACT_LIST,
            rule="The phone's advertising id as it is, not hashed.",
        ),
    ),
    file_columns=(
        FileColumn(header="email", column="email"),
        FileColumn(header="email", column="email_2"),
        FileColumn(header="email", column="email_3"),
    ),
    identifies=(("email",), ("madid",)),
    one_value_per_line=True,
    max_request_rows=50_000,
    minimum_rows=0,
    recommended_rows=1_000,
    rules_version="criteo-1",
    rules_url=CONTACT_LIST,
    rules_checked=date(2026, 11, 22),
    notes=(
        "Criteo publishes neither its normal form nor a minimum: the usual e-mail rule is taken.",
        "Criteo matches phones in India alone: none are sent.",
        "Criteo takes no value per person: write one list per value tier.",
    ),
)  # fmt: skip
