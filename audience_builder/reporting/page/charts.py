"""Charts as inline SVG: drawn from numbers, titled, quiet to a screen reader where a table says the same."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from audience_builder.reporting.page.elements import Child, Element, number, tag
from audience_builder.reporting.page.figures import ticks

__all__ = ["Column", "Scale", "band", "bar", "columns"]

WIDTH: Final = 720.0
HEIGHT: Final = 260.0
HEAD: Final = 28.0
FOOT: Final = 36.0
SIDE: Final = 80.0
"""Room at the left for the numbers of the lines."""
LETTER: Final = 15.0
"""Width of a letter on a phone, where the style sheet makes letters larger to be read."""
GAP: Final = 0.2
"""Part of a column's place that stays empty."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, its number, and the number in words."""

    name: str
    amount: float
    told: str


@dataclass(frozen=True, slots=True)
class Scale:
    """Numbers -> places between two ends."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Where the value lies.

        >>> Scale(0.0, 10.0, 100.0, 200.0)(2.5)
        125.0
        """
        span = self.high - self.low
        return self.start if span <= 0 else self.start + (value - self.low) / span * (self.end - self.start)


def bar(part: float) -> Element:
    """A bar in a table's cell, beside the number it shows.

    Args:
        part: Its length, 0 to 1; what lies outside is cut.
    """
    length = 100 * min(max(part, 0.0), 1.0)
    return tag(
        "svg",
        tag("rect", class_="track", width=100, height=10),
        tag("rect", class_="fill", width=length, height=10),
        viewBox="0 0 100 10", preserveAspectRatio="none", class_="bar", aria_hidden="true", focusable="false",
    )  # fmt: skip


def columns(title: str, told: str, entries: Sequence[Column], short: Callable[[float], str]) -> Element:
    """A column chart over time or rank.

    Args:
        title: What it shows.
        told: The same with its main number, for those who do not see it.
        entries: From left to right; numbers below zero hang down.
        short: A number as the side of the chart shows it.
    """
    amounts = [one.amount for one in entries]
    low, high = min([0.0, *amounts]), max([0.0, *amounts])
    height = Scale(low, high if high > low else low + 1, HEIGHT - FOOT, HEAD)
    slot = (WIDTH - SIDE) / len(entries)
    every = ceil(LETTER * (max(len(one.name) for one in entries) + 1) / slot)
    return _drawn(
        title,
        told,
        HEIGHT,
        [_mark(mark, height(mark), short(mark)) for mark in ticks(amounts)],
        [_column(one, SIDE + place * slot, slot, height) for place, one in enumerate(entries)],
        [_name(one.name, SIDE + place * slot, slot) for place, one in enumerate(entries) if place % every == 0],
    )


def band(title: str, told: str, low: float, middle: float, high: float, short: Callable[[float], str]) -> Element:
    """A number with the band it may lie in, on a line that starts at 0.

    Args:
        title: What it shows.
        told: The same in words.
        low: The band's lower end.
        middle: The number.
        high: The band's upper end.
        short: A number as it stands beside the band.
    """
    ends = [low, middle, high, 0.0]
    place = Scale(min(ends), max(ends) if max(ends) > 0 else 1.0, 0.0, WIDTH - SIDE)
    start, end = place(low), place(high)
    return _drawn(
        title,
        told,
        60.0,
        tag("rect", class_="track", x=0, y=22, width=WIDTH, height=16, rx=3),
        tag("rect", class_="band", x=start, y=16, width=max(end - start, 2.0), height=28, rx=3),
        tag("line", class_="mark", x1=place(middle), x2=place(middle), y1=10, y2=50),
        tag("text", short(low), class_="tick end", x=start - 8, y=30, dy="0.35em") if start > SIDE else None,
        tag("text", short(high), class_="tick", x=end + 8, y=30, dy="0.35em"),
    )


def _drawn(title: str, told: str, height: float, *parts: Child) -> Element:
    """A picture with its title and its content in words."""
    size = f"0 0 {number(WIDTH)} {number(height)}"
    return tag("svg", tag("title", title), tag("desc", told), parts, viewBox=size, role="img", class_="chart")


def _mark(value: float, y: float, text: str) -> Child:
    """A line behind the columns with its number at the left."""
    line = tag("line", class_="grid" if value else "zero", x1=SIDE, x2=WIDTH, y1=y, y2=y)
    return (line, tag("text", text, class_="tick", x=0, y=y, dy="0.35em"))


def _name(text: str, left: float, slot: float) -> Element | None:
    """A name below a column: in its middle where there is room, else from its left edge on, if it ends in the chart."""
    length = LETTER * len(text)
    wide = slot > length
    if not wide and left + length > WIDTH:
        return None
    x = left + slot / 2 if wide else left
    return tag("text", text, class_="tick middle" if wide else "tick", x=x, y=HEIGHT - 10)


def _column(one: Column, left: float, slot: float, height: Scale) -> Element:
    top, bottom = sorted((height(one.amount), height(0.0)))
    return tag(
        "rect", tag("title", f"{one.name}: {one.told}"), class_="fill" if one.amount >= 0 else "loss",
        x=left + slot * GAP / 2, y=top, width=slot * (1 - GAP), height=bottom - top,
    )  # fmt: skip
