"""Microsoft Advertising: Customer Match."""

from datetime import date

from audience_builder import columns as c
from audience_builder.hashing import Digest
from audience_builder.matchkeys import email
from audience_builder.spec import FileColumn, MatchKey, Platform, RuleForm

ITEMS = "https://learn.microsoft.com/en-us/advertising/bulk-service/customer-list-item"
CONVERSIONS = "https://learn.microsoft.com/en-us/advertising/guides/uet-conversion-api-integration"

PLATFORM = Platform(
    name="microsoft",
    title="Microsoft Advertising",
    match_keys=(
        MatchKey(
            name="email", source=c.EMAIL, normalise=email.trimmed_lower, digest=Digest.SHA256_HEX, repeats=3,
            why_not=email.why_not, rules_url=ITEMS,
            rule="Outer spaces go, letters become lower case; dots and +tags stay.",
            forms=(
                RuleForm(
                    name="lower_no_dots_no_plus", normalise=email.lower_no_dots_no_plus,
                    rules_url=CONVERSIONS,
                    why="the conversions guide drops dots and the +tag, at every domain",
                ),
            ),
        ),
    ),
    file_columns=(
        FileColumn(header="Email", column="email"),
        FileColumn(header="Email", column="email_2"),
        FileColumn(header="Email", column="email_3"),
    ),
    identifies=(("email",),),
    one_value_per_line=True,
    max_file_rows=4_000_000,
    max_request_rows=1_000,
    minimum_rows=300,
    rules_version="microsoft-1",
    rules_url=ITEMS,
    rules_checked=date(2026, 11, 22),
    notes=(
        "Microsoft matches by e-mail alone.",
        "Microsoft takes no value per person: write one list per tier and give each a conversion value rule.",
        "Say on upload whether the addresses are hashed.",
    ),
)  # fmt: skip
