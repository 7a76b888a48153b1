"""People, rules and time for rehearsed uploads; every contact is made up."""

import random
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from audience_builder import columns
from audience_builder.delivery.brakes import Brakes
from audience_builder.delivery.graph.settings import GraphSettings
from audience_builder.delivery.retry import Retries, Runtime
from audience_builder.delivery.state import State
from audience_builder.delivery.upload import UploadResult, upload
from audience_builder.delivery.uploaders.meta import MetaUploader
from audience_builder.hashing import Digest, text_sha256
from audience_builder.sandbox import Sandbox
from audience_builder.spec import MatchKey, Platform

TOKEN = "EAAsandboxCanaryToken0123456789"
NAME = "Seed 2026-11"
VALUE = "LOOKALIKE_VALUE"
ANY_SIZE = Brakes(min_members=0, max_removed=None)


def _key(name, source, digest=Digest.SHA256_HEX, repeats=1):
    return MatchKey(
        name=name,
        source=source,
        normalise=lambda text, _country: text,
        digest=digest,
        why_not=lambda text, _country: text,
        rule="",
        rules_url="",
        repeats=repeats,
    )


PLATFORM = Platform(
    name="meta",
    title="Meta",
    match_keys=(
        _key("EMAIL", columns.EMAIL, repeats=3),
        _key("PHONE", columns.PHONE, repeats=3),
        _key("FN", columns.FIRST_NAME),
        _key("COUNTRY", columns.COUNTRY),
        _key("EXTERN_ID", columns.CUSTOMER_ID, Digest.PLAIN),
        _key("MADID", columns.MOBILE_ID, Digest.PLAIN),
    ),
    file_columns=(),
    identifies=(("EMAIL",), ("PHONE",), ("MADID",), ("EXTERN_ID",)),
    minimum_rows=100,
    rules_version="test",
    rules_url="https://example.com/rules",
    rules_checked=date(2026, 11, 22),
    value_column=VALUE,
    max_request_rows=10_000,
)


@dataclass
class Clock:
    """Time that passes only when somebody sleeps, plus a tick per look."""

    now: float = 1_800_000_000.0
    slept: list[float] = field(default_factory=list)

    def __call__(self):
        self.now += 0.001
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


def runtime(clock=None, attempts=6):
    clock = clock or Clock()
    # Session numbers must never repeat, so only the jitter may be predictable: a fresh seed per runtime.
    rng = random.Random(random.SystemRandom().getrandbits(64))
    return Runtime(clock=clock, sleep=clock.sleep, rng=rng, retries=Retries(attempts=attempts))


def email(number):
    return f"person{number}@example.com"


def phone(number):
    return f"1202555{number:04d}"


def people(numbers, *, value=lambda n: 10.0 + n, with_value=True, phones=phone, ids=False):
    """Hashed rows as the audience stage makes them."""
    numbers = list(numbers)
    frame = {
        "person": [text_sha256(f"customer {n}") for n in numbers],
        "EMAIL": [text_sha256(email(n)) for n in numbers],
        "PHONE": [text_sha256(phones(n)) if n % 3 else None for n in numbers],
        "FN": [text_sha256(f"name{n % 7}") for n in numbers],
        "COUNTRY": [text_sha256("us")] * len(numbers),
    }
    if ids:
        frame["EXTERN_ID"] = [f"C-{n}" for n in numbers]
    if with_value:
        frame[VALUE] = [value(n) for n in numbers]
    schema = {name: pl.Float64 if name == VALUE else pl.String for name in frame}
    return pl.DataFrame(frame, schema=schema)


def expected_members(rows):
    """What the platform should hold: match keys with their cells, and the value."""
    names = {column: key.name for key in PLATFORM.match_keys for column in key.columns}
    return {
        frozenset((names[c], cell) for c, cell in row.items() if c in names and cell): row.get(VALUE)
        for row in rows.iter_rows(named=True)
    }


def uploader(sandbox, *, token=TOKEN, account="act_1", **options):
    settings = GraphSettings(account=account, token=token, endpoint=sandbox.url, timeout_seconds=10, **options)
    return MetaUploader(settings, PLATFORM)


def send(sandbox, folder: Path, rows, *, clock=None, attempts=6, name=NAME, **options) -> UploadResult:
    clock = clock or Clock()
    with State(folder, clock=clock) as state:
        return upload(
            rows,
            PLATFORM,
            options.pop("uploader", None) or uploader(sandbox),
            state,
            name=name,
            brakes=options.pop("brakes", ANY_SIZE),
            runtime=runtime(clock, attempts),
            **{"batch_rows": 4, **options},
        )


def new_sandbox(**options):
    return Sandbox(**{"tokens": {TOKEN: ("ads_management",)}, "minimum": 0, **options})


LIST = {
    "name": NAME,
    "subtype": "CUSTOM",
    "is_value_based": True,
    "customer_file_source": "USER_PROVIDED_ONLY",
}


def _household(number):
    """Persons 20 and 21 leave; 22 and 23 stay and share their phones."""
    return phone({22: 20, 23: 21}.get(number, number))


BEFORE = people(range(1, 25), phones=_household)
"""24 people."""
AFTER = pl.concat(
    [
        people([22, 23, 24], phones=_household),
        people(range(10, 16), phones=_household),
        people(range(16, 20), phones=_household, value=lambda n: 3.0 * n),
        people(range(25, 30), phones=_household),
    ]
)
"""Persons 1-9, 20 and 21 have left, 16-19 have new values, 25-29 have come, 22 and 23 need mending."""
CHANGES = ("add", "add", "add", "remove", "remove", "remove", "mend")
"""The requests from BEFORE to AFTER, four rows each."""
