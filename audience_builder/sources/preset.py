"""The declarative description of one export format, read from ``presets/*.toml``.

A preset is data: which columns a file must have to be this format, which of them hold what, what a
row stands for, how a refund shows. No expressions, no code. A file dropped into ``presets/`` is found
by being there; a user's own is named by its path.
"""

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator

from audience_builder import columns, schemas
from audience_builder.errors import ConfigError

__all__ = ["Condition", "Parts", "Preset", "Rule", "load_preset", "preset_named", "presets"]

ORDER_FIELDS: Final = (
    columns.ORDER_ID,
    columns.ORDERED_AT,
    columns.FIRST_ORDER_AT,
    columns.LAST_ORDER_AT,
)
CONTACT_FIELDS: Final = tuple(schemas.CONTACTS)
KIND: Final = "kind"
FIELDS: Final = (*ORDER_FIELDS, *CONTACT_FIELDS, columns.DO_NOT_SELL, KIND)
MONEY_FIELDS: Final = (
    columns.GROSS_AMOUNT,
    columns.REFUNDED_AMOUNT,
    columns.NET_AMOUNT,
    columns.CURRENCY,
    columns.ORDERS_COUNT,
)
MAPPABLE: Final = (*FIELDS, *MONEY_FIELDS, columns.STATUS)

Status = Literal["paid", "partially_refunded", "refunded", "chargeback", "pending", "failed", "cancelled", "test"]


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Headers = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Words = Literal["blank", "present", "negative"] | tuple[str, ...]
Condition = dict[str, Words]
"""Column header -> the words it must hold, or blank, present, negative; all columns must agree."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Parts(_Strict):
    """An amount made of several columns: all of ``sum`` added, the size of all of ``less`` taken off."""

    sum: Headers
    less: Headers = ()


class Detect(_Strict):
    """What a header row must hold: these headers, and columns for these canonical fields."""

    columns: Headers = ()
    fields: tuple[str, ...] = ()


class Rule(_Strict):
    """Rows that are no orders, and why."""

    reason: str
    when: Condition


class Rows(_Strict):
    """What one row stands for.

    ``one``: an order. ``first``: a line of an order whose first line holds the money, or, with
    ``repeats``, of an order whose every line repeats it. ``sum``: a part of an order, to be added up.
    """

    mode: Literal["one", "first", "sum"] = "one"
    key: Headers = ()
    starts: Headers = ()
    repeats: bool = False
    drop: tuple[Rule, ...] = ()


Amount = Annotated[tuple[str, ...] | Parts, BeforeValidator(_listed)]
"""Headers of which the first present one counts, or parts to add up."""


class Converted(_Strict):
    """The file's own amounts in one currency."""

    gross: Amount
    refunded: Amount | None = None
    currency: Headers = ()


class Lost(_Strict):
    """Money taken back outside the refund column, such as a lost dispute."""

    amount: Headers
    when: Condition
    status: Status = "chargeback"


class Money(_Strict):
    """Where the amounts are and what they mean.

    Args:
        unit: ``minor`` amounts are divided by the currency's exponent.
        gross: Charged, before refunds.
        refunded: Returned, beside an unreduced gross amount.
        net: What is left after refunds, where the export knows nothing else.
        adjusted: The total after refunds; blank or zero where there was none.
        lost: Money lost without being in ``refunded``.
        orders: Number of orders behind the amounts, in customer-level exports.
        currency: Column of the currency code.
        decimal: The decimal mark this system writes, where the file does not tell.
        negative_refunds: A negative amount is a refund without further sign of it.
    """

    unit: Literal["major", "minor"] = "major"
    gross: Amount | None = None
    refunded: Amount | None = None
    net: Amount | None = None
    adjusted: Headers = ()
    lost: Lost | None = None
    orders: Headers = ()
    currency: Headers = ()
    decimal: Literal[".", ","] | None = None
    negative_refunds: bool = False
    converted: Converted | None = None


class RefundRows(_Strict):
    """Rows that are refunds: which, the column naming the order they belong to, whose e-mail."""

    when: tuple[Condition, ...]
    link: Headers = ()
    email: Headers = ()


class Dates(_Strict):
    """Day and month order and zone where neither file nor user tells."""

    order: Literal["mdy", "dmy", "ymd"] | None = None
    timezone: str | None = None
    zone_column: Headers = ()


