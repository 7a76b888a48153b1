"""The receipts that ``erase`` prints, one for each record."""

import json
from collections.abc import Iterable, Iterator
from typing import Final

import typer

from audience_builder.cli.flags import PrintFlags
from audience_builder.cli.main import print_error
from audience_builder.erasing import AccountReceipt, Receipt
from audience_builder.errors import AudienceBuilderError
from audience_builder.reporting.terminal import section_lines

__all__ = ["print_receipts"]


_WORDS: Final = {"email": "e-mail", "phone": "phone", "id": "customer id"}


def print_receipts(receipts: Iterable[Receipt], flags: PrintFlags) -> int:
    """Print each receipt as soon as it is there; with ``--json`` one document at the end.

    Returns:
        The worst exit code.
    """
    done = []
    for receipt in receipts:
        done.append(receipt)
        if receipt.error is None and not (flags.json or flags.quiet):
            for line in _lines(receipt):
                typer.echo(line)
        for where, error in _failures(receipt):
            typer.echo(f"{where}:", err=True)
            print_error(error)
    code = max((receipt.exit_code for receipt in done), default=0)
    if flags.json:
        document = {"exit_code": code, "receipts": [receipt.document() for receipt in done]}
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    return code


def _failures(receipt: Receipt) -> Iterator[tuple[str, AudienceBuilderError]]:
    if receipt.error is not None:
        yield receipt.scope.client or str(receipt.scope.folder), receipt.error
    for account in receipt.accounts:
        if account.error is not None:
            yield f"{account.platform}, {account.account}", account.error


def _lines(receipt: Receipt) -> Iterator[str]:
    whose = f" from the record of {receipt.scope.client}" if receipt.scope.client else ""
    title = f"Would be erased{whose}: nothing was sent or written" if receipt.dry_run else f"Erased{whose}"
    yield from section_lines(title, _figures(receipt), [*_remarks(receipt)])
    yield from section_lines("Left to do by hand", {}, receipt.left_to_do)


def _figures(receipt: Receipt) -> dict[str, int | str]:
    figures: dict[str, int | str] = {"Time, UTC": f"{receipt.at[:10]} {receipt.at[11:19]}"}
    figures |= {f"Digest of the {_WORDS[kind]}: {digest}…": "" for kind, digest in receipt.identifiers}
    for account in receipt.accounts:
        figures |= _account_figures(account)
    return figures | {"Memberships found" if receipt.dry_run else "Memberships ended": receipt.members}


def _account_figures(account: AccountReceipt) -> dict[str, int | str]:
    where = f"{account.platform}, {account.account}"
    if account.error is not None:
        return {where: "failed"}
    figures: dict[str, int | str] = {where: "" if account.session is None else f"session {account.session}"}
    figures |= {f"    request {name}": "" for name in account.request_ids}
    return figures | {f'    "{one.key.name}", id {one.audience_id}': one.members for one in account.ended}


def _remarks(receipt: Receipt) -> Iterator[str]:
    if not receipt.accounts:
        yield "Nothing was ever uploaded from this record."
    elif not receipt.members and receipt.exit_code == 0:
        yield "Nobody with these identifiers was a member of an audience on record."
    be, lie = ("would be", "would lie") if receipt.dry_run else ("are", "lie")
    yield f"They {be} left out of every later upload, refresh, export and report that uses this record."
    yield f"Their tombstones (digests) {lie} in {receipt.tombstones}."
