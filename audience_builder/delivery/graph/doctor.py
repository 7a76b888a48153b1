"""Everything that can be known before an upload, one check at a time."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final

from audience_builder.delivery.graph.settings import TOKEN_VARIABLE, GraphSettings
from audience_builder.delivery.graph.words import flagged_words, version_advice
from audience_builder.delivery.wire import Check, Health, Level, RemoteAudience
from audience_builder.errors import AudienceBuilderError, DeliveryError, NotAuthorised

__all__ = ["account_checks", "audience_checks", "name_check", "token_checks", "unseen", "version_check"]

Reader = Callable[[str, Mapping[str, str]], Mapping[str, object]]
"""Reads one node or edge of the Graph API."""

_SOON: Final = timedelta(days=14)
_SCOPE: Final = "ads_management"
_TERMS: Final = "https://business.facebook.com/ads/manage/customaudiences/tos/?act="
_VALUE_TERMS: Final = "https://www.facebook.com/customaudiences/value_based/tos.php?act="


def _ok(name: str, advice: str) -> Check:
    return Check(name=name, level=Level.OK, advice=advice)


def _warn(name: str, advice: str) -> Check:
    return Check(name=name, level=Level.WARN, advice=advice)


def _fail(name: str, advice: str) -> Check:
    return Check(name=name, level=Level.FAIL, advice=advice)


def token_checks(read: Reader, settings: GraphSettings, now: datetime) -> list[Check]:
    """Whether there is a token, whether it is valid and until when, and what it may do."""
    present = _ok("token present", f"{TOKEN_VARIABLE} is set.")
    try:
        read("me", {"fields": "id"})
    except NotAuthorised as refusal:
        return [present, _fail("token valid", str(refusal))]
    except AudienceBuilderError as trouble:
        return [present, _warn("token valid", f"It could not be checked. {trouble}")]
    checks = [present, _ok("token valid", "Meta accepts it.")]
    try:
        data = read("debug_token", {"input_token": settings.token}).get("data")
    except AudienceBuilderError:
        data = None
    if not isinstance(data, Mapping):
        return [*checks, _warn("token expiry", "Meta did not say when the token ends or what it may do.")]
    return [*checks, _expiry(data, now), _scopes(data)]


def _expiry(data: Mapping[str, object], now: datetime) -> Check:
    name = "token expiry"
    ends = data.get("expires_at")
    if not isinstance(ends, int) or ends == 0:
        return _ok(name, "It does not end.")
    moment = datetime.fromtimestamp(ends, UTC)
    if moment <= now:
        return _fail(name, f"It ended on {moment:%Y-%m-%d}. Make a new token.")
    if moment - now < _SOON:
        return _warn(name, f"It ends on {moment:%Y-%m-%d}. Make a new one before that.")
    return _ok(name, f"It ends on {moment:%Y-%m-%d}.")


def _scopes(data: Mapping[str, object]) -> Check:
    scopes = data.get("scopes")
    granted = [str(scope) for scope in scopes] if isinstance(scopes, list) else []
    if _SCOPE in granted:
        return _ok("token permissions", f"It has {_SCOPE}.")
    return _fail("token permissions", f"It lacks {_SCOPE}. Make a token with this permission.")


def account_checks(read: Reader, settings: GraphSettings, *, with_value: bool) -> list[Check]:
    """Whether the account answers and has accepted the terms of service."""
    try:
        account = read(settings.account, {"fields": "id,tos_accepted"})
    except AudienceBuilderError as trouble:
        return [_fail("account reachable", str(trouble))]
    checks = [_ok("account reachable", f"{settings.account} answers.")]
    accepted = account.get("tos_accepted")
    terms = accepted if isinstance(accepted, Mapping) else {}
    number = settings.account.removeprefix("act_")
    if terms.get("custom_audience_tos"):
        checks.append(_ok("terms of service", "The terms for custom audiences are accepted."))
    else:
        checks.append(_fail("terms of service", f"Accept them in a browser: {_TERMS}{number}"))
    if with_value:
        if terms.get("value_based_custom_audience_tos"):
            checks.append(_ok("value-based terms", "The terms for value-based audiences are accepted."))
        else:
            advice = f"Meta does not say whether they are accepted; if it refuses: {_VALUE_TERMS}{number}"
            checks.append(_warn("value-based terms", advice))
    return checks


def audience_checks(remote: RemoteAudience | None, health: Health, minimum_rows: int) -> list[Check]:
    """Whether the audience takes this upload and will be large enough."""
    if remote is None:
        checks = [_ok("audience exists", "There is none of this name yet; it will be made.")]
    else:
        checks = [_ok("audience exists", f"It has the id {remote.audience_id}."), *_remote_checks(remote, health)]
    if health.members_after is not None:
        checks.append(_size_check(health.members_after, minimum_rows))
    return checks


def unseen(trouble: DeliveryError) -> Check:
    """The audience could not be looked for."""
    return _warn("audience exists", f"It could not be looked for. {trouble}")


def name_check(name: str) -> Check:
    """Whether the name may get the audience flagged."""
    words = flagged_words(name)
    if words:
        advice = f'The name says "{", ".join(words)}": Meta may flag it. Choose a neutral name.'
        return _warn("audience name", advice)
    return _ok("audience name", "It is neutral.")


def _remote_checks(remote: RemoteAudience, health: Health) -> list[Check]:
    kind = "value-based" if remote.with_value else "without values"
    if remote.with_value == health.with_value:
        checks = [_ok("audience kind", f"It is {kind}, as the upload is.")]
    else:
        checks = [_fail("audience kind", f"It is {kind}, the upload is not. Choose another name.")]
    if remote.blocked:
        checks.append(_fail("audience flagged", remote.blocked))
    else:
        checks.append(_ok("audience flagged", "It is not."))
    if remote.busy:
        checks.append(_warn("operation status", f"Wait: {remote.operation}."))
    elif remote.warnings:
        checks.append(_warn("operation status", " ".join(remote.warnings)))
    else:
        checks.append(_ok("operation status", f"It is: {remote.operation}."))
    return checks


def _size_check(members: int, minimum: int) -> Check:
    if members < minimum:
        return _fail("size after this change", f"{members} members; Meta needs {minimum}.")
    return _ok("size after this change", f"{members} members; Meta needs {minimum}.")


def version_check(version: str, today: date, *, upgraded_by_meta: bool) -> Check:
    """Whether the API version still works and for how long."""
    advice, works, lasting = version_advice(version, today)
    if upgraded_by_meta:
        return _warn("API version", f"Meta answers with a newer version than {version}; set a newer one.")
    if not works:
        return _fail("API version", advice)
    return _ok("API version", advice) if lasting else _warn("API version", advice)
