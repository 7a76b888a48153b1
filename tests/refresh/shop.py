"""A shop in two exports, refreshed against a stand-in of Meta; every customer is made up."""

import csv
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from audience_builder.delivery.brakes import Brakes
from audience_builder.delivery.retry import Retries, Runtime
from audience_builder.hashing import text_sha256
from audience_builder.refresh import Terms, refresh
from audience_builder.sandbox import Sandbox

TOKEN = "EAAsandboxCanaryToken0123456789"
NAME = "Seed 2026-11"
CONFIG = """
[client]
name = "{client}"
home_country = "US"
currency = "USD"
state = "state"

[[sources]]
path = "orders.csv"

[[customers]]
path = "customers.csv"

[filters]
min_paid = 50
no_refunds = true
consent = "Accepts Marketing"
suppress = "suppressed.txt"
keep_days = 60

[audiences.main]
platform = "meta"
account = "act_1"
name = "{name}"
batch_rows = 4
{more}

[brakes]
min_members = 0
"""
ORDER = ("Order ID", "Customer ID", "Total", "Date", "Status")
CUSTOMER = ("Customer ID", "Email", "Phone", "Accepts Marketing")


def email(number):
    return f"person{number}@example.com"


@dataclass
class Shop:
    """Orders by number, customers by number, people to leave out; written anew every day."""

    folder: Path
    client: str = "acme"
    more: str = ""
    orders: dict[str, list[str]] = field(default_factory=dict)
    customers: dict[int, list[str]] = field(default_factory=dict)
    suppressed: list[str] = field(default_factory=lambda: ["email", "nobody@example.com"])
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.path = self.folder / "audience.toml"
        self.path.write_text(CONFIG.format(client=self.client, name=NAME, more=self.more), encoding="utf-8")

    def buys(self, number, total, day, *, order=None):
        """A customer places an order; a newcomer agrees to marketing."""
        order = order or str(1000 + len(self.orders))
        self.orders[order] = [order, f"C-{number}", f"{total:.2f}", day, "paid"]
        self.customers.setdefault(number, [f"C-{number}", email(number), f"+1202555{number:04d}", "yes"])
        return order

    def write(self, *, orders=None):
        """Export everything, or these orders in place of all."""
        self._write("orders.csv", ORDER, list(self.orders.values()) if orders is None else orders)
        self._write("customers.csv", CUSTOMER, list(self.customers.values()))
        (self.folder / "suppressed.txt").write_text("\n".join(self.suppressed) + "\n", encoding="utf-8")

    def _write(self, name, header, rows):
        with (self.folder / name).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([[self.headers.get(one, one) for one in header], *rows])


def runtime(day):
    now = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC).timestamp() + 6 * 3600
    return Runtime(clock=lambda: now, sleep=lambda _seconds: None, retries=Retries(attempts=3))


def terms(sandbox, day, **options):
    environ = {"AUDIENCE_BUILDER_META_ENDPOINT": sandbox.url, "META_ACCESS_TOKEN": TOKEN, **options.pop("environ", {})}
    return Terms(environ=environ, runtime=runtime(day), **options)


def refreshed(shop, sandbox, day, *plans, applying=True, **options):
    """One client's refresh."""
    (done,) = refresh([shop.path, *plans], terms(sandbox, day, **options), applying=applying)
    return done


def members(sandbox, name=NAME):
    """The platform's members: digest of the e-mail -> value."""
    return {dict(keys)["EMAIL"]: value for keys, value in sandbox.members(name).items()}


def people(values):
    """Expected members from customer numbers or addresses."""
    return {text_sha256(email(one) if isinstance(one, int) else one): value for one, value in values.items()}


def new_sandbox(**options):
    return Sandbox(**{"tokens": {TOKEN: ("ads_management",)}, "minimum": 0, **options})


def brake_names(done):
    return [brake.name for audience in done.report.audiences for brake in audience.tripped]


NO_BRAKES = Brakes(max_removed=None, min_members=0)
