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


def read_columns(cells: pl.DataFrame) -> pl.DataFrame:
    """E.164 of every cell of ordinary shape.

    Args:
        cells: ``row`` (distinct), ``value`` and ``country`` (upper case or null).

    Returns:
        ``row`` and ``number``, null where not valid, of the cells that could be read; other rows are
        left out.
    """
    shaped = _of_ordinary_shape(cells)
    coded, uncoded = _calling_code_apart(shaped.filter("plus"))
    dialled = [_dialled(home) for home in _by("country", pl.concat([shaped.filter(~pl.col("plus")), uncoded]))]
    abroad, _ = _calling_code_apart(pl.concat([shaped.clear(), *(far for far, _ in dialled)]))
    homes = [_own_calling_code_apart(home) for _, home in dialled]
    complete = pl.concat([coded, abroad, *(own for own, _ in homes)])
    national = [_national(group) for group in _by("calling_code", complete)]
    numbers = pl.concat([pl.DataFrame(schema=_NUMBERS), *national, *(near for _, near in homes)])
    valid = pl.concat([pl.DataFrame(schema=_NUMBERS), *(_valid(same) for same in _by("calling_code", numbers))])
    e164 = valid.select("row", number="+" + pl.col("calling_code") + _NUMBER)
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
    abroad = steps.follows_international_prefix(home["digits"], plan)
    far = home.filter(abroad)
    far = far.with_columns(digits=steps.without_international_prefix(far["digits"], plan))
    return far, home.filter(~abroad & ~home["plus"])


def _own_calling_code_apart(home: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """One region's rows: those with their own calling code but no plus, and national numbers."""
    if home.is_empty():
        empty = pl.DataFrame(schema=_NUMBERS)
        return empty, empty
    plan = region_plan(home["country"][0])
    code = pl.lit(plan.calling_code)
    may_be = home.filter(_DIGITS.str.starts_with(code)).with_columns(number=_DIGITS.str.strip_prefix(code))
    may_be = may_be.with_columns(number=steps.without_national_prefix(may_be["number"], plan))
    own = may_be.filter(steps.has_own_calling_code(may_be["digits"], may_be["number"], plan))
    national = home.join(own, on="row", how="anti") if own.height else home
    number = steps.national_number(national["digits"], plan)
    return (
        own.select("row", calling_code=code, number="number"),
        national.select("row", calling_code=code, number=number),
    )


def _national(coded: pl.DataFrame) -> pl.DataFrame:
    """The national numbers of one calling code, read by the plan of its main region."""
    plan = calling_code_plan(coded["calling_code"][0])
    return coded.with_columns(number=steps.national_number(coded["number"], plan))


def _valid(numbers: pl.DataFrame) -> pl.DataFrame:
    """The valid numbers of one calling code (``region_code_for_number``, ``is_valid_number``).

    Regions are asked in turn; one with leading digits of its own settles every number that has them.
    """
    valid = [numbers.clear()]
    numbers = numbers.drop_nulls("number")
    for kinds in calling_code_kinds(numbers["calling_code"][0]) if numbers.height else ():
        if kinds.leading_digits is None:
            known = steps.is_of_a_kind(numbers["number"], kinds)
            valid.append(numbers.filter(known))
            numbers = numbers.filter(~known)
        else:
            leads = numbers["number"].str.contains(kinds.leading_digits)
            mine = numbers.filter(leads)
            valid.append(mine.filter(steps.is_of_a_kind(mine["number"], kinds)))
            numbers = numbers.filter(~leads)
    return pl.concat(valid)


def _by(column: str, frame: pl.DataFrame) -> list[pl.DataFrame]:
    """The frame's parts, one for each text of a column; rows where it is null are left out."""
    return frame.filter(pl.col(column).is_not_null()).partition_by(column)
