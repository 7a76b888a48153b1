"""A record of an earlier version keeps what it knows when a newer program opens it."""

import sqlite3
from contextlib import closing

import pytest

from audience_builder.delivery.migrations import APPLICATION_ID, SCRIPTS, VERSION, bring_up_to_date
from audience_builder.delivery.records import AudienceKey
from audience_builder.delivery.state import State

KEY = AudienceKey(platform="meta", account="act_1", name="Seed")


class Slow(sqlite3.Connection):
    """A connection whose owner is held up before its first script, while another process does it all."""

    def executescript(self, script):
        if self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()
        return super().executescript(script)


def test_two_processes_that_open_a_new_record_at_once_both_get_it(tmp_path):
    path = tmp_path / "state.sqlite"
    with closing(sqlite3.connect(path, factory=Slow, isolation_level=None)) as late:
        late.meanwhile = lambda: State(tmp_path, clock=lambda: 1.0).close()
        bring_up_to_date(late, path)
        assert late.execute("PRAGMA user_version").fetchone()[0] == VERSION
        assert not late.in_transaction


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
