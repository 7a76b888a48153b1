"""Where the numbers come from: lists and match keys, repairs and refusals, sources, files, settings."""

from collections.abc import Iterator, Mapping

from audience_builder import platforms
from audience_builder.reporting.page.blocks import counted, section, sentences, table
from audience_builder.reporting.page.elements import Child, Element, tag
from audience_builder.reporting.page.figures import count, share
from audience_builder.reporting.summary import ListSummary, Summary

__all__ = ["match_keys", "notes", "rows_read", "settings", "sources", "words"]


def match_keys(summary: Summary) -> Element | None:
    """How many rows carry which match key, by platform; None where no key was made."""
    if not summary.match_key_coverage:
        return None
    lists = {one.platform: one for one in summary.lists}
    return section(
        "keys",
        "Lists and match keys" if lists else "Match keys",
        [_of_platform(name, keys, lists.get(name), summary) for name, keys in summary.match_key_coverage.items()],
    )


def _of_platform(name: str, keys: Mapping[str, int], made: ListSummary | None, summary: Summary) -> Iterator[Child]:
    title = platforms.load(name).title
    whole = summary.customers_kept if made is None else made.rows
    yield tag("h3", title)
    if made is None:
        yield tag("p", f"Of {count(whole)} customers kept, by the rules of {title}.")
    else:
        yield tag("p", f"{count(whole)} rows by rules {made.rules_version}, checked {made.rules_checked}.")
    parts = {key: number / whole if whole else 0.0 for key, number in keys.items()}
    rows = [(key, count(number), share(parts[key])) for key, number in keys.items()]
    caption = f"Rows for {title} with each match key"
    yield table(caption, ("Match key", "Rows", "Share"), rows, list(parts.values()))
    if made is not None:
        yield counted(f"Customers not in the list for {title}", "Reason", made.dropped_by_reason.items())
        unusable = ((f"{key}: {why}", n) for key, reasons in made.unusable.items() for why, n in reasons.items())
        yield counted(f"Cells that gave no match key for {title}", "Key and reason", unusable)
        yield sentences(made.notes)


def rows_read(summary: Summary) -> Element:
    """What became of every row that was read."""
    aside = [
        (reason[:1].upper() + reason[1:], number)
        for step in summary.rows_set_aside()
        for reason, number in step.items()
    ]
    rows = [("Rows read", summary.rows_read), ("Rows refused", summary.rows_rejected), *aside,
            ("Orders that count", summary.orders)]  # fmt: skip
    if summary.order_count != summary.orders:
        rows.append(("Orders they stand for", summary.order_count))
    return section(
        "rows",
        "Rows, repairs and refusals",
        counted("What became of the rows of the order files", "Rows", rows),
        counted("Rows refused, in all files", "Reason", summary.rejects_by_reason.items())
        or tag("p", "No row was refused."),
        counted("Cells repaired before they became match keys", "Repair", _in_words(summary.repairs))
        or tag("p", "No cell had to be repaired."),
    )


def sources(summary: Summary) -> Element:
    """The files that were read and those that were written, each with the digest that identifies it."""
    read = [
        tag("tr", tag("th", one.name, scope="row"), tag("td", one.preset), tag("td", count(one.rows_read)),
            tag("td", count(one.rows_rejected)), tag("td", tag("code", one.sha256)))
        for one in summary.sources
    ]  # fmt: skip
    written = [
        tag("tr", tag("th", str(one["name"]), scope="row"), tag("td", count(int(one["rows"]))),
            tag("td", tag("code", str(one.get("sha256", "")))))
        for one in summary.files
    ]  # fmt: skip
    return section(
        "sources",
        "Files",
        _digests("Files read", ("File", "Format", "Rows", "Refused", "SHA-256"), read),
        _digests("Files written", ("File", "Rows", "SHA-256"), written) if written else None,
    )


def words(summary: Summary) -> Element | None:
    """The sentences about the values; None where there are none."""
    return section("words", "Behind the values", sentences(summary.value.facts)) if summary.value.facts else None


def settings(summary: Summary) -> Element | None:
    """What was asked for."""
    rows = [tag("tr", tag("th", label, scope="row"), tag("td", text)) for label, text in summary.settings.items()]
    if not rows:
        return None
    inner = tag("table", tag("caption", "What was asked for"), tag("tbody", rows), class_="texts")
    return section("settings", "Settings", tag("div", inner, class_="scroll"))


def notes(summary: Summary) -> Element | None:
    """What the reader should know; None where there is nothing."""
    lines = [*summary.notes, *(f"{one.name}: {note}" for one in summary.sources for note in one.notes)]
    return section("notes", "Worth knowing", sentences(lines)) if lines else None


def _digests(caption: str, heads: tuple[str, ...], rows: list[Element]) -> Element:
    head = tag("thead", tag("tr", [tag("th", text, scope="col") for text in heads]))
    inner = tag("table", tag("caption", caption), head, tag("tbody", rows), class_="digests")
    return tag("div", inner, class_="scroll", role="region", aria_label=caption, tabindex="0")


def _in_words(repairs: Mapping[str, int]) -> list[tuple[str, int]]:
    """In words, the most frequent first."""
    return [
        (name.replace("_", " ").capitalize(), number)
        for name, number in sorted(repairs.items(), key=lambda item: (-item[1], item[0]))
    ]
