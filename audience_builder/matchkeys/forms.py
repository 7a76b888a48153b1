"""Forms in which other people's lists hold the same contact data, right or wrong, named, as data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import polars as pl

from audience_builder import columns as c
from audience_builder.matchkeys import birth, country, email, gender, identifier, name, phone, place, postcode
from audience_builder.matchkeys.spelling import base_letters

__all__ = ["FORMS", "Form"]


Change = Callable[[pl.Expr], pl.Expr]
Normaliser = Callable[[pl.Expr, pl.Expr], pl.Expr]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One way to write a contact field before hashing.

    Args:
        name: Short name.
        title: What was done to the cell, in plain words.
        write: Text and country to that form.
        repaired: Whether it starts from the repaired cell; otherwise from the cell as found.
    """

    name: str
    title: str
    write: Normaliser
    repaired: bool = True


def _by(change: Change) -> Normaliser:
    """A form that looks at the text alone."""
    return lambda value, _country: change(value)


def _after(normalise: Normaliser, change: Change) -> Normaliser:
    """A normal form with something changed."""
    return lambda value, land: change(normalise(value, land))


def _lower(value: pl.Expr) -> pl.Expr:
    return value.str.strip_chars().str.to_lowercase()


def _upper(value: pl.Expr) -> pl.Expr:
    return value.str.strip_chars().str.to_uppercase()


def _spaceless(value: pl.Expr) -> pl.Expr:
    return value.str.replace_all(r"\s+", "")


def _digits(value: pl.Expr) -> pl.Expr:
    return value.str.replace_all(r"[^0-9]+", "")


def _without_zeros(value: pl.Expr) -> pl.Expr:
    return _digits(value).str.strip_chars_start("0")


def _at_gmail(pattern: str) -> Change:
    """Remove what the pattern finds before the @ of a Gmail address; it must not run past the @."""

    def change(address: pl.Expr) -> pl.Expr:
        user, rest = address.str.extract(r"^([^@]*)@"), address.str.extract(r"(@.*)$")
        changed = pl.concat_str(user.str.replace_all(pattern, ""), rest)
        return pl.when(rest.is_in(["@gmail.com", "@googlemail.com"])).then(changed).otherwise(address)

    return change


def _zero_kept(value: pl.Expr, land: pl.Expr) -> pl.Expr:
    """``+44020…``: the country code put before a number that keeps its zero of national dialling."""
    number, national = phone.digits(value, land), _without_zeros(value)
    code = number.str.strip_suffix(national)
    return pl.when(code.str.len_bytes() < number.str.len_bytes()).then(pl.concat_str(code, pl.lit("0"), national))


def _state_name(value: pl.Expr, land: pl.Expr) -> pl.Expr:
    """``california`` for ``CA``: the state's name in letters."""
    code = pl.concat_str(land.fill_null("US"), pl.lit("-"), place.state_code(value, land).str.to_uppercase())
    return place.city_letters(code.replace_strict(_state_names(), default=None, return_dtype=pl.String), land)


@cache
def _state_names() -> dict[str, str]:
    import pycountry

    return {state.code: state.name for state in pycountry.subdivisions}


def _number_without_zero(normalise: Normaliser) -> Normaliser:
    return _after(normalise, lambda text: text.str.strip_chars_start("0"))


_FOUND: Final = (
    Form(name="as_found", title="exactly as it stands", write=_by(lambda value: value), repaired=False),
    Form(
        name="trimmed",
        title="outer spaces removed, case kept",
        write=_by(lambda value: value.str.strip_chars()),
    ),
)
_CASES: Final = (
    Form(name="lower", title="outer spaces removed, lower case", write=_by(_lower)),
    *_FOUND,
    Form(name="upper", title="outer spaces removed, upper case", write=_by(_upper)),
    Form(name="lower_untrimmed", title="lower case, outer spaces kept", repaired=False,
         write=_by(lambda value: value.str.to_lowercase())),
)  # fmt: skip

