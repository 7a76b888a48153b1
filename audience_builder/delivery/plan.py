"""Wanted membership against acknowledged membership: what has to be sent.

Phases, in sending order: ``add`` (new people and new values), ``remove``, ``mend``. Additions go
first so that the audience does not dip below the platform's minimum on the way. A removal takes out
whoever carries its identifiers, so people who stay and share one with somebody who goes (a household's
phone, the same person with a new address) are sent after the removals, in ``mend``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import polars as pl

from audience_builder.delivery.membership import BUCKET, KEYS, PERSON, Layout
from audience_builder.delivery.wire import Action

__all__ = [
    "ERASED",
    "GONE",
    "REKEYED",
    "SUPPRESSED",
    "WITHDRAWN",
    "Departures",
    "Mode",
    "Plan",
    "compare",
    "replacement",
]

Mode = Literal["mirror", "add", "replace"]
"""``mirror``: exactly the wanted people; ``add``: only those leave who asked to; ``replace``: the list is swapped."""

WITHDRAWN: Final = "consent withdrawn"
SUPPRESSED: Final = "on a suppression list"
GONE: Final = "gone from the source"
REKEYED: Final = "identifier changed"
ERASED: Final = "erased on request"
CHOSEN: Final = (WITHDRAWN, SUPPRESSED, ERASED)
"""Reasons that are people's own choices: they hold in every mode."""

