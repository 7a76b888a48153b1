"""``schedule`` as a marketer runs it, with the mistakes she makes."""

import os
import re
import stat
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest
import typer.main

from audience_builder.cli import commands as _registered  # noqa: F401
from audience_builder.cli.main import app
from audience_builder.schedule import formats

COMMAND = [sys.executable, "-c", "from audience_builder.cli import main; main()"]
CLIENT = """
[client]
name = "{name}"
currency = "EUR"

[[sources]]
path = "orders.csv"

[audiences.vip]
platform = "meta"
account = "act_1"
name = "Best"
token_env = "ACME_META_TOKEN"
"""
TOKEN = "EAAcanaryTokenThatNobodyMaySee0123456789"


def command(*arguments, cwd):
    environ = {**os.environ, "COLUMNS": "80", "XDG_DATA_HOME": str(cwd / "data"), "ACME_META_TOKEN": TOKEN}
    done = subprocess.run(
        [*COMMAND, "schedule", *map(str, arguments)],
        capture_output=True, text=True, check=False, cwd=cwd, env=environ,
    )  # fmt: skip
    assert TOKEN not in done.stdout + done.stderr
    return done


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "audience.toml").write_text(CLIENT.format(name="acme"))
    return tmp_path


@pytest.mark.parametrize("form", formats.names())
def test_a_schedule_is_printed_and_the_steps_are_told_apart(folder, form):
    done = command("audience.toml", "--for", form, "--command", "/opt/ab", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "/opt/ab" in done.stdout
    assert str(folder) in done.stdout or form == "github-actions"
    assert "ACME_META_TOKEN" in done.stderr
    assert done.stdout.endswith("\n")
    assert not done.stdout.endswith("\n\n")


def test_the_help_names_every_kind_of_schedule():
    form = next(one for one in typer.main.get_command(app).commands["schedule"].params if one.name == "form")
    assert set(re.findall(r"[a-z-]+", form.help)) >= set(formats.names())


def test_a_schedule_is_written_where_it_is_wanted(folder):
    done = command("audience.toml", "--for", "systemd", "--command", "/opt/ab", "-o", "units", cwd=folder)
    assert done.stdout == "Wrote units/audience-builder-acme.service\nWrote units/audience-builder-acme.timer\n"
    service = folder / "units" / "audience-builder-acme.service"
    assert f"WorkingDirectory={folder}\n" in service.read_text()
    assert f'ReadWritePaths="{folder}/data/audience-builder/clients/acme"\n' in service.read_text()
    assert f'Environment="XDG_DATA_HOME={folder}/data"\n' in service.read_text()
    assert not stat.S_IMODE(service.stat().st_mode) & 0o111


def test_another_schedule_of_that_name_is_replaced_only_when_told(folder):
    given = ("audience.toml", "--for", "windows", "--command", "/opt/ab", "-o", ".")
    assert command(*given, cwd=folder).returncode == 0
    assert command(*given, cwd=folder).returncode == 0
    other = command(*given, "--at", "4:30", cwd=folder)
    assert (other.returncode, "exists already, and is another one" in other.stderr) == (2, True)
    boundary = "{http://schemas.microsoft.com/windows/2004/02/mit/task}StartBoundary"
    task = folder / "audience-builder-acme.xml"
    assert ET.parse(task).getroot().findtext(f".//{boundary}") == "2026-01-01T03:15:00"  # noqa: S314  our own
    assert command(*given, "--at", "4:30", "--force", cwd=folder).returncode == 0
    assert ET.parse(task).getroot().findtext(f".//{boundary}") == "2026-01-01T04:30:00"  # noqa: S314  our own


def test_a_workspace_gets_one_schedule(folder):
    (folder / "clients").mkdir()
    for name in ("north", "south"):
        (folder / "clients" / f"{name}.toml").write_text(CLIENT.format(name=name))
    done = command("clients/north.toml", "clients/south.toml", "--for", "cron", "--wait", "5", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "audience-builder-clients: brings the audiences of 2 clients in line, every day at 03:15" in done.stdout
    assert "refresh --apply north.toml south.toml --wait 5 ||" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("none.toml", "--for", "cron"), "none.toml cannot be read as settings."),
        (("broken.toml", "--for", "cron"), "Did you mean currency?"),
        (("audience.toml", "--for", "jenkins"), "There are: airflow, cron, github-actions, launchd, systemd, windows."),
        (("audience.toml", "--for", "cron", "--at", "25:00"), "It got '25:00'."),
        (("audience.toml", "--for", "cron", "--every", "month"), "There are: hour, day, weekday, week."),
        (("audience.toml", "--for", "cron", "--timezone", "Europe/Berln"), "Did you mean Europe/Berlin?"),
        (("audience.toml", "--for", "launchd", "--timezone", "Europe/Berlin"), "knows no time zones"),
        (("audience.toml", "--for", "cron", "--command", "bin/audience-builder"), "There is no program"),
        (("audience.toml", "--for", "cron", "-o", "audience.toml"), "The schedule cannot be written."),
    ],
)
def test_a_mistake_gets_three_parts_and_writes_nothing(folder, arguments, says):
    (folder / "broken.toml").write_text(CLIENT.format(name="acme").replace("currency", "curency"))
    before = sorted(folder.iterdir())
    done = command(*arguments, cwd=folder)
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 3
    assert sorted(folder.iterdir()) == before
