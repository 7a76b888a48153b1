"""Who is in: each filter says how many customers and how much net revenue it takes out."""

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from difflib import get_close_matches
from typing import Final, Literal, TypeAlias

import polars as pl

from audience_builder import columns as c
from audience_builder.contacts import COUNTRY_CODE, ContactRules, phone_country
from audience_builder.errors import ConfigError
from audience_builder.hashing import Digest, digested
from audience_builder.matchkeys import email, phone
from audience_builder.reporting.table import REPORT_COLUMNS
from audience_builder.sources.reading import expand
from audience_builder.sources.suppression import read_texts
from audience_builder.tombstones import Tombstones

__all__ = [
    "Chosen",
    "Condition",
    "ConsentRule",
    "FilterStep",
    "Who",
    "active_since",
    "choose",
    "conditions",
    "consent_rule",
    "steps_together",
    "words_of",
]

ConsentRule: TypeAlias = Literal["opt-in", "region", "opt-out"]
"""``opt-in``: everyone has to agree; ``opt-out``: a no is enough to be left out; ``region``: opt-in, save in
the countries of ``OPT_OUT``. A country nobody knows is opt-in."""

OPT_OUT: Final = ("US",)
"""State privacy laws of the United States let people opt out (Cal. Civ. Code 1798.120 and its kin). The EEA
and the United Kingdom ask for consent first (GDPR article 6, ePrivacy directive article 5), Switzerland is
held to the same; where the law is another, asking first is never wrong."""

Condition: TypeAlias = tuple[str, str, pl.Expr]
"""A filter: its name, what it is called for people, and who passes."""

