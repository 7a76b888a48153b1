import email_validator
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audience_builder.matchkeys import apply, email


@pytest.mark.parametrize(
    ("cell", "normal"),
    [
        (" Mary@Example.COM ", "mary@example.com"),
        ("ann@bücher.example.com", "ann@xn--bcher-kva.example.com"),
        ("ann@EXAMPLE.co.uk", "ann@example.co.uk"),
        ("o'brien@example.com", "o'brien@example.com"),
        ("ann@sub-domain.example.com", "ann@sub-domain.example.com"),
        ("a" * 64 + "@example.com", "a" * 64 + "@example.com"),
        ("ann@" + "a" * 63 + ".com", "ann@" + "a" * 63 + ".com"),
        ("ann@" + "a" * 64 + ".com", None),
        ("ann@example", None),
        ("ann@example..com", None),
        ("ann.@example.com", None),
        (".ann@example.com", None),
        ("ann@-example.com", None),
        ("ann@example.test", None),
        ("ann@printer.local", None),
        ("ann@@example.com", None),
        ("ann bee@example.com", None),
        ("ann@[192.0.2.1]", None),
        ("Ann <ann@example.com>", None),
        ("@example.com", None),
        ("", None),
        ("   ", None),
        (None, None),
    ],
)
def test_trimmed_lower_keeps_well_formed_addresses_only(cell, normal):
    assert apply(email.trimmed_lower, [cell]) == [normal]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("n/a@example.com", email.PLACEHOLDER),
        ("none@example.com", email.PLACEHOLDER),
        ("NoEmail@example.com", email.PLACEHOLDER),
        ("no-reply@example.com", email.PLACEHOLDER),
        ("test@test.com", email.PLACEHOLDER),
        ("xxx@example.com", email.PLACEHOLDER),
        ("ann@noemail.com", email.PLACEHOLDER),
        ("abc123@marketplace.amazon.co.uk", email.RELAY),
        ("abc@members.ebay.com", email.RELAY),
        ("abc@guest.airbnb.com", email.RELAY),
        ("0cc175b9c0f1b6a831c399e269772661", email.ALREADY_HASHED),
        ("ann", email.MALFORMED),
        ("n/a", email.MALFORMED),
        ("ann@example.com", None),
        ("test@example.com", None),
        ("abc@privaterelay.appleid.com", None),
        ("info@example.com", None),
        (" ", None),
        (None, None),
    ],
)
def test_reason_names_what_is_wrong(cell, reason):
    assert apply(email.why_not, [cell]) == [reason]
    usable = cell is not None and cell.strip() and reason is None
    assert (apply(email.trimmed_lower, [cell]) != [None]) == bool(usable)


def test_only_gmail_loses_dots_under_the_gmail_rules():
    cells = ["A.B+c@gmail.com", "A.B+c@googlemail.com", "A.B+c@mygmail.com", "A.B+c@gmail.com.example.com"]
    elsewhere = ["a.b+c@mygmail.com", "a.b+c@gmail.com.example.com"]
    assert apply(email.gmail_canonical, cells) == ["ab@gmail.com", "a.b+c@googlemail.com", *elsewhere]
    assert apply(email.gmail_folded, cells) == ["ab@gmail.com", "ab@googlemail.com", *elsewhere]


@pytest.mark.parametrize(
    "rule", [email.gmail_canonical, email.gmail_folded, email.lower_no_plus, email.lower_alphanumeric]
)
def test_address_that_is_all_tag_is_unusable(rule):
    assert apply(rule, ["+tag@gmail.com"]) == [None]


@pytest.mark.parametrize(
    ("cell", "addresses"),
    [
        ("ann@example.com", ["ann@example.com"]),
        ("ann@example.com;bob@example.org", ["ann@example.com", "bob@example.org"]),
        ("ann@example.com, bob@example.org", ["ann@example.com", "bob@example.org"]),
        ("ann@example.com\nbob@example.org", ["ann@example.com", "bob@example.org"]),
        ("ann@example.com / bob@example.org", ["ann@example.com", "bob@example.org"]),
        ("ann@example.com/bob@example.org", ["ann@example.com", "bob@example.org"]),
        ("mailto:ann@example.com mailto:bob@example.org", ["ann@example.com", "bob@example.org"]),
        ('"Ann, B." <ann@example.com>', ["ann@example.com"]),
        ("Ann <ann@example.com>; Bob <bob@example.org>", ["ann@example.com", "bob@example.org"]),
        ("ja ne@example.com", ["ja ne@example.com"]),
        ("  none ", ["none"]),
    ],
)
def test_cell_is_split_into_its_addresses(cell, addresses):
    assert pl.select(email.several(pl.lit(cell))).item().to_list() == addresses


def test_blank_cell_holds_no_list():
    assert pl.select(email.several(pl.lit(None, dtype=pl.String))).item() is None


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("Sales@example.com", "role"),
        ("salesman@example.com", None),
        ("xxxx@example.com", "placeholder"),
        ("a@marketplace.amazon.com", "relay"),
        ("a@marketplace.amazon.com.example.org", "relay"),
        ("a@privaterelay.appleid.com", None),
        ("ann@example.com", None),
    ],
)
def test_kind_tells_addresses_of_nobody_in_particular(cell, kind):
    assert apply(lambda value, _: email.kind(value), [cell]) == [kind]


def accepted_by_oracle(text):
    try:
        email_validator.validate_email(text.strip().lower(), check_deliverability=False)
    except email_validator.EmailNotValidError:
        return False
    return True


LABELS = st.text(alphabet="abz019-", min_size=1, max_size=6)
ALMOST_ADDRESSES = st.builds(
    lambda user, labels, top: f"{user}@{'.'.join([*labels, top])}",
    st.text(alphabet="aZ09.+-_'!#$%&*/=?^`{|}~ \"<(", max_size=8),
    st.lists(LABELS, max_size=3),
    st.sampled_from(["com", "test", "local", "c", "xn--p1ai", "рф", "info", "c0m", "museum", "arpa"]),
)


@settings(max_examples=60)
@given(st.lists(ALMOST_ADDRESSES | st.text(max_size=12), min_size=1, max_size=12))
def test_acceptance_agrees_with_email_validator(cells):
    kinds = apply(lambda value, _: email.kind(value), cells)
    somebody = [cell for cell, kind in zip(cells, kinds, strict=True) if kind is None]
    ours = [normal is not None for normal in apply(email.trimmed_lower, somebody)]
    assert ours == [accepted_by_oracle(cell) for cell in somebody]


def test_ordinary_addresses_are_settled_without_email_validator(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError

    monkeypatch.setattr(email_validator, "validate_email", refuse)
    assert apply(email.trimmed_lower, ["Ann.Bee+tag@sub.example.co.uk"]) == ["ann.bee+tag@sub.example.co.uk"]
