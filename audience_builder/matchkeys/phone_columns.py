r"""Phone numbers read whole columns at a time, by phonenumbers' own patterns.

What ``phonenumbers.parse`` and ``is_valid_number`` do, for cells of ordinary shape: words or
punctuation, one plus or none, digits and punctuation, at most one extension. Rows of one region, or
of one calling code, are read together. Cells of any other shape are left out: they are read by
:mod:`audience_builder.matchkeys.phone_cell`.

Source of the rules: https://github.com/google/libphonenumber, as the installed phonenumbers has it.
"""

from typing import Final

import polars as pl

from audience_builder.matchkeys import phone_steps as steps
from audience_builder.matchkeys.phone_metadata import (
    Plan,
    calling_code_kinds,
    calling_code_plan,
    calling_codes,
    region_plan,
    regions,
)

__all__ = ["read_columns"]

_LONGEST_CELL: Final = 100
_FEWEST_DIGITS: Final = 3

_ZEROS: Final = "\uff10\u0660\u06f0"
_AS_ASCII: Final = {
    "\uff0b": "+",
    **{chr(ord(zero) + n): str(n) for zero in _ZEROS for n in range(10)},
    **dict.fromkeys("\u00a0\u00ad\u200b\u2010\u2011\u2012\u2013\u2014\u2015\u2060\u2212\u3000", " "),
    **dict.fromkeys("\uff08\uff09\uff0d\uff0e\uff0f\uff3b\uff3d", " "),
}
"""Full-width and Arabic-Indic digits; dashes, spaces and brackets that phonenumbers skips."""

_EXTENSION: Final = r"(?i)[ ,]*(?:ext(?:ension|n)?|x)[.:]?[ -]*[0-9]{1,7}\s*$"
_INVISIBLE: Final = r"\x{200e}\x{200f}\x{202a}-\x{202e}\x{feff}"
_BEFORE: Final = rf"[\t -*,-/:<-~{_INVISIBLE}]*"
_AFTER: Final = rf"""[\t\r\n ().,;:'"!?/\[\]{_INVISIBLE}-]*"""
_SHAPE: Final = rf"^{_BEFORE}\+?[0-9() ./\[\]-]*[0-9]{_AFTER}$"

_NUMBERS: Final = {"row": pl.UInt32, "calling_code": pl.String, "number": pl.String}
_DIGITS: Final = pl.col("digits")
_NUMBER: Final = pl.col("number")
_BARE: Final = pl.col("bare")


def read_columns(cells: pl.DataFrame) -> pl.DataFrame:
    """E.164 of every cell of ordinary shape.

    Args:
        cells: ``row`` (distinct), ``value`` and ``country`` (upper case or null).

    Returns:
        ``row`` and ``number``, null where not valid, of the cells that could be read; other rows are
        left out.
    """
    shaped = _of_ordinary_shape(cells)
    international, uncoded = _calling_code_apart(shaped.filter("plus"))
    dialled = [_dialled(home) for home in _by("country", pl.concat([shaped.filter(~pl.col("plus")), uncoded]))]
    abroad, _ = _calling_code_apart(pl.concat([shaped.clear(), *(far for far, _ in dialled)]))
    homes = [_own_calling_code_apart(home) for _, home in dialled if home.height]
    complete = pl.concat([international, abroad, *(own for own, _ in homes)])
    by_plan = [
        *((same, calling_code_plan(same["calling_code"][0])) for same in _by("calling_code", complete)),
        *(near for _, near in homes),
    ]
    read = [_national_numbers(numbers, plan) for numbers, plan in by_plan]
    numbers = pl.concat([pl.DataFrame(schema=_NUMBERS), *(unsure for _, unsure in read)])
    valid = [_valid(same) for same in _by("calling_code", numbers)]
    found = pl.concat([pl.DataFrame(schema=_NUMBERS), *valid, *(everyday for everyday, _ in read)])
    e164 = found.select("row", number="+" + pl.col("calling_code") + _NUMBER)
    return shaped.select("row").join(e164, on="row", how="left")


def _of_ordinary_shape(cells: pl.DataFrame) -> pl.DataFrame:
    """Rows of ordinary shape: ``row``, ``country`` (null if unknown), ``digits`` and ``plus``.

    With no country known, a leading 00 is a plus.
    """
    text, digits, country = pl.col("value"), pl.col("digits"), pl.col("country")
    cells = cells.select("row", "value", country=pl.when(country.is_in(regions())).then(country))
    shaped = text.str.contains(_SHAPE) & (text.str.len_bytes() <= _LONGEST_CELL)
    unadorned = text.str.replace_many(_AS_ASCII).str.replace(_EXTENSION, "")
    others = cells.filter(~shaped).with_columns(value=unadorned)
    found = pl.concat([cells.filter(shaped), others.filter(shaped)]).select(
        "row",
        "country",
        digits=text.str.replace_all("[^0-9]+", ""),
        plus=text.str.contains("+", literal=True),
    )
    stands_for_plus = country.is_null() & ~pl.col("plus") & digits.str.starts_with("00")
    return found.filter(digits.str.len_bytes() >= _FEWEST_DIGITS).with_columns(
        digits=pl.when(stands_for_plus).then(digits.str.slice(2)).otherwise(digits),
        plus=pl.col("plus") | stands_for_plus,
    )


