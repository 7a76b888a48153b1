"""Numbers that no pattern tells apart are read once; every other number on its own."""

import numpy as np
import pytest

from audience_builder.matchkeys import phone_automaton
from audience_builder.matchkeys.phone_automaton import Automaton, Digits
from audience_builder.matchkeys.phone_patterns import Node, UnreadablePatternError, entries, followed


@pytest.fixture
def asked(monkeypatch):
    """What phonenumbers is asked to read, in turn."""
    cells = []

    def read_cell(cell, country):
        cells.append((cell, country))
        return phone_automaton_read_cell(cell, country)

    phone_automaton_read_cell = phone_automaton.read_cell
    monkeypatch.setattr(phone_automaton, "read_cell", read_cell)
    return cells


def e164(automaton, texts, country):
    """Numbers in E.164, as whole columns read them."""
    starts = np.array([automaton.start(None if "+" in text else country, plus="+" in text) for text in texts], np.int32)
    numbers = [text.removeprefix("+") for text in texts]
    lengths = np.array([len(number) for number in numbers], np.int32)
    values = np.array([int(digit) for number in numbers for digit in number], np.uint8)
    readings = automaton.read(starts, Digits(values, np.cumsum(lengths) - lengths, lengths))
    edits = automaton.edits()
    found = zip(numbers, (edits[reading] for reading in readings), strict=True)
    return [lead and lead + number[behind:] for number, (lead, behind) in found]


def test_a_hundred_numbers_of_one_exchange_are_read_once(asked):
    numbers = [f"212555{line:04}" for line in range(100, 200)]
    assert e164(Automaton(), numbers, "US") == [f"+1212555{line:04}" for line in range(100, 200)]
    assert asked == [("2125550100", "US")]


def test_an_automaton_asks_no_number_twice(asked):
    automaton = Automaton()
    for _ in range(2):
        assert e164(automaton, ["02079460958", "+442079460959", "999"], "GB") == [
            "+442079460958",
            "+442079460959",
            None,
        ]
    assert sorted(asked) == [("+442079460959", None), ("02079460958", "GB"), ("999", "GB")]


@pytest.mark.parametrize(
    ("number", "country", "expected"),
    [
        ("0111523456789", "AR", "+5491123456789"),  # 15 before a mobile number in Buenos Aires becomes 9 after the code
        ("0111523456780", "AR", "+5491123456780"),
        ("01511961234567", "BR", "+5511961234567"),  # 15 is a carrier, 11 the area
        ("4641234", "AG", "+12684641234"),  # Antigua's own numbers lack its area code
        ("011442079460958", "US", "+442079460958"),  # 011 is dialled before calling codes
        ("12125550100", "US", "+12125550100"),
        ("33612345678", "FR", "+33612345678"),  # with the calling code, but no plus
    ],
)
def test_what_stands_before_a_number_is_read_as_its_plan_says(number, country, expected):
    assert e164(Automaton(), [number], country) == [expected]


def test_numbers_that_lack_a_digit_are_not_taken_for_their_neighbours():
    assert e164(Automaton(), ["2125550100", "212555010", "21255501000", ""], "US") == ["+12125550100", None, None, None]


def test_a_pattern_is_followed_digit_by_digit():
    end = Node(frozenset(), frozenset())
    begin = entries(r"(?:1[2-4]|2)\d{2,3}|0", end)
    assert end in followed(begin, "0")
    assert end in followed(begin, "1399")
    assert end in followed(begin, "13999")
    assert end in followed(begin, "299")
    assert end not in followed(begin, "139")
    assert end not in followed(begin, "139999")
    assert not followed(begin, "15")


@pytest.mark.parametrize("pattern", ["(?=1)2", "1*", "a", "(1", "1)", r"\1"])
def test_a_pattern_of_an_unknown_kind_is_refused(pattern):
    with pytest.raises(UnreadablePatternError):
        entries(pattern, Node(frozenset(), frozenset()))
