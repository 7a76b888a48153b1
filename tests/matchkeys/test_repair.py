import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audience_builder import columns as c
from audience_builder import schemas
from audience_builder.matchkeys import apply, repair


def repaired(cell, column, country=None, off=frozenset()):
    return apply(lambda value, land: repair.repaired(value, column, land, off), [cell], country)[0]


@pytest.mark.parametrize(
    ("name", "column", "cell", "after", "country"),
    [
        ("html_entities", c.LAST_NAME, "O&#39;Brien", "O'Brien", None),
        ("html_entities", c.FIRST_NAME, "Tom &amp;amp; Ann", "Tom &amp; Ann", None),
        ("broken_encoding", c.LAST_NAME, "MÃ¼ller", "Müller", None),
        ("broken_encoding", c.CITY, "SÃ£o Paulo", "São Paulo", None),
        ("broken_encoding", c.FIRST_NAME, "Ð\x9bÐµÐ²", "Лев", None),
        ("invisible_characters", c.EMAIL, "\ufeffann@example.com\u200b", "ann@example.com", None),
        ("wide_spaces", c.CITY, "New\u00a0York", "New York", None),
        ("full_width", c.PHONE, "＋１２１２５５５０１００", "+12125550100", None),
        ("full_width", c.EMAIL, "ａｎｎ＠example．com", "ann@example.com", None),
        ("loose_accents", c.FIRST_NAME, "Zoe\u0308", "Zoë", None),
        ("typographic_marks", c.LAST_NAME, "O’Brien", "O'Brien", None),
        ("typographic_marks", c.LAST_NAME, "Smith–Jones", "Smith-Jones", None),
        ("emoji", c.FIRST_NAME, "Ann 🌸", "Ann", None),
        ("emoji", c.FIRST_NAME, "❤️Ann", "Ann", None),
        ("spreadsheet_text_mark", c.POSTAL_CODE, "'02134", "02134", "US"),
        ("spreadsheet_text_mark", c.PHONE, "'+1 212-555-0100", "+1 212-555-0100", None),
        ("spreadsheet_text_mark", c.POSTAL_CODE, '="02134"', "02134", "US"),
        ("link_prefix", c.EMAIL, "mailto:ann@example.com?subject=Hi", "ann@example.com", None),
        ("link_prefix", c.PHONE, "TEL:+12125550100", "+12125550100", None),
        ("name_and_address", c.EMAIL, "Ann Bee <ann@example.com>", "ann@example.com", None),
        ("email_spaces", c.EMAIL, "ann @ example.com", "ann@example.com", None),
        ("email_spaces", c.EMAIL_2, "ja ne@example.com", "jane@example.com", None),
        ("email_punctuation", c.EMAIL, "ann@example.com.", "ann@example.com", None),
        ("email_punctuation", c.EMAIL, "'ann@example.com',", "ann@example.com", None),
        ("spreadsheet_decimals", c.PHONE, "12125550100.0", "12125550100", None),
        ("spreadsheet_decimals", c.CUSTOMER_ID, "7210.00", "7210", None),
        ("spreadsheet_exponent", c.PHONE, "1.2125550100E10", "12125550100", None),
        ("spreadsheet_exponent", c.PHONE, "1,2125550100e+10", "12125550100", None),
        ("trunk_zero", c.PHONE, "+44 (0)20 7946 0958", "+44 20 7946 0958", None),
        ("trunk_zero", c.PHONE_3, "+39 (0)6 6982 1234", "+39 06 6982 1234", None),
        ("dialling_prefix", c.PHONE, "0044 20 7946 0958", "+44 20 7946 0958", None),
        ("zip_leading_zeros", c.POSTAL_CODE, "2134", "02134", "US"),
        ("zip_leading_zeros", c.POSTAL_CODE, "501", "00501", "US"),
        ("zip_leading_zeros", c.POSTAL_CODE, "1067", "01067", "DE"),
    ],
)
def test_repair_undoes_the_damage_alone_and_can_be_switched_off(name, column, cell, after, country):
    assert repaired(cell, column, country).strip() == after
    others = frozenset(each.name for each in repair.REPAIRS if each.name != name)
    assert repaired(cell, column, country, others).strip() == after
    assert repaired(cell, column, country, frozenset({name})) != after
    done = repair.mended(pl.Series([cell, None]), column, pl.Series([country, None], dtype=pl.String))
    assert done.changed[name] == 1


