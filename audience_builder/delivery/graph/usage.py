"""Meta's usage headers, read into one meter.

https://developers.facebook.com/documentation/ads-commerce/marketing-api/overview/rate-limiting:
``X-Business-Use-Case-Usage`` counts in percent and minutes, ``X-Ad-Account-Usage`` in percent and
seconds, ``X-App-Usage`` in percent.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Final

from audience_builder.delivery.wire import Usage

__all__ = ["account_block_seconds", "usage_of"]

_BUSINESS: Final = "x-business-use-case-usage"
_ACCOUNT: Final = "x-ad-account-usage"
_APP: Final = "x-app-usage"
_METERS: Final = ("call_count", "total_cputime", "total_time", "acc_id_util_pct")
_BLOCK_SECONDS: Final = 300.0
_FULL_TIER_BLOCK_SECONDS: Final = 60.0
_LIMITED_TIERS: Final = frozenset({"", "development_access", "limited_access"})


def usage_of(headers: Mapping[str, str]) -> Usage:
    """The fullest meter and the longest wait in the headers; damaged headers count as absent.

    >>> usage_of({"X-App-Usage": '{"call_count": 80, "total_time": 12, "total_cputime": 3}'}).percent
    80.0
    """
    records = [record for name in (_BUSINESS, _ACCOUNT, _APP) for record in _records(headers, name)]
    percents = [_number(record.get(meter)) for record in records for meter in _METERS]
    minutes = [_number(record.get("estimated_time_to_regain_access")) for record in records]
    return Usage(percent=max(percents, default=0.0), regain_seconds=60.0 * max(minutes, default=0.0))


def account_block_seconds(headers: Mapping[str, str]) -> float:
    """How long the ad account's score limit blocks: as the header says, else by access tier."""
    records = list(_records(headers, _ACCOUNT))
    told = max((_number(record.get("reset_time_duration")) for record in records), default=0.0)
    if told:
        return told
    tiers = {str(record.get("ads_api_access_tier") or "") for record in records} or {""}
    return _BLOCK_SECONDS if tiers <= _LIMITED_TIERS else _FULL_TIER_BLOCK_SECONDS


def _records(headers: Mapping[str, str], wanted: str) -> Iterator[Mapping[str, object]]:
    for name, text in headers.items():
        if name.lower() != wanted:
            continue
        try:
            content = json.loads(text)
        except ValueError:
            continue
        if isinstance(content, dict):
            nested = [item for part in content.values() if isinstance(part, list) for item in part]
            yield from (record for record in (content, *nested) if isinstance(record, dict))


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0
