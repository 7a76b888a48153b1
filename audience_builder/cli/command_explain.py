"""``explain``: one value, from the cell to what is sent."""

from typing import Annotated

import typer

from audience_builder.cli.expand import command
from audience_builder.cli.main import app

__all__: list[str] = []


@command(app)
def explain(
    value: Annotated[str, typer.Argument(help="The value, as it stands in the cell.")],
    platform: Annotated[str, typer.Option(help="Platform name, see `platforms`.")],
    key: Annotated[str, typer.Option(help="Match key: email, phone, or the platform's own name.")],
    country: Annotated[str | None, typer.Option(help="The row's country, as name or ISO code.")] = None,
) -> None:
    """Show each step from one value to what a platform gets."""
    from audience_builder.explain import explain as steps_of

    for number, step in enumerate(steps_of(platform, key, value, country), start=1):
        typer.echo(f"{number}. {step.title}")
        typer.echo(f"   {'(nothing)' if step.text is None else step.text}")
        if step.source:
            typer.echo(f"   {step.source}")