@pytest.mark.parametrize(
    ("column", "cell", "country"),
    [
        (c.LAST_NAME, "SÃO PAULO", None),
        (c.LAST_NAME, "'t Hooft", None),
        (c.CITY, "'s-Hertogenbosch", None),
        (c.LAST_NAME, "Null", None),
        (c.FIRST_NAME, "AT&T;", None),
        (c.PHONE, "1.21256E+10", None),
        (c.PHONE, "(212) 555-0100", "US"),
        (c.PHONE, "(020) 7946 0958", "GB"),
        (c.CUSTOMER_ID, "7.21045E+12", None),
        (c.CUSTOMER_ID, " Cust-9 ", None),
        (c.POSTAL_CODE, "2134", "AU"),
        (c.POSTAL_CODE, "2134", None),
        (c.POSTAL_CODE, " 02134 ", "US"),
        (c.POSTAL_CODE, "1234567", None),
        (c.EMAIL, "ann@example.com bob@example.com", None),
        (c.EMAIL, "not an address", None),
        (c.DATE_OF_BIRTH, "10/21/1968", None),
        (c.COUNTRY, "", None),
    ],
)
def test_cell_that_is_not_surely_damaged_stays(column, cell, country):
    assert repaired(cell, column, country) == cell


def test_repairs_of_one_cell_follow_each_other():
    assert repaired("\u200bmailto:Ann &lt;ann@example.com&gt;.", c.EMAIL) == "ann@example.com"
    assert repaired("'2134.0", c.POSTAL_CODE, "US") == "02134"


def test_steps_show_the_text_after_each_repair():
    cells = pl.DataFrame({"zip": ["'2134.0"], "land": ["US"]})
    steps = repair.steps(pl.col("zip"), c.POSTAL_CODE, pl.col("land"))
    shown = cells.select(after.alias(name) for name, after in steps).row(0, named=True)
    assert shown["invisible_characters"] == "'2134.0"
    assert shown["spreadsheet_text_mark"] == "2134.0"
    assert shown["spreadsheet_decimals"] == "2134"
    assert shown["zip_leading_zeros"] == "02134"
    assert list(shown) == [each.name for each in repair.REPAIRS if c.POSTAL_CODE in each.columns]


def test_cells_changed_are_counted_by_repair():
    cells = pl.Series("email", ["mailto:ann@example.com", "bob@example.com.", "cat@example.com", None])
    done = repair.mended(cells, c.EMAIL, pl.Series([None] * 4, dtype=pl.String))
    assert done.cells.to_list() == ["ann@example.com", "bob@example.com", "cat@example.com", None]
    assert done.cells.name == "email"
    assert done.changed == {"link_prefix": 1, "email_punctuation": 1}


def test_every_repair_has_a_name_of_its_own_and_known_columns():
    names = [each.name for each in repair.REPAIRS]
    assert len(set(names)) == len(names)
    assert {column for each in repair.REPAIRS for column in each.columns} <= set(schemas.CONTACTS)


DIRT = st.text(alphabet="a0.'\"<>@&;#39amp ()+-=:,E\u00a0\u200b\ufeffÃ¼é\u0308０Ａ’–🌸\x00telmailto/", max_size=14)


@settings(max_examples=60)
@given(st.lists(st.none() | DIRT, min_size=1, max_size=10), st.sampled_from(list(schemas.CONTACTS)[:-1]))
def test_cells_of_clean_shape_would_not_be_changed_by_any_repair(cells, column):
    """The quick look that most cells get must not hide damage."""
    lands = pl.Series(["US"] * len(cells))
    values = pl.Series(cells, dtype=pl.String)
    clean = values.str.contains(repair._CLEAN.get(column, repair._CLEAN_TEXT)).fill_null(value=False)
    for each in repair._chain(column, frozenset()):
        table = pl.DataFrame({"cell": values, "land": lands}).filter(clean)
        hit = table.filter(pl.col("cell").str.contains(each.seen))
        after = hit.select(each.fix(pl.col("cell"), pl.col("land"))).to_series()
        assert after.to_list() == hit["cell"].to_list(), each.name
