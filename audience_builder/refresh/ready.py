"""A client read and valued once, and the people of each of its audiences."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from typing import Final

import polars as pl

from audience_builder import columns as c
from audience_builder import pipeline, platforms
from audience_builder.audiences import Seen
from audience_builder.config import AudienceTarget, Client, targets_of
from audience_builder.delivery.audit.occasion import Actor, Occasion
from audience_builder.delivery.brakes import Brakes
from audience_builder.delivery.facts import SourceFacts
from audience_builder.delivery.wire import Uploader
from audience_builder.departures import because, filtered
from audience_builder.errors import ConfigError, DataError
from audience_builder.lists import check_forms, value_tiers
from audience_builder.refresh.settings import settings_digest, settings_digests
from audience_builder.refresh.terms import Terms
from audience_builder.sending import Shipment, files_read, keeping
from audience_builder.who import Who, choose, conditions, words_of

__all__ = ["Ready", "made_ready", "occasion_of", "ways_to"]

_OTHER_TIER: Final = "in another tier now"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A client read and valued, with the way to each of its audiences."""

    client: Client
    request: pipeline.Request
    done: pipeline.Run
    ways: tuple[tuple[AudienceTarget, Uploader], ...]
    occasion: Occasion
    today: date

    def shipments(self) -> Iterator[tuple[str, Shipment, Uploader]]:
        """Every audience's people, tier by tier; made anew by each call."""
        for target, uploader in self.ways:
            platform = keeping(platforms.load(target.to.platform), target.columns)
            own = choose(self.done.customers, conditions(Who(where=target.where), self.request.contacts))
            _refuse_nobody(own.customers, target)
            reasons = pl.concat([filtered(own.left_out), self.done.reasons()])
            shipment = Shipment(
                customers=own.customers, contacts=self.request.contacts, platform=platform, to=target.to,
                reasons=reasons, source=self._source(target), occasion=self.occasion,
            )  # fmt: skip
            for one in _by_tier(shipment, target.tiers):
                yield target.label, one, uploader

    def _source(self, target: AudienceTarget) -> SourceFacts:
        summary, value = self.done.summary, self.done.summary.value
        model = f" by {value.forecast['chosen']}" if value.forecast and value.kind != "historic" else ""
        return SourceFacts(
            rows=summary.rows_read,
            rejected=summary.rows_rejected,
            net_paid=float(summary.net_paid),
            newest_order=self.done.newest_order(self.today),
            settings=settings_digests(self.client, target.label),
            value_model=f"{value.kind}{model}",
        )


def made_ready(client: Client, request: pipeline.Request, terms: Terms, brakes: Brakes) -> Ready:
    """Read and value; what is mistyped in the file shows before any data is read.

    Args:
        client: The settings.
        request: What they ask for; a database that it has asked already is not asked again.
        terms: How it is to go.
        brakes: The limits that hold in this run.
    """
    targets = _wanted(targets_of(client, terms.environ, brakes), terms)
    ways = ways_to(targets, terms.environ)
    named = [name for target in targets for name in words_of(target.where)]
    done = pipeline.run(request, wanted=named)
    occasion = replace(occasion_of(client, terms), files=files_read(done.summary.sources, request.other_files()))
    return Ready(client=client, request=request, done=done, ways=ways, occasion=occasion, today=terms.today)


def ways_to(
    targets: Sequence[AudienceTarget], environ: Mapping[str, str]
) -> tuple[tuple[AudienceTarget, Uploader], ...]:
    """The way to each audience's account.

    Raises:
        ConfigError: A platform, key or account is mistyped, or the platform takes no uploads here.
        NotAuthorised: There is no token.
    """
    ways = []
    for target in targets:
        platform = keeping(platforms.load(target.to.platform), target.columns)
        check_forms([platform], target.to.forms)
        ways.append((target, target.to.connect(platform, environ)))
    return tuple(ways)


def occasion_of(client: Client, terms: Terms) -> Occasion:
    """Who refreshes, and with which settings; no file has been read yet."""
    return Occasion(
        command="refresh", client=client.name, actor=Actor.of(terms.environ), settings=settings_digest(client)
    )


def _wanted(targets: list[AudienceTarget], terms: Terms) -> list[AudienceTarget]:
    labels = [target.label for target in targets]
    if terms.only is not None and terms.only not in labels:
        near = get_close_matches(terms.only, labels, n=1)
        raise ConfigError(
            f'There is no audience "{terms.only}" in the settings.',
            f"There are: {', '.join(labels)}.",
            f"Did you mean {near[0]}?" if near else "Choose one of these.",
        )
    return [
        replace(target, to=replace(target.to, wait_seconds=terms.wait_seconds, runtime=terms.runtime))
        for target in targets
        if terms.only in (None, target.label)
    ]


def _refuse_nobody(customers: pl.DataFrame, target: AudienceTarget) -> None:
    if customers.is_empty():
        raise DataError(
            f'Nobody is left for the audience "{target.to.name}".',
            f"audiences.{target.label}.where takes out every customer.",
            "Loosen the condition.",
        )


def _by_tier(shipment: Shipment, tiers: int) -> Iterator[Shipment]:
    """The shipment itself, or one for each tier, the best customers first."""
    if tiers == 1:
        yield shipment
        return
    if shipment.takes_value:
        raise ConfigError(
            f'The audience "{shipment.to.name}" has tiers and values.',
            f"{shipment.platform.title} takes a value per person, which says more than {tiers} tiers.",
            "Leave out tiers, or set no_value = true.",
        )
    seen = Seen()
    for tier, customers in enumerate(value_tiers(shipment.customers, tiers), start=1):
        others = shipment.customers.join(customers.select(c.CUSTOMER_KEY), on=c.CUSTOMER_KEY, how="anti")
        reasons = pl.concat([because(others, _OTHER_TIER), *([] if shipment.reasons is None else [shipment.reasons])])
        to = replace(shipment.to, name=f"{shipment.to.name} tier {tier}")
        yield replace(shipment, customers=customers, to=to, reasons=reasons, seen=seen)
