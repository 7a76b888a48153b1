"""Lists -> a pack: page, table of totals, manifest, checksums, nobody's contact, one archive beside the folder."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from functools import partial
from pathlib import Path
from typing import Final

from audience_builder import columns as c
from audience_builder.audiences import Slices
from audience_builder.clock import set_time
from audience_builder.contacts import ContactRules
from audience_builder.delivery.export import Parcel
from audience_builder.errors import ConfigError
from audience_builder.hashing import Digest, file_sha256
from audience_builder.lists import Lists, Wrapping, seal
from audience_builder.packs.archive import write_archive
from audience_builder.packs.privacy import refuse_contacts
from audience_builder.packs.room import SUMS, Room, room_for
from audience_builder.pipeline import Request, export
from audience_builder.reporting.flat import flat_summary
from audience_builder.reporting.page import encoded, page
from audience_builder.reporting.summary import Summary
from audience_builder.sending import keeping
from audience_builder.spec import MatchKey, Platform

__all__ = ["Pack", "make_pack"]

PAGE, TOTALS = "summary.html", "summary.csv"
_PERSONAL: Final = (c.CUSTOMER_ID, c.MOBILE_ID)
"""What a platform may take as plain text and a pack never holds; country and postal code name nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """A finished pack: its folder, the same as one file, and what was counted."""

    folder: Path
    archive: Path
    summary: Summary


def make_pack(request: Request, lists: Lists, parent: Path, client: str) -> Pack:
    """Write a client's pack, whole or not at all.

    The same inputs and settings give the same bytes: no time of day is in it unless ``SOURCE_DATE_EPOCH``
    sets one, and the manifest is dated by the newest order.

    Args:
        request: What the run works on.
        lists: Which lists are written; hashed ones.
        parent: Folder of the packs. The client's own folder and archive are made in it.
        client: The client's name.

    Raises:
        ConfigError: Plain lists are asked for, or the place is another client's or holds something else.
        DataError: As ``pipeline.export``, or a file would hold a contact.
    """
    if lists.plain:
        raise ConfigError(
            "A pack holds no plain contact data.", "--plain was given.", "Leave out --plain, or leave out --pack."
        )
    room = room_for(parent, client, force=lists.force)
    wrapping = Wrapping(
        client=client,
        shaped=without_plain_identifiers,
        files=(PAGE, TOTALS, SUMS, *room.earlier),
        finish=partial(_finish, client, request.contacts, room),
    )
    try:
        summary = export(request, lists, room.folder, wrapping)
    except BaseException:
        with suppress(OSError):  # an earlier pack lies in it still
            room.folder.rmdir()
        raise
    write_archive(room.folder, room.archive)
    return Pack(folder=room.folder, archive=room.archive, summary=summary)


def without_plain_identifiers(platform: Platform) -> Platform:
    """The platform without the keys it takes only as plain text and that name a person or a device."""
    kept = [key for key in platform.match_keys if not _names_somebody(key)]
    if len(kept) == len(platform.match_keys):
        return platform
    written = {name for column in platform.file_columns for name in column.sources}
    missing = [key.name for key in platform.match_keys if key not in kept and key.name in written]
    notes = [f"{name} is blank in a pack: {platform.title} takes it as plain text only." for name in missing]
    return replace(keeping(platform, tuple(key.name for key in kept)), notes=(*platform.notes, *notes))


def _names_somebody(key: MatchKey) -> bool:
    return key.digest is Digest.PLAIN and key.source in _PERSONAL


def _finish(
    client: str, contacts: ContactRules, room: Room, parcel: Parcel, summary: Summary, customers: Slices
) -> None:  # fmt: skip
    """Write all that goes with the lists, look at every file, and take away an archive that no longer fits."""
    parcel.write_bytes(PAGE, encoded(page(summary, client=client, made_at=set_time())))
    parcel.write_table(TOTALS, flat_summary(summary))
    seal(parcel, summary, kind="pack", hashed=True, client=client, created_at=_dated(summary))
    parcel.write_bytes(SUMS, _checksums(parcel.staged()))
    refuse_contacts(parcel.staged(), customers, contacts)
    room.archive.unlink(missing_ok=True)


def _dated(summary: Summary) -> datetime | None:
    """The time the environment sets, else the day of the newest order, None where nothing is dated."""
    newest = summary.orders_until
    return set_time() or (None if newest is None else datetime.combine(newest, time(), UTC))


def _checksums(paths: Sequence[Path]) -> bytes:
    """As ``sha256sum --check SHA256SUMS`` reads it."""
    return "".join(f"{file_sha256(path)}  {path.name}\n" for path in paths).encode()
