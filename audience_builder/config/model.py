"""The keys of ``audience.toml``, with the sentence that explains each; the template is made from them.

A key has the name of its command-line flag. Where it cannot, DESIGN names it: ``value.kind`` is
``--value``, ``audiences.NAME.refresh`` is ``--mode``, ``audiences.NAME.lookalikes`` repeats ``--lookalike``.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from audience_builder.clients import NAME_PATTERN
from audience_builder.delivery.brakes import Brakes
from audience_builder.delivery.plan import Mode
from audience_builder.sources.databases import PASSWORD_ENV
from audience_builder.who import ConsentRule
from audience_builder.worth import Kind

__all__ = [
    "AudienceSection",
    "BrakesSection",
    "ClientSection",
    "Config",
    "FiltersSection",
    "NotifySection",
    "ReadingSection",
    "Section",
    "SourceSection",
    "ValueSection",
]


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Texts = Annotated[tuple[str, ...], BeforeValidator(_listed)]
"""One text or a list of them."""
Share = Annotated[float, Field(ge=0)]
Variable = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")]
"""Name of an environment variable: capitals, so that no token passes for one."""

_BRAKES = Brakes.of_refresh()


def _key(default: Any, text: str, example: object = None, **limits: Any) -> Any:
    """A key with its sentence, and what the template shows where the default shows nothing."""
    return Field(default=default, description=text, examples=None if example is None else [example], **limits)


class Section(BaseModel):
    """A table of the file: nothing unknown, nothing changed later, no value in a message."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class ClientSection(Section):
    """Whose customers these are."""

    name: str = _key(
        ...,
        "Short name of the client; its record and its plans are kept under it.",
        "acme",
        pattern=NAME_PATTERN,
    )
    home_country: str | None = _key(None, "Country of phone numbers in rows that name none, as ISO code.", "US")
    currency: str | None = _key(None, "Currency of amounts that name none, as ISO code.", "USD")
    timezone: str | None = _key(None, "Zone of times that name none. Default UTC.", "Europe/Berlin")
    state: str | None = _key(
        None,
        "Folder with the record of what was sent. Default: the user's data folder, by the client's name.",
        "state",
    )


class SourceSection(Section):
    """Files, or a query to a database."""

    path: str | None = _key(None, "Path or glob, relative to this file.", "orders.csv")
    url: str | None = _key(
        None, "Address of a database, without a password.", "postgresql://reader@db.example.com/shop"
    )
    query: str | None = _key(
        None, "What is read from it: one SELECT.", "SELECT * FROM orders WHERE ordered_at >= '2025-01-01'"
    )
    query_file: str | None = _key(None, "File with the query, relative to this file.", "orders.sql")
    password_env: Variable = _key(PASSWORD_ENV, "Environment variable with the database's password.")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        """Either files or a database, and the database with one query."""
        queries = sum(one is not None for one in (self.query, self.query_file))
        if (self.path is None) == (self.url is None) or queries != (self.url is not None):
            raise PydanticCustomError("source", "needs either path, or url with query or query_file")
        return self


