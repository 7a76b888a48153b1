"""A whole ``audience.toml`` from a few answers: every key there is, explained, the unused ones commented out."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from textwrap import wrap
from typing import Any, Final

from pydantic.fields import FieldInfo

from audience_builder.config.model import (
    AudienceSection,
    BrakesSection,
    ClientSection,
    Config,
    FiltersSection,
    NotifySection,
    ReadingSection,
    Section,
    SourceSection,
    ValueSection,
)

__all__ = ["rendered"]

_WIDTH: Final = 100
_HEAD: Final = (
    "# What one client's audiences are made of. A line that starts with # is switched off: it shows what",
    "# could stand there. ${NAME} reads an environment variable. Check it with",
    "#     audience-builder refresh --plan audience.toml",
)
_TABLES: Final[Mapping[str, type[Section]]] = {
    "reading": ReadingSection,
    "filters": FiltersSection,
    "value": ValueSection,
}
_WAYS: Final = (("path",), ("url", "query", "password_env"), ("url", "query_file", "password_env"))
"""The keys of a source: those of one way exclude the others."""
_LAST: Final[Mapping[str, type[Section]]] = {"brakes": BrakesSection, "notify": NotifySection}


def rendered(document: Mapping[str, Any]) -> str:
    """The text of a file with these settings switched on and all others shown.

    Args:
        document: As the TOML would be read: tables by name, ``sources`` and ``customers`` as lists of
            tables, ``audiences`` by name.
    """
    lines = [*_HEAD, *_table("[client]", ClientSection, document.get("client", {}))]
    for name, ways in (("sources", _WAYS), ("customers", _WAYS[:1])):
        lines += _files(name, document.get(name, ()), ways)
    for name, section in _TABLES.items():
        lines += _table(f"[{name}]", section, document.get(name, {}))
    for name, chosen in document["audiences"].items():
        lines += _table(f"[audiences.{_word(name)}]", AudienceSection, chosen)
    for name, section in _LAST.items():
        lines += _table(f"[{name}]", section, document.get(name, {}))
    return "\n".join(lines) + "\n"


def _files(name: str, chosen: Sequence[Mapping[str, Any]], ways: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """The sources chosen, then an example of each way that none of them is given in."""
    yield ""
    yield from _said(Config.model_fields[name].description or "")
    told: set[str] = set()
    used = [_way(one) for one in chosen]
    shown = [*zip(chosen, used, strict=True), *(({}, way) for way in ways if way not in used)]
    for place, (one, way) in enumerate(shown):
        yield from [""] if place else []
        yield f"{'' if one else '# '}[[{name}]]"
        for key in way:
            field = SourceSection.model_fields[key]
            yield from [] if key in told else _said(field.description or "")
            told.add(key)
            yield f"{'' if key in one else '# '}{_word(key)} = {_text(one.get(key, _shown(field)))}"


def _way(one: Mapping[str, Any]) -> tuple[str, ...]:
    """The keys that go together with those given."""
    return next(way for way in _WAYS if one.keys() <= set(way))


def _table(head: str, section: type[Section], chosen: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield from _said((section.__doc__ or "").splitlines()[0])
    yield head
    for key, field in section.model_fields.items():
        on = key in chosen or field.is_required()
        yield from _said(field.description or "")
        yield f"{'' if on else '# '}{key} = {_text(chosen.get(key, _shown(field)))}"


def _said(text: str) -> list[str]:
    return wrap(text, _WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)


def _shown(field: FieldInfo) -> Any:
    return field.examples[0] if field.examples else field.default


def _word(key: str) -> str:
    """A key as TOML writes it."""
    bare = key.isascii() and key.replace("_", "").replace("-", "").isalnum()
    return key if bare else _text(key)


def _text(value: Any) -> str:
    """A value as TOML writes it."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float() | Decimal():
            return str(value)
        case date():
            return value.isoformat()
        case Mapping():
            return f"{{ {', '.join(f'{_word(key)} = {_text(inner)}' for key, inner in value.items())} }}"
        case list() | tuple():
            return f"[{', '.join(map(_text, value))}]"
        case _:
            # JSON's escapes are TOML's; only DEL is text there and not here.
            return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
