"""Faults to rehearse: what goes wrong, on which edge, at which call, and how often."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from audience_builder.sandbox.replies import ApiError, Reply, refusal

__all__ = ["AFTER", "Fault", "Kind", "faulty_reply"]


class Kind(StrEnum):
    """What goes wrong."""

    SERVER_ERROR = "500 before applying"
    SERVER_ERROR_AFTER = "500 after applying"
    UNAVAILABLE = "503 before applying"
    BAD_GATEWAY = "502 HTML before applying"
    BAD_GATEWAY_AFTER = "502 HTML after applying"
    TOO_LONG = "414 HTML"
    EMPTY = "200 without a body"
    TRUNCATED = "200 with half the JSON, after applying"
    RESET_BEFORE = "connection reset before applying"
    RESET_AFTER = "connection reset after applying"
    SLOW = "slow answer"
    TRANSIENT = "transient error"
    UNKNOWN = "unknown error"
    THROTTLED = "business use case limit"
    ACCOUNT_THROTTLED = "ad account limit"
    APP_THROTTLED = "app limit"
    ABUSE = "abuse prevention"
    FRESH_ALIAS = "audience not known yet"
    EXPIRED_TOKEN = "expired token"  # noqa: S105  a fault, not a token
    NO_PERMISSION = "no permission"
    TERMS = "terms of service not accepted"
    FLAGGED = "flagged audience"
    BLOCKED = "action blocked"
    OLD_VERSION = "deprecated version"
    IN_PROGRESS = "update in progress"
    TIMED_OUT = "replace timed out"
    FINISHED = "session finished"
    TOO_SMALL = "audience would be too small"
    INVALID_ENTRIES = "invalid entries"
    FEWER_RECEIVED = "fewer rows received"


AFTER: Final = frozenset(
    {
        Kind.SERVER_ERROR_AFTER,
        Kind.BAD_GATEWAY_AFTER,
        Kind.TRUNCATED,
        Kind.RESET_AFTER,
        Kind.SLOW,
        Kind.INVALID_ENTRIES,
        Kind.FEWER_RECEIVED,
    }
)
"""Faults that strike once the request has taken effect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault.

    Args:
        kind: What goes wrong.
        edge: ``users``, ``usersreplace``, ``customaudiences``, ``sessions``; empty for a node itself.
        at: From which call of that edge and method on, counted from 1.
        times: How many calls in a row.
        method: HTTP method; a removal is a POST.
        seconds: How slow (`Kind.SLOW`).
        rows: How many rows (`Kind.INVALID_ENTRIES`, `Kind.FEWER_RECEIVED`).
    """

    kind: Kind
    edge: str = "users"
    at: int = 1
    times: int = 1
    method: str = "POST"
    seconds: float = 0.05
    rows: int = 1

    def strikes(self, method: str, edge: str, call: int) -> bool:
        """Whether it strikes this call."""
        return (method, edge) == (self.method, self.edge) and self.at <= call < self.at + self.times


_PAGE: Final = b"<html><body><h1>Bad success Gateway</h1></body></html>"
_ERRORS: Final[Mapping[Kind, tuple[int, int | None, int]]] = {
    Kind.SERVER_ERROR: (2, None, 500),
    Kind.SERVER_ERROR_AFTER: (2, None, 500),
    Kind.UNAVAILABLE: (2, None, 503),
    Kind.UNKNOWN: (1, None, 400),
    Kind.TRANSIENT: (-3, None, 400),
    Kind.THROTTLED: (80003, 2446079, 400),
    Kind.ACCOUNT_THROTTLED: (17, 2446079, 400),
    Kind.APP_THROTTLED: (4, None, 400),
    Kind.ABUSE: (613, None, 400),
    Kind.FRESH_ALIAS: (803, None, 404),
    Kind.EXPIRED_TOKEN: (190, 463, 401),
    Kind.NO_PERMISSION: (200, None, 403),
    Kind.TERMS: (200, 1870090, 403),
    Kind.FLAGGED: (100, 1713230, 400),
    Kind.BLOCKED: (368, None, 400),
    Kind.OLD_VERSION: (2635, None, 400),
    Kind.IN_PROGRESS: (2650, 1870145, 400),
    Kind.TIMED_OUT: (2650, 1870158, 400),
    Kind.FINISHED: (2650, 1870159, 400),
    Kind.TOO_SMALL: (200, 1870047, 400),
}
_HTML: Final = {Kind.BAD_GATEWAY: 502, Kind.BAD_GATEWAY_AFTER: 502, Kind.TOO_LONG: 414}
_USAGE: Final = {
    "type": "custom_audience",
    "call_count": 100,
    "total_cputime": 25,
    "total_time": 25,
    "estimated_time_to_regain_access": 2,
    "ads_api_access_tier": "standard_access",
}


def faulty_reply(fault: Fault, normal: Reply | None) -> Reply | None:
    """What is answered instead of the normal reply; None resets the connection."""
    kind = fault.kind
    reply = normal
    if kind in (Kind.RESET_BEFORE, Kind.RESET_AFTER):
        reply = None
    elif kind in _HTML:
        reply = Reply(status=_HTML[kind], body=_PAGE, content_type="text/html")
    elif kind is Kind.EMPTY:
        reply = Reply(status=200, body=b"")
    elif kind in _ERRORS:
        code, subcode, status = _ERRORS[kind]
        headers = {"X-Business-Use-Case-Usage": json.dumps({"1": [_USAGE]})} if kind is Kind.THROTTLED else {}
        error = ApiError(code, subcode, "Injected fault", status=status)
        reply = refusal(error, headers, transient=kind is Kind.TRANSIENT)
    elif normal is not None and kind is Kind.TRUNCATED:
        reply = Reply(status=200, body=normal.body[: len(normal.body) // 2])
    elif normal is not None and kind in (Kind.INVALID_ENTRIES, Kind.FEWER_RECEIVED):
        reply = _miscounted(fault, normal)
    return reply


def _miscounted(fault: Fault, normal: Reply) -> Reply:
    content = json.loads(normal.body)
    if fault.kind is Kind.INVALID_ENTRIES and "num_invalid_entries" in content:
        content["num_invalid_entries"] += fault.rows
        content["invalid_entry_samples"] = ["the platform may echo people here"]
    elif "num_received" in content:
        content["num_received"] -= fault.rows
    return Reply(status=normal.status, body=json.dumps(content).encode(), headers=normal.headers)