class ReadingSection(Section):
    """How files are understood. Most files tell it themselves: `audience-builder inspect FILE`."""

    preset: str = _key("auto", "Export format: auto, a name from `inspect`, or a .toml file.")
    map: dict[str, str] = _key({}, "Which column holds a field.", {"email": "E-Mail"})
    only_currency: str | None = _key(None, "Keep the orders of this currency; the others are counted.", "EUR")
    report_currency: str | None = _key(None, "Convert everything to this currency; needs rates.", "EUR")
    rates: str | None = _key(None, "CSV of dated rates: date,currency,rate.", "rates.csv")
    converted: bool = _key(default=False, text="Use the export's own converted amounts (Stripe, Salesforce).")
    date_order: Literal["mdy", "dmy", "ymd"] | None = _key(None, "Order of day and month in dates.", "dmy")
    decimal: Literal[".", ","] | None = _key(None, "Decimal mark, where a column does not show it.", ",")
    status_map: dict[str, str] = _key({}, "Meaning of a status word.", {"Versandt": "paid"})
    encoding: str | None = _key(None, "Text encoding. Default: UTF-8, UTF-16 by its mark, else Windows-1252.", "cp1252")
    delimiter: str | None = _key(None, "Column delimiter. Default: found among , ; TAB |", ";")
    sheet: str | None = _key(None, "Sheet of a workbook. Default: the first that fits.", "Orders")
    identity: str = _key("id,email", "Keys that join records into one customer: id,email or id,email,phone.")
    hashed: Texts = _key((), "Columns hashed already: email or phone.", ["email"])
    no_repair: Texts = _key((), "Names of repairs that are not wanted.", ["mailto"])
    birth_order: Literal["mdy", "dmy"] | None = _key(None, "Order of day and month in birth dates.", "dmy")


class FiltersSection(Section):
    """Who is in."""

    min_paid: Decimal | None = _key(None, "Least net amount paid, in the report's currency.", 1)
    no_refunds: bool = _key(default=False, text="Leave out customers with any refund.")
    since: date | None = _key(None, "First day of orders that count.", date(2025, 1, 1))
    until: date | None = _key(None, "Last day of orders that count.", date(2026, 12, 31))
    keep_days: int | None = _key(
        None, "Retention limit: customers leave this many days after their last order.", 730, ge=1
    )
    country: Texts = _key((), "Keep customers of these countries, as ISO codes.", ["US", "CA"])
    where: str | None = _key(None, "Condition on report columns.", 'orders >= 2 and segment != "Lost"')
    suppress: Texts = _key(
        (), "Files of people to leave out: e-mails, phones, ids or SHA-256 digests.", ["unsubscribed.csv"]
    )
    consent: str | None = _key(None, "Column with marketing consent; blank counts as no.", "Accepts Marketing")
    consent_file: Texts = _key((), "Files of people who agreed; whoever is on none did not.", ["agreed.csv"])
    do_not_sell: str | None = _key(
        None, "Column that says not to sell or share a person's data; yes leaves them out.", "Do Not Sell"
    )
    consent_rule: ConsentRule | None = _key(
        None,
        "Who has to agree: everyone, or by region (opt-in everywhere but the US, where a no is enough). "
        "Default: everyone, as soon as there is a consent column or file.",
        "region",
    )


class ValueSection(Section):
    """What a customer is worth."""

    kind: Kind = _key(
        "historic", "historic: net paid; formula; predicted: forecast; total: both; auto: forecast where it holds."
    )
    model: Literal["auto", "pareto", "bg"] | None = _key(None, "Purchase model of the forecast.", "auto")
    horizon_days: float | None = _key(None, "Days the forecast looks ahead. Default 365.", 365)
    discount_per_year: float | None = _key(None, "Yearly discount of forecast money. Default 0.", 0.1)
    margin: float | None = _key(None, "Gross margin as a fraction of net revenue. Default 1.", 0.4)
    retention_years: float | None = _key(None, "Years a customer stays. Default: estimated.", 3)
    orders_per_year: float | None = _key(None, "Orders per customer and year. Default: measured.", 2)
    average_order: float | None = _key(None, "Average order value. Default: measured.", 60)
    as_of: date | None = _key(None, "Day recency is counted to. Default: day of the last order.", date(2026, 11, 1))
    cac: float | None = _key(None, "Cost to acquire one customer.", 25)
    spend: float | None = _key(None, "Advertising spend that brought the new customers.", 10_000)
    new_customers: int | None = _key(None, "Customers that spend brought. Default: all first buyers.", 400)


