"""Rate of reading phone numbers, against phonenumbers cell by cell, in one run.

    python benchmarks/phone.py --numbers 1000000

The list: 60 % national formats with their country, 30 % E.164 or international, 5 % no numbers,
5 % odd (extensions, full width, several numbers, words, letters). Numbers are examples of the
numbering plans with their last digits drawn at random. Prints medians and their ratio.
"""

import argparse
import random
import statistics
import time

import phonenumbers
import polars as pl
from phonenumbers import PhoneNumberFormat

from audience_builder.matchkeys import phone

COUNTRIES = ("US", "GB", "DE", "FR", "CA", "AU", "IT", "ES", "NL", "BR", "MX", "IN", "JP", "SE", "CH", "AR")
WEIGHTS = (30, 12, 10, 6, 6, 5, 5, 4, 3, 4, 3, 4, 2, 2, 2, 2)
KINDS = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE)
ODD = (
    lambda text: f"{text} ext. {random.randrange(100, 999)}",
    lambda text: f"{text} x{random.randrange(100, 999)}",
    lambda text: text.translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)}),
    lambda text: text.replace(" ", "\u00a0"),
    lambda text: f"{text} / {text}",
    lambda text: f"Tel: {text}",
    lambda text: f"{text} (mobile)",
    lambda text: f"\u202a{text}\u202c",
)


def cell():
    country = random.choices(COUNTRIES, WEIGHTS)[0]
    example = phonenumbers.example_number_for_type(country, random.choice(KINDS))
    number = phonenumbers.national_significant_number(example)[:-5] + f"{random.randrange(100_000):05}"
    parsed = phonenumbers.parse(f"+{example.country_code}{number}")
    share = random.random()
    if share < 0.60:
        return phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL), country
    if share < 0.90:
        form = random.choice((PhoneNumberFormat.E164, PhoneNumberFormat.INTERNATIONAL))
        return phonenumbers.format_number(parsed, form), country
    if share < 0.95:
        return random.choice((number[:5], number + "99999", "n/a", "-", "0")), country
    return random.choice(ODD)(phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL)), country


def plain(value, country):
    try:
        number = phonenumbers.parse(value, country)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164) if phonenumbers.is_valid_number(number) else None


def seconds(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--numbers", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=5)
    chosen = options.parse_args()
    random.seed(1)
    pairs = [cell() for _ in range(chosen.numbers)]
    frame = pl.DataFrame(pairs, schema={"value": pl.String, "country": pl.String}, orient="row")
    read = phone.e164(pl.col("value"), pl.col("country"))
    sample = pairs[: chosen.numbers // 10]
    ours, theirs = [], []
    frame.head(1000).select(read)
    for _ in range(chosen.rounds):
        ours.append(seconds(lambda: frame.select(read)) / len(pairs))
        theirs.append(seconds(lambda: [plain(*pair) for pair in sample]) / len(sample))
    us, them = statistics.median(ours), statistics.median(theirs)
    print(f"whole columns {1 / us:,.0f}/s, phonenumbers {1 / them:,.0f}/s, ratio {them / us:.0f}")


if __name__ == "__main__":
    main()
