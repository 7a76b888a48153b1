"""Gender: words of 27 and more languages to ``m`` or ``f``."""

from functools import cache
from typing import Final

import polars as pl

from audience_builder.matchkeys.sparing import NOWHERE, on_distinct
from audience_builder.matchkeys.spelling import folded

__all__ = ["AMBIGUOUS", "NOT_STATED", "UNKNOWN", "initial", "why_not"]

NOT_STATED: Final = "neither male nor female is stated"
AMBIGUOUS: Final = "male in one language and female in another"
UNKNOWN: Final = "not a word for a gender that we know"

_MALE: Final = """
m h male man men boy mr mister sir
mann männlich herr junge hr
homme masculin monsieur garçon mâle
hombre masculino varon varón señor sr niño
homem masc senhor rapaz menino macho
uomo maschio maschile signore sig
man mannelijk heer dhr mijnheer jongen
mand mandlig hankøn herre dreng
manlig pojke hane
mannlig gutt
mies miespuolinen herra poika
karl karlmaður
mees meessoost isane härra
vīrietis vīrs kungs vyras vyriškas vyriška
mężczyzna męski męska pan chłopiec
muž mužský mužské pán chlapec
muž mužský moški moško gospod muškarac muški muško gospodin
мужчина мужской муж м господин мъж мъжки мушкарац мушко чоловік чоловічий пан
férfi úr fiú hímnemű
bărbat barbat domn băiat domnul
άνδρας ανδρας άντρας αρσενικό αρσενικο άρρεν κύριος κος
fireann fear raġel maskili
erkek bay bey
ذكر رجل זכר גבר
男 男性 男士 先生 남 남자 남성
पुरुष ชาย nam pria laki-laki lelaki
"""
_FEMALE: Final = """
f w female woman women girl mrs ms miss madam mme mlle
frau weiblich fräulein mädchen weib fr
femme féminin feminin madame mademoiselle fille femelle
mujer hembra femenino femenina señora señorita sra srta niña
mulher feminino feminina fem senhora moça rapariga menina
donna femmina femminile signora signorina
vrouw vrouwelijk mevrouw mevr mw meisje
kvinde kvindelig hunkøn pige fru
kvinna kvinnlig flicka
kvinne kvinnelig jente
nainen naispuolinen rouva neiti tyttö
kona kvenmaður kvenkyns
naine naissoost emane proua
sieviete sieviešu kundze moteris moteriškas moteriška ponia
kobieta żeński żeńska pani dziewczyna
žena ženský ženské paní dívka pani
ženska žensko gospa žena ženski gospođa
женщина женский жен ж госпожа жена женски жіночий жінка пані
nő női hölgy asszony lány nőnemű
femeie femeiesc doamna doamnă fată
γυναίκα γυναικα θηλυκό θηλυκο θήλυ κυρία κα
baineann bean mara femminili
kadın kadin bayan hanım
أنثى انثى امرأة נקבה אישה
女 女性 女士 小姐 여 여자 여성
महिला स्त्री หญิง nữ wanita perempuan
"""
_NOT_STATED: Final = """
d x u o n na none null unknown unspecified undisclosed other others divers diverse nonbinary nb agender
prefernottosay notsay notspecified notstated autre andere anders otro otra outro altro company firma
"""


def initial(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """``m`` or ``f`` from a word, a letter or a form of address, in any case, accents or not.

    ``h`` is male (hombre, homme), ``w`` is female (weiblich, woman), ``m`` is male, also where a
    Spanish file may mean mujer. Letters that change sides between languages (``k``, ``v``, ``n``,
    ``z``) are unusable, and so is whatever states neither.

    Source: https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences (``GEN``)

    >>> from audience_builder.matchkeys import apply
    >>> apply(initial, ["Female", "Herr", "MME", "weiblich", "divers", "v"])
    ['f', 'm', 'f', 'f', None, None]
    """
    del country  # the words are told apart without it
    return on_distinct(value, NOWHERE, _initial)


def why_not(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    """Why a non-blank cell gives neither ``m`` nor ``f``, null where it does or is blank.

    >>> from audience_builder.matchkeys import apply
    >>> apply(why_not, ["divers", "v", "12", "m"])  # doctest: +NORMALIZE_WHITESPACE
    ['neither male nor female is stated', 'male in one language and female in another',
     'not a word for a gender that we know', None]
    """
    del country  # the words are told apart without it
    return on_distinct(value, NOWHERE, _why_not)


@cache
def _words() -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Male, female and neither, as folded words; words on two sides are on none."""
    male, female, neither = (
        set(pl.select(folded(pl.lit(pl.Series(text.split())))).to_series()) for text in (_MALE, _FEMALE, _NOT_STATED)
    )
    return tuple(male - female), tuple(female - male), tuple(neither)


def _initial(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    del country  # the words are told apart without it
    male, female, _ = _words()
    word = folded(value)
    return pl.when(word.is_in(male)).then(pl.lit("m")).when(word.is_in(female)).then(pl.lit("f"))


def _why_not(value: pl.Expr, country: pl.Expr) -> pl.Expr:
    _, _, neither = _words()
    word = folded(value)
    blank = value.str.strip_chars().str.len_bytes() == 0
    return (
        pl.when(blank | _initial(value, country).is_not_null())
        .then(None)
        .when(word.is_in(neither) | (word == ""))
        .then(pl.lit(NOT_STATED))
        .when(word.str.contains("^[a-z]$"))
        .then(pl.lit(AMBIGUOUS))
        .when(word.is_not_null())
        .then(pl.lit(UNKNOWN))
    )
