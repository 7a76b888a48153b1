"""Customers -> every platform's lists, their tallies and the manifest."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise

import polars as pl

from audience_builder import columns as c
from audience_builder.audiences import Audience, AudienceOptions, Seen, Slices
from audience_builder.clock import now
from audience_builder.contacts import ContactRules
from audience_builder.delivery.export import Parcel
from audience_builder.delivery.manifest import MANIFEST, manifest
from audience_builder.errors import ConfigError
from audience_builder.ranked import Ranked
from audience_builder.reporting.summary import ListSummary, Summary
from audience_builder.reporting.table import spreadsheet_safe
from audience_builder.spec import Platform
from audience_builder.worth import gate

__all__ = ["Lists", "Wrapping", "added", "check_forms", "fill", "forms_of", "seal", "told_of", "value_tiers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """Which lists are written.

    Args:
        platforms: Platform names.
        tiers: Lists by value where a platform takes none, the best first.
        plain: Normalised text instead of digests.
        with_value: Whether values go along where a platform takes them.
        forms: Match key -> another documented form.
        force: Whether an earlier export may be replaced.
    """

    platforms: tuple[str, ...]
    tiers: int = 1
    plain: bool = False
    with_value: bool = True
    forms: Mapping[str, str] = field(default_factory=dict)
    force: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapping:
    """What goes round the lists of an export.

    Args:
        client: Whose customers these are; a folder with another client's lists is never written to.
        shaped: Platform -> the platform with the match keys that may be written.
        files: Names of the files that ``finish`` writes.
        finish: Writes what goes with the lists, the manifest last, given the parcel, the summary and the
            customers in the lists; None for the manifest alone.
    """

    client: str | None = None
    shaped: Callable[[Platform], Platform] = lambda platform: platform
    files: tuple[str, ...] = ()
    finish: Callable[[Parcel, Summary, Slices], None] | None = None

    def close(self, parcel: Parcel, summary: Summary, customers: Slices, *, hashed: bool) -> None:
        """Write everything that is not a list."""
        if self.finish is None:
            seal(parcel, summary, kind="export", hashed=hashed, client=self.client, created_at=now())
        else:
            self.finish(parcel, summary, customers)


def fill(
    parcel: Parcel,
    customers: Ranked,
    rejects: pl.DataFrame,
    summary: Summary,
    contacts: ContactRules,
    lists: Lists,
    targets: list[Platform],
) -> Summary:
    """Put every platform's lists and the rejects into the parcel; return the whole summary.

    Raises:
        ConfigError: A form is asked for that none of the platforms has.
        DataError: The values cannot make a value-based list.
    """
    coverage: dict[str, Mapping[str, int]] = {}
    told: list[ListSummary] = []
    notes: list[str] = []
    for target in targets:
        takes_value = target.value_column is not None and lists.with_value
        if takes_value:
            notes += gate(customers.values)
        options = AudienceOptions(
            contacts=contacts, with_value=takes_value, for_file=True, forms=forms_of(target, lists)
        )
        tiers = 1 if takes_value or lists.tiers == 1 else lists.tiers
        seen = Seen()
        parts = [
            _write(parcel, part, target, options, lists, seen, tier if tiers > 1 else None)
            for tier, part in enumerate(_tiers(customers, tiers), start=1)
        ]
        coverage[target.name] = added(part.tally.coverage for part in parts)
        told.append(told_of(target, parts, target.notes))
    check_forms(targets, lists.forms)
    parcel.write_table("rejects.csv", spreadsheet_safe(rejects))
    return replace(
        summary, match_key_coverage=coverage, lists=tuple(told),
        notes=(*summary.notes, *dict.fromkeys(notes)),
        files=tuple({"name": one.name, "rows": one.rows, "bytes": one.bytes, "sha256": one.sha256,
                     "platform": one.platform, "tier": one.tier} for one in parcel.files),
    )  # fmt: skip


def seal(
    parcel: Parcel, summary: Summary, *, kind: str, hashed: bool, client: str | None, created_at: datetime | None
) -> None:  # fmt: skip
    """Write the manifest, the last of the files it tells of."""
    told = manifest(
        parcel.files, summary.document(), kind=kind, hashed=hashed, client=client, created_at=created_at
    )  # fmt: skip
    parcel.write_json(MANIFEST, told)


def _write(
    parcel: Parcel,
    customers: Ranked,
    target: Platform,
    options: AudienceOptions,
    lists: Lists,
    seen: Seen,
    tier: int | None,
) -> Audience:
    audience = Audience(customers, target, options, seen)
    rows: Iterator[pl.DataFrame] = audience.plain() if lists.plain else audience.hashed()
    parcel.write_list(target, rows, hashed=not lists.plain, with_value=options.with_value, tier=tier)
    return audience


def told_of(target: Platform, parts: list[Audience], of_platform: Sequence[str]) -> ListSummary:
    """What became of a platform's lists, added up over its tiers."""
    rows = sum(part.tally.rows for part in parts)
    notes = list(of_platform)
    smallest = min(part.tally.rows for part in parts)
    if smallest < target.minimum_rows:
        notes.append(
            f"{target.title} uses lists of at least {target.minimum_rows:,} people; the smallest here has {smallest:,}."
        )
    elif target.recommended_rows is not None and smallest < target.recommended_rows:
        notes.append(
            f"{target.title} advises at least {target.recommended_rows:,} people; the smallest list has {smallest:,}."
        )
    unusable: dict[str, dict[str, int]] = {}
    for part in parts:
        for key, reasons in part.tally.unusable.items():
            unusable[key] = added([unusable.get(key, {}), reasons])
    return ListSummary(
        platform=target.name,
        rules_version=target.rules_version,
        rules_checked=target.rules_checked.isoformat(),
        rules_url=target.rules_url,
        rows=rows,
        dropped_by_reason=added(part.tally.dropped for part in parts),
        unusable={key: _by_count(reasons) for key, reasons in unusable.items()},
        notes=tuple(notes),
    )


