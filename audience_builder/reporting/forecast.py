"""A forecast in sentences: which one, why, how far off it may be."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the models load only where a forecast is asked for
    from audience_builder.clv.predict import ForecastFacts

__all__ = ["auto_sentence", "forecast_sentences", "payback_sentence", "title"]

_TITLES = {
    "pareto": "Pareto/NBD model",
    "bg": "BG/NBD model",
    "formula": "classic formula",
    "past": "past spend",
}

NO_DATES = "Nothing could be forecast: no purchase has a date."


def title(name: str) -> str:
    """What people call a forecast.

    >>> title("blend_240")
    'model blended with spend halved every 240 days'
    """
    kind, _, days = name.rpartition("_")
    faded = {
        "blend": f"model blended with spend halved every {days} days",
        "half_life": f"past spend halved every {days} days",
    }
    return _TITLES.get(name) or faded.get(kind) or name


def auto_sentence(facts: "ForecastFacts", kind: str) -> str:
    """What ``--value auto`` came to."""
    if kind == "predicted":
        return "auto took the predicted value: the data carries a forecast."
    return f"auto took the {kind} value. {NO_DATES if facts.cut is None else facts.why}"


def forecast_sentences(facts: "ForecastFacts", currency: str, *, undated: int) -> Iterator[str]:
    """Total with its band, choice and reason, a newcomer's worth, who has no forecast, what to beware of.

    Args:
        facts: What the forecast says of itself.
        currency: ISO code of its money.
        undated: Customers without any dated order.
    """
    if facts.cut is None:
        yield NO_DATES
    else:
        yield from _totals(facts, currency)
    if undated:
        yield f"Customers without a dated order, who have no forecast: {undated:,}."
    if facts.without_history > undated:
        yield f"Customers who bought nothing on any date, forecast at 0: {facts.without_history - undated:,}."
    yield from facts.warnings


def _totals(facts: "ForecastFacts", currency: str) -> Iterator[str]:
    days = "without end" if facts.horizon_days is None else f"in {facts.horizon_days:,.0f} days"
    since = "" if facts.cut is None else f" from {facts.cut} on"
    total = f"Forecast by {title(facts.chosen)}: {facts.total:,.2f} {currency} {days}{since}"
    if facts.error_band is None:
        yield f"{total}; how far off it may be could not be measured."
    else:
        yield (
            f"{total}; {facts.total_low:,.2f} to {facts.total_high:,.2f} {currency} if it errs as in the "
            f"backtest ({facts.error_band:.0%})."
        )
    yield facts.why if facts.cost_if_wrong == "Not measured." else f"{facts.why} {facts.cost_if_wrong}"
    if facts.new_customer_value is not None:
        yield (
            f"A new customer is forecast to bring {facts.new_customer_value:,.2f} {currency}: the first order and "
            f"what follows {days}."
        )


def payback_sentence(months: int | None, *, seen: int) -> str:
    """When a new customer has brought what it cost, ``seen`` months ahead at most."""
    if months is None:
        return f"Payback, as forecast: not reached in {seen} months."
    return f"Payback, as forecast: in month {months}."
