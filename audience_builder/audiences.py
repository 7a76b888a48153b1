"""Customers x platform -> plain rows -> hashed rows, with a tally of what was dropped and why."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import numpy as np
import polars as pl

from audience_builder import columns as c
from audience_builder import links
from audience_builder.contacts import DIGEST, ContactRules, phone_country
from audience_builder.errors import ConfigError
from audience_builder.hashing import NON_VALUE_DIGESTS, Digest, digested
from audience_builder.matchkeys.sparing import scattered
from audience_builder.repeats import Distinct, distinct, distinct_pairs, repeats_itself
from audience_builder.spec import MatchKey, Normaliser, Platform
from audience_builder.threads import one_ahead, side_by_side

__all__ = ["PERSON", "Audience", "AudienceOptions", "Seen", "Slices", "Tally", "id_name", "person"]

PERSON = "person"
"""A customer's own digest, for the record of uploads: the same in every run of one client, never sent."""

NO_KEY = "no usable match key"
NO_VALUE = "value is not above zero"
SAME_KEYS = "same match keys as another customer, of higher value"
ALREADY_HASHED = "hashed already, where the platform wants another form"
INCOMPLETE = "left blank: the platform takes these keys only together"
_COUNTRY = "_country"
_TIMES = "_times"
SLICE_ROWS = 200_000
"""Customers worked on at a time: enough to keep every core busy, few enough to stay small in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceOptions:
    """What goes into the rows.

    Args:
        contacts: How contact text was read.
        with_value: Whether the platform's value column is filled.
        for_file: Whether the rows go into the platform's upload file, which may lack some keys.
        forms: Match key name -> name of another documented form (``--rules KEY=FORM``).
    """

    contacts: ContactRules = field(default_factory=ContactRules)
    with_value: bool = True
    for_file: bool = False
    forms: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Tally:
    """What happened to the customers on their way into the list; grows with every slice.

    Args:
        customers: Customers looked at.
        rows: Rows that go to the platform.
        dropped: Customers left out, by reason.
        coverage: Rows that carry a match key, by key.
        unusable: Filled cells that gave no key, by key and reason.
    """

    customers: int = 0
    rows: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    coverage: Counter[str] = field(default_factory=Counter)
    unusable: dict[str, Counter[str]] = field(default_factory=dict)


class Seen:
    """Match keys met so far; eight bytes a row. Share one between tiers, so that nobody is in two of them."""

    def __init__(self) -> None:
        self._marks = np.empty(0, np.uint64)  # ascending: found without a table that is larger than they are

    def fresh(self, keys: pl.DataFrame, among: pl.Series) -> pl.Series:
        """True for those among the rows whose keys were not met before, in earlier frames or in this one."""
        marks = keys.hash_rows(seed=0)
        rows = among.arg_true()
        wanted = marks.gather(rows)
        unmet = wanted.is_first_distinct() & ~links.among(wanted, self._marks)
        new = wanted.filter(unmet).sort().to_numpy()
        self._marks = np.insert(self._marks, np.searchsorted(self._marks, new), new)
        return among.clone().scatter(rows, unmet)


class Slices(Protocol):
    """Customers that come slice by slice: a frame, or more of them than a frame should hold."""

    def iter_slices(self, n_rows: int) -> Iterator[pl.DataFrame]:
        """Yield so many at a time."""
        ...


class Audience:
    """One platform's rows for a set of customers, slice by slice.

    Of customers the platform cannot tell apart the first one stays: sort by value, highest first.

    Args:
        customers: Tidied customers (``contacts.tidied``) with a ``value`` column.
        platform: Whose rules apply.
        options: What goes into the rows.
        seen: Match keys of the lists before this one.

    Raises:
        ConfigError: A form was asked for that the platform's documentation does not have.
    """

    def __init__(
        self, customers: Slices, platform: Platform, options: AudienceOptions, seen: Seen | None = None
    ) -> None:
        self.platform = platform
        self.options = options
        self.tally = Tally()
        self._customers = customers
        self._shared = seen
        self._seen = seen or Seen()
        self._keys_of: dict[str, list[MatchKey]] = {}
        for key in platform.match_keys:
            for source in _sources(key):
                self._keys_of.setdefault(source, []).append(key)
        self._normalisers = {key.name: _chosen_form(platform, key, options.forms) for key in platform.match_keys}

    def plain(self) -> Iterator[pl.DataFrame]:
        """Yield rows of normalised text, named by the platform's keys, with value and ``person`` (not for files)."""
        self.tally = Tally()
        self._seen = self._shared or Seen()
        for keyed, unusable in one_ahead(map(self._keyed, self._customers.iter_slices(SLICE_ROWS))):
            for key, reasons in unusable:
                self._reasons(key).update(reasons)
            yield self._sendable(self._all_or_nothing(keyed))

    def hashed(self) -> Iterator[pl.DataFrame]:
        """Yield the same rows as the platform gets them: digests, and plain text only where it asks so."""
        for rows in self.plain():
            yield rows.with_columns(
                self._sent(key, column) for key in self.platform.match_keys for column in key.columns
            )

    def _keyed(self, customers: pl.DataFrame) -> tuple[pl.DataFrame, list[tuple[str, Counter[str]]]]:
        """A slice's match keys, value and person; by key, why it made nothing of filled cells."""
        frame = customers.with_columns(phone_country(self.options.contacts).alias(_COUNTRY))
        countries = distinct(frame[_COUNTRY])
        done = side_by_side([partial(self._cells, frame[source], countries) for source in self._keys_of])
        cells = pl.concat([normal for normal, _ in done], how="horizontal")
        keyed = pl.concat(
            [
                *(_key_columns(cells, key) for key in self.platform.match_keys),
                frame.select(*self._person_column(), *self._value_column()),
            ],
            how="horizontal",
        )
        return keyed, [reasons for _, unusable in done for reasons in unusable.items()]

    def _cells(self, column: pl.Series, countries: Distinct) -> tuple[pl.DataFrame, dict[str, Counter[str]]]:
        """What each key makes of a column, and by key why it made nothing of a filled cell.

        A column that repeats itself is worked on once for each distinct cell and country.
        """
        keys = {_cell(key, column.name): key for key in self._keys_of[column.name]}
        if column.null_count() == column.len():
            return pl.select(pl.repeat(None, column.len(), dtype=pl.String).alias(name) for name in keys), {}
        if repeats_itself(column):
            few, place = distinct_pairs(distinct(column), countries)
            times = pl.Series(_TIMES, np.bincount(place, minlength=few.height))
            normal, unusable = self._normal(few.with_columns(times), keys)
            return normal[place], unusable
        land = countries.values.gather(countries.place)
        return self._normal(pl.DataFrame([column, land]).with_columns(pl.lit(1).alias(_TIMES)), keys)

    def _normal(self, rows: pl.DataFrame, keys: Mapping[str, MatchKey]) -> tuple[pl.DataFrame, dict[str, Counter[str]]]:
        """``_cells`` of rows that each stand for some customers."""
        source = rows.columns[0]
        normal = rows.select(self._usable(key, source).alias(name) for name, key in keys.items())
        unusable: dict[str, Counter[str]] = {}
        known: dict[Normaliser, tuple[pl.DataFrame, Counter[str]]] = {}
        for name, key in keys.items():
            lost = rows.filter(rows[source].is_not_null() & normal[name].is_null())
            if lost.height:
                before, reasons = known.get(key.why_not, (None, Counter()))
                if before is None or not before.equals(lost):  # keys of one column mostly refuse the same cells
                    reasons = self._reasons_of(lost, key, source)
                known[key.why_not] = lost, reasons
                unusable[key.name] = reasons
        return normal, unusable

    def _usable(self, key: MatchKey, source: str) -> pl.Expr:
        value = pl.col(source)
        if not self._is_hashed(key):
            return self._normalisers[key.name](value, pl.col(_COUNTRY))
        if key.digest not in {Digest.SHA256_HEX, Digest.SHA256_BASE64}:
            return pl.lit(None, pl.String)
        lower = value.str.to_lowercase()
        return pl.when(lower.str.contains(DIGEST) & ~lower.is_in(list(NON_VALUE_DIGESTS))).then(lower)

    def _is_hashed(self, key: MatchKey) -> bool:
        return key.source in self.options.contacts.hashed

    def _sent(self, key: MatchKey, column: str) -> pl.Expr:
        value = pl.col(column)
        if not self._is_hashed(key):
            return digested(value, key.digest)
        if key.digest is Digest.SHA256_BASE64:
            return value.str.decode("hex").bin.encode("base64")
        return value

    def _person_column(self) -> list[pl.Expr]:
        return [] if self.options.for_file else [person().alias(PERSON)]

    def _value_column(self) -> list[pl.Expr]:
        if self.platform.value_column is None or not self.options.with_value:
            return []
        return [pl.col(c.VALUE).cast(pl.Float64).alias(self.platform.value_column)]

    def _valued(self) -> pl.Expr:
        if self.platform.value_column is None or not self.options.with_value:
            return pl.lit(value=True)
        value = pl.col(self.platform.value_column)
        return (value.is_finite() & (value > 0)).fill_null(value=False)

    def _identified(self) -> pl.Expr:
        in_file = {column.column for column in self.platform.file_columns}
        return pl.any_horizontal(
            pl.all_horizontal(pl.col(name).is_not_null() for name in together)
            for together in self.platform.identifies
            if not self.options.for_file or in_file.issuperset(together)
        )

    def _all_or_nothing(self, keyed: pl.DataFrame) -> pl.DataFrame:
        for group in self.platform.all_or_nothing:
            complete = pl.all_horizontal(pl.col(name).is_not_null() for name in group)
            partial = pl.any_horizontal(pl.col(name).is_not_null() for name in group) & ~complete
            count = keyed.select(partial.sum()).item()
            if count:
                self._reasons(" + ".join(group))[INCOMPLETE] += count
            keyed = keyed.with_columns(pl.when(complete).then(pl.col(name)).alias(name) for name in group)
        return keyed

    def _reasons(self, key: str) -> Counter[str]:
        return self.tally.unusable.setdefault(key, Counter())

    def _reasons_of(self, lost: pl.DataFrame, key: MatchKey, source: str) -> Counter[str]:
        if self._is_hashed(key):
            return Counter({ALREADY_HASHED: lost[_TIMES].sum()})
        why = key.why_not(pl.col(source), pl.col(_COUNTRY)).fill_null("not usable")
        return Counter(dict(lost.group_by(why.alias("why")).agg(pl.col(_TIMES).sum()).iter_rows()))

    def _sendable(self, keyed: pl.DataFrame) -> pl.DataFrame:
        """The rows with a key and a value that no row before them equals."""
        identified, valued = keyed.select(self._identified().alias("key"), self._valued().alias("value")).get_columns()
        in_file = {column.column for column in self.platform.file_columns}
        keys = [column for key in self.platform.match_keys for column in key.columns]
        sent = [column for column in keys if not self.options.for_file or column in in_file]
        kept = identified & valued
        fresh = self._seen.fresh(keyed.select(sent), kept)
        rows = keyed.filter(fresh)
        dropped = {
            SAME_KEYS: kept.sum() - rows.height,
            NO_KEY: (~identified).sum(),
            NO_VALUE: (identified & ~valued).sum(),
        }
        self.tally.customers += keyed.height
        self.tally.rows += rows.height
        self.tally.dropped.update({reason: int(count) for reason, count in dropped.items() if count})
        for key in self.platform.match_keys:
            self.tally.coverage[key.name] += rows[key.columns[0]].count()
        return rows


