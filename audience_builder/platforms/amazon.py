"""Amazon Ads: advertiser audiences of AMC, DSP and Ads Data Manager."""

from datetime import date

from audience_builder import columns as c
from audience_builder.hashing import Digest
from audience_builder.matchkeys import email, name, phone, place, postcode
from audience_builder.spec import FileColumn, MatchKey, Platform, RuleForm

UPLOADER = "https://github.com/aws-solutions/amazon-marketing-cloud-uploader-from-aws"
DATA_MANAGER = "https://docs.tealium.com/server-side-connectors/amazon-ads-data-manager-connector"

PLATFORM = Platform(
    name="amazon",
    title="Amazon Ads",
    match_keys=(
        MatchKey(
            name="email", source=c.EMAIL, normalise=email.lower_plain_characters, digest=Digest.SHA256_HEX,
            why_not=email.why_not, rules_url=UPLOADER,
            rule="Lower case; a-z, 0-9, _ . @ and - alone stay, so the + of a +tag goes and its text stays.",
            forms=(
                RuleForm(
                    name="trimmed_lower", normalise=email.trimmed_lower, rules_url=DATA_MANAGER,
                    why="guides to Ads Data Manager change no more than spaces and case",
                ),
            ),
        ),
        MatchKey(
            name="phone", source=c.PHONE, normalise=phone.digits, digest=Digest.SHA256_HEX,
            why_not=phone.why_not, rules_url=UPLOADER,
            rule="Country code and number, digits alone: no plus sign.",
            forms=(
                RuleForm(
                    name="e164", normalise=phone.e164, rules_url=DATA_MANAGER,
                    why="a guide to Ads Data Manager shows the plus sign",
                ),
            ),
        ),
        MatchKey(
            name="firstname", source=c.FIRST_NAME, normalise=name.umlauts_spelt_out, digest=Digest.SHA256_HEX,
            why_not=name.why_not, rules_url=UPLOADER, aliases=("first_name",),
            rule="Lower case; German and Nordic letters are spelt out, then a-z and 0-9 alone stay.",
        ),
        MatchKey(
            name="lastname", source=c.LAST_NAME, normalise=name.umlauts_spelt_out, digest=Digest.SHA256_HEX,
            why_not=name.why_not, rules_url=UPLOADER, aliases=("last_name",),
            rule="Lower case; German and Nordic letters are spelt out, then a-z and 0-9 alone stay.",
        ),
        MatchKey(
            name="city", source=c.CITY, normalise=place.city_plain_letters, digest=Digest.SHA256_HEX,
            why_not=place.why_not_city, rules_url=UPLOADER,
            rule="Lower case; a-z and 0-9 alone stay, letters with accents go.",
        ),
        MatchKey(
            name="state", source=c.STATE, normalise=place.state_code, digest=Digest.SHA256_HEX,
            why_not=place.why_not_state_code, rules_url=UPLOADER,
            rule="The state's own short code in lower case.",
        ),
        MatchKey(
            name="postal", source=c.POSTAL_CODE, normalise=postcode.amazon_lower, digest=Digest.SHA256_HEX,
            why_not=postcode.why_not, rules_url=UPLOADER, aliases=("zip",),
            rule="Lower case in the length of the country: US 5, CA 6, GB up to 7, IN 6 and JP 7 characters.",
        ),
    ),
    file_columns=(
        FileColumn(header="email", column="email"),
        FileColumn(header="phone", column="phone"),
        FileColumn(header="firstname", column="firstname"),
        FileColumn(header="lastname", column="lastname"),
        FileColumn(header="address"),
        FileColumn(header="city", column="city"),
        FileColumn(header="state", column="state"),
        FileColumn(header="postal", column="postal"),
    ),
    identifies=(("email",), ("phone",)),
    max_request_rows=6_000,
    minimum_rows=2_000,
    rules_version="amazon-1",
    rules_url=UPLOADER,
    rules_checked=date(2026, 11, 22),
    notes=(
        "The street address stays blank: an order export seldom has it clean enough to match.",
        "People in the EEA, the UK and Switzerland need consent, stated with the upload.",
        "Amazon takes no value per person: write one list per value tier.",
        "Whether Canadian and British postal codes match in lower case is not published.",
    ),
)  # fmt: skip
