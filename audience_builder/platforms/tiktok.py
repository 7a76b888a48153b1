"""TikTok: customer file audiences."""

from datetime import date

from audience_builder import columns as c
from audience_builder.hashing import Digest
from audience_builder.matchkeys import email, identifier, phone
from audience_builder.spec import FileColumn, MatchKey, Platform, RuleForm

UPLOAD = "https://business-api.tiktok.com/portal/docs?id=1739940567842818"
IDS_AND_FORMATS = "https://ads.tiktok.com/help/article/list-of-supported-ids-and-formats-for-a-customer-file"
PREVIEW = "https://ads.tiktok.com/help/preview?content_id=5gcDeV2ckkwNVh1BedxvSJ"

PLATFORM = Platform(
    name="tiktok",
    title="TikTok",
    match_keys=(
        MatchKey(
            name="email", source=c.EMAIL, normalise=email.no_whitespace_lower,
            digest=Digest.SHA256_HEX, repeats=3, why_not=email.why_not, rules_url=IDS_AND_FORMATS,
            rule="All spaces go, letters become lower case; dots and +tags stay.",
            forms=(
                RuleForm(
                    name="lower_no_plus", normalise=email.lower_no_plus, rules_url=IDS_AND_FORMATS,
                    why="the help page of summer 2025 also drops the +tag, at every domain",
                ),
                RuleForm(
                    name="lower_no_dots_no_plus", normalise=email.lower_no_dots_no_plus, rules_url=PREVIEW,
                    why="an older edition of the page drops dots and the +tag, at every domain",
                ),
            ),
        ),
        MatchKey(
            name="phone", source=c.PHONE, normalise=phone.e164, digest=Digest.SHA256_HEX, repeats=3,
            why_not=phone.why_not, rules_url=UPLOAD,
            rule="E.164: a plus sign, the country code and the number.",
            forms=(
                RuleForm(
                    name="digits", normalise=phone.digits, rules_url=IDS_AND_FORMATS,
                    why="the help page of August 2025 asks for digits without the plus sign",
                ),
            ),
        ),
        MatchKey(
            name="maid", source=c.MOBILE_ID, normalise=identifier.mobile_id_lower, digest=Digest.SHA256_HEX,
            why_not=identifier.why_not_mobile, rules_url=PREVIEW,
            rule="The phone's advertising id in lower case with its hyphens.",
        ),
    ),
    file_columns=(
        FileColumn(header="email_SHA256", plain_header="Email", column="email"),
        FileColumn(header="email_SHA256", plain_header="Email", column="email_2"),
        FileColumn(header="email_SHA256", plain_header="Email", column="email_3"),
        FileColumn(header="phone_SHA256", plain_header="Phone", column="phone"),
        FileColumn(header="phone_SHA256", plain_header="Phone", column="phone_2"),
        FileColumn(header="phone_SHA256", plain_header="Phone", column="phone_3"),
        FileColumn(header="MAID_SHA256", plain_header="MAID", column="maid"),
    ),
    identifies=(("email",), ("phone",), ("maid",)),
    max_file_bytes=250_000_000,
    max_request_rows=1_000,
    minimum_rows=1_000,
    rules_version="tiktok-1",
    rules_url=IDS_AND_FORMATS,
    rules_checked=date(2026, 11, 22),
    notes=(
        "TikTok's pages disagree on e-mails and phones: the newest is the default, older forms are offered.",
        "TikTok takes no value per person: write a list per value tier, the best as lookalike seed.",
        "A change that leaves fewer than 1,000 people fails: delete the audience instead.",
    ),
)  # fmt: skip
