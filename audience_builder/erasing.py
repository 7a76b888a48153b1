"""People out of every audience of one record, for good, with a receipt of what was done and what is left."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from audience_builder import platforms
from audience_builder.delivery.audit.occasion import Actor, Occasion
from audience_builder.delivery.erasure import Ended, Wanted, bury, bury_as_found, erase, found
from audience_builder.delivery.records import AudienceKey
from audience_builder.delivery.retry import Runtime
from audience_builder.delivery.state import State
from audience_builder.delivery.store import DATABASE
from audience_builder.delivery.upload import takes_uploads, uploader_for
from audience_builder.errors import AudienceBuilderError
from audience_builder.identifiers import Identifier, rows_for, short_digest, tombstones_of

__all__ = ["AccountReceipt", "ErasureTerms", "Receipt", "Scope", "erase_from"]

_FILES: Final = (
    "Lists exported as files are not on record: export again, and replace by hand what was uploaded by hand.",
    "Order and contact exports still hold the people: delete them there by the shop's own means.",
)
_NOTHING_THERE: Final = {"requests": 0, "audiences": 0, "members": 0}
"""What is logged of a platform nothing was ever sent to: the tombstones are all there is to do."""
_PHONES_ALONE: Final = (
    "A phone alone does not recognise somebody who comes back with another number: erase the e-mail or the "
    "customer id too."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where somebody is to be erased.

    Args:
        client: Whose record it is; empty for the user's own or one named by its folder.
        folder: The state folder.
        home_country: Country of phones in national form, None if unknown.
        tokens: Platform and account -> environment variable with the token, where it is not the platform's own.
        audiences: Audiences the client's settings name, whether or not anything was sent to them.
    """

    client: str
    folder: Path
    home_country: str | None = None
    tokens: Mapping[tuple[str, str], str] = field(default_factory=dict)
    audiences: tuple[AudienceKey, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureTerms:
    """How an erasure is to go.

    Args:
        environ: Holds tokens and perhaps other endpoints.
        dry_run: Look only; nothing is sent or written.
        wait_seconds: How long to wait for another run of an audience to end.
        runtime: Time and chance.
    """

    environ: Mapping[str, str]
    dry_run: bool = False
    wait_seconds: float = 0.0
    runtime: Runtime = field(default_factory=Runtime)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountReceipt:
    """What happened in one ad account.

    Args:
        platform, account: Which.
        ended: Memberships that ended, by audience.
        requests: Requests sent.
        session: Their session number, None where nothing was sent.
        request_ids: The platform's own names of them, as far as it gave any.
        error: Why the account failed, None if it did not.
    """

    platform: str
    account: str
    ended: tuple[Ended, ...] = ()
    requests: int = 0
    session: int | None = None
    request_ids: tuple[str, ...] = ()
    error: AudienceBuilderError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What was done for people who had themselves erased, or in a dry run would be. Nobody can be told from it.

    Args:
        scope: Where.
        at: When, ISO 8601.
        identifiers: Kind and first digits of the digest of each.
        accounts: What happened in each ad account.
        left_to_do: What has to be done by hand, one sentence each.
        dry_run: Whether nothing was sent and written on purpose.
        error: Why nothing could be done with this record, None if something could.
    """

    scope: Scope
    at: str
    identifiers: tuple[tuple[str, str], ...]
    accounts: tuple[AccountReceipt, ...]
    left_to_do: tuple[str, ...]
    dry_run: bool
    error: AudienceBuilderError | None = None

    @property
    def members(self) -> int:
        """Memberships ended, or in a dry run found."""
        return sum(one.members for account in self.accounts for one in account.ended)

    @property
    def exit_code(self) -> int:
        """0, or that of the worst failure."""
        errors = (self.error, *(one.error for one in self.accounts))
        return max((error.exit_code for error in errors if error is not None), default=0)

    @property
    def tombstones(self) -> Path:
        """Where the tombstones lie."""
        return self.scope.folder / DATABASE

    def document(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "client": self.scope.client,
            "at": self.at,
            "dry_run": self.dry_run,
            "identifiers": [{"kind": kind, "digest": digest} for kind, digest in self.identifiers],
            "memberships": self.members,
            "requests": sum(one.requests for one in self.accounts),
            "audiences": [
                {
                    "platform": account.platform, "account": account.account, "name": one.key.name,
                    "audience_id": one.audience_id, "memberships": one.members,
                    "session": None if account.session is None else str(account.session),
                    "request_ids": list(account.request_ids),
                }
                for account in self.accounts for one in account.ended
            ],
            "failed": [
                {"platform": one.platform, "account": one.account, "exit_code": one.error.exit_code,
                 "error": _parts(one.error)}
                for one in self.accounts if one.error is not None
            ],
            "error": None if self.error is None else _parts(self.error),
            "left_to_do": list(self.left_to_do),
            "tombstones": str(self.tombstones),
            "exit_code": self.exit_code,
        }  # fmt: skip


def erase_from(
    identifiers: Sequence[Identifier],
    scope: Scope,
    opened: Callable[[], AbstractContextManager[State | None]],
    terms: ErasureTerms,
) -> Receipt:
    """Bury people, then take them out of every audience on record; what fails does not stop the rest.

    Args:
        identifiers: All that is known of them.
        scope: Where.
        opened: Opens the record in the scope's folder; None where a dry run finds none.
        terms: How it is to go.
    """
    accounts: tuple[AccountReceipt, ...] = ()
    failed: AudienceBuilderError | None = None
    try:
        with opened() as state:
            accounts = () if state is None else _accounts(identifiers, scope, state, terms)
    except AudienceBuilderError as error:
        failed = error
    return Receipt(
        scope=scope,
        at=datetime.fromtimestamp(terms.runtime.clock(), UTC).isoformat(timespec="seconds"),
        identifiers=tuple((one.kind, short_digest(one)) for one in identifiers),
        accounts=accounts,
        left_to_do=tuple(_left_to_do(identifiers, scope, accounts)) if failed is None else (),
        dry_run=terms.dry_run,
        error=failed,
    )


def _accounts(
    identifiers: Sequence[Identifier], scope: Scope, state: State, terms: ErasureTerms
) -> tuple[AccountReceipt, ...]:
    people = tombstones_of(identifiers)
    taking = {platform.name: platform for platform in platforms.all_platforms() if takes_uploads(platform)}
    wanted = {
        name: Wanted(platform=platform, rows=rows_for(identifiers, platform), people=people.ids)
        for name, platform in taking.items()
    }
    on_record = [(name, account) for name, account in state.accounts() if name in taking]
    if terms.dry_run:
        return tuple(
            AccountReceipt(platform=name, account=account, ended=found(wanted[name], account, state)[1])
            for name, account in on_record
        )
    occasion = Occasion(command="erase", client=scope.client, actor=Actor.of(terms.environ))
    state.bury_people(people)
    for name in wanted.keys() - {name for name, _ in on_record}:
        state.erased(bury(wanted[name], state, occasion), "", _NOTHING_THERE)
    buried = [bury_as_found(wanted[name], account, state, occasion) for name, account in on_record]
    return tuple(
        _account(whom, account, entry, scope, state, terms, occasion)
        for (whom, entry), (_, account) in zip(buried, on_record, strict=True)
    )


def _account(
    wanted: Wanted, account: str, buried: int, scope: Scope, state: State, terms: ErasureTerms, occasion: Occasion
) -> AccountReceipt:
    name = wanted.platform.name
    variable = scope.tokens.get((name, account))
    own: dict[str, Any] = {} if variable is None else {"token_variable": variable}
    try:
        uploader = uploader_for(wanted.platform, terms.environ, account=account, **own)
        done = erase(
            wanted, uploader, state,
            buried=buried, wait_seconds=terms.wait_seconds, occasion=occasion, runtime=terms.runtime,
        )  # fmt: skip
    except AudienceBuilderError as error:
        return AccountReceipt(platform=name, account=account, error=error)
    return AccountReceipt(
        platform=name,
        account=account,
        ended=done.ended,
        requests=done.requests,
        session=done.session,
        request_ids=done.request_ids,
    )


def _left_to_do(identifiers: Iterable[Identifier], scope: Scope, accounts: Iterable[AccountReceipt]) -> Iterator[str]:
    for one in accounts:
        if one.error is not None:
            yield f"{one.platform}, {one.account}: put right what is wrong there and run the same command again."
    for key in scope.audiences:
        platform = platforms.load(key.platform)
        if not takes_uploads(platform):
            yield f'{platform.title}, {key.account}, "{key.name}": export the list again and replace it there by hand.'
    if all(one.kind == "phone" for one in identifiers):
        yield _PHONES_ALONE
    yield from _FILES


def _parts(error: AudienceBuilderError) -> dict[str, str]:
    return {"wrong": error.wrong, "found": error.found, "fix": error.fix}
