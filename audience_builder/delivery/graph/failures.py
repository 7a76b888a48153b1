"""Meta's error codes and what to do about each.

Decided on ``code`` and ``error_subcode``, never on the HTTP status or the text
(https://developers.facebook.com/documentation/ads-commerce/marketing-api/error-reference and the
"Troubleshooting" part of the custom-audience guide).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from audience_builder.delivery.graph.usage import account_block_seconds, usage_of
from audience_builder.delivery.wire import Outcome
from audience_builder.errors import DeliveryError, NotAuthorised, Rejected, TryAgain

__all__ = ["Failure", "failure_of", "trace_of", "unreadable", "verdict"]


_MINUTE_SECONDS: Final = 60.0


class _Wait(Enum):
    """Where the waiting time comes from."""

    OURS = "back-off only"
    MINUTE = "a minute"
    REGAIN = "regain"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What Meta's error object says, without its texts, which may echo the request."""

    status: int
    code: int | None = None
    subcode: int | None = None
    transient: bool = False
    trace: str = ""

    @property
    def found(self) -> str:
        """The codes, for people who have to look them up or ask Meta."""
        if self.code is None:
            return f"The answer had HTTP status {self.status} and no error code."
        code = f"{self.code}/{self.subcode}" if self.subcode else f"{self.code}"
        return f"Meta's error code is {code}." + (f" Trace id {self.trace}." if self.trace else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    kind: type[DeliveryError] | Outcome
    wrong: str = ""
    fix: str = ""
    wait: _Wait = _Wait.OURS


def _again(wrong: str, wait: _Wait = _Wait.OURS) -> _Rule:
    fix = "Run again later: the upload continues where it stopped."
    return _Rule(kind=TryAgain, wrong=wrong, fix=fix, wait=wait)


def _no(wrong: str, fix: str) -> _Rule:
    return _Rule(kind=Rejected, wrong=wrong, fix=fix)


def _denied(wrong: str, fix: str) -> _Rule:
    return _Rule(kind=NotAuthorised, wrong=wrong, fix=fix)


_BUSY = _again("Meta takes no more calls for now.", _Wait.REGAIN)
_SCORE = _again("The ad account's call limit is used up.", _Wait.ACCOUNT)
_FLAGGED = _no(
    "Meta has flagged the audience for its name or description and takes no people.",
    "Appeal in Ads Manager, or use another audience whose name says nothing about health or money.",
)
_TOKEN = _denied("Meta does not accept the access token.", "Make a new token and set META_ACCESS_TOKEN.")
_PERMISSION = _denied(
    "The access token may not do this.",
    "Give its owner the role to manage the ad account and the token the permission ads_management.",
)
_TERMS = _denied(
    "The terms of service for custom audiences are not accepted.",
    "Accept them in a browser: https://business.facebook.com/ads/manage/customaudiences/tos/?act={account}",
)
_BLOCKED = _no(
    "Meta has blocked this action for the account.",
    "Look for notices in Ads Manager and ask Meta's support; do not try again before.",
)
_OURS = _no(
    "Meta could not read the request.",
    "Please report this with the error code: it is a fault of this program.",
)
_UNKNOWN = _again("Meta had an unexplained error.")

_RULES: Final[Mapping[tuple[int, int | None], _Rule]] = {
    (1, None): _UNKNOWN,
    (2, None): _UNKNOWN,
    (5000, None): _UNKNOWN,
    (3910001, None): _UNKNOWN,
    (4, None): _again("The app's call limit is used up.", _Wait.MINUTE),
    (17, None): _SCORE,
    (613, 1487742): _SCORE,
    (613, None): _no(
        "Meta's abuse prevention has stopped these calls.",
        "Ask Meta's support before trying again.",
    ),
    **dict.fromkeys(((code, None) for code in (80000, 80003, 80004, 80014)), _BUSY),
    (100, 33): _denied(
        "The account or audience is not there for this token.",
        "Check the account number, and give the token's owner the role to manage the ad account.",
    ),
    **dict.fromkeys(((100, sub) for sub in (1713228, 1713230, 1713231, 1713232)), _FLAGGED),
    (100, None): _OURS,
    (105, None): _OURS,
    (194, None): _OURS,
    **dict.fromkeys(((code, None) for code in (102, 104, 190)), _TOKEN),
    **dict.fromkeys(((code, None) for code in (10, 200, 294, 2654)), _PERMISSION),
    (200, 1870034): _TERMS,
    (200, 1870090): _TERMS,
    (200, 1870050): _denied(
        "The ad account does not belong to a business.",
        "Link it to a business in Meta Business Suite.",
    ),
    (200, 1870047): _Rule(kind=Outcome.TOO_SMALL),
    **dict.fromkeys(((code, None) for code in (368, 1404078, 2859015)), _BLOCKED),
    (803, None): _no("The audience is not there.", "Check in Ads Manager whether it was deleted."),
    (2635, None): _no(
        "Meta no longer supports this version of its API.",
        "Set a newer API version, or upgrade audience-builder.",
    ),
    (2650, 1870144): _no("The audience is too large to be replaced.", "Use the mode mirror."),
    (2650, 1870145): _again("Another change of the audience is under way.", _Wait.MINUTE),
    (2650, 1870147): _no("Meta has not seen the first batch of the replacement.", "Run again."),
    (2650, 1870148): _again("Meta has not finished the last change.", _Wait.MINUTE),
    (2650, 1870158): _Rule(kind=Outcome.SESSION_OVER),
    (2650, 1870159): _Rule(kind=Outcome.SESSION_OVER),
    (2650, None): _no(
        "The audience was filled in another way and does not take these rows.",
        "Use another audience name, so that a new one is made.",
    ),
    (2656, None): _no(
        "The audience is the seed of a lookalike and cannot be deleted.",
        "Delete the lookalike first.",
    ),
}
_TERMS_SUBCODES: Final = frozenset({1870034, 1870090, 1870092})


def failure_of(status: int, body: object) -> Failure:
    """The error object of an answer; an answer without one gives only its status."""
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return Failure(status=status)
    return Failure(
        status=status,
        code=_integer(error.get("code")),
        subcode=_integer(error.get("error_subcode")),
        transient=error.get("is_transient") is True,
        trace=trace_of(error.get("fbtrace_id")),
    )


def trace_of(text: object) -> str:
    """Meta's name of a request, as an answer's header or error object gives it: what its support asks for."""
    return "".join(sign for sign in str(text or "")[:40] if sign.isascii() and (sign.isalnum() or sign in "_-/+="))


def verdict(failure: Failure, headers: Mapping[str, str], account: str) -> DeliveryError | Outcome:
    """What an error answer means for us."""
    rule = _rule(failure)
    if isinstance(rule.kind, Outcome):
        return rule.kind
    fix = rule.fix.format(account=account.removeprefix("act_"))
    if rule.kind is TryAgain:
        return TryAgain(rule.wrong, failure.found, fix, wait_seconds=_wait_seconds(rule.wait, headers))
    return rule.kind(rule.wrong, failure.found, fix)


def unreadable(status: int) -> TryAgain:
    """The answer was no JSON object with the field that confirms the change."""
    return TryAgain(
        "Meta's answer could not be read.",
        f"It had HTTP status {status} and did not confirm the change.",
        "Run again later: the upload continues where it stopped.",
    )


def _rule(failure: Failure) -> _Rule:
    if failure.code is None or failure.transient:
        return _UNKNOWN
    if failure.subcode in _TERMS_SUBCODES:
        return _TERMS
    exact = _RULES.get((failure.code, failure.subcode))
    rule = exact or _RULES.get((failure.code, None))
    if rule is not None:
        return rule
    if failure.status >= 500:  # noqa: PLR2004  any server error
        return _UNKNOWN
    return _no("Meta refused the request.", "Look the code up in Meta's error reference, or report it to us.")


def _wait_seconds(wait: _Wait, headers: Mapping[str, str]) -> float | None:
    if wait is _Wait.REGAIN:
        return usage_of(headers).regain_seconds or _MINUTE_SECONDS
    if wait is _Wait.ACCOUNT:
        return account_block_seconds(headers)
    return _MINUTE_SECONDS if wait is _Wait.MINUTE else None


def _integer(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
