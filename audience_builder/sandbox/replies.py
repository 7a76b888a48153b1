"""Error answers of the stand-in, with the codes Meta documents for them.

https://developers.facebook.com/documentation/ads-commerce/marketing-api/error-reference
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

__all__ = ["ApiError", "Reply", "json_reply", "refusal"]

_TRACE: Final = "SandboxTrace01"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One HTTP answer."""

    status: int
    body: bytes
    content_type: str = "application/json; charset=UTF-8"
    headers: Mapping[str, str] = field(default_factory=dict)


class ApiError(Exception):
    """The stand-in refuses a request as Meta does."""

    def __init__(self, code: int, subcode: int | None = None, message: str = "", *, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.subcode = subcode
        self.message = message
        self.status = status


def json_reply(content: Mapping[str, object], headers: Mapping[str, str] | None = None) -> Reply:
    """Status 200 with a JSON object."""
    return Reply(status=200, body=json.dumps(content).encode(), headers=headers or {})


def refusal(error: ApiError, headers: Mapping[str, str] | None = None, *, transient: bool = False) -> Reply:
    """The error object."""
    content: dict[str, object] = {
        "message": error.message or "Request refused by the sandbox",
        "type": "OAuthException",
        "code": error.code,
        "is_transient": transient,
        "fbtrace_id": _TRACE,
    }
    if error.subcode is not None:
        content["error_subcode"] = error.subcode
    body = json.dumps({"error": content}).encode()
    return Reply(status=error.status, body=body, headers=headers or {})
