"""``refresh``: the audiences of a client's file brought in line, unattended."""

import os
from pathlib import Path
from typing import Annotated

import typer

from audience_builder.cli.expand import command
from audience_builder.cli.flags import LogFlags, PrintFlags
from audience_builder.cli.main import app
from audience_builder.cli.release import ReleaseFlags

__all__: list[str] = []


@command(app)
def refresh(
    release: ReleaseFlags,
    printing: PrintFlags,
    log: LogFlags,
    files: Annotated[
        list[Path], typer.Argument(help="Clients' audience.toml; with --apply, their plans too.", show_default=False)
    ],
    plan: Annotated[
        bool, typer.Option("--plan", help="Say what would be sent, and write a plan. The default.")
    ] = False,
    apply: Annotated[
        bool, typer.Option("--apply", help="Send it: exactly the plan given, or else whatever has changed.")
    ] = False,
    audience: Annotated[
        str | None, typer.Option(help="Name in the file of the only audience to refresh. Default: all.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Where the plan is written. Default: beside the file, as NAME.plan.json."),
    ] = None,
    wait: Annotated[
        float, typer.Option(help="Minutes to wait for another run of an audience. Default: end at once.", min=0)
    ] = 0.0,
) -> None:
    """Plan or apply what audience.toml asks for."""
    from audience_builder.cli.log import logged
    from audience_builder.cli.progress import progress_line
    from audience_builder.cli.refresh_printing import print_refreshed
    from audience_builder.errors import ConfigError
    from audience_builder.refresh import PLAN_SUFFIX, Terms, worst
    from audience_builder.refresh import refresh as refreshed

    with logged(log, "refresh") as ending:
        if plan and apply:
            raise ConfigError("--plan and --apply exclude each other.", "", "Make a plan first, then apply it.")
        terms = Terms(
            environ=os.environ,
            brakes=release.over,
            only=audience,
            wait_seconds=60 * wait,
            progress=progress_line(printing, log),
        )
        several = sum(file.suffix != PLAN_SUFFIX for file in files) > 1
        results = print_refreshed(refreshed(files, terms, applying=apply, output=output), printing, several=several)
        ending.exit_code = worst(results)
    if ending.exit_code:
        raise typer.Exit(ending.exit_code)
