"""What a run looked like, kept so that the next one can be held against it: numbers only, nobody."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Self

import polars as pl

from audience_builder.delivery.intake import Intake
from audience_builder.delivery.membership import VALUE

__all__ = ["Facts", "SourceFacts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFacts:
    """What was read, before it became a list of people.

    Args:
        rows: Rows read from all files.
        rejected: Rows of them that could not be used.
        net_paid: Net revenue of all orders that count, in the report's currency.
        newest_order: Day of the newest order that counts, None where there are no dates.
        settings: For every setting that bears on who is sent, a digest of what it says.
        value_model: What the value is: its kind, and the model behind a forecast.
    """

    rows: int
    rejected: int
    net_paid: float
    newest_order: date | None
    settings: Mapping[str, str]
    value_model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A run in numbers.

    Args:
        source: What was read.
        people: People in the list.
        coverage: For every match-key column, the share of people who have it.
        value_total: Sum of the values, 0 where none go along.
    """

    source: SourceFacts
    people: int
    coverage: Mapping[str, float]
    value_total: float

    @classmethod
    def of(cls, source: SourceFacts, intake: Intake) -> Self:
        """The facts of a staged list."""
        filled = [pl.col(name).count().alias(name) for name in intake.layout.cells]
        counts = intake.scan().select(*filled, pl.col(VALUE).sum()).collect(engine="streaming").row(0, named=True)
        total = float(counts.pop(VALUE) or 0.0)
        coverage = {name: count / intake.rows for name, count in counts.items() if count}
        return cls(source=source, people=intake.rows, coverage=coverage, value_total=total)

    def document(self) -> dict[str, Any]:
        """JSON-ready."""
        found = asdict(self)
        day = self.source.newest_order
        found["source"]["newest_order"] = None if day is None else day.isoformat()
        return found

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """What ``document`` made."""
        day = document["source"]["newest_order"]
        source = {**document["source"], "newest_order": None if day is None else date.fromisoformat(day)}
        return cls(**{**document, "source": SourceFacts(**source)})
