import polars as pl
import pytest

from audience_builder.matchkeys import apply, name


@pytest.mark.parametrize(
    ("cell", "squashed", "spelt_out"),
    [
        ("Mary Ann", "maryann", "maryann"),
        ("O'Brien-Smith", "obriensmith", "obriensmith"),
        ("  ZOË ", "zoë", "zo"),
        ("Zoe\u0308", "zoë", "zo"),
        ("Müller", "müller", "mueller"),
        ("Mu\u0308ller", "müller", "mueller"),
        ("Straße", "straße", "strasse"),
        ("Søren Æble", "sørenæble", "sorenaeble"),
        ("정", "정", None),
        ("山田", "山田", None),
        ("Иванов", "иванов", None),
        ("Dr. Ann", "drann", "drann"),
        ("Null", None, None),
        ("test", None, None),
        ("N/A", None, None),
        ("(none)", None, None),
        ("J.", None, None),
        ("É", None, None),
        ("12", None, None),
        ("🌸", None, None),
        ("--", None, None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_name_is_written_as_meta_and_amazon_want_it(cell, squashed, spelt_out):
    assert apply(name.squashed_lower, [cell]) == [squashed]
    assert apply(name.umlauts_spelt_out, [cell]) == [spelt_out]


@pytest.mark.parametrize(
    ("cell", "normal"),
    [
        ("Mr. John", "john"),
        ("MRS Mary-Ann", "mary-ann"),
        ("Dr.Jane", "jane"),
        ("mr. dr. jim", "jim"),
        ("Drew", "drew"),
        ("Ms", "ms"),
        ("anna\tmaria", "anna\tmaria"),
        ("D'Arcy", "d'arcy"),
        ("Mr.", "mr."),
    ],
)
def test_titles_come_off_the_given_name(cell, normal):
    assert apply(name.given_untitled, [cell]) == [normal if normal != "mr." else None]


@pytest.mark.parametrize(
    ("cell", "normal"),
    [
        ("Smith Jr.", "smith"),
        ("Smith, MD, PhD", "smith"),
        ("King III", "king"),
        ("Davi", "davi"),
        ("Vi", "vi"),
        ("de la Cruz", "de la cruz"),
        ("Smith-Jr", "smith-jr"),
    ],
)
def test_suffixes_come_off_the_family_name(cell, normal):
    assert apply(name.family_untitled, [cell]) == [normal]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("unknown", name.PLACEHOLDER),
        ("Test Test", name.PLACEHOLDER),
        ("xxx", name.PLACEHOLDER),
        ("J.", name.INITIAL),
        ("Я", name.INITIAL),
        ("123", name.NOT_LETTERS),
        ("🌸", name.NOT_LETTERS),
        ("정", None),
        ("Example Traders Ltd", None),
        (" ", None),
        (None, None),
    ],
)
def test_reason_names_what_is_wrong(cell, reason):
    assert apply(name.why_not, [cell]) == [reason]


@pytest.mark.parametrize(
    ("first", "last", "full", "expected"),
    [
        ("Ann", "Bee", "Cat Dee", ("Ann", "Bee")),
        ("Ann", None, "Ann Bee", ("Ann", None)),
        (None, "Bee", "Ann Bee", (None, "Bee")),
        ("Mary Ann", None, None, ("Mary Ann", None)),
        (None, None, "Ann Bee", ("Ann", "Bee")),
        (" ", "", "Ann Bee", ("Ann", "Bee")),
        (None, None, "Mary Ann Bee", ("Mary Ann", "Bee")),
        (None, None, "Madonna", ("Madonna", None)),
        (None, None, "de la Cruz, Ann", ("Ann", "de la Cruz")),
        (None, None, "Ann de la Cruz", ("Ann", "de la Cruz")),
        (None, None, "Jan van der Berg", ("Jan", "van der Berg")),
        (None, None, "Van Morrison", ("Van", "Morrison")),
        (None, None, "Dr. Ann Bee", ("Ann", "Bee")),
        (None, None, "Mr. and Mrs. Bee", (None, "Bee")),
        (None, None, "Mrs. Bee", (None, "Bee")),
        (None, None, "M. Bee", (None, "Bee")),
        (None, None, "Miss Ann Bee", ("Ann", "Bee")),
        (None, None, "Herr Max Muster", ("Max", "Muster")),
        (None, None, "Don Smith", ("Don", "Smith")),
        (None, None, "John Bee Jr.", ("John", "Bee")),
        (None, None, "John Bee, Jr.", ("John", "Bee")),
        (None, None, "BEE, Dr. Ann", ("Ann", "BEE")),
        ("TREMBLAY, Bob", None, None, ("Bob", "TREMBLAY")),
        ("TREMBLAY, Bob", "", "x", ("Bob", "TREMBLAY")),
        ("Bob, Jr.", "Bee", None, ("Bob, Jr.", "Bee")),
        ("TREMBLAY,", None, None, (None, "TREMBLAY")),
        (None, None, None, (None, None)),
        (None, None, " , ", (None, None)),
    ],
)
def test_name_is_parted(first, last, full, expected):
    cells = [pl.lit(text, pl.String) for text in (first, last, full)]
    assert tuple(pl.select(name.parts(*cells)).item().values()) == expected
