"""One match key at a time: what is made of each value, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import pandas as pd
import polars as pl

from audience_builder import columns as c
from audience_builder import platforms
from audience_builder.errors import ConfigError
from audience_builder.hashing import digested
from audience_builder.matchkeys import birth, country, repair
from audience_builder.spec import MatchKey, Platform

__all__ = ["Step", "explain", "normalise"]

NOT_USABLE = "not usable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step from the cell to what is sent.

    Args:
        title: What was done.
        text: The text after it, None once nothing usable is left.
        source: The page the rule comes from, empty for our own repairs.
    """

    title: str
    text: str | None
    source: str = ""


def normalise(
    platform: str, key: str, values: Sequence[object], countries: Sequence[object] | None = None
) -> pd.DataFrame:
    """Normalise and digest values for one platform's match key.

    Args:
        platform: Platform name, as ``audience-builder platforms`` lists them.
        key: The platform's own name of the match key, in any case.
        values: Contact cells; missing values stay missing.
        countries: One country per value, as name or ISO code; None if no row has one.

    Returns:
        A frame of ``len(values)`` rows: ``raw``, ``normalized``, ``sent`` (what the platform gets, digested
        where it asks so), ``repairs`` (names, comma-separated) and ``reject_reason``; missing where empty.

    Raises:
        ConfigError: No such platform or key, or ``countries`` has another length.
    """
    match_key = _match_key(platforms.load(platform), key)
    table = _worked_out(match_key, _table(values, countries))
    return pd.DataFrame(table.select("raw", "normalized", "sent", "repairs", "reject_reason").to_dict(as_series=False))


def explain(platform: str, key: str, value: str, country_name: str | None = None) -> list[Step]:
    """Every step from one raw value to what is sent.

    Args:
        platform: Platform name.
        key: The platform's own name of the match key, or our column's (``phone``), in any case.
        value: The raw cell.
        country_name: The row's country, as name or ISO code.

    Raises:
        ConfigError: No such platform or key.
    """
    spec = platforms.load(platform)
    match_key = _match_key(spec, key)
    table = _coded(_table([value], [country_name]))
    column = match_key.source
    repaired = table.select(
        pl.col("raw"),
        *(after.alias(name) for name, after in repair.steps(pl.col("raw"), column, pl.col("country"), frozenset())),
    )
    row = repaired.row(0, named=True)
    steps = [Step(title="found", text=value)]
    for name, text in row.items():
        if text != steps[-1].text:
            steps.append(Step(title=f"repair: {name}", text=text))
    outcome = _worked_out(match_key, table.select("raw", "country")).row(0, named=True)
    rule = Step(title=match_key.rule, text=outcome["normalized"], source=match_key.rules_url)
    if outcome["normalized"] is None:
        return [*steps, rule, Step(title=f"not sent: {outcome['reject_reason']}", text=None)]
    for form in match_key.forms:
        other = table.select(form.normalise(_clean(match_key), pl.col("country"))).item()
        if other != outcome["normalized"]:
            steps.append(
                Step(
                    title=f"another documented form, --rules {match_key.name}={form.name}: {form.why}",
                    text=other,
                    source=form.rules_url,
                )
            )
    return [
        *steps,
        rule,
        Step(title=f"sent as {match_key.digest.value}", text=outcome["sent"], source=spec.rules_url),
    ]


def _match_key(platform: Platform, name: str) -> MatchKey:
    by_source = {key.source: key for key in reversed(platform.match_keys)}
    found = platform.match_key(name) or by_source.get(name.casefold())
    if found is not None:
        return found
    known = [key.name for key in platform.match_keys]
    near = get_close_matches(name, [*known, *by_source], n=1)
    raise ConfigError(
        f"{platform.title} has no match key {name!r}.",
        f"It has: {', '.join(known)}.",
        f"Did you mean {near[0]}?" if near else "Choose one of these.",
    )


def _table(values: Sequence[object], countries: Sequence[object] | None) -> pl.DataFrame:
    if countries is not None and len(countries) != len(values):
        raise ConfigError(
            "Values and countries have different lengths.",
            f"There are {len(values):,} values and {len(countries):,} countries.",
            "Give one country per value, or none at all.",
        )
    nothing = [None] * len(values)
    return pl.DataFrame(
        {
            "raw": [_text(value) for value in values],
            "country": [_text(name) for name in countries or nothing],
        },
        schema={"raw": pl.String, "country": pl.String},
    )


def _text(value: object) -> str | None:
    """A cell as text; None for every kind of missing value."""
    missing = value is None or value is pd.NA or value is pd.NaT or value != value  # noqa: PLR0124  NaN
    return None if missing else str(value)


def _coded(table: pl.DataFrame) -> pl.DataFrame:
    return table.with_columns(country.alpha2_upper(pl.col("country"), pl.lit(None, pl.String)).alias("country"))


def _clean(key: MatchKey) -> pl.Expr:
    """The cell after all repairs; a birth date as ISO text where its order is plain."""
    value = repair.repaired(pl.col("raw"), key.source, pl.col("country"))
    if key.source == c.DATE_OF_BIRTH:
        return pl.coalesce(birth.iso(value, None), value)
    return value


def _worked_out(key: MatchKey, table: pl.DataFrame) -> pl.DataFrame:
    table = _coded(table)
    changes: list[pl.Expr] = []
    before = pl.col("raw")
    for name, after in repair.steps(pl.col("raw"), key.source, pl.col("country"), frozenset()):
        changes.append(pl.when(after.ne_missing(before)).then(pl.lit(name)))
        before = after
    named = pl.concat_str(changes, separator=", ", ignore_nulls=True) if changes else pl.lit("")
    clean = table.with_columns(_clean(key).alias("clean"), named.alias("repairs"))
    cells = clean.with_columns(key.normalise(pl.col("clean"), pl.col("country")).alias("normalized"))
    why = pl.coalesce(key.why_not(pl.col("clean"), pl.col("country")), pl.lit(NOT_USABLE))
    filled = pl.col("raw").is_not_null() & (pl.col("raw").str.strip_chars() != "")
    return cells.with_columns(
        digested(pl.col("normalized"), key.digest).alias("sent"),
        pl.when(pl.col("repairs") != "").then(pl.col("repairs")).alias("repairs"),
        pl.when(filled & pl.col("normalized").is_null()).then(why).alias("reject_reason"),
    )
