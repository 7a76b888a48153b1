"""The summary as a marketer reads it: plain words, 80 columns."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from textwrap import wrap

from audience_builder.reporting.summary import ListSummary, Summary

__all__ = ["section_lines", "summary_lines"]

WIDTH = 80
LABEL = 52
NUMBER = WIDTH - LABEL


def summary_lines(summary: Summary) -> Iterator[str]:
    """The whole summary, line by line, none wider than 80 columns.

    Args:
        summary: The facts of the run.
    """
    yield from _sources(summary)
    yield from _orders(summary)
    yield from _customers(summary)
    yield from _value(summary)
    for platform_list in summary.lists:
        yield from _list(platform_list, summary)
    yield from _repairs(summary)
    yield from _notes(summary)


def section_lines(title: str, figures: Mapping[str, int | str], remarks: Sequence[str] = ()) -> Iterator[str]:
    """A section of its own: figures by label, then remarks, as wide as the summary.

    Args:
        title: Its heading.
        figures: Number or word by label, in order.
        remarks: Whole sentences.
    """
    yield from _heading(title)
    for label, figure in figures.items():
        yield _line(label, figure)
    for remark in remarks:
        yield from _wrapped(remark)


def _sources(summary: Summary) -> Iterator[str]:
    yield from _heading("What was read")
    for source in summary.sources:
        yield _line(f"{source.name} ({source.preset})", f"{source.rows_read:,} rows")
    yield _line("Rows read", summary.rows_read)
    yield from _counts({"rows refused, by reason:": summary.rows_rejected})
    yield from _counts(summary.rejects_by_reason, mark="      ")
    for step in summary.rows_set_aside():
        yield from _counts(step)
    yield _line("Orders that count", summary.orders)
    if summary.order_count != summary.orders:
        yield _line("  standing for orders", summary.order_count)


def _orders(summary: Summary) -> Iterator[str]:
    yield from _heading("Money")
    yield _line("Paid", _money(summary.total_paid, summary.currency))
    yield _line("  - refunded", _money(summary.total_refunded, summary.currency))
    yield _line("Net revenue", _money(summary.net_paid, summary.currency))
    if summary.orders_of_no_one:
        yield _line(
            f"  of it {summary.orders_of_no_one:,} orders of no known customer",
            _money(summary.net_of_no_one, summary.currency),
        )


def _customers(summary: Summary) -> Iterator[str]:
    yield from _heading("Customers")
    yield _line("Customers found", summary.customers)
    yield from _counts({f"records joined by the same {key}": n for key, n in summary.merged.items()}, mark="    ")
    yield from _counts(
        {f"{key}s shared by too many people, joining nobody": n for key, n in summary.shared_keys.items()},
        mark="    ",
    )
    for line in summary.filters:
        yield _line(f"  - {line.title}", line.customers_out)
        yield _line("      their net revenue", _money(line.net_out, summary.currency))
    yield _line("Customers kept", summary.customers_kept)


def _value(summary: Summary) -> Iterator[str]:
    value = summary.value
    yield from _heading(f"Value per customer ({value.kind})")
    yield _line("Total", _money(value.total, summary.currency))
    for name, amount in value.quantiles.items():
        yield _line(f"  {name}", _money(Decimal(str(round(amount, 2))), summary.currency))
    yield _line("Share of the best 10 % of customers", f"{value.top_10_share:.1%}")
    for fact in value.facts:
        yield from _wrapped(fact)


def _list(found: ListSummary, summary: Summary) -> Iterator[str]:
    yield from _heading(f"{found.platform} (rules {found.rules_version}, checked {found.rules_checked})")
    yield _line("Customers kept", summary.customers_kept)
    yield from _counts(found.dropped_by_reason)
    yield _line("Rows in the list", found.rows)
    for key, count in summary.match_key_coverage.get(found.platform, {}).items():
        share = count / found.rows if found.rows else 0.0
        yield _line(f"    with {key}", f"{count:,} ({share:.0%})")
    for key, reasons in found.unusable.items():
        yield from _counts({f"{key} cells not used: {why}": count for why, count in reasons.items()}, mark="    ")
    for note in found.notes:
        yield from _wrapped(note)


def _repairs(summary: Summary) -> Iterator[str]:
    if summary.repairs:
        yield from _heading("Repaired cells")
        yield from _counts(summary.repairs, mark="  ")


def _notes(summary: Summary) -> Iterator[str]:
    notes = [
        *summary.notes,
        *(f"{source.name}: {note}" for source in summary.sources for note in source.notes),
    ]
    if notes:
        yield from _heading("Worth knowing")
        for note in notes:
            yield from _wrapped(note)


def _heading(text: str) -> Iterator[str]:
    yield ""
    yield text
    yield "─" * WIDTH


def _line(label: str, value: int | str) -> str:
    number = f"{value:,}" if isinstance(value, int) else value
    return f"{label[:LABEL]:<{LABEL}}{number:>{NUMBER}}"


def _labelled(label: str, number: str) -> Iterator[str]:
    """A label of any length: continued on further lines, the number on the last."""
    lines = _folded(label, LABEL)
    yield from lines[:-1]
    yield _line(lines[-1], number)


def _counts(reasons: Mapping[str, int], *, mark: str = "  - ") -> Iterator[str]:
    """One line per reason, the most frequent first."""
    for reason, count in sorted(reasons.items(), key=lambda item: -item[1]):
        if count:
            yield from _labelled(f"{mark}{reason}", f"{count:,}")


def _wrapped(text: str) -> Iterator[str]:
    yield from _folded(f"• {text}", WIDTH)


def _folded(text: str, width: int) -> list[str]:
    """Break at spaces; continuation lines stand two columns deeper than the first."""
    body = text.lstrip()
    indent = " " * (len(text) - len(body))
    return wrap(body, width, initial_indent=indent, subsequent_indent=f"{indent}  ", break_on_hyphens=False)


def _money(amount: Decimal, currency: str) -> str:
    return f"{amount:,.2f} {currency}"
