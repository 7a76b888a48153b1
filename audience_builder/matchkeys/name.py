"""Names of people: one cell to the form each platform hashes, and one full name to two parts."""

from collections.abc import Callable
from typing import Final

import polars as pl

from audience_builder.matchkeys.sparing import NOWHERE, fixed_where, in_stages, not_ascii, on_distinct, scattered

__all__ = [
    "INITIAL",
    "NOT_LATIN",
    "NOT_LETTERS",
    "ONLY_A_TITLE",
    "PLACEHOLDER",
    "family_untitled",
    "given_untitled",
    "parts",
    "squashed_lower",
    "trimmed",
    "umlauts_spelt_out",
    "why_not",
    "why_not_family",
    "why_not_given",
    "why_not_latin",
]

PLACEHOLDER: Final = "stands for no name"
INITIAL: Final = "only an initial"
NOT_LETTERS: Final = "holds no letters"
NOT_LATIN: Final = "not written in Latin letters"
ONLY_A_TITLE: Final = "only a title"

_FIRST, _LAST, _FULL = "first_name", "last_name", "full_name"

_ASCII_PUNCTUATION_AND_SPACE: Final = r"[\s!-/:-@\[-`{-~]+"
_PLACEHOLDER: Final = (
    r"^(?:na|none|null|nil|nan|nat|(?:test)+|unknown|undefined|anonymous|x{2,}|asdf+|tba|tbd|"
    r"noname|not(?:provided|available|given))$"
)
"""In the squashed form. ``null``, ``none`` and ``nan`` are surnames too, but platforms' own checks
take their digests for missing values."""
_INITIAL: Final = r"^[^\p{L}]*[\p{Latin}\p{Greek}\p{Cyrillic}]\p{M}*[^\p{L}\p{M}]*$"
_NO_LETTERS: Final = r"^[^\p{L}]*$"
_REFUSED: Final = f"{_PLACEHOLDER}|{_NO_LETTERS}|{_INITIAL}"
"""Every squashed form that is no usable name."""

_TITLES: Final = r"^(?:(?:mr|mrs|ms|dr)(?:\.\s*|\s+))+"
_SUFFIXES: Final = r"(?:[\s,]+(?:jr|sr|2nd|3rd|ii|iii|iv|v|vi|cpa|dc|dds|vm|jd|md|phd)\.?)+$"

_UMLAUTS: Final = {"ß": "ss", "ä": "ae", "ö": "oe", "ü": "ue", "ø": "o", "æ": "ae"}

_DOTTED_TITLES: Final = r"(?:mr|mrs|ms|miss|mx|dr|prof|sr|sra|srta|sig|dott|dhr|mevr|m|mme|mlle)\.\s*"
_TITLES_AND_SPACE: Final = (
    r"(?:mr|mrs|ms|miss|mx|dr|prof|herr|herrn|frau|mme|mlle|monsieur|madame|señor|señora|sra|srta|dhr|mevr)\s+"
)
_HONORIFICS: Final = rf"(?i)^(?:(?:{_DOTTED_TITLES}|{_TITLES_AND_SPACE})(?:(?:and|&|und|et|y|e|en)\s+)?)+"
_SUFFIXES_OF_FULL: Final = r"(?i)(?:,?\s+(?:jr|sr|2nd|3rd|ii|iii|iv|cpa|dds|jd|md|ph\.?d|esq)\.?)+$"
_PARTICLES: Final = (
    r"(?:de|del|della|delle|dello|degli|dei|di|da|das|do|dos|du|des|la|las|le|les|lo|los|el|al|ap|ben|bin|bint|ibn|"
    r"van|von|vom|zu|zum|zur|den|der|ten|ter|te|het|op|af|av|i|y|e|'t|st\.?|san|santa)"
)
_GIVEN_THEN_FAMILY: Final = rf"(?i)^(\S+(?:\s+\S+)*?)\s+((?:{_PARTICLES}\s+)*\S+)$"


