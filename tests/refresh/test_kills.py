"""A hundred refreshes killed at random moments: each next one ends in exactly the wanted audience."""

import json
import multiprocessing
import os
import random
import signal
import sqlite3
import threading
from contextlib import suppress
from itertools import pairwise

import pytest
import shop as s

from audience_builder.delivery.state import State

ROUNDS = 10
DAY = "2026-11-10"
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["audience_builder.refresh"])


class Change:
    """The shop's people change from round to round; the oracle is a plain dictionary."""

    def __init__(self, folder, rng):
        self.shop, self.rng, self.expected, self.orders = s.Shop(folder), rng, {}, {}
        for number in range(1, 19):
            self._come(number)
        self.shop.write()

    def _come(self, number):
        self.orders[number] = self.shop.buys(number, 100 + number, DAY)
        self.expected[number] = 100.0 + number

    def happen(self):
        """Two leave, two come, three double what they paid."""
        for number in self.rng.sample(sorted(self.expected), 2):
            del self.shop.orders[self.orders[number]], self.shop.customers[number], self.expected[number]
        for number in self.rng.sample(sorted(self.expected), 3):
            self.shop.buys(
                number, self.expected[number], DAY, order=f"{number}-{len(self.shop.orders)}-{self.rng.random()}"
            )
            self.expected[number] *= 2
        newest = max(self.orders)
        for number in (newest + 1, newest + 2):
            self._come(number)
        self.shop.write()


class Gun:
    """Kills a process at a given call of the platform, or after a given time."""

    def __init__(self):
        self.process, self.at = None, None

    def __call__(self, *_call):
        if self.at is not None:
            self.at -= 1
            if self.at == 0:
                self.fire()

    def fire(self):
        """Only the test's own thread waits for the process: its exit code can be read once."""
        with suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGKILL)


def child(path, url):
    """The process that is killed."""
    shop = s.Shop.__new__(s.Shop)
    shop.path = path
    s.refreshed(shop, _Address(url), DAY, brakes=lambda _own: s.NO_BRAKES)


class _Address:
    def __init__(self, url):
        self.url = url


def audited(folder):
    """The log is unbroken, knows every batch once, and says of each attempt that never ended that it did not."""
    with State(folder, clock=lambda: 0.0) as state:
        state.sealed()
        attempts = state.history()
    with sqlite3.connect(folder / "state.sqlite") as database:
        settled = database.execute(
            "SELECT run, phase, number, rows FROM batches WHERE state IN ('taken', 'skipped')"
        ).fetchall()
        entries = database.execute("SELECT content FROM audit WHERE step IN ('acknowledged', 'skipped')")
        logged = [json.loads(content) for (content,) in entries]
    database.close()
    batches = [tuple(one[name] for name in ("run", "phase", "number", "rows")) for one in logged]
    assert sorted(batches) == sorted(settled)
    assert sum(one.rows for one in attempts) == sum(rows for *_, rows in settled)
    assert {one.outcome for one in attempts} <= {"applied", "cut short"}
    for before, after in pairwise(attempts):
        assert after.after_cut_short == (before.entry if before.outcome == "cut short" else None)
    assert attempts[-1].outcome == "applied"


@pytest.mark.parametrize("seed", range(100 // ROUNDS))
def test_the_run_after_a_killed_one_ends_exact(tmp_path, seed):
    rng, gun = random.Random(seed), Gun()
    with s.new_sandbox(on_call=gun) as sandbox:
        change, killed = Change(tmp_path, rng), 0
        for _ in range(ROUNDS):
            gun.process = CONTEXT.Process(target=child, args=(change.shop.path, sandbox.url))
            gun.at = rng.choice([None, *range(1, 9)])
            gun.process.start()
            timer = threading.Timer(rng.uniform(0.3, 1.5), gun.fire)
            if gun.at is None:
                timer.start()
            gun.process.join(timeout=60)
            timer.cancel()
            assert gun.process.exitcode in (0, -signal.SIGKILL)
            killed += gun.process.exitcode != 0
            gun.at = None
            if rng.random() < 0.5:  # the next run finds the same people, or others
                change.happen()

            done = s.refreshed(change.shop, sandbox, DAY, brakes=lambda _own: s.NO_BRAKES)

            assert done.error is None, done.error
            assert s.members(sandbox) == s.people(change.expected)
            audited(change.shop.folder / "state")
            change.happen()
        assert killed >= ROUNDS // 3
        assert set(sandbox.findings) <= {"sessions without a last batch"}
