"""Whatever a folder or file is called, the scheduler is handed exactly that."""

import ast
import ctypes
import plistlib
import shlex
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jobs import AWKWARD, NAMES, cron_line, job, only, systemd_words, windows_words
from ruamel.yaml import YAML

from audience_builder.errors import ConfigError
from audience_builder.schedule import rendered
from audience_builder.schedule.formats import systemd

TASK = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
LIBSYSTEMD = next(Path("/usr/lib").glob("*/systemd/libsystemd-shared-252.so"), None)
FOLDERS = NAMES.map(lambda name: f"/srv/{name}")


def named(folder, file, program="audience-builder"):
    return job(
        folder=folder,
        root=folder,
        files=(file,),
        command=f"/opt/{program}/bin",
        env_file=f"{folder}/env",
        log_file=f"{folder}/log",
        states=(f"{folder}/state",),
    )


def shell_words(script):
    """Words of a script on one line, and the command in it."""
    words = shlex.split(script)
    start = words.index("code=0;") + 1
    return words, words[start : words.index("||", start)]


@given(folder=FOLDERS, file=NAMES, program=NAMES)
def test_cron_hands_every_name_to_the_shell(folder, file, program):
    asked = named(folder, file, program)
    fields, command = cron_line(only(rendered(asked, "cron").files))
    words, argv = shell_words(command)
    assert fields == "15 3 * * *"
    assert tuple(argv) == asked.argv
    assert words[words.index("cd") + 1] == folder
    assert words[words.index(".") + 1] == f"{folder}/env"
    assert f"log={folder}/log;" in words


@given(folder=FOLDERS, file=NAMES, program=NAMES)
def test_launchd_hands_every_name_to_the_shell(folder, file, program):
    asked = named(folder, file, program)
    text = only(rendered(asked, "launchd", system="darwin").files)
    shell, option, script = plistlib.loads(text.encode())["ProgramArguments"]
    assert (shell, option) == ("/bin/sh", "-c")
    assert tuple(shell_words(script)[1]) == asked.argv


@given(folder=FOLDERS, file=NAMES, program=NAMES)
def test_systemd_hands_every_name_to_the_program(folder, file, program):
    asked = named(folder, file, program)
    if set(folder) & set("*?[") or set("\"'") <= set(folder):
        with pytest.raises(ConfigError):
            rendered(asked, "systemd", system="linux")
        return
    unit = settings_of(rendered(asked, "systemd", system="linux").files["audience-builder-acme.service"])
    command, *arguments = systemd_words(unit["ExecStart"], escapes=True)
    assert command == asked.command
    assert [word.replace("$$", "$") for word in arguments] == list(asked.arguments)
    assert all("$" not in word.replace("$$", "") for word in arguments)
    assert unit["WorkingDirectory"].replace("%%", "%") == folder
    assert unit["EnvironmentFile"].replace("%%", "%") == f"{folder}/env"
    assert systemd_words(unit["ReadWritePaths"], escapes=False) == [f"{folder}/state"]


def settings_of(unit):
    return dict(line.split("=", 1) for line in unit.splitlines() if "=" in line and not line.startswith("#"))


@given(folder=FOLDERS, file=NAMES, program=NAMES)
def test_github_hands_every_name_to_the_shell(folder, file, program):
    asked = named(folder, file, program)
    asked = job(folder=f"/repo{folder}", root="/repo", files=asked.files, command=asked.command)
    workflow = YAML(typ="safe").load(only(rendered(asked, "github-actions").files))
    step = workflow["jobs"]["refresh"]["steps"][1]
    assert plain(step["working-directory"]) == folder.removeprefix("/")
    line = next(line for line in plain(step["run"]).splitlines() if line.endswith("|| code=$?"))
    assert tuple(shlex.split(line)[:-2]) == asked.argv


def plain(text):
    """What is left once GitHub has filled in expressions; the only one is a text."""
    marked = text.replace("${{ '${{' }}", "\0")
    assert "${{" not in marked
    return marked.replace("\0", "${{")


@given(folder=FOLDERS, file=NAMES, program=NAMES)
def test_airflow_hands_every_name_to_the_program(folder, file, program):
    asked = named(folder, file, program)
    module = ast.parse(only(rendered(asked, "airflow").files))
    told = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in module.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    assert (tuple(told["COMMAND"]), told["FOLDER"]) == (asked.argv, folder)
    assert (told["REQUIRED"], told["OPTIONAL"]) == (("META_ACCESS_TOKEN",), ("AUDIENCE_BUILDER_NOTIFY_URLS",))


