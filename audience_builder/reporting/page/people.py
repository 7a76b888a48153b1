"""Customers without a single one of them: who was left out, how values spread, which segments there are."""

from decimal import Decimal

from audience_builder.reporting.page.blocks import counted, section, table
from audience_builder.reporting.page.charts import Column, columns
from audience_builder.reporting.page.elements import Element, tag
from audience_builder.reporting.page.figures import Figures, count, share
from audience_builder.reporting.summary import Summary

__all__ = ["by_segment", "by_value", "funnel"]


def funnel(summary: Summary, figures: Figures) -> Element:
    """From every customer found to those who were kept, and why the others were not."""
    whole = summary.customers or 1
    rows = [("Customers found", count(summary.customers), "")]
    lengths = [summary.customers / whole]
    for line in summary.filters:
        rows.append((f"Left out: {line.title}", count(line.customers_out), figures.money(line.net_out)))
        lengths.append(line.customers_out / whole)
    rows.append(("Customers kept", count(summary.customers_kept), ""))
    lengths.append(summary.customers_kept / whole)
    caption = "Customers found, left out by reason, and kept"
    return section(
        "funnel",
        "Who is in, and who was left out",
        table(caption, ("Step", "Customers", "Their net revenue"), rows, lengths),
        counted("Records joined into one customer", "By the same", summary.merged.items()),
        counted("Keys shared by too many people, which joined nobody", "Kind of key", summary.shared_keys.items()),
    )


def by_value(summary: Summary, figures: Figures) -> Element:
    """How the values are spread over the customers kept."""
    value, tenths = summary.value, summary.value.tenths
    told = f"The best 10 % of customers hold {share(value.top_10_share)} of all value."
    title = "Share of all value by tenth of customers"
    entries = [Column(_place(one.place), one.share, share(one.share)) for one in tenths]
    rows = [
        (_place(one.place), count(one.customers), figures.money(one.lowest), figures.money(one.total),
         share(one.share), figures.money(one.net_paid))
        for one in tenths
    ]  # fmt: skip
    heads = ("Tenth", "Customers", "Lowest value", "Value", "Share of value", "Net revenue")
    spread = [(name, figures.money(round(amount, 2))) for name, amount in value.quantiles.items()]
    return section(
        "value",
        f"Value per customer ({value.kind})",
        tag("p", f"{told} Tenths run from the highest values to the lowest."),
        columns(title, told, entries, lambda part: f"{part:.0%}") if entries else None,
        table("Customers by tenth of value, the highest first", heads, rows) if rows else None,
        table("From the lowest value to the highest", ("Customers with less", "Value"), spread),
    )


def by_segment(summary: Summary, figures: Figures) -> Element | None:
    """Recency and frequency segments; None where there is nobody."""
    if not summary.segments:
        return None
    most = max(line.customers for line in summary.segments)
    rows = [
        (line.name, figures.money(line.net_paid), figures.money(line.value), count(line.customers))
        for line in summary.segments
    ]
    whole = sum((line.net_paid for line in summary.segments), Decimal(0))
    first = max(summary.segments, key=lambda line: line.net_paid)
    part = float(first.net_paid / whole) if whole > 0 else 0.0
    return section(
        "segments",
        "Segments",
        tag(
            "p", f"By how recently and how often they bought. {first.name} brought most: {share(part)} of net revenue."
        ),
        table(
            "Customers kept by segment",
            ("Segment", "Net revenue", "Value", "Customers"),
            rows,
            [line.customers / most for line in summary.segments],
        ),
    )


def _place(place: int) -> str:
    return f"{place}."
