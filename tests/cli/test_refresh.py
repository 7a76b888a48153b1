"""``init`` and ``refresh`` as a marketer runs them."""

import json
import os
import re
import stat
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from audience_builder.sandbox import Sandbox

TOKEN = "EAAsandboxCanaryToken0123456789"
HEADER = "Order ID,Customer ID,Email,Total,Currency,Date,Status,Accepts Marketing"
COMMAND = [sys.executable, "-c", "from audience_builder.cli import main; main()"]
TODAY = datetime.now(UTC).date().isoformat()


def written(path, numbers):
    rows = [f"{n},C-{n},person{n}@example.com,{10 + n}.00,EUR,{TODAY},paid,yes" for n in numbers]
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    return path


def command(*arguments, cwd, environ=None, **options):
    own = {name: text for name, text in os.environ.items() if name != "META_ACCESS_TOKEN"}
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)], text=True, check=False, capture_output=True, cwd=cwd,
        env={**own, "COLUMNS": "80", "XDG_DATA_HOME": str(cwd / "data"), **(environ or {})}, **options,
    )  # fmt: skip
    told = done.stdout + done.stderr
    assert TOKEN not in told
    assert "@example.com" not in told
    assert re.findall(r"[0-9a-f]{64}", re.sub(r'"sha256": "[0-9a-f]{64}"', "", told)) == []
    return done


@pytest.fixture
def sandbox():
    with Sandbox(tokens={TOKEN: ("ads_management",)}) as stand_in:
        yield stand_in


@pytest.fixture
def client(tmp_path):
    written(tmp_path / "orders.csv", range(1, 121))
    done = command("init", "orders.csv", "--yes", "--client", "acme", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    return tmp_path


def environ_of(sandbox):
    return {"AUDIENCE_BUILDER_META_ENDPOINT": sandbox.url, "META_ACCESS_TOKEN": TOKEN}


def test_init_shows_the_mapping_without_anybody_and_closes_consent(client):
    text = (client / "audience.toml").read_text()
    assert re.search(r'^consent = "Accepts Marketing"$', text, re.MULTILINE)
    assert re.search(r'^path = "orders.csv"$', text, re.MULTILINE)
    again = command("init", "orders.csv", "--yes", cwd=client)
    assert (again.returncode, "exists already" in again.stderr) == (2, True)
    shown = command("init", "orders.csv", "--yes", "-o", "other.toml", cwd=client).stdout
    assert re.search(r"email +Email +xxxxxx9@xxxxxxx\.xxx", shown)
    assert max(map(len, shown.splitlines())) <= 80


def test_init_asks_and_writes_what_it_is_told(tmp_path):
    path = tmp_path / "shop.csv"
    path.write_text("Order ID,Customer ID,Email,Total,Date\n1,C-1,a@example.com,9.00,2026-11-20\n")
    answers = "bolt\nGB\nEUR\n25\nact_42\nBest of Bolt\n"
    done = command("init", "shop.csv", cwd=tmp_path, input=answers)
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "audience.toml").read_text()
    for line in (
        'name = "bolt"',
        'home_country = "GB"',
        'currency = "EUR"',
        "min_paid = 25",
        'account = "act_42"',
        'name = "Best of Bolt"',
    ):
        assert re.search(rf"^{re.escape(line)}$", text, re.MULTILINE), line


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("init", "contacts.csv", "--yes"), "None of the files holds orders."),
        (("init", "odd.csv", "--yes"), "odd.csv is not understood yet."),
        (("init", "plain.csv", "--yes"), "The currency is unknown."),
        (("refresh", "none.toml"), "none.toml cannot be read as settings."),
        (("refresh", "none.toml", "--plan", "--apply"), "--plan and --apply exclude each other."),
    ],
)
def test_a_mistake_gets_three_parts(tmp_path, arguments, says):
    (tmp_path / "contacts.csv").write_text("Customer ID,Email\nC-1,a@example.com\n")
    (tmp_path / "odd.csv").write_text("alpha,beta\n1,2\n")
    (tmp_path / "plain.csv").write_text("Order ID,Customer ID,Email,Total,Date\n1,C-1,a@example.com,9.00,2026-11-20\n")
    done = command(*arguments, cwd=tmp_path)
    assert done.returncode in {2, 3}
    assert says in done.stderr
    assert not (tmp_path / "audience.toml").exists()


def test_a_plan_then_its_application_then_a_bad_export(client, sandbox):
    environ = environ_of(sandbox)
    plan = command("refresh", "--plan", "audience.toml", cwd=client, environ=environ)
    assert plan.returncode == 0, plan.stderr
    assert re.search(r"People added +120\n", plan.stdout)
    assert max(map(len, plan.stdout.splitlines())) <= 80
    assert sandbox.calls == []
    assert stat.S_IMODE((client / "audience.plan.json").stat().st_mode) == 0o600

    sent = command("refresh", "audience.toml", "audience.plan.json", "--apply", "--json", cwd=client, environ=environ)
    told = json.loads(sent.stdout)
    assert (sent.returncode, told["added"], told["requests"]) == (0, 120, 1)
    assert told["audience_id"] == sandbox.audience_id("Best customers")
    assert told["clients"][0]["summary"]["customers_kept"] == 120

    written(client / "orders.csv", range(1, 61))
    stopped = command("refresh", "audience.toml", "--apply", cwd=client, environ=environ)
    assert stopped.returncode == 4
    assert "60 of 120 members; the limit is 20%" in stopped.stderr
    assert len(sandbox.members("Best customers")) == 120

    flags = re.findall(r"--[a-z-]+ [0-9.]*[0-9]", stopped.stderr)
    released = command("refresh", "audience.toml", "--apply", *" ".join(flags).split(), cwd=client, environ=environ)
    assert released.returncode == 0, released.stderr


def test_a_folder_of_clients_ends_with_a_table_and_the_worst_code(client, sandbox):
    text = (client / "audience.toml").read_text()
    (client / "a.toml").write_text(text.replace('# token_env = "ACME_META_TOKEN"', 'token_env = "ACME_META_TOKEN"'))
    (client / "b.toml").write_text(text.replace('name = "acme"', 'name = "bolt"'))
    environ = {**environ_of(sandbox), "ACME_META_TOKEN": TOKEN}
    done = command("refresh", "a.toml", "b.toml", "--apply", cwd=client, environ=environ)
    assert done.returncode == 2
    table = done.stdout.splitlines()[-2:]
    assert re.fullmatch(r"acme +success +120 +0 +0 +0", table[0])
    assert re.fullmatch(r"bolt +failure +0 +0 +0 +2", table[1])
