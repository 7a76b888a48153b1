"""``selftest``: the vendors' published vectors against this very installation."""

import typer

from audience_builder.cli.expand import command
from audience_builder.cli.main import app

__all__: list[str] = []


@command(app)
def selftest() -> None:
    """Check the published hash vectors, per platform and key."""
    from audience_builder.platforms.vectors import checks

    failed = 0
    counted: dict[tuple[str, str], list[bool]] = {}
    for check in checks():
        counted.setdefault((check.platform, check.key), []).append(check.passed)
    for (platform, key), results in counted.items():
        missed = results.count(False)
        failed += missed
        typer.echo(f"{platform:<14}{key:<28}{len(results):>4} vectors   {'FAIL' if missed else 'pass'}")
    typer.echo(f"{sum(map(len, counted.values()))} vectors, {failed} failed")
    if failed:
        raise typer.Exit(1)
