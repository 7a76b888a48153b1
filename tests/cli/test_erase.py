"""``erase`` as it is run for somebody who asked for it, against a stand-in of Meta on the loopback interface."""

import contextlib
import csv
import hashlib
import io
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from unittest import mock

import pytest

from audience_builder.cli.main import main
from audience_builder.delivery.state import State
from audience_builder.sandbox import Sandbox

TOKEN, OTHER_TOKEN = "EAAsandboxCanaryToken0123456789", "EAAanotherCanaryToken9876543210"
HEADER = "Order ID,Customer ID,Email,Phone,Total,Currency,Date,Status"
TODAY = datetime.now(UTC).date().isoformat()
SETTINGS = """
[client]
name = "{name}"
home_country = "US"
state = "state"

[[sources]]
path = "orders.csv"

[audiences.all]
platform = "meta"
account = "act_1"
name = "All"
token_env = "{token}"

[audiences.by_hand]
platform = "google"
account = "123-456-7890"
name = "Best"

[brakes]
min_members = 0
"""
TO = ("--to", "meta", "--account", "act_1", "--min-members", "0")


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def order(number, *, customer=None, address=None, phone=None):
    contact = (address or f"person{number}@example.com", phone or f"+1202555{number:04d}")
    return f"{number},{customer or f'CANARY-{number}'},{contact[0]},{contact[1]},{10 + number}.00,EUR,{TODAY},paid"


def written(folder, *rows):
    (folder / "orders.csv").write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")


@dataclass
class Done:
    stdout: str
    stderr: str


