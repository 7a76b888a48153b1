"""Gender words and salutations of many languages to one letter."""

from typing import Final

import polars as pl

from audience_builder.matchkeys.sparing import on_distinct

__all__ = ["NO_GENDER_WORD", "initial", "why_not"]

NO_GENDER_WORD: Final = "not a word for female or male"

_FEMALE: Final = """
f female woman w weiblich frau femme féminin feminin mme madame mlle fille mujer femenino femenina hembra sra
señora donna femmina femminile signora feminino feminina mulher vrouw vrouwelijk mevrouw mevr kvinna kvinnlig kvinde
kvinne nainen kobieta pani žena zena nő femeie жена женский женщина γυναίκα kadın kadin mrs ms miss girl 女 女性 여성 여 أنثى
perempuan wanita
"""
_MALE: Final = """
m male man männlich maennlich herr homme masculin monsieur hombre masculino varón varon señor uomo maschio maschile signore
signor homem mannelijk meneer dhr manlig mand mann mies mężczyzna mezczyzna pan muž muz férfi bărbat barbat мъж
мужской мужчина άνδρας erkek mr mister boy h 男 男性 남성 남 ذكر pria laki-laki
"""
_LETTERS: Final = dict.fromkeys(_FEMALE.split(), "f") | dict.fromkeys(_MALE.split(), "m")


def initial(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """``f`` or ``m``; anything else is nothing. ``h`` is hombre and homme, ``w`` weiblich.

    Source: https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences (``GEN``).

    >>> from audience_builder.matchkeys import apply
    >>> apply(initial, ["Female", " M ", "Frau", "hombre", "x", None])
    ['f', 'm', 'f', 'm', None, None]
    """
    return on_distinct(lambda text, _: _initial(text), value, country)


def why_not(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Why a filled cell gives no gender; null where it does.

    >>> from audience_builder.matchkeys import apply
    >>> apply(why_not, ["diverse", "f", None])
    ['not a word for female or male', None, None]
    """
    del country
    return pl.when((value.str.strip_chars().str.len_bytes() > 0) & _initial(value).is_null()).then(
        pl.lit(NO_GENDER_WORD)
    )


def _initial(value: pl.Expr) -> pl.Expr:
    word = value.str.strip_chars().str.strip_chars_end(".").str.to_lowercase()
    return word.replace_strict(_LETTERS, default=None, return_dtype=pl.String)
