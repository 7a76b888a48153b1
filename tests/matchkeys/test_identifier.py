import pytest

from audience_builder.matchkeys import apply, identifier

ID = "AEBE52E7-03EE-455A-B3C4-E57283966239"


@pytest.mark.parametrize(
    ("cell", "normal", "reason"),
    [
        (" Cust.ID-9. ", "Cust.ID-9.", None),
        ("007", "007", None),
        ("7.21045E+12", None, identifier.DIGITS_LOST),
        ("7,21045E+12", None, identifier.DIGITS_LOST),
        ("7E+12", None, identifier.DIGITS_LOST),
        ("7E12", "7E12", None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_id_stays_as_it_is_unless_a_spreadsheet_shortened_it(cell, normal, reason):
    assert apply(identifier.unchanged, [cell]) == [normal]
    assert apply(identifier.why_not, [cell]) == [reason]


def test_case_is_changed_only_where_asked():
    assert apply(identifier.lower, ["aB"]) == ["ab"]
    assert apply(identifier.upper, ["aB"]) == ["AB"]


@pytest.mark.parametrize(
    ("cell", "usable", "reason"),
    [
        (f" {ID} ", True, None),
        (ID.lower(), True, None),
        (ID.replace("-", ""), False, identifier.NOT_A_MOBILE_ID),
        (f"{ID}0", False, identifier.NOT_A_MOBILE_ID),
        ("n/a", False, identifier.NOT_A_MOBILE_ID),
        ("00000000-0000-0000-0000-000000000000", False, identifier.TRACKING_SWITCHED_OFF),
        ("", False, None),
        (None, False, None),
    ],
)
def test_mobile_id_has_the_shape_of_one(cell, usable, reason):
    assert apply(identifier.mobile_id_lower, [cell]) == [ID.lower() if usable else None]
    assert apply(identifier.mobile_id_upper, [cell]) == [ID if usable else None]
    assert apply(identifier.mobile_id, [cell]) == [cell.strip() if usable else None]
    assert apply(identifier.why_not_mobile, [cell]) == [reason]