_ACCENTS: Final = (
    Form(name="no_accents", title="lower case, accents removed, spaces and punctuation kept",
         write=_by(lambda value: base_letters(value.str.strip_chars()))),
    Form(name="no_accents_letters", title="lower case, accents removed, letters a-z alone",
         write=_by(lambda value: base_letters(value).str.replace_all(r"[^a-z]+", ""))),
    Form(name="accented_letters_dropped", title="lower case, letters with accents dropped, a-z, 0-9 alone",
         write=_by(lambda value: _lower(value).str.replace_all(r"[^a-z0-9]+", ""))),
    Form(name="spaces_removed", title="lower case, spaces removed, punctuation kept",
         write=_by(lambda value: _spaceless(value.str.to_lowercase()))),
    Form(name="punctuation_removed", title="lower case, punctuation removed, inner spaces kept",
         write=_by(lambda value: _lower(value).str.replace_all(r"[!-/:-@\[-`{-~]+", ""))),
    Form(name="accents_apart", title="lower case, letters and accents as separate characters (NFD)",
         write=_by(lambda value: _lower(value).str.normalize("NFD"))),
)  # fmt: skip

_EMAIL: Final = (
    Form(name="trimmed_lower", title="outer spaces removed, lower case, dots and +tag kept",
         write=email.trimmed_lower),
    Form(name="no_whitespace_lower", title="all spaces removed, lower case", write=email.no_whitespace_lower),
    Form(name="gmail_folded", title="dots and +tag removed at gmail.com and googlemail.com",
         write=email.gmail_folded),
    Form(name="gmail_canonical", title="dots and +tag removed at gmail.com alone",
         write=email.gmail_canonical),
    Form(name="gmail_no_dots", title="dots removed at Gmail, +tag kept",
         write=_after(email.trimmed_lower, _at_gmail(r"\."))),
    Form(name="gmail_no_plus", title="+tag removed at Gmail, dots kept",
         write=_after(email.trimmed_lower, _at_gmail(r"\+.*$"))),
    Form(name="lower_no_plus", title="+tag removed at every domain", write=email.lower_no_plus),
    Form(name="lower_no_dots_no_plus", title="dots and +tag removed at every domain",
         write=email.lower_no_dots_no_plus),
    Form(name="lower_alphanumeric", title="+tag removed, letters and digits alone before the @",
         write=email.lower_alphanumeric),
    Form(name="lower_plain_characters", title="the + removed and its text kept",
         write=email.lower_plain_characters),
    *_CASES,
)  # fmt: skip

_PHONE: Final = (
    Form(name="digits", title="country code and number, digits alone", write=phone.digits),
    Form(name="e164", title="plus sign, country code and number", write=phone.e164),
    Form(name="double_zero", title="00, country code and number",
         write=_after(phone.digits, lambda number: pl.concat_str(pl.lit("00"), number))),
    Form(name="national", title="national number without leading zero, no country code", repaired=False,
         write=_by(_without_zeros)),
    Form(name="digits_as_found", title="the digits as they stand", write=_by(_digits), repaired=False),
    Form(name="plus_digits_as_found", title="a plus sign before the digits as they stand", repaired=False,
         write=_by(lambda value: pl.concat_str(pl.lit("+"), _digits(value)))),
    Form(name="zero_kept", title="country code before a number that keeps its leading zero",
         write=_zero_kept),
    Form(name="plus_zero_kept", title="plus sign, country code, a number that keeps its leading zero",
         write=_after(_zero_kept, lambda number: pl.concat_str(pl.lit("+"), number))),
    *_FOUND,
)  # fmt: skip

_NAME: Final = (
    Form(name="squashed_lower", title="lower case without spaces and punctuation, accents kept",
         write=name.squashed_lower),
    *_CASES,
    Form(name="given_untitled", title="lower case without courtesy title", write=name.given_untitled),
    Form(name="family_untitled", title="lower case without suffix", write=name.family_untitled),
    Form(name="umlauts_spelt_out", title="umlauts spelt out, a-z and 0-9 alone",
         write=name.umlauts_spelt_out),
    *_ACCENTS,
)  # fmt: skip

_CITY: Final = (
    Form(name="city_letters", title="letters a-z, accents removed", write=place.city_letters),
    *_CASES,
    *_ACCENTS,
)  # fmt: skip

