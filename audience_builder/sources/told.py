"""What the rows of a file have told so far, where something is decided once for the whole file.

A file of many rows is read in groups of rows. Whether ``1.250`` is a thousand or little more than one is
decided by all of them: a group is read by what is known when its turn comes, and should a later one
tell more, the groups are read once more.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

import polars as pl

from audience_builder.sources.dates import DateOrder, OrderEvidence
from audience_builder.sources.money import DecimalMark, Evidence

__all__ = ["Told", "words_counted"]


@dataclass(slots=True, kw_only=True)
class Told:
    """One file's evidence and counts; grows with every group of its rows.

    Args:
        whole: Whether all rows come in one group: what it leaves open is refused at once.
        amounts: What the amounts of each column tell of its decimal mark.
        mark_lines: Per column, the first lines with a decimal point and with a decimal comma.
        dates: What the dates of each field tell of the order of day and month.
        unreadable: Per field of dates, how many cannot be read, and how many there are.
        naive: Times without a zone.
        below_zero: Amounts below zero that were read as refunds.
        status_words: Words for a status that nobody has explained.
        consent_words: Likewise for consent.
        marks: Decimal marks settled by an earlier reading of the whole file.
        orders: Orders of day and month, likewise.
        read_as: How cells that can be read in two ways were read, by column or field.
    """

    whole: bool = True
    amounts: dict[str, Evidence] = field(default_factory=dict)
    mark_lines: dict[str, tuple[list[int], list[int]]] = field(default_factory=dict)
    dates: dict[str, OrderEvidence] = field(default_factory=dict)
    unreadable: dict[str, tuple[int, int]] = field(default_factory=dict)
    naive: int = 0
    below_zero: int = 0
    status_words: Counter[str] = field(default_factory=Counter)
    consent_words: Counter[str] = field(default_factory=Counter)
    marks: dict[str, DecimalMark] = field(default_factory=dict)
    orders: dict[str, DateOrder] = field(default_factory=dict)
    read_as: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def again(self, marks: dict[str, DecimalMark], orders: dict[str, DateOrder]) -> "Told":
        """Nothing told yet, for another reading by what is settled."""
        return Told(whole=self.whole, marks=marks, orders=orders)


def words_counted(words: pl.Series) -> Counter[str]:
    """How often each word comes."""
    return Counter(dict(words.drop_nulls().alias("word").value_counts().iter_rows()))
