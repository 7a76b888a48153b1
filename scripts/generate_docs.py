"""Write docs/platforms.md and templates/ (lists, schedules, audience.toml) from what they describe.

    make docs

A test fails when what is written here is not what the platform files say.
"""

import csv
import io
from dataclasses import replace
from pathlib import Path

from audience_builder import platforms
from audience_builder.config import rendered
from audience_builder.schedule import Job, Rendered, Variable, When, formats
from audience_builder.schedule import rendered as scheduled
from audience_builder.spec import MatchKey, Platform

ROOT = Path(__file__).parents[1]

INTRODUCTION = """\
# Platforms

What each platform takes, and the rule behind every match key. This page is generated from
`audience_builder/platforms/`; `audience-builder platforms NAME` prints the same.

A blank list of each platform's file, with its headers, is in `templates/lists/`: the headers of a hashed
file, since that is what `export` writes unless you ask for `--plain`.
"""

SMALLEST = {
    "client": {"name": "acme", "home_country": "US", "currency": "USD"},
    "sources": [{"path": "orders.csv"}],
    "filters": {"min_paid": 1, "no_refunds": True},
    "value": {"kind": "historic"},
    "audiences": {
        "vip": {"platform": "meta", "account": "act_1", "name": "Seed 2026-11", "refresh": "mirror"},
    },
}
"""The smallest settings that are of use."""

NIGHTLY = Job(
    name="acme",
    clients=("acme",),
    command="/opt/audience-builder/bin/audience-builder",
    folder="/srv/acme",
    files=("audience.toml",),
    states=("/srv/state/acme",),
    variables=(
        Variable(name="META_ACCESS_TOKEN", purpose="access token of Meta (Facebook, Instagram) for acme"),
        Variable(name="AUDIENCE_BUILDER_NOTIFY_URLS", purpose="addresses of notices", optional=True),
    ),
    env_file="/srv/secrets/acme.env",
    log_file="/srv/logs/acme.log",
    user="audiences",
    root="/srv/acme",
    when=When.parse("03:15"),
)
"""A refresh of one client every night, on a Linux machine."""

AT_HOME = {
    "windows": replace(
        NIGHTLY,
        command=r"C:\Program Files\audience-builder\Scripts\audience-builder.exe",
        folder=r"C:\Clients\acme",
        user=r"OFFICE\audiences",
    ),
    "launchd": replace(
        NIGHTLY,
        folder="/Users/Shared/acme",
        env_file="/Users/Shared/secrets/acme.env",
        log_file="/Users/Shared/logs/acme.log",
    ),
}
"""The same on machines that write paths another way."""

SYSTEMS = {"windows": "win32", "launchd": "darwin"}


def generated() -> dict[Path, str]:
    """Every generated file, by its path from the project's root."""
    every = platforms.all_platforms()
    lists = {Path("templates", "lists", f"{one.name}.csv"): blank_list(one) for one in every}
    schedules = {
        Path("templates", "schedules", form, name): text
        for form in formats.names()
        for name, text in example(form).files.items()
    }
    return {
        Path("docs", "platforms.md"): page(every),
        Path("templates", "audience.toml"): rendered(SMALLEST),
        **lists,
        **schedules,
    }


def example(form: str) -> Rendered:
    """The nightly refresh in one format."""
    return scheduled(AT_HOME.get(form, NIGHTLY), form, system=SYSTEMS.get(form, "linux"))


def page(every: tuple[Platform, ...]) -> str:
    """The reference page."""
    return "\n".join([INTRODUCTION, *overview(every), *(line for one in every for line in chapter(one))])


def overview(every: tuple[Platform, ...]) -> list[str]:
    """One row per platform."""
    rows = [
        [
            f"[{one.title}](#{one.name})", f"`{one.name}`", str(len(one.match_keys)), value_of(one),
            people(one.minimum_rows), f"`{one.rules_version}`", one.rules_checked.isoformat(),
        ]
        for one in every
    ]  # fmt: skip
    return table(["Platform", "Name", "Keys", "Value", "Minimum people", "Rules", "Read on"], rows)


def chapter(one: Platform) -> list[str]:
    """Everything about one platform."""
    keys = [
        [
            f"`{key.name}`", key.source, key.digest.value, str(key.repeats), f"{key.rule}{forms(key)}",
            f"[source]({key.rules_url})",
        ]
        for key in one.match_keys
    ]  # fmt: skip
    groups = " or ".join(" + ".join(f"`{name}`" for name in group) for group in one.identifies)
    return [
        f'<a id="{one.name}"></a>',
        "",
        f"## {one.title}",
        "",
        f"Rules `{one.rules_version}`, read on {one.rules_checked} at <{one.rules_url}>.",
        "",
        *table(["Key", "Made from", "Sent as", "Values", "Rule", "Rule from"], keys),
        f"- A row needs {groups}.",
        *(
            f"- Sent together or not at all: {', '.join(f'`{name}`' for name in group)}."
            for group in one.all_or_nothing
        ),
        f"- {limits(one)}",
        *(f"- {note}" for note in one.notes),
        "",
    ]


def forms(key: MatchKey) -> str:
    """The other documented forms of a key."""
    return "".join(
        f" Other form, `--rules {key.name}={form.name}`: {form.why} ([source]({form.rules_url}))." for form in key.forms
    )


def value_of(one: Platform) -> str:
    """Whether a value goes along with each person."""
    return f"per person, `{one.value_column}`" if one.value_column else "tiers"


def limits(one: Platform) -> str:
    """What a file and a list may hold, in a sentence."""
    size = [f"at most {one.max_file_rows:,} rows"] if one.max_file_rows else []
    size += [f"at most {one.max_file_bytes:,} bytes"] if one.max_file_bytes else []
    advised = f", {one.recommended_rows:,} or more advised" if one.recommended_rows else ""
    kind = "one file per header, one value per line" if one.one_value_per_line else "one file"
    return f"File: {', '.join([kind, *size])}. List: minimum people {people(one.minimum_rows)}{advised}."


def people(count: int) -> str:
    """A number of people, or that none is documented."""
    return f"{count:,}" if count else "not documented"


def table(headers: list[str], rows: list[list[str]]) -> list[str]:
    """A Markdown table and an empty line."""
    lines = [headers, ["---"] * len(headers), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return [*(f"| {' | '.join(line)} |" for line in lines), ""]


def blank_list(one: Platform) -> str:
    """The header row of the platform's hashed file."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(column.title(hashed=True) for column in one.file_columns)
    return text.getvalue()


def main() -> None:
    """Write every file; lists and schedules that are no longer made go."""
    files = generated()
    for path, text in files.items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text, encoding="utf-8", newline="\n")
    for folder in ("lists", "schedules"):
        for path in (ROOT / "templates" / folder).rglob("*.*"):
            if path.relative_to(ROOT) not in files:
                path.unlink()


if __name__ == "__main__":
    main()
