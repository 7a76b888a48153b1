"""Meta customer lists over the Marketing API; the SDK is the transport and nothing else.

Rows arrive hashed. The SDK's own hashing, its global default api, its idea of success and the texts
of its exceptions are not used: a call counts only with HTTP status 200 and a JSON object that holds
the field confirming it. Rules:
https://developers.facebook.com/documentation/ads-commerce/marketing-api/audiences/guides/custom-audiences
"""

import logging
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

import polars as pl
import requests
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

from audience_builder.delivery.graph import doctor
from audience_builder.delivery.graph.audiences import LIST_FIELDS, READ_FIELDS, one_of_name, remote_audience
from audience_builder.delivery.graph.failures import Failure, failure_of, trace_of, unreadable, verdict
from audience_builder.delivery.graph.lookalikes import LookalikeSpec
from audience_builder.delivery.graph.payload import encoded, payload, redacted
from audience_builder.delivery.graph.settings import TOKEN_VARIABLE, GraphSettings
from audience_builder.delivery.graph.usage import usage_of
from audience_builder.delivery.wire import (
    Action,
    Batch,
    Check,
    Health,
    Lookalike,
    Outcome,
    Receipt,
    RemoteAudience,
    SessionReport,
)
from audience_builder.errors import DeliveryError, NotAuthorised, Rejected, TryAgain
from audience_builder.spec import Platform

__all__ = ["TOKEN_VARIABLE", "MetaUploader", "connect"]

_PAGE: Final = 20
_FRESH_TRIES: Final = 2
"""How often "users does not exist" is believed to be the lag after making an audience."""
_UNKNOWN_ALIAS: Final = 803
_NOT_THERE: Final = ((100, 33), (803, None))
_TRACE_HEADER: Final = "x-fb-trace-id"
_PREVIEW_ROWS: Final = 3
_CONFIRMING: Final = ("audience_id", "account_id", "id")


class _TokenFilter(logging.Filter):
    """Cuts access tokens out of the request lines urllib3 logs at debug level."""

    _token = re.compile(r"access_token=[^&\s\"']+")

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                self._token.sub("access_token=…", part) if isinstance(part, str) else part for part in record.args
            )
        return True


_HIDE_TOKENS: Final = _TokenFilter()


def connect(
    environ: Mapping[str, str],
    platform: Platform,
    *,
    account: str,
    token_variable: str = TOKEN_VARIABLE,
    offline: bool = False,
    **options: object,
) -> "MetaUploader":
    """An uploader with token and endpoint from the environment.

    Args:
        environ: Holds the token and perhaps ``AUDIENCE_BUILDER_META_ENDPOINT``.
        platform: Meta's rules.
        account: ``act_`` and a number.
        token_variable: Name of the variable with the token.
        offline: Only plans and previews are asked for; no token is needed.
        **options: Further fields of ``GraphSettings``.

    Raises:
        ConfigError: A setting has the wrong form.
        NotAuthorised: There is no token.
    """
    settings = GraphSettings.from_environ(
        environ, account=account, token_variable=token_variable, offline=offline, **options
    )
    return MetaUploader(settings, platform)


