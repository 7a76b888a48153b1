"""Reddit: customer list audiences."""

from datetime import date

from audience_builder import columns as c
from audience_builder.hashing import Digest
from audience_builder.matchkeys import email, identifier
from audience_builder.spec import FileColumn, MatchKey, Platform, RuleForm

MATCHING = "https://docs.extract.to/reverse-etl-destinations/reddit-audiences"
CONNECTOR = "https://github.com/segmentio/action-destinations"

PLATFORM = Platform(
    name="reddit",
    title="Reddit",
    match_keys=(
        MatchKey(
            name="email", source=c.EMAIL, normalise=email.lower_alphanumeric, digest=Digest.SHA256_HEX,
            why_not=email.why_not, rules_url=MATCHING,
            rule="Lower case; before the @ the +tag goes and letters and digits alone stay, at every domain.",
            forms=(
                RuleForm(
                    name="lower_no_dots_no_plus", normalise=email.lower_no_dots_no_plus, rules_url=CONNECTOR,
                    why="a connector that Reddit maintains drops dots and the +tag alone",
                ),
                RuleForm(
                    name="trimmed_lower", normalise=email.trimmed_lower, rules_url=CONNECTOR,
                    why="some tools change no more than spaces and case",
                ),
            ),
        ),
        MatchKey(
            name="idfa", source=c.MOBILE_ID, normalise=identifier.mobile_id_upper, digest=Digest.SHA256_HEX,
            why_not=identifier.why_not_mobile, rules_url=CONNECTOR,
            rule="Apple's advertising id in upper case with its hyphens.",
        ),
        MatchKey(
            name="gaid", source=c.MOBILE_ID, normalise=identifier.mobile_id_lower, digest=Digest.SHA256_HEX,
            why_not=identifier.why_not_mobile, rules_url=CONNECTOR,
            rule="Google's advertising id in lower case with its hyphens.",
        ),
    ),
    file_columns=(FileColumn(header="EMAIL_SHA256", plain_header="EMAIL", column="email"),),
    identifies=(("email",), ("idfa",), ("gaid",)),
    max_request_rows=2_500,
    minimum_rows=1_000,
    rules_version="reddit-1",
    rules_url=MATCHING,
    rules_checked=date(2026, 11, 22),
    notes=(
        "An id that may be Apple's or Google's is sent both ways: the wrong one matches nobody.",
        "Reddit takes no phones and no value per person: write one list per value tier.",
        "The layout of Reddit's upload file is not published: this one holds a column of digests.",
    ),
)  # fmt: skip
