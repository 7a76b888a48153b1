"""Under every fault: no token, contact value or digest in anything said, and no token in anything kept."""

import logging
import traceback

import pytest
import rehearsal as r
from test_faults import PASSING, STOPPING

from audience_builder.errors import AudienceBuilderError
from audience_builder.sandbox import Fault

PEOPLE = range(1, 13)
ROWS = r.people(PEOPLE)
CONTACTS = [*map(r.email, PEOPLE), *map(r.phone, PEOPLE)]
DIGESTS = [cell for column in ("EMAIL", "PHONE", "FN") for cell in ROWS[column].drop_nulls()]


@pytest.mark.parametrize("times", [1, 99])
@pytest.mark.parametrize("kind", [*PASSING, *STOPPING])
def test_nobody_and_no_token_is_in_anything_said_or_kept(sandbox, tmp_path, capfd, caplog, kind, times):
    caplog.set_level(logging.DEBUG)
    sandbox.faults = [Fault(kind=kind, at=2, times=times)]
    said = ""
    try:
        r.send(sandbox, tmp_path / "state", ROWS, attempts=3)
    except AudienceBuilderError as error:
        said = "".join(traceback.format_exception(error)) + repr(error) + repr(error.__dict__)
    out, err = capfd.readouterr()
    said += out + err + caplog.text
    events = [record.facts for record in caplog.records if record.name == "audience_builder"]
    said += repr([{name: fact for name, fact in one.items() if name != "digest"} for one in events])
    kept = b"".join(path.read_bytes() for path in (tmp_path / "state").rglob("*") if path.is_file())

    assert events
    assert kept
    assert r.TOKEN not in said
    assert r.TOKEN.encode() not in kept
    assert [one for one in CONTACTS if one in said or one.encode() in kept] == []
    assert [one for one in DIGESTS if one in said] == []
