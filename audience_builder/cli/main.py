"""The application and its way out: three-part messages, exit codes, no traceback with data in it."""

import sys

import typer

from audience_builder import events
from audience_builder.errors import AudienceBuilderError, exit_code_of, place_of

__all__ = ["app", "main", "print_error", "say"]

app = typer.Typer(
    name="audience-builder",
    help="Turn order exports into lifetime-value reports and platform-ready custom audiences.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def main() -> None:
    """Run the command line; exit codes are those of ``errors.py``, 2 for wrong usage, 130 when stopped."""
    from audience_builder.cli import commands  # noqa: F401  registers the commands

    try:
        app()
    except AudienceBuilderError as error:
        print_error(error)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(1)
    except KeyboardInterrupt as stop:
        say("Stopped. No file was left half-written; an upload continues when it is run again.")
        sys.exit(exit_code_of(stop))
    except Exception as error:  # noqa: BLE001  a message of a library may hold a contact: only the place is shown
        say(f"Error: the program failed at {place_of(error)} ({type(error).__name__}).")
        say("       This is a defect of audience-builder; please report that line. What was sent is on record.")
        sys.exit(exit_code_of(error))


def print_error(error: AudienceBuilderError) -> None:
    """Its three parts, one a line, on stderr."""
    for part, label in ((error.wrong, "Error: "), (error.found, "       "), (error.fix, "       ")):
        if part:
            say(f"{label}{part}".replace("\n", "\n       "))


def say(text: str) -> None:
    """A line for people on stderr, unless events go there: they have told it already."""
    if not events.wanted_on_stderr():
        typer.echo(text, err=True)
