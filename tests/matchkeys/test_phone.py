"""Phone numbers, end to end through the public functions."""

import subprocess
import sys

import polars as pl
import pytest

from audience_builder.matchkeys import phone

VALUE, COUNTRY = pl.col("value"), pl.col("country")


def cells(*pairs):
    return pl.DataFrame(pairs, schema={"value": pl.String, "country": pl.String}, orient="row")


def e164(*pairs):
    return cells(*pairs).select(phone.e164(VALUE, COUNTRY)).to_series().to_list()


def why_not(*pairs):
    return cells(*pairs).select(phone.why_not(VALUE, COUNTRY)).to_series().to_list()


def several(*values):
    return pl.DataFrame({"value": values}).select(phone.several(VALUE)).to_series().to_list()


@pytest.mark.parametrize(
    ("value", "country", "number"),
    [
        ("(650) 555-1212", "US", "+16505551212"),
        ("1-(650)-561-5622", "US", "+16505615622"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("+44 (0)20 7946 0958", "GB", "+442079460958"),
        ("+44 (0)113 496 0987", None, "+441134960987"),
        ("030 123456", "DE", "+4930123456"),
        ("0491 570 006", "AU", "+61491570006"),
        ("06 12 34 56 78", "FR", "+33612345678"),
        ("06 6982 1234", "IT", "+390669821234"),
        ("0049 170 1234567", "DE", "+491701234567"),
        ("011 44 20 7946 0958", "US", "+442079460958"),
        ("1-800-FLOWERS", "US", "+18003569377"),
        ("(650) 555-1212 ext. 89", "US", "+16505551212"),
        ("tel:+1-650-555-1212", None, "+16505551212"),
        ("\uff0b\uff14\uff14 20 7946 0958", None, "+442079460958"),
        ("+٤٤ ٢٠ ٧٩٤٦ ٠٩٥٨", None, "+442079460958"),
        ("800 1234 5678", "US", None),
        ("+800 1234 5678", "US", "+80012345678"),
    ],
)
def test_a_number_is_written_in_e164(value, country, number):
    assert e164((value, country)) == [number]


def test_digits_is_e164_without_the_plus():
    frame = cells(("020 7946 0958", "GB"), (None, "GB"))
    assert frame.select(phone.digits(VALUE, COUNTRY)).to_series().to_list() == ["442079460958", None]


def test_00_stands_for_plus_when_no_country_is_known():
    assert e164(("0049 170 1234567", None), ("(00) 49 170 1234567", None), ("00 1 2", None)) == [
        "+491701234567",
        "+491701234567",
        None,
    ]


def test_no_country_is_ever_guessed():
    assert e164(("020 7946 0958", None), ("020 7946 0958", "ZZ")) == [None, None]


@pytest.mark.parametrize("spoilt", ["1.21256E+10", "1.212556E10", " 4.93012e+10 ", "12125550100.0", "4930123456,0"])
def test_a_spreadsheet_float_is_never_a_number(spoilt):
    assert e164((spoilt, "US"), (spoilt, "DE"), (spoilt, None)) == [None, None, None]


def test_blank_gives_null_and_no_reason():
    blanks = ((None, "US"), ("", "US"), ("   ", None))
    assert e164(*blanks) == [None, None, None]
    assert why_not(*blanks) == [None, None, None]


def test_each_refusal_has_its_reason():
    assert why_not(
        ("020 7946 0958", None),
        ("1.21256E+10", "US"),
        ("12125550100.0", "US"),
        ("12345", "US"),
        ("+44 1", None),
        ("999 999 9999 / 999 999 9998", "US"),
    ) == [
        "no country known for a number without +",
        "digits lost in a spreadsheet (1.21E+10)",
        "decimals from a spreadsheet (12125550100.0)",
        "not a valid number",
        "not a valid number",
        "several numbers in one cell: none valid",
    ]


@pytest.mark.parametrize("between", [" / ", "/", ";", "; ", ", ", "\n", "\r\n", " or ", " OR ", " | "])
def test_two_numbers_in_a_cell_are_taken_apart(between):
    assert several(f"020 7946 0958{between}+44 20 7946 0959") == [["020 7946 0958", "+44 20 7946 0959"]]


@pytest.mark.parametrize(
    "single",
    [
        "030/123456",
        "0049172/1234567",
        "+4930/12345678",
        "(212) 555-0100, ext. 5",
        "020-7946-0958",
        "+49 30 123456/78",
    ],
)
def test_a_single_number_stays_whole(single):
    assert several(single) == [[single]]


def test_a_null_cell_holds_no_numbers():
    assert several(None, "650 555 1212") == [None, ["650 555 1212"]]


def test_the_first_valid_of_several_numbers_counts():
    assert e164(
        ("020 7946 0958 / 020 7946 0959", "GB"),
        ("999 999 9999 or 650 555 1212", "US"),
    ) == ["+442079460958", "+16505551212"]


def test_rows_keep_their_order_and_name_over_repeats():
    frame = cells(("650 555 1212", "US"), (None, None), ("650 555 1212", "GB"), ("650 555 1212", "US"))
    result = frame.select(phone.e164(VALUE, COUNTRY))
    assert result.columns == ["value"]
    assert result["value"].to_list() == ["+16505551212", None, None, "+16505551212"]


def test_streaming_gives_the_same_as_in_memory():
    frame = cells(*[(f"020 7946 {n:04}", "GB") for n in range(1000)])
    streamed = frame.lazy().select(phone.e164(VALUE, COUNTRY)).collect(engine="streaming")
    assert streamed["value"].to_list() == [f"+44207946{n:04}" for n in range(1000)]


def test_importing_loads_no_metadata():
    code = "import audience_builder.matchkeys.phone, sys; print('phonenumbers' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
