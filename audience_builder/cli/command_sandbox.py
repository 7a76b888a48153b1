"""``sandbox``: a stand-in of Meta on this machine, to rehearse uploads against."""

from typing import Annotated

import typer

from audience_builder.cli.expand import command
from audience_builder.cli.main import app

__all__: list[str] = []


@command(app)
def sandbox(
    port: Annotated[int, typer.Option(help="TCP port on 127.0.0.1; 0 takes a free one.", min=0, max=65535)] = 8700,
    account: Annotated[str, typer.Option(help="Ad account it serves.")] = "act_1",
) -> None:
    """Run a local stand-in of Meta to rehearse against."""
    from audience_builder.sandbox import serve

    typer.echo(f"A stand-in of Meta's API for {account}; Ctrl-C ends it and forgets everything.")
    typer.echo("In another terminal, to lead uploads here:")
    serve(
        port,
        account=account,
        announce=lambda environ: typer.echo("\n".join(f"export {name}={text}" for name, text in environ.items())),
    )
