"""Write country_names.tsv and country_codes.tsv: folded names to ISO alpha-2, and that to alpha-3.

Run it after an update of Babel or pycountry and read the difference:

    python scripts/country_names.py

Names come from CLDR (https://cldr.unicode.org, through Babel) in the languages below, codes and
official English names from ISO 3166-1 (through pycountry), usual and former names from the list
below. A spelling that means two countries is kept with no code, so that it can be refused with a
reason.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl
import pycountry
from babel import Locale

from audience_builder.matchkeys.spelling import folded

FOLDER = Path(__file__).parents[1] / "audience_builder" / "matchkeys"

LANGUAGES = (
    "en bg cs da de el es et fi fr ga hr hu it lt lv mt nl pl pt ro sk sl sv "  # European Union
    "nb nn is tr uk ru sr sr_Latn mk sq bs be ca eu gl cy lb "  # other European
    "ar he fa hi id ja ko ms th vi zh zh_Hant pt_PT es_MX fr_CA sw af fil"  # further afield
).split()

USUAL = {
    "AE": "UAE; Emirates; Emiratos Árabes; Emirats Arabes",
    "BA": "Bosnia; Bosnien; Bosnie; BiH",
    "BN": "Brunei Darussalam",
    "BF": "Upper Volta",
    "BJ": "Dahomey",
    "BY": "Belorussia; Weißrussland; Weissrussland; Wit-Rusland; Bielorussia; Bielorrusia",
    "CD": "DRC; DR Congo; Congo DR; Democratic Republic of the Congo; Democratic Republic of Congo; Zaire; "
    "Congo Kinshasa; Congo-Kinshasa",
    "CG": "Republic of the Congo; Republic of Congo; Congo Brazzaville; Congo-Brazzaville",
    "CH": "Swiss; Confoederatio Helvetica; Swiss Confederation",
    "CI": "Ivory Coast; Cote d'Ivoire; Elfenbeinküste; Costa de Marfil; Costa d'Avorio; Costa do Marfim",
    "CN": "PRC; PR China; P.R. China; People's Republic of China; VR China; Mainland China",
    "CV": "Cape Verde; Cabo Verde",
    "CZ": "Czech Republic; Czech Rep; Czechia; Tschechische Republik; Česká republika; République tchèque; "
    "República Checa; Repubblica Ceca; Tsjechische Republiek",
    "DE": "GER; BRD; Bundesrepublik Deutschland; Federal Republic of Germany; West Germany; East Germany",
    "DO": "Dominican Rep; Rep Dominicana; Rep. Dom.",
    "ES": "Canary Islands; Kanarische Inseln; Islas Canarias; Mallorca",
    "FK": "Falklands; Malvinas",
    "FM": "Federated States of Micronesia",
    "GB": "UK; U.K.; GB-ENG; GB-SCT; GB-WLS; GB-NIR; Great Britain; Britain; England; Scotland; Wales; Northern Ireland; ENG; SCO; WLS; NIR; "
    "United Kingdom of Great Britain; Großbritannien; Grossbritannien; Grande-Bretagne; Gran Bretaña; "
    "Gran Bretagna; Groot-Brittannië; Groot Brittannie; Royaume Uni; Reino Unido; Inglaterra; Angleterre; "
    "Inghilterra; Engeland; Schottland; Wielka Brytania; Anglia; Великобритания; Англия; イギリス; 英国; 영국; Storbritannien; Storbritannia",
    "GR": "EL; Hellas; Hellenic Republic; Ellada",
    "HK": "Hong Kong; HongKong; Hong Kong SAR; Hongkong",
    "IE": "EIRE; Éire; Republic of Ireland; Irish Republic; Southern Ireland; Rep of Ireland; ROI",
    "IR": "Persia; Islamic Republic of Iran",
    "IM": "Isle of Man",
    "KH": "Kampuchea",
    "KN": "St Kitts; Saint Kitts; St Kitts and Nevis",
    "KP": "North Korea; DPRK; Nordkorea; Corea del Norte; Corée du Nord",
    "KR": "Korea; South Korea; ROK; Republic of Korea; Rep of Korea; Südkorea; Corea; Corée; Corea del Sur; "
    "Korea Republic; Korea South; S. Korea",
    "LA": "Laos; Lao PDR",
    "LC": "St Lucia",
    "LK": "Ceylon",
    "MD": "Moldova; Republic of Moldova; Moldavia; Moldawien; Moldavie",
    "MG": "Malagasy Republic",
    "MK": "Macedonia; FYROM; FYR Macedonia; Former Yugoslav Republic of Macedonia; Mazedonien; Macédoine; "
    "Republic of Macedonia; Macedonië",
    "MM": "Burma; Birma; Birmania; Birmanie",
    "MO": "Macao; Macau; Macao SAR",
    "NL": "Holland; Holanda; Hollande; Olanda; Hollandia; Nederland; The Netherlands; Netherlands; Niederlande; "
    "Kingdom of the Netherlands",
    "PS": "Palestine; Palestinian Territories; Palästina; Palestina",
    "RE": "Reunion; La Réunion",
    "RU": "Russia; Russian Federation; Russische Föderation; Rossija; Rossiya",
    "SH": "St Helena",
    "SK": "Slovak Republic; Slovenská republika; Slowakische Republik",
    "SY": "Syrian Arab Republic",
    "SZ": "Swaziland; Swasiland; Swazilandia; eSwatini",
    "TH": "Siam",
    "TL": "East Timor; Timor Leste; Osttimor; Timor Oriental",
    "TR": "Turkey; Türkiye; Turkiye; Türkei; Turquie; Turquía; Turchia; Turkije; Turquia",
    "TT": "Trinidad",
    "TW": "Taiwan; Republic of China; Taiwan ROC; Formosa; Chinese Taipei",
    "TZ": "Tanzania",
    "US": "USA; U.S.A.; U.S.; US of A; United States of America; The United States; America; Etats-Unis d'Amérique; "
    "Vereinigte Staaten von Amerika; Estados Unidos de América; Estados Unidos da América; EEUU; EE.UU.; EUA; "
    "Stati Uniti d'America; Verenigde Staten van Amerika; United States Of Amerika; Unites States; United State; "
    "США; САЩ; САД; 米国; アメリカ; 美利坚合众国; "
    "Amerika",
    "VA": "Vatican; Vatican City; Holy See; Vatikan; Vaticano",
    "VC": "St Vincent; St Vincent and the Grenadines",
    "VE": "Venezuela; Bolivarian Republic of Venezuela",
    "VN": "Viet Nam; Vietnam",
    "WS": "Western Samoa",
    "XK": "Kosovo; XKX; Republic of Kosovo",
    "YE": "Yemen",
    "ZA": "RSA; Republic of South Africa; Südafrika; Suid-Afrika",
    "ZW": "Rhodesia",
}
"""Usual, short and former names that CLDR or ISO 3166-1 do not list."""

AMBIGUOUS = (
    "Congo; Kongo; Channel Islands; Kanalinseln; Îles Anglo-Normandes; Virgin Islands; Yugoslavia; Jugoslawien; "
    "Serbia and Montenegro; Serbien und Montenegro; Czechoslovakia; Tschechoslowakei; Soviet Union; USSR; UdSSR; "
    "Netherlands Antilles; Antilles; West Indies; Caribbean; Benelux; Scandinavia; Guayana"
)
"""Names of what is, or was, more than one country."""


def main() -> None:
    """Write both tables."""
    rows: dict[str, str] = {}
    for name, code in _certain():
        rows.setdefault(name, code)
    rows |= dict.fromkeys(_folded(AMBIGUOUS.split("; ")), "")
    elsewhere: dict[str, set[str]] = {}
    for name, code in _in_other_languages():
        if name not in rows:
            elsewhere.setdefault(name, set()).add(code)
    rows |= {name: codes.pop() if len(codes) == 1 else "" for name, codes in elsewhere.items()}
    rows.pop("", None)
    _write("country_names", ("name", "code"), rows.items())
    codes = {entry.alpha_2: entry.alpha_3 for entry in pycountry.countries} | {"XK": "XKX"}
    _write("country_codes", ("alpha2", "alpha3"), codes.items())


def _write(name: str, header: tuple[str, str], rows: Iterable[tuple[str, str]]) -> None:
    lines = ["\t".join(row) + "\n" for row in (header, *sorted(rows))]
    (FOLDER / f"{name}.tsv").write_text("".join(lines), encoding="utf-8", newline="\n")


def _certain() -> Iterator[tuple[str, str]]:
    """Codes, usual names and English names: the first to claim a spelling keeps it."""
    names: list[tuple[str, str]] = []
    for entry in pycountry.countries:
        names += [
            (entry.alpha_2, entry.alpha_2),
            (entry.alpha_3, entry.alpha_2),
            (entry.numeric, entry.alpha_2),
        ]
    names.append(("XK", "XK"))
    names += [(name, code) for code, listed in USUAL.items() for name in listed.split("; ")]
    english = Locale("en").territories
    names += [(english[code], code) for code in _codes()]
    for entry in pycountry.countries:
        listed = [entry.name, *(getattr(entry, field, "") for field in ("official_name", "common_name"))]
        names += [(name, entry.alpha_2) for name in listed]
    for name, code in list(names):
        if " & " in name or name.startswith("St. "):
            names.append((name.replace(" & ", " and ").replace("St. ", "Saint "), code))
        if len(name) > 3:  # no codes
            names.append((f"The {name}", code))
    yield from zip(_folded([name for name, _ in names]), [code for _, code in names], strict=True)


def _in_other_languages() -> Iterator[tuple[str, str]]:
    codes = _codes()
    for language in LANGUAGES:
        names = Locale.parse(language).territories
        known = [(names[code], code) for code in codes if code in names]
        yield from zip(_folded([name for name, _ in known]), [code for _, code in known], strict=True)


def _codes() -> list[str]:
    return [*(entry.alpha_2 for entry in pycountry.countries), "XK"]


def _folded(names: list[str]) -> list[str]:
    return pl.DataFrame({"name": names}).select(folded(pl.col("name"))).to_series().to_list()


if __name__ == "__main__":
    main()
