"""What is to come: the forecast with its band, and what a customer may cost."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from audience_builder.clv.acquisition import TARGET_RATIO
from audience_builder.reporting.forecast import payback_sentence, title
from audience_builder.reporting.page.blocks import section, sentences, table
from audience_builder.reporting.page.charts import band
from audience_builder.reporting.page.elements import Element, tag
from audience_builder.reporting.page.figures import Figures, count, day, share
from audience_builder.reporting.summary import Summary

__all__ = ["cost", "outlook"]


def outlook(summary: Summary, figures: Figures) -> Element | None:
    """The forecast of everybody in the data; None where none was made."""
    facts = summary.value.forecast
    if facts is None or facts["cut"] is None:
        return None
    return section(
        "forecast",
        "Forecast",
        tag(
            "p",
            f"Of all {count(facts['customers'])} customers in the data, by {title(facts['chosen'])}. {facts['why']}",
        ),
        _band(facts, figures),
        table("Forecast", ("Figure", "Forecast"), _rows(facts, figures)),
        sentences(facts["warnings"]),
    )


def _band(facts: Mapping[str, Any], figures: Figures) -> Element | None:
    if facts["error_band"] is None:
        return None
    low, middle, high = facts["total_low"], facts["total"], facts["total_high"]
    told = (
        f"{_money(figures, middle)}; between {_money(figures, low)} and {_money(figures, high)} if it errs as tested."
    )
    return band("Forecast with its band", told, low, middle, high, figures.short)


def _rows(facts: Mapping[str, Any], figures: Figures) -> list[tuple[str, str]]:
    ahead = "without end" if facts["horizon_days"] is None else f"{facts['horizon_days']:,.0f} days"
    rows = [
        ("From", day(date.fromisoformat(facts["cut"]))),
        ("Looks ahead", ahead),
        ("Forecast", _money(figures, facts["total"])),
    ]
    if facts["error_band"] is not None:
        rows += [
            ("Lower end, if it errs as in the backtest", _money(figures, facts["total_low"])),
            ("Upper end, if it errs as in the backtest", _money(figures, facts["total_high"])),
            ("How far off the backtest was", share(facts["error_band"])),
        ]
    if facts["new_customer_value"] is not None:
        rows.append(("What a new customer brings", _money(figures, facts["new_customer_value"])))
    return rows


def cost(summary: Summary, figures: Figures) -> Element | None:
    """Lifetime value against the cost to acquire a customer; None where no cost was given."""
    facts = summary.value.acquisition
    if facts is None:
        return None
    ratio, cac, highest = (float(facts[name] or 0.0) for name in ("ratio", "cac", "highest_cac"))
    verdict = "above" if ratio >= TARGET_RATIO else "below"
    amounts = {
        "What a new customer is worth": ratio * cac,
        "What one cost": cac,
        "What one may cost at 3:1": highest,
    }
    rows = [(name, _money(figures, amount)) for name, amount in amounts.items()]
    most = max(amounts.values())
    seen = len((summary.value.forecast or {}).get("new_customer_by_month", ()))
    months = facts["payback_months"]
    paid_back = payback_sentence(None if months is None else int(months), seen=seen) if seen else None
    return section(
        "cost",
        "Lifetime value against cost",
        tag("p", f"LTV:CAC is {ratio:.1f}:1, {verdict} the usual 3:1.", f" {paid_back}" if paid_back else None),
        table(
            "Lifetime value and acquisition cost",
            ("Figure", "Amount"),
            rows,
            [amount / most for amount in amounts.values()] if most > 0 else None,
        ),
    )


def _money(figures: Figures, amount: float) -> str:
    return figures.money(round(amount, 2))
