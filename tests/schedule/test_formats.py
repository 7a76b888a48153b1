"""Each schedule against its own format's tool, or the published rules of the format where there is none."""

import plistlib
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from croniter import croniter
from jobs import NOTICES, job, only
from ruamel.yaml import YAML

from audience_builder.errors import ConfigError
from audience_builder.schedule import Every, Variable, When, rendered
from audience_builder.schedule.formats.systemd import calendar

FORMS = ("airflow", "cron", "github-actions", "launchd", "systemd", "windows")
ANALYZE = shutil.which("systemd-analyze")
needs_systemd = pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed")
BERLIN = ZoneInfo("Europe/Berlin")
SUNDAY = datetime(2026, 11, 29, 12, 0, tzinfo=BERLIN)
NEXT = {
    Every.HOUR: ["2026-11-29 12:15", "2026-11-29 13:15", "2026-11-29 14:15"],
    Every.DAY: ["2026-11-30 03:15", "2026-12-01 03:15", "2026-12-02 03:15"],
    Every.WEEKDAY: ["2026-11-30 03:15", "2026-12-01 03:15", "2026-12-02 03:15"],
    Every.WEEK: ["2026-11-30 03:15", "2026-12-07 03:15", "2026-12-14 03:15"],
}
"""Three starts after noon on Sunday, 29 November 2026, worked out by hand."""


def when(every="day", timezone=None):
    return When.parse("03:15", every, timezone)


def written(tmp_path, asked, form):
    for name, text in rendered(asked, form).files.items():
        (tmp_path / name).write_text(text)
    return sorted(tmp_path.iterdir())


