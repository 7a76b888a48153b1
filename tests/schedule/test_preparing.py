"""From clients' files to a job: what is checked, and where everything lies."""

import getpass
from pathlib import Path

import pytest

from audience_builder.config import load
from audience_builder.errors import ConfigError
from audience_builder.schedule import Variable, When, job_for
from audience_builder.schedule.preparing import variables_of

CLIENT = """
[client]
name = "{name}"
currency = "EUR"
{more}

[[sources]]
path = "{source}"

[audiences.vip]
platform = "{platform}"
account = "{account}"
name = "Best"
{token}
"""
WHEN = When.parse("03:15")
TOKEN = "access token of Meta (Facebook, Instagram) for acme"


def client(folder, file="audience.toml", **changes):
    settings = {"name": "acme", "more": "", "source": "orders.csv", "platform": "meta", "account": "act_1", "token": ""}
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / file
    path.write_text(CLIENT.format(**{**settings, **changes}))
    return path


def prepared(*paths, environ=None, **options):
    return job_for(paths, WHEN, {"HOME": "/home/x", **(environ or {})}, command="/opt/ab", **options)


def test_everything_of_one_client_has_a_whole_path(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "home", lambda: Path("/home/x"))
    client(tmp_path / "acme")
    monkeypatch.chdir(tmp_path)
    job = prepared(Path("acme/../acme/audience.toml"))
    assert (job.name, job.folder, job.files) == ("acme", f"{tmp_path}/acme", ("audience.toml",))
    assert job.argv == ("/opt/ab", "refresh", "--apply", "audience.toml", "--wait", "30")
    assert job.env_file == "/home/x/.config/audience-builder/acme.env"
    assert job.states == ("/home/x/.local/share/audience-builder/clients/acme",)
    assert job.log_file == "/home/x/.local/share/audience-builder/logs/acme.log"
    assert (job.user, job.settings) == (getpass.getuser(), {})


def test_a_moved_data_folder_is_told_to_the_schedule(tmp_path):
    job = prepared(client(tmp_path), environ={"XDG_DATA_HOME": "/data", "XDG_CONFIG_HOME": "/etc/own"})
    assert job.settings == {"XDG_DATA_HOME": "/data"}
    assert job.states == ("/data/audience-builder/clients/acme",)
    assert job.env_file == "/etc/own/audience-builder/acme.env"


def test_a_state_folder_of_the_clients_own_is_found_beside_its_file(tmp_path):
    job = prepared(client(tmp_path / "acme", more='state = "../state"'))
    assert job.states == job.moving_states == (f"{tmp_path}/state",)
    elsewhere = prepared(client(tmp_path / "acme", more='state = "/var/lib/acme"'))
    assert (elsewhere.states, elsewhere.moving_states) == (("/var/lib/acme",), ())


def test_a_file_of_secrets_that_others_can_read_is_refused(tmp_path):
    secrets = tmp_path / "acme.env"
    secrets.touch(0o600)
    assert prepared(client(tmp_path), env_file=secrets).env_file == str(secrets)
    secrets.chmod(0o640)
    with pytest.raises(ConfigError, match=r"acme\.env has mode 0640"):
        prepared(client(tmp_path), env_file=secrets)


def test_a_symbolic_link_is_kept(tmp_path):
    client(tmp_path / "release-1")
    (tmp_path / "current").symlink_to(tmp_path / "release-1")
    assert prepared(tmp_path / "current" / "audience.toml").folder == f"{tmp_path}/current"


def test_a_workspace_runs_from_the_folder_all_files_share(tmp_path):
    paths = [
        client(tmp_path / "Our Clients" / name, f"{name}.toml", name=name, token=f'token_env = "{name.upper()}_TOKEN"')
        for name in ("north", "south")
    ]
    job = prepared(*paths)
    assert (job.name, job.folder) == ("our-clients", f"{tmp_path}/Our Clients")
    assert job.files == ("north/north.toml", "south/south.toml")
    assert [one.name for one in job.variables] == ["NORTH_TOKEN", "SOUTH_TOKEN", "AUDIENCE_BUILDER_NOTIFY_URLS"]


