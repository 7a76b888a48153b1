"""Erase people from every customer list of an account, for good."""

from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

import polars as pl

from audience_builder.delivery.audit.occasion import Occasion
from audience_builder.delivery.job import every_column, snapshot_name
from audience_builder.delivery.membership import KEYS, Layout
from audience_builder.delivery.records import AudienceKey
from audience_builder.delivery.retry import Runtime, with_retries
from audience_builder.delivery.snapshot import load, store
from audience_builder.delivery.state import State
from audience_builder.delivery.wire import Outcome, Uploader
from audience_builder.errors import DataError, TryAgain
from audience_builder.spec import Platform

__all__ = ["Erasure", "erase"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What an erasure did.

    Args:
        requests: Requests sent.
        audiences: Audiences of ours the people were members of.
        members: Memberships ended.
    """

    requests: int
    audiences: tuple[str, ...]
    members: int


def erase(
    rows: pl.DataFrame,
    platform: Platform,
    uploader: Uploader,
    state: State,
    *,
    occasion: Occasion | None = None,
    runtime: Runtime | None = None,
) -> Erasure:
    """Take people out of every customer list of the account and never send them again.

    Their digests are buried first, so that whatever happens next no later upload sends them.

    Args:
        rows: Match-key columns as named by ``MatchKey.columns``, hashed; one row per person or identifier.
        platform: The platform's rules.
        uploader: The way to the account.
        state: The record of earlier runs.
        occasion: Who asks for it, for the log.
        runtime: Time and chance.

    Raises:
        DataError: No row identifies anybody.
        DeliveryError: The platform did not take it; running again repeats it.
    """
    runtime = runtime or Runtime()
    layout = Layout.of(platform, rows.columns)
    people = rows.select(pl.col(layout.cells).cast(pl.String).replace("", None)).filter(layout.identified())
    if not layout.identifying or people.is_empty():
        raise DataError(
            "There is nobody to erase.",
            f"None of the {rows.height} rows identifies a person.",
            "Give an e-mail address or a phone number.",
        )
    strong = [name for kind in layout.strong for name in kind]
    digests = people.select(strong).unpivot()["value"].drop_nulls().unique()
    buried = state.bury(platform.name, digests.to_list(), occasion)
    keys = state.audiences(platform.name, uploader.account)
    with ExitStack() as locks:
        for key in keys:
            locks.enter_context(state.lock(key))
        requests = _send(people, uploader, runtime)
        ended = {key.name: _forget(key, digests, platform, state) for key in keys}
    done = Erasure(
        requests=requests,
        audiences=tuple(name for name, count in ended.items() if count),
        members=sum(ended.values()),
    )
    counts = {"requests": requests, "audiences": len(done.audiences), "members": done.members}
    state.erased(buried, uploader.account, counts)
    return done


def _send(people: pl.DataFrame, uploader: Uploader, runtime: Runtime) -> int:
    """Send the erasure in as many requests as it takes; how many."""
    session = runtime.session_number()
    parts = list(people.iter_slices(uploader.max_batch_rows))
    for place, part in enumerate(parts, start=1):
        call = partial(uploader.erase, part, session=session, sequence=place, last=place == len(parts))
        if with_retries(call, runtime).outcome is not Outcome.TAKEN:
            raise TryAgain(
                "The platform did not erase everybody.",
                f"It stopped at request {place} of {len(parts)}.",
                "Run again; until then no upload sends these people.",
            )
    return len(parts)


def _forget(key: AudienceKey, digests: pl.Series, platform: Platform, state: State) -> int:
    """Drop the people from the acknowledged members of one audience; how many there were."""
    layout = every_column(platform)
    known = state.audience(key)
    if known is None or known.snapshot is None:
        return 0
    folder = state.audience_folder(key)
    members = load(folder, known.snapshot, layout.cells)
    theirs = layout.carries(digests.to_list())
    gone = members.filter(theirs).select(KEYS).collect(engine="streaming").height
    if gone:
        snapshot = snapshot_name()
        left = store(members.filter(~theirs), folder, snapshot)
        state.set_snapshot(known.key, snapshot, left)
        (folder / known.snapshot).unlink()
    return gone
