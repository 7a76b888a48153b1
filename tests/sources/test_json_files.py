"""JSON lines, lists of objects and pages of APIs: every member a column, every number as written."""

import json

import pytest

from audience_builder.columns import LINE, REASON
from audience_builder.errors import DataError
from audience_builder.sources import SourceOptions, read_orders
from audience_builder.sources.reading import read_tables


def read(tmp_path, text, name="orders.json"):
    path = tmp_path / name
    path.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
    (table,) = read_tables(path, lambda names: range(len(names)))
    return table


def test_json_lines_keep_the_digits_they_were_written_with(tmp_path):
    first = '{"Email":"a@example.com","Total":12.10,"Id":12345678901234567890}'
    table = read(tmp_path, first + '\n\nnot json\n{"Email":null,"Test":true}\n', "orders.jsonl")
    assert table.headers == ("Email", "Total", "Id", "Test")
    assert table.table.rows() == [
        (1, "a@example.com", "12.10", "12345678901234567890", None),
        (4, None, None, None, "TRUE"),
    ]
    assert table.rejects.select(LINE, REASON).rows() == [(3, "not a JSON object")]
    assert table.rows_read == 3


PAGES = {
    "a list": [{"email": "a@example.com", "total": 1}, {"email": "b@example.com", "total": 2}],
    "a page": {"orders": [{"email": "a@example.com", "total": 1}, {"email": "b@example.com", "total": 2}]},
    "a page with its turning": {
        "object": "list", "data": [{"email": "a@example.com", "total": 1}, {"email": "b@example.com", "total": 2}],
        "has_more": False, "included": [{"id": 9}], "links": {"next": None},
    },
    "edges of a graph": {
        "data": {"orders": {"edges": [
            {"cursor": "x", "node": {"email": "a@example.com", "total": 1}},
            {"cursor": "y", "node": {"email": "b@example.com", "total": 2}},
        ], "pageInfo": {"hasNextPage": False}}},
        "extensions": {"cost": {"actual": 3}},
    },
}  # fmt: skip


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("document", PAGES.values(), ids=PAGES)
def test_every_shape_of_a_document_gives_its_records(tmp_path, document, indent):
    table = read(tmp_path, json.dumps(document, indent=indent))
    assert table.headers == ("email", "total")
    assert table.table.rows() == [(1, "a@example.com", "1"), (2, "b@example.com", "2")]


def test_several_pages_or_objects_one_after_the_other_are_counted_through(tmp_path):
    first, second = json.dumps({"orders": [{"a": 1}, {"a": 2}]}), json.dumps({"orders": [{"a": 3}]}, indent=1)
    assert read(tmp_path, f"{first}\n{second}\n").table.rows() == [(1, "1"), (2, "2"), (3, "3")]
    assert read(tmp_path, f"{first}\n{first}\n").table.rows() == [(1, "1"), (2, "2"), (3, "1"), (4, "2")]
    apart = "\n".join(json.dumps({"id": number}, indent=2) for number in (5, 6))
    assert read(tmp_path, apart).table.rows() == [(1, "5"), (2, "6")]


def test_a_record_with_lists_in_it_is_no_page(tmp_path):
    table = read(tmp_path, {"id": 7, "email": "a@example.com", "line_items": [{"sku": "x", "price": "5.00"}]})
    assert table.table.rows() == [(1, "7", "a@example.com", '[{"sku":"x","price":"5.00"}]')]


def test_members_of_members_are_columns_with_points(tmp_path):
    records = [
        {"id": 1, "customer": {"id": 9, "name": {"first": "Ann"}}, "billing_address": None, "tags": ["vip", 2, None]},
        {"id": 2, "customer": None, "billing_address": {"city": "Oslo", "geo": {}}, "tags": []},
    ]
    table = read(tmp_path, records)
    assert table.headers == (
        "id",
        "customer.id",
        "customer.name.first",
        "tags",
        "billing_address.city",
        "billing_address.geo",
    )
    assert table.table.rows() == [
        (1, "1", "9", "Ann", "vip, 2", None, None),
        (2, "2", None, None, None, "Oslo", None),
    ]


