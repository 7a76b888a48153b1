"""The application and its way out: three-part messages, exit codes, no traceback with data in it."""

import sys

import typer

from audience_builder.errors import AudienceBuilderError, place_of

__all__ = ["app", "main", "print_error"]

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
    except KeyboardInterrupt:
        typer.echo("Stopped. No file was left half-written; an upload continues when it is run again.", err=True)
        sys.exit(130)
    except Exception as error:  # noqa: BLE001  a message of a library may hold a contact: only the place is shown
        typer.echo(f"Error: the program failed at {place_of(error)} ({type(error).__name__}).", err=True)
        typer.echo(
            "       This is a defect of audience-builder; please report that line. What was sent is on record.",
            err=True,
        )
        sys.exit(1)


def print_error(error: AudienceBuilderError) -> None:
    """Its three parts, one a line, on stderr."""
    for part, label in ((error.wrong, "Error: "), (error.found, "       "), (error.fix, "       ")):
        if part:
            typer.echo(f"{label}{part}".replace("\n", "\n       "), err=True)
