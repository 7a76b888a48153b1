"""``history``: what was sent, when, by whom and what came of it."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from audience_builder.cli.expand import command
from audience_builder.cli.flags import PrintFlags, StateFlags
from audience_builder.cli.main import app

__all__: list[str] = []


@command(app)
def history(
    record: StateFlags,
    printing: PrintFlags,
    file: Annotated[
        Path | None, typer.Argument(help="A client's audience.toml, for her own record.", show_default=False)
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of the only audience to tell of. Default: all.")] = None,
    since: Annotated[
        datetime | None, typer.Option(help="First day to tell of, in UTC: 2026-11-01.", formats=["%Y-%m-%d"])
    ] = None,
    last: Annotated[int | None, typer.Option(help="Tell of the newest so many attempts. Default: all.", min=1)] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Check that nothing was changed or removed; exit code 3 if it was.")
    ] = False,
    seal: Annotated[
        str | None, typer.Option(help="Seal that --verify printed earlier; it has to be found again.")
    ] = None,
) -> None:
    """Tell what was sent, by whom, and what came of it."""
    from audience_builder.cli.history_printing import document, lines
    from audience_builder.cli.printing import print_document
    from audience_builder.cli.request import record_folder
    from audience_builder.delivery.audit.seal import Seal
    from audience_builder.delivery.state import State

    kept = None if seal is None else Seal.parsed(seal)
    with State.existing(record_folder(record, file), clock=time.time) as state:
        found = state.sealed(kept) if verify or kept else None
        attempts = state.history(name=name, since=since and since.replace(tzinfo=UTC), last=last)
    print_document(document(attempts, found), lines(attempts, found), printing)
