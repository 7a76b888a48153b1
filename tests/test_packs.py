"""Packs are handed on: what is in them, what never is, and that nobody else's files get among them."""

import csv
import hashlib
import json
import stat
import zipfile
from pathlib import Path

import polars as pl
import pytest

from audience_builder import columns as c
from audience_builder import platforms
from audience_builder.contacts import ContactRules
from audience_builder.errors import ConfigError, DataError
from audience_builder.lists import Lists
from audience_builder.packs import make_pack
from audience_builder.packs.making import without_plain_identifiers
from audience_builder.packs.privacy import refuse_contacts
from audience_builder.pipeline import Request, export
from audience_builder.worth import Worth

HEAD = "Order ID,Customer ID,Email,Phone,First Name,Last Name,Country,Total,Currency,Date,Status,MAID"
PEOPLE = [
    ("cus_4711canary", "canary.person@example.com", "+12125550143", "Canarietta", "Quenneville",
     "38400000-8cf0-11bd-b23e-10b96e40000d"),
    ("cus_4712canary", "second.canary@example.org", "(212) 555-0144", "Birdington", "Featherstone",
     "38400000-8cf0-11bd-b23e-10b96e40000e"),
]  # fmt: skip
LISTS = Lists(platforms=("meta", "google"))


def shop(folder, name="orders.csv", days=("2026-05-13", "2026-04-02")):
    folder.mkdir(parents=True, exist_ok=True)
    rows = [
        f"{n},{key},{mail},{phone},{first},{last},US,{10 * n}.50,USD,{day},paid,{device}"
        for n, ((key, mail, phone, first, last, device), day) in enumerate(zip(PEOPLE, days, strict=True), start=1)
    ]  # fmt: skip
    bad = f'9,cus_4713canary,third.canary@example.net,+12125550145,Ann,Lee,US,"{PEOPLE[0][1]}",USD,2026-01-01,paid,'
    path = folder / name
    path.write_text("\n".join([HEAD, *rows, bad]) + "\n")
    return path


def request(path):
    return Request(files=(str(path),), worth=Worth(kind="historic"))


def packed(tmp_path, *, client="Acme", lists=LISTS, **changes):
    return make_pack(request(shop(tmp_path / "in", **changes)), lists, tmp_path / "packs", client)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_pack_holds_lists_page_table_manifest_and_checksums(tmp_path):
    pack = packed(tmp_path)
    assert pack.folder == tmp_path / "packs" / "acme"
    assert sorted(contents(pack.folder)) == [
        "SHA256SUMS", "google.csv", "manifest.json", "meta.csv", "rejects.csv", "summary.csv", "summary.html",
    ]  # fmt: skip
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in (*pack.folder.iterdir(), pack.archive))
    assert stat.S_IMODE(pack.folder.stat().st_mode) == 0o700
    with zipfile.ZipFile(pack.archive) as archive:
        assert {name.removeprefix("acme/"): archive.read(name) for name in archive.namelist()} == contents(pack.folder)


def test_the_same_inputs_give_the_same_bytes_wherever_they_lie(tmp_path):
    one, two = packed(tmp_path / "one"), packed(tmp_path / "two" / "deeper")
    assert contents(one.folder) == contents(two.folder)
    assert one.archive.read_bytes() == two.archive.read_bytes()


def test_a_pack_is_dated_by_its_newest_order_unless_the_time_is_set(tmp_path, monkeypatch):
    told = json.loads((packed(tmp_path / "one").folder / "manifest.json").read_text())
    assert told["created_at"] == "2026-05-13T00:00:00+00:00"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1764460800")
    pack = packed(tmp_path / "two")
    assert json.loads((pack.folder / "manifest.json").read_text())["created_at"] == "2025-11-30T00:00:00+00:00"
    assert "Made on 30 November 2025" in (pack.folder / "summary.html").read_text("utf-8")


