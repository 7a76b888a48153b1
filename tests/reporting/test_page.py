"""The page is read as a browser reads it: parsed, never searched for markup."""

import json
import os
import re
import stat
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from audience_builder.reporting.page import page
from audience_builder.reporting.page.charts import Column, band, columns
from audience_builder.reporting.page.elements import html
from audience_builder.reporting.page.figures import Figures, ticks
from audience_builder.reporting.summary import (
    FilterLine,
    ListSummary,
    MonthLine,
    SegmentLine,
    SourceLine,
    Summary,
    TenthLine,
    ValueSummary,
)

VOID = {"meta", "link", "img", "br", "hr", "input", "base", "embed", "source"}
EVIL = "\"><script>alert(1)</script><img src=x onerror=alert(2)>'&amp;"


class Reader(HTMLParser):
    """Elements with their attributes, texts, and every table by its caption."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.open, self.tables, self.texts = [], [], {}, []
        self._rows, self._caption = [], ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, name, attributes):
        self.elements.append((name, dict(attributes)))
        if name not in VOID:
            self.open.append(name)
        if name == "table":
            self._rows, self._caption = [], ""
        elif name == "tr":
            self._rows.append([])
        elif name in {"th", "td"} and "bars" not in (dict(attributes).get("class") or ""):
            self._rows[-1].append("")

    def handle_endtag(self, name):
        assert self.open.pop() == name
        if name == "table":
            self.tables[self._caption] = self._rows

    def handle_data(self, data):
        if "style" in self.open:
            return
        self.texts.append(data)
        if "caption" in self.open:
            self._caption += data
        elif self.open and self.open[-1] in {"th", "td", "code"}:
            self._rows[-1][-1] += data

    def all(self, name):
        return [attributes for tag, attributes in self.elements if tag == name]

    def rows(self, caption):
        return [[cell.replace("\N{NO-BREAK SPACE}", " ") for cell in row] for row in self.tables[caption][1:]]

    @property
    def text(self):
        return " ".join(self.texts).replace("\N{NO-BREAK SPACE}", " ")


def money(text):
    return Decimal(text)


FORECAST = {
    "chosen": "pareto", "why": "It was best.", "cut": "2026-05-31", "horizon_days": 365.0, "total": 900.0,
    "total_low": 810.0, "total_high": 1000.5, "error_band": 0.1, "new_customer_value": 45.678, "customers": 7,
    "warnings": ["Little data."], "new_customer_by_month": [10.0, 20.0, 30.0],
}  # fmt: skip

SUMMARY = Summary(
    sources=(
        SourceLine(name="orders.csv", sha256="ab" * 32, preset="generic-orders", rows_read=20, rows_rejected=2,
                   notes=("Times state no zone.",)),
    ),
    rows_read=20, rows_rejected=2, rejects_by_reason={"no amount": 2}, rows_folded=3, rows_dropped={"a total row": 1},
    refund_rows=1, orders=12, order_count=12, orders_left_out={"cancelled": 1}, currency="GBP",
    total_paid=money("12345.60"), total_refunded=money("345.10"), net_paid=money("12000.50"), orders_of_no_one=1,
    net_of_no_one=money("20.00"), customers=7, merged={"email": 2}, shared_keys={"email": 1},
    dropped_by_reason={"refunded": 3},
    filters=(FilterLine(name="refunded", title="had a refund", customers_out=3, net_out=money("980.50"),
                        customers_left=4),),
    customers_kept=4,
    value=ValueSummary(
        kind="historic", total=money("1100.00"), quantiles={"lowest": 1.0, "highest": 1000.0},
        top_10_share=0.909, facts=("The classic formula says 12.",),
        tenths=(
            TenthLine(place=1, customers=1, lowest=1000.0, total=money("1000.00"), share=0.909,
                      net_paid=money("1000.00")),
            TenthLine(place=2, customers=3, lowest=1.0, total=money("100.00"), share=0.091, net_paid=money("100.00")),
        ),
        forecast=FORECAST, acquisition={"cac": 15.0, "ratio": 3.0452, "highest_cac": 15.226, "payback_months": 2},
    ),
    match_key_coverage={"meta": {"EMAIL": 3, "PHONE": 1}}, repairs={"trunk_zero": 2, "link_prefix": 5},
    lists=(
        ListSummary(platform="meta", rules_version="7", rules_checked="2026-11-22", rules_url="https://example.com/",
                    rows=4, dropped_by_reason={"no usable match key": 1}, unusable={"PHONE": {"too short": 2}},
                    notes=("Meta wants 100 people.",)),
    ),
    files=({"name": "meta.csv", "rows": 4, "sha256": "cd" * 32},),
    notes=("2 customers share an e-mail.",),
    segments=(SegmentLine(name="Champion", customers=1, net_paid=money("1000.00"), value=money("1000.00")),
              SegmentLine(name="Lost", customers=3, net_paid=money("100.00"), value=money("100.00"))),
    months=(MonthLine(month="2026-03", orders=9, total_paid=money("12300.00"), total_refunded=money("0"),
                      net_paid=money("12300.00")),
            MonthLine(month="2026-05", orders=1, total_paid=money("5.60"), total_refunded=money("345.10"),
                      net_paid=money("-339.50")),
            MonthLine(month=None, orders=2, total_paid=money("40.00"), total_refunded=money("0"),
                      net_paid=money("40.00"))),
    orders_from=date(2026, 3, 1), orders_until=date(2026, 5, 31),
    settings={"Least net amount paid": "1"},
)  # fmt: skip


@pytest.fixture(scope="module")
def read():
    return Reader(page(SUMMARY, client="Acme"))


def test_the_first_look_shows_the_totals_in_the_currency(read):
    text = read.text
    for figure in ("£12,345.60", "£345.10", "£12,000.50", "£1,100.00", "£275.00 each on average", "of 7 found"):
        assert figure in text
    assert "2.8 % of what was paid" in text  # 345.10 of 12,345.60
    assert "£20.00 of it from 1 orders of no customer" in text
    assert "Orders from 1 March 2026 to 31 May 2026. Amounts in GBP." in text


def test_the_funnel_says_who_was_left_out_and_why(read):
    assert read.rows("Customers found, left out by reason, and kept") == [
        ["Customers found", "7", ""],
        ["Left out: had a refund", "3", "£980.50"],
        ["Customers kept", "4", ""],
    ]


def test_every_table_shows_the_numbers_of_the_summary(read):
    assert read.rows("Customers by tenth of value, the highest first") == [
        ["1.", "1", "£1,000.00", "£1,000.00", "90.9 %", "£1,000.00"],
        ["2.", "3", "£1.00", "£100.00", "9.1 %", "£100.00"],
    ]
    assert read.rows("Customers kept by segment") == [
        ["Champion", "£1,000.00", "£1,000.00", "1"],
        ["Lost", "£100.00", "£100.00", "3"],
    ]
    assert read.rows("Orders and money by month") == [
        ["Mar 2026", "9", "£12,300.00", "£0.00", "£12,300.00"],
        ["May 2026", "1", "£5.60", "£345.10", "-£339.50"],
        ["Without a date", "2", "£40.00", "£0.00", "£40.00"],
    ]
    assert read.rows("Forecast") == [
        ["From", "31 May 2026"], ["Looks ahead", "365 days"], ["Forecast", "£900.00"],
        ["Lower end, if it errs as in the backtest", "£810.00"],
        ["Upper end, if it errs as in the backtest", "£1,000.50"],
        ["How far off the backtest was", "10.0 %"], ["What a new customer brings", "£45.68"],
    ]  # fmt: skip
    assert read.rows("Lifetime value and acquisition cost") == [
        ["What a new customer is worth", "£45.68"], ["What one cost", "£15.00"], ["What one may cost at 3:1", "£15.23"],
    ]  # fmt: skip
    assert read.rows("What became of the rows of the order files") == [
        ["Rows read", "20"], ["Rows refused", "2"], ["A total row", "1"],
        ["Lines that belong to an order already counted", "3"], ["Orders that do not count: cancelled", "1"],
        ["Refund rows, taken off their customer", "1"], ["Orders that count", "12"],
    ]  # fmt: skip
    assert read.rows("Cells repaired before they became match keys") == [["Link prefix", "5"], ["Trunk zero", "2"]]
    assert read.rows("Rows refused, in all files") == [["no amount", "2"]]
    assert read.rows("Files read") == [["orders.csv", "generic-orders", "20", "2", "ab" * 32]]
    assert read.rows("Files written") == [["meta.csv", "4", "cd" * 32]]
    assert ["Least net amount paid", "1"] in read.tables["What was asked for"]


def test_coverage_is_told_of_the_rows_in_the_list(read):
    keys = next(rows for caption, rows in read.tables.items() if "with each match key" in caption)
    assert [[cell.replace("\N{NO-BREAK SPACE}", " ") for cell in row] for row in keys[1:]] == [
        ["EMAIL", "3", "75.0 %"], ["PHONE", "1", "25.0 %"],
    ]  # fmt: skip


def test_without_a_list_coverage_is_told_of_the_customers_kept():
    found = Reader(page(replace(SUMMARY, lists=(), customers_kept=6)))
    keys = next(rows for caption, rows in found.tables.items() if "with each match key" in caption)
    assert keys[1][2].startswith("50.0")


def test_every_chart_has_a_title_its_words_and_a_table_beside_it(read):
    charts = [attributes for attributes in read.all("svg") if attributes.get("class") == "chart"]
    assert len(charts) == 3
    assert all(one["role"] == "img" for one in charts)
    assert all(one.get("aria-hidden") == "true" for one in read.all("svg") if one.get("class") == "bar")
    for title in ("Share of all value by tenth of customers", "Net revenue by month", "Forecast with its band"):
        assert title in read.texts
    assert "£900.00; between £810.00 and £1,000.50 if it errs as tested." in read.text
    assert all(name in read.tables for name in ("Orders and money by month", "Forecast"))


def test_every_link_leads_to_a_section_of_the_page(read):
    ids = [attributes["id"] for _, attributes in read.elements if "id" in attributes]
    links = [attributes["href"] for attributes in read.all("a")]
    assert max(Counter(ids).values()) == 1
    assert sorted(links) == sorted(f"#{one}" for one in ids)


def test_nothing_is_loaded_from_outside_and_nothing_runs():
    text = page(SUMMARY, client="Acme")
    found = Reader(text)
    names = {name for name, _ in found.elements}
    assert names.isdisjoint({"script", "link", "img", "iframe", "object", "embed", "base", "form", "image", "use"})
    for _, attributes in found.elements:
        assert set(attributes).isdisjoint({"src", "srcset", "style", "action", "data", "xlink:href", "background"})
        assert not [name for name in attributes if name.startswith("on")]
        assert attributes.get("href", "#").startswith("#")
    style = re.search(r"<style>(.*)</style>", text, re.DOTALL)[1]
    assert "url(" not in style
    assert "@import" not in style
    policies = [one["content"] for one in found.all("meta") if one.get("http-equiv") == "Content-Security-Policy"]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'"]


def test_no_text_of_the_data_becomes_markup():
    evil = replace(
        SUMMARY,
        segments=(replace(SUMMARY.segments[0], name=EVIL),),
        sources=(replace(SUMMARY.sources[0], name=EVIL, preset=EVIL, notes=(EVIL,)),),
        filters=(replace(SUMMARY.filters[0], title=EVIL),),
        rejects_by_reason={EVIL: 1}, settings={EVIL: EVIL}, notes=(EVIL,), repairs={EVIL: 2},
        files=({"name": EVIL, "rows": 1, "sha256": EVIL},),
        value=replace(SUMMARY.value, facts=(EVIL,), kind=EVIL, quantiles={EVIL: 1.0}),
    )  # fmt: skip
    found = Reader(page(evil, client=EVIL))
    assert {name for name, _ in found.elements}.isdisjoint({"script", "img"})
    assert f"{EVIL}: customer value" in found.texts
    assert found.rows("Customers kept by segment")[0][0] == EVIL
    assert found.rows("Files written") == [[EVIL, "1", EVIL]]
    assert all("onerror" not in attributes for _, attributes in found.elements)


def test_the_same_facts_make_the_same_page_but_for_the_time_it_states():
    assert page(SUMMARY, client="Acme") == page(SUMMARY, client="Acme")
    made = page(SUMMARY, client="Acme", made_at=datetime(2026, 11, 29, 14, 5, tzinfo=UTC))
    assert made.replace(" Made on 29 November 2026 at 14:05 UTC.", "") == page(SUMMARY, client="Acme")


def test_what_is_not_there_leaves_no_empty_section():
    bare = replace(
        SUMMARY, months=(), segments=(), match_key_coverage={}, lists=(), files=(), settings={}, notes=(), sources=(),
        repairs={}, rejects_by_reason={}, orders_from=None, orders_until=None, currency="",
        value=replace(SUMMARY.value, forecast=None, acquisition=None, tenths=(), facts=()),
    )  # fmt: skip
    found = Reader(page(bare))
    ids = {attributes["id"] for _, attributes in found.elements if "id" in attributes}
    assert ids == {"totals", "funnel", "value", "rows", "sources"}
    assert "12,345.60" in found.text
    assert "No row was refused." in found.text


def test_a_forecast_without_a_measured_error_has_no_band():
    facts = FORECAST | {"error_band": None, "total_low": None, "total_high": None, "horizon_days": None}
    found = Reader(page(replace(SUMMARY, value=replace(SUMMARY.value, forecast=facts))))
    assert "Forecast with its band" not in found.texts
    assert ["Looks ahead", "without end"] in found.rows("Forecast")


def test_a_month_without_orders_keeps_its_place_and_a_loss_hangs_down():
    drawn = Reader(html(columns("T", "D", [Column("a", 10.0, "10"), Column("b", 0.0, "0"), Column("c", -5.0, "-5")],
                                str)))  # fmt: skip
    gain, nothing, loss = (one for one in drawn.all("rect"))
    assert (gain["class"], loss["class"]) == ("fill", "loss")
    # 10 and -5 share 196 units of height: two thirds above the zero line, one third below.
    assert float(gain["height"]) == pytest.approx(130.67, abs=0.01)
    assert float(loss["height"]) == pytest.approx(65.33, abs=0.01)
    assert float(loss["y"]) == pytest.approx(float(gain["y"]) + float(gain["height"]), abs=0.01)
    assert nothing["height"] == "0"
    steps = [float(one["x"]) for one in (gain, nothing, loss)]
    assert steps[1] - steps[0] == pytest.approx(steps[2] - steps[1], abs=0.02)


def test_months_between_the_first_and_the_last_all_have_a_place(read):
    named = [text for text in read.texts if re.match(r"\w{3} \d{4}: ", text)]
    assert named == ["Mar 2026: £12,300.00", "Apr 2026: £0.00", "May 2026: -£339.50"]


def test_names_below_columns_stay_apart_and_inside_the_chart():
    entries = [Column(f"Jan {2000 + n}", 1.0, "1") for n in range(25)]
    drawn = Reader(html(columns("T", "D", entries, str)))
    places = [float(one["x"]) for one in drawn.all("text") if one["y"] == "250"]
    # A letter takes 15 units on a phone, a name has eight; the chart is 720 wide.
    assert len(places) >= 4
    assert all(after - before >= 120 for before, after in pairwise(places))
    assert max(places) + 120 <= 720


def test_a_band_starts_and_ends_where_its_numbers_lie():
    drawn = Reader(html(band("T", "D", 500.0, 750.0, 1000.0, str)))
    track, spread = drawn.all("rect")
    (mark,) = drawn.all("line")
    # The scale runs from 0 to 1000 over 640 of 720 units.
    assert (float(spread["x"]), float(spread["width"]), float(mark["x1"])) == (320.0, 320.0, 480.0)
    assert track["width"] == "720"


@pytest.mark.parametrize("values", [[0.004], [1e9, -1e9], [0.0], [7.0] * 3, [-0.5]])
def test_a_chart_has_few_round_lines_and_one_of_them_is_zero(values):
    found = ticks(values)
    assert 0.0 in found
    assert len(found) <= 6
    assert min(0.0, *values) <= found[0]
    assert found[-1] <= max(0.0, *values)


@pytest.mark.parametrize(
    ("currency", "shown"), [("USD", "$1,234.50"), ("EUR", "€1,234.50"), ("JPY", "¥1,234"), ("", "1,234.50")]
)
def test_money_is_written_as_its_currency_is(currency, shown):
    assert Figures(currency=currency).money(Decimal("1234.5")) == shown


PEOPLE = [
    ("c0017-canary", "canary.person@example.com", "+12125550143", "Canarietta", "Quenneville"),
    ("c0018-canary", "second.canary@example.org", "+12125550144", "Birdington", "Featherstone"),
]


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    path = tmp_path_factory.mktemp("shop") / "orders.csv"
    rows = [
        f"{n}-{month},{key},{mail},{phone},{first},{last},{10 * n + month}.50,EUR,2026-0{month}-1{n},paid"
        for n, (key, mail, phone, first, last) in enumerate(PEOPLE, start=1) for month in range(1, 6)
    ]  # fmt: skip
    heads = "Order ID,Customer ID,Email,Phone,First Name,Last Name,Total,Currency,Date,Status"
    path.write_text("\n".join([heads, *rows, f"9,x,{PEOPLE[0][1]},,,,no money,EUR,2026-05-13,paid"]) + "\n")
    return path


def command(*arguments, code=0, **more):
    done = subprocess.run(
        [sys.executable, "-c", "from audience_builder.cli import main; main()", *map(str, arguments)],
        capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "80", **more},
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    return done


def test_the_command_writes_a_page_of_totals_that_names_nobody(shop, tmp_path):
    path = tmp_path / "report.html"
    where = f'email != "{PEOPLE[1][1]}x"'
    done = command("report", shop, "-o", path, "--client", "Acme", "--where", where, "--json")
    told, found = json.loads(done.stdout), Reader(path.read_text("utf-8"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Figures(currency="EUR").money(Decimal(told["net_paid"])) in found.text
    # 10.50 + month for the first, 20.50 + month for the second: 5 x 10.5 + 15 + 5 x 20.5 + 15.
    assert told["net_paid"] == "185.00"
    rows = found.rows("Orders and money by month")
    assert [row[0] for row in rows] == ["Jan 2026", "Feb 2026", "Mar 2026", "Apr 2026", "May 2026"]
    everything = path.read_text("utf-8").casefold() + done.stdout.casefold()
    for person in PEOPLE:
        for text in (*person, person[2][1:], person[1].split("@")[0]):
            assert text.casefold() not in everything


def test_two_runs_write_the_same_page_when_the_time_is_set(shop, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        command("report", shop, "-o", tmp_path / name / "r.html", SOURCE_DATE_EPOCH="1764460800")
    one, two = (Path(tmp_path, name, "r.html").read_bytes() for name in ("one", "two"))
    assert one == two
    assert b"Made on 30 November 2025 at 00:00 UTC." in one


def test_a_page_has_no_customers_to_choose_from(shop, tmp_path):
    done = command("report", shop, "-o", tmp_path / "r.html", "--top", "5", code=2)
    assert "A page holds totals" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_merges_are_no_page(shop, tmp_path):
    done = command("report", shop, "--merges", tmp_path / "merges.html", code=2)
    assert "cannot be written as .html" in done.stderr
