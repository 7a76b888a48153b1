"""Tell people how an unattended run went: Slack, e-mail, Teams and the rest, through Apprise.

The addresses hold tokens and passwords. They come from the environment, and no message, log or error
of ours shows one: an address is called by its number and the kind of service.
"""

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Self

from audience_builder.errors import AudienceBuilderError, BrakeError, ConfigError

if TYPE_CHECKING:
    from apprise import NotifyBase

__all__ = ["URLS_VARIABLE", "Event", "Notice", "send", "urls_from"]

URLS_VARIABLE: Final = "AUDIENCE_BUILDER_NOTIFY_URLS"
"""Apprise addresses, parted by spaces or line breaks: ``slack://… mailtos://…``."""


class Event(StrEnum):
    """What people are told of."""

    SUCCESS = "success"
    BRAKE = "brake"
    FAILURE = "failure"


_KIND: Final = {Event.SUCCESS: "success", Event.BRAKE: "warning", Event.FAILURE: "failure"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message. It goes to other people's servers: numbers and names of audiences, never a person.

    Args:
        event: What happened.
        title: One line.
        text: A few plain sentences.
    """

    event: Event
    title: str
    text: str

    @classmethod
    def of_error(cls, subject: str, error: AudienceBuilderError) -> Self:
        """What stopped a run.

        >>> print(Notice.of_error("acme", BrakeError("Too many would leave.", "30 of 100.", "Look.")).title)
        acme: stopped by a brake
        """
        braked = isinstance(error, BrakeError)
        return cls(
            event=Event.BRAKE if braked else Event.FAILURE,
            title=f"{subject}: {'stopped by a brake' if braked else 'failed'}",
            text="\n".join(part for part in (error.wrong, error.found, error.fix) if part),
        )


def urls_from(environ: Mapping[str, str], variables: Sequence[str] = ()) -> tuple[str, ...]:
    """The addresses in the environment, each known to be one Apprise understands.

    Args:
        environ: The environment.
        variables: Names of variables that must be set; without any, ``URLS_VARIABLE`` if it is set.

    Raises:
        ConfigError: A variable named is not set, or holds something that is no address.
    """
    unset = [name for name in variables if not environ.get(name, "").strip()]
    if unset:
        raise ConfigError(
            "There is nowhere to send notifications.",
            f"Not set in the environment: {', '.join(unset)}.",
            "Set each to Apprise addresses parted by spaces, or stop asking for notifications.",
        )
    found: list[str] = []
    for name in variables or (URLS_VARIABLE,):
        for place, url in enumerate(environ.get(name, "").split(), start=1):
            with _silence():
                service = _service(url)
            if service is None:
                raise ConfigError(
                    f"An address for notifications in {name} cannot be used.",
                    f"Address {place} there is none that Apprise knows.",
                    "Write it as in https://github.com/caronc/apprise/wiki, special characters percent-encoded.",
                )
            found.append(url)
    return tuple(found)


def send(notices: Sequence[Notice], urls: Sequence[str]) -> tuple[str, ...]:
    """Send every notice to every address.

    A run is never failed by its messenger: what could not be delivered comes back as sentences.

    Args:
        notices: What to say.
        urls: From ``urls_from``.

    Returns:
        One sentence for each address that did not take everything; empty if all is well.
    """
    problems = []
    with _silence():
        for place, url in enumerate(urls, start=1):
            service = _service(url)
            if service is None or not all(_delivered(service, notice) for notice in notices):
                kind = "unknown service" if service is None else service.service_name
                problems.append(f"Notification address {place} of {len(urls)} ({kind}) did not take the message.")
    return tuple(problems)


def _service(url: str) -> "NotifyBase | None":
    from apprise import Apprise, AppriseAsset

    asset = AppriseAsset(app_id="audience-builder", app_desc="audience-builder", storage_mode="memory")
    service: NotifyBase | None = Apprise.instantiate(url, asset=asset)
    return service


def _delivered(service: "NotifyBase", notice: Notice) -> bool:
    try:
        return bool(service.notify(title=notice.title, body=notice.text, notify_type=_KIND[notice.event]))
    except Exception:  # noqa: BLE001  plugins of many authors; their messages may hold the address
        return False


@contextmanager
def _silence() -> Iterator[None]:
    """Keep addresses out of the logs: Apprise logs them, and the HTTP library logs their paths.

    Its plugins warn of their own deprecated imports, which are not the user's concern either.
    """
    loggers = [logging.getLogger(name) for name in ("apprise", "urllib3.connectionpool")]
    before = [logger.disabled for logger in loggers]
    for logger in loggers:
        logger.disabled = True
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        for logger, was in zip(loggers, before, strict=True):
            logger.disabled = was
