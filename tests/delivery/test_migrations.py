"""A record of an earlier version keeps what it knows when a newer program opens it."""

import sqlite3

import pytest

from audience_builder.delivery.migrations import APPLICATION_ID, SCRIPTS, VERSION
from audience_builder.delivery.records import AudienceKey
from audience_builder.delivery.state import State

KEY = AudienceKey(platform="meta", account="act_1", name="Seed")


@pytest.mark.parametrize("version", range(1, VERSION))
def test_an_earlier_record_is_brought_up_to_date(tmp_path, version):
    with sqlite3.connect(tmp_path / "state.sqlite") as old:
        old.executescript("".join(SCRIPTS[:version]))
        old.execute("INSERT INTO audiences (platform, account, name, audience_id, with_value, members)"
                    " VALUES ('meta', 'act_1', 'Seed', '77', 1, 5)")  # fmt: skip
        old.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        old.execute(f"PRAGMA user_version = {version}")
    old.close()

    with State(tmp_path, clock=lambda: 1.0) as state:
        known = state.audience(KEY)
        assert (known.audience_id, known.members) == ("77", 5)
        assert state.facts(known.key) is None
        state.keep_facts(known.key, {"people": 5})
        state.keep_facts(known.key, {"people": 6})

    with State(tmp_path, clock=lambda: 2.0) as state:
        assert state.facts(known.key) == {"people": 6}
