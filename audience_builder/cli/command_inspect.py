"""``inspect``: what a file is, before anything is done with it."""

from typing import Annotated

import typer

from audience_builder.cli.expand import command
from audience_builder.cli.flags import Queries, QueryFiles
from audience_builder.cli.main import app

__all__: list[str] = []


@command(app)
def inspect(
    files: Annotated[
        list[str], typer.Argument(help="Files to look at; globs allowed; - for standard input; or databases.")
    ],
    query: Queries = None,
    query_file: QueryFiles = None,
    preset: Annotated[str, typer.Option(help="Export format: auto, its name, or a .toml file.")] = "auto",
) -> None:
    """Say what a file is, and what stands in the way."""
    from audience_builder.cli.request import named_sources
    from audience_builder.reporting.description import description_lines
    from audience_builder.sources import SourceOptions
    from audience_builder.sources.describe import describe
    from audience_builder.sources.reading import expand

    (named,) = named_sources([files], query, query_file)
    for path in expand(named):
        for line in description_lines(describe(path, SourceOptions(preset=preset))):
            typer.echo(line)
