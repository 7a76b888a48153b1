"""Lists of people, however short."""

import pytest

from audience_builder.errors import DataError
from audience_builder.sources.suppression import read_texts


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("ann@example.com", ["ann@example.com"]),
        ("ann@example.com\n", ["ann@example.com"]),
        ("\ufeff+12125550143\r\n", ["+12125550143"]),
        ("ann@example.com;+12125550143\n", ["+12125550143", "ann@example.com", "ann@example.com;+12125550143"]),
        ("ab" * 32 + "\n", ["ab" * 32]),
        ("ann@example.com\nbob@example.com\n", ["ann@example.com", "bob@example.com"]),
        ("email\nann@example.com\n", ["ann@example.com", "email"]),
    ],
)
def test_a_list_of_one_line_is_a_person(tmp_path, text, people):
    (tmp_path / "no.csv").write_text(text, encoding="utf-8")
    assert read_texts([tmp_path / "no.csv"]) == people


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_people_are_found_whatever_stands_between_the_columns(tmp_path, mark, quote):
    rows = [("Name", "Email"), ("Lee", "ann@example.com"), ("Kim", "bob@example.com")]
    text = "\n".join(mark.join(f"{quote}{cell}{quote}" for cell in row) for row in rows)
    (tmp_path / "no.csv").write_text(text, encoding="utf-8")
    assert {"ann@example.com", "bob@example.com"} <= set(read_texts([tmp_path / "no.csv"]))


@pytest.mark.parametrize("text", ["Email\n", "E-Mail;Phone\n", "", "\n\n"])
def test_column_names_alone_are_no_people(tmp_path, text):
    (tmp_path / "no.csv").write_text(text, encoding="utf-8")
    with pytest.raises(DataError):
        read_texts([tmp_path / "no.csv"])
