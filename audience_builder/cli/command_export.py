"""``export``: platform-ready customer lists and their manifest."""

from pathlib import Path
from typing import Annotated

import typer

from audience_builder.cli.expand import command
from audience_builder.cli.flags import FilterFlags, KeyFlags, PrintFlags, RecordFolder, SourceFlags, ValueFlags, pairs
from audience_builder.cli.main import app

__all__: list[str] = []


@command(app)
def export(
    sources: SourceFlags,
    who: FilterFlags,
    value: ValueFlags,
    keys: KeyFlags,
    printing: PrintFlags,
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
        str | None,
        typer.Option(help="Whose customers these are: for manifest and pack; people erased from that record stay out."),
    ] = None,
    pack: Annotated[
        bool,
        typer.Option(
            "--pack",
            help="Write a pack to hand on, as folder and .zip named by the client: hashed lists, summary page and "
            "table, manifest, checksums, no plain contact data.",
        ),
    ] = False,
    state: RecordFolder = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier export in the folder.")] = False,
) -> None:
    """Write hashed customer lists ready for the platforms."""
    from audience_builder import pipeline
    from audience_builder.cli.printing import print_pack, print_summary
    from audience_builder.cli.request import client_name, request_from, whose_erased

    lists = pipeline.Lists(
        platforms=tuple(to),
        tiers=tiers,
        plain=plain,
        with_value=not no_value,
        forms=pairs(rules, "--rules"),
        force=force,
    )
    request, name = (
        request_from(sources, who, value, keys, whose_erased(client, state)),
        client_name(client, needed_for="--pack" if pack else None),
    )
    if name is not None and pack:
        from audience_builder.packs import make_pack

        made = make_pack(request, lists, output, name)
        print_pack(made.summary, {"Folder": made.folder, "Archive": made.archive}, printing)
    else:
        print_summary(pipeline.export(request, lists, output, pipeline.Wrapping(client=name)), printing)
