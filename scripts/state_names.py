"""Write audience_builder/matchkeys/state_names.tsv: folded names of states and provinces to codes.

Run it after an update of pycountry and read the difference:

    python scripts/state_names.py

Codes and names come from ISO 3166-2 (through pycountry); traditional abbreviations of US states are
those of the U.S. Government Publishing Office Style Manual, military ones those of the US Postal
Service (https://pe.usps.com/text/pub28/28apb.htm).
"""

from pathlib import Path

import polars as pl
import pycountry

from audience_builder.matchkeys.spelling import folded

TABLE = Path(__file__).parents[1] / "audience_builder" / "matchkeys" / "state_names.tsv"

COUNTRIES = ("US", "CA", "AU", "BR", "MX", "IN")

USUAL = {
    "US": {
        "AL": "Ala", "AK": "Alas", "AZ": "Ariz", "AR": "Ark", "CA": "Calif; Cal", "CO": "Colo", "CT": "Conn",
        "DE": "Del", "FL": "Fla", "HI": "Hawai'i", "ID": "Ida", "IL": "Ill; Ills", "IN": "Ind", "KS": "Kans; Kan",
        "KY": "Ken; Kent", "MA": "Mass", "MI": "Mich", "MN": "Minn", "MS": "Miss", "MT": "Mont", "NE": "Nebr; Neb",
        "NV": "Nev", "NM": "N. Mex; New Mex", "NC": "N. Car; No. Carolina", "ND": "N. Dak; No. Dakota",
        "OK": "Okla", "OR": "Ore; Oreg", "PA": "Penn; Penna", "SC": "S. Car; So. Carolina",
        "SD": "S. Dak; So. Dakota", "TN": "Tenn", "TX": "Tex", "VT": "Verm", "VA": "Virg", "WA": "Wash; Washington State",
        "WV": "W. Va; W. Virginia", "WI": "Wis; Wisc", "WY": "Wyo", "NY": "New York State",
        "DC": "D.C.; Washington DC; Washington D.C.; Dist. of Columbia",
        "VI": "Virgin Islands; US Virgin Islands; U.S.V.I.", "MP": "CNMI", "AE": "Armed Forces Europe; APO AE; FPO AE",
        "AP": "Armed Forces Pacific; APO AP; FPO AP", "AA": "Armed Forces Americas; APO AA; FPO AA",
    },
    "CA": {
        "QC": "Québec; Que; PQ", "ON": "Ont", "BC": "B.C.; Colombie-Britannique", "NB": "Nouveau-Brunswick",
        "NS": "Nouvelle-Écosse", "PE": "P.E.I.; Île-du-Prince-Édouard", "NL": "Newfoundland; Nfld; NF; Terre-Neuve-et-Labrador",
        "YT": "Yukon Territory; YK", "NT": "Territoires du Nord-Ouest; N.W.T.", "AB": "Alta", "SK": "Sask", "MB": "Man",
    },
    "AU": {"VIC": "Vic.", "TAS": "Tas.", "QLD": "Qld.", "ACT": "Canberra"},
    "BR": {},
    "MX": {
        "CMX": "CDMX; Distrito Federal; D.F.; Mexico City; DIF", "MEX": "Estado de México; Edomex; Edo. Mex.",
        "VER": "Veracruz", "COA": "Coahuila", "MIC": "Michoacán", "NLE": "N.L.",
    },
    "IN": {
        "OD": "Orissa; OR; Odisha", "UK": "Uttaranchal; UT", "TS": "TG", "CG": "CT", "PY": "Pondicherry",
        "DL": "New Delhi; NCT of Delhi", "DH": "Dadra and Nagar Haveli; Daman and Diu; DN; DD", "AN": "Andaman & Nicobar Islands",
        "JK": "Jammu & Kashmir",
    },
}  # fmt: skip


def main() -> None:
    """Write the table."""
    rows: set[tuple[str, str, str]] = set()
    for country in COUNTRIES:
        named = [(entry.code.removeprefix(f"{country}-"), entry.name) for entry in _subdivisions(country)]
        usual = [(code, name) for code, listed in USUAL[country].items() for name in listed.split("; ")]
        codes = {code for code, _ in (*named, *usual)}
        spellings = [*named, *usual, *((code, code) for code in codes)]
        names = pl.DataFrame({"name": [name for _, name in spellings]}).select(folded(pl.col("name"))).to_series()
        rows |= {(country, name, code) for (code, _), name in zip(spellings, names, strict=True)}
    clashes = len(rows) - len({row[:2] for row in rows})
    if clashes:
        raise SystemExit(f"{clashes} spellings stand for two states of one country.")
    lines = ["\t".join(row) + "\n" for row in sorted(rows)]
    TABLE.write_text("country\tname\tcode\n" + "".join(lines), encoding="utf-8", newline="\n")


def _subdivisions(country: str) -> list[pycountry.Subdivisions]:
    return [entry for entry in pycountry.subdivisions.get(country_code=country) if entry.code != "US-UM"]


if __name__ == "__main__":
    main()
