"""Wanted membership against acknowledged membership: what has to be sent, and the brakes on it.

Phases, in sending order: ``add`` (new people and new values), ``remove``, ``mend``. Additions go
first so that the audience does not dip below the platform's minimum on the way. A removal takes out
whoever carries its identifiers, so people who stay and share one with somebody who goes (a household's
phone, the same person with a new address) are sent after the removals, in ``mend``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import polars as pl

from audience_builder.delivery.membership import BUCKET, KEYS, PERSON, Layout
from audience_builder.delivery.wire import Action
from audience_builder.errors import BrakeError

__all__ = ["GONE", "REKEYED", "Brakes", "Mode", "Plan", "compare", "replacement"]

Mode = Literal["mirror", "add", "replace"]
"""``mirror``: exactly the wanted people; ``add``: nobody is removed; ``replace``: the list is swapped."""

GONE: Final = "gone from the source"
REKEYED: Final = "identifier changed"

_WAS: Final = "was"
_MEMBER: Final = "member"
_CHANGE: Final = "change"
_ADDED: Final = "added"
_REVALUED: Final = "revalued"
_UNCHANGED: Final = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Brakes:
    """Limits past which nothing is sent.

    Args:
        max_removed_share: Removals, as a share of the acknowledged members.
        max_growth_share: Additions, likewise.
        minimum_rows: Members after the change; None takes the platform's own minimum.
    """

    max_removed_share: float | None = 0.5
    max_growth_share: float | None = None
    minimum_rows: int | None = None

    def check(self, plan: "Plan", *, platform_minimum: int) -> None:
        """Stop a plan that goes too far.

        Raises:
            BrakeError: Too many leave, too many come, or too few stay.
        """
        minimum = platform_minimum if self.minimum_rows is None else self.minimum_rows
        if plan.members_after < minimum:
            raise BrakeError(
                "The audience would be too small to be used.",
                f"It would have {plan.members_after} members; the platform needs {minimum}.",
                "Loosen the filters, or lower --min-members if the audience is to grow later.",
            )
        for share, count, what, setting in (
            (self.max_removed_share, plan.removed, "leave", "--max-removed"),
            (self.max_growth_share, plan.added, "join", "--max-growth"),
        ):
            if share is not None and plan.members_before and count > share * plan.members_before:
                raise BrakeError(
                    f"Unusually many people would {what}.",
                    f"{count} of {plan.members_before} members; the limit is {share:.0%}.",
                    f"Check the source files; if this is right, raise {setting}.",
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
    reasons: pl.DataFrame | None = None,
) -> Plan:
    """Work out additions, removals and new values, and write them to files.

    Args:
        wanted: ``person``, ``keys``, match-key columns, ``value``, ``bucket``.
        last: Acknowledged members, without ``value``.
        layout: The match-key columns of ``wanted``.
        into: Folder for the phases' files.
        mode: ``add`` leaves members that are not wanted where they are.
        reasons: ``person`` and ``reason`` of people known to have left.
    """
    unwanted = _written(_leaving(last, wanted), into / "remove.parquet")
    removed = 0 if mode == "add" else unwanted
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
        kept_unwanted=unwanted - removed,
        reasons=_reasons(into / "remove.parquet", wanted, reasons) if removed else {},
    )


def replacement(wanted: pl.LazyFrame, last: pl.LazyFrame, *, into: Path) -> Plan:
    """The whole wanted list in one phase, with the difference counted all the same."""
    tally = _tally(_judged(wanted, last))
    rows = _written(_outgoing(wanted), into / "replace.parquet")
    removed = _rows(last.join(wanted.select(KEYS), on=KEYS, how="anti"))
    return Plan(
        folder=into,
        phases=(("replace", Action.REPLACE, rows),),
        members_before=_rows(last),
        added=tally.get(_ADDED, 0),
        removed=removed,
        revalued=tally.get(_REVALUED, 0),
        unchanged=tally.get(_UNCHANGED, 0),
        reasons={GONE: removed} if removed else {},
    )


def _leaving(last: pl.LazyFrame, wanted: pl.LazyFrame) -> pl.LazyFrame:
    """Members that are not wanted, without the columns none of them fills."""
    gone = last.join(wanted.select(KEYS), on=KEYS, how="anti")
    filled = gone.select(pl.all().is_not_null().any()).collect(engine="streaming").row(0, named=True)
    return gone.select(name for name, any_value in filled.items() if any_value or name in {PERSON, KEYS})


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


def _reasons(removals: Path, wanted: pl.LazyFrame, known: pl.DataFrame | None) -> dict[str, int]:
    staying = wanted.select(PERSON, pl.lit(REKEYED).alias("changed"))
    left = known.select(PERSON, "reason").unique(PERSON) if known is not None else None
    reasons = left if left is not None else pl.DataFrame(schema={PERSON: pl.String, "reason": pl.String})
    counted = (
        pl.scan_parquet(removals)
        .select(PERSON)
        .join(staying, on=PERSON, how="left")
        .join(reasons.lazy(), on=PERSON, how="left")
        .select(pl.coalesce("changed", "reason", pl.lit(GONE)).alias("reason"))
        .group_by("reason")
        .agg(pl.len())
        .sort("reason")
    )
    return dict(counted.collect(engine="streaming").iter_rows())


def _written(rows: pl.LazyFrame, path: Path) -> int:
    rows.sink_parquet(path, sync_on_close="all")
    path.chmod(0o600)
    return _rows(pl.scan_parquet(path))


def _rows(table: pl.LazyFrame) -> int:
    return int(table.select(pl.len()).collect(engine="streaming").item())
