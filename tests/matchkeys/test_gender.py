import pytest

from audience_builder.matchkeys import apply, gender


@pytest.mark.parametrize(
    ("words", "letter"),
    [
        (
            "f F. Female FEMALE w Woman Frau weiblich Fräulein Mme Mrs. Ms Miss femme Señora mujer mulher donna",
            "f",
        ),
        (
            "vrouw mevrouw kvinna kvinde kvinne nainen kobieta Pani žena женщина Ж nő femeie γυναίκα kadın 女 여성",
            "f",
        ),
        ("moteris sieviete naine ženska bean жена жінка kona mara أنثى", "f"),
        ("m M. Male MAN Herr männlich Monsieur homme h Hombre señor uomo homem Mr. Mister man dhr", "m"),
        (
            "mies mężczyzna Pan muž мужчина М férfi bărbat άνδρας erkek 男 남성 vyras vīrietis mees moški fear ذكر",
            "m",
        ),
    ],
)
def test_words_of_many_languages_become_a_letter(words, letter):
    assert apply(gender.initial, words.split()) == [letter] * len(words.split())


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("divers", gender.NOT_STATED),
        ("Prefer not to say", gender.NOT_STATED),
        ("n/a", gender.NOT_STATED),
        ("x", gender.NOT_STATED),
        ("-", gender.NOT_STATED),
        ("k", gender.AMBIGUOUS),
        ("v", gender.AMBIGUOUS),
        ("helicopter", gender.UNKNOWN),
        ("1", gender.UNKNOWN),
        ("", None),
        (None, None),
    ],
)
def test_what_states_no_gender_is_unusable(cell, reason):
    assert apply(gender.initial, [cell]) == [None]
    assert apply(gender.why_not, [cell]) == [reason]


def test_no_word_stands_on_both_sides():
    male, female, neither = gender._words()
    assert not set(male) & set(female)
    assert not (set(male) | set(female)) & set(neither)
