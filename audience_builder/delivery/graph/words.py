"""Meta's status codes in words, words that get an audience flagged, and when API versions end."""

import re
from datetime import date
from typing import Final

__all__ = ["delivery_words", "flagged_words", "operation_words", "version_advice"]

_OPERATION: Final = {
    0: "no status",
    100: "expiring: unused for two years, deleted 90 days after being marked",
    200: "normal",
    400: "warning",
    410: "nothing uploaded yet",
    411: "few of the people could be matched",
    412: "many entries of the last upload were invalid",
    414: "a replacement is under way",
    415: "the last replacement failed",
    **dict.fromkeys((431, 432, 433, 434), "a lookalike in the making or failed; see Ads Manager"),
    441: "being populated",
    450: "out of date",
    470: "other restriction",
    471: "flagged for its name or description",
    500: "error",
}
_DELIVERY: Final = {200: "ready", 300: "too small to be used"}
_UNUSABLE: Final = 400

_FLAGGED: Final = re.compile(
    r"(?<![a-z])("
    r"diabet\w*|cancer|hiv|asthma|depress\w*|anxiety|adhd|arthritis|obes\w*|pregnan\w*|fertility|"
    r"addict\w*|disab\w*|disease\w*|illness\w*|patient\w*|medical|medicine|medication\w*|health\w*|"
    r"therap\w*|diagnos\w*|surgery|prescription\w*|symptom\w*|"
    r"credit|loan\w*|mortgage\w*|debt\w*|income|salar(?:y|ies)|bankrupt\w*|insolven\w*|wealth\w*|"
    r"net[ _-]worth|financ\w*|invest\w*|poor|rich|low[ _-]earn\w*|high[ _-]earn\w*"
    r")(?![a-z])",
    re.IGNORECASE,
)

_ENDS: Final = {
    22: date(2026, 2, 19),
    23: date(2026, 6, 9),
    24: date(2026, 10, 6),
}
"""Marketing API versions with a known end (marketing-api-changelog/versions)."""
_MAY_END: Final = {25: date(2026, 10, 27)}
"""Versions that may be switched off from this day: 90 days after their successor came out."""


def operation_words(code: int | None) -> str:
    """``operation_status.code`` in words.

    >>> operation_words(411)
    'few of the people could be matched'
    """
    return "unknown" if code is None else _OPERATION.get(code, f"status {code}")


def delivery_words(code: int | None) -> str:
    """``delivery_status.code`` in words."""
    if code is None:
        return "unknown"
    return _DELIVERY.get(code, "not usable" if code >= _UNUSABLE else f"status {code}")


def flagged_words(text: str) -> tuple[str, ...]:
    """Words that suggest somebody's health or finances; Meta blocks audiences named so since 2025-09-02.

    >>> flagged_words("Diabetes newsletter, high income"), flagged_words("Seed 2026-11")
    (('diabetes', 'income'), ())
    """
    return tuple(dict.fromkeys(match.group(1).lower() for match in _FLAGGED.finditer(text)))


def version_advice(version: str, today: date) -> tuple[str, bool, bool]:
    """What to know about an API version: words, whether it works, whether it is safe to rely on."""
    major = int(version.lstrip("v").partition(".")[0])
    end = _ENDS.get(major)
    if major < min(_ENDS) or (end is not None and today >= end):
        return f"{version} of the Marketing API has ended; set a newer one.", False, False
    if end is not None:
        return f"{version} of the Marketing API ends on {end}; set a newer one before.", True, False
    may_end = _MAY_END.get(major)
    if may_end is not None:
        return f"{version} of the Marketing API may end any day from {may_end}; set a newer one.", True, False
    return f"{version} has no announced end.", True, True
