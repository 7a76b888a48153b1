"""The first look: what was paid, who was kept, and the money month by month."""

from collections.abc import Iterator

from audience_builder.reporting.page.blocks import folded, section, table
from audience_builder.reporting.page.charts import Column, columns
from audience_builder.reporting.page.elements import Element, tag
from audience_builder.reporting.page.figures import Figures, count, month, months_between, share
from audience_builder.reporting.summary import MonthLine, Summary

__all__ = ["by_month", "totals"]


def totals(summary: Summary, figures: Figures) -> Element:
    """The numbers to remember."""
    return section("totals", "In short", tag("dl", _tiles(summary, figures), class_="tiles"))


def _tiles(summary: Summary, figures: Figures) -> Iterator[Element]:
    refunded = float(summary.total_refunded / summary.total_paid) if summary.total_paid > 0 else 0.0
    each = float(summary.value.total) / summary.customers_kept if summary.customers_kept else 0.0
    yield _tile("Paid", figures.money(summary.total_paid), f"{count(summary.order_count)} orders")
    yield _tile("Refunded", figures.money(summary.total_refunded), f"{share(refunded)} of what was paid")
    yield _tile("Net revenue", figures.money(summary.net_paid), _of_no_one(summary, figures))
    yield _tile("Customers kept", count(summary.customers_kept), f"of {count(summary.customers)} found")
    yield _tile("Their value", figures.money(summary.value.total), f"{figures.money(round(each, 2))} each on average")


def _of_no_one(summary: Summary, figures: Figures) -> str:
    if not summary.orders_of_no_one:
        return "paid less refunded"
    return f"{figures.money(summary.net_of_no_one)} of it from {count(summary.orders_of_no_one)} orders of no customer"


def _tile(name: str, figure: str, remark: str) -> Element:
    return tag("div", tag("dt", name), tag("dd", figure, class_="figure"), tag("dd", remark, class_="remark"))


def by_month(summary: Summary, figures: Figures) -> Element | None:
    """Net revenue by month, as chart and table; None where no order has a date."""
    dated = {line.month: line for line in summary.months if line.month is not None}
    if not dated:
        return None
    best = max(dated.values(), key=lambda line: line.net_paid)
    told = f"{len(dated)} months with orders; the highest is {month(best.month)} with {figures.money(best.net_paid)}."
    entries = [_column(name, dated.get(name), figures) for name in months_between(min(dated), max(dated))]
    return section(
        "months",
        "Orders by month",
        tag("p", f"Net revenue by month of the order. {told}"),
        columns("Net revenue by month", told, entries, figures.short),
        folded("Every month as a table", _table(summary, figures)),
    )


def _column(name: str, line: MonthLine | None, figures: Figures) -> Column:
    amount = 0.0 if line is None else float(line.net_paid)
    return Column(month(name), amount, figures.money(amount if line is None else line.net_paid))


def _table(summary: Summary, figures: Figures) -> Element:
    rows = [
        (month(line.month), count(line.orders), figures.money(line.total_paid), figures.money(line.total_refunded),
         figures.money(line.net_paid))
        for line in summary.months
    ]  # fmt: skip
    return table("Orders and money by month", ("Month", "Orders", "Paid", "Refunded", "Net revenue"), rows)
