"""``upload``: an audience on a platform brought in line with the customers."""

import os
from typing import Annotated, Literal

import typer

from audience_builder.cli.expand import command
from audience_builder.cli.flags import (
    AccountFlags,
    BrakeFlags,
    FilterFlags,
    KeyFlags,
    LogFlags,
    PrintFlags,
    SourceFlags,
    StateFlags,
    ValueFlags,
    pairs,
)
from audience_builder.cli.main import app

__all__: list[str] = []


@command(app)
def upload(
    sources: SourceFlags,
    who: FilterFlags,
    value: ValueFlags,
    keys: KeyFlags,
    account: AccountFlags,
    record: StateFlags,
    brakes: BrakeFlags,
    printing: PrintFlags,
    log: LogFlags,
    name: Annotated[str, typer.Option(help="Name of the audience; made if it is not there.")],
    mode: Annotated[
        Literal["mirror", "add", "replace"],
        typer.Option(
            help="mirror: exactly these people; add: only those leave who asked to; replace: the list is swapped."
        ),
    ] = "mirror",
    lookalike: Annotated[
        list[str] | None, typer.Option(help="Lookalike to have, as COUNTRY:SHARE: US:0.01. May repeat.")
    ] = None,
    wait_lookalike: Annotated[
        float, typer.Option(help="Minutes to wait until the list is large enough for its lookalikes.", min=0)
    ] = 0.0,
    retention_days: Annotated[
        int | None, typer.Option(help="Days a new audience keeps people, 1 to 180. Default: for good.")
    ] = None,
    limited_data_use: Annotated[
        Literal["geolocated", "california"] | None,
        typer.Option(help="Limited data use: the platform finds out who is in California, or everyone is."),
    ] = None,
    no_value: Annotated[bool, typer.Option("--no-value", help="Leave the value out.")] = False,
    rules: Annotated[
        list[str] | None, typer.Option(help="Another documented form of a key, as KEY=FORM. May repeat.")
    ] = None,
    batch_rows: Annotated[int | None, typer.Option(help="Rows per request. Default: the most allowed.")] = None,
    wait: Annotated[
        float, typer.Option(help="Minutes to wait for another run of this audience. Default: end at once.", min=0)
    ] = 0.0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be sent, and send nothing.")] = False,
) -> None:
    """Send hashed customers to a platform, only the changes."""
    from audience_builder import pipeline
    from audience_builder.cli.log import logged
    from audience_builder.cli.printing import print_upload
    from audience_builder.cli.progress import progress_line
    from audience_builder.cli.request import destination_from, request_from
    from audience_builder.delivery.graph.settings import LimitedDataUse

    with logged(log, "upload"):
        to = destination_from(
            account, record, brakes, name=name, mode=mode, lookalikes=tuple(lookalike or ()), with_value=not no_value,
            forms=pairs(rules, "--rules"), batch_rows=batch_rows, dry_run=dry_run, wait_seconds=60 * wait,
            lookalike_wait_minutes=wait_lookalike, retention_days=retention_days,
            limited_data_use=LimitedDataUse[limited_data_use.upper()] if limited_data_use else None,
        )  # fmt: skip
        request, progress = request_from(sources, who, value, keys, record), progress_line(printing, log)
        done = pipeline.upload(request, to, environ=os.environ, client=record.client or "", progress=progress)
    print_upload(done, printing, title=f"Upload to {account.account}")
