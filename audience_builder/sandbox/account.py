"""One ad account of the stand-in: audiences, their real members, upload sessions, lookalikes."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from audience_builder.hashing import text_sha256
from audience_builder.sandbox.cells import STRONG, VALUE_KEY, checked, checked_schema
from audience_builder.sandbox.replies import ApiError

__all__ = ["Account", "Audience", "Keys"]

Keys = frozenset[tuple[str, str]]
"""A member: its match keys with their cells."""

SESSION_SECONDS: Final = 90 * 60.0
_MAX_AUDIENCES: Final = 500
_MAX_SESSION: Final = 2**63 - 1
_RETENTION: Final = range(1, 181)
_SOURCES: Final = ("USER_PROVIDED_ONLY", "PARTNER_PROVIDED_ONLY", "BOTH_USER_AND_PARTNER_PROVIDED")
_FLAG_WORDS: Final = re.compile(
    r"\b(diabet\w*|cancer|depress\w*|pregnan\w*|patient\w*|credit|loan\w*|debt\w*|income|bankrupt\w*)\b",
    re.IGNORECASE,
)
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_LOOKALIKE_TYPES: Final = ("similarity", "reach", "custom_ratio")


@dataclass(slots=True, kw_only=True)
class Audience:
    """An audience and who is in it."""

    audience_id: str
    name: str
    subtype: str
    with_value: bool = False
    flagged: bool = False
    uploaded: bool = False
    replacing: int | None = None
    members: dict[Keys, float | None] = field(default_factory=dict)
    index: dict[tuple[str, str], set[Keys]] = field(default_factory=dict)
    origin: str | None = None
    spec: Mapping[str, object] = field(default_factory=dict)

    def put(self, keys: Keys, value: float | None) -> None:
        """Add a member, or give it another value."""
        self.members[keys] = value
        for pair in keys:
            if pair[0] in STRONG:
                self.index.setdefault(pair, set()).add(keys)

    def matches(self, keys: Keys) -> set[Keys]:
        """Members that share an identifier: whom a removal with these keys takes out."""
        return {member for pair in keys for member in self.index.get(pair, ())}

    def drop(self, member: Keys) -> None:
        """Take a member out."""
        self.members.pop(member, None)
        for pair in member:
            self.index.get(pair, set()).discard(member)

    def clear(self) -> None:
        """Take everybody out."""
        self.members.clear()
        self.index.clear()


@dataclass(slots=True, kw_only=True)
class UploadSession:
    """An upload session."""

    audience_id: str
    edge: str
    opened_at: float
    schema: tuple[str, ...]
    bodies: dict[int, str] = field(default_factory=dict)
    received: int = 0
    invalid: int = 0
    finished: bool = False
    announced: int | None = None


@dataclass(slots=True, kw_only=True)
class Account:
    """Everything the stand-in remembers.

    Args:
        account: ``act_`` and a number.
        clock: Seconds since the epoch.
        minimum: Members below which removals are refused and lookalikes not made.
        known: For each key the digests that are right for the people of a rehearsal.
        terms: Which terms of service are accepted.
    """

    account: str
    clock: Callable[[], float]
    minimum: int = 100
    known: Mapping[str, frozenset[str]] | None = None
    terms: dict[str, int] = field(default_factory=lambda: {"custom_audience_tos": 1})
    audiences: dict[str, Audience] = field(default_factory=dict)
    sessions: dict[int, UploadSession] = field(default_factory=dict)
    findings: Counter[str] = field(default_factory=Counter)

    # Audiences

    def create(self, params: Mapping[str, object]) -> dict[str, object]:
        """Make a customer list or a lookalike."""
        name = params.get("name")
        if not isinstance(name, str) or not name:
            raise ApiError(100, None, "Missing required parameter: name")
        subtype = params.get("subtype")
        if subtype == "LOOKALIKE":
            made = self._lookalike(name, params)
        elif subtype == "CUSTOM":
            made = self._customer_list(name, params)
        else:
            raise ApiError(100, None, "Missing or unknown subtype")
        self.audiences[made.audience_id] = made
        return {"id": made.audience_id}

    def _next_id(self) -> str:
        return str(23850000000000000 + len(self.audiences) + 1)

    def _customer_list(self, name: str, params: Mapping[str, object]) -> Audience:
        if not self.terms.get("custom_audience_tos"):
            raise ApiError(200, 1870090, "Terms of service not accepted", status=403)
        if params.get("customer_file_source") not in _SOURCES:
            raise ApiError(100, None, "Missing required parameter: customer_file_source")
        days = params.get("retention_days")
        if days is not None and (not str(days).isdigit() or int(str(days)) not in _RETENTION):
            raise ApiError(100, None, "retention_days is out of range")
        if len(self.audiences) >= _MAX_AUDIENCES:
            raise ApiError(100, None, "Too many audiences")
        texts = f"{name} {params.get('description') or ''}"
        return Audience(
            audience_id=self._next_id(),
            name=name,
            subtype="CUSTOM",
            with_value=params.get("is_value_based") in (True, 1, "true", "1"),
            flagged=_FLAG_WORDS.search(texts) is not None,
        )

    def _lookalike(self, name: str, params: Mapping[str, object]) -> Audience:
        seed = self.audiences.get(str(params.get("origin_audience_id")))
        spec = params.get("lookalike_spec")
        if seed is None or not isinstance(spec, Mapping):
            raise ApiError(100, None, "The seed is missing or the specification is not an object")
        if seed.flagged:
            raise ApiError(100, 1713232, "The seed is flagged")
        if len(seed.members) < self.minimum:
            raise ApiError(100, None, "The seed is too small")
        ratio, start = spec.get("ratio"), spec.get("starting_ratio", 0)
        steps = [round(part * 100, 6) if isinstance(part, int | float) else -1.0 for part in (ratio, start)]
        sound = all(step == int(step) for step in steps) and 0 <= steps[1] < steps[0] <= 20  # noqa: PLR2004 percent
        country = spec.get("country")
        if not sound or not isinstance(country, str) or not _COUNTRY.fullmatch(country):
            raise ApiError(100, None, "The ratio or country of the lookalike is wrong")
        kind = spec.get("type")
        if kind not in _LOOKALIKE_TYPES or (seed.with_value and kind != "custom_ratio"):
            raise ApiError(100, None, "The type of the lookalike is wrong")
        return Audience(audience_id=self._next_id(), name=name, subtype="LOOKALIKE", origin=seed.audience_id, spec=spec)

    def delete(self, audience_id: str) -> dict[str, object]:
        """Delete an audience that no lookalike grows from."""
        audience = self.audience(audience_id)
        if any(other.origin == audience.audience_id for other in self.audiences.values()):
            raise ApiError(2656, None, "The audience is the seed of a lookalike")
        del self.audiences[audience_id]
        return {"success": True}

    def audience(self, audience_id: str) -> Audience:
        """An audience by id."""
        if audience_id not in self.audiences:
            raise ApiError(100, 33, "Unsupported request: the object does not exist")
        return self.audiences[audience_id]

    def described(self, audience: Audience) -> dict[str, object]:
        """All fields of an audience."""
        self._expire(audience)
        size = len(audience.members)
        code = 200 if audience.uploaded or audience.subtype == "LOOKALIKE" else 410
        code = 414 if audience.replacing is not None else code
        content: dict[str, object] = {
            "id": audience.audience_id,
            "name": audience.name,
            "subtype": audience.subtype,
            "is_value_based": audience.with_value,
            "operation_status": {"code": 471 if audience.flagged else code, "description": "Sandbox"},
            "delivery_status": {"code": 200 if size >= self.minimum else 300, "description": "Sandbox"},
            "approximate_count_lower_bound": size // 100 * 100,
            "approximate_count_upper_bound": size // 100 * 100 + 99,
        }
        if audience.flagged:
            content["fields_violating_integrity_policy"] = ["name"]
        return content

    # People

    def upload(self, audience_id: str, edge: str, params: Mapping[str, object], *, removing: bool) -> dict[str, object]:
        """Take a batch for one audience."""
        audience = self.audience(audience_id)
        self._expire(audience)
        if audience.subtype != "CUSTOM":
            raise ApiError(2650, None, "Not a customer list")
        if audience.flagged:
            raise ApiError(100, 1713230, "The audience is flagged")
        schema, data = self._payload(params)
        if not removing and (VALUE_KEY in schema) != audience.with_value:
            raise ApiError(100, None, "Values do not go with the kind of audience")
        result = checked(schema, data, self.known, removing=removing)
        session, sequence, repeated = self._session(audience, edge, params, schema)
        if self._late(session):
            self.findings["batches discarded after 90 minutes"] += 1
            return self._receipt(audience_id, params, session, 0)
        if removing:
            self._remove(audience, result.rows)
        elif edge == "usersreplace" and sequence == 1:
            audience.clear()
        if not removing:
            for keys, value in result.rows:
                audience.put(keys, value)
        audience.uploaded = True
        if not repeated:
            self.findings.update(result.findings)
            session.received += len(data) if isinstance(data, list) else 0
            session.invalid += result.invalid
        session.bodies[sequence] = _body_digest(params)
        self._finish(audience, session, params)
        return self._receipt(audience_id, params, session, result.invalid)

    def _remove(self, audience: Audience, rows: list[tuple[Keys, float | None]]) -> None:
        leaving = {member for keys, _ in rows for member in audience.matches(keys)}
        if leaving and len(audience.members) - len(leaving) < self.minimum:
            raise ApiError(200, 1870047, "The audience would be too small")
        for member in leaving:
            audience.drop(member)

    def erase(self, params: Mapping[str, object]) -> dict[str, object]:
        """Take people out of every customer list."""
        schema, data = self._payload(params)
        result = checked(schema, data, None, removing=True)
        for audience in self.audiences.values():
            for keys, _ in result.rows:
                for member in audience.matches(keys):
                    audience.drop(member)
        received = len(data) if isinstance(data, list) else 0
        return {"id": self.account, "num_received": received, "num_invalid_entries": result.invalid}

    def _payload(self, params: Mapping[str, object]) -> tuple[tuple[str, ...], object]:
        payload = params.get("payload")
        if payload is None:
            raise ApiError(100, None, "Missing required parameter: payload")
        if not isinstance(payload, Mapping):
            raise ApiError(194, None, "The payload cannot be decoded")
        if isinstance(payload.get("schema"), str):
            raise ApiError(2650, None, "String and array schemas do not mix")
        return checked_schema(payload.get("schema")), payload.get("data")

    # Sessions

    def _session(
        self, audience: Audience, edge: str, params: Mapping[str, object], schema: tuple[str, ...]
    ) -> tuple[UploadSession, int, bool]:
        """The session, the batch's place in it, and whether the batch was there before."""
        number, sequence = _numbers(params)
        session = self.sessions.get(number)
        if session is None:
            if sequence != 1:
                raise ApiError(2650, 1870147, "The first batch was not seen")
            session = self._opened(audience, edge, params, schema)
            self.sessions[number] = session
            audience.replacing = number if edge == "usersreplace" else None
            return session, sequence, False
        if (session.audience_id, session.edge) != (audience.audience_id, edge):
            raise ApiError(100, None, "The session number was used before")
        if sequence in session.bodies:
            if edge == "usersreplace" and sequence == 1:
                raise ApiError(2650, 1870145, "The replacement has begun already")
            if session.bodies[sequence] != _body_digest(params):
                raise ApiError(100, None, "The batch differs from the one sent under this number before")
            return session, sequence, True
        self._check_open(session, schema)
        if sequence != max(session.bodies, default=0) + 1:
            raise ApiError(100, None, "batch_seq leaves a gap")
        return session, sequence, False

    def _check_open(self, session: UploadSession, schema: tuple[str, ...]) -> None:
        if session.finished:
            raise ApiError(2650, 1870159, "The session has finished")
        if session.edge == "usersreplace" and self._late(session):
            raise ApiError(2650, 1870158, "The replacement has timed out")
        if session.edge == "usersreplace" and session.schema != schema:
            raise ApiError(2650, None, "The schema changed within the session")

    def _opened(
        self, audience: Audience, edge: str, params: Mapping[str, object], schema: tuple[str, ...]
    ) -> UploadSession:
        if audience.replacing is not None:
            raise ApiError(2650, 1870145, "A replacement is under way")
        if edge == "usersreplace" and not audience.uploaded:
            raise ApiError(2650, 1870148, "The audience is not in the state normal")
        told = params.get("session")
        announced = told.get("estimated_num_total") if isinstance(told, Mapping) else None
        return UploadSession(
            audience_id=audience.audience_id,
            edge=edge,
            opened_at=self.clock(),
            schema=schema,
            announced=announced if isinstance(announced, int) else None,
        )

    def _late(self, session: UploadSession) -> bool:
        return self.clock() - session.opened_at > SESSION_SECONDS

    def end_replacements(self) -> None:
        """Every replacement under way ends here, with the people it has so far."""
        for audience in self.audiences.values():
            if audience.replacing is not None:
                self.sessions[audience.replacing].finished = True
                audience.replacing = None

    def _expire(self, audience: Audience) -> None:
        if audience.replacing is not None and self._late(self.sessions[audience.replacing]):
            self.sessions[audience.replacing].finished = True
            audience.replacing = None

    def _finish(self, audience: Audience, session: UploadSession, params: Mapping[str, object]) -> None:
        told = params.get("session")
        if isinstance(told, Mapping) and told.get("last_batch_flag") is True:
            session.finished = True
            audience.replacing = None
            if session.announced not in (None, session.received):
                self.findings["sessions whose announced total was wrong"] += 1

    def _receipt(
        self, audience_id: str, params: Mapping[str, object], session: UploadSession, invalid: int
    ) -> dict[str, object]:
        told = params.get("session")
        number = told.get("session_id") if isinstance(told, Mapping) else None
        return {
            "audience_id": audience_id,
            "session_id": str(number) if len(session.bodies) % 2 else number,
            "num_received": session.received,
            "num_invalid_entries": invalid,
            "invalid_entry_samples": [] if len(session.bodies) % 2 else {},
            "subscription_info": [],
        }

    def session_list(self, audience_id: str, number: int) -> dict[str, object]:
        """The ``sessions`` edge."""
        session = self.sessions.get(number)
        if session is None or session.audience_id != audience_id:
            return {"data": []}
        entry = {
            "session_id": str(number),
            "num_received": session.received,
            "num_matched": -1,
            "num_invalid_entries": session.invalid,
            "stage": "post_processing" if session.finished else "uploading",
        }
        return {"data": [entry]}


def _numbers(params: Mapping[str, object]) -> tuple[int, int]:
    """Session number and place of the batch."""
    told = params.get("session")
    told = told if isinstance(told, Mapping) else {}
    number, sequence = told.get("session_id"), told.get("batch_seq")
    if type(number) is not int or not 0 < number <= _MAX_SESSION:
        raise ApiError(100, None, "session_id is not a positive 64-bit integer")
    if type(sequence) is not int or sequence < 1:
        raise ApiError(100, None, "batch_seq is not a positive integer")
    return number, sequence


def _body_digest(params: Mapping[str, object]) -> str:
    return text_sha256(repr((params.get("payload"), params.get("method"))))
