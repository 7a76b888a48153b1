"""``doctor``: whether an upload would go through, before anyone is sent."""

import os
from dataclasses import asdict
from typing import Annotated

import typer

from audience_builder.cli.expand import command
from audience_builder.cli.flags import AccountFlags, PrintFlags
from audience_builder.cli.main import app

__all__: list[str] = []


@command(app)
def doctor(
    account: AccountFlags,
    printing: PrintFlags,
    name: Annotated[str | None, typer.Option(help="Name of an audience to look at too.")] = None,
    members: Annotated[
        int | None, typer.Option(help="Members after the change, as upload --dry-run tells them.", min=0)
    ] = None,
    no_value: Annotated[bool, typer.Option("--no-value", help="The upload is to carry no values.")] = False,
) -> None:
    """Check token, account and terms; nobody is sent."""
    from audience_builder import platforms
    from audience_builder.cli.printing import print_document
    from audience_builder.delivery.standing import doctor as checks_of
    from audience_builder.delivery.upload import uploader_for
    from audience_builder.delivery.wire import Level
    from audience_builder.errors import DeliveryError

    uploader = uploader_for(platforms.load(account.to), os.environ, account=account.account)
    checks = checks_of(uploader, name=name, with_value=not no_value, members_after=members)
    ready = all(check.level is not Level.FAIL for check in checks)
    lines = (f"{check.level.value:<6}{check.name}: {check.advice}" for check in checks)
    print_document({"ready": ready, "checks": [asdict(check) for check in checks]}, lines, printing)
    if not ready:
        raise typer.Exit(DeliveryError.exit_code)
