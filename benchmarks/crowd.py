"""A seeded crowd of customers as exports hold them: clean for the most part, and dirty as usual.

All contacts are made up: example domains, and numbers drawn at random within numbering plans.
"""

import random
import re

import phonenumbers
import polars as pl
from phonenumbers import PhoneNumberFormat

from audience_builder import columns as c
from audience_builder import schemas

LANDS = {
    "US": (30, ("US", "USA", "United States"), (("New York", "NY", "10001"), ("Los Angeles", "California", "90012"),
                                                 ("Boston", "MA", "02108"), ("St. Louis", "MO", "63101-1234"))),
    "GB": (14, ("GB", "UK", "United Kingdom"), (("London", "", "SW1A 1AA"), ("York", "North Yorkshire", "YO1 7HH"))),
    "DE": (12, ("DE", "Germany", "Deutschland"), (("München", "BY", "80331"), ("Köln", "", "50667"))),
    "FR": (8, ("FR", "France"), (("Orléans", "", "45000"), ("Saint-Étienne", "", "42000"))),
    "CA": (7, ("CA", "Canada"), (("Montréal", "QC", "H2X 1Y4"), ("Toronto", "ON", "M5V 2T6"))),
    "AU": (6, ("AU", "Australia"), (("Sydney", "NSW", "2000"), ("Melbourne", "VIC", "3000"))),
    "ES": (5, ("ES", "Spain", "España"), (("Málaga", "", "29001"), ("Madrid", "", "28013"))),
    "IT": (5, ("IT", "Italy", "Italia"), (("Milano", "MI", "20121"), ("Forlì", "FC", "47121"))),
    "NL": (4, ("NL", "Netherlands"), (("Utrecht", "", "3511 AB"),)),
    "SE": (3, ("SE", "Sweden"), (("Göteborg", "", "411 03"),)),
    "BR": (3, ("BR", "Brazil", "Brasil"), (("São Paulo", "SP", "01310-100"),)),
    "JP": (3, ("JP", "Japan"), (("東京", "", "100-0001"),)),
}  # fmt: skip
FIRST = ("Ann", "Zoë", "José", "Mary-Jane", "Björn", "Liam", "Łukasz", "花子", "Emma", "Noah", "Chloé", "Dr. Max")
LAST = ("Smith", "O'Brien", "Müller", "García López", "de Vries", "Åkesson", "Lee", "Rossi", "山田", "Brown Jr.")
DOMAINS = ("example.com", "example.org", "example.net", "mail.example.com", "shop.example.com")
WOMEN, MEN = ("F", "female", "Frau"), ("M", "male", "Herr")
DIRT = (
    (0.06, c.EMAIL, str.upper),
    (0.03, c.EMAIL, lambda text: f" {text} "),
    (0.01, c.EMAIL, lambda text: f"mailto:{text}"),
    (0.01, c.EMAIL, lambda text: text + "."),
    (0.02, c.EMAIL, lambda _: "n/a"),
    (0.05, c.EMAIL, lambda _: None),
    (0.18, c.PHONE, lambda _: None),
    (0.02, c.PHONE, lambda text: f"'{text}"),
    (0.01, c.PHONE, lambda text: f"{text} ext. 12"),
    (0.01, c.PHONE, lambda text: text[:6]),
    (0.05, c.POSTAL_CODE, lambda text: text.lstrip("0")),
    (0.02, c.POSTAL_CODE, lambda text: f"{text}.0" if text.isdigit() else text),
    (0.03, c.FIRST_NAME, str.upper),
    (0.02, c.FIRST_NAME, lambda text: f" {text}"),
    (0.04, c.CITY, str.upper),
    (0.06, c.COUNTRY, lambda _: None),
    (0.30, c.DATE_OF_BIRTH, lambda _: None),
    (0.25, c.GENDER, lambda _: None),
)


def shapes(land):
    """How numbers of a country are written, their last five digits left open."""
    example = phonenumbers.example_number_for_type(land, phonenumbers.PhoneNumberType.MOBILE)
    forms = (PhoneNumberFormat.NATIONAL, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.E164)
    return [re.sub(r"\d(?=(?:\D*\d){0,4}\D*$)", "#", phonenumbers.format_number(example, form)) for form in forms]


def number(rng, forms):
    """Six of ten as dialled at home, two international, two in E.164."""
    digits = iter(f"{rng.randrange(100_000):05}")
    return re.sub("#", lambda _: next(digits), rng.choices(forms, (6, 2, 2))[0])


def surnames(rng, count):
    """Made-up surnames, as many as a large shop knows, beside the telling ones."""
    parts = ("ber", "lan", "sto", "mar", "vil", "ken", "dor", "has", "rö", "lind", "gar", "pé", "tan", "wes", "o", "fi")
    return [*LAST, *("".join(rng.choices(parts, k=rng.randint(2, 5))).capitalize() for _ in range(count))]


def customers(count, seed=1):
    """A frame of ``schemas.CONTACTS`` and ``value``, one row per customer."""
    rng = random.Random(seed)
    written = {land: shapes(land) for land in LANDS}
    families = surnames(rng, 100_000)
    lands, weights = list(LANDS), [weight for weight, _, _ in LANDS.values()]
    columns = {name: [None] * count for name in schemas.CONTACTS}
    for row in range(count):
        land = rng.choices(lands, weights)[0]
        _, names, places = LANDS[land]
        city, state, postal_code = rng.choice(places)
        first, last = rng.choice(FIRST), rng.choice(families)
        user = "".join(letter for letter in f"{first}.{last}".lower() if letter.isascii() and letter not in " '")
        contact = {
            c.CUSTOMER_ID: f"C{row:07}", c.FIRST_NAME: first, c.LAST_NAME: last,
            c.EMAIL: f"{user.strip('.') or 'x'}{row}@{rng.choice(DOMAINS)}",
            c.PHONE: number(rng, written[land]),
            c.CITY: city, c.STATE: state or None, c.POSTAL_CODE: postal_code, c.COUNTRY: rng.choice(names),
            c.GENDER: rng.choice(WOMEN if rng.random() < 0.5 else MEN),
            c.DATE_OF_BIRTH: f"{rng.randint(1945, 2004)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}",
        }  # fmt: skip
        for share, name, spoil in DIRT:
            if contact[name] is not None and rng.random() < share:
                contact[name] = spoil(contact[name])
        for name, cell in contact.items():
            columns[name][row] = cell
    values = pl.Series([round(rng.lognormvariate(4, 1), 2) for _ in range(count)])
    return pl.DataFrame(columns, schema=schemas.CONTACTS).with_columns(value=values)
