"""What an upload did, or would do."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from audience_builder.delivery.brakes import Tripped
from audience_builder.delivery.wire import Lookalike, SessionReport

__all__ = ["Binding", "Rehearsal", "UploadResult"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadResult:
    """What an upload did, or in a dry run would do.

    Args:
        audience_id: The platform's id, None where a dry run has none.
        added: People added, counting those whose identifiers changed.
        removed: People removed, likewise.
        revalued: Members sent again because their value left its bucket or their delivery was uncertain.
        unchanged: Members that needed nothing.
        not_removed: People the platform kept because too few would be left; the next run tries again.
        rejected_by_platform: Rows the platform could not use.
        requests: Requests that carried people, repeated ones included.
        members: Members acknowledged now.
        duplicates: Rows left out because another row had the same match keys.
        erased: Rows left out because the person had themselves erased.
        removal_reasons: Removals by reason.
        sessions: What the platform says of each upload session.
        lookalikes: Lookalikes made or waiting for the seed.
        warnings: What the user should know, one sentence each.
        preview: In a dry run, the first request with people made unrecognisable.
        dry_run: Whether nothing was sent on purpose.
    """

    audience_id: str | None
    added: int
    removed: int
    revalued: int
    unchanged: int
    not_removed: int = 0
    rejected_by_platform: int = 0
    requests: int = 0
    members: int = 0
    duplicates: int = 0
    erased: int = 0
    removal_reasons: Mapping[str, int] = field(default_factory=dict)
    sessions: tuple[SessionReport, ...] = ()
    lookalikes: tuple[Lookalike, ...] = ()
    warnings: tuple[str, ...] = ()
    preview: Mapping[str, object] | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """What a plan was made from, so that it is carried out as it stands or not at all.

    Args:
        wanted: Digest of the wanted people, their match keys and values.
        record: Digest of what was on record as sent and acknowledged.
    """

    wanted: str
    record: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """An upload thought through, nobody asked and nothing sent.

    Args:
        result: What would be sent.
        tripped: The brakes that stand in the way.
        requests: Requests it would take.
        seconds: How long they would take.
        binding: What the plan was made from.
    """

    result: UploadResult
    tripped: tuple[Tripped, ...]
    requests: int
    seconds: float
    binding: Binding
