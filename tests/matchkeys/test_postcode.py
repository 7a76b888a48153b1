import pytest

from audience_builder.matchkeys import apply, postcode


@pytest.mark.parametrize(
    ("cell", "country", "compact", "google", "amazon"),
    [
        ("94035", "US", "94035", "94035", "94035"),
        ("94035-1234", "US", "94035", "94035-1234", "94035"),
        ("94035 1234", "US", "94035", "94035-1234", "94035"),
        ("940351234", "US", "94035", "94035-1234", "94035"),
        ("2134", "US", "02134", "02134", "02134"),
        ("501", "US", "00501", "00501", "00501"),
        ("21341234", "US", "02134", "02134-1234", "02134"),
        ("2134-1234", "US", "02134", "02134-1234", "02134"),
        ("2134.0", "US", "02134", "02134", "02134"),
        ("02134", "US", "02134", "02134", "02134"),
        ("12", "US", None, None, None),
        ("123456", "US", None, None, None),
        ("K1A 0B1", "US", None, None, None),
        ("1067", "DE", "01067", "01067", None),
        ("1067", "AT", "1067", "1067", None),
        ("2134", None, "2134", "2134", None),
        ("94035", None, "94035", "94035", "94035"),
        ("SW1A 1AA", "GB", "sw1a1aa", "SW1A 1AA", "sw1a1aa"),
        ("m1 1ae", "GB", "m11ae", "m1 1ae", "m11ae"),
        ("K1A-0B1", "CA", "k1a0b1", "K1A-0B1", "k1a0b1"),
        ("110 001", "IN", "110001", "110 001", "110001"),
        ("100-0001", "JP", "1000001", "100-0001", "1000001"),
        ("1234 AB", "NL", "1234ab", "1234 AB", None),
        ("D02 AF30", "IE", "d02af30", "D02 AF30", None),
        ("9.4E+04", "US", None, None, None),
        ("n/a", "US", None, None, None),
        ("00000", "US", None, None, None),
        ("Boston", "US", None, None, None),
        ("Boston", "GB", None, None, None),
        ("", "US", None, None, None),
        (None, "US", None, None, None),
    ],
)
def test_postcode_is_written_as_each_platform_wants_it(cell, country, compact, google, amazon):
    assert apply(postcode.compact_lower, [cell], country) == [compact]
    assert apply(postcode.trimmed, [cell], country) == [google]
    assert apply(postcode.amazon_lower, [cell], country) == [amazon]


@pytest.mark.parametrize(
    ("cell", "country", "reason"),
    [
        ("n/a", "US", postcode.PLACEHOLDER),
        ("00000", "US", postcode.PLACEHOLDER),
        ("9.4E+04", "US", postcode.SHORTENED),
        ("K1A 0B1", "US", postcode.NOT_FOR_THIS_COUNTRY),
        ("Boston", "GB", postcode.MALFORMED),
        ("2134", "US", None),
        (" ", "US", None),
        (None, None, None),
    ],
)
def test_reason_names_what_is_wrong(cell, country, reason):
    assert apply(postcode.why_not, [cell], country) == [reason]


def test_amazon_refuses_countries_it_lists_no_shape_for():
    assert apply(postcode.why_not_amazon, ["75018", "22313"], ["FR", "US"]) == [
        postcode.NOT_FOR_THIS_COUNTRY,
        None,
    ]


def test_zeros_and_exponents_stay_refused_with_separators_among_them():
    assert apply(postcode.compact_lower, ["0.", "0-0 0", "1 E5", "9.4 E+04"]) == [None] * 4