def test_a_member_that_is_now_a_text_and_now_an_object_loses_nothing(tmp_path):
    table = read(tmp_path, [{"customer": "Ann"}, {"customer": {"name": "Bob"}}, {"customer.name": "Cy"}])
    assert table.headers == ("customer", "customer.name", "customer.name (2)")
    assert table.table.rows() == [(1, "Ann", None, None), (2, None, "Bob", None), (3, None, None, "Cy")]


def test_numbers_of_documents_stay_as_written(tmp_path):
    table = read(
        tmp_path, '[{"a": 12.10, "b": 0.1000000000000000055511151231257827, "c": 12345678901234567890, "d": NaN}]'
    )
    assert table.table.rows() == [(1, "12.10", "0.1000000000000000055511151231257827", "12345678901234567890", None)]


def test_elements_that_are_no_objects_are_counted_by_their_place(tmp_path):
    table = read(tmp_path, '[{"a": 1}, 5, {"a": 2}, ["x"]]')
    assert table.table.rows() == [(1, "1"), (3, "2")]
    assert table.rejects.select(LINE, REASON).rows() == [(2, "not a JSON object"), (4, "not a JSON object")]
    assert table.rows_read == 4


def test_half_a_character_is_a_question_mark(tmp_path):
    table = read(
        tmp_path, '[{"na\\ud83dme": "M\\u00fcller \\ud83d", "city": {"x": ["\\udc00"]}, "ok": "\\ud83d\\ude00"}]'
    )
    assert table.headers == ("na?me", "city.x", "ok")
    assert table.table.rows() == [(1, "Müller ?", "?", "😀")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[{"email": "a@example.com"}, {"email": "b@exam', "not valid JSON"),
        ('{"orders": [{"email": "a@example.com"}', "valid JSON"),
        ('{\n"email": "a@example.com"\n"total": 1}', "line 3"),
        ("[]", "holds no records"),
        ('{"orders": []}', "holds no records"),
        ('["a@example.com", "b@example.com"]', "none of its 2 values"),
        ("[" * 100_000, "valid JSON"),
    ],
)
def test_damaged_or_empty_documents_are_refused_without_their_text(tmp_path, text, says):
    with pytest.raises(DataError, match=says) as caught:
        read(tmp_path, text)
    assert "example.com" not in str(caught.value)


def test_a_broken_line_is_refused_and_the_others_are_read(tmp_path):
    lines = '{"a": 1\n{"a": 2}\n{"a": 3}\n'
    table = read(tmp_path, lines, "orders.jsonl")
    assert table.table.rows() == [(2, "2"), (3, "3")]
    assert table.rejects[LINE].to_list() == [1]


def test_a_shop_s_page_is_read_by_the_preset_of_its_table(tmp_path):
    order = {
        "id": 450789469, "email": "ann@example.com", "total_price": "409.94", "currency": "USD", "financial_status": "paid",
        "created_at": "2026-01-10T11:00:00-05:00", "processed_at": "2026-01-10T11:00:00-05:00", "test": False,
        "customer": {"id": 207119551}, "line_items": [{"price": "199.99"}],
        "billing_address": {"first_name": "Ann", "city": "Louisville", "province_code": "KY", "zip": "40202",
                            "country_code": "US", "phone": "+15025550123"},
    }  # fmt: skip
    path = tmp_path / "page.json"
    path.write_text(json.dumps({"orders": [order]}), encoding="utf-8")
    orders = read_orders([path], SourceOptions())
    (row,) = orders.table.to_dicts()
    assert orders.files[0].preset == "shopify-rest-orders"
    assert (row["order_id"], row["customer_id"], str(row["gross_amount"])) == ("450789469", "207119551", "409.9400")
    assert (row["city"], row["state"], row["phone"]) == ("Louisville", "KY", "+15025550123")
