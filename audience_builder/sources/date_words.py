"""Words in dates: months, zone abbreviations, zone names."""

from typing import Final

__all__ = ["MONTH_NUMBERS", "OFFSETS", "WRITTEN_ZONES"]

# Month names without dots: English, German, French, Spanish, Italian, Dutch, Portuguese (Unicode CLDR).
_MONTHS: Final[dict[int, str]] = {
    1: "jan jän january januar janv janvier ene enero gen gennaio januari janeiro",
    2: "feb february februar févr fevr févr février febrero febbraio februari fev fevereiro",
    3: "mar march mär märz mrz mars marzo mrt maart março",
    4: "apr april avr avril abr abril aprile",
    5: "may mai mayo mag maggio mei maio",
    6: "jun june juni juin junio giu giugno junho",
    7: "jul july juli juil juillet julio lug luglio julho",
    8: "aug august août aout ago agosto augustus",
    9: "sep sept september septembre septiembre set settembre setembro",
    10: "oct october okt oktober octobre octubre ott ottobre out outubro",
    11: "nov november novembre noviembre novembro",
    12: "dec december dez dezember déc décembre dic diciembre dicembre dezembro",
}
MONTH_NUMBERS: Final = {name: number for number, names in _MONTHS.items() for name in names.split()}

# Minutes east of UTC. Abbreviations that mean several zones (IST, CST in China, BST in Bangladesh) are
# read as the systems that write them do: PayPal and Square write the North American and European ones.
OFFSETS: Final = {
    "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 60, "BST": 60, "CET": 60, "CEST": 120, "MEZ": 60,
    "MESZ": 120, "EET": 120, "EEST": 180, "MSK": 180, "PST": -480, "PDT": -420, "MST": -420,
    "MDT": -360, "CST": -360,
    "CDT": -300, "EST": -300, "EDT": -240, "AST": -240, "ADT": -180, "NST": -210, "NDT": -150, "AKST": -540,
    "AKDT": -480, "HST": -600, "BRT": -180, "BRST": -120, "JST": 540, "KST": 540, "HKT": 480, "SGT": 480,
    "AWST": 480, "ACST": 570, "ACDT": 630, "AEST": 600, "AEDT": 660, "NZST": 720, "NZDT": 780,
}  # fmt: skip
WRITTEN_ZONES: Final = {
    "Pacific Time (US & Canada)": "America/Los_Angeles",
    "Mountain Time (US & Canada)": "America/Denver",
    "Central Time (US & Canada)": "America/Chicago",
    "Eastern Time (US & Canada)": "America/New_York",
    "Atlantic Time (Canada)": "America/Halifax",
    "Arizona": "America/Phoenix",
    "Hawaii": "Pacific/Honolulu",
    "London": "Europe/London",
    "Dublin": "Europe/Dublin",
    "Paris": "Europe/Paris",
    "Madrid": "Europe/Madrid",
    "Tokyo": "Asia/Tokyo",
    "Sydney": "Australia/Sydney",
    "Melbourne": "Australia/Melbourne",
}
"""Zone names as Square's dashboard writes them."""
