import pytest

from audience_builder.matchkeys import apply, country
from audience_builder.matchkeys.tables import table


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        (
            ["US", "us", " usa ", "U.S.A.", "U.S.", "United States of America", "United States (US)", "840"],
            "US",
        ),
        (
            [
                "Estados Unidos",
                "États-Unis",
                "Vereinigte Staaten",
                "Stati Uniti",
                "США",
                "アメリカ合衆国",
                "美国",
            ],
            "US",
        ),
        (
            ["UK", "U.K.", "GB", "GBR", "Great Britain", "England", "SCOTLAND", "Wales", "Northern Ireland"],
            "GB",
        ),
        (["Germany", "Deutschland", "Allemagne", "Alemania", "Tyskland", "Saksa", "Niemcy", "DEU"], "DE"),
        (["EL", "Greece", "Hellas", "Ελλάδα"], "GR"),
        (["EIRE", "Éire", "Ireland", "Republic of Ireland"], "IE"),
        (["RSA", "South Africa", "ZA"], "ZA"),
        (["Holland", "The Netherlands", "Nederland", "Pays-Bas"], "NL"),
        (["Korea", "South Korea", "Republic of Korea", "Korea, Republic of", "대한민국"], "KR"),
        (["Czech Republic", "Czechia", "Tschechien", "Česko"], "CZ"),
        (["Ivory Coast", "Côte d'Ivoire", "Cote d’Ivoire"], "CI"),
        (["Macedonia", "North Macedonia", "FYROM"], "MK"),
        (["Turkey", "Türkiye", "Turkiye", "TÜRKEI"], "TR"),
        (["Russia", "Russian Federation", "Россия"], "RU"),
        (["Burma", "Myanmar"], "MM"),
        (["Swaziland", "Eswatini"], "SZ"),
        (["NA", "Namibia", "na"], "NA"),
        (["NO", "Norge"], "NO"),
        (["DR Congo", "Congo - Kinshasa", "Democratic Republic of the Congo"], "CD"),
        (["Republic of the Congo", "Congo-Brazzaville"], "CG"),
        (["Bosnia and Herzegovina", "Bosnia & Herzegovina", "Bosnien und Herzegowina"], "BA"),
        (["Österreich", "Autriche"], "AT"),
        (["Schweiz", "Suisse", "Svizzera", "Switzerland"], "CH"),
        (["Vietnam", "Viet Nam"], "VN"),
        (["Kosovo", "XK"], "XK"),
        (["Saint Lucia", "St. Lucia", "St Lucia"], "LC"),
    ],
)
def test_country_is_found_under_all_its_names(cells, code):
    assert apply(country.alpha2_upper, cells) == [code] * len(cells)
    assert apply(country.alpha2_lower, cells) == [code.lower()] * len(cells)
    assert apply(country.why_not, cells) == [None] * len(cells)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("Kongo", country.AMBIGUOUS),
        ("Channel Islands", country.AMBIGUOUS),
        ("Yugoslavia", country.AMBIGUOUS),
        ("n/a", country.PLACEHOLDER),
        ("N.A.", country.PLACEHOLDER),
        ("--", country.PLACEHOLDER),
        ("none", country.PLACEHOLDER),
        ("Atlantis", country.UNKNOWN),
        ("ZZ", country.UNKNOWN),
        ("12", country.UNKNOWN),
        (" ", None),
        (None, None),
    ],
)
def test_what_names_no_single_country_is_unusable(cell, reason):
    assert apply(country.alpha2_upper, [cell]) == [None]
    assert apply(country.why_not, [cell]) == [reason]


def test_three_letters_come_from_any_name():
    assert apply(country.alpha3_upper, ["Spain", "UK", "xk", "Atlantis"]) == ["ESP", "GBR", "XKX", None]


def test_every_iso_code_is_its_own_name():
    codes = table("country_codes")
    assert apply(country.alpha2_upper, codes["alpha2"].to_list()) == codes["alpha2"].to_list()
    assert apply(country.alpha2_upper, codes["alpha3"].to_list()) == codes["alpha2"].to_list()
    assert codes.height == 250  # 249 of ISO 3166-1 and Kosovo
