"""Money text to exact decimals, whole columns at a time.

The decimal mark is decided once per column over the whole file: ``1.250`` is one and a quarter or one
thousand two hundred and fifty, and only its neighbours can tell. Symbols never choose a currency.
Forms: sources of real exports, all in ``tests/sources/test_money.py``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import polars as pl

from audience_builder import schemas
from audience_builder.sources.currencies import CURRENCIES

__all__ = [
    "DecimalMark",
    "Evidence",
    "amounts",
    "decides_comma",
    "decides_point",
    "evidence",
    "read_amounts",
    "shaped",
    "summed",
    "undecided",
]

DecimalMark = Literal[".", ","]

_SYMBOL: Final = r"(?:US|CA|AU|NZ|HK|NT|MX|C|A|R|S/)?\p{Sc}"

_OTHER_UNITS: Final = "KR FT ZŁ KČ LEI ЛВ ГРН РУБ Р R RS RM RP FR SFR TL S/"
_UNITS: Final = CURRENCIES | {"", *_OTHER_UNITS.split()}
"""What may stand beside a number once currency symbols are gone, in capitals."""

_SPACES: Final = " \u00a0\u2009\u202f"
_APOSTROPHES: Final = "'\u2019"
_SHAPE: Final = (
    rf"^(?P<before>[^0-9]*?)(?P<number>[.,]?[0-9](?:[0-9.,{_APOSTROPHES}{_SPACES}]*[0-9.,])?)(?P<after>[^0-9]*)$"
)
_PLAIN: Final = r"^-?[0-9]+(?:\.[0-9]+)?$"
_PLAIN_UNDECIDED: Final = r"^-?[1-9][0-9]{0,2}\.[0-9]{3}$"
_GROUP: Final = f"[{_APOSTROPHES}{_SPACES}]"
_POINT: Final = (
    rf"^(?:[0-9]+|[0-9]{{1,3}}(?:,[0-9]{{3}})+|[0-9]{{1,3}}(?:{_GROUP}[0-9]{{3}})+|[0-9]{{1,2}}(?:,[0-9]{{2}})+,[0-9]{{3}})"
    r"(?:\.[0-9]*)?$|^\.[0-9]+$"
)
_COMMA: Final = rf"^(?:[0-9]+|[0-9]{{1,3}}(?:\.[0-9]{{3}})+|[0-9]{{1,3}}(?:{_GROUP}[0-9]{{3}})+)(?:,[0-9]*)?$|^,[0-9]+$"
_LEADING_ZERO_GROUP: Final = r"^0+[.,][0-9]{3}$"
_WIDE: Final = pl.Decimal(38, 12)
_PLACES: Final = 4


def shaped(text: pl.Expr) -> pl.Expr:
    """Money text to a struct of its sign and its bare number, null where it is no money.

    >>> pl.DataFrame({"a": ["(50.00)", "1 250,50 €", "&#36;90.00", "284.36a"]}).select(
    ...     shaped(pl.col("a")).struct.field("number")
    ... ).to_series().to_list()
    ['50.00', '1 250,50', '90.00', None]
    """
    clean = (
        text.str.replace_all(r"&(?:#\d+|#x[0-9a-fA-F]+|[a-z]+);", " ")
        .str.replace_all("[\u2212\u2013]", "-")
        .str.strip_chars(_SPACES)
    )
    groups = clean.str.replace_all(_SYMBOL, "").str.replace_all(r"(\p{L})\.", "$1").str.extract_groups(_SHAPE)
    before, after = (groups.struct.field(name) for name in ("before", "after"))
    signs = pl.concat_str(_signs(before), _signs(after))
    known = signs.is_in(["", "-", "+", "()"]) & _unit(before).is_in(_UNITS) & _unit(after).is_in(_UNITS)
    return pl.struct(
        negative=signs.is_in(["-", "()"]),
        number=pl.when(known).then(groups.struct.field("number")),
    )


def _signs(side: pl.Expr) -> pl.Expr:
    return side.str.replace_all("[^-+()]", "")


def _unit(side: pl.Expr) -> pl.Expr:
    return side.str.replace_all(f"[-+(){_SPACES}]", "").str.to_uppercase()


def decides_point(number: pl.Expr) -> pl.Expr:
    """Whether a bare number can only be read with a decimal point."""
    return number.str.contains(_POINT) & ~_comma_fits(number)


def decides_comma(number: pl.Expr) -> pl.Expr:
    """Whether a bare number can only be read with a decimal comma."""
    return _comma_fits(number) & ~_point_fits(number)


def undecided(number: pl.Expr) -> pl.Expr:
    """Whether a bare number means two different amounts under the two marks."""
    return number.str.contains("[.,]") & _point_fits(number) & _comma_fits(number)


def _point_fits(number: pl.Expr) -> pl.Expr:
    zero_group = number.str.contains(_LEADING_ZERO_GROUP) & number.str.contains(",", literal=True)
    return number.str.contains(_POINT) & ~zero_group


def _comma_fits(number: pl.Expr) -> pl.Expr:
    zero_group = number.str.contains(_LEADING_ZERO_GROUP) & number.str.contains(".", literal=True)
    return number.str.contains(_COMMA) & ~zero_group


def amounts(shape: pl.Expr, mark: DecimalMark) -> pl.Expr:
    """Shaped money to decimal(18,4), null where it does not fit the mark.

    Digits beyond the fourth decimal place are rounded, halves away from zero.

    >>> pl.DataFrame({"a": ["$1,250.00", "50.00-", "0.00005"]}).select(
    ...     amounts(shaped(pl.col("a")), ".").cast(pl.String)
    ... ).to_series().to_list()
    ['1250.0000', '-50.0000', '0.0001']
    """
    number = shape.struct.field("number")
    fits, group = (_point_fits, ",") if mark == "." else (_comma_fits, ".")
    bare = number.str.replace_all(rf"{_GROUP}", "").str.replace_all(group, "", literal=True)
    if mark == ",":
        bare = bare.str.replace(",", ".", literal=True)
    rounded = _rounded(pl.when(fits(number)).then(bare))
    return pl.when(shape.struct.field("negative")).then(-rounded).otherwise(rounded).cast(schemas.MONEY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the texts of one column tell of its decimal mark."""

    point: bool
    comma: bool
    undecided: bool

    @property
    def mark(self) -> DecimalMark | None:
        """The mark, None where the column does not tell."""
        return "." if self.point and not self.comma else "," if self.comma and not self.point else None

    def __or__(self, other: "Evidence") -> "Evidence":
        """What the texts of both tell."""
        return Evidence(
            point=self.point or other.point,
            comma=self.comma or other.comma,
            undecided=self.undecided or other.undecided,
        )