def test_the_root_of_the_repository_is_found(tmp_path):
    path = client(tmp_path / "clients")
    assert prepared(path).root == f"{tmp_path}/clients"
    (tmp_path / ".git").mkdir()
    assert prepared(path).root == str(tmp_path)


def test_every_variable_the_file_reads_is_named(tmp_path):
    path = client(tmp_path, source="${EXPORTS}/orders.csv", token='token_env = "ACME_TOKEN"')
    path.write_text(path.read_text() + '\n[notify]\nurls_env = "ACME_NEWS"\n')
    assert variables_of([load(path, {"EXPORTS": "/exports"})]) == (
        Variable(name="ACME_TOKEN", purpose=TOKEN),
        Variable(name="EXPORTS", purpose="read by the settings of acme"),
        Variable(name="ACME_NEWS", purpose="addresses of notices"),
    )


@pytest.mark.parametrize(
    ("url", "more", "expected"),
    [
        ("postgresql://reader@h/shop", "", [("AUDIENCE_BUILDER_DB_PASSWORD", True)]),
        ("postgresql://reader@h/shop", 'password_env = "ACME_DB"', [("ACME_DB", False)]),
        ("sqlite:///shop.db", "", []),
        ("bigquery://acme/shop", "", []),
    ],
)
def test_the_password_of_a_database_is_named(tmp_path, url, more, expected):
    path = client(tmp_path)
    source = f'url = "{url}"\nquery = "SELECT 1"\n{more}'
    path.write_text(path.read_text().replace('path = "orders.csv"', source))
    found = [one for one in variables_of([load(path, {})]) if one.purpose == "password of a database of acme"]
    assert [(one.name, one.optional) for one in found] == expected


def test_the_usual_address_of_notices_may_be_left_out(tmp_path):
    assert variables_of([load(client(tmp_path), {})]) == (
        Variable(name="META_ACCESS_TOKEN", purpose=TOKEN),
        Variable(name="AUDIENCE_BUILDER_NOTIFY_URLS", purpose="addresses of notices", optional=True),
    )


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"platform": "metta"}, "Did you mean meta"),
        ({"platform": "tiktok"}, "cannot be uploaded to from here"),
        ({"account": "1234"}, "not written as Meta writes it"),
        ({"more": 'colour = "red"'}, "unknown key: client.colour"),
        ({"source": "${EXPORTS}/orders.csv"}, "The environment variable EXPORTS is not set"),
    ],
)
def test_a_mistake_in_the_file_shows_before_the_first_night(tmp_path, changes, says):
    with pytest.raises(ConfigError, match=says):
        prepared(client(tmp_path, **changes))


def test_clients_that_share_a_token_are_refused(tmp_path):
    paths = [client(tmp_path, f"{name}.toml", name=name) for name in ("north", "south")]
    with pytest.raises(ConfigError, match="names the variable with its own token"):
        prepared(*paths)


def test_clients_that_share_a_record_are_refused(tmp_path):
    paths = [client(tmp_path, f"{name}.toml", name="acme", token='token_env = "A"') for name in ("north", "south")]
    with pytest.raises(ConfigError, match="Two clients have the same name"):
        prepared(*paths)


def test_the_program_is_the_one_beside_this_python(tmp_path, monkeypatch):
    program = tmp_path / "bin" / "audience-builder"
    program.parent.mkdir()
    program.touch(0o755)
    monkeypatch.setattr("sys.executable", str(program.with_name("python")))
    assert job_for([client(tmp_path)], WHEN, {}).command == str(program)


def test_a_program_that_is_nowhere_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="--command /opt") as caught:
        job_for([client(tmp_path)], WHEN, {})
    assert caught.value.wrong == "There is no program audience-builder."