def systemd(*arguments):
    done = subprocess.run([ANALYZE, *map(str, arguments)], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("every", Every)
def test_the_crontab_line_fires_when_it_should(every):
    line = only(rendered(job(when=when(every)), "cron").files).splitlines()[-1]
    fires = croniter(" ".join(line.split(" ")[:5]), SUNDAY)
    assert [fires.get_next(datetime).strftime("%Y-%m-%d %H:%M") for _ in range(3)] == NEXT[every]


def test_a_weekday_schedule_skips_the_weekend():
    fires = croniter(when("weekday").cron, datetime(2026, 12, 4, 12, 0, tzinfo=BERLIN))  # a Friday
    assert fires.get_next(datetime).strftime("%a %d") == "Mon 07"


@pytest.mark.parametrize("zone", ["Europe/Berlin", None])
def test_the_crontab_names_its_zone_only_where_one_was_asked_for(zone):
    lines = only(rendered(job(when=when(timezone=zone)), "cron").files).splitlines()
    assert lines[-2] == "SHELL=/bin/sh"
    assert ("CRON_TZ=Europe/Berlin" in lines) is (zone is not None)
    assert all(line.startswith("#") or re.match(r"[A-Z_]+=", line) for line in lines[:-1])


@needs_systemd
@pytest.mark.parametrize("every", Every)
def test_systemd_takes_the_units(tmp_path, every):
    asked = job(command=sys.executable, folder=str(tmp_path), when=when(every, "Europe/Berlin"), settings={"A": "b c"})
    code, told = systemd("verify", *written(tmp_path, asked, "systemd"))
    assert code == 0, told
    assert [line for line in told.splitlines() if "audience-builder-acme" in line] == []


@needs_systemd
@pytest.mark.parametrize("every", Every)
def test_the_timer_fires_when_it_should(every):
    asked = calendar(when(every, "Europe/Berlin"))
    code, told = systemd("calendar", "--base-time=2026-11-29 11:00:00 UTC", "--iterations=3", asked)
    found = re.findall(r"(\d{4}-\d\d-\d\d \d\d:\d\d):00 UTC", told)
    in_berlin = [datetime.fromisoformat(f"{text}+00:00").astimezone(BERLIN) for text in found]
    assert code == 0, told
    assert [start.strftime("%Y-%m-%d %H:%M") for start in in_berlin] == NEXT[every]


@needs_systemd
def test_the_service_is_hardened(tmp_path):
    written(tmp_path, job(), "systemd")
    service = tmp_path / "audience-builder-acme.service"
    code, told = systemd("security", "--offline=yes", "--threshold=25", service)
    assert code == 0, told


def test_the_service_writes_its_record_and_nothing_else():
    lines = rendered(job(states=("/srv/a", "/srv/b c")), "systemd").files["audience-builder-acme.service"].splitlines()
    assert {"ProtectSystem=strict", "ProtectHome=read-only", "PrivateTmp=yes", "UMask=0077"} <= set(lines)
    assert [line for line in lines if line.startswith("ReadWritePaths=")] == ['ReadWritePaths="/srv/a" "/srv/b c"']


def test_the_service_tries_again_for_exit_code_6_alone_and_never_runs_twice():
    service, timer = rendered(job(), "systemd").files.values()
    assert re.findall(r"^(?:Type|Restart\w*|StartLimit\w*)=.*$", service, re.MULTILINE) == [
        "StartLimitIntervalSec=240min",
        "StartLimitBurst=3",
        "Type=exec",
        "Restart=no",
        "RestartForceExitStatus=6",
        "RestartSec=15min",
    ]
    assert "Persistent=true" in timer


def test_an_hourly_service_does_not_run_into_the_limit_of_the_hour_before():
    service = rendered(job(when=when("hour")), "systemd").files["audience-builder-acme.service"]
    assert "StartLimitIntervalSec=45min" in service


@pytest.mark.parametrize(("under", "private"), [("/srv", "yes"), ("/tmp", "no"), ("/var/tmp", "no")])  # noqa: S108
def test_a_folder_in_tmp_is_not_hidden_from_the_service(under, private):
    service = rendered(job(folder=f"{under}/acme"), "systemd").files["audience-builder-acme.service"]
    assert f"PrivateTmp={private}" in service.splitlines()


@pytest.mark.parametrize("schema", ["vendor.github-workflows", "custom.github-workflows-require-timeout"])
@pytest.mark.parametrize("zone", ["Europe/Berlin", None])
def test_the_workflow_fits_the_published_schema(tmp_path, schema, zone):
    (path,) = written(tmp_path, job(when=when(timezone=zone)), "github-actions")
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, path],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_the_workflow_may_read_only_runs_alone_and_pins_what_it_uses():
    workflow = YAML(typ="safe").load(only(rendered(job(when=when(timezone="Europe/Berlin")), "github-actions").files))
    assert workflow["on"]["schedule"] == [{"cron": "15 3 * * *", "timezone": "Europe/Berlin"}]
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["concurrency"] == {"group": "audience-builder-acme", "cancel-in-progress": False}
    refresh = workflow["jobs"]["refresh"]
    assert (refresh["runs-on"], refresh["timeout-minutes"]) == ("self-hosted", 240)
    checkout, step = refresh["steps"]
    assert re.fullmatch(r"actions/checkout@[0-9a-f]{40}", checkout["uses"])
    assert checkout["with"] == {"persist-credentials": False}
    assert step["env"]["META_ACCESS_TOKEN"] == "${{ secrets.META_ACCESS_TOKEN }}"


def test_a_record_that_checking_out_would_empty_is_refused():
    with pytest.raises(ConfigError, match="would be lost with every run"):
        rendered(job(root="/srv", folder="/srv/acme", moving_states=("/srv/acme/state",)), "github-actions")
    rendered(job(root="/srv", folder="/srv/acme", moving_states=("/state",)), "github-actions")


def test_a_secret_that_github_does_not_take_is_refused():
    with pytest.raises(ConfigError, match="GITHUB_TOKEN_META starts with GITHUB_"):
        rendered(job(variables=(Variable(name="GITHUB_TOKEN_META", purpose="token"),)), "github-actions")