def test_the_manifest_and_the_checksums_know_every_file(tmp_path):
    pack = packed(tmp_path)
    there = {name: hashlib.sha256(content).hexdigest() for name, content in contents(pack.folder).items()}
    told = json.loads((pack.folder / "manifest.json").read_text())
    assert (told["client"], told["kind"], told["hashed"]) == ("Acme", "pack", True)
    listed = {one["name"]: one["sha256"] for one in told["files"]}
    assert listed == {name: there[name] for name in there if name not in {"manifest.json", "SHA256SUMS"}}
    sums = dict(line.split("  ")[::-1] for line in (pack.folder / "SHA256SUMS").read_text().splitlines())
    assert sums == {name: digest for name, digest in there.items() if name != "SHA256SUMS"}


def test_no_file_of_a_pack_names_a_person(tmp_path):
    pack = packed(tmp_path)
    everything = b"".join(contents(pack.folder).values()).lower()
    for person in PEOPLE:
        for text in (*person, person[1].split("@", maxsplit=1)[0], "2125550143", "2125550144", "third.canary"):
            assert text.lower().encode() not in everything
    digest = hashlib.sha256(PEOPLE[0][1].encode()).hexdigest()
    assert digest.encode() in (pack.folder / "meta.csv").read_bytes()


def test_rejects_say_where_and_why_and_nothing_else(tmp_path):
    with (packed(tmp_path).folder / "rejects.csv").open(newline="") as file:
        heads, *rows = csv.reader(file)
    assert heads == ["file", "line", "column", "reason"]
    assert [(row[0], row[1]) for row in rows] == [("orders.csv", "4")]


def test_the_table_tells_the_numbers_of_the_page(tmp_path):
    pack = packed(tmp_path)
    with (pack.folder / "summary.csv").open(newline="") as file:
        rows = {tuple(row[:3]): row[3] for row in csv.reader(file)}
    # 10.50 + 20.50 were paid, nothing came back.
    assert rows["totals", "paid", "money USD"] == "31.00"
    assert rows["totals", "customers kept", "customers"] == "2"
    assert rows["months", "2026-05", "money USD"] == "10.50"
    assert rows["match keys for meta", "EMAIL", "rows"] == "2"
    assert "$31.00" in (pack.folder / "summary.html").read_text("utf-8")


def test_a_device_id_that_a_platform_takes_plain_only_is_blank_and_told(tmp_path):
    plain = export(request(shop(tmp_path / "in")), Lists(platforms=("meta",)), tmp_path / "lists")
    assert PEOPLE[0][5] in (tmp_path / "lists" / "meta.csv").read_text()
    assert plain.match_key_coverage["meta"]["MADID"] == 2
    pack = packed(tmp_path)
    assert "MADID" not in pack.summary.match_key_coverage["meta"]
    notes = {one.platform: one.notes for one in pack.summary.lists}
    assert any("MADID is blank in a pack" in note for note in notes["meta"])


@pytest.mark.parametrize("platform", platforms.all_platforms(), ids=lambda one: one.name)
def test_no_platform_gets_a_plain_identifier_of_a_person_or_device(platform):
    plain = [key.source for key in without_plain_identifiers(platform).match_keys if key.digest.value == "plain"]
    assert set(plain) <= {"country", "postal_code"}


def test_plain_lists_are_no_pack(tmp_path):
    with pytest.raises(ConfigError, match="no plain contact data"):
        packed(tmp_path, lists=Lists(platforms=("meta",), plain=True))
    assert not (tmp_path / "packs").exists()


def test_a_pack_is_replaced_only_with_force_and_leaves_no_list_behind(tmp_path):
    packed(tmp_path)
    with pytest.raises(ConfigError, match="exists already"):
        packed(tmp_path)
    pack = packed(tmp_path, lists=Lists(platforms=("meta",), force=True))
    assert not (pack.folder / "google.csv").exists()
    with zipfile.ZipFile(pack.archive) as archive:
        assert "acme/google.csv" not in archive.namelist()


