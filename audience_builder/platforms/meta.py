"""Meta (Facebook, Instagram): customer-list and value-based custom audiences."""

from datetime import date

from audience_builder import columns as c
from audience_builder.hashing import Digest
from audience_builder.matchkeys import birth, country, email, gender, identifier, name, phone, place, postcode
from audience_builder.spec import FileColumn, MatchKey, Platform, RuleForm

AUDIENCES = "https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences"
CUSTOMER_INFORMATION = (
    "https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/customer-information-parameters"
)
UPLOADER = "https://github.com/facebookarchive/offline-conversion-file-uploader"
EXAMPLE_FILE = "https://www.facebook.com/images/ads/signals/example_files/example_value_based_audience_file.csv"

PLATFORM = Platform(
    name="meta",
    title="Meta (Facebook, Instagram)",
    match_keys=(
        MatchKey(
            name="EMAIL", source=c.EMAIL, normalise=email.trimmed_lower, digest=Digest.SHA256_HEX, repeats=3,
            why_not=email.why_not, rules_url=AUDIENCES,
            rule="Outer spaces go, letters become lower case; dots and +tags stay, at Gmail too.",
        ),
        MatchKey(
            name="PHONE", source=c.PHONE, normalise=phone.digits, digest=Digest.SHA256_HEX, repeats=3,
            why_not=phone.why_not, rules_url=AUDIENCES,
            rule="Country code and number, digits alone: no plus sign, no leading zeros.",
        ),
        MatchKey(
            name="FN", source=c.FIRST_NAME, normalise=name.squashed_lower, digest=Digest.SHA256_HEX,
            why_not=name.why_not, rules_url=CUSTOMER_INFORMATION,
            rule="Lower case without spaces and punctuation; accents and other scripts stay.",
        ),
        MatchKey(
            name="LN", source=c.LAST_NAME, normalise=name.squashed_lower, digest=Digest.SHA256_HEX,
            why_not=name.why_not, rules_url=CUSTOMER_INFORMATION,
            rule="Lower case without spaces and punctuation; accents and other scripts stay.",
        ),
        MatchKey(
            name="CT", source=c.CITY, normalise=place.city_letters, digest=Digest.SHA256_HEX,
            why_not=place.why_not_city, rules_url=AUDIENCES,
            rule="The letters a to z in lower case; a letter with an accent counts as its base letter.",
        ),
        MatchKey(
            name="ST", source=c.STATE, normalise=place.state_code_or_letters, digest=Digest.SHA256_HEX,
            why_not=place.why_not_state, rules_url=AUDIENCES,
            rule="A US state as its two letters; elsewhere the letters a to z, lower case.",
            forms=(
                RuleForm(
                    name="letters", normalise=place.city_letters, rules_url=UPLOADER,
                    why="Meta's own file uploader sends a US state's name as it is written",
                ),
            ),
        ),
        MatchKey(
            name="ZIP", source=c.POSTAL_CODE, normalise=postcode.compact_lower, digest=Digest.SHA256_HEX,
            why_not=postcode.why_not, rules_url=AUDIENCES,
            rule="Lower case without spaces and dashes; a US code as five digits.",
        ),
        MatchKey(
            name="COUNTRY", source=c.COUNTRY, normalise=country.alpha2_lower, digest=Digest.SHA256_HEX,
            why_not=country.why_not, rules_url=AUDIENCES,
            rule="The two letters of ISO 3166-1 in lower case.",
        ),
        MatchKey(
            name="GEN", source=c.GENDER, normalise=gender.initial, digest=Digest.SHA256_HEX,
            why_not=gender.why_not, rules_url=AUDIENCES,
            rule="The letter f or m.",
        ),
        MatchKey(
            name="DOBY", source=c.DATE_OF_BIRTH, normalise=birth.year, digest=Digest.SHA256_HEX,
            why_not=birth.why_not, rules_url=AUDIENCES,
            rule="The year of birth in four digits.",
        ),
        MatchKey(
            name="DOBM", source=c.DATE_OF_BIRTH, normalise=birth.month, digest=Digest.SHA256_HEX,
            why_not=birth.why_not, rules_url=AUDIENCES,
            rule="The month of birth in two digits.",
        ),
        MatchKey(
            name="DOBD", source=c.DATE_OF_BIRTH, normalise=birth.day, digest=Digest.SHA256_HEX,
            why_not=birth.why_not, rules_url=AUDIENCES,
            rule="The day of birth in two digits.",
        ),
        MatchKey(
            name="MADID", source=c.MOBILE_ID, normalise=identifier.mobile_id_lower, digest=Digest.PLAIN,
            why_not=identifier.why_not_mobile, rules_url=AUDIENCES,
            rule="The phone's advertising id in lower case with its hyphens, never hashed.",
        ),
        MatchKey(
            name="EXTERN_ID", source=c.CUSTOMER_ID, normalise=identifier.unchanged, digest=Digest.PLAIN,
            why_not=identifier.why_not, rules_url=AUDIENCES,
            rule="Your own customer id as it is, not hashed.",
        ),
    ),
    file_columns=(
        FileColumn(header="email", column="EMAIL"),
        FileColumn(header="email", column="EMAIL_2"),
        FileColumn(header="email", column="EMAIL_3"),
        FileColumn(header="phone", column="PHONE"),
        FileColumn(header="phone", column="PHONE_2"),
        FileColumn(header="phone", column="PHONE_3"),
        FileColumn(header="madid", column="MADID"),
        FileColumn(header="fn", column="FN"),
        FileColumn(header="ln", column="LN"),
        FileColumn(header="zip", column="ZIP"),
        FileColumn(header="ct", column="CT"),
        FileColumn(header="st", column="ST"),
        FileColumn(header="country", column="COUNTRY"),
        FileColumn(header="dob", joined=("DOBY", "DOBM", "DOBD"), plain_only=True),
        FileColumn(header="doby", column="DOBY"),
        FileColumn(header="gen", column="GEN"),
        FileColumn(header="age"),
        FileColumn(header="uid"),
        FileColumn(header="value", column="LOOKALIKE_VALUE"),
    ),
    identifies=(("EMAIL",), ("PHONE",), ("MADID",), ("EXTERN_ID",)),
    value_column="LOOKALIKE_VALUE",
    max_request_rows=10_000,
    minimum_rows=100,
    recommended_rows=1_000,
    rules_version="meta-1",
    rules_url=AUDIENCES,
    rules_checked=date(2026, 11, 22),
    notes=(
        "Upload it as a customer list that includes customer value; Meta leaves hashed cells as they are.",
        f"The file has the columns of Meta's example file, {EXAMPLE_FILE}.",
        "age and uid stay blank, dob too in a hashed file, where one cell cannot hold three digests.",
        "Your own customer id travels with uploads through the API only; the file has no column for it.",
    ),
)  # fmt: skip
