"""``status``: how an audience stands, at the platform and in our record."""

import os
import time
from typing import Annotated

import typer

from audience_builder.cli.expand import command
from audience_builder.cli.flags import AccountFlags, PrintFlags, StateFlags
from audience_builder.cli.main import app

__all__: list[str] = []


@command(app)
def status(
    account: AccountFlags,
    record: StateFlags,
    printing: PrintFlags,
    name: Annotated[str, typer.Option(help="Name of the audience.")],
) -> None:
    """Tell how an uploaded audience stands."""
    from audience_builder import platforms
    from audience_builder.cli.printing import lookalike_remarks, print_document
    from audience_builder.cli.request import state_folder
    from audience_builder.delivery.standing import status as standing_of
    from audience_builder.delivery.state import State
    from audience_builder.delivery.upload import uploader_for
    from audience_builder.reporting.terminal import section_lines

    platform = platforms.load(account.to)
    uploader = uploader_for(platform, os.environ, account=account.account)
    with State(state_folder(record), clock=time.time) as state:
        found = standing_of(platform.name, uploader, state, name=name)
    remarks = [*found.warnings, *lookalike_remarks(found.lookalikes)]
    print_document(found.document(), section_lines(name, found.figures(), remarks), printing)