def test_another_clients_folder_is_refused_even_with_force(tmp_path):
    packed(tmp_path, client="Globex")
    (tmp_path / "packs" / "globex").rename(tmp_path / "packs" / "acme")
    before = contents(tmp_path / "packs" / "acme")
    with pytest.raises(ConfigError, match="files of another client") as caught:
        packed(tmp_path, lists=Lists(platforms=("meta",), force=True))
    assert '"Globex"' in str(caught.value)
    assert contents(tmp_path / "packs" / "acme") == before
    with pytest.raises(ConfigError, match="files of another client"):
        export(request(shop(tmp_path / "in")), Lists(platforms=("meta",), force=True), tmp_path / "packs" / "acme")


def test_no_pack_is_made_inside_a_pack(tmp_path):
    packed(tmp_path)
    with pytest.raises(ConfigError, match="no folder of packs"):
        make_pack(request(shop(tmp_path / "in")), LISTS, tmp_path / "packs" / "acme", "Acme")
    assert not (tmp_path / "packs" / "acme" / "acme").exists()


def test_a_folder_with_anything_else_in_it_is_refused(tmp_path):
    (tmp_path / "packs" / "acme").mkdir(parents=True)
    (tmp_path / "packs" / "acme" / "people.xlsx").write_text("plain")
    with pytest.raises(ConfigError, match="belong to no pack"):
        packed(tmp_path, lists=Lists(platforms=("meta",), force=True))


def test_a_manifest_that_cannot_be_read_is_refused(tmp_path):
    (tmp_path / "packs" / "acme").mkdir(parents=True)
    (tmp_path / "packs" / "acme" / "manifest.json").write_text("[")
    with pytest.raises(ConfigError, match="no manifest of this program"):
        packed(tmp_path)


def test_a_contact_in_the_name_of_a_file_stops_the_pack_and_leaves_nothing(tmp_path):
    with pytest.raises(DataError, match="would hold contact data") as caught:
        packed(tmp_path, name="canary.person@example.com.csv")
    assert "canary" not in str(caught.value)
    assert list((tmp_path / "packs").iterdir()) == []


def test_a_pack_that_fails_leaves_the_earlier_one_as_it_was(tmp_path):
    pack = packed(tmp_path)
    before, archive = contents(pack.folder), pack.archive.read_bytes()
    with pytest.raises(DataError, match="would hold contact data"):
        packed(tmp_path, name="canary.person@example.com.csv", lists=Lists(platforms=("meta",), force=True))
    assert contents(pack.folder) == before
    assert pack.archive.read_bytes() == archive


def test_no_archive_is_left_that_differs_from_the_folder(tmp_path, monkeypatch):
    pack = packed(tmp_path)

    def full(packed, path, name):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("audience_builder.packs.archive._add", full)
    with pytest.raises(ConfigError, match=r"acme\.zip cannot be written.*No space left on device"):
        packed(tmp_path, lists=Lists(platforms=("meta",), force=True))
    assert not (pack.folder / "google.csv").exists()
    assert [path.name for path in (tmp_path / "packs").iterdir()] == ["acme"]


def test_a_pack_of_totals_without_dates_has_no_date(tmp_path):
    path = tmp_path / "totals.csv"
    path.write_text("Email,Total Spent,Total Orders,Currency\nann@example.com,10.50,2,USD\nben@example.com,3,1,USD\n")
    pack = make_pack(request(path), LISTS, tmp_path / "packs", "Acme")
    assert json.loads((pack.folder / "manifest.json").read_text())["created_at"] is None
    assert "Amounts in USD." in (pack.folder / "summary.html").read_text("utf-8")