def squashed_lower(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Lower case, composed (NFC), without whitespace and ASCII punctuation; accents and other scripts stay.

    Sources: https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences;
    https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/customer-information-parameters

    >>> from audience_builder.matchkeys import apply
    >>> apply(squashed_lower, ["Mary Ann", "O'Brien", "Valéry", "정", "n/a", "J."])
    ['maryann', 'obrien', 'valéry', '정', None, None]
    """
    del country  # Meta's rule is one for all countries
    return _once_each(value, _composed_lower, _squashed, _unrefused)


def given_untitled(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Lower case, composed (NFC), trimmed, without Mr, Mrs, Ms or Dr in front; all else inside stays.

    Sources: https://developers.google.com/data-manager/api/devguides/concepts/formatting;
    https://github.com/googleads/data-manager-node (the list of titles)

    >>> from audience_builder.matchkeys import apply
    >>> apply(given_untitled, ["  Mrs. Mary-Ann Zoë", "dr jane", "Drew"])
    ['mary-ann zoë', 'jane', 'drew']
    """
    del country  # Google's rule is one for all countries
    return _once_each(value, _composed_lower, _untitled, _usable)


def family_untitled(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Lower case, composed (NFC), trimmed, without Jr, Sr, II, MD, PhD and the like at its end.

    Sources: https://developers.google.com/data-manager/api/devguides/concepts/formatting;
    https://github.com/googleads/data-manager-node (the list of suffixes)

    >>> from audience_builder.matchkeys import apply
    >>> apply(family_untitled, [" Smith, Jr. ", "de la Cruz III", "Vi"])
    ['smith', 'de la cruz', 'vi']
    """
    del country  # Google's rule is one for all countries
    return _once_each(value, _composed_lower, _without_suffixes, _usable)


def umlauts_spelt_out(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Lower case; ß, ä, ö, ü, ø, æ as ss, ae, oe, ue, o, ae; then only a-z and 0-9 stay.

    Source: https://github.com/aws-solutions/amazon-marketing-cloud-uploader-from-aws

    >>> from audience_builder.matchkeys import apply
    >>> apply(umlauts_spelt_out, ["Müller-Lüdenscheidt", "O'Brien", "정"])
    ['muellerluedenscheidt', 'obrien', None]
    """
    del country  # Amazon's rule is one for all countries
    return _once_each(value, _composed_lower, _spelt_out, _usable)


def trimmed(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Spaces around the name go, nothing else; for platforms that take names in the clear.

    Source: https://learn.microsoft.com/en-us/linkedin/marketing/matched-audiences/create-and-manage-segment-users

    >>> from audience_builder.matchkeys import apply
    >>> apply(trimmed, [" Mary Ann ", "n/a"])
    ['Mary Ann', None]
    """
    del country  # LinkedIn's rule is one for all countries
    return in_stages(value, lambda text: text.str.strip_chars(), _usable)


def parts(first: pl.Expr, last: pl.Expr, full: pl.Expr) -> pl.Expr:
    """First and last name from three cells, as a struct of ``first_name`` and ``last_name``.

    The full name counts only where both others are blank; a first name with a comma counts as a full
    name where the last name is blank. ``Family, Given`` is turned round; otherwise the last word is
    the family name, together with particles before it (``van der Berg``); one word is a first name,
    after a courtesy title a family name. Titles and suffixes are left out of what is split.

    >>> pl.select(parts(pl.lit(""), pl.lit(" "), pl.lit("Dr. Ann van der Berg"))).item()
    {'first_name': 'Ann', 'last_name': 'van der Berg'}
    """
    cells = pl.struct(first.alias(_FIRST), last.alias(_LAST), full.alias(_FULL))
    return cells.map_batches(_parts, return_dtype=pl.Struct({_FIRST: pl.String, _LAST: pl.String}), is_elementwise=True)


def why_not(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Why a non-blank cell is no usable name, null where it is usable or blank.

    >>> from audience_builder.matchkeys import apply
    >>> apply(why_not, ["test test", "J.", "12", "Ann", " "])
    ['stands for no name', 'only an initial', 'holds no letters', None, None]
    """
    del country  # names are names everywhere
    return in_stages(value, _composed_lower, _squashed_reason)


def why_not_given(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Why a non-blank cell is unusable for ``given_untitled``, null where it is usable or blank.

    >>> from audience_builder.matchkeys import apply
    >>> apply(why_not_given, ["Mr.", "Mr. J", "Mr. Jo"])
    ['only a title', 'only an initial', None]
    """
    del country  # names are names everywhere
    return in_stages(value, _composed_lower, lambda text: _bare_reason(text, _untitled))


def why_not_family(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Why a non-blank cell is unusable for ``family_untitled``, null where it is usable or blank.

    >>> from audience_builder.matchkeys import apply
    >>> apply(why_not_family, ["B. Jr.", "Bee Jr."])
    ['only an initial', None]
    """
    del country  # names are names everywhere
    return in_stages(value, _composed_lower, lambda text: _bare_reason(text, _without_suffixes))


def why_not_latin(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Why a non-blank cell is unusable for ``umlauts_spelt_out``, null where it is usable or blank.

    >>> from audience_builder.matchkeys import apply
    >>> apply(why_not_latin, ["정", "J.", "Ann"])
    ['not written in Latin letters', 'only an initial', None]
    """
    del country  # names are names everywhere
    return in_stages(value, _composed_lower, _latin_reason)


def _parts(cells: pl.Series) -> pl.Series:
    """The struct of ``parts``; only full names, mostly few, are taken apart."""
    first, last = pl.col(_FIRST), pl.col(_LAST)
    frame = cells.struct.unnest().with_columns(_blank_to_null(pl.col(name)) for name in (_FIRST, _LAST, _FULL))
    in_full = first.is_null() & pl.col(_FULL).is_not_null()
    whole = last.is_null() & (in_full | first.str.contains(",", literal=True).fill_null(value=False))
    mask = frame.select(whole).to_series()
    if mask.any():
        given, family = _split(pl.coalesce(_FIRST, _FULL))
        names = frame.filter(mask).select(given.alias(_FIRST), family.alias(_LAST))
        frame = frame.with_columns(scattered(names[column], mask, frame[column]) for column in names.columns)
    return frame.select(_FIRST, _LAST).to_struct(cells.name)


def _split(whole: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Given and family name of a full name, either null where there is none."""
    bare = whole.str.replace(_HONORIFICS, "").str.replace(_SUFFIXES_OF_FULL, "").str.strip_chars()
    turned = bare.str.contains(",", literal=True)
    one_word = ~bare.str.contains(r"\s")
    addressed = whole.str.contains(_HONORIFICS) & one_word
    given = (
        pl.when(turned)
        .then(bare.str.extract(r"^[^,]*,\s*(.*)$").str.replace(_HONORIFICS, ""))
        .when(one_word & ~addressed)
        .then(bare)
        .otherwise(bare.str.extract(_GIVEN_THEN_FAMILY, 1))
    )
    family = (
        pl.when(turned)
        .then(bare.str.extract(r"^([^,]*),"))
        .when(addressed)
        .then(bare)
        .otherwise(bare.str.extract(_GIVEN_THEN_FAMILY, 2))
    )
    return _blank_to_null(given), _blank_to_null(family)


def _once_each(value: pl.Expr, *stages: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
    """The stages on each distinct name: people share them."""
    return on_distinct(value, NOWHERE, lambda text, _: in_stages(text, *stages))


def _composed_lower(value: pl.Expr) -> pl.Expr:
    return fixed_where(value.str.to_lowercase(), not_ascii, lambda text: text.str.normalize("NFC"))


def _squashed(name: pl.Expr) -> pl.Expr:
    return fixed_where(
        name,
        lambda text: text.str.contains(_ASCII_PUNCTUATION_AND_SPACE),
        lambda text: text.str.replace_all(_ASCII_PUNCTUATION_AND_SPACE, ""),
    )


def _untitled(name: pl.Expr) -> pl.Expr:
    return name.str.strip_chars().str.replace(_TITLES, "").str.strip_chars()


def _without_suffixes(name: pl.Expr) -> pl.Expr:
    return name.str.strip_chars().str.replace(_SUFFIXES, "").str.strip_chars()


def _spelt_out(name: pl.Expr) -> pl.Expr:
    spelt = fixed_where(name, not_ascii, lambda text: text.str.replace_many(_UMLAUTS))
    return spelt.str.replace_all(r"[^a-z0-9]+", "")


def _usable(name: pl.Expr) -> pl.Expr:
    """Null where the squashed form holds no letter, is an initial or stands for no name."""
    return pl.when(~_squashed(name.str.to_lowercase()).str.contains(_REFUSED)).then(name)


def _unrefused(squashed: pl.Expr) -> pl.Expr:
    """``_usable`` of what is squashed already."""
    return pl.when(~squashed.str.contains(_REFUSED)).then(squashed)


def _squashed_reason(name: pl.Expr) -> pl.Expr:
    squashed = _squashed(name.str.to_lowercase())
    return (
        pl.when(name.str.strip_chars().str.len_bytes() == 0)
        .then(None)
        .when(squashed.str.contains(_PLACEHOLDER))
        .then(pl.lit(PLACEHOLDER))
        .when(squashed.str.contains(_NO_LETTERS))
        .then(pl.lit(NOT_LETTERS))
        .when(squashed.str.contains(_INITIAL))
        .then(pl.lit(INITIAL))
    )


def _bare_reason(name: pl.Expr, bare: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
    """The reason of what is left of a name, which may be nothing."""
    left = bare(name)
    emptied = (name.str.strip_chars().str.len_bytes() > 0) & (left.str.len_bytes() == 0)
    return pl.when(emptied).then(pl.lit(ONLY_A_TITLE)).otherwise(_squashed_reason(left))


def _latin_reason(name: pl.Expr) -> pl.Expr:
    filled = name.str.strip_chars().str.len_bytes() > 0
    lost = filled & _usable(_spelt_out(name)).is_null()
    return pl.when(lost).then(pl.coalesce(_squashed_reason(name), pl.lit(NOT_LATIN)))


def _blank_to_null(value: pl.Expr) -> pl.Expr:
    def blank_or_padded(text: pl.Expr) -> pl.Expr:
        bare = text.str.strip_chars().str.len_bytes()
        return (bare == 0) | (bare != text.str.len_bytes())

    def filled(text: pl.Expr) -> pl.Expr:
        bare = text.str.strip_chars()
        return pl.when(bare.str.len_bytes() > 0).then(bare)

    return fixed_where(value, blank_or_padded, filled)
