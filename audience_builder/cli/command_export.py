"""``export``: platform-ready customer lists and their manifest."""

from pathlib import Path
from typing import Annotated

import typer

from audience_builder.cli.expand import command
from audience_builder.cli.flags import FilterFlags, KeyFlags, LogFlags, PrintFlags, SourceFlags, ValueFlags, pairs
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
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the lists and the manifest.")],
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
        str | None, typer.Option(help="Whose customers these are: in the manifest, and the name of the pack.")
    ] = None,
    pack: Annotated[
        bool,
        typer.Option(
            "--pack",
            help="Write a pack to hand on, as folder and .zip named by the client: hashed lists, summary page and "
            "table, manifest, checksums, no plain contact data.",
        ),
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier export in the folder.")] = False,
) -> None:
    """Write hashed customer lists ready for the platforms."""
    from audience_builder import pipeline
    from audience_builder.cli.log import logged
    from audience_builder.cli.printing import print_pack, print_summary
    from audience_builder.cli.request import client_name, request_from
    from audience_builder.packs import make_pack

    with logged(log, "export"):
        lists = pipeline.Lists(
            platforms=tuple(to),
            tiers=tiers,
            plain=plain,
            with_value=not no_value,
            forms=pairs(rules, "--rules"),
            force=force,
        )
        request = request_from(sources, who, value, keys)
        name = client_name(client, needed_for="--pack" if pack else None)
        made = make_pack(request, lists, output, name) if name is not None and pack else None
        wrapping = pipeline.Wrapping(client=name)
        summary = pipeline.export(request, lists, output, wrapping) if made is None else made.summary
    if made is None:
        print_summary(summary, printing)
    else:
        print_pack(summary, {"Folder": made.folder, "Archive": made.archive}, printing)
