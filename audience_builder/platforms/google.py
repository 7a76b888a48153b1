"""Google Ads: Customer Match lists."""

from datetime import date

from audience_builder import columns as c
from audience_builder.hashing import Digest
from audience_builder.matchkeys import country, email, name, phone, postcode
from audience_builder.spec import FileColumn, MatchKey, Platform, RuleForm

RULES = "https://developers.google.com/data-manager/api/devguides/concepts/formatting"
UPLOAD_FILE = "https://support.google.com/google-ads/answer/7659867"

PLATFORM = Platform(
    name="google",
    title="Google Ads Customer Match",
    match_keys=(
        MatchKey(name="emailAddress", source=c.EMAIL, normalise=email.gmail_folded, digest=Digest.SHA256_HEX, repeats=3,
                 why_not=email.why_not, rules_url=RULES,
                 rule="No spaces, lower case; for gmail.com and googlemail.com without dots and +tag."),
        MatchKey(name="phoneNumber", source=c.PHONE, normalise=phone.e164, digest=Digest.SHA256_HEX, repeats=3,
                 why_not=phone.why_not, rule="E.164: plus sign, country code, number.", rules_url=RULES),
        MatchKey(name="givenName", source=c.FIRST_NAME, normalise=name.given_untitled, digest=Digest.SHA256_HEX,
                 why_not=name.why_not, rules_url=RULES, rule="Trim, lower case, without courtesy title.",
                 forms=(RuleForm(name="squashed", normalise=name.squashed_lower, rules_url=RULES,
                                 why="the Google Ads API documentation removes spaces and punctuation"),)),
        MatchKey(name="familyName", source=c.LAST_NAME, normalise=name.family_untitled, digest=Digest.SHA256_HEX,
                 why_not=name.why_not, rules_url=RULES, rule="Trim, lower case, without suffix.",
                 forms=(RuleForm(name="squashed", normalise=name.squashed_lower, rules_url=RULES,
                                 why="the Google Ads API documentation removes spaces and punctuation"),)),
        MatchKey(name="regionCode", source=c.COUNTRY, normalise=country.alpha2_upper, digest=Digest.PLAIN,
                 why_not=country.why_not, rule="ISO 3166-1 alpha-2 in upper case, not hashed.", rules_url=RULES),
        MatchKey(name="postalCode", source=c.POSTAL_CODE, normalise=postcode.trimmed, digest=Digest.PLAIN,
                 why_not=postcode.why_not, rule="As written, trimmed, not hashed.", rules_url=RULES),
    ),
    file_columns=(
        FileColumn(header="Email", column="emailAddress"), FileColumn(header="Email", column="emailAddress_2"),
        FileColumn(header="Email", column="emailAddress_3"), FileColumn(header="Phone", column="phoneNumber"),
        FileColumn(header="Phone", column="phoneNumber_2"), FileColumn(header="Phone", column="phoneNumber_3"),
        FileColumn(header="First Name", column="givenName"), FileColumn(header="Last Name", column="familyName"),
        FileColumn(header="Country", column="regionCode"), FileColumn(header="Zip", column="postalCode"),
    ),
    identifies=(("emailAddress",), ("phoneNumber",), ("givenName", "familyName", "regionCode", "postalCode")),
    all_or_nothing=(("givenName", "familyName", "regionCode", "postalCode"),),
    max_request_rows=10_000,
    minimum_rows=100,
    recommended_rows=1_000,
    rules_version="google-1",
    rules_url=RULES,
    rules_checked=date(2026, 11, 22),
    notes=("Google takes no value per person: --tiers N writes one list per value tier.",),
)  # fmt: skip
