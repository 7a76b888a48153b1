"""``compare``: somebody else's hashed list, and the normalisation behind it."""

from itertools import groupby
from typing import Annotated

import typer

from audience_builder.cli.expand import command
from audience_builder.cli.flags import pairs
from audience_builder.cli.main import app

__all__: list[str] = []


@command(app)
def compare(
    ours: Annotated[str, typer.Argument(help="Our plain contacts: an export, or our plain list; globs allowed.")],
    theirs: Annotated[str, typer.Argument(help="Their hashed list, with a header row; globs allowed.")],
    map: Annotated[  # noqa: A002  the flag's name everywhere
        list[str] | None,
        typer.Option(help="Which column of theirs holds a key, as KEY=COLUMN. May repeat."),
    ] = None,
) -> None:
    """Name the normalisation behind somebody else's digests."""
    from audience_builder.comparison import compare_files
    from audience_builder.sources.reading import expand

    found = compare_files(expand([ours]), expand([theirs]), pairs(map, "--map"))
    for key, findings in groupby(found.findings, key=lambda finding: finding.key):
        typer.echo(f"{key}: {found.digests[key]:,} distinct values in their list")
        for finding in findings:
            typer.echo(f"  {finding.share:>7.1%}  {finding.explained:>10,}  {finding.variant:<32}{finding.title}")
    if found.not_compared:
        typer.echo(f"Not compared: {', '.join(found.not_compared)}")
