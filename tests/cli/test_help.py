"""Help is part of the product: every command and every option explains itself."""

import typer.main

from audience_builder.cli import commands as _registered  # noqa: F401
from audience_builder.cli.main import app

COMMANDS = typer.main.get_command(app).commands


def test_the_commands_are_there():
    assert {"demo", "report", "export", "explain", "platforms", "selftest"} <= set(COMMANDS)


def test_every_command_and_option_has_help():
    for name, command in COMMANDS.items():
        first = (command.help or "").strip().splitlines()[0]
        assert 0 < len(first) <= 60, name
        for parameter in command.params:
            assert parameter.name == "help" or getattr(parameter, "help", None), f"{name} {parameter.name}"