_STATE: Final = (
    Form(name="state_code_or_letters", title="US states as two letters, elsewhere letters a-z",
         write=place.state_code_or_letters),
    Form(name="state_code", title="the state's code, in other countries too", write=place.state_code),
    Form(name="state_code_upper", title="the state's code in upper case",
         write=_after(place.state_code, lambda code: code.str.to_uppercase())),
    Form(name="state_name", title="the state's name in letters", write=_state_name),
    *_CASES,
    *_ACCENTS,
)  # fmt: skip

_POSTAL_CODE: Final = (
    Form(name="compact_lower", title="lower case without spaces, US codes as five digits",
         write=postcode.compact_lower),
    Form(name="lower", title="lower case, inner space kept", write=_by(_lower)),
    Form(name="nine_digits", title="US codes as nine digits",
         write=_after(postcode.trimmed, lambda code: code.str.replace_all(r"[\s-]+", "").str.to_lowercase())),
    Form(name="compact_upper", title="upper case without spaces",
         write=_after(postcode.compact_lower, lambda code: code.str.to_uppercase())),
    Form(name="zeros_lost", title="leading zeros lost", write=_number_without_zero(postcode.compact_lower)),
    Form(name="trimmed", title="as it stands, outer spaces removed", write=postcode.trimmed),
    _FOUND[0],
)  # fmt: skip

_COUNTRY: Final = (
    Form(name="alpha2_lower", title="two letters in lower case", write=country.alpha2_lower),
    Form(name="alpha2_upper", title="two letters in upper case", write=country.alpha2_upper),
    Form(name="alpha3_lower", title="three letters in lower case",
         write=_after(country.alpha3_upper, lambda code: code.str.to_lowercase())),
    Form(name="alpha3_upper", title="three letters in upper case", write=country.alpha3_upper),
    *_CASES,
    Form(name="spaces_removed", title="lower case, spaces removed",
         write=_by(lambda value: _spaceless(value.str.to_lowercase()))),
    Form(name="first_two_letters", title="the first two letters of what is written",
         write=_by(lambda value: _lower(value).str.slice(0, 2))),
)  # fmt: skip

_GENDER: Final = (
    Form(name="initial", title="f or m", write=gender.initial),
    Form(name="initial_upper", title="F or M",
         write=_after(gender.initial, lambda text: text.str.to_uppercase())),
    *_CASES,
)  # fmt: skip

_BIRTH: Final = (
    Form(name="year", title="year of birth", write=birth.year),
    Form(name="month", title="month of birth, two digits", write=birth.month),
    Form(name="day", title="day of birth, two digits", write=birth.day),
    Form(name="month_short", title="month of birth without leading zero",
         write=_number_without_zero(birth.month)),
    Form(name="day_short", title="day of birth without leading zero", write=_number_without_zero(birth.day)),
    Form(name="compact", title="eight digits, year first", write=birth.compact),
    Form(name="iso", title="year, month and day with hyphens",
         write=_by(lambda value: birth.iso(value, None))),
    _FOUND[0],
)  # fmt: skip

_MOBILE: Final = (
    Form(name="mobile_id_lower", title="lower case with hyphens", write=identifier.mobile_id_lower),
    Form(name="mobile_id_upper", title="upper case with hyphens", write=identifier.mobile_id_upper),
    Form(name="no_hyphens", title="lower case without hyphens",
         write=_after(identifier.mobile_id_lower, lambda text: text.str.replace_all("-", ""))),
    _FOUND[0],
)  # fmt: skip

_ID: Final = (Form(name="unchanged", title="outer spaces removed", write=identifier.unchanged), *_CASES)

FORMS: Final[Mapping[str, tuple[Form, ...]]] = {
    c.EMAIL: _EMAIL,
    c.PHONE: _PHONE,
    c.FIRST_NAME: _NAME,
    c.LAST_NAME: _NAME,
    c.CITY: _CITY,
    c.STATE: _STATE,
    c.POSTAL_CODE: _POSTAL_CODE,
    c.COUNTRY: _COUNTRY,
    c.GENDER: _GENDER,
    c.DATE_OF_BIRTH: _BIRTH,
    c.MOBILE_ID: _MOBILE,
    c.CUSTOMER_ID: _ID,
}
"""Contact column -> the forms to try, the platforms' own first."""
