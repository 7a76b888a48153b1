"""Groups of flags that several commands share; a flag has the name of its key in audience.toml."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Literal

import typer

from audience_builder.errors import ConfigError

__all__ = [
    "AccountFlags",
    "BrakeFlags",
    "FilterFlags",
    "KeyFlags",
    "LogFlags",
    "PrintFlags",
    "Queries",
    "QueryFiles",
    "SourceFlags",
    "StateFlags",
    "ValueFlags",
    "amount",
    "pairs",
]

SOURCES, WHO, VALUE, KEYS, OUTPUT = "Sources", "Who is in", "Value", "Match keys", "Output"
ACCOUNT, BRAKES = "Ad account", "Brakes"


Queries = Annotated[
    list[str] | None,
    typer.Option(
        help="What is read from a database: one SELECT. The password is in AUDIENCE_BUILDER_DB_PASSWORD. May repeat, "
        "one for each database.",
        rich_help_panel=SOURCES,
    ),
]
QueryFiles = Annotated[
    list[Path] | None,
    typer.Option(help="File with the query, in place of --query. May repeat.", rich_help_panel=SOURCES),
]


@dataclass(frozen=True, kw_only=True)
class SourceFlags:
    """What is read, and how it is understood."""

    files: Annotated[
        list[str],
        typer.Argument(
            help="Export files: .csv .tsv .txt .gz .zip .xlsx .parquet .json .jsonl; globs allowed; - for standard "
            "input; a database as postgresql://user@host/shop or sqlite:///shop.db with --query."
        ),
    ]
    customers: Annotated[
        list[str] | None,
        typer.Option(
            help="Contact export joined to the orders by id, else e-mail. May repeat.",
            rich_help_panel=SOURCES,
        ),
    ] = None
    query: Queries = None
    query_file: QueryFiles = None
    preset: Annotated[
        str,
        typer.Option(help="Export format: auto, a name from `inspect`, or a .toml file.", rich_help_panel=SOURCES),
    ] = "auto"
    map: Annotated[
        list[str] | None,
        typer.Option(
            help='Which column holds a field, as FIELD=COLUMN: --map email="E-Mail". May repeat.',
            rich_help_panel=SOURCES,
        ),
    ] = None
    currency: Annotated[
        str | None,
        typer.Option(help="Currency of amounts that name none, as ISO code: EUR.", rich_help_panel=SOURCES),
    ] = None
    only_currency: Annotated[
        str | None,
        typer.Option(help="Keep the orders of this currency; the others are counted.", rich_help_panel=SOURCES),
    ] = None
    report_currency: Annotated[
        str | None,
        typer.Option(help="Convert everything to this currency; needs --rates.", rich_help_panel=SOURCES),
    ] = None
    rates: Annotated[
        Path | None, typer.Option(help="CSV of dated rates: date,currency,rate.", rich_help_panel=SOURCES)
    ] = None
    converted: Annotated[
        bool,
        typer.Option(
            "--converted",
            help="Use the export's own converted amounts (Stripe, Salesforce).",
            rich_help_panel=SOURCES,
        ),
    ] = False
    date_order: Annotated[
        Literal["mdy", "dmy", "ymd"] | None,
        typer.Option(help="Order of day and month in dates.", rich_help_panel=SOURCES),
    ] = None
    timezone: Annotated[
        str | None,
        typer.Option(help="Zone of times that name none: Europe/Berlin. Default UTC.", rich_help_panel=SOURCES),
    ] = None
    decimal: Annotated[
        Literal[".", ","] | None,
        typer.Option(help="Decimal mark, where a column does not show it.", rich_help_panel=SOURCES),
    ] = None
    status_map: Annotated[
        list[str] | None,
        typer.Option(
            help="Meaning of a status word, as WORD=STATUS: --status-map Versandt=paid. May repeat.",
            rich_help_panel=SOURCES,
        ),
    ] = None
    encoding: Annotated[
        str | None,
        typer.Option(
            help="Text encoding. Default: UTF-8, UTF-16 by its mark, else Windows-1252.",
            rich_help_panel=SOURCES,
        ),
    ] = None
    delimiter: Annotated[
        str | None,
        typer.Option(help="Column delimiter. Default: found among , ; TAB |", rich_help_panel=SOURCES),
    ] = None
    sheet: Annotated[
        str | None,
        typer.Option(help="Sheet of a workbook. Default: the first that fits.", rich_help_panel=SOURCES),
    ] = None


@dataclass(frozen=True, kw_only=True)
class FilterFlags:
    """Who is in."""

    min_paid: Annotated[
        str | None,
        typer.Option(help="Least net amount paid, in the report's currency: --min-paid 1.", rich_help_panel=WHO),
    ] = None
    no_refunds: Annotated[
        bool, typer.Option("--no-refunds", help="Leave out customers with any refund.", rich_help_panel=WHO)
    ] = False
    since: Annotated[
        datetime | None,
        typer.Option(help="First day of orders that count.", formats=["%Y-%m-%d"], rich_help_panel=WHO),
    ] = None
    until: Annotated[
        datetime | None,
        typer.Option(help="Last day of orders that count.", formats=["%Y-%m-%d"], rich_help_panel=WHO),
    ] = None
    country: Annotated[
        list[str] | None,
        typer.Option(help="Keep customers of this country, as ISO code. May repeat.", rich_help_panel=WHO),
    ] = None
    where: Annotated[
        str | None,
        typer.Option(help="Condition on report columns: 'orders >= 2 and segment != \"Lost\"'.", rich_help_panel=WHO),
    ] = None
    suppress: Annotated[
        list[str] | None,
        typer.Option(
            help="File of people to leave out: e-mails, phones, ids or SHA-256 digests. May repeat.",
            rich_help_panel=WHO,
        ),
    ] = None
    consent: Annotated[
        str | None,
        typer.Option(help="Column with marketing consent; blank counts as no.", rich_help_panel=WHO),
    ] = None
    consent_file: Annotated[
        list[str] | None,
        typer.Option(help="File of people who agreed; whoever is on none did not. May repeat.", rich_help_panel=WHO),
    ] = None
    do_not_sell: Annotated[
        str | None,
        typer.Option(
            help="Column that says not to sell or share a person's data; yes leaves them out.", rich_help_panel=WHO
        ),
    ] = None
    consent_rule: Annotated[
        Literal["opt-in", "region", "opt-out"] | None,
        typer.Option(
            help="opt-in: everyone has to agree; opt-out: a no is enough; region: opt-in everywhere but in the US. "
            "Default: opt-in with a consent column or file, opt-out with a do-not-sell column alone.",
            rich_help_panel=WHO,
        ),
    ] = None
    keep_days: Annotated[
        int | None,
        typer.Option(
            help="Retention limit: leave out customers this many days after their last order.",
            min=1,
            rich_help_panel=WHO,
        ),
    ] = None
    identity: Annotated[
        str,
        typer.Option(help="Keys that join records into one customer: id,email or id,email,phone.", rich_help_panel=WHO),
    ] = "id,email"


@dataclass(frozen=True, kw_only=True)
class ValueFlags:
    """What a customer is worth."""

    value: Annotated[
        Literal["historic", "formula", "predicted", "total", "auto"] | None,
        typer.Option(
            help="What becomes the value: net paid, classic formula, forecast, paid + forecast, or auto: the "
            "forecast where the data carries one, else the formula. Default: historic in reports, auto in lists.",
            rich_help_panel=VALUE,
        ),
    ] = None
    model: Annotated[
        Literal["auto", "pareto", "bg"] | None,
        typer.Option(
            help="Purchase model of the forecast: Pareto/NBD or BG/NBD. Default: auto, a backtest chooses.",
            rich_help_panel=VALUE,
        ),
    ] = None
    horizon_days: Annotated[
        float | None,
        typer.Option(help="Days the forecast looks ahead. Default 365.", rich_help_panel=VALUE),
    ] = None
    discount_per_year: Annotated[
        float | None,
        typer.Option(help="Yearly discount of forecast money, as a fraction: 0.1. Default 0.", rich_help_panel=VALUE),
    ] = None
    margin: Annotated[
        float | None,
        typer.Option(help="Gross margin as a fraction of net revenue: 0.4. Default 1.", rich_help_panel=VALUE),
    ] = None
    retention_years: Annotated[
        float | None,
        typer.Option(help="Years a customer stays. Default: estimated from the data.", rich_help_panel=VALUE),
    ] = None
    orders_per_year: Annotated[
        float | None,
        typer.Option(help="Orders per customer and year. Default: measured.", rich_help_panel=VALUE),
    ] = None
    average_order: Annotated[
        float | None,
        typer.Option(help="Average order value in the report's currency. Default: measured.", rich_help_panel=VALUE),
    ] = None
    as_of: Annotated[
        datetime | None,
        typer.Option(
            help="Day recency is counted to and the forecast starts from. Default: day of the last order.",
            formats=["%Y-%m-%d"],
            rich_help_panel=VALUE,
        ),
    ] = None
    cac: Annotated[
        float | None,
        typer.Option(help="Cost to acquire one customer, in the report's currency.", rich_help_panel=VALUE),
    ] = None
    spend: Annotated[
        float | None,
        typer.Option(
            help="Advertising spend that brought the new customers, in the report's currency.",
            rich_help_panel=VALUE,
        ),
    ] = None
    new_customers: Annotated[
        int | None,
        typer.Option(
            help="Customers that spend brought. Default: all first buyers in the data.", rich_help_panel=VALUE
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class KeyFlags:
    """How contact text becomes match keys."""

    home_country: Annotated[
        str | None,
        typer.Option(help="Country of phone numbers in rows that name none, as ISO code.", rich_help_panel=KEYS),
    ] = None
    hashed: Annotated[
        list[str] | None,
        typer.Option(help="Column hashed already: email or phone. May repeat.", rich_help_panel=KEYS),
    ] = None
    no_repair: Annotated[
        list[str] | None,
        typer.Option(help="Name of a repair that is not wanted. May repeat.", rich_help_panel=KEYS),
    ] = None
    birth_order: Annotated[
        Literal["mdy", "dmy"] | None,
        typer.Option(help="Order of day and month in birth dates.", rich_help_panel=KEYS),
    ] = None


@dataclass(frozen=True, kw_only=True)
class AccountFlags:
    """Which ad account. The token is no flag: others on the machine can read flags."""

    to: Annotated[str, typer.Option(help="Platform: meta, its token in META_ACCESS_TOKEN.", rich_help_panel=ACCOUNT)]
    account: Annotated[
        str, typer.Option(help="Ad account as the platform writes it: act_1234567890.", rich_help_panel=ACCOUNT)
    ]


@dataclass(frozen=True, kw_only=True)
class StateFlags:
    """Which record of earlier uploads, and of people who had themselves erased."""

    state: Annotated[
        Path | None,
        typer.Option(
            help="Folder with the record of earlier uploads. Default: the user's data folder.",
            rich_help_panel=ACCOUNT,
        ),
    ] = None
    client: Annotated[
        str | None,
        typer.Option(help="Name of the client whose record it is, as in audience.toml.", rich_help_panel=ACCOUNT),
    ] = None


RecordFolder = Annotated[
    Path | None,
    typer.Option(
        "--state",
        help="Folder of the record whose erased people stay out. Default: the client's, else the user's own.",
        rich_help_panel=WHO,
    ),
]
"""Where a command that sends nothing looks up who was erased."""


@dataclass(frozen=True, kw_only=True)
class BrakeFlags:
    """Limits past which an upload stops."""

    max_removed: Annotated[
        float,
        typer.Option(
            help="Stop before sending if more than this share of the members would leave.",
            min=0,
            max=1,
            rich_help_panel=BRAKES,
        ),
    ] = 0.5
    max_growth: Annotated[
        float | None,
        typer.Option(
            help="Stop before sending if more than this share of the members would join: 0.3. Default: no limit.",
            min=0,
            rich_help_panel=BRAKES,
        ),
    ] = None
    min_members: Annotated[
        int | None,
        typer.Option(
            help="Stop before sending if fewer members would be left. Default: the platform's own minimum.",
            min=0,
            rich_help_panel=BRAKES,
        ),
    ] = None
    max_invalid: Annotated[
        float,
        typer.Option(
            help="Stop once the platform finds more than this share of the rows unusable.",
            min=0,
            max=1,
            rich_help_panel=BRAKES,
        ),
    ] = 0.01


@dataclass(frozen=True, kw_only=True)
class PrintFlags:
    """What is printed."""

    json: Annotated[
        bool,
        typer.Option("--json", help="Print the summary as JSON, and nothing else, on stdout.", rich_help_panel=OUTPUT),
    ] = False
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.", rich_help_panel=OUTPUT)] = (
        False
    )


@dataclass(frozen=True, kw_only=True)
class LogFlags:
    """What is told while it happens."""

    log_json: Annotated[
        bool,
        typer.Option(
            "--log-json", help="Tell what happens as JSON lines on stderr; no progress shows.", rich_help_panel=OUTPUT
        ),
    ] = False


def pairs(given: list[str] | None, flag: str) -> dict[str, str]:
    """``["a=b"]`` as ``{"a": "b"}``.

    Raises:
        ConfigError: An entry has no ``=``.
    """
    found: dict[str, str] = {}
    for entry in given or []:
        key, equals, value = entry.partition("=")
        if not equals or not key.strip() or not value.strip():
            raise ConfigError(
                f"{flag} takes NAME=VALUE.", f"It got {entry!r}.", f'Write it like {flag} email="E-Mail".'
            )
        found[key.strip()] = value.strip()
    return found


def amount(given: str | None, flag: str) -> Decimal | None:
    """An amount of money typed by a person, with a decimal point.

    Raises:
        ConfigError: It is no number.
    """
    if given is None:
        return None
    try:
        number = Decimal(given)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ConfigError(f"{flag} takes an amount of money.", f"It got {given!r}.", f"Write it like {flag} 12.50.")
    return number
