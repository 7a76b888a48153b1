"""Google Ads: Customer Match."""

from datetime import date

from audience_builder import columns as c
from audience_builder.hashing import Digest
from audience_builder.matchkeys import country, email, name, phone, postcode
from audience_builder.spec import FileColumn, MatchKey, Platform, RuleForm

FORMATTING = "https://developers.google.com/data-manager/api/devguides/concepts/formatting"
UPLOAD_FILE = "https://support.google.com/google-ads/answer/7659867"
ADDRESS_INFO = "https://developers.google.com/google-ads/api/reference/rpc/latest/OfflineUserAddressInfo"

ADDRESS = ("givenName", "familyName", "regionCode", "postalCode")

PLATFORM = Platform(
    name="google",
    title="Google Ads Customer Match",
    match_keys=(
        MatchKey(
            name="emailAddress", source=c.EMAIL, normalise=email.gmail_folded,
            digest=Digest.SHA256_HEX, repeats=3, why_not=email.why_not, rules_url=FORMATTING,
            rule="No spaces, lower case; at gmail.com and googlemail.com dots and +tag go too.",
        ),
        MatchKey(
            name="phoneNumber", source=c.PHONE, normalise=phone.e164, digest=Digest.SHA256_HEX, repeats=3,
            why_not=phone.why_not, rules_url=FORMATTING,
            rule="E.164: a plus sign, the country code and the number.",
        ),
        MatchKey(
            name="givenName", source=c.FIRST_NAME, normalise=name.given_untitled, digest=Digest.SHA256_HEX,
            why_not=name.why_not, rules_url=FORMATTING,
            rule="Lower case without a courtesy title; inner spaces, hyphens and accents stay.",
            forms=(
                RuleForm(
                    name="squashed", normalise=name.squashed_lower, rules_url=ADDRESS_INFO,
                    why="the Google Ads API reference removes inner spaces",
                ),
            ),
        ),
        MatchKey(
            name="familyName", source=c.LAST_NAME, normalise=name.family_untitled, digest=Digest.SHA256_HEX,
            why_not=name.why_not, rules_url=FORMATTING,
            rule="Lower case without a suffix such as Jr; inner spaces, hyphens and accents stay.",
            forms=(
                RuleForm(
                    name="squashed", normalise=name.squashed_lower, rules_url=ADDRESS_INFO,
                    why="the Google Ads API reference removes punctuation",
                ),
            ),
        ),
        MatchKey(
            name="regionCode", source=c.COUNTRY, normalise=country.alpha2_upper, digest=Digest.PLAIN,
            why_not=country.why_not, rules_url=FORMATTING,
            rule="The two letters of ISO 3166-1 in upper case, not hashed.",
        ),
        MatchKey(
            name="postalCode", source=c.POSTAL_CODE, normalise=postcode.trimmed, digest=Digest.PLAIN,
            why_not=postcode.why_not, rules_url=FORMATTING,
            rule="As it is written, outer spaces gone, not hashed; a US code may keep its four extra digits.",
        ),
    ),
    file_columns=(
        FileColumn(header="Email", column="emailAddress"),
        FileColumn(header="Email", column="emailAddress_2"),
        FileColumn(header="Email", column="emailAddress_3"),
        FileColumn(header="Phone", column="phoneNumber"),
        FileColumn(header="Phone", column="phoneNumber_2"),
        FileColumn(header="Phone", column="phoneNumber_3"),
        FileColumn(header="First Name", column="givenName"),
        FileColumn(header="Last Name", column="familyName"),
        FileColumn(header="Country", column="regionCode"),
        FileColumn(header="Zip", column="postalCode"),
    ),
    identifies=(("emailAddress",), ("phoneNumber",), ADDRESS),
    all_or_nothing=(ADDRESS,),
    max_request_rows=10_000,
    minimum_rows=100,
    recommended_rows=1_000,
    rules_version="google-1",
    rules_url=FORMATTING,
    rules_checked=date(2026, 11, 22),
    notes=(
        f"Headers as in {UPLOAD_FILE}; say on upload whether the file is hashed.",
        "Google takes no value per person: write one list per value tier.",
        "People in the EEA need consent for ad user data and ad personalisation, stated with the upload.",
    ),
)  # fmt: skip
