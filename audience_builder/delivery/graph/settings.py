"""Where and as whom to reach the Marketing API."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final
from urllib.parse import urlsplit

from audience_builder.errors import ConfigError, NotAuthorised
from audience_builder.loopback import is_loopback

__all__ = ["API_VERSION", "ENDPOINT_VARIABLE", "TOKEN_VARIABLE", "GraphSettings", "LimitedDataUse", "Source"]

API_VERSION: Final = "v26.0"
"""The one place that names it; https://developers.facebook.com/docs/graph-api/changelog/versions."""
ENDPOINT: Final = "https://graph.facebook.com"
ENDPOINT_VARIABLE: Final = "AUDIENCE_BUILDER_META_ENDPOINT"
TOKEN_VARIABLE: Final = "META_ACCESS_TOKEN"  # noqa: S105  the name of the variable, not a token
RETENTION_DAYS: Final = range(1, 181)

_ACCOUNT: Final = re.compile(r"act_[0-9]{1,20}")
_VERSION: Final = re.compile(r"v[0-9]{1,3}\.[0-9]")


class Source(Enum):
    """Who collected the data (``customer_file_source``)."""

    USER = "USER_PROVIDED_ONLY"
    PARTNER = "PARTNER_PROVIDED_ONLY"
    BOTH = "BOTH_USER_AND_PARTNER_PROVIDED"


class LimitedDataUse(Enum):
    """Limited Data Use for people in California: whether Meta finds out where they are, or is told.

    Values are the cells for country and state: 0 and 0 let Meta geolocate, 1 and 1000 say California
    (https://developers.facebook.com/docs/marketing-apis/data-processing-options).
    """

    GEOLOCATED = (0, 0)
    CALIFORNIA = (1, 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphSettings:
    """Account, token and options; the token never shows in ``repr``.

    Args:
        account: ``act_`` and the number of the ad account.
        token: Access token with ``ads_management``.
        endpoint: Root of the Graph API without a trailing slash.
        api_version: Version in the path.
        timeout_seconds: How long to wait for an answer.
        source: Who collected the data.
        description: Text kept with a new audience.
        retention_days: 1 to 180; None keeps people for good.
        limited_data_use: Asked for on every row, None for not at all.
        customer_consent: Sent along where given.

    Raises:
        ConfigError: A setting has the wrong form, or the endpoint is not safe.
    """

    account: str
    token: str = field(repr=False)
    endpoint: str = ENDPOINT
    api_version: str = API_VERSION
    timeout_seconds: float = 120.0
    source: Source = Source.USER
    description: str = "Customer list"
    retention_days: int | None = None
    limited_data_use: LimitedDataUse | None = None
    customer_consent: bool | None = None

    def __post_init__(self) -> None:
        if not _ACCOUNT.fullmatch(self.account):
            raise ConfigError(
                "The ad account is not written as Meta writes it.",
                f'It is "{self.account}".',
                "Write act_ followed by the account's number, as in act_1234567890.",
            )
        if not _VERSION.fullmatch(self.api_version):
            raise ConfigError(
                "The API version is not written as Meta writes it.",
                f'It is "{self.api_version}".',
                f"Write it as in {API_VERSION}.",
            )
        if self.retention_days is not None and self.retention_days not in RETENTION_DAYS:
            raise ConfigError(
                "Meta keeps people for 1 to 180 days, or for good.",
                f"The retention is {self.retention_days} days.",
                "Choose 1 to 180 days, or leave it out.",
            )
        _check_endpoint(self.endpoint)

    @classmethod
    def from_environ(
        cls,
        environ: Mapping[str, str],
        *,
        account: str,
        token_variable: str = TOKEN_VARIABLE,
        offline: bool = False,
        **options: object,
    ) -> "GraphSettings":
        """Settings with token and endpoint from the environment; no other variable is looked at for a token.

        Args:
            environ: Holds them.
            account: ``act_`` and the number of the ad account.
            token_variable: Name of the variable with the token.
            offline: Nothing will be called, so a token is not needed.
            **options: Further fields.

        Raises:
            NotAuthorised: There is no token.
        """
        token = environ.get(token_variable, "").strip()
        endpoint = (environ.get(ENDPOINT_VARIABLE) or ENDPOINT).rstrip("/")
        settings = cls(account=account, token=token, endpoint=endpoint, **options)  # type: ignore[arg-type]  # named by the caller
        if offline:
            return settings
        if not token:
            raise NotAuthorised(
                "There is no access token for Meta.",
                f"The environment variable {token_variable} is not set.",
                f"Set {token_variable} to a token with the permission ads_management.",
            )
        if not token.isascii() or not token.isprintable() or " " in token:
            raise NotAuthorised(
                "The access token for Meta is damaged.",
                f"{token_variable} holds characters no token has.",
                "Copy the token again.",
            )
        return settings

    @property
    def local(self) -> bool:
        """Whether the endpoint is on this machine."""
        return is_loopback(urlsplit(self.endpoint).hostname or "")


def _check_endpoint(endpoint: str) -> None:
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not host or port == 0 or parts.scheme not in {"https", "http"} or parts.query or parts.username:
        raise ConfigError(
            "The endpoint for Meta is not a usable address.",
            f"{ENDPOINT_VARIABLE} is not of the form https://host or http://127.0.0.1:port.",
            f"Correct or unset {ENDPOINT_VARIABLE}.",
        )
    if parts.scheme == "http" and not is_loopback(host):
        raise ConfigError(
            "The endpoint for Meta is not encrypted.",
            f"{ENDPOINT_VARIABLE} is plain http to another machine.",
            "Use https; plain http is only for 127.0.0.1, ::1 and localhost.",
        )
