"""``export --pack`` as an agency calls it, with its mistakes."""

import json
import os
import shutil
import subprocess
import sys

import pytest

ORDERS = """Order ID,Customer ID,Email,Total,Currency,Date
1,c1,ann@example.com,10.00,EUR,2026-05-13
2,c2,ben@example.com,25.00,EUR,2026-05-14
"""


def command(*arguments, code=0):
    done = subprocess.run(
        [sys.executable, "-c", "from audience_builder.cli import main; main()", *map(str, arguments)],
        capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "80"},
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    return done


@pytest.fixture
def orders(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text(ORDERS)
    return path


def test_a_pack_is_a_folder_and_an_archive_named_by_the_client(orders, tmp_path):
    done = command("export", orders, "--to", "meta", "--client", "Acme Ltd.", "--pack", "-o", tmp_path / "packs")
    assert sorted(path.name for path in (tmp_path / "packs").iterdir()) == ["acme-ltd", "acme-ltd.zip"]
    assert "Pack, ready to hand on" in done.stdout
    assert max(map(len, done.stdout.replace(str(tmp_path), "").splitlines())) <= 80


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="no sha256sum on this system")
def test_a_changed_file_is_noticed_with_the_systems_own_tool(orders, tmp_path):
    command("export", orders, "--to", "meta", "--client", "Acme", "--pack", "-o", tmp_path / "packs")
    folder = tmp_path / "packs" / "acme"
    check = ["sha256sum", "--check", "--quiet", "SHA256SUMS"]
    assert subprocess.run(check, cwd=folder, check=False).returncode == 0
    with (folder / "meta.csv").open("a") as file:
        file.write("one more line\n")
    assert subprocess.run(check, cwd=folder, check=False, capture_output=True).returncode == 1


def test_the_summary_as_json_is_that_of_an_export(orders, tmp_path):
    packed = command("export", orders, "--to", "meta", "--client", "Acme", "--pack", "-o", tmp_path / "a", "--json")
    listed = command("export", orders, "--to", "meta", "--client", "Acme", "-o", tmp_path / "b", "--json")
    one, two = json.loads(packed.stdout), json.loads(listed.stdout)
    assert (one["net_paid"], one["customers_kept"]) == (two["net_paid"], two["customers_kept"]) == ("35.00", 2)
    assert json.loads((tmp_path / "b" / "manifest.json").read_text())["client"] == "Acme"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ([], "--pack needs the client's name"),
        (["--client", "../other"], "--client is no name of a client"),
        (["--client", "Acme", "--plain"], "A pack holds no plain contact data"),
        (["--client", "Acme", "--to", "nowhere"], "nowhere"),
    ],
)
def test_mistakes_are_explained_and_nothing_is_written(orders, tmp_path, given, says):
    done = command("export", orders, "--to", "meta", "--pack", "-o", tmp_path / "packs", *given, code=2)
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 3
    assert not list(tmp_path.glob("packs/*"))


def client_file(folder, name, **filters):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "orders.csv").write_text(ORDERS)
    path = folder / "audience.toml"
    settings = "\n".join(f"{key} = {value}" for key, value in filters.items())
    path.write_text(
        f'[client]\nname = "{name}"\n[[sources]]\npath = "orders.csv"\n[filters]\n{settings}\n'
        f'[audiences.all]\nplatform = "meta"\naccount = "act_1"\nname = "All"\n'
    )
    return path


def test_clients_files_become_a_pack_each_by_their_own_settings(tmp_path):
    one = client_file(tmp_path / "one", "Acme", min_paid=20)
    two = client_file(tmp_path / "two", "Globex")
    done = command("export", one, two, "--to", "google", "--pack", "-o", tmp_path / "packs", "--json")
    told = json.loads(done.stdout)
    assert [(one["client"], one["summary"]["customers_kept"]) for one in told["clients"]] == [
        ("Acme", 1),
        ("Globex", 2),
    ]
    assert sorted(path.name for path in (tmp_path / "packs").iterdir()) == [
        "acme", "acme.zip", "globex", "globex.zip",
    ]  # fmt: skip
    manifest = json.loads((tmp_path / "packs" / "acme" / "manifest.json").read_text())
    assert manifest["summary"]["settings"]["Least net amount paid"] == "20"


def test_a_client_that_fails_does_not_stop_the_next_one(tmp_path):
    broken = client_file(tmp_path / "one", "Acme", min_paid=1000)
    good = client_file(tmp_path / "two", "Globex")
    done = command("export", broken, good, "--to", "google", "--pack", "-o", tmp_path / "packs", code=3)
    assert "Acme:" in done.stderr
    assert "No customer is left." in done.stderr
    assert sorted(path.name for path in (tmp_path / "packs").iterdir()) == ["globex", "globex.zip"]
    rows = [line.split() for line in done.stdout.splitlines() if line.startswith(("Acme ", "Globex "))]
    assert rows == [["Acme", "-", "-", "3"], ["Globex", "2", "2", "0"]]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["--min-paid", "5", "--pack"], "--min-paid"),
        (["--client", "Acme", "--pack"], "--client"),
        (["--pack", "orders.csv"], "do not go together"),
        ([], "becomes a pack"),
    ],
)
def test_a_clients_file_is_not_contradicted_by_flags(tmp_path, given, says):
    path = client_file(tmp_path / "one", "Acme")
    done = command("export", path, *given, "--to", "google", "-o", tmp_path / "packs", code=2)
    assert says in done.stderr
    assert not (tmp_path / "packs").exists()


def test_whoever_was_erased_is_in_no_later_pack_of_that_client(orders, tmp_path):
    (tmp_path / "acme").mkdir()
    command("erase", "ben@example.com", "--state", tmp_path / "acme")
    kept = {}
    for client in ("Acme", "Globex"):
        given = ("--to", "google", "--client", client, "--state", tmp_path / client.lower(), "--pack", "--json")
        kept[client] = json.loads(command("export", orders, *given, "-o", tmp_path / "packs").stdout)["customers_kept"]
    assert kept == {"Acme": 1, "Globex": 2}
    assert "erased on request" in (tmp_path / "packs" / "acme" / "summary.html").read_text("utf-8")


def test_two_files_of_one_client_are_refused(tmp_path):
    one, two = client_file(tmp_path / "one", "Acme"), client_file(tmp_path / "two", "ACME")
    done = command("export", one, two, "--to", "google", "--pack", "-o", tmp_path / "packs", code=2)
    assert "Two files are of the same client." in done.stderr
    assert not (tmp_path / "packs").exists()