def _calling_code_apart(international: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows with a known calling code, as ``_NUMBERS``, and the rows without."""
    codes = pl.Series(calling_codes(), dtype=pl.String)
    start = pl.when(_DIGITS.str.len_bytes() >= _FEWEST_DIGITS).then(_DIGITS.str.slice(0, 3).cast(pl.UInt32))
    code = pl.lit(codes).gather(start)
    found = international.with_columns(calling_code=code)
    coded = found.filter(pl.col("calling_code").is_not_null())
    numbers = coded.select("row", "calling_code", number=_DIGITS.str.strip_prefix(pl.col("calling_code")))
    return numbers, found.filter(pl.col("calling_code").is_null()).drop("calling_code")


def _dialled(home: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """One region's rows: those dialled abroad, without international prefix, and those at home.

    A number with a plus but no known calling code can only be one dialled abroad.
    """
    plan = region_plan(home["country"][0])
    home = home.with_columns(abroad=steps.follows_international_prefix(_DIGITS, plan))
    far = home.filter("abroad").with_columns(digits=steps.without_international_prefix(_DIGITS, plan))
    return far.drop("abroad"), home.filter(~pl.col("abroad") & ~pl.col("plus")).drop("abroad")


def _own_calling_code_apart(home: pl.DataFrame) -> tuple[pl.DataFrame, tuple[pl.DataFrame, Plan]]:
    """One region's rows: those with their own calling code but no plus, and national numbers with their plan."""
    plan = region_plan(home["country"][0])
    code = pl.lit(plan.calling_code)
    may_be = home.filter(_DIGITS.str.starts_with(code)).with_columns(number=_DIGITS.str.strip_prefix(code))
    may_be = may_be.with_columns(bare=steps.stripped(_NUMBER, plan))
    may_be = may_be.with_columns(number=steps.without_national_prefix(_NUMBER, _BARE, plan))
    own = may_be.filter(steps.has_own_calling_code(_DIGITS, _NUMBER, plan))
    national = home.join(own, on="row", how="anti") if own.height else home
    return (
        own.select("row", calling_code=code, number="number"),
        (national.select("row", calling_code=code, number="digits"), plan),
    )


def _national_numbers(numbers: pl.DataFrame, plan: Plan) -> tuple[pl.DataFrame, pl.DataFrame]:
    """National numbers of one plan: the everyday ones, valid, and those whose validity is yet to be seen."""
    first = calling_code_kinds(plan.calling_code)[0]
    numbers = numbers.with_columns(bare=steps.stripped(_NUMBER, plan))
    numbers = numbers.with_columns(everyday=steps.is_everyday(_NUMBER, _BARE, plan, first))
    unsure = numbers.filter(~pl.col("everyday"))
    unsure = unsure.with_columns(bare=steps.without_national_prefix(_NUMBER, _BARE, plan))
    return (
        numbers.filter("everyday").select("row", "calling_code", number="bare"),
        unsure.select("row", "calling_code", number=steps.national_number(_NUMBER, _BARE, plan)),
    )


def _valid(numbers: pl.DataFrame) -> pl.DataFrame:
    """The valid numbers of one calling code (``region_code_for_number``, ``is_valid_number``).

    Regions are asked in turn; one with leading digits of its own settles every number that has them.
    """
    valid = [numbers.clear()]
    numbers = numbers.drop_nulls("number")
    for kinds in calling_code_kinds(numbers["calling_code"][0]) if numbers.height else ():
        if kinds.leading_digits is None:
            numbers = numbers.with_columns(known=steps.is_of_a_kind(_NUMBER, kinds))
            valid.append(numbers.filter("known").drop("known"))
            numbers = numbers.filter(~pl.col("known")).drop("known")
        else:
            leads = numbers["number"].str.contains(kinds.leading_digits)
            if leads.any():
                valid.append(numbers.filter(leads).filter(steps.is_of_a_kind(_NUMBER, kinds)))
                numbers = numbers.filter(~leads)
    return pl.concat(valid)


def _by(column: str, frame: pl.DataFrame) -> list[pl.DataFrame]:
    """The frame's parts, one for each text of a column; rows where it is null are left out."""
    return frame.filter(pl.col(column).is_not_null()).partition_by(column)
