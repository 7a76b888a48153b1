"""Write audience_builder/matchkeys/country_names.tsv: folded country names -> ISO alpha-2.

Names come from CLDR (through Babel) in 28 languages, codes from pycountry; usual abbreviations and old
names are listed here. A name that two countries share is written with no code.
"""

import re
import unicodedata
from pathlib import Path

import pycountry
from babel import Locale

TARGET = Path(__file__).resolve().parents[1] / "audience_builder" / "matchkeys" / "country_names.tsv"
LANGUAGES = "en de fr es it pt nl sv da nb fi pl cs sk hu ro hr sl bg el tr ru uk ja zh ko ar id".split()
OTHER_NAMES = {
    "GB": "UK U.K. England Scotland Wales Northern_Ireland Great_Britain Britain GB-ENG GB-SCT",
    "US": "USA U.S. U.S.A. America United_States_of_America The_United_States EEUU EE._UU. Vereinigte_Staaten_von_Amerika Etats-Unis",
    "IE": "Eire Republic_of_Ireland Irish_Republic", "ZA": "RSA Republic_of_South_Africa", "NL": "Holland The_Netherlands",
    "KR": "Korea South_Korea Republic_of_Korea", "KP": "North_Korea", "CZ": "Czech_Republic Czechia", "CI": "Ivory_Coast",
    "MK": "Macedonia FYROM", "TR": "Turkey Turkiye", "RU": "Russia Russian_Federation", "MM": "Burma", "SZ": "Swaziland",
    "GR": "EL Hellas", "VN": "Viet_Nam", "AE": "UAE", "BY": "Byelorussia White_Russia", "CV": "Cape_Verde", "VA": "Vatican",
    "MD": "Moldova", "BO": "Bolivia", "VE": "Venezuela", "IR": "Iran", "SY": "Syria", "LA": "Laos", "TZ": "Tanzania", "TW": "Taiwan",
    "CN": "PRC Peoples_Republic_of_China", "HK": "Hong_Kong", "MO": "Macao Macau", "BN": "Brunei", "TL": "East_Timor", "DE": "BRD",
}  # fmt: skip


def folded(name: str) -> str:
    """Lower case without accents and punctuation, as the lookup folds a cell."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return re.sub(r"[^\w]+", " ", re.sub(r"[\u0300-\u036f.’']", "", plain)).strip()


def main() -> None:
    """Collect names from the strongest source to the weakest and write them sorted."""
    owners: dict[str, set[str]] = {}
    codes = {country.alpha_2 for country in pycountry.countries} | {"XK"}
    for country in pycountry.countries:
        for name in (country.name, getattr(country, "official_name", None), getattr(country, "common_name", None)):
            if name:
                owners.setdefault(folded(name), set()).add(country.alpha_2)
    for language in LANGUAGES:
        for code, name in Locale(language).territories.items():
            if code in codes:
                owners.setdefault(folded(name), set()).add(code)
    strong = {folded(country.alpha_3): country.alpha_2 for country in pycountry.countries}
    strong |= {folded(code): code for code in codes}
    strong |= {folded(name.replace("_", " ")): code for code, names in OTHER_NAMES.items() for name in names.split()}
    table = {name: next(iter(found)) if len(found) == 1 else "" for name, found in owners.items()} | strong
    table |= {"guinea": "GN"} | dict.fromkeys(("kongo", "congo", "channel islands"), "")
    lines = [f"{name}\t{code}\n" for name, code in sorted(table.items()) if name]
    TARGET.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
