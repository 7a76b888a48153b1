"""What a run works on."""

from dataclasses import dataclass, field, replace

from audience_builder import ledger, sources
from audience_builder.contacts import ContactRules
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

    def for_values(self) -> "Request":
        """The same request for a list that is ranked or trained on its values: ``auto`` unless another was named."""
        return self if self.worth.kind else replace(self, worth=replace(self.worth, kind="auto"))
