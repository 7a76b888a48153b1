"""``schedule``: a refresh that nobody has to start, for the scheduler the user has."""

import os
from pathlib import Path
from typing import Annotated

import typer

from audience_builder.cli.expand import command
from audience_builder.cli.main import app

__all__: list[str] = []


@command(app)
def schedule(
    files: Annotated[list[Path], typer.Argument(help="Clients' audience.toml files.", show_default=False)],
    form: Annotated[
        str,
        typer.Option("--for", help="What starts it: cron, systemd, launchd, windows, github-actions or airflow."),
    ],
    at: Annotated[str, typer.Option(help="Time of day, 24 hours; hourly schedules take its minutes.")] = "03:15",
    every: Annotated[str, typer.Option(help="How often: hour, day, weekday (Monday to Friday) or week (Monday).")] = (
        "day"
    ),
    timezone: Annotated[
        str | None,
        typer.Option(help="Zone of that time: Europe/Berlin. Default: the machine's clock; UTC on GitHub and Airflow."),
    ] = None,
    wait: Annotated[int, typer.Option(help="Minutes a run waits for another run of an audience.", min=0)] = 30,
    program: Annotated[
        str | None, typer.Option("--command", help="Whole path of audience-builder. Default: the one you are running.")
    ] = None,
    env_file: Annotated[
        Path | None,
        typer.Option(help="File the secrets are kept in. Default: ~/.config/audience-builder/CLIENT.env."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder to write to. Default: print it.", show_default=False)
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files of the same name.")] = False,
) -> None:
    """Print or write a schedule for nightly refreshes."""
    from audience_builder.schedule import When, job_for, rendered, write

    when = When.parse(at, every, timezone)
    job = job_for(files, when, os.environ, command=program, env_file=env_file, wait_minutes=wait)
    done = rendered(job, form)
    if output is None:
        typer.echo("\n".join(done.files.values()), nl=False)
    else:
        for path in write(done, output, force=force):
            typer.echo(f"Wrote {path}")
    for step in ("", *done.steps):
        typer.echo(step, err=True)
