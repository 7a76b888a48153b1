"""Ten Meta match keys for a million customers, against a straight pandas script, one after the other.

    python benchmarks/keys.py [customers] [--sample 50000]

Ours repairs, normalises, counts and hashes every customer. The script normalises e-mail, phone, names,
place, gender and birth cell by cell with email-validator, phonenumbers and hashlib; it repairs and counts
nothing, and runs on a sample whose time is scaled up. Each run is a process of its own, the two in turn;
figures are medians, the ratio that of each pair. Memory is the peak resident set of the process.
"""

import argparse
import hashlib
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

KEYS = ("email", "phone", "first_name", "last_name", "city", "state", "postal_code", "country", "gender",
        "date_of_birth")  # fmt: skip
ROUNDS = 5


def ours(path):
    import polars as pl

    from audience_builder import platforms
    from audience_builder.audiences import Audience, AudienceOptions
    from audience_builder.contacts import ContactRules, tidied

    customers, rules = pl.read_parquet(path), ContactRules()
    tidied(customers.head(1000), rules)
    start, before = time.perf_counter(), time.process_time()
    tidy = tidied(customers, rules).customers
    hashed = Audience(tidy, platforms.load("meta"), AudienceOptions(contacts=rules, for_file=True)).hashed()
    for _ in hashed:
        pass
    cpu = time.process_time() - before
    return {"seconds": time.perf_counter() - start, "cpu": cpu, "rows": customers.height}


def script(path):
    import email_validator
    import pandas as pd
    import phonenumbers
    from phonenumbers import NumberParseException, PhoneNumberFormat

    codes = {"USA": "US", "United States": "US", "UK": "GB", "United Kingdom": "GB", "Germany": "DE",
             "Deutschland": "DE", "France": "FR", "Canada": "CA", "Australia": "AU", "Spain": "ES", "España": "ES",
             "Italy": "IT", "Italia": "IT", "Netherlands": "NL", "Sweden": "SE", "Brazil": "BR", "Brasil": "BR",
             "Japan": "JP"}  # fmt: skip

    def mail(cell, _country):
        try:
            return email_validator.validate_email(cell.strip(), check_deliverability=False).normalized.lower()
        except email_validator.EmailNotValidError:
            return None

    def telephone(cell, country):
        try:
            number = phonenumbers.parse(cell, codes.get(country, country))
        except NumberParseException:
            return None
        valid = phonenumbers.is_valid_number(number)
        return phonenumbers.format_number(number, PhoneNumberFormat.E164)[1:] if valid else None

    def letters(cell, _country):
        return "".join(letter for letter in cell.lower() if letter.isalnum()) or None

    rules = dict.fromkeys(KEYS, letters) | {
        "email": mail,
        "phone": telephone,
        "country": lambda cell, _: codes.get(cell, cell).lower(),
        "gender": lambda cell, _: {"f": "f", "m": "m", "h": "m"}.get(cell[0].lower()),
        "date_of_birth": lambda cell, _: cell[:4],
    }
    frame = pd.read_parquet(path, columns=list(KEYS)).astype(object)
    frame = frame.where(frame.notna(), None)
    start, before = time.perf_counter(), time.process_time()
    countries = frame["country"].tolist()
    for key, rule in rules.items():
        plain = [cell and rule(cell, land) for cell, land in zip(frame[key].tolist(), countries, strict=True)]
        frame[key] = [text and hashlib.sha256(text.encode()).hexdigest() for text in plain]
    cpu = time.process_time() - before
    return {"seconds": time.perf_counter() - start, "cpu": cpu, "rows": len(frame)}


def child(what, path):
    done = subprocess.run(
        [sys.executable, __file__, "--child", what, "--file", str(path)], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("customers", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--sample", type=int, default=50_000)
    parser.add_argument("--child", choices=("ours", "script"), help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        found = (ours if asked.child == "ours" else script)(asked.file)
        found["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(json.dumps(found))
        return
    import crowd

    with tempfile.TemporaryDirectory() as name:
        everyone, sample = Path(name, "everyone.parquet"), Path(name, "sample.parquet")
        frame = crowd.customers(asked.customers)
        frame.write_parquet(everyone)
        frame.head(asked.sample).write_parquet(sample)
        pairs = [(child("ours", everyone), child("script", sample)) for _ in range(ROUNDS)]
    scale = asked.customers / asked.sample
    for name, runs, times in zip(("ours", "script"), zip(*pairs, strict=True), (1, scale), strict=True):
        seconds, cpu, peak = (statistics.median(run[key] for run in runs) for key in ("seconds", "cpu", "peak_mib"))
        print(
            f"{name}: {runs[0]['rows']:,} customers, for {asked.customers:,} of them {seconds * times:.1f} s "
            f"({cpu * times:.1f} CPU s), peak {peak:,} MiB"
        )
    ratios = sorted(them["seconds"] * scale / us["seconds"] for us, them in pairs)
    print(f"ratio: {statistics.median(ratios):.0f} ({', '.join(f'{ratio:.0f}' for ratio in ratios)})")


if __name__ == "__main__":
    main()