def command(*arguments, cwd, code=0, environ=None, typed=""):
    """The command line in this process: the same entry point, and no start of an interpreter for each call."""
    out, err = io.StringIO(), io.StringIO()
    own = {name: text for name, text in os.environ.items() if name != "META_ACCESS_TOKEN"}
    own |= {"COLUMNS": "80", "XDG_DATA_HOME": str(cwd / "data"), **(environ or {})}
    stdin = io.TextIOWrapper(io.BytesIO(typed.encode()))
    with (
        mock.patch.dict(os.environ, own, clear=True),
        mock.patch.object(sys, "argv", ["audience-builder", *map(str, arguments)]),
        mock.patch.object(sys, "stdin", stdin),
        contextlib.chdir(cwd),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    done = Done(out.getvalue(), err.getvalue())
    assert (ended.value.code or 0) == code, done.stderr
    check_said(done.stdout + done.stderr)
    return done


def check_said(told):
    for canary in (TOKEN, OTHER_TOKEN, "@example.com", "2025550", "202-555", "CANARY-"):
        assert canary not in told
    assert re.findall(r"[0-9a-f]{64}", re.sub(r'"sha256": "[0-9a-f]{64}"', "", told)) == []


@pytest.fixture
def sandbox():
    with Sandbox(tokens={TOKEN: ("ads_management",)}, minimum=0) as stand_in:
        yield stand_in


@pytest.fixture
def environ(sandbox):
    return {"AUDIENCE_BUILDER_META_ENDPOINT": sandbox.url, "META_ACCESS_TOKEN": TOKEN}


@pytest.fixture
def shop(tmp_path, environ):
    """Twelve customers in two audiences of one record."""
    written(tmp_path, *(order(n) for n in range(1, 13)))
    for name in ("Seed", "Second"):
        command("upload", "orders.csv", *TO, "--name", name, "--state", "st", "-q", cwd=tmp_path, environ=environ)
    return tmp_path


def emails(sandbox, name):
    return {dict(keys)["EMAIL"] for keys in sandbox.members(name)}


def kept(folder):
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_a_person_is_erased_everywhere_and_stays_erased(shop, sandbox, environ):
    done = command("erase", "-", "--state", "st", cwd=shop, environ=environ, typed="Person5@Example.com\n")

    told = re.sub(r"\s+", " ", done.stdout)
    assert f"Digest of the e-mail: {sha('person5@example.com')[:6]}…" in told
    assert re.search(rf'"Seed", id {sandbox.audience_id("Seed")} 1 ', told)
    assert re.search(rf'"Second", id {sandbox.audience_id("Second")} 1 ', told)
    assert "Memberships ended 2" in told
    assert re.search(r"act_1 session [0-9]+ request Sandbox[0-9]+ ", told)
    assert "st/state.sqlite" in told
    assert max(map(len, done.stdout.splitlines())) <= 80
    for name in ("Seed", "Second"):
        assert emails(sandbox, name) == {sha(f"person{n}@example.com") for n in range(1, 13) if n != 5}

    # She buys again, with another address and phone; the shop knows her by her id.
    written(shop, *(order(n) for n in range(1, 13)), order(50, customer="CANARY-5"))
    again = command("upload", "orders.csv", *TO, "--name", "Seed", "--state", "st", "--json", cwd=shop, environ=environ)
    told = json.loads(again.stdout)
    assert (told["dropped_by_reason"], told["customers_kept"]) == ({"erased": 1}, 11)
    assert (told["added"], told["removed"], told["unchanged"]) == (0, 0, 11)
    assert sha("person50@example.com") not in emails(sandbox, "Seed")
    said = command("report", "orders.csv", "-o", "r.csv", "--state", "st", cwd=shop).stdout
    assert re.search(r"- erased on request +1\n", said)
    with (shop / "r.csv").open(encoding="utf-8", newline="") as file:
        assert "CANARY-5" not in {row["customer_id"] for row in csv.DictReader(file)}
    command("export", "orders.csv", "--to", "google", "--to", "tiktok", "-o", "out", "--state", "st", "-q", cwd=shop)
    lists = (shop / "out" / "google.csv").read_text() + (shop / "out" / "tiktok.csv").read_text()
    assert sha("person6@example.com") in lists
    for mine in ("person5@example.com", "person50@example.com", "12025550005", "+12025550005"):
        assert sha(mine) not in lists


def test_people_are_piped_into_a_process_of_its_own(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", "from audience_builder.cli import main; main()", "erase", "-", "--kind", "id"],
        input=b"\xef\xbb\xbfCANARY-5\r\n\r\nCANARY-6\r\n", capture_output=True, check=True, cwd=tmp_path,
        env={**os.environ, "COLUMNS": "80", "XDG_DATA_HOME": str(tmp_path / "data")},
    )  # fmt: skip
    check_said((done.stdout + done.stderr).decode())
    digests = re.findall(r"Digest of the customer id: ([0-9a-f]{6})…", done.stdout.decode())
    assert digests == [sha("CANARY-5")[:6], sha("CANARY-6")[:6]]


def test_nobody_is_in_the_record_in_the_clear(shop, environ):
    for given in (("id:CANARY-5",), ("+1 202-555-0006",), ("person7@example.com",)):
        command("erase", *given, "--state", "st", cwd=shop, environ=environ)
    record = kept(shop / "st")
    for canary in (b"CANARY-5", b"5550006", b"person7"):
        assert canary not in record


def test_an_id_reaches_the_membership_and_the_email_behind_it(shop, sandbox, environ):
    command("erase", "CANARY-5", "--kind", "id", "--state", "st", cwd=shop, environ=environ)
    assert sha("person5@example.com") not in emails(sandbox, "Seed")
    # The same person under a new id, known by her address alone.
    written(shop, *(order(n) for n in range(1, 13) if n != 5), order(5, customer="CANARY-99"))
    command("export", "orders.csv", "--to", "meta", "-o", "out", "--state", "st", "-q", cwd=shop)
    assert sha("person5@example.com") not in (shop / "out" / "meta.csv").read_text()


def test_a_household_keeps_its_phone_when_one_of_it_is_erased_by_email(shop, sandbox, environ):
    written(shop, *(order(n, phone="+12025550001") for n in (1, 2)), *(order(n) for n in range(3, 13)))
    upload = ("upload", "orders.csv", *TO, "--name", "Home", "--state", "st", "--json")
    command(*upload, cwd=shop, environ=environ)
    command("erase", "person1@example.com", "--state", "st", cwd=shop, environ=environ)
    told = json.loads(command(*upload, cwd=shop, environ=environ).stdout)
    assert (told["dropped_by_reason"], told["unchanged"], told["added"]) == ({"erased": 1}, 11, 0)
    left = {frozenset(keys) for keys in sandbox.members("Home")}
    assert any({("EMAIL", sha("person2@example.com")), ("PHONE", sha("12025550001"))} <= keys for keys in left)


def test_a_dry_run_tells_the_same_and_changes_nothing(shop, sandbox, environ):
    (shop / "people.txt").write_text("person5@example.com\n\n2025550006\n", encoding="utf-8")
    before, calls = kept(shop / "st"), len(sandbox.calls)
    given = ("erase", "--file", "people.txt", "--country", "US", "--state", "st", "--dry-run")
    told = json.loads(command(*given, "--json", cwd=shop).stdout)["receipts"][0]
    said = command(*given, cwd=shop).stdout
    assert (told["dry_run"], told["memberships"], told["requests"]) == (True, 4, 0)
    assert [(one["name"], one["memberships"], one["session"]) for one in told["audiences"]] == [
        ("Second", 2, None), ("Seed", 2, None),
    ]  # fmt: skip
    assert "nothing was sent or written" in said
    assert (kept(shop / "st"), len(sandbox.calls)) == (before, calls)
    assert command("export", "orders.csv", "--to", "meta", "-o", "out", "--state", "st", "-q", cwd=shop)
    assert sha("person5@example.com") in (shop / "out" / "meta.csv").read_text()


def test_somebody_nobody_knows_is_buried_all_the_same(tmp_path):
    written(tmp_path, *(order(n) for n in range(1, 13)))
    done = command("erase", "person5@example.com", cwd=tmp_path)
    assert "Nothing was ever uploaded from this record." in done.stdout
    said = command("report", "orders.csv", cwd=tmp_path).stdout
    assert re.search(r"- erased on request +1\n", said)
    other = command("report", "orders.csv", "--client", "bolt", cwd=tmp_path).stdout
    assert "erased on request" not in other
    assert not (tmp_path / "data" / "audience-builder" / "clients").exists()
    (told,) = json.loads(command("history", "--json", cwd=tmp_path).stdout)["attempts"]
    assert (told["command"], told["outcome"], told["counts"]["members"]) == ("erase", "erased", 0)


def test_the_history_tells_of_an_erasure_in_every_account_and_of_nobody(shop, environ):
    command("erase", "person5@example.com", "--state", "st", cwd=shop, environ=environ)
    settings = {one["settings"] for one in told_by(shop) if one["command"] == "upload" and one["name"] == "Seed"}
    command("upload", "orders.csv", *TO, "--name", "Seed", "--state", "st", "-q", cwd=shop, environ=environ)
    given = {**environ, "META_ACCESS_TOKEN": ""}
    command("erase", "person6@example.com", "--state", "st", cwd=shop, environ=given, code=5)

    told = told_by(shop)

    assert [(one["outcome"], one["account"], one["counts"].get("members")) for one in told if one["mode"] == "erase"] == [
        ("erased", "act_1", 2), ("not confirmed", "", None),
    ]  # fmt: skip
    assert {one["settings"] for one in told if one["command"] == "upload" and one["name"] == "Seed"} == settings


def told_by(shop):
    with State(shop / "st", clock=lambda: 0.0) as state:
        return [one.document() for one in state.history()]


def test_a_dry_run_makes_no_record(tmp_path):
    done = command("erase", "person5@example.com", "--dry-run", cwd=tmp_path)
    assert "Nothing was ever uploaded from this record." in done.stdout
    assert not (tmp_path / "data").exists()


def test_an_account_that_fails_does_not_keep_the_others_from_it_and_running_again_completes(shop, sandbox, environ):
    with Sandbox(account="act_2", tokens={TOKEN: ("ads_management",)}, minimum=0) as other:
        there = {**environ, "AUDIENCE_BUILDER_META_ENDPOINT": other.url}
        to = ("--to", "meta", "--account", "act_2", "--min-members", "0", "--name", "Third", "--state", "st", "-q")
        command("upload", "orders.csv", *to, cwd=shop, environ=there)
        # The endpoint answers for act_2 alone, so that act_1 fails first.
        done = command("erase", "person5@example.com", "--state", "st", "--json", cwd=shop, environ=there, code=5)
        (receipt,) = json.loads(done.stdout)["receipts"]
        assert [(one["account"], one["exit_code"]) for one in receipt["failed"]] == [("act_1", 5)]
        assert [(one["account"], one["memberships"]) for one in receipt["audiences"]] == [("act_2", 1)]
        assert any("act_1" in sentence and "again" in sentence for sentence in receipt["left_to_do"])
        assert re.match(r"meta, act_1:\nError: .+\n       .+\n       .+\n$", done.stderr)
        assert len(other.members("Third")) == 11
        assert len(sandbox.members("Seed")) == 12

    # Buried is she already: no upload sends her, and the next erasure ends what is left.
    upload = ("upload", "orders.csv", *TO, "--name", "Second", "--state", "st", "--json")
    told = json.loads(command(*upload, cwd=shop, environ=environ).stdout)
    assert told["removal_reasons"] == {"erased on request": 1}
    done = command("erase", "person5@example.com", "--state", "st", "--json", cwd=shop, environ=environ, code=5)
    (receipt,) = json.loads(done.stdout)["receipts"]
    assert [(one["name"], one["memberships"]) for one in receipt["audiences"]] == [("Second", 0), ("Seed", 1)]
    assert len(sandbox.members("Seed")) == 11


def test_without_a_token_she_is_buried_first(shop, sandbox, environ):
    given = {**environ, "META_ACCESS_TOKEN": ""}
    done = command("erase", "person5@example.com", "--state", "st", cwd=shop, environ=given, code=5)
    assert "META_ACCESS_TOKEN is not set" in done.stderr
    assert re.search(r"meta, act_1 +failed\n", done.stdout)
    # She is in no file any more, and this mode leaves members where they are: the record alone knows that she has to go.
    written(shop, *(order(n) for n in range(1, 13) if n not in (5, 6)))
    upload = ("upload", "orders.csv", *TO, "--name", "Seed", "--state", "st", "--json", "--mode", "add")
    told = json.loads(command(*upload, cwd=shop, environ=environ).stdout)
    assert told["removal_reasons"] == {"erased on request": 1}
    assert len(sandbox.members("Seed")) == 11


@pytest.fixture
def clients(tmp_path, sandbox):
    """Two clients with the same customers, refreshed once."""
    with Sandbox(tokens={TOKEN: ("ads_management",), OTHER_TOKEN: ("ads_management",)}, minimum=0) as stand_in:
        given = {"AUDIENCE_BUILDER_META_ENDPOINT": stand_in.url, "ACME_TOKEN": TOKEN, "BOLT_TOKEN": OTHER_TOKEN}
        for name in ("acme", "bolt"):
            folder = tmp_path / name
            folder.mkdir()
            written(folder, *(order(n) for n in range(1, 13)))
            text = SETTINGS.format(name=name, token=f"{name.upper()}_TOKEN").replace('"All"', f'"All of {name}"')
            refreshed, _, by_hand = text.partition("[audiences.by_hand]")
            (folder / "audience.toml").write_text(refreshed + "[brakes]\nmin_members = 0\n", encoding="utf-8")
            command("refresh", f"{name}/audience.toml", "--apply", "-q", cwd=tmp_path, environ=given)
            named = text.replace("[audiences.by_hand]", f'[audiences.by_hand]\ntoken_env = "{name.upper()}_TOKEN"')
            (folder / "audience.toml").write_text(named, encoding="utf-8")
            assert by_hand
        yield tmp_path, stand_in, given


def test_the_files_of_clients_name_their_records_countries_and_tokens(clients):
    folder, sandbox, given = clients
    asked = ("erase", "-", "acme/audience.toml", "bolt/audience.toml")
    done = command(*asked, "--json", cwd=folder, environ=given, typed="202-555-0005\nid:CANARY-6\n")
    receipts = json.loads(done.stdout)["receipts"]
    assert [(one["client"], one["memberships"]) for one in receipts] == [("acme", 2), ("bolt", 2)]
    assert all(any("Google" in text and '"Best"' in text for text in one["left_to_do"]) for one in receipts)
    for name in ("acme", "bolt"):
        gone = {sha("person5@example.com"), sha("person6@example.com")}
        assert len(sandbox.members(f"All of {name}")) == 10
        assert not emails(sandbox, f"All of {name}") & gone


def test_one_client_is_not_touched_by_the_erasure_from_another_and_a_refresh_honours_it(clients):
    folder, _, given = clients
    command("erase", "person5@example.com", "acme/audience.toml", cwd=folder, environ=given)
    written(folder / "acme", *(order(n) for n in range(1, 13)), order(50, customer="CANARY-5"))
    for name, left in (("acme", 11), ("bolt", 12)):
        text = (folder / name / "audience.toml").read_text().partition("[audiences.by_hand]")[0]
        (folder / name / "audience.toml").write_text(text + "[brakes]\nmin_members = 0\n", encoding="utf-8")
        done = command("refresh", f"{name}/audience.toml", "--apply", "--json", cwd=folder, environ=given)
        told = json.loads(done.stdout)["clients"][0]
        assert told["summary"]["dropped_by_reason"] == ({"erased": 1} if name == "acme" else {})
        assert (told["added"], told["removed"], told["unchanged"]) == (0, 0, left)


def test_the_record_of_a_client_that_is_damaged_does_not_keep_the_others_from_it(clients):
    folder, sandbox, given = clients
    (folder / "acme" / "state" / "state.sqlite").write_bytes(b"no database at all" * 100)
    for name in ("state.sqlite-wal", "state.sqlite-shm"):
        (folder / "acme" / "state" / name).unlink(missing_ok=True)
    asked = ("erase", "person5@example.com", "acme/audience.toml", "bolt/audience.toml", "--json")
    done = command(*asked, cwd=folder, environ=given, code=2)
    receipts = json.loads(done.stdout)["receipts"]
    assert "damaged" in receipts[0]["error"]["wrong"]
    assert (receipts[1]["memberships"], len(sandbox.members("All of bolt"))) == (1, 11)


def test_the_name_of_a_client_finds_her_record_and_a_slip_does_not(tmp_path):
    known = tmp_path / "data" / "audience-builder" / "clients" / "acme-ltd"
    known.mkdir(parents=True)
    written(tmp_path, *(order(n) for n in range(1, 13)))
    command("erase", "person5@example.com", "--client", "Acme Ltd.", cwd=tmp_path)
    said = command("report", "orders.csv", "--client", "acme ltd", cwd=tmp_path).stdout
    assert re.search(r"- erased on request +1\n", said)
    slip = command("erase", "person5@example.com", "--client", "Acme Lt", cwd=tmp_path, code=2)
    assert "Did you mean acme-ltd?" in slip.stderr
    nameless = command("erase", "person5@example.com", cwd=tmp_path, code=2)
    assert "records of these clients: acme-ltd" in nameless.stderr


@pytest.mark.parametrize(
    ("given", "code", "says"),
    [
        (("person5@example.com", "--state", "nowhere"), 2, "no such state folder"),
        (("person5@example.com", "--state", "st", "--client", "acme"), 2, "exclude each other"),
        (("person5@example.com", "none.toml"), 2, "cannot be read as settings"),
        (("person5@example.com", "none.toml", "--state", "st"), 2, "named twice"),
        (("CANARY-5", "--state", "st"), 2, "id: in front of a customer id"),
        (("person@", "--state", "st"), 3, "Value 1 of 1"),
        (("person5@example.com", "typo.toml"), 2, "no platform 'gogle'"),
        (("--state", "st"), 2, "Nobody was named"),
        (("--file", "none.txt", "--state", "st"), 2, "cannot be read"),
    ],
)
def test_a_mistake_gets_three_parts_and_erases_nobody(tmp_path, given, code, says):
    (tmp_path / "st").mkdir()
    text = SETTINGS.format(name="acme", token="ACME_TOKEN").replace("google", "gogle")
    (tmp_path / "typo.toml").write_text(text, encoding="utf-8")
    done = command("erase", *given, cwd=tmp_path, code=code)
    assert says in done.stderr
    assert done.stdout == ""
    assert list((tmp_path / "st").iterdir()) == []


def test_lines_that_are_no_text_are_refused(tmp_path):
    (tmp_path / "people.txt").write_bytes("person5@example.com\nM\u00fcller\n".encode("latin-1"))
    done = command("erase", "--file", "people.txt", cwd=tmp_path, code=2)
    assert "not UTF-8" in done.stderr
    assert not (tmp_path / "data").exists()
