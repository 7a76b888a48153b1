"""``export``: platform-ready customer lists and their manifest."""

from pathlib import Path
from typing import Annotated

import typer

from audience_builder.cli.expand import command
from audience_builder.cli.flags import (
    FilterFlags,
    KeyFlags,
    LogFlags,
    PrintFlags,
    RecordFolder,
    SourceFlags,
    ValueFlags,
    pairs,
)
from audience_builder.cli.main import app

__all__: list[str] = []


@command(app)
def export(
    sources: SourceFlags,
    who: FilterFlags,
    value: ValueFlags,
    keys: KeyFlags,
    printing: PrintFlags,
    log: LogFlags,
    to: Annotated[list[str], typer.Option(help="Platform name, see `platforms`. May repeat.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for the lists and the manifest, or for the packs.")
    ],
    tiers: Annotated[
        int,
        typer.Option(help="Lists by value, the best first, where a platform takes no value.", min=1, max=20),
    ] = 1,
    plain: Annotated[bool, typer.Option("--plain", help="Write normalised text instead of digests.")] = False,
    no_value: Annotated[
        bool, typer.Option("--no-value", help="Leave the value out, also where a platform takes it.")
    ] = False,
    rules: Annotated[
        list[str] | None, typer.Option(help="Another documented form of a key, as KEY=FORM. May repeat.")
    ] = None,
    client: Annotated[
        str | None,
        typer.Option(help="Whose customers these are: for manifest and pack; people erased from that record stay out."),
    ] = None,
    pack: Annotated[
        bool,
        typer.Option(
            "--pack",
            help="Write a pack to hand on, as folder and .zip named by the client: hashed lists, summary page and "
            "table, manifest, checksums, no plain contact data. FILES may then be clients' audience.toml.",
        ),
    ] = False,
    state: RecordFolder = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier export in the folder.")] = False,
) -> None:
    """Write hashed customer lists ready for the platforms."""
    from audience_builder import pipeline
    from audience_builder.cli.log import logged
    from audience_builder.cli.printing import print_summary
    from audience_builder.cli.request import client_name, refuse_client_files, request_from, whose_erased

    lists = pipeline.Lists(
        platforms=tuple(to),
        tiers=tiers,
        plain=plain,
        with_value=not no_value,
        forms=pairs(rules, "--rules"),
        force=force,
    )
    with logged(log, "export") as ending:
        if pack:
            from audience_builder.cli.packing import export_packs

            ending.exit_code = export_packs(
                sources, who, value, keys, printing, client=client, state=state, lists=lists, output=output
            )
        else:
            refuse_client_files(sources.files)
            wrapping = pipeline.Wrapping(client=client_name(client))
            summary = pipeline.export(
                request_from(sources, who, value, keys, whose_erased(client, state)), lists, output, wrapping
            )
            print_summary(summary, printing)
    if ending.exit_code:
        raise typer.Exit(ending.exit_code)