class AudienceSection(Section):
    """One audience of one ad account. Add a table for each."""

    platform: str = _key(..., "Platform name, see `audience-builder platforms`.", "meta")
    account: str = _key(..., "Ad account as the platform writes it.", "act_1234567890")
    name: str = _key(..., "Name of the audience on the platform; made if it is not there.", "Best customers")
    refresh: Mode = _key(
        "mirror", "mirror: exactly these people; add: only those leave who asked to; replace: the list is swapped."
    )
    token_env: Variable | None = _key(
        None,
        "Environment variable that holds this client's token. The token itself is never in this file.",
        "ACME_META_TOKEN",
    )
    where: str | None = _key(None, "Condition on report columns, beside that of [filters].", "orders >= 2")
    columns: Texts = _key((), "Match keys to send. Default: all there are.", ["EMAIL", "PHONE"])
    no_value: bool = _key(default=False, text="Leave the value out.")
    tiers: int = _key(1, "Audiences by value, the best first, where no value goes along.", ge=1, le=20)
    lookalikes: Texts = _key((), "Lookalikes to have, as COUNTRY:SHARE.", ["US:0.01"])
    rules: dict[str, str] = _key({}, "Other documented forms of match keys, as KEY = FORM.", {"PHONE": "digits"})
    batch_rows: int | None = _key(None, "Rows per request. Default: the most allowed.", 5_000, ge=1)
    retention_days: int | None = _key(
        None, "Days a new audience keeps people, 1 to 180. Default: for good.", 180, ge=1, le=180
    )
    limited_data_use: Literal["geolocated", "california"] | None = _key(
        None, "Limited data use: the platform finds out who is in California, or everyone is.", "geolocated"
    )


class BrakesSection(Section):
    """Limits past which nothing is sent, and the run ends with exit code 4."""

    max_removed: Share = _key(_BRAKES.max_removed, "Share of the members that may leave in one run.")
    max_growth: Share = _key(_BRAKES.max_growth, "Share of the members that may join in one run.")
    min_members: int | None = _key(None, "Members there have to be. Default: the platform's minimum.", 1_000, ge=0)
    max_rows_drop: Share = _key(_BRAKES.max_rows_drop, "Share of the source rows that may be gone since the last run.")
    max_revenue_drop: Share = _key(_BRAKES.max_revenue_drop, "Share of the net revenue that may be gone, likewise.")
    max_order_age_days: float = _key(_BRAKES.max_order_age_days, "Days since the newest order.", ge=0)
    max_rejects: Share = _key(_BRAKES.max_rejects, "Share of the source rows that may be unreadable.")
    max_coverage_drop: Share = _key(
        _BRAKES.max_coverage_drop, "How far the share of people with a match key may fall: 0.10 is 10 points."
    )
    max_value_shift: Share = _key(_BRAKES.max_value_shift, "How far the total of all values may move, either way.")
    accept_changes: bool = _key(
        default=False, text="Go on when these settings or the value model changed since the last run."
    )
    max_invalid: Share = _key(0.01, "Share of the rows sent that the platform may find unusable.", le=1)


class NotifySection(Section):
    """Who is told. The addresses are Apprise URLs in an environment variable, since they hold secrets."""

    urls_env: Variable = _key("AUDIENCE_BUILDER_NOTIFY_URLS", "Environment variable with the addresses.")
    on: tuple[Literal["failure", "brake", "success"], ...] = _key(("failure", "brake"), "When to tell.")


class Config(Section):
    """The whole file."""

    client: ClientSection
    sources: tuple[SourceSection, ...] = Field(min_length=1, description="Order exports. One table each.")
    customers: tuple[SourceSection, ...] = Field(default=(), description="Contact exports joined to the orders.")
    reading: ReadingSection = ReadingSection()
    filters: FiltersSection = FiltersSection()
    value: ValueSection = ValueSection()
    audiences: dict[str, AudienceSection] = Field(min_length=1)
    brakes: BrakesSection = BrakesSection()
    notify: NotifySection = NotifySection()
