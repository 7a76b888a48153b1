import pytest

from audience_builder.matchkeys import apply, place


@pytest.mark.parametrize(
    ("cell", "letters", "plain"),
    [
        ("São Paulo", "saopaulo", "sopaulo"),
        ("Sa\u0303o Paulo", "saopaulo", "sopaulo"),
        ("MÜNCHEN", "munchen", "mnchen"),
        ("Gießen", "giessen", "gieen"),
        ("Łódź", "lodz", "d"),
        ("Tromsø", "tromso", "troms"),
        ("İstanbul", "istanbul", "istanbul"),
        ("Saint-Étienne", "saintetienne", "sainttienne"),
        ("'s-Hertogenbosch", "shertogenbosch", "shertogenbosch"),
        ("Y", "y", "y"),
        ("Köln 51", "koln", "kln51"),
        ("東京", None, None),
        ("Москва", None, None),
        ("n/a", None, None),
        ("Unknown", None, None),
        ("--", None, None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_city_is_written_as_meta_and_amazon_want_it(cell, letters, plain):
    assert apply(place.city_letters, [cell]) == [letters]
    assert apply(place.city_plain_letters, [cell]) == [plain]


@pytest.mark.parametrize(
    ("cell", "country", "meta", "code"),
    [
        ("CA", "US", "ca", "ca"),
        ("California", "US", "ca", "ca"),
        ("calif.", "US", "ca", "ca"),
        ("N.C.", "US", "nc", "nc"),
        ("New  York", "US", "ny", "ny"),
        ("District of Columbia", "US", "dc", "dc"),
        ("Puerto Rico", "US", "pr", "pr"),
        ("Hawaiʻi", "US", "hi", "hi"),
        ("W. Va.", "US", "wv", "wv"),
        ("AE", "US", "ae", "ae"),
        ("Ontario", "US", None, None),
        ("ZZ", "US", None, None),
        ("California", None, "ca", "ca"),
        ("Ontario", None, "ontario", None),
        ("Ontario", "CA", "ontario", "on"),
        ("BC", "CA", "bc", "bc"),
        ("Québec", "CA", "quebec", "qc"),
        ("New South Wales", "AU", "newsouthwales", "nsw"),
        ("São Paulo", "BR", "saopaulo", "sp"),
        ("Ciudad de México", "MX", "ciudaddemexico", "cmx"),
        ("Karnataka", "IN", "karnataka", "ka"),
        ("Île-de-France", "FR", "iledefrance", None),
        ("California", "MX", "california", None),
        ("12", "FR", None, None),
        ("", "US", None, None),
        (None, "US", None, None),
    ],
)
def test_state_is_a_code_in_the_us_and_letters_elsewhere(cell, country, meta, code):
    assert apply(place.state_code_or_letters, [cell], country) == [meta]
    assert apply(place.state_code, [cell], country) == [code]


@pytest.mark.parametrize(
    ("cell", "country", "city_reason", "state_reason"),
    [
        ("n/a", "US", place.PLACEHOLDER, place.PLACEHOLDER),
        ("東京", "JP", place.NOT_LATIN, place.NOT_LATIN),
        ("12", "US", place.NOT_LETTERS, place.NOT_LETTERS),
        ("Ontario", "US", None, place.UNKNOWN_STATE),
        ("Texas", "US", None, None),
        (" ", "US", None, None),
        (None, "US", None, None),
    ],
)
def test_reason_names_what_is_wrong(cell, country, city_reason, state_reason):
    assert apply(place.why_not_city, [cell], country) == [city_reason]
    assert apply(place.why_not_state, [cell], country) == [state_reason]


def test_state_without_a_code_is_named():
    assert apply(place.why_not_state_code, ["Bayern", "TX"], ["DE", None]) == [place.UNKNOWN_STATE, None]
