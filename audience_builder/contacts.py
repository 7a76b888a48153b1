"""Contact text made fit for the later stages: repaired, split, keyed and placed in a country."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

import polars as pl

from audience_builder import columns as c
from audience_builder.errors import DataError
from audience_builder.matchkeys import birth, country, email, name, phone, repair
from audience_builder.repeats import distinct, distinct_pairs
from audience_builder.threads import side_by_side

__all__ = [
    "COUNTRY_CODE",
    "ContactRules",
    "Tidied",
    "birth_orders",
    "declared_cells",
    "phone_country",
    "refuse_undeclared",
    "tidied",
    "with_identity_keys",
    "with_phone_keys",
]

COUNTRY_CODE = "country_code"
"""ISO 3166-1 alpha-2 in upper case, null where the country is blank or not understood."""

DIGEST = r"^[0-9a-fA-F]{64}$"
REPAIRED = (
    *c.EMAILS, *c.PHONES, c.FIRST_NAME, c.LAST_NAME, c.FULL_NAME, c.CITY, c.STATE, c.POSTAL_CODE, c.COUNTRY,
    c.GENDER, c.DATE_OF_BIRTH, c.MOBILE_ID, c.CUSTOMER_ID,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRules:
    """How contact text is read.

    Args:
        home_country: ISO alpha-2 country of phone numbers in rows that name none.
        repairs_off: Names of repairs that are not wanted.
        hashed: Contact columns (``email``, ``phone``) that hold SHA-256 digests already.
        birth_order: Order of day and month in birth dates, None to see it from the column.
    """

    home_country: str | None = None
    repairs_off: frozenset[str] = frozenset()
    hashed: frozenset[str] = frozenset()
    birth_order: Literal["mdy", "dmy"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tidied:
    """Customers with repaired contact text, and what was repaired.

    Args:
        customers: The frame given, contact columns repaired, ``country_code`` added.
        repairs: Cells changed, by repair name.
    """

    customers: pl.DataFrame
    repairs: Mapping[str, int]


def phone_country(rules: ContactRules) -> pl.Expr:
    """The country a row's phone numbers belong to: the row's own, else the home country, else none."""
    return pl.col(COUNTRY_CODE).fill_null(pl.lit(rules.home_country, pl.String))


def with_identity_keys(records: pl.DataFrame, rules: ContactRules) -> pl.DataFrame:
    """Add the normalised e-mails and phone that join records into customers.

    Cells that hold several addresses or numbers are spread over ``email_2``, ``phone_2`` and so on.

    Args:
        records: Orders or contacts, with the columns of ``schemas.CONTACTS``.
        rules: How contact text is read.

    Returns:
        The records, in the same order, with ``email_key`` (three) and ``phone_key`` added.
    """
    frame = _code_countries(records)
    if c.EMAIL not in rules.hashed:
        frame = _spread(frame, c.EMAILS, email.several)
    if c.PHONE not in rules.hashed:
        frame = _spread(frame, c.PHONES, phone.several)
    for source, key in zip(c.EMAILS, c.EMAIL_KEYS, strict=True):
        frame = _on_distinct(frame, (source,), _email_key(source, rules).alias(key))
    return _on_distinct(frame, (c.PHONE, COUNTRY_CODE), _phone_key(c.PHONE, rules).alias(c.PHONE_KEY)).drop(
        COUNTRY_CODE
    )


def with_phone_keys(records: pl.DataFrame, rules: ContactRules) -> pl.DataFrame:
    """Put the normalised number in place of the text in every phone column."""
    frame = _code_countries(records)
    for column in c.PHONES:
        frame = _on_distinct(frame, (column, COUNTRY_CODE), _phone_key(column, rules).alias("\0key"))
        frame = frame.with_columns(pl.col("\0key").alias(column)).drop("\0key")
    return frame.drop(COUNTRY_CODE)


def birth_orders(customers: pl.DataFrame, rules: ContactRules) -> frozenset[birth.Order]:
    """The orders of day and month that the birth dates of some customers can only be in."""
    if rules.birth_order is not None or customers[c.DATE_OF_BIRTH].null_count() == customers.height:
        return frozenset()
    countries = _code_countries(customers.select(c.COUNTRY))[COUNTRY_CODE]
    done = repair.mended(customers[c.DATE_OF_BIRTH], c.DATE_OF_BIRTH, countries, rules.repairs_off)
    return birth.orders_shown(done.cells)


def tidied(customers: pl.DataFrame, rules: ContactRules, shown: frozenset[birth.Order] | None = None) -> Tidied:
    """Repair every contact column, split full names, read birth dates and code countries.

    Args:
        customers: One row per customer, with the columns of ``schemas.CONTACTS``.
        rules: How contact text is read.
        shown: What all birth dates show of their order (``birth_orders``), where these customers are a part
            of all, and ``refuse_undeclared`` is asked about all; None where they are all.

    Raises:
        DataError: A column declared as hashed holds something else, or an undeclared one holds digests.
    """
    if shown is None:
        refuse_undeclared(declared_cells(customers), rules)
    frame = _code_countries(customers)
    columns = [column for column in REPAIRED if _family(column) not in rules.hashed]
    done = side_by_side(
        [partial(repair.mended, frame[column], column, frame[COUNTRY_CODE], rules.repairs_off) for column in columns]
    )
    repairs: Counter[str] = Counter()
    for mended in done:
        repairs.update(mended.changed)
    frame = frame.with_columns(mended.cells.alias(column) for mended, column in zip(done, columns, strict=True))
    split = frame.filter(
        pl.col(c.FULL_NAME).is_not_null() & pl.col(c.FIRST_NAME).is_null() & pl.col(c.LAST_NAME).is_null()
    )
    read = side_by_side(
        [partial(_names, frame), partial(_birth_dates, frame, rules, shown), partial(_coded, frame[c.COUNTRY])]
    )
    frame = frame.with_columns(column for columns in read for column in columns)
    if split.height:
        repairs["full_name_split"] = split.height
    return Tidied(customers=frame, repairs=repairs)


def _family(column: str) -> str:
    """``email_2`` belongs to ``email``."""
    return c.EMAIL if column in c.EMAILS else c.PHONE if column in c.PHONES else column


def _names(frame: pl.DataFrame) -> list[pl.Series]:
    """First and last names, taken from full names where there are no others."""
    parts = name.parts(pl.col(c.FIRST_NAME), pl.col(c.LAST_NAME), pl.col(c.FULL_NAME))
    return frame.select(parts.alias("parts")).unnest("parts").get_columns()


def _birth_dates(
    frame: pl.DataFrame, rules: ContactRules, shown: frozenset[birth.Order] | None
) -> list[pl.Series]:  # fmt: skip
    """Birth dates in ISO form; cells that hold none stay."""
    cells, place = distinct(frame[c.DATE_OF_BIRTH])
    order = rules.birth_order or birth.settled_order(birth.orders_shown(cells) if shown is None else shown)
    iso = birth.iso(pl.col(c.DATE_OF_BIRTH), order)
    return [cells.to_frame().select(pl.coalesce(iso, pl.col(c.DATE_OF_BIRTH))).to_series().gather(place)]


def _email_key(source: str, rules: ContactRules) -> pl.Expr:
    value = pl.col(source)
    if c.EMAIL in rules.hashed:
        return value.str.to_lowercase()
    clean = repair.repaired(value, c.EMAIL, pl.lit(None, pl.String), rules.repairs_off)
    return email.trimmed_lower(clean, pl.lit(None, pl.String))


def _phone_key(source: str, rules: ContactRules) -> pl.Expr:
    value = pl.col(source)
    if c.PHONE in rules.hashed:
        return value.str.to_lowercase()
    clean = repair.repaired(value, c.PHONE, pl.col(COUNTRY_CODE), rules.repairs_off)
    return phone.e164(clean, phone_country(rules))


def _code_countries(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(_coded(frame[c.COUNTRY]))


def _coded(countries: pl.Series) -> list[pl.Series]:
    """The column ``country_code``."""
    code = country.alpha2_upper(pl.col(c.COUNTRY), pl.lit(None, pl.String))
    return countries.to_frame(c.COUNTRY).select(code.alias(COUNTRY_CODE)).get_columns()


def _on_distinct(frame: pl.DataFrame, sources: Sequence[str], derived: pl.Expr) -> pl.DataFrame:
    """Add a column worked out once for each distinct value of its source, or pair of values of its two."""
    columns = [distinct(frame[source]) for source in sources]
    few, place = columns[0].values.to_frame(), columns[0].place
    if columns[1:]:
        few, place = distinct_pairs(*columns)
    return frame.with_columns(few.select(derived).to_series().gather(place))


def _spread(frame: pl.DataFrame, family: Sequence[str], several: Callable[[pl.Expr], pl.Expr]) -> pl.DataFrame:
    """Give each of several values in one cell a column of its own, up to the family's size."""
    distinct = frame.select(pl.concat([frame[column] for column in family]).unique().drop_nulls().alias(family[0]))
    crowded = distinct.filter(several(pl.col(family[0])).list.len() > 1)[family[0]]
    if crowded.is_empty():
        return frame
    values = pl.concat_list([several(pl.col(column)).fill_null([]) for column in family])
    values = values.list.drop_nulls().list.unique(maintain_order=True)
    affected = pl.any_horizontal(pl.col(column).is_in(crowded.implode()).fill_null(value=False) for column in family)
    return frame.with_columns(
        pl.when(affected).then(values.list.get(place, null_on_oob=True)).otherwise(pl.col(column)).alias(column)
        for place, column in enumerate(family)
    )


