"""Erase people from every customer list of an account, for good."""

import shutil
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

import polars as pl

from audience_builder import columns as c
from audience_builder.delivery.audit.occasion import Occasion
from audience_builder.delivery.job import every_column, members_of, snapshot_name
from audience_builder.delivery.membership import KEYS, PERSON, Layout
from audience_builder.delivery.records import AudienceKey, KnownAudience, Run
from audience_builder.delivery.retry import Runtime, with_retries
from audience_builder.delivery.snapshot import store
from audience_builder.delivery.state import State
from audience_builder.delivery.wire import Outcome, Receipt, Uploader
from audience_builder.errors import ConfigError, DataError, TryAgain
from audience_builder.hashing import Digest
from audience_builder.spec import Platform
from audience_builder.tombstones import ADDRESS_RULES, Tombstones

__all__ = ["Ended", "Erasure", "Wanted", "bury", "bury_as_found", "erase", "found"]

_OF_ONE_PERSON: Final = (c.EMAIL, c.CUSTOMER_ID)
"""What is one person's alone; a phone may be a family's, and a membership found by it says nothing of whose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whom to look for in the lists of one platform.

    Args:
        platform: The platform's rules.
        rows: Match-key columns as named by ``MatchKey.columns``, as sent; one row per person or identifier.
        people: Customers by their digest in our record (``audiences.person``).
    """

    platform: Platform
    rows: pl.DataFrame = field(repr=False)
    people: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def size(self) -> tuple[int, int]:
        """Rows and people; both only ever grow."""
        return self.rows.height, len(self.people)

    def digests(self) -> frozenset[str]:
        """What is buried of the rows."""
        layout = Layout.of(self.platform, self.rows.columns)
        strong = [layout.buried_form(name).alias(name) for kind in layout.strong for name in kind]
        if not strong:
            return frozenset()
        return frozenset(self.rows.select(strong).unpivot()["value"].drop_nulls())

    def held_by(self, present: Iterable[str]) -> pl.Expr:
        """Whether a member, with these columns, is one of them."""
        return every_column(self.platform).carries(self.digests(), set(present)) | pl.col(PERSON).is_in(self.people)

    def widened(self, members: pl.DataFrame) -> "Wanted":
        """With the other e-mails of the members found by something that is theirs alone."""
        keys = [key for key in self.platform.match_keys if key.source in _OF_ONE_PERSON]
        own = members.filter(self.held_by(name for key in keys for name in key.columns))
        addresses = [
            own.select(pl.col(name).alias(key.name)).drop_nulls()
            for key in keys
            if key.source == c.EMAIL
            for name in key.columns
        ]
        rows = pl.concat([self.rows, *addresses], how="diagonal").unique(maintain_order=True)
        return replace(self, rows=rows, people=self.people | frozenset(own[PERSON]))

    def tombstones(self) -> Tombstones:
        """By which later runs recognise them as customers, as far as the platform's digests allow."""
        emails = [
            self.rows[name]
            for key in self.platform.match_keys
            if key.digest is Digest.SHA256_HEX and key.normalise in ADDRESS_RULES and not key.forms
            for name in key.columns
            if name in self.rows.columns
        ]
        digests = frozenset(digest for column in emails for digest in column.drop_nulls())
        return Tombstones(emails=digests, ids=self.people)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The memberships that ended in one audience, or would."""

    key: AudienceKey
    audience_id: str
    members: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What an erasure did.

    Args:
        requests: Requests sent.
        session: Their session number, by which the platform's support finds them.
        request_ids: The platform's own names of them, as far as it gave any.
        ended: Memberships by audience, audiences without any included.
    """

    requests: int
    session: int
    request_ids: tuple[str, ...]
    ended: tuple[Ended, ...]

    @property
    def members(self) -> int:
        """Memberships ended."""
        return sum(one.members for one in self.ended)


def bury(wanted: Wanted, state: State, occasion: Occasion | None = None) -> int:
    """Write the tombstones: whatever happens next, no later run sends these people.

    Args:
        wanted: Whom.
        state: The record.
        occasion: Who asks for it, for the log.

    Returns:
        Number of the log's entry of it.
    """
    state.bury_people(wanted.tombstones())
    return state.bury(wanted.platform.name, wanted.digests(), occasion)


def bury_as_found(wanted: Wanted, account: str, state: State, occasion: Occasion | None = None) -> tuple[Wanted, int]:
    """Bury people with all that the account's memberships tell of them; whom, and the log's entry of it."""
    with suppress(ConfigError):  # a damaged record of members is told when they are to be taken out
        wanted, _ = found(wanted, account, state)
    return wanted, bury(wanted, state, occasion)


def found(wanted: Wanted, account: str, state: State) -> tuple[Wanted, tuple[Ended, ...]]:
    """Look for people in every audience of an account we have sent to; nothing changes.

    Returns:
        Whom to look for, widened by what their memberships tell of them; and the memberships.

    Raises:
        ConfigError: The record of members is damaged.
    """
    keys = state.audiences(wanted.platform.name, account)
    columns = [PERSON, *every_column(wanted.platform).cells]
    while True:
        members = {key: _members(key, wanted, state).select(columns).collect(engine="streaming") for key in keys}
        wider = wanted.widened(pl.concat(members.values())) if members else wanted
        if wider.size == wanted.size:
            break
        wanted = wider
    return wanted, tuple(
        Ended(key=key, audience_id=known.audience_id, members=members[key].height)
        for key in keys
        if (known := state.audience(key)) is not None
    )


