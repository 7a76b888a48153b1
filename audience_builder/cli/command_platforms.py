"""``platforms``: what each ad platform takes."""

from typing import Annotated

import typer

from audience_builder.cli.expand import command
from audience_builder.cli.main import app

__all__: list[str] = []


@command(app)
def platforms(
    name: Annotated[str | None, typer.Argument(help="Platform to describe in full.")] = None,
) -> None:
    """List the ad platforms, or describe one."""
    from audience_builder import platforms as room

    if name is None:
        for platform in room.all_platforms():
            value = "value per person" if platform.value_column else "value tiers"
            typer.echo(f"{platform.name:<14}{platform.title:<28}{value:<18}at least {platform.minimum_rows:,}")
        return
    platform = room.load(name)
    typer.echo(f"{platform.title}: rules {platform.rules_version}, read {platform.rules_checked}")
    typer.echo(platform.rules_url)
    for key in platform.match_keys:
        typer.echo(f"\n{key.name} (from {key.source}, sent as {key.digest.value}, up to {key.repeats})")
        typer.echo(f"  {key.rule}")
        for form in key.forms:
            typer.echo(f"  other form, --rules {key.name}={form.name}: {form.why}")
    for note in platform.notes:
        typer.echo(f"\n{note}")
