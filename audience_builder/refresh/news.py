"""What people are told of a refresh that nobody watched."""

from collections.abc import Mapping

from audience_builder.config import Client
from audience_builder.errors import AudienceBuilderError
from audience_builder.notify import URLS_VARIABLE, Event, Notice, urls_from

__all__ = ["addresses", "notice_of"]


def addresses(client: Client, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Where the client's news goes; nowhere if only the usual variable is asked for and it is not set.

    Raises:
        ConfigError: The variable the client names is not set, or holds something that is no address.
    """
    variable = client.config.notify.urls_env
    return urls_from(environ, () if variable == URLS_VARIABLE else (variable,))


def notice_of(client: str, counts: Mapping[str, int], error: AudienceBuilderError | None) -> Notice:
    """The news of one client: what was sent, or what stood in the way.

    >>> news = notice_of("acme", {"added": 1200, "removed": 3, "revalued": 0, "unchanged": 9}, None)
    >>> print(news.title, "|", news.text)
    acme: refreshed | 1,200 added, 3 removed, 0 with a new value, 9 unchanged.
    """
    if error is not None:
        return Notice.of_error(client, error)
    text = (
        f"{counts['added']:,} added, {counts['removed']:,} removed, "
        f"{counts['revalued']:,} with a new value, {counts['unchanged']:,} unchanged."
    )
    return Notice(event=Event.SUCCESS, title=f"{client}: refreshed", text=text)