_REASON: Final = "reason"
_WAS: Final = "was"
_MEMBER: Final = "member"
_CHANGE: Final = "change"
_ADDED: Final = "added"
_REVALUED: Final = "revalued"
_UNCHANGED: Final = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Departures:
    """Why members are no longer wanted.

    Args:
        known: ``person`` and ``reason`` of people the filters took out, None if nobody kept them.
        erased: Digests of people who had themselves erased.
    """

    known: pl.DataFrame | None = None
    erased: Sequence[str] = ()

    def explained(self, leaving: pl.LazyFrame, wanted: pl.LazyFrame, layout: Layout) -> pl.LazyFrame:
        """The leaving members with a ``reason``; a person who is still wanted has other identifiers now."""
        nobody = pl.DataFrame(schema={PERSON: pl.String, _REASON: pl.String})
        left = (nobody if self.known is None else self.known).lazy().select(PERSON, _REASON).unique(PERSON)
        staying = wanted.select(PERSON, pl.lit(REKEYED).alias("changed")).unique(PERSON)
        buried = layout.carries(self.erased, leaving.collect_schema().names())
        erased = pl.when(buried).then(pl.lit(ERASED))
        return (
            leaving.join(staying, on=PERSON, how="left")
            .join(left, on=PERSON, how="left")
            .with_columns(pl.coalesce(erased, "changed", _REASON, pl.lit(GONE)).alias(_REASON))
            .drop("changed")
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What has to be sent, with the rows of each phase as Parquet in ``folder``.

    Args:
        folder: Where the phases' files are.
        phases: Name, action and rows of each phase that has rows, in sending order.
        members_before: Acknowledged members.
        added: People to add, counting those whose identifiers changed.
        removed: People to remove, likewise.
        revalued: Members whose value left its bucket or whose last delivery is uncertain.
        unchanged: Members that need nothing.
        kept_unwanted: Members that are not wanted but stay (mode ``add``).
        reasons: Removals by reason.
    """

    folder: Path
    phases: tuple[tuple[str, Action, int], ...]
    members_before: int
    added: int
    removed: int
    revalued: int
    unchanged: int
    kept_unwanted: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)

    @property
    def members_after(self) -> int:
        """Members once everything is acknowledged."""
        return self.added + self.revalued + self.unchanged + self.kept_unwanted

    def counts(self) -> dict[str, int]:
        """The numbers that outlive the plan's files."""
        return {
            "added": self.added,
            "removed": self.removed,
            "revalued": self.revalued,
            "unchanged": self.unchanged,
        }


def compare(
    wanted: pl.LazyFrame,
    last: pl.LazyFrame,
    *,
    layout: Layout,
    into: Path,
    mode: Mode = "mirror",
    departures: Departures | None = None,
) -> Plan:
    """Work out additions, removals and new values, and write them to files.

    Args:
        wanted: ``person``, ``keys``, match-key columns, ``value``, ``bucket``.
        last: Acknowledged members, without ``value``.
        layout: The match-key columns of ``wanted``.
        into: Folder for the phases' files.
        mode: ``add`` leaves members that are not wanted where they are, unless they asked to leave.
        departures: Why members are no longer wanted.
    """
    unwanted = _unwanted(wanted, last, layout, into, departures)
    going = unwanted.filter(pl.col(_REASON).is_in(CHOSEN)) if mode == "add" else unwanted
    removed = _written(_filled(going.drop(_REASON)), into / "remove.parquet")
    judged = _judged(wanted, last)
    touched = _sharing(wanted, into / "remove.parquet", layout) if removed else []
    sent = judged.filter(pl.col(_CHANGE) != _UNCHANGED)
    mended = 0
    if touched:
        shared = pl.concat(touched).unique()
        mended = _written(_outgoing(judged.join(shared, on=KEYS, how="semi")), into / "mend.parquet")
        sent = sent.join(shared, on=KEYS, how="anti")
    first = _written(_outgoing(sent), into / "add.parquet")
    tally = _tally(judged)
    return Plan(
        folder=into,
        phases=tuple(
            (name, action, rows)
            for name, action, rows in (
                ("add", Action.ADD, first),
                ("remove", Action.REMOVE, removed),
                ("mend", Action.ADD, mended),
            )
            if rows
        ),
        members_before=_rows(last),
        added=tally.get(_ADDED, 0),
        removed=removed,
        revalued=tally.get(_REVALUED, 0),
        unchanged=tally.get(_UNCHANGED, 0),
        kept_unwanted=_rows(unwanted) - removed,
        reasons=_by_reason(going),
    )


def replacement(
    wanted: pl.LazyFrame, last: pl.LazyFrame, *, layout: Layout, into: Path, departures: Departures | None = None
) -> Plan:
    """The whole wanted list in one phase, with the difference counted all the same."""
    tally = _tally(_judged(wanted, last))
    rows = _written(_outgoing(wanted), into / "replace.parquet")
    reasons = _by_reason(_unwanted(wanted, last, layout, into, departures))
    return Plan(
        folder=into,
        phases=(("replace", Action.REPLACE, rows),),
        members_before=_rows(last),
        added=tally.get(_ADDED, 0),
        removed=sum(reasons.values()),
        revalued=tally.get(_REVALUED, 0),
        unchanged=tally.get(_UNCHANGED, 0),
        reasons=reasons,
    )


def _unwanted(
    wanted: pl.LazyFrame, last: pl.LazyFrame, layout: Layout, into: Path, departures: Departures | None
) -> pl.LazyFrame:
    """Members that are not wanted, each with its reason, worked out once and kept on disk."""
    leaving = last.join(wanted.select(KEYS), on=KEYS, how="anti")
    path = into / "unwanted.parquet"
    _written((departures or Departures()).explained(leaving, wanted, layout), path)
    return pl.scan_parquet(path)


def _filled(members: pl.LazyFrame) -> pl.LazyFrame:
    """The members without the columns none of them fills."""
    filled = members.select(pl.all().is_not_null().any()).collect(engine="streaming").row(0, named=True)
    return members.select(name for name, any_value in filled.items() if any_value or name in {PERSON, KEYS})


def _by_reason(leaving: pl.LazyFrame) -> dict[str, int]:
    counted = leaving.group_by(_REASON).agg(pl.len()).sort(_REASON).collect(engine="streaming")
    return dict(counted.iter_rows())


def _judged(wanted: pl.LazyFrame, last: pl.LazyFrame) -> pl.LazyFrame:
    """Wanted rows with what has changed since they were last acknowledged."""
    before = last.select(KEYS, pl.col(BUCKET).alias(_WAS), pl.lit(value=True).alias(_MEMBER))
    change = (
        pl.when(pl.col(_MEMBER).is_null())
        .then(pl.lit(_ADDED))
        .when(pl.col(_WAS).eq_missing(pl.col(BUCKET)))
        .then(pl.lit(_UNCHANGED))
        .otherwise(pl.lit(_REVALUED))
    )
    return wanted.join(before, on=KEYS, how="left").with_columns(change.alias(_CHANGE))


def _tally(judged: pl.LazyFrame) -> dict[str, int]:
    counted = judged.group_by(_CHANGE).agg(pl.len()).collect(engine="streaming")
    return dict(counted.iter_rows())


def _outgoing(rows: pl.LazyFrame) -> pl.LazyFrame:
    return rows.drop(_WAS, _MEMBER, _CHANGE, strict=False)


def _sharing(wanted: pl.LazyFrame, removals: Path, layout: Layout) -> list[pl.LazyFrame]:
    """Fingerprints of wanted rows that carry an identifier of somebody who is removed."""
    leaving = pl.scan_parquet(removals)
    present = leaving.collect_schema().names()
    found = []
    for kind in layout.strong:
        cells = [leaving.select(pl.col(name).alias("cell")) for name in kind if name in present]
        if cells:
            theirs = pl.concat(cells).drop_nulls().unique()
            found += [
                wanted.select(KEYS, name).join(theirs, left_on=name, right_on="cell", how="semi").select(KEYS)
                for name in kind
            ]
    return found


def _written(rows: pl.LazyFrame, path: Path) -> int:
    rows.sink_parquet(path, sync_on_close="all")
    path.chmod(0o600)
    return _rows(pl.scan_parquet(path))


def _rows(table: pl.LazyFrame) -> int:
    return int(table.select(pl.len()).collect(engine="streaming").item())
