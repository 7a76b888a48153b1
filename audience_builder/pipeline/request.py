"""What a run works on."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from audience_builder import ledger, sources
from audience_builder.choices import settings_told
from audience_builder.contacts import ContactRules
from audience_builder.sources.reading import expand
from audience_builder.who import Who
from audience_builder.worth import Worth

__all__ = ["Request"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a run works on.

    Args:
        files: Order exports: paths, globs, ``-`` for standard input, or queries to databases.
        customers: Contact exports joined to them, likewise.
        source: How files are read.
        contacts: How contact text is read.
        identity: What joins records into one customer.
        who: Who is in.
        worth: What a customer is worth.
    """

    files: tuple[str | sources.DatabaseQuery, ...]
    customers: tuple[str | sources.DatabaseQuery, ...] = ()
    source: sources.SourceOptions = field(default_factory=sources.SourceOptions)
    contacts: ContactRules = field(default_factory=ContactRules)
    identity: ledger.Identity = field(default_factory=ledger.Identity)
    who: Who = field(default_factory=Who)
    worth: Worth = field(default_factory=Worth)

    def told(self) -> dict[str, str]:
        """The settings in words, for people; nobody's contact is in them."""
        return settings_told(self.source, self.contacts, self.identity, self.who, self.worth)

    def for_values(self) -> "Request":
        """The same request for a list that is ranked or trained on its values: ``auto`` unless another was named."""
        return self if self.worth.kind else replace(self, worth=replace(self.worth, kind="auto"))

    def other_files(self) -> list[Path]:
        """What is read beside orders and contacts: lists of people, rates, a preset of the user's own.

        Raises:
            ConfigError: A list is not there.
        """
        preset = Path(self.source.preset) if self.source.preset.endswith(".toml") else None
        own = [path for path in (self.source.rates, preset) if path is not None and path.is_file()]
        return sorted({*expand((*self.who.suppress, *self.who.consent_files)), *own})