CUSTOMERS = pl.DataFrame(
    {
        c.CUSTOMER_ID: ["cus_4711canary", "1234567890"],
        c.EMAIL: ["Canary.Person@example.com", None],
        c.PHONE: ["(212) 555-0143", "0171 123456"],
        c.MOBILE_ID: ["38400000-8CF0-11BD-B23E-10B96E40000D", None],
        "country_code": ["US", None],
    }
).with_columns(pl.lit(None, pl.String).alias(name) for name in (c.EMAIL_2, c.EMAIL_3, c.PHONE_2, c.PHONE_3))


def look(tmp_path, name, text, contacts=None):
    path = tmp_path / name
    path.write_text(text)
    refuse_contacts([path], CUSTOMERS, contacts or ContactRules())


@pytest.mark.parametrize("name", ["list.csv", "page.html", "manifest.json"])
@pytest.mark.parametrize(
    "planted",
    [
        "someone.else@example.net", "CANARY.PERSON@EXAMPLE.COM", "+12125550143", "12125550143", "2125550143",
        "cus_4711canary", "CUS_4711CANARY", "38400000-8cf0-11bd-b23e-10b96e40000d",
    ],
)  # fmt: skip
def test_a_planted_contact_is_found_in_every_kind_of_file(tmp_path, name, planted):
    digest = "ab" * 32
    texts = {
        "list.csv": f"a,b\n{digest},US\n{digest},{planted}\n",
        "page.html": f"<p>Orders</p><td>{planted}</td>",
        "manifest.json": json.dumps({"notes": [f"seen: {planted}"]}),
    }
    with pytest.raises(DataError, match="would hold contact data") as caught:
        look(tmp_path, name, texts[name])
    assert planted not in str(caught.value)
    assert name in str(caught.value)


def test_a_phone_with_spaces_and_brackets_is_found_too(tmp_path):
    with pytest.raises(DataError):
        look(tmp_path, "list.csv", "a\n(212) 555-0143\n")
    with pytest.raises(DataError):
        look(tmp_path, "page.html", "<p>call (212) 555-0143 now</p>")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.csv", "email,zip,value\n" + "0123456789abcdef" * 4 + ",12345,2125550143.5\n"),
        ("manifest.json", json.dumps({"sha256": "a2125550143" + "b" * 53, "total": 2125550.143, "n": 1234567890})),
        ("page.html", "<style>@media print{a{b:c}}</style><td>2,125,550,143</td> 2026-11-29T14:05:00+00:00"),
    ],
)
def test_digests_counts_and_dates_are_no_contacts(tmp_path, name, text):
    look(tmp_path, name, text)


def test_junk_in_the_data_is_no_reason_to_refuse(tmp_path):
    junk = CUSTOMERS.with_columns(pl.lit("none").alias(c.EMAIL), pl.lit("paid").alias(c.PHONE))
    path = tmp_path / "page.html"
    path.write_text("<td>none</td><td>paid</td>")
    refuse_contacts([path], junk, ContactRules())


def test_columns_hashed_before_are_digests_and_no_contacts(tmp_path):
    digest = hashlib.sha256(b"12125550143").hexdigest()
    customers = CUSTOMERS.with_columns(pl.lit(digest).alias(c.PHONE))
    path = tmp_path / "page.html"
    path.write_text(f"<td>{digest}</td>")
    refuse_contacts([path], customers, ContactRules(hashed=frozenset({"phone"})))
    with pytest.raises(DataError):
        refuse_contacts([path], customers, ContactRules())


def test_a_contact_far_down_in_a_long_list_is_found(tmp_path):
    line = "ab" * 32 + ",US\n"
    with pytest.raises(DataError):
        look(tmp_path, "list.csv", line * 150_000 + "+12125550143,US\n" + line)


def test_an_archive_has_no_times_and_its_files_in_order(tmp_path):
    with zipfile.ZipFile(packed(tmp_path).archive) as archive:
        entries = archive.infolist()
    assert {one.date_time for one in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {one.external_attr >> 16 for one in entries} == {0o600}
    assert [one.filename for one in entries] == sorted(one.filename for one in entries)
    assert all(Path(one.filename).parts[0] == "acme" for one in entries)