def declared_cells(customers: pl.DataFrame) -> Counter[tuple[str, str]]:
    """How many e-mails and phones are filled, and how many of them are SHA-256 digests."""
    counts: Counter[tuple[str, str]] = Counter()
    for column in _MAY_BE_HASHED:
        text = customers[column]
        counts[column, "filled"] = text.count()
        counts[column, "digests"] = int(text.str.contains(DIGEST).sum())
    return counts


def refuse_undeclared(cells: Mapping[tuple[str, str], int], rules: ContactRules) -> None:
    """Refuse digests nobody declared, and a declared column that holds anything else.

    Args:
        cells: What ``declared_cells`` counted.
        rules: What was declared.

    Raises:
        DataError: There are such cells.
    """
    for column in _MAY_BE_HASHED:
        _check_declared(column, cells[column, "filled"], cells[column, "digests"], declared=column in rules.hashed)


_MAY_BE_HASHED: Final = (c.EMAIL, c.PHONE)


def _check_declared(column: str, filled: int, digests: int, *, declared: bool) -> None:
    if declared and digests < filled:
        raise DataError(
            f"The column {column} is declared as hashed but not every cell is a SHA-256 digest.",
            f"{filled - digests:,} of {filled:,} cells are not 64 hexadecimal digits.",
            f"Leave out --hashed {column}, or clean the column first.",
        )
    if not declared and digests:
        raise DataError(
            f"The column {column} holds SHA-256 digests among its values.",
            f"{digests:,} of {filled:,} cells are 64 hexadecimal digits.",
            f"If the whole column is hashed already, say so: --hashed {column}.",
        )
