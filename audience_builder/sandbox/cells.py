"""What Meta would count as an invalid entry, and what it would take and silently never match.

https://developers.facebook.com/documentation/ads-commerce/marketing-api/audiences/guides/custom-audiences
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from audience_builder.hashing import NON_VALUE_DIGESTS
from audience_builder.sandbox.replies import ApiError

__all__ = ["STRONG", "VALUE_KEY", "Checked", "checked", "checked_schema"]

VALUE_KEY: Final = "LOOKALIKE_VALUE"
HASHED: Final = frozenset(
    {"EMAIL", "PHONE", "GEN", "DOBY", "DOBM", "DOBD", "LN", "FN", "FI", "CT", "ST", "ZIP", "COUNTRY"}
)
PLAIN: Final = frozenset({"EXTERN_ID", "MADID", "APPUID", "PAGEUID"})
STRONG: Final = frozenset({"EMAIL", "PHONE", "EXTERN_ID", "MADID", "APPUID", "PAGEUID"})
OPTIONS: Final[Mapping[str, tuple[object, ...]]] = {
    "DATA_PROCESSING_OPTIONS": ([], ["LDU"]),
    "DATA_PROCESSING_OPTIONS_COUNTRY": (0, 1),
    "DATA_PROCESSING_OPTIONS_STATE": (0, 1000),
}
_REPEATABLE: Final = ("EMAIL", "PHONE")
_MAX_REPEATS: Final = 3
_MAX_ROWS: Final = 10_000
_CONSTANT_ALLOWED: Final = frozenset({"COUNTRY", "GEN", "ST"})
_CONSTANT_FROM: Final = 5
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_NUMBER: Final = re.compile(r"[0-9]+(\.[0-9]+)?")
_DATA_FAULT: Final = "Data is missing or does not match schema"


@dataclass(slots=True, kw_only=True)
class Checked:
    """A payload after inspection.

    Args:
        rows: Usable rows: the identifying cells, and the value if there is one.
        invalid: Rows Meta would count as invalid entries.
        findings: What is wrong or would never match, by description.
    """

    rows: list[tuple[frozenset[tuple[str, str]], float | None]] = field(default_factory=list)
    invalid: int = 0
    findings: Counter[str] = field(default_factory=Counter)


def checked_schema(schema: object) -> tuple[str, ...]:
    """The schema as a tuple of keys.

    Raises:
        ApiError: It is not a list of known keys.
    """
    if not isinstance(schema, list) or not schema or not all(isinstance(key, str) for key in schema):
        raise ApiError(100, None, "The schema is not an array of keys")
    unknown = [key for key in schema if key not in HASHED | PLAIN | set(OPTIONS) | {VALUE_KEY}]
    if unknown:
        raise ApiError(100, None, f"{len(unknown)} unknown schema keys")
    for key, times in Counter(schema).items():
        if times > (_MAX_REPEATS if key in _REPEATABLE else 1):
            raise ApiError(100, None, f"{key} is repeated {times} times")
    return tuple(schema)


def checked(
    schema: Sequence[str], data: object, known: Mapping[str, frozenset[str]] | None, *, removing: bool
) -> Checked:
    """Inspect all rows of a payload.

    Args:
        schema: The keys.
        data: One list of cells per person.
        known: For each key the digests that are right for the people of a rehearsal, where known.
        removing: Removals need no value.

    Raises:
        ApiError: The shape of the data is wrong.
    """
    if not isinstance(data, list) or not data:
        raise ApiError(100, None, _DATA_FAULT)
    if len(data) > _MAX_ROWS:
        raise ApiError(100, None, f"{len(data)} rows in one request")
    result = Checked()
    for row in data:
        if not isinstance(row, list) or len(row) != len(schema):
            raise ApiError(100, None, _DATA_FAULT)
        faults, keys, value = _row(schema, row, known or {})
        result.findings.update(faults)
        strong = any(key in STRONG for key, _ in keys)
        if not strong:
            result.findings["rows without an e-mail, phone or id"] += 1
        if any(fault.startswith("invalid") for fault in faults) or not strong:
            result.invalid += 1
        else:
            result.rows.append((keys, None if removing else value))
    result.findings.update(_columnwise(schema, data))
    return result


def _row(
    schema: Sequence[str], row: Sequence[object], known: Mapping[str, frozenset[str]]
) -> tuple[list[str], frozenset[tuple[str, str]], float | None]:
    faults: list[str] = []
    keys: set[tuple[str, str]] = set()
    value: float | None = None
    for key, cell in zip(schema, row, strict=True):
        if key == VALUE_KEY:
            value = _value(cell)
            faults += [] if value is not None else [f"invalid {VALUE_KEY}"]
        elif key in OPTIONS:
            faults += [] if cell in OPTIONS[key] else [f"invalid {key}"]
        elif not isinstance(cell, str):
            faults.append(f"invalid {key}: not a text")
        elif cell:
            faults += _cell(key, cell, known)
            keys.add((key, cell))
    return faults, frozenset(keys), value


def _cell(key: str, cell: str, known: Mapping[str, frozenset[str]]) -> list[str]:
    hashed = _DIGEST.fullmatch(cell) is not None
    if key in PLAIN:
        return [f"{key} is hashed"] if hashed else []
    if not hashed:
        return [f"invalid {key}: not a SHA-256 in lower-case hex"]
    if cell in NON_VALUE_DIGESTS:
        return [f"{key} is the hash of an empty value"]
    if key in known and cell not in known[key]:
        return [f"{key} is hashed from another form than the right one"]
    return []


def _value(cell: object) -> float | None:
    if isinstance(cell, bool):
        return None
    if isinstance(cell, str):
        return float(cell) if _NUMBER.fullmatch(cell) and float(cell) > 0 else None
    if isinstance(cell, int | float) and math.isfinite(cell) and cell > 0:
        return float(cell)
    return None


def _columnwise(schema: Sequence[str], data: Sequence[Sequence[object]]) -> Counter[str]:
    """Faults that only show across rows: one digest for everybody, two values for one person."""
    findings: Counter[str] = Counter()
    if len(data) >= _CONSTANT_FROM:
        for place, key in enumerate(schema):
            cells = {str(row[place]) for row in data}
            if len(cells) == 1 and cells != {""} and key not in OPTIONS and key not in _CONSTANT_ALLOWED:
                findings[f"{key} is the same for everybody"] += 1
    if VALUE_KEY in schema:
        place = schema.index(VALUE_KEY)
        values: dict[tuple[str, ...], object] = {}
        for row in data:
            person = tuple(str(cell) for spot, cell in enumerate(row) if spot != place)
            if values.setdefault(person, row[place]) != row[place]:
                findings["a person has two values in one request"] += 1
    return findings
