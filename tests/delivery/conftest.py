import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import rehearsal

from audience_builder.sandbox import Sandbox


@pytest.fixture
def sandbox():
    with rehearsal.new_sandbox() as stand_in:
        yield stand_in


@pytest.fixture(scope="session")
def filled(tmp_path_factory):
    """State and members after a first upload, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("filled") / "state"
    with rehearsal.new_sandbox() as stand_in:
        rehearsal.send(stand_in, folder, rehearsal.BEFORE)
        members = stand_in.members(rehearsal.NAME)

    def restored(into: Path, stand_in: Sandbox):
        shutil.copytree(folder, into)
        made = stand_in.account.create(rehearsal.LIST)
        audience = stand_in.account.audience(made["id"])
        audience.uploaded = True
        for keys, value in members.items():
            audience.put(keys, value)

    return restored