TASK = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
ORDER = {
    # https://learn.microsoft.com/en-us/windows/win32/taskschd/taskschedulerschema-calendartriggertype-complextype
    "CalendarTrigger": ["Enabled", "StartBoundary", "EndBoundary", "Repetition", "ExecutionTimeLimit", "RandomDelay",
                        "ScheduleByDay", "ScheduleByWeek"],
}  # fmt: skip
ANY_ORDER = {
    "Task": {"RegistrationInfo", "Triggers", "Principals", "Settings", "Actions"},
    "RegistrationInfo": {"Description"},
    "Triggers": {"CalendarTrigger"},
    "Repetition": {"Interval", "Duration"},
    "ScheduleByDay": {"DaysInterval"},
    "ScheduleByWeek": {"WeeksInterval", "DaysOfWeek"},
    "DaysOfWeek": {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday"},
    "Principals": {"Principal"},
    "Principal": {"UserId", "LogonType", "RunLevel"},
    # https://learn.microsoft.com/en-us/windows/win32/taskschd/taskschedulerschema-settingstype-complextype
    "Settings": {"MultipleInstancesPolicy", "DisallowStartIfOnBatteries", "StopIfGoingOnBatteries",
                 "StartWhenAvailable", "RunOnlyIfNetworkAvailable", "ExecutionTimeLimit"},
    "Actions": {"Exec"},
    "Exec": {"Command", "Arguments", "WorkingDirectory"},
}  # fmt: skip


@pytest.mark.parametrize("every", Every)
def test_the_task_keeps_the_order_of_the_schema(every):
    task = ET.fromstring(only(rendered(job(when=when(every)), "windows").files))  # noqa: S314  our own
    assert (task.tag, task.get("version")) == (f"{TASK}Task", "1.2")
    for element in task.iter():
        name, inside = element.tag.removeprefix(TASK), [child.tag.removeprefix(TASK) for child in element]
        assert len(inside) == len(set(inside))
        if name in ORDER:
            assert inside == sorted(inside, key=ORDER[name].index)
        elif inside:
            assert set(inside) <= ANY_ORDER[name]


@pytest.mark.parametrize(
    ("every", "boundary", "days"),
    [("hour", "00:15:00", []), ("day", "03:15:00", []), ("week", "03:15:00", ["Monday"]),
     ("weekday", "03:15:00", ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"])],
)  # fmt: skip
def test_the_task_fires_when_it_should_and_never_twice(every, boundary, days):
    task = ET.fromstring(only(rendered(job(when=when(every)), "windows").files))  # noqa: S314  our own
    assert task.findtext(f".//{TASK}StartBoundary") == f"2026-01-01T{boundary}"
    assert [day.tag.removeprefix(TASK) for day in task.findall(f".//{TASK}DaysOfWeek/*")] == days
    assert (task.findtext(f".//{TASK}Interval") == "PT1H") is (every == "hour")
    assert task.findtext(f".//{TASK}MultipleInstancesPolicy") == "IgnoreNew"
    assert task.findtext(f".//{TASK}StartWhenAvailable") == "true"


@pytest.mark.parametrize(
    ("every", "expected"),
    [("hour", {"Minute": 15}), ("day", {"Hour": 3, "Minute": 15}), ("week", {"Weekday": 1, "Hour": 3, "Minute": 15}),
     ("weekday", [{"Weekday": day, "Hour": 3, "Minute": 15} for day in (1, 2, 3, 4, 5)])],
)  # fmt: skip
def test_the_agent_fires_when_it_should(every, expected):
    agent = plistlib.loads(only(rendered(job(when=when(every)), "launchd").files).encode())
    assert agent["StartCalendarInterval"] == expected
    assert agent["Label"] == "audience-builder-acme"
    assert agent["Umask"] == 0o077


@pytest.mark.parametrize("form", ["windows", "launchd"])
def test_a_zone_is_refused_where_there_are_none(form):
    with pytest.raises(ConfigError, match="knows no time zones"):
        rendered(job(when=when(timezone="Europe/Berlin")), form)


@pytest.mark.parametrize("form", FORMS)
def test_every_schedule_names_every_variable_it_needs(form):
    done = rendered(job(), form)
    steps = "\n".join(done.steps)
    for name in ("META_ACCESS_TOKEN", NOTICES.name):
        assert name in "\n".join(done.files.values()) or form == "launchd"
        assert name in steps
    assert "may be left out" in steps


@pytest.mark.parametrize(("form", "system"), [("windows", "linux"), ("systemd", "darwin"), ("cron", "win32")])
def test_paths_of_another_system_are_remarked(form, system):
    assert "paths in it are those of this machine" in rendered(job(), form, system=system).steps[0]


def test_an_unknown_schedule_names_the_nearest():
    with pytest.raises(ConfigError, match=r"Did you mean --for systemd\?"):
        rendered(job(), "systmd")
