"""The conversation of ``init``: what was found, what is asked, what is written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import typer

from audience_builder.cli.flags import amount
from audience_builder.config import load, rendered
from audience_builder.config.proposal import Answers, Found
from audience_builder.errors import ConfigError
from audience_builder.sources import SourceOptions
from audience_builder.sources.examples import examples

__all__ = ["ask", "columns_shown", "written"]

_WIDTH = 80


def columns_shown(paths: Sequence[Path], options: SourceOptions) -> Iterator[str]:
    """Which column of each file is read as what, with the shape of a cell; nobody can be told from it."""
    for path in paths:
        yield f"{path.name}: what is read from which column (x for letters, 9 for digits)"
        yield "─" * _WIDTH
        for one in examples(path, options):
            yield f"{one.field:<20} {' or '.join(one.columns)[:30]:<30} {one.cell}"[:_WIDTH]
        yield ""


def ask(found: Found, answers: Answers) -> Answers:
    """Ask what the files cannot tell; a blank answer keeps what is in brackets."""
    client = typer.prompt("Name of the client", default=answers.client)
    country = typer.prompt(
        "Country of phone numbers without one (ISO code, blank for none)", default=answers.home_country or ""
    )
    currency = answers.currency
    if currency is None and len(found.currencies) != 1:
        several = (
            f"Currency to keep, of {', '.join(found.currencies)}" if found.currencies else "Currency of the amounts"
        )
        currency = typer.prompt(several, default=next(iter(found.currencies), None))
    paid = typer.prompt("Least amount paid to be in the audience", default=str(answers.min_paid or Decimal(1)))
    consent = answers.consent
    if consent is not None and not typer.confirm(
        f'Only people who agreed to marketing (column "{consent}")?', default=True
    ):
        consent = None
    account = typer.prompt("Ad account on Meta (act_ and a number)", default=answers.account)
    name = typer.prompt("Name of the audience there", default=answers.audience)
    return replace(
        answers,
        client=client,
        home_country=country or None,
        currency=currency,
        min_paid=amount(paid, "The least amount"),
        consent=consent,
        account=account,
        audience=name,
    )


def written(document: Mapping[str, Any], path: Path, environ: Mapping[str, str], *, force: bool) -> Iterator[str]:
    """Write the settings, read them back, and say how to go on.

    Raises:
        ConfigError: The file is there already, cannot be written, or an answer cannot be used.
    """
    if path.exists() and not force:
        raise ConfigError(
            f"{path.name} exists already.",
            "Nothing was written.",
            "Choose another with -o, or replace it with --force.",
        )
    draft = path.with_name(f".{path.name}.draft")
    try:
        draft.write_text(rendered(document), encoding="utf-8")
        client = load(draft, environ)
        draft.replace(path)
    except OSError:
        raise ConfigError(
            f"{path.name} cannot be written.",
            f"The folder {path.parent} is missing or closed to you.",
            "Choose another.",
        ) from None
    finally:
        draft.unlink(missing_ok=True)
    yield f"Wrote {path} for {client.name}."
    yield "It lists every setting there is, the unused ones switched off."
    if any(one.account == Answers(client="").account for one in client.config.audiences.values()):
        yield "Put your own ad account in place of act_1."
    yield "Next, with the platform's token in the environment:"
    yield f"  audience-builder refresh --plan {path}"
