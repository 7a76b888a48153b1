"""Meta (Facebook, Instagram): customer-list and value-based custom audiences."""

from datetime import date

from audience_builder import columns as c
from audience_builder.hashing import Digest
from audience_builder.matchkeys import birth, country, email, gender, identifier, name, phone, place, postcode
from audience_builder.spec import FileColumn, MatchKey, Platform

RULES = "https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences"
CUSTOMER_INFORMATION = "https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/customer-information-parameters"

PLATFORM = Platform(
    name="meta",
    title="Meta (Facebook, Instagram)",
    match_keys=(
        MatchKey(name="EMAIL", source=c.EMAIL, normalise=email.trimmed_lower, digest=Digest.SHA256_HEX, repeats=3,
                 why_not=email.why_not, rule="Trim, lower case; dots and +tags stay.", rules_url=RULES),
        MatchKey(name="PHONE", source=c.PHONE, normalise=phone.digits, digest=Digest.SHA256_HEX, repeats=3,
                 why_not=phone.why_not, rule="Country code and number, digits only, no plus sign.", rules_url=RULES),
        MatchKey(name="MADID", source=c.MOBILE_ID, normalise=identifier.mobile_id_lower, digest=Digest.PLAIN,
                 why_not=identifier.why_not_mobile, rule="Lower case, hyphens kept, never hashed.", rules_url=RULES),
        MatchKey(name="FN", source=c.FIRST_NAME, normalise=name.squashed_lower, digest=Digest.SHA256_HEX,
                 why_not=name.why_not, rule="Lower case without spaces and punctuation; accents stay.", rules_url=CUSTOMER_INFORMATION),
        MatchKey(name="LN", source=c.LAST_NAME, normalise=name.squashed_lower, digest=Digest.SHA256_HEX,
                 why_not=name.why_not, rule="Lower case without spaces and punctuation; accents stay.", rules_url=CUSTOMER_INFORMATION),
        MatchKey(name="ZIP", source=c.POSTAL_CODE, normalise=postcode.compact_lower, digest=Digest.SHA256_HEX,
                 why_not=postcode.why_not, rule="Lower case without spaces and dashes; US: the first five digits.", rules_url=RULES),
        MatchKey(name="CT", source=c.CITY, normalise=place.city_letters, digest=Digest.SHA256_HEX,
                 why_not=place.why_not_city, rule="Letters a-z only; accented letters as their base letter.", rules_url=RULES),
        MatchKey(name="ST", source=c.STATE, normalise=place.state_code_or_letters, digest=Digest.SHA256_HEX,
                 why_not=place.why_not_state, rule="US states as two letters; elsewhere letters a-z only.", rules_url=RULES),
        MatchKey(name="COUNTRY", source=c.COUNTRY, normalise=country.alpha2_lower, digest=Digest.SHA256_HEX,
                 why_not=country.why_not, rule="ISO 3166-1 alpha-2 in lower case.", rules_url=RULES),
        MatchKey(name="DOBY", source=c.DATE_OF_BIRTH, normalise=birth.year, digest=Digest.SHA256_HEX,
                 why_not=birth.why_not, rule="Year of birth, four digits.", rules_url=RULES),
        MatchKey(name="DOBM", source=c.DATE_OF_BIRTH, normalise=birth.month, digest=Digest.SHA256_HEX,
                 why_not=birth.why_not, rule="Month of birth, two digits.", rules_url=RULES),
        MatchKey(name="DOBD", source=c.DATE_OF_BIRTH, normalise=birth.day, digest=Digest.SHA256_HEX,
                 why_not=birth.why_not, rule="Day of birth, two digits.", rules_url=RULES),
        MatchKey(name="GEN", source=c.GENDER, normalise=gender.initial, digest=Digest.SHA256_HEX,
                 why_not=gender.why_not, rule="f or m.", rules_url=RULES),
        MatchKey(name="EXTERN_ID", source=c.CUSTOMER_ID, normalise=identifier.unchanged, digest=Digest.PLAIN,
                 why_not=identifier.why_not, rule="Sent as it is, not hashed.", rules_url=RULES),
    ),
    file_columns=(
        FileColumn(header="email", column="EMAIL"), FileColumn(header="email", column="EMAIL_2"),
        FileColumn(header="email", column="EMAIL_3"), FileColumn(header="phone", column="PHONE"),
        FileColumn(header="phone", column="PHONE_2"), FileColumn(header="phone", column="PHONE_3"),
        FileColumn(header="madid", column="MADID"), FileColumn(header="fn", column="FN"),
        FileColumn(header="ln", column="LN"), FileColumn(header="zip", column="ZIP"),
        FileColumn(header="ct", column="CT"), FileColumn(header="st", column="ST"),
        FileColumn(header="country", column="COUNTRY"), FileColumn(header="dob"),
        FileColumn(header="doby", column="DOBY"), FileColumn(header="gen", column="GEN"),
        FileColumn(header="age"), FileColumn(header="uid"), FileColumn(header="value", column="LOOKALIKE_VALUE"),
    ),
    identifies=(("EMAIL",), ("PHONE",), ("MADID",), ("EXTERN_ID",)),
    value_column="LOOKALIKE_VALUE",
    max_request_rows=10_000,
    minimum_rows=100,
    recommended_rows=1_000,
    rules_version="meta-1",
    rules_url=RULES,
    rules_checked=date(2026, 11, 22),
    notes=(
        "Upload the file as a customer list with a value column; the page hashes nothing that is hashed already.",
        "The dob, age and uid columns stay blank: a hashed birth date in one cell cannot match.",
    ),
)  # fmt: skip