def evidence(texts: pl.Series) -> Evidence:
    """Look at every text of a column."""
    if _is_plain(texts):
        return Evidence(point=bool(texts.str.contains(".", literal=True).any()), comma=False, undecided=False)
    number = pl.col("number")
    told = _shapes(texts).select(
        point=decides_point(number).any(),
        comma=decides_comma(number).any(),
        undecided=undecided(number).any(),
    )
    return Evidence(**told.row(0, named=True))


def read_amounts(texts: pl.Series, mark: DecimalMark) -> pl.Series:
    """All texts of a column as decimal(18,4), null where they are no money under that mark."""
    frame = texts.alias("text").to_frame()
    if _is_plain(texts) and mark == ".":
        return frame.select(_rounded(pl.col("text"))).to_series()
    known = _shapes(texts).select("text", amount=amounts(pl.struct("negative", "number"), mark))
    return frame.join(known, on="text", how="left", maintain_order="left")["amount"]


def _shapes(texts: pl.Series) -> pl.DataFrame:
    """The different texts of a column with their shapes: amounts repeat, so this is the short way."""
    unique = texts.drop_nulls().unique().alias("text").to_frame()
    return unique.with_columns(shape=shaped(pl.col("text"))).unnest("shape")


def _is_plain(texts: pl.Series) -> bool:
    """Whether all are numbers as programs write them, ``-12.50``, and none is undecidable."""
    plain = texts.str.contains(_PLAIN) & ~texts.str.contains(_PLAIN_UNDECIDED)
    return bool(plain.all())


def _rounded(text: pl.Expr) -> pl.Expr:
    wide = text.cast(_WIDE, strict=False).round(_PLACES, mode="half_away_from_zero")
    return wide.cast(schemas.MONEY, strict=False)


def summed(parts: Sequence[pl.Expr]) -> pl.Expr:
    """Amounts added up, blank ones as nothing; null only if all are blank."""
    zero = pl.lit("0").cast(schemas.MONEY)
    total = parts[0].fill_null(zero)
    for part in parts[1:]:
        total = total + part.fill_null(zero)
    return pl.when(pl.any_horizontal([part.is_not_null() for part in parts])).then(total).cast(schemas.MONEY)
