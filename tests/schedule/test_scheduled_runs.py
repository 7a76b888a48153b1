"""The line that cron and launchd start, the step of the workflow and the DAG's task, run with a program that ends as told."""

import os
import plistlib
import stat
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from jobs import AWKWARD, cron_line, job, only
from ruamel.yaml import YAML

from audience_builder.schedule import rendered

PROGRAM = """#!/bin/sh
echo "$PWD|$META_ACCESS_TOKEN|$FROM_SCHEDULE|$*" >> "$0.log"
read code rest < "$0.codes"
echo "$rest" > "$0.codes"
echo "said by the program"
exit "$code"
"""
SLEEP = '#!/bin/sh\necho "$1" >> "$0.log"\n'


@pytest.fixture
def short_path():
    """A folder near the root: cron takes no line of a thousand bytes."""
    with TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture
def machine(short_path):
    """A folder whose name has every sign in it, a program that ends as told, and a sleep that only notes."""
    home = short_path / AWKWARD
    (home / "bin").mkdir(parents=True)
    for name, text in (("audience-builder", PROGRAM), ("sleep", SLEEP)):
        (home / "bin" / name).write_text(text)
        (home / "bin" / name).chmod(0o755)
    (home / "secrets.env").write_text("META_ACCESS_TOKEN='a $token \"quoted\"'\n")
    return home


def job_on(home, **changes):
    return job(
        command=f"{home}/bin/audience-builder",
        folder=str(home),
        root=str(home),
        files=("it's.toml",),
        env_file=f"{home}/secrets.env",
        log_file=f"{home}/logs/acme.log",
        settings={"FROM_SCHEDULE": "$(date)"},
        **changes,
    )


def run(script, home, codes, **more):
    (home / "bin" / "audience-builder.codes").write_text(" ".join(map(str, codes)) + "\n")
    path = f"{home}/bin:{os.environ['PATH']}"
    done = subprocess.run(
        script, capture_output=True, text=True, check=False, env={"PATH": path, "code": "9", **more}, cwd=home
    )
    started = (home / "bin" / "audience-builder.log").read_text().splitlines() if codes else []
    slept = [line for line in (home / "bin" / "sleep.log").read_text().splitlines() if line != "0"] if codes else []
    return done, started, slept


def scripts(home, form):
    """The shell and what it is given, as each scheduler starts it."""
    text = only(rendered(job_on(home), form, system="darwin").files)
    if form == "cron":
        return ["/bin/sh", "-c", cron_line(text)[1]], {}
    if form == "launchd":
        return plistlib.loads(text.encode())["ProgramArguments"], {}
    step = YAML(typ="safe").load(text)["jobs"]["refresh"]["steps"][1]
    script = step["run"].replace("${{ '${{' }}", "${{")
    # https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return shell, {"META_ACCESS_TOKEN": 'a $token "quoted"', "FROM_SCHEDULE": step["env"]["FROM_SCHEDULE"]}


@pytest.mark.parametrize("form", ["cron", "launchd", "github-actions"])
@pytest.mark.parametrize(
    ("codes", "starts", "pauses", "ends"),
    [
        ([0], 1, 0, 0),
        ([4], 1, 0, 4),
        ([2], 1, 0, 2),
        ([5], 1, 0, 5),
        ([6, 0], 2, 1, 0),
        ([6, 4], 2, 1, 4),
        ([6, 6, 6], 3, 2, 6),
    ],
)
def test_only_exit_code_6_is_tried_again(machine, form, codes, starts, pauses, ends):
    script, environ = scripts(machine, form)
    done, started, slept = run(script, machine, codes, **environ)
    assert done.returncode == ends, done.stderr
    expected = f'{machine}|a $token "quoted"|$(date)|refresh --apply it\'s.toml --wait 30'
    assert started == [expected] * starts
    assert slept == ["900"] * pauses


@pytest.mark.parametrize("form", ["cron", "launchd"])
def test_the_log_is_private_and_only_a_failure_is_told(machine, form):
    script, environ = scripts(machine, form)
    done, _, _ = run(script, machine, [0], **environ)
    assert (done.stdout, done.stderr) == ("", "")
    log = machine / "logs" / "acme.log"
    assert "said by the program" in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.parent.stat().st_mode) == 0o700

    done, _, _ = run(script, machine, [4], **environ)
    assert done.stdout == f"audience-builder-acme: exit code 4, see {log}\n"
    assert "$token" not in log.read_text() + done.stdout + done.stderr


@pytest.mark.parametrize("form", ["cron", "launchd"])
def test_a_missing_file_of_secrets_is_told_and_nothing_runs(machine, form):
    (machine / "secrets.env").unlink()
    script, environ = scripts(machine, form)
    done, _, _ = run(script, machine, [], **environ)
    assert done.returncode == 2
    assert done.stdout.startswith("audience-builder-acme: exit code 2, see ")
    assert not (machine / "bin" / "audience-builder.log").exists()
    assert "secrets.env" in (machine / "logs" / "acme.log").read_text()


@pytest.mark.parametrize("form", ["cron", "launchd"])
def test_a_working_folder_that_is_gone_is_told_and_nothing_runs(machine, form):
    text = only(rendered(job_on(machine, name="other"), form, system="darwin").files)
    gone = text.replace("cd ", "cd /gone")
    script = (
        ["/bin/sh", "-c", cron_line(gone)[1]] if form == "cron" else plistlib.loads(gone.encode())["ProgramArguments"]
    )
    done, _, _ = run(script, machine, [])
    assert done.returncode == 2
    assert not (machine / "bin" / "audience-builder.log").exists()