def erase(
    wanted: Wanted,
    uploader: Uploader,
    state: State,
    *,
    buried: int | None = None,
    wait_seconds: float = 0.0,
    occasion: Occasion | None = None,
    runtime: Runtime | None = None,
) -> Erasure:
    """Take people out of every customer list of the account and never send them again.

    They are buried first, so that whatever happens next no later upload sends them.

    Args:
        wanted: Whom.
        uploader: The way to the account.
        state: The record of earlier runs.
        buried: What ``bury`` told of it, None if they are not buried yet.
        wait_seconds: How long to wait for another run of an audience to end.
        occasion: Who asks for it, for the log.
        runtime: Time and chance.

    Raises:
        DataError: No row identifies anybody.
        DeliveryError: The platform did not take it, or another run holds an audience; running again repeats it.
    """
    runtime = runtime or Runtime()
    if buried is None:
        wanted, buried = bury_as_found(wanted, uploader.account, state, occasion)
    keys = state.audiences(wanted.platform.name, uploader.account)
    with ExitStack() as locks:
        for key in keys:
            locks.enter_context(state.lock(key, wait_seconds=wait_seconds))
        wider, ended = found(wanted, uploader.account, state)
        if wider.size != wanted.size:
            buried = bury(wider, state, occasion)
        session = runtime.session_number()
        receipts = _sent(_identifying(wider), uploader, session, runtime)
        for key in keys:
            _forget(key, wider, state)
    done = Erasure(
        requests=len(receipts),
        session=session,
        request_ids=tuple(one.request_id for one in receipts if one.request_id),
        ended=ended,
    )
    counts = {"requests": done.requests, "audiences": sum(one.members > 0 for one in ended), "members": done.members}
    state.erased(buried, uploader.account, counts)
    return done


def _identifying(wanted: Wanted) -> pl.DataFrame:
    layout = Layout.of(wanted.platform, wanted.rows.columns)
    people = wanted.rows.select(pl.col(layout.cells).cast(pl.String).replace("", None)).filter(layout.identified())
    if not layout.identifying or people.is_empty():
        raise DataError(
            "There is nobody to erase.",
            f"None of the {wanted.rows.height} rows identifies a person.",
            "Give an e-mail address or a phone number.",
        )
    return people


def _sent(people: pl.DataFrame, uploader: Uploader, session: int, runtime: Runtime) -> list[Receipt]:
    """Send the erasure in as many requests as it takes."""
    parts = list(people.iter_slices(uploader.max_batch_rows))
    receipts = []
    for place, part in enumerate(parts, start=1):
        call = partial(uploader.erase, part, session=session, sequence=place, last=place == len(parts))
        receipts.append(with_retries(call, runtime))
        if receipts[-1].outcome is not Outcome.TAKEN:
            raise TryAgain(
                "The platform did not erase everybody.",
                f"It stopped at request {place} of {len(parts)}.",
                "Run again; until then no upload sends these people.",
            )
    return receipts


def _members(key: AudienceKey, wanted: Wanted, state: State) -> pl.LazyFrame:
    """The people wanted among the members of one audience."""
    known = state.audience(key)
    if known is None:
        raise AssertionError
    members = members_of(known, key, wanted.platform, state)
    return members.filter(wanted.held_by(members.collect_schema().names()))


def _forget(key: AudienceKey, wanted: Wanted, state: State) -> None:
    """Drop the people from the record of one audience, an unfinished run's plan included."""
    known = state.audience(key)
    if known is None:
        return
    run, folder = state.open_run(known.key), state.audience_folder(key)
    there = _members(key, wanted, state).select(KEYS).collect(engine="streaming").height
    if not there and not (run is not None and _planned(key, run, wanted, state)):
        return
    members = members_of(known, key, wanted.platform, state)
    snapshot = snapshot_name()
    left = store(members.filter(~wanted.held_by(members.collect_schema().names())), folder, snapshot)
    _switch(known, run, snapshot, left, state)
    if known.snapshot is not None:
        (folder / known.snapshot).unlink()
    if run is not None:
        shutil.rmtree(folder / run.folder)


def _switch(known: KnownAudience, run: Run | None, snapshot: str, members: int, state: State) -> None:
    """An unfinished run cannot go on: its batches may hold the people. The next one plans anew."""
    if run is None:
        state.set_snapshot(known.key, snapshot, members)
    else:
        state.close_run(run, "superseded", snapshot=snapshot, members=members)


def _planned(key: AudienceKey, run: Run, wanted: Wanted, state: State) -> bool:
    """Whether an unfinished run has the people in its plan."""
    folder = state.audience_folder(key) / run.folder
    for phase in {batch.phase for batch in state.batches(run)}:
        rows = pl.scan_parquet(folder / f"{phase}.parquet")
        theirs = rows.filter(wanted.held_by(rows.collect_schema().names())).select(PERSON)
        if theirs.collect(engine="streaming").height:
            return True
    return False
