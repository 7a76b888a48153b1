"""The page as a whole: its sections in order, its style within it, nothing outside it."""

from datetime import datetime
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from audience_builder.reporting.page.elements import Element, html, tag
from audience_builder.reporting.page.figures import Figures, day
from audience_builder.reporting.page.outlook import cost, outlook
from audience_builder.reporting.page.overview import by_month, totals
from audience_builder.reporting.page.people import by_segment, by_value, funnel
from audience_builder.reporting.page.provenance import match_keys, notes, rows_read, settings, sources, words
from audience_builder.reporting.summary import Summary
from audience_builder.reporting.table import write_whole

__all__ = ["encoded", "page", "write_page"]

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""Content security policy: whatever might ever slip into the page, a browser loads and runs nothing of it."""

PROMISE = "Totals only: nobody's name, contact or number is on this page."


def page(summary: Summary, *, client: str | None = None, made_at: datetime | None = None) -> str:
    """The summary as one HTML page: totals, charts and their tables; no customer, no script, no request.

    Args:
        summary: The facts of the run.
        client: Whose customers these are, for the heading.
        made_at: When it was made; None leaves it out, so that the same inputs give the same page.
    """
    figures = Figures(currency=summary.currency)
    heading = "Customer value" if client is None else f"{client}: customer value"
    found = (
        totals(summary, figures),
        funnel(summary, figures),
        by_value(summary, figures),
        by_segment(summary, figures),
        by_month(summary, figures),
        outlook(summary, figures),
        cost(summary, figures),
        words(summary),
        match_keys(summary),
        rows_read(summary),
        sources(summary),
        settings(summary),
        notes(summary),
    )
    sections = [one for one in found if one is not None]
    body = tag(
        "body",
        tag("header", tag("h1", heading), tag("p", _dateline(summary, made_at)), _contents(sections)),
        tag("main", sections),
        tag("footer", tag("p", f"{PROMISE} Made by audience-builder {version('audience-builder')}.")),
    )
    return f"<!DOCTYPE html>\n{html(tag('html', _head(heading), body, lang='en'))}\n"


def write_page(text: str, path: Path) -> None:
    """Write the page whole or not at all, readable by its owner only."""
    write_whole(path, lambda staged: staged.write_bytes(encoded(text)))


def encoded(text: str) -> bytes:
    """UTF-8; what a file system could not name either becomes a question mark."""
    return text.encode("utf-8", "replace")


def _head(title: str) -> Element:
    style = files("audience_builder.reporting.page").joinpath("page.css").read_text("utf-8")
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        tag("style", style),
    )


def _dateline(summary: Summary, made_at: datetime | None) -> str:
    parts = []
    if summary.orders_from is not None and summary.orders_until is not None:
        parts.append(f"Orders from {day(summary.orders_from)} to {day(summary.orders_until)}.")
    if summary.currency:
        parts.append(f"Amounts in {summary.currency}.")
    if made_at is not None:
        parts.append(f"Made on {day(made_at.date())} at {made_at:%H:%M} UTC.")
    return " ".join(parts)


def _contents(sections: list[Element]) -> Element:
    """Links to the sections."""
    heads = [one.find("h2") for one in sections]
    links = [tag("a", head.text, href=f"#{head.get('id')}") for head in heads if head is not None]
    return tag("nav", tag("ul", [tag("li", link) for link in links]), aria_label="Sections")
