"""Elements of a page. Texts and attributes are escaped when the tree is written, never by hand."""

from collections.abc import Iterable, Iterator
from typing import TypeAlias
from xml.etree.ElementTree import Element, tostring

__all__ = ["Child", "Element", "html", "number", "tag"]

Child: TypeAlias = "Element | str | Iterable[Child] | None"


def tag(name: str, /, *children: Child, **attributes: str | float | None) -> Element:
    """An element with its content.

    Args:
        name: HTML or SVG name.
        *children: Elements, texts, several of them, or None for nothing.
        **attributes: ``class_`` stands for ``class``, ``aria_label`` for ``aria-label``; None leaves one out.

    >>> html(tag("p", "5 < 6", tag("b", "&"), "!", class_="note"))
    '<p class="note">5 &lt; 6<b>&amp;</b>!</p>'
    """
    named = {key.rstrip("_").replace("_", "-"): _text(value) for key, value in attributes.items() if value is not None}
    element = Element(name, named)
    last: Element | None = None
    for child in _flat(children):
        if isinstance(child, Element):
            element.append(child)
            last = child
        elif last is None:
            element.text = (element.text or "") + child
        else:
            last.tail = (last.tail or "") + child
    return element


def html(element: Element) -> str:
    """The element as HTML text."""
    return tostring(element, encoding="unicode", method="html")


def number(value: float) -> str:
    """A coordinate with as many digits as matter.

    >>> number(12.0), number(1 / 3), number(-0.001)
    ('12', '0.33', '0')
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _text(value: str | float) -> str:
    return value if isinstance(value, str) else number(value)


def _flat(children: Iterable[Child]) -> Iterator[Element | str]:
    for child in children:
        if isinstance(child, Element | str):
            yield child
        elif child is not None:
            yield from _flat(child)
