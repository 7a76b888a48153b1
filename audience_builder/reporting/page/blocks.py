"""Sections and tables, the pieces every part of the page is made of."""

from collections.abc import Iterable, Sequence

from audience_builder.reporting.page.charts import bar
from audience_builder.reporting.page.elements import Child, Element, tag
from audience_builder.reporting.page.figures import count

NAME_AND_NUMBER = 2
"""Columns of a table that needs no more width than its words."""

__all__ = ["counted", "folded", "section", "sentences", "table"]


def section(anchor: str, title: str, *content: Child) -> Element:
    """A part of the page with its heading."""
    return tag("section", tag("h2", title, id=anchor), content, aria_labelledby=anchor)


def table(
    caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]], bars: Sequence[float] | None = None
) -> Element:
    """A table whose first column names the row and whose other columns are numbers.

    Args:
        caption: What it shows.
        heads: Column headings.
        rows: Their cells.
        bars: Per row a length from 0 to 1, drawn behind the last number.
    """
    lengths = [None] * len(list(rows := list(rows))) if bars is None else list(bars)
    drawn = [
        tag(
            "tr",
            tag("th", name, scope="row"),
            [tag("td", cell) for cell in cells],
            None if length is None else tag("td", bar(length), class_="bars", aria_hidden="true"),
        )
        for (name, *cells), length in zip(rows, lengths, strict=True)
    ]
    head = [tag("th", text, scope="col") for text in heads]
    extra = None if bars is None else tag("td", class_="bars", aria_hidden="true")
    inner = tag(
        "table", tag("caption", caption), tag("thead", tag("tr", head, extra)), tag("tbody", drawn)
    )  # fmt: skip
    few = bars is None and len(heads) == NAME_AND_NUMBER
    kind = "scroll few" if few else "scroll"
    return tag("div", inner, class_=kind, role="region", aria_label=caption, tabindex="0")


def counted(caption: str, head: str, counts: Iterable[tuple[str, int]]) -> Element | None:
    """A table of counts above zero; None where there is none."""
    rows = [(name, count(number)) for name, number in counts if number]
    return table(caption, (head, "Number"), rows) if rows else None


def folded(summary: str, content: Child) -> Element:
    """A part that is opened on demand, and printed in any case."""
    return tag("details", tag("summary", summary), content)


def sentences(lines: Iterable[str]) -> Element | None:
    """A list of sentences; None where there is none."""
    items = [tag("li", line) for line in lines]
    return tag("ul", items) if items else None