@given(folder=NAMES, file=st.text(st.sampled_from('ab "\\é'), min_size=1).filter(lambda name: name == name.strip()))
def test_windows_hands_every_name_to_the_program(folder, file):
    folder = "C:\\" + folder.replace("%", "p").replace("$(", "d")
    asked = job(folder=folder, files=(file,), command=f"{folder}\\audience-builder.exe")
    text = only(rendered(asked, "windows", system="win32").files)
    assert text.isascii()
    run = ET.fromstring(text).find(f".//{TASK}Exec")  # noqa: S314  our own
    assert run.findtext(f"{TASK}Command") == asked.command
    assert run.findtext(f"{TASK}WorkingDirectory") == asked.folder
    assert tuple(windows_words(run.findtext(f"{TASK}Arguments"))) == asked.arguments


@pytest.mark.skipif(LIBSYSTEMD is None, reason="this machine has no systemd 252")
@settings(max_examples=300)
@given(
    first=st.text(st.sampled_from("ab \"'\\$%;#é{}"), min_size=1),
    second=st.text(st.sampled_from("a \"'\\"), min_size=1),
)
def test_the_splitter_of_systemd_itself_agrees(first, second):
    line = f"{systemd._word(first)} {systemd._word(second)}"
    assert systemd_words(line, escapes=True) == [first, second]
    assert words_of_libsystemd(line.replace("%%", "%"), flags=34) == [first, second]  # EXTRACT_UNQUOTE | _CUNESCAPE


def words_of_libsystemd(line, *, flags):
    """Split by the function that reads ``ExecStart=``; its flags have these numbers in version 252."""
    extract = ctypes.CDLL(str(LIBSYSTEMD)).extract_first_word
    rest, word, words = ctypes.c_char_p(line.encode()), ctypes.c_char_p(), []
    while extract(ctypes.byref(rest), ctypes.byref(word), None, flags) > 0:
        words.append(word.value.decode())
    return words


@pytest.mark.parametrize("form", ["cron", "systemd", "launchd", "github-actions", "airflow"])
@pytest.mark.parametrize("name", ["two\nlines", "a\rb", "tab\t", "nul\0", "next\x85", "line\u2028", "blank "])
def test_a_name_nobody_can_write_down_is_refused(form, name):
    with pytest.raises(ConfigError, match="cannot be written into a schedule"):
        rendered(job(folder=f"/srv/{name}", root=f"/srv/{name}"), form)


def test_a_file_that_starts_with_a_dash_is_no_flag():
    assert job(files=("--help.toml", "b.toml")).arguments == (
        "refresh", "--apply", "./--help.toml", "b.toml", "--wait", "30",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("form", "changes", "says"),
    [
        ("cron", {"folder": "/srv/a\\b"}, "has a backslash"),
        ("cron", {"files": tuple(f"client-number-{n:03}.toml" for n in range(40))}, "too long"),
        ("windows", {"folder": "C:\\%TEMP%"}, "would fill in variables"),
        ("windows", {"files": ("$(Arg0).toml",)}, "would fill in variables"),
        ("systemd", {"env_file": "/srv/*.env"}, "as a pattern"),
        ("systemd", {"folder": "/srv/acme\\"}, "ends with a backslash"),
        ("systemd", {"states": ("/srv/\"both'",)}, "both kinds of quotes"),
    ],
)
def test_what_a_scheduler_cannot_express_is_said(form, changes, says):
    with pytest.raises(ConfigError, match=says) as caught:
        rendered(job(**changes), form)
    assert all((caught.value.wrong, caught.value.found, caught.value.fix))


def test_no_expression_opens_in_a_workflow_but_those_of_the_secrets():
    text = only(rendered(job(folder=f"/repo/{AWKWARD}", root="/repo"), "github-actions").files)
    opened = [line.strip() for line in text.splitlines() if "${{" in line and "${{ '${{' }}" not in line]
    assert opened == [
        f"{name}: ${{{{ secrets.{name} }}}}" for name in ("META_ACCESS_TOKEN", "AUDIENCE_BUILDER_NOTIFY_URLS")
    ]
