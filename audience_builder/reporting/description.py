"""A file's description as a person reads it: 80 columns, no cell of the file."""

from collections.abc import Iterator, Mapping
from textwrap import wrap

from audience_builder.sources.describe import FileDescription

__all__ = ["description_lines"]

WIDTH = 80


def description_lines(found: FileDescription) -> Iterator[str]:
    """What the file is, which column is what, and what stands in the way.

    Args:
        found: The description.
    """
    yield found.name
    yield "─" * WIDTH
    if found.preset is not None:
        yield from _labelled("Format", f"{found.preset.title} ({found.preset.id})")
        yield from _labelled("Rows", f"{found.rows:,}")
    for one in found.candidates:
        yield from _labelled("Nearly", f"{one.preset}, lacks {', '.join(one.missing)}" if one.missing else one.preset)
    for field, headers in found.mapped.items():
        yield from _labelled(field, " or ".join(headers))
    yield from _labelled("Not used", ", ".join(found.unmapped))
    yield from _labelled("Currencies", _counted(found.currencies))
    yield from _labelled("Statuses", _counted(found.statuses))
    if found.first_date and found.last_date:
        yield from _labelled("Dates", f"{found.first_date:%Y-%m-%d} to {found.last_date:%Y-%m-%d}")
    for field, share in found.contact_coverage.items():
        yield from _labelled(f"{field} filled", f"{share:.0%}")
    if found.preset is None:
        yield from _labelled("Columns", ", ".join(found.headers))
    for note in found.notes:
        yield from _labelled("Note", note)
    for problem in found.problems:
        yield from _labelled("Problem", problem)
    yield ""


def _labelled(label: str, text: str) -> Iterator[str]:
    if text:
        first, *more = wrap(text, WIDTH - 22, break_on_hyphens=False)
        yield f"{label:<22}{first}"
        for line in more:
            yield f"{'':<22}{line}"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{word} {count:,}" for word, count in counts.items())
