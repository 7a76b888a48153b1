"""Customers -> one audience: hashed, sent or thought through, and told about."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from audience_builder.audiences import Audience, AudienceOptions, Seen
from audience_builder.contacts import ContactRules
from audience_builder.delivery.audit.occasion import InputFile, Occasion
from audience_builder.delivery.destination import Destination
from audience_builder.delivery.facts import SourceFacts
from audience_builder.delivery.outcome import Binding, Rehearsal, UploadResult
from audience_builder.delivery.state import State
from audience_builder.delivery.uploader import Progress
from audience_builder.delivery.wire import Uploader
from audience_builder.errors import ConfigError
from audience_builder.hashing import file_sha256
from audience_builder.reporting.summary import SourceLine
from audience_builder.spec import Platform
from audience_builder.worth import gate

__all__ = ["Shipment", "files_read", "keeping"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """Customers on their way to one audience.

    Args:
        customers: Tidied, valued and filtered.
        contacts: How contact text was read.
        platform: Whose rules apply.
        to: Which audience, and how.
        reasons: ``person`` and ``reason`` of people who are not among the customers.
        source: What was read, None where no one keeps count.
        seen: Match keys of the audiences before this one, None if it stands alone.
        occasion: Who sends it, and what it was made from.
    """

    customers: pl.DataFrame
    contacts: ContactRules
    platform: Platform
    to: Destination
    reasons: pl.DataFrame | None = None
    source: SourceFacts | None = None
    seen: Seen | None = None
    occasion: Occasion = field(default_factory=Occasion)

    @property
    def takes_value(self) -> bool:
        """Whether a value goes along with each person."""
        return self.platform.value_column is not None and self.to.with_value

    def rows(self) -> Audience:
        """The platform's rows.

        Raises:
            ConfigError: A form is asked for that the platform does not have.
        """
        options = AudienceOptions(contacts=self.contacts, with_value=self.takes_value, forms=self.to.forms)
        return Audience(self.customers, self.platform, options, self.seen)

    def remarks(self) -> list[str]:
        """What the user should know of the values.

        Raises:
            DataError: They cannot make a value-based list.
        """
        return gate(self.customers) if self.takes_value else []

    def send(
        self,
        uploader: Uploader,
        state: State,
        *,
        expected: Binding | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> tuple[UploadResult, Audience]:
        """Bring the audience in line; see ``upload.upload``."""
        audience = self.rows()
        result = self.to.send(
            audience.hashed(), self.platform, uploader, state,
            reasons=self.reasons, source=self.source, expected=expected, occasion=self.occasion, progress=progress,
        )  # fmt: skip
        return result, audience

    def rehearse(self, uploader: Uploader, state: State) -> Rehearsal:
        """Think it through; see ``upload.rehearse``."""
        return self.to.rehearse(
            self.rows().hashed(), self.platform, uploader, state, reasons=self.reasons, source=self.source
        )


def files_read(sources: Iterable[SourceLine], others: Iterable[Path]) -> tuple[InputFile, ...]:
    """Every file a run has read, with the digest of its bytes.

    Args:
        sources: Orders and contacts, as they were read.
        others: Lists, rates and presets.
    """
    read = tuple(InputFile(name=one.name, sha256=one.sha256) for one in sources)
    return (*read, *(InputFile(name=path.name, sha256=file_sha256(path)) for path in others))


def keeping(platform: Platform, columns: tuple[str, ...]) -> Platform:
    """The platform as if it took these match keys only; empty for all of them.

    Raises:
        ConfigError: It has no such key, or nobody can be identified by those that are left.
    """
    if not columns:
        return platform
    unknown = [name for name in columns if platform.match_key(name) is None]
    known = ", ".join(key.name for key in platform.match_keys)
    if unknown:
        raise ConfigError(
            f"{platform.title} has no match key {', '.join(unknown)}.", f"It has: {known}.", "Choose among these."
        )
    kept = {key.name for name in columns if (key := platform.match_key(name)) is not None}
    identifies = tuple(names for names in platform.identifies if kept.issuperset(names))
    if not identifies:
        needed = " or ".join("+".join(names) for names in platform.identifies)
        raise ConfigError(
            f"{platform.title} can identify nobody by {', '.join(columns)} alone.", f"It needs {needed}.",
            "Add one of these.",
        )  # fmt: skip
    return replace(
        platform,
        match_keys=tuple(key for key in platform.match_keys if key.name in kept),
        identifies=identifies,
        all_or_nothing=tuple(group for group in platform.all_or_nothing if kept.issuperset(group)),
    )