class Override(_Strict):
    """A status that a condition decides, for rows that so far have one of ``instead_of``."""

    status: Status
    when: Condition
    instead_of: tuple[Status, ...]


class StatusRules(_Strict):
    """How the source says what became of an order.

    Args:
        column: Where the word is.
        default: For rows, or files, without a word.
        otherwise: For words that ``map`` does not have; None asks the user.
        strip_prefix: A first word that says nothing, such as ``wc``.
    """

    column: Headers = ()
    default: Status = "paid"
    otherwise: Status | None = None
    strip_prefix: str = ""
    map: dict[Status, tuple[str, ...]] = {}
    override: tuple[Override, ...] = ()


class ConsentRules(_Strict):
    """Words beyond the usual yes and no."""

    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()


class Preset(_Strict):
    """One export format.

    Args:
        id: The name on the command line, and the file's name.
        title: The name people use.
        kind: One row per order (or part of one), or one per customer.
        verified: ``YYYY-MM`` when a real file last confirmed it, or ``unverified``.
        detect: What tells a header row of this format.
        fields: Canonical field -> headers it may be under; the first value that is not blank counts, and
            ``A + B`` joins two columns by a space.
        nulls: Canonical field -> words that mean nothing.
        first_of: Canonical field -> separator of a list of which the first entry counts.
        notes: What a user of the format has to know.
    """

    id: str
    title: str
    kind: Literal["orders", "customers"]
    verified: str = "unverified"
    detect: Detect
    rows: Rows = Rows()
    fields: dict[str, Headers] = {}
    nulls: dict[str, Headers] = {}
    first_of: dict[str, str] = {}
    money: Money = Money()
    refund_rows: RefundRows | None = None
    dates: Dates = Dates()
    status: StatusRules = StatusRules()
    consent: ConsentRules = ConsentRules()
    notes: tuple[str, ...] = ()

    @property
    def has_money(self) -> bool:
        """Whether the format carries amounts at all."""
        return self.money.gross is not None or self.money.net is not None

    @property
    def specificity(self) -> tuple[int, int]:
        """How much a header row has to hold to be this format."""
        return (len(self.detect.columns), len(self.detect.fields))

    @model_validator(mode="after")
    def _known_fields(self) -> Self:
        unknown = sorted({*self.fields, *self.nulls, *self.first_of} - {*FIELDS})
        if unknown:
            raise ValueError(f"unknown fields {', '.join(unknown)}; known: {', '.join(FIELDS)}")
        if not (self.detect.columns or self.detect.fields):
            raise ValueError("detect needs columns or fields")
        if self.rows.mode != "one" and not self.rows.key:
            raise ValueError(f"rows.mode {self.rows.mode} needs rows.key")
        return self


def load_preset(text: str, name: str) -> Preset:
    """Read one preset.

    Args:
        text: The TOML.
        name: What to call it in messages.

    Raises:
        ConfigError: It is no TOML, or no preset; every wrong key is named.
    """
    try:
        return Preset.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"The preset {name} is no TOML.", f"{error}.", "Correct that line.") from None
    except ValidationError as error:
        found = "; ".join(_said(one) for one in error.errors(include_input=False, include_url=False))
        raise ConfigError(
            f"The preset {name} is not valid.", f"{found}.", "Compare it with a bundled preset."
        ) from None


def _said(error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"])
    return f"{where}: {error['msg']}" if where else str(error["msg"])


@cache
def presets() -> tuple[Preset, ...]:
    """All bundled presets, by name."""
    folder = files(__package__) / "presets"
    found = [
        load_preset(file.read_text("utf-8"), file.name) for file in folder.iterdir() if file.name.endswith(".toml")
    ]
    return tuple(sorted(found, key=lambda preset: preset.id))


def preset_named(name: str) -> Preset:
    """The preset of that id, or the one in the TOML file of that path.

    Raises:
        ConfigError: There is none; the bundled ones are listed.
    """
    if name.endswith(".toml"):
        path = Path(name)
        if not path.is_file():
            raise ConfigError("The preset file is not there.", f"Given: {name}.", "Check the path.")
        return load_preset(path.read_text("utf-8"), path.name)
    for preset in presets():
        if preset.id == name.casefold():
            return preset
    known = ", ".join(preset.id for preset in presets())
    raise ConfigError(f"There is no preset {name}.", f"There are: {known}.", "Choose one, or leave it on auto.")
