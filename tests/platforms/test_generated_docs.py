"""Generated pages, lists, schedules and schemas say what the code says."""

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GENERATED = {
    path: text
    for script in ("generate_docs.py", "generate_schemas.py", "generate_commands.py")
    for path, text in runpy.run_path(str(ROOT / "scripts" / script))["generated"]().items()
}


@pytest.mark.parametrize("path", GENERATED, ids=str)
def test_a_generated_file_is_up_to_date(path):
    assert (ROOT / path).read_text(encoding="utf-8") == GENERATED[path], "run `make docs`"


@pytest.mark.parametrize("folder", ["lists", "schedules"])
def test_there_is_no_list_or_schedule_of_something_unknown(folder):
    there = {path.relative_to(ROOT) for path in (ROOT / "templates" / folder).rglob("*.*")}
    assert there == {path for path in GENERATED if path.parts[:2] == ("templates", folder)}


def test_the_blank_list_of_meta_has_the_headers_of_the_official_example():
    official = "email,email,email,phone,phone,phone,madid,fn,ln,zip,ct,st,country,dob,doby,gen,age,uid,value\n"
    assert (ROOT / "templates" / "lists" / "meta.csv").read_text() == official