class MetaUploader:
    """Transport to one ad account.

    Args:
        settings: Account, token, endpoint and options.
        platform: Meta's rules.
    """

    platform_name: str = "meta"
    session_seconds: float = 90 * 60.0
    seconds_per_batch: float = 3.0

    def __init__(self, settings: GraphSettings, platform: Platform) -> None:
        self._settings = settings
        self._platform = platform
        self.account = settings.account
        self.max_batch_rows = platform.max_request_rows
        self.minimum_rows = platform.minimum_rows
        self._fresh_tries: dict[str, int] = {}
        self._upgraded_by_meta = False
        self._failure = Failure(status=0)
        logging.getLogger("urllib3.connectionpool").addFilter(_HIDE_TOKENS)
        session = FacebookSession(access_token=settings.token, timeout=settings.timeout_seconds)
        session.GRAPH = settings.endpoint
        session.requests.verify = True  # the SDK pins certificates of 2022
        session.requests.max_redirects = 0  # people's data goes nowhere else
        session.requests.trust_env = not settings.local
        self._api = FacebookAdsApi(session, api_version=settings.api_version)

    # Audiences

    def find(self, name: str) -> RemoteAudience | None:
        """The customer list of that name in the account.

        Raises:
            ConfigError: Another kind of audience, or more than one, has the name.
        """
        audience_id = one_of_name(name, list(self._listed()))
        return None if audience_id is None else self.read(audience_id)

    def _listed(self) -> Iterator[Mapping[str, object]]:
        """Every audience of the account, page by page."""
        after: str | None = None
        while True:
            params = {"fields": LIST_FIELDS, "limit": str(_PAGE), **({"after": after} if after else {})}
            page = self._get((self.account, "customaudiences"), params, confirm=("data",))
            listed = page["data"]
            entries = listed if isinstance(listed, list) else []
            yield from (entry for entry in entries if isinstance(entry, dict))
            after = _next_page(page)
            if after is None:
                return

    def create(self, name: str, *, with_value: bool) -> RemoteAudience:
        """Make a customer list."""
        settings = self._settings
        params: dict[str, object] = {
            "name": name,
            "subtype": "CUSTOM",
            "customer_file_source": settings.source.value,
            "description": settings.description,
        }
        if with_value:
            params["is_value_based"] = True
        if settings.retention_days is not None:
            params["retention_days"] = settings.retention_days
        made = self._post((self.account, "customaudiences"), params, confirm=("id",))
        if isinstance(made, Outcome):
            raise unreadable(200)
        return RemoteAudience(audience_id=str(made["id"]), name=name, with_value=with_value)

    def read(self, audience_id: str) -> RemoteAudience | None:
        """The audience as it stands, None if it is gone."""
        try:
            node = self._get((audience_id,), {"fields": READ_FIELDS}, confirm=("id",))
        except (NotAuthorised, Rejected):
            if (self._failure.code, self._failure.subcode) not in _NOT_THERE:
                raise
            return None
        return remote_audience(node)

    def replace_running(self, audience_id: str) -> bool:
        """Whether the operation status says that a replace is under way."""
        remote = self.read(audience_id)
        return remote is not None and remote.busy

    # People

    def send(self, batch: Batch) -> Receipt:
        """Send one batch of additions, removals or a replacement."""
        edge = "usersreplace" if batch.action is Action.REPLACE else "users"
        params = self._request(batch)
        try:
            return self._sent((batch.audience_id, edge), params)
        except Rejected as refusal:
            tries = self._fresh_tries.get(batch.audience_id, 0)
            if self._failure.code != _UNKNOWN_ALIAS or tries >= _FRESH_TRIES:
                raise
            self._fresh_tries[batch.audience_id] = tries + 1
            lag = TryAgain("Meta does not know the new audience yet.", refusal.found, "Run again later.")
        raise lag

    def erase(self, rows: pl.DataFrame, *, session: int, sequence: int, last: bool) -> Receipt:
        """Take people out of every customer list of the account."""
        batch = Batch(
            audience_id=self.account,
            action=Action.REMOVE,
            rows=rows,
            session=session,
            sequence=sequence,
            last=last,
            total_rows=rows.height,
        )
        return self._sent((self.account, "usersofanyaudience"), self._request(batch))

    def session_report(self, audience_id: str, session: int) -> SessionReport:
        """What Meta says of an upload session, once; its numbers may stay open for hours."""
        page = self._get((audience_id, "sessions"), {"session_id": str(session)}, confirm=("data",))
        listed = page["data"]
        entry = listed[0] if isinstance(listed, list) and listed and isinstance(listed[0], dict) else {}
        return SessionReport(
            session=session,
            stage=str(entry.get("stage") or "unknown"),
            received=_integer(entry.get("num_received")),
            matched=_integer(entry.get("num_matched")),
            invalid=_integer(entry.get("num_invalid_entries")),
        )

    def preview(self, batch: Batch) -> Mapping[str, object]:
        """The request of a batch as it would be sent, people made unrecognisable."""
        content = payload(batch.rows, self._platform, self._settings.limited_data_use)
        return {
            "path": f"/{self._settings.api_version}/<audience id>/users",
            "payload": redacted(content, self._platform.value_column, rows=_PREVIEW_ROWS),
            "rows": batch.rows.height,
        }

    def _request(self, batch: Batch) -> dict[str, object]:
        removing = batch.action is Action.REMOVE
        limited = None if removing else self._settings.limited_data_use
        session = {
            "session_id": batch.session,
            "batch_seq": batch.sequence,
            "last_batch_flag": batch.last,
            "estimated_num_total": batch.total_rows,
        }
        params: dict[str, object] = {
            "payload": encoded(payload(batch.rows, self._platform, limited)),
            "session": encoded(session),
        }
        if removing:
            params["method"] = "DELETE"  # a real DELETE would put the people into the address
        elif limited is not None and self._settings.customer_consent is not None:
            params["customer_consent"] = self._settings.customer_consent
        return params

    def _sent(self, path: tuple[str, ...], params: Mapping[str, object]) -> Receipt:
        answer = self._post(path, params, confirm=_CONFIRMING)
        if isinstance(answer, Outcome):
            return Receipt(outcome=answer)
        return Receipt(
            received=_integer(answer.get("num_received")),
            invalid=_integer(answer.get("num_invalid_entries")) or 0,
            usage=usage_of(self._headers),
            request_id=_trace(self._headers),
        )

    # Lookalikes and checks

    def check_lookalike(self, spec: str) -> None:
        """Raise ``ConfigError`` unless the text describes a lookalike."""
        LookalikeSpec.parsed(spec)

    def lookalike(self, seed: RemoteAudience, spec: str) -> Lookalike:
        """Make a lookalike of the seed unless there is one, or tell what it waits for."""
        wanted = LookalikeSpec.parsed(spec)
        name = f"{seed.name} - lookalike {str(wanted).replace(':', ' ')}"
        if seed.size_high is not None and 0 <= seed.size_high < self.minimum_rows:
            note = f"The seed has under {self.minimum_rows} matched people; matching takes up to 24 hours."
            return Lookalike(spec=spec, name=name, audience_id=None, note=note)
        for entry in self._listed():
            if entry.get("name") == name and entry.get("subtype") == "LOOKALIKE":
                return Lookalike(spec=spec, name=name, audience_id=str(entry.get("id")))
        params: dict[str, object] = {
            "name": name,
            "subtype": "LOOKALIKE",
            "origin_audience_id": seed.audience_id,
            "lookalike_spec": wanted.as_json(),
        }
        try:
            made = self._post((self.account, "customaudiences"), params, confirm=("id",))
        except Rejected as refusal:
            return Lookalike(spec=spec, name=name, audience_id=None, note=f"{refusal.wrong} {refusal.found}")
        if isinstance(made, Outcome):
            raise unreadable(200)
        return Lookalike(spec=spec, name=name, audience_id=str(made["id"]))

    def checks(self, health: Health) -> list[Check]:
        """Token, account, terms, audience, size and API version, in this order."""
        now = datetime.now(UTC)
        checks = doctor.token_checks(self._read, self._settings, now)
        checks += doctor.account_checks(self._read, self._settings, with_value=health.with_value)
        if health.name is not None:
            checks += self._audience_checks(health.name, health)
        version = self._settings.api_version
        upgraded = self._upgraded_by_meta
        return [*checks, doctor.version_check(version, now.date(), upgraded_by_meta=upgraded)]

    def _audience_checks(self, name: str, health: Health) -> list[Check]:
        try:
            remote = self.find(name)
        except DeliveryError as trouble:
            return [doctor.name_check(name), doctor.unseen(trouble)]
        return [doctor.name_check(name), *doctor.audience_checks(remote, health, self.minimum_rows)]

    # Calls

    def _read(self, node: str, params: Mapping[str, str]) -> Mapping[str, object]:
        return self._get((node,), params)

    def _get(
        self, path: tuple[str, ...], params: Mapping[str, str], *, confirm: tuple[str, ...] = ()
    ) -> Mapping[str, object]:
        answer = self._call("GET", path, params, confirm)
        if isinstance(answer, Outcome):
            raise unreadable(200)
        return answer

    def _post(
        self, path: tuple[str, ...], params: Mapping[str, object], *, confirm: tuple[str, ...]
    ) -> Mapping[str, object] | Outcome:
        return self._call("POST", path, params, confirm)

    def _call(
        self, method: str, path: tuple[str, ...], params: Mapping[str, object], confirm: tuple[str, ...]
    ) -> Mapping[str, object] | Outcome:
        """One request, answered by a confirmed object or by what its error means for us.

        Failures are raised outside the handlers: the SDK's exceptions hold the token and every digest,
        and must not hang on ours as their context.
        """
        status, body, self._headers = self._exchange(method, path, params)
        if any(name.lower() == "x-ad-api-version-warning" for name in self._headers):
            self._upgraded_by_meta = True
        if isinstance(body, dict) and "error" not in body and status == requests.codes.ok:
            if not confirm or any(field in body for field in confirm):
                return body
            raise unreadable(status)
        self._failure = failure_of(status, body)
        if self._failure.code is None:
            raise unreadable(status)
        outcome = verdict(self._failure, self._headers, self.account)
        if isinstance(outcome, Outcome):
            return outcome
        raise outcome

    def _exchange(
        self, method: str, path: tuple[str, ...], params: Mapping[str, object]
    ) -> tuple[int, object, Mapping[str, str]]:
        """Status, body (parsed where it is JSON) and headers of one answer."""
        try:
            reply = self._api.call(method, path, params=dict(params))
            return reply.status(), reply.json(), dict(reply.headers())
        except FacebookRequestError as refusal:
            return refusal.http_status() or 0, refusal.body(), dict(refusal.http_headers() or {})
        except requests.RequestException as trouble:
            kind = type(trouble).__name__
        except (TypeError, ValueError, AttributeError):
            # The SDK trips over answers that are neither JSON nor empty.
            return 0, None, {}
        raise TryAgain(
            "Meta could not be reached.",
            f"The connection failed ({kind}).",
            "Check the network, then run again: the upload continues where it stopped.",
        )


def _next_page(page: Mapping[str, object]) -> str | None:
    paging = page.get("paging")
    if not isinstance(paging, dict) or not paging.get("next"):
        return None
    cursors = paging.get("cursors")
    after = cursors.get("after") if isinstance(cursors, dict) else None
    return after if isinstance(after, str) and after else None


def _trace(headers: Mapping[str, str]) -> str:
    """Meta's name of the request."""
    return next((trace_of(text) for name, text in headers.items() if name.lower() == _TRACE_HEADER), "")


def _integer(value: object) -> int | None:
    """A count that comes as a number or as digits."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        return int(value)
    except ValueError:
        return None
