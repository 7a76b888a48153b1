"""``init``: a first ``audience.toml`` for a client, from the files and a few answers."""

import os
from pathlib import Path
from typing import Annotated

import typer

from audience_builder.cli.expand import command
from audience_builder.cli.flags import Queries, QueryFiles, pairs
from audience_builder.cli.main import app

__all__: list[str] = []


@command(app)
def init(
    files: Annotated[
        list[str], typer.Argument(help="Exports of orders, and of contacts; globs allowed; or databases.")
    ],
    query: Queries = None,
    query_file: QueryFiles = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write.")] = Path("audience.toml"),
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing; take what is given and the defaults.")] = False,
    client: Annotated[str | None, typer.Option(help="Name of the client. Default: the folder's.")] = None,
    home_country: Annotated[
        str | None, typer.Option(help="Country of phone numbers in rows that name none, as ISO code.")
    ] = None,
    currency: Annotated[str | None, typer.Option(help="Currency of amounts that name none, as ISO code.")] = None,
    account: Annotated[str, typer.Option(help="Ad account as the platform writes it.")] = "act_1",
    name: Annotated[str, typer.Option(help="Name of the audience on the platform.")] = "Best customers",
    preset: Annotated[str, typer.Option(help="Export format: auto, a name from `inspect`, or a .toml file.")] = "auto",
    map: Annotated[  # noqa: A002  the flag's name everywhere
        list[str] | None, typer.Option(help='Which column holds a field: --map email="E-Mail". May repeat.')
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file of that name.")] = False,
) -> None:
    """Write audience.toml from your files and a few answers."""
    from audience_builder.cli.beginning import ask, columns_shown, written
    from audience_builder.cli.request import named_sources
    from audience_builder.config.proposal import Answers, look, proposed
    from audience_builder.sources import SourceOptions
    from audience_builder.sources.reading import expand

    options = SourceOptions(preset=preset, mapping=pairs(map, "--map"))
    (named,) = named_sources([files], query, query_file)
    paths = expand(named)
    found = look(paths, options)
    for line in columns_shown(paths, options):
        typer.echo(line)
    reading = {
        name: value for name, value in (("preset", preset), ("map", dict(options.mapping))) if value not in ("auto", {})
    }
    answers = Answers(
        client=client or output.resolve().parent.name, account=account, audience=name, home_country=home_country,
        currency=currency, consent=found.consent, reading=reading,
    )  # fmt: skip
    answers = answers if yes else ask(found, answers)
    for line in written(proposed(found, answers, output.resolve().parent), output, os.environ, force=force):
        typer.echo(line)