def _by_count(reasons: Mapping[str, int]) -> dict[str, int]:
    """The most frequent first; ties in the order of the alphabet, so that runs agree."""
    return dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0])))


def value_tiers(customers: pl.DataFrame, tiers: int) -> Iterator[pl.DataFrame]:
    """Equal numbers of customers by value, the best first; ties broken by customer so that runs agree."""
    ordered = customers.sort([c.VALUE, c.CUSTOMER_KEY], descending=[True, False], nulls_last=True)
    for start, end in _edges(ordered.height, tiers):
        yield ordered.slice(start, end - start)


def _tiers(customers: Ranked, tiers: int) -> Iterator[Ranked]:
    for start, end in _edges(customers.height, tiers):
        yield customers.part(start, end)


def _edges(customers: int, tiers: int) -> Iterable[tuple[int, int]]:
    return pairwise(round(customers * tier / tiers) for tier in range(tiers + 1))


def forms_of(target: Platform, lists: Lists) -> dict[str, str]:
    """The forms asked for that concern this platform's keys."""
    return {key: form for key, form in lists.forms.items() if target.match_key(key) is not None}


def check_forms(targets: list[Platform], forms: Mapping[str, str]) -> None:
    """Refuse forms of keys that none of the platforms has.

    Raises:
        ConfigError: There is such a form.
    """
    unknown = [key for key in forms if not any(target.match_key(key) for target in targets)]
    if unknown:
        raise ConfigError(
            f"--rules names no match key of these platforms: {', '.join(unknown)}.",
            "Nothing was written or sent.",
            "See audience-builder platforms NAME for the keys.",
        )


def added(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Counts of the same name added up."""
    total: dict[str, int] = {}
    for one in counts:
        for key, count in one.items():
            total[key] = total.get(key, 0) + count
    return total
