"""A process that dies at any moment: the next run brings the platform to exactly what was planned."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pytest
import rehearsal as r

from audience_builder.delivery import job
from audience_builder.delivery.state import State
from audience_builder.delivery.upload import upload

OTHERS = r.people([*range(3, 12), 22, *range(27, 34)], value=lambda n: 7.0 + 2 * n)


class Died(BaseException):
    """The process is gone: nothing after this point happens."""


class MortalState(State):
    """A state store whose process dies just before or just after one of its transactions."""

    def __init__(self, folder, *, clock, dies_at, after):
        self.left, self.after, self.alive = dies_at, after, True
        super().__init__(folder, clock=clock)

    @contextmanager
    def _transaction(self):
        if not self.alive:
            raise Died
        self.left -= 1
        if self.left == 0 and not self.after:
            self.alive = False
            raise Died
        with super()._transaction() as database:
            yield database
        if self.left == 0:
            self.alive = False
            raise Died


def dies(sandbox, folder, rows, dies_at, *, after, mode="mirror"):
    clock = r.Clock()
    with MortalState(folder, clock=clock, dies_at=dies_at, after=after) as state, pytest.raises(Died):
        upload(
            rows,
            r.PLATFORM,
            r.uploader(sandbox),
            state,
            name=r.NAME,
            mode=mode,
            brakes=r.ANY_SIZE,
            batch_rows=4,
            runtime=r.runtime(clock),
        )


# A refresh takes 19 transactions: begin, remember, start, 7 x (claim, acknowledge), close, end.
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("moment", range(1, 20))
def test_a_refresh_that_died_is_continued(sandbox, tmp_path, filled, moment, after):
    filled(tmp_path / "state", sandbox)
    dies(sandbox, tmp_path / "state", r.AFTER, moment, after=after)

    r.send(sandbox, tmp_path / "state", r.AFTER)

    assert sandbox.members(r.NAME) == r.expected_members(r.AFTER)
    assert sandbox.findings == {}
    assert len(sandbox.writes()) <= len(r.CHANGES) + 1


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("moment", range(3, 20, 2))
def test_other_rows_after_a_death_still_end_exact(sandbox, tmp_path, filled, moment, after):
    filled(tmp_path / "state", sandbox)
    dies(sandbox, tmp_path / "state", r.AFTER, moment, after=after)

    r.send(sandbox, tmp_path / "state", OTHERS)

    assert sandbox.members(r.NAME) == r.expected_members(OTHERS)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("moment", range(3, 14))
def test_a_replacement_that_died_is_continued(sandbox, tmp_path, filled, moment, after):
    filled(tmp_path / "state", sandbox)
    dies(sandbox, tmp_path / "state", r.AFTER, moment, after=after, mode="replace")

    r.send(sandbox, tmp_path / "state", r.AFTER, mode="replace")

    assert sandbox.members(r.NAME) == r.expected_members(r.AFTER)
    assert sandbox.findings == {}


def test_a_death_between_snapshot_and_record_loses_nothing(sandbox, tmp_path, filled, monkeypatch):
    filled(tmp_path / "state", sandbox)
    write = job.store

    def dies_half_way(members, folder, name):
        write(members.head(3), folder, name)
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(job, "store", dies_half_way)
        with pytest.raises(Died):
            r.send(sandbox, tmp_path / "state", r.AFTER)
    before = len(sandbox.writes())

    result = r.send(sandbox, tmp_path / "state", r.AFTER)

    assert (len(sandbox.writes()) - before, result.members) == (0, 18)


MOMENTS = [
    ("received", "customaudiences", 1),
    ("applied", "customaudiences", 1),
    ("received", "users", 1),
    ("applied", "users", 1),
    ("received", "users", 2),
    ("applied", "users", 2),
    ("applied", "users", 3),
]


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_a_killed_process_is_continued_by_the_next(tmp_path, moment):
    rows = r.people(range(1, 13))
    rows.write_parquet(tmp_path / "rows.parquet")
    child = []

    def kill(*now):
        if now == moment:
            os.kill(child[0].pid, signal.SIGKILL)
            child[0].wait()

    with r.new_sandbox(on_call=kill) as sandbox:
        command = [sys.executable, __file__, sandbox.url, str(tmp_path)]
        child.append(subprocess.Popen(command, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}))
        assert child[0].wait(timeout=60) == -signal.SIGKILL

        r.send(sandbox, tmp_path / "state", rows)

        assert sandbox.members(r.NAME) == r.expected_members(rows)
        assert sandbox.findings == {}
        assert len(sandbox.account.audiences) == 1


def main(url, folder):
    """The process that is killed."""
    settings = r.GraphSettings(account="act_1", token=r.TOKEN, endpoint=url)
    with State(folder / "state", clock=r.Clock()) as state:
        upload(
            pl.read_parquet(folder / "rows.parquet"),
            r.PLATFORM,
            r.MetaUploader(settings, r.PLATFORM),
            state,
            name=r.NAME,
            brakes=r.ANY_SIZE,
            batch_rows=4,
        )


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