_COMPARE: Final = {ast.Eq: "eq", ast.NotEq: "ne", ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Which customers are wanted.

    Args:
        min_paid: Least net amount paid.
        no_refunds: Whether customers with any refund leave.
        since, until: First and last day of orders that count.
        countries: ISO alpha-2 codes; empty for all.
        where: Condition on report columns.
        suppress: Files of people to leave out.
        active_since: First day a customer's last order may be of; those without a date leave.
        consent: Who has to agree, None for nobody; blank is no.
        consent_files: Files of people who agreed; a no in the data outweighs them.
        consent_column: Whether a yes in the data counts beside those files.
        erased: People who had themselves erased; they stay out whatever else holds.
    """

    min_paid: Decimal | None = None
    no_refunds: bool = False
    since: date | None = None
    until: date | None = None
    countries: frozenset[str] = frozenset()
    where: str | None = None
    suppress: tuple[str, ...] = ()
    active_since: date | None = None
    consent: ConsentRule | None = None
    consent_files: tuple[str, ...] = ()
    consent_column: bool = False
    erased: Tombstones = field(default_factory=Tombstones, repr=False)

    def window(self, orders: pl.DataFrame) -> pl.DataFrame:
        """Orders inside the window; those without a date are outside as soon as there is one."""
        day = pl.col(c.ORDERED_AT).dt.date()
        kept = orders
        if self.since is not None:
            kept = kept.filter(day >= self.since)
        if self.until is not None:
            kept = kept.filter(day <= self.until)
        return kept


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterStep:
    """One filter's effect."""

    name: str
    title: str
    customers_out: int
    net_out: Decimal
    customers_left: int


def steps_together(parts: Sequence[Sequence[FilterStep]], customers: int) -> tuple[FilterStep, ...]:
    """The same filters over several parts of the customers, as over all of them."""
    found = []
    for steps in zip(*parts, strict=True):
        out = sum(step.customers_out for step in steps)
        customers -= out
        net = sum((step.net_out for step in steps), Decimal(0))
        found.append(replace(steps[0], customers_out=out, net_out=net, customers_left=customers))
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The customers that are left, and every step that led there.

    ``left_out`` holds ``customer_id``, ``email`` and ``phone`` of the others, with the step's name as ``reason``.
    """

    customers: pl.DataFrame
    steps: tuple[FilterStep, ...]
    left_out: pl.DataFrame


def choose(customers: pl.DataFrame, wanted: Sequence[Condition]) -> Chosen:
    """Apply every filter asked for, one after the other.

    Args:
        customers: Tidied and valued customers.
        wanted: What ``conditions`` returned.
    """
    out = [pl.when(~condition.fill_null(value=False)).then(pl.lit(name)) for name, _, condition in wanted]
    marked = customers.with_columns(pl.coalesce(*out, pl.lit(None, pl.String)).alias(c.REASON))
    counted = marked.group_by(c.REASON).agg(pl.len(), pl.col(c.NET_PAID).sum())
    counts = {name: (count, net) for name, count, net in counted.iter_rows()}
    steps, left = [], customers.height
    for name, title, _ in wanted:
        count, net = counts.get(name, (0, None))
        left -= count
        steps.append(
            FilterStep(name=name, title=title, customers_out=count, net_out=Decimal(net or 0), customers_left=left)
        )
    return Chosen(
        customers=marked.filter(pl.col(c.REASON).is_null()).drop(c.REASON),
        steps=tuple(steps),
        left_out=marked.filter(pl.col(c.REASON).is_not_null()).select(c.CUSTOMER_ID, c.EMAIL, c.PHONE, c.REASON),
    )


def active_since(keep_days: int | None, today: date) -> date | None:
    """The first day a customer's last order may be of; None for no limit."""
    return None if keep_days is None else today - timedelta(days=keep_days)


def consent_rule(
    asked: ConsentRule | None, *, column: str | None, files: Sequence[str], do_not_sell: str | None
) -> ConsentRule | None:
    """The rule that holds: the one asked for, else what the given sources of consent stand for.

    Raises:
        ConfigError: Everyone has to agree, and nothing says who did.
    """
    if asked == "opt-in" and column is None and not files:
        raise ConfigError(
            "Everyone has to agree, but nothing says who did.",
            "The consent rule is opt-in, and there is neither a column nor a file of consent.",
            "Name one with --consent or --consent-file.",
        )
    if asked is not None:
        return asked
    return "opt-in" if column is not None or files else "opt-out" if do_not_sell is not None else None


def conditions(who: Who, contacts: ContactRules) -> list[Condition]:
    """The filters asked for, in order; lists of people are read here, once.

    Args:
        who: Which customers are wanted.
        contacts: How contact text is read; a suppressed phone is recognised by the same rule.

    Raises:
        ConfigError: The condition or a suppression file cannot be used.
    """
    found: list[Condition] = []
    if who.erased:
        found.append(("erased", "erased on request", ~(pl.col(c.ERASED) | who.erased.by_id())))
    if who.consent is not None:
        found.append(("no_consent", "no consent given", _consented(who.consent, who, contacts)))
    if who.suppress:
        found.append(("suppressed", "on a suppression list", ~_listed(who.suppress, contacts, "--suppress")))
    if who.countries:
        wanted = sorted(code.upper() for code in who.countries)
        found.append(("other_country", "from another country, or none", pl.col(COUNTRY_CODE).is_in(wanted)))
    if who.active_since is not None:
        recent = pl.col(c.LAST_ORDER_AT).dt.date() >= who.active_since
        found.append(("out_of_window", f"no order since {who.active_since}", recent))
    if who.no_refunds:
        found.append(("refunded", "had a refund", pl.col(c.TOTAL_REFUNDED) == 0))
    if who.min_paid is not None:
        found.append(("below_minimum", f"paid less than {who.min_paid} net", pl.col(c.NET_PAID) >= who.min_paid))
    if who.where:
        found.append(("condition_not_met", "do not meet the condition", _where(who.where)))
    return found


def _consented(rule: ConsentRule, who: Who, contacts: ContactRules) -> pl.Expr:
    """Whether a customer may be sent; whatever is not known counts against it."""
    said = pl.col(c.CONSENT)
    opt_out = said.fill_null(value=True)
    opt_in = said
    if who.consent_files:
        listed = _listed(who.consent_files, contacts, "--consent-file")
        opt_in = (said | listed if who.consent_column else listed) & opt_out
    match rule:
        case "opt-in":
            return opt_in
        case "opt-out":
            return opt_out
        case "region":
            return pl.when(pl.col(COUNTRY_CODE).is_in(OPT_OUT)).then(opt_out).otherwise(opt_in)


def _listed(files: tuple[str, ...], contacts: ContactRules, flag: str) -> pl.Expr:
    """On a list by id, e-mail or phone, plain or as SHA-256 of Meta's or Google's form."""
    listed = read_texts(expand(files), flag)
    cells = pl.DataFrame({"text": listed}, schema={"text": pl.String})
    nothing = pl.lit(None, pl.String)
    home = pl.lit(contacts.home_country, pl.String)
    keys = cells.select(
        text=pl.col("text"),
        digest=pl.col("text").str.to_lowercase(),
        email=email.trimmed_lower(pl.col("text"), nothing),
        phone=phone.e164(pl.col("text"), home),
    )
    known = {name: keys[name].drop_nulls().unique().implode() for name in keys.columns}
    checks = [pl.col(c.CUSTOMER_ID).is_in(known["text"])]
    for column in c.EMAILS:
        address = email.trimmed_lower(pl.col(column), nothing)
        checks.append(address.is_in(known["email"]))
        checks.append(pl.col(column).str.to_lowercase().is_in(known["digest"]))
        checks += [
            digested(form, Digest.SHA256_HEX).is_in(known["digest"])
            for form in (address, email.gmail_folded(pl.col(column), nothing))
        ]
    for column in c.PHONES:
        number = phone.e164(pl.col(column), phone_country(contacts))
        checks.append(number.is_in(known["phone"]))
        checks += [
            digested(form, Digest.SHA256_HEX).is_in(known["digest"]) for form in (number, number.str.strip_prefix("+"))
        ]
    return pl.any_horizontal(check.fill_null(value=False) for check in checks)


def words_of(condition: str | None) -> frozenset[str]:
    """Every word of a condition; the columns it names are among them.

    >>> sorted(words_of("orders >= 2 and country == 'DE'"))
    ['2', 'DE', 'and', 'country', 'orders']
    """
    return frozenset(re.findall(r"\w+", condition or ""))


def _where(text: str) -> pl.Expr:
    """A condition as an expression: comparisons, ``in``, ``and``, ``or``, ``not``; nothing else."""
    try:
        return _expression(ast.parse(text, mode="eval").body)
    except (SyntaxError, TypeError, RecursionError):
        raise ConfigError(
            "--where is no condition.",
            "It takes report columns, numbers, texts, comparisons, in [...], and, or, not.",
            "Write it like 'orders >= 2 and segment != \"Lost\"'.",
        ) from None


def _expression(node: ast.expr) -> pl.Expr:
    match node:
        case ast.BoolOp(op=ast.And(), values=values):
            return pl.all_horizontal(*map(_expression, values))
        case ast.BoolOp(op=ast.Or(), values=values):
            return pl.any_horizontal(*map(_expression, values))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return ~_expression(operand)
        case ast.Compare(
            left=ast.Name(id=name),
            ops=[ast.In() | ast.NotIn() as op],
            comparators=[ast.List(elts=items) | ast.Tuple(elts=items)],
        ):
            inside = _column(name).is_in([_constant(item) for item in items])
            return inside if isinstance(op, ast.In) else ~inside
        case ast.Compare(left=ast.Name(id=name), ops=[op], comparators=[right]) if type(op) in _COMPARE:
            compared: pl.Expr = getattr(_column(name), _COMPARE[type(op)])(_literal(name, right))
            return compared
        case _:
            raise TypeError("not a condition")


def _column(name: str) -> pl.Expr:
    if name in REPORT_COLUMNS:
        return pl.col(name)
    near = get_close_matches(name, REPORT_COLUMNS, n=1)
    raise ConfigError(
        f"The report has no column {name!r}.",
        f"It has: {', '.join(REPORT_COLUMNS)}.",
        f"Did you mean {near[0]}?" if near else "Choose one of these.",
    )


def _literal(name: str, node: ast.expr) -> pl.Expr:
    value = _constant(node)
    if name in {c.FIRST_ORDER_AT, c.LAST_ORDER_AT}:
        return pl.lit(str(value)).str.to_datetime("%Y-%m-%d", time_unit="us", time_zone="UTC", strict=False)
    return pl.lit(value)


def _constant(node: ast.expr) -> str | float:
    match node:
        case ast.Constant(value=str() | int() | float() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -value
        case _:
            raise TypeError("not a number or text")
