"""Write docs/commands.md: every command with its options, as the command line has them.

    make docs

A test fails when the page and the command line part.
"""

from datetime import datetime
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import typer.main

from audience_builder import errors
from audience_builder.cli import commands as _registered  # noqa: F401  registers the commands
from audience_builder.cli.main import app

ROOT = Path(__file__).parents[1]
PAGE = Path("docs", "commands.md")
WORDS = {str: "text", int: "number", float: "number", Path: "path", datetime: "date"}

INTRODUCTION = """\
# Commands

Every command and its options, as `audience-builder COMMAND --help` prints them. This page is generated from
the command line itself. A setting in `audience.toml` has the name of its option.
"""


def generated() -> dict[Path, str]:
    """The page, by its path from the project's root."""
    found = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    contents = [f"- [`{name}`](#{name}): {summary(one)}" for name, one in sorted(found.items())]
    chapters = [line for name, one in sorted(found.items()) for line in chapter(name, one)]
    return {PAGE: "\n".join([INTRODUCTION, *contents, "", *chapters, *exit_codes()])}


def summary(command: Any) -> str:
    """The first line of the help."""
    return str(command.help).strip().splitlines()[0]


def chapter(name: str, command: Any) -> list[str]:
    """One command: what it does, how it is called, its options by group."""
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option" and one.name != "help"]
    words = [f"{one.name.upper()}{'...' if one.nargs != 1 else ''}" for one in arguments]
    paragraphs = [" ".join(part.split()) for part in str(command.help).strip().split("\n\n")]
    panels = dict.fromkeys(["Options", *(one.rich_help_panel for one in options if one.rich_help_panel)])
    return [
        f"## {name}",
        "",
        *(line for paragraph in paragraphs for line in (paragraph, "")),
        f"    {' '.join(['audience-builder', name, *words, '[OPTIONS]'])}",
        "",
        *(f"- `{word}`: {told(one)}" for word, one in zip(words, arguments, strict=True)),
        *([""] if arguments else []),
        *(
            line
            for panel in panels
            for line in table(panel, [one for one in options if (one.rich_help_panel or "Options") == panel])
        ),
    ]


def table(panel: str, options: list[Any]) -> list[str]:
    """One group of options; nothing for an empty one."""
    if not options:
        return []
    rows = [
        f"| {' '.join(f'`{flag}`' for flag in sorted(one.opts, key=len, reverse=True))} | {kind(one)} | {told(one)} |"
        for one in options
    ]
    return [f"| {panel} | Takes | Meaning |", "| --- | --- | --- |", *rows, ""]


def kind(option: Any) -> str:
    """What an option takes, in a word or its choices."""
    annotation = option.type_descriptor.annotation
    if get_origin(annotation) is Literal:
        return " ".join(f"`{choice}`" for choice in get_args(annotation))
    one = get_args(annotation)[0] if get_origin(annotation) is list else annotation
    return "" if option.is_flag else WORDS[one]


def told(parameter: Any) -> str:
    """The help of a parameter, with what holds when it is left out."""
    text = " ".join(str(parameter.help).split()).replace("|", "\\|")
    shown = parameter.default not in (None, (), [], False) and parameter.show_default is not False
    return f"{text}{' Required.' if parameter.required else ''}{f' Default: {parameter.default}.' if shown else ''}".strip()


def exit_codes() -> list[str]:
    """What a code says, and what to do about it."""
    codes: dict[int, list[str]] = {}
    for name in errors.__all__:
        one = getattr(errors, name)
        if isinstance(one, type) and one is not errors.AudienceBuilderError:
            codes.setdefault(one.exit_code, []).append(str(one.__doc__).splitlines()[0])
    told_of = [f"| {code} | {' '.join(dict.fromkeys(sentences))} |" for code, sentences in sorted(codes.items())]
    return [
        "## Exit codes",
        "",
        "| Code | Means |",
        "| --- | --- |",
        "| 0 | All went well. |",
        "| 1 | A defect of this program. |",
        *told_of,
        "",
    ]


def main() -> None:
    """Write the page."""
    for path, text in generated().items():
        (ROOT / path).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
