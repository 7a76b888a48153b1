"""Write the bundled demo data: real orders, synthetic contacts.

    python scripts/make_demo_data.py ORDERS.csv

ORDERS.csv holds order_id, customer_id, kind, ordered_at, country, currency, amount of the 4,000
customers described in ``audience_builder/demo/NOTICE.md``. The contacts are made here, from a fixed seed:
no row is a person. Phone numbers come from ranges reserved for fiction, or are the numbering plan's
own example numbers with the last digits changed. The dirt is what real exports have.
"""

import csv
import gzip
import io
import random
import sys
import unicodedata
from dataclasses import dataclass
from pathlib import Path

DEMO = Path(__file__).resolve().parents[1] / "audience_builder" / "demo"
SEED = 20261125
HEADER = (
    "Customer ID", "First Name", "Last Name", "Email", "Phone", "City", "State", "Zip", "Country",
    "Gender", "Date of Birth", "Accepts Marketing",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Land:
    """Name pools, places and phone shapes of one country; # is a digit."""

    names: tuple[str, ...]
    weight: int
    women: tuple[str, ...]
    men: tuple[str, ...]
    families: tuple[str, ...]
    places: tuple[tuple[str, str, str], ...]
    phones: tuple[str, ...]


ENGLISH_WOMEN = ("Olivia", "Amelia", "Emily", "Sophie", "Grace", "Chloe", "Mary Ann", "Zoë", "Siobhán")
ENGLISH_MEN = ("Oliver", "George", "Harry", "Jack", "Thomas", "James", "William", "Jean-Luc", "Seán")
ENGLISH_FAMILIES = (
    "Smith",
    "Jones",
    "Taylor",
    "Brown",
    "O'Connor",
    "Walker-Hill",
    "Wright",
    "Evans",
    "MacLeod",
    "St. John",
)

LANDS = {
    "GB": Land(names=("GB", "United Kingdom", "UK", "England", "Great Britain", "gb"), weight=34,
        women=ENGLISH_WOMEN, men=ENGLISH_MEN, families=ENGLISH_FAMILIES,
        places=(("London", "", "SW1A 1AA"), ("Leeds", "", "LS1 4AP"), ("Manchester", "", "m1 1ae"), ("Bristol", "", "BS1 4DJ"), ("Edinburgh", "Scotland", "EH1 1YZ")),
        phones=("07400 123###", "+44 7400 123###", "07700 900###", "020 7946 0###", "0113 496 0###", "+44 (0)113 496 0###", "0044 7400 123###", "447400123###")),
    "US": Land(names=("US", "United States", "USA", "U.S.A.", "us"), weight=22,
        women=ENGLISH_WOMEN, men=ENGLISH_MEN, families=(*ENGLISH_FAMILIES, "Garcia", "de la Cruz", "Nguyen"),
        places=(("Boston", "MA", "02134"), ("New York", "NY", "10001"), ("Menlo Park", "California", "94025"), ("Chicago", "Illinois", "60601"), ("Raleigh", "N.C.", "27601-1234"), ("San Juan", "PR", "00901")),
        phones=("(212) 555-01##", "212-555-01##", "+1 650-555-01##", "1-312-555-01##", "617.555.01##", "61755501##")),
    "DE": Land(names=("DE", "Germany", "Deutschland"), weight=10,
        women=("Anna", "Lena", "Jürgen", "Käthe", "Sophie"), men=("Jörg", "Lukas", "Hans-Peter", "Björn", "Max"), families=("Müller", "Schmidt", "Weiß", "von der Heide", "Schröder", "Köhler"),
        places=(("Köln", "NRW", "50667"), ("München", "Bayern", "80331"), ("Dresden", "Sachsen", "01067"), ("Berlin", "", "10115")),
        phones=("0171 39200##", "+49 30 23125###", "0221 4710###", "0049 171 39200##")),
    "FR": Land(names=("FR", "France"), weight=8,
        women=("Chloé", "Zoé", "Hélène", "Marie-Claire"), men=("Rémy", "François", "Jean-Luc", "Noël"), families=("Martin", "Lefèvre", "d'Arc", "Dupont", "Bœuf"),
        places=(("Paris", "Île-de-France", "75018"), ("Saint-Étienne", "", "42000"), ("Bourg-en-Bresse", "", "01000"), ("Lyon", "", "69001")),
        phones=("06 12 34 5# ##", "+33 6 12 34 5# ##", "01 99 00 ## ##", "0033 6 12 34 5# ##")),
    "CA": Land(names=("CA", "Canada"), weight=5,
        women=ENGLISH_WOMEN, men=ENGLISH_MEN, families=("Tremblay", "Gagnon", "Roy", "MacDonald"),
        places=(("Toronto", "Ontario", "M5V 2T6"), ("Montréal", "QC", "H2X1Y4"), ("Vancouver", "BC", "v6b 1a1")),
        phones=("(416) 555-01##", "+1 514 555 01##", "604-555-01##")),
    "AU": Land(names=("AU", "Australia"), weight=4,
        women=ENGLISH_WOMEN, men=ENGLISH_MEN, families=ENGLISH_FAMILIES,
        places=(("Sydney", "NSW", "2000"), ("Darwin", "NT", "0800"), ("Melbourne", "Victoria", "3000")),
        phones=("02 5550 ####", "+61 2 7010 ####", "08 5550 ####")),
    "ES": Land(names=("ES", "Spain", "España"), weight=4,
        women=("María", "Lucía", "Begoña"), men=("José", "Íñigo", "Pablo"), families=("García", "Muñoz", "de la Fuente", "Peña"),
        places=(("Madrid", "Madrid", "28013"), ("Barcelona", "", "08002"), ("A Coruña", "", "15001")),
        phones=("612 34 5# ##", "+34 612 34 5# ##")),
    "IT": Land(names=("IT", "Italy", "Italia"), weight=3,
        women=("Chiara", "Nicolò"), men=("Niccolò", "Luca"), families=("Rossi", "D'Angelo", "De Luca"),
        places=(("Roma", "RM", "00184"), ("Milano", "MI", "20121")), phones=("06 1234 5###", "+39 312 345 6###")),
    "NL": Land(names=("NL", "Netherlands", "Nederland", "Holland"), weight=3,
        women=("Sanne", "Femke"), men=("Daan", "Sjoerd"), families=("de Vries", "van der Berg", "Jansen"),
        places=(("Amsterdam", "", "1012 JS"), ("'s-Hertogenbosch", "", "5211aa")), phones=("06 1234 5###", "+31 6 1234 5###")),
    "IE": Land(names=("IE", "Ireland", "EIRE"), weight=2,
        women=("Aoife", "Niamh"), men=("Seán", "Pádraig"), families=("O'Brien", "Ó Murchú", "Kelly"),
        places=(("Dublin", "", "D02 AF30"), ("Cork", "", "T12 W8KR")), phones=("085 012 3###", "+353 85 012 3###")),
    "SE": Land(names=("SE", "Sweden", "Sverige"), weight=1,
        women=("Åsa", "Linnéa"), men=("Björn", "Åke"), families=("Åkesson", "Lindström"),
        places=(("Göteborg", "", "411 03"), ("Malmö", "", "211 18")), phones=("070-174 06 ##", "+46 70 174 06 ##")),
    "BR": Land(names=("BR", "Brazil", "Brasil"), weight=1,
        women=("Conceição", "Letícia"), men=("João", "Antônio"), families=("da Silva", "Gonçalves"),
        places=(("São Paulo", "SP", "01310-100"), ("Rio de Janeiro", "Rio de Janeiro", "20040-002")), phones=("(11) 96123-4###", "+55 11 96123 4###")),
    "JP": Land(names=("JP", "Japan"), weight=1,
        women=("花子", "Yuki"), men=("太郎", "Kenji"), families=("山田", "Sato"),
        places=(("東京", "Tokyo", "100-0001"), ("Osaka", "", "530-0001")), phones=("090-1234-5###", "+81 90 1234 5###")),
}  # fmt: skip

EMAIL_DOMAINS = ("example.com", "example.org", "example.net", "mail.example.com", "shop.example")
TILL_EMAIL = "till@shop.example"


def ascii_letters(text: str) -> str:
    """The a-z letters of a name, for an address's local part."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("œ", "oe")).casefold()
    return "".join(letter for letter in plain if "a" <= letter <= "z")


def digits_for(shape: str, rng: random.Random) -> str:
    """Fill each # of a phone shape with a digit."""
    return "".join(rng.choice("0123456789") if mark == "#" else mark for mark in shape)


def clean_contact(customer_id: str, rng: random.Random) -> dict[str, str]:
    """A contact as its owner would have typed it."""
    land = rng.choices(list(LANDS.values()), [land.weight for land in LANDS.values()])[0]
    woman = rng.random() < 0.5
    first = rng.choice(land.women if woman else land.men)
    last = rng.choice(land.families)
    local = f"{ascii_letters(first) or 'kunde'}.{ascii_letters(last) or 'x'}{customer_id}"
    city, state, postal_code = rng.choice(land.places)
    return {
        "Customer ID": customer_id,
        "First Name": first,
        "Last Name": last,
        "Email": f"{local}@{rng.choice(EMAIL_DOMAINS)}",
        "Phone": digits_for(rng.choice(land.phones), rng),
        "City": city,
        "State": state,
        "Zip": postal_code,
        "Country": rng.choices(land.names, [8] + [1] * (len(land.names) - 1))[0],
        "Gender": rng.choice(("F", "female", "Frau") if woman else ("M", "male", "Herr")),
        "Date of Birth": f"{rng.randint(1945, 2004)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}",
        "Accepts Marketing": rng.choices(("yes", "no", ""), (86, 10, 4))[0],
    }


def mojibake(text: str) -> str:
    """UTF-8 bytes read as Windows-1252, where that is possible at all."""
    try:
        return text.encode().decode("cp1252")
    except UnicodeDecodeError:
        return text


def lost_zero(postal_code: str) -> str:
    """A postcode after a spreadsheet took it for a number."""
    return str(int(postal_code)) if postal_code.isdigit() else postal_code


DIRT = (
    (0.060, "Email", str.upper),
    (0.030, "Email", lambda text: f" {text} "),
    (0.010, "Email", lambda text: f"mailto:{text}"),
    (0.008, "Email", lambda text: f"{text};second.{text}"),
    (0.006, "Email", lambda text: text.replace("@", "@@")),
    (0.006, "Email", lambda text: text + "."),
    (0.012, "Email", lambda _: "n/a"),
    (0.006, "Email", lambda _: "noemail@noemail.com"),
    (0.004, "Email", lambda text: f"{text.split('@')[0]}@marketplace.amazon.com"),
    (0.060, "Email", lambda _: ""),
    (0.180, "Phone", lambda _: ""),
    (0.020, "Phone", lambda text: f"{text.lstrip('+').replace(' ', '')}.0" if text.startswith("+") else text),
    (0.008, "Phone", lambda text: f"{float(text[1:].replace(' ', '')):.5E}" if text[1:].replace(" ", "").isdigit() else text),
    (0.020, "Phone", lambda text: f"'{text}"),
    (0.010, "Phone", lambda text: f"{text} ext. 12"),
    (0.010, "Phone", lambda text: text[:6]),
    (0.080, "Zip", lost_zero),
    (0.020, "Zip", lambda text: f"{lost_zero(text)}.0" if text.isdigit() else text),
    (0.020, "Zip", lambda text: f"'{text}"),
    (0.030, "First Name", str.upper),
    (0.030, "First Name", lambda text: unicodedata.normalize("NFD", text)),
    (0.020, "First Name", mojibake),
    (0.010, "First Name", lambda text: f"Mrs. {text}"),
    (0.020, "Last Name", lambda text: text.replace("'", "&#039;")),
    (0.010, "Last Name", lambda text: f"{text} Jr."),
    (0.020, "City", mojibake),
    (0.040, "City", str.upper),
    (0.060, "Country", lambda _: ""),
    (0.300, "Date of Birth", lambda _: ""),
    (0.250, "Gender", lambda _: ""),
)  # fmt: skip


def contacts(customer_ids: list[str]) -> list[dict[str, str]]:
    """One dirty contact per customer id, some of them the same person under two ids."""
    rng = random.Random(SEED)
    rows: list[dict[str, str]] = []
    for number, customer_id in enumerate(customer_ids):
        row = clean_contact(customer_id, rng)
        for share, column, spoil in DIRT:
            if rng.random() < share:
                row[column] = spoil(row[column])
        if number % 60 == 59:
            row = {**rows[-7], "Customer ID": customer_id}
        if number % 250 == 0:
            row["Email"] = TILL_EMAIL
        rows.append(row)
    return rows


def main() -> None:
    """Write orders.csv.gz and customers.csv beside the package's demo notice."""
    with Path(sys.argv[1]).open(encoding="utf-8", newline="") as file:
        orders = list(csv.DictReader(file))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = ("order_id", "customer_id", "kind", "ordered_at", "currency", "amount")
    writer.writerow(columns)
    writer.writerows([order[column] for column in columns] for order in orders)
    (DEMO / "orders.csv.gz").write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))
    with (DEMO / "customers.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, HEADER, lineterminator="\n")
        table.writeheader()
        table.writerows(contacts(sorted({order["customer_id"] for order in orders})))


if __name__ == "__main__":
    main()