def _cell(key: MatchKey, source: str) -> str:
    return f"{key.name}|{source}"


def _key_columns(cells: pl.DataFrame, key: MatchKey) -> pl.DataFrame:
    """A key's values without doubles, its first column filled first."""
    values = [pl.col(_cell(key, source)) for source in _sources(key)]
    if key.repeats == 1:
        return cells.select(pl.coalesce(values).alias(key.name))
    several = cells.select(pl.any_horizontal(value.is_not_null() for value in values[1:])).to_series()
    distinct = pl.concat_list(values).list.drop_nulls().list.unique(maintain_order=True)
    filled = cells.filter(several).select(
        distinct.list.get(place, null_on_oob=True).alias(column) for place, column in enumerate(key.columns)
    )
    alone = cells.select(values[0].alias(key.name), *(pl.lit(None, pl.String).alias(name) for name in key.columns[1:]))
    return alone.select(scattered(filled[name], several, alone[name]) for name in key.columns)


def _sources(key: MatchKey) -> tuple[str, ...]:
    """The customer columns a key may take its values from."""
    families = {c.EMAIL: c.EMAILS, c.PHONE: c.PHONES}
    return families.get(key.source, (key.source,))


def _chosen_form(platform: Platform, key: MatchKey, forms: Mapping[str, str]) -> Normaliser:
    wanted = next((form for name, form in forms.items() if name.casefold() == key.name.casefold()), None)
    if wanted is None:
        return key.normalise
    for form in key.forms:
        if form.name == wanted:
            return form.normalise
    known = ", ".join(form.name for form in key.forms) or "no other form"
    raise ConfigError(
        f"{platform.title} has no documented form {wanted!r} of {key.name}.",
        f"It has: {known}.",
        "See audience-builder platforms NAME for every key and its forms.",
    )


def id_name(customer_id: pl.Expr) -> pl.Expr:
    """What a customer with an id is called before the digest."""
    return pl.format("id:{}", customer_id)


def person() -> pl.Expr:
    """Who the row is about: customer id, else first e-mail, else first phone."""
    named = pl.coalesce(
        id_name(pl.col(c.CUSTOMER_ID)),
        pl.format("email:{}", pl.col(c.EMAIL).str.strip_chars().str.to_lowercase()),
        pl.format("phone:{}", pl.col(c.PHONE)),
    )
    return digested(named, Digest.SHA256_HEX)
