"""``demo``: the main job on bundled data, end to end."""

from pathlib import Path
from typing import Annotated

import typer

from audience_builder.cli.expand import command
from audience_builder.cli.flags import PrintFlags
from audience_builder.cli.main import app

__all__: list[str] = []


@command(app)
def demo(
    printing: PrintFlags,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the results.")] = Path("audience-demo"),
    force: Annotated[bool, typer.Option("--force", help="Replace the results of an earlier demo.")] = False,
) -> None:
    """Run the whole job on bundled data."""
    from audience_builder import pipeline
    from audience_builder.cli.printing import print_upload

    print_upload(pipeline.demo(output, force=force), printing, title="Upload to a local stand-in of Meta")
    if not (printing.json or printing.quiet):
        typer.echo(f"\nThe results lie in {output}:")
        for name, text in pipeline.DEMO_RESULTS.items():
            typer.echo(f"  {name:<20}{text}")
