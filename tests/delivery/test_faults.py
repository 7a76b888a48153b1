"""Every fault at every request: in the end the platform holds exactly what was planned."""

import pytest
import rehearsal as r

from audience_builder.errors import DeliveryError, NotAuthorised, Rejected, TryAgain
from audience_builder.sandbox import Fault, Kind

PASSING = (
    Kind.SERVER_ERROR,
    Kind.SERVER_ERROR_AFTER,
    Kind.UNAVAILABLE,
    Kind.BAD_GATEWAY,
    Kind.BAD_GATEWAY_AFTER,
    Kind.TOO_LONG,
    Kind.EMPTY,
    Kind.TRUNCATED,
    Kind.RESET_BEFORE,
    Kind.RESET_AFTER,
    Kind.SLOW,
    Kind.TRANSIENT,
    Kind.UNKNOWN,
    Kind.THROTTLED,
    Kind.ACCOUNT_THROTTLED,
    Kind.APP_THROTTLED,
    Kind.FRESH_ALIAS,
    Kind.IN_PROGRESS,
    Kind.FINISHED,
)
STOPPING = {
    Kind.ABUSE: Rejected,
    Kind.EXPIRED_TOKEN: NotAuthorised,
    Kind.NO_PERMISSION: NotAuthorised,
    Kind.TERMS: NotAuthorised,
    Kind.FLAGGED: Rejected,
    Kind.BLOCKED: Rejected,
    Kind.OLD_VERSION: Rejected,
    Kind.FEWER_RECEIVED: Rejected,
}
LASTING = (Kind.SERVER_ERROR, Kind.RESET_AFTER, Kind.BAD_GATEWAY_AFTER, Kind.THROTTLED)
FIRST = r.people(range(1, 13))
EDGES = {"mirror": "users", "replace": "usersreplace"}


def assert_as_planned(sandbox, rows, unfinished=0):
    assert sandbox.members(r.NAME) == r.expected_members(rows)
    findings = dict(sandbox.findings)
    assert findings.pop("sessions without a last batch", 0) <= unfinished
    assert findings == {}


@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize("kind", PASSING)
def test_a_fault_in_a_first_upload_is_overcome(sandbox, tmp_path, kind, at):
    sandbox.faults = [Fault(kind=kind, at=at)]

    result = r.send(sandbox, tmp_path / "state", FIRST)

    assert (result.added, result.requests) == (12, 3 if kind is Kind.SLOW else 4)
    assert_as_planned(sandbox, FIRST, unfinished=1)


@pytest.mark.parametrize("at", [1, 3, 4, 6, 7])
@pytest.mark.parametrize("kind", PASSING)
def test_a_fault_in_a_refresh_is_overcome(sandbox, tmp_path, filled, kind, at):
    filled(tmp_path / "state", sandbox)
    sandbox.faults = [Fault(kind=kind, at=at)]

    result = r.send(sandbox, tmp_path / "state", r.AFTER)

    assert (result.added, result.removed, result.revalued, result.unchanged) == (5, 11, 4, 9)
    assert_as_planned(sandbox, r.AFTER, unfinished=1)


@pytest.mark.parametrize("at", [1, 3, 5])
@pytest.mark.parametrize("kind", [*PASSING, Kind.TIMED_OUT])
def test_a_fault_in_a_replacement_is_overcome(sandbox, tmp_path, filled, kind, at):
    filled(tmp_path / "state", sandbox)
    sandbox.faults = [Fault(kind=kind, at=at, edge="usersreplace")]
    clock = r.Clock()
    sandbox.account.clock = clock

    result = r.send(sandbox, tmp_path / "state", r.AFTER, mode="replace", clock=clock)

    assert (result.added, result.removed) == (5, 11)
    assert_as_planned(sandbox, r.AFTER, unfinished=1)


@pytest.mark.parametrize("at", [1, 4, 7])
@pytest.mark.parametrize("kind", LASTING)
def test_a_lasting_fault_ends_the_run_and_the_next_run_continues(sandbox, tmp_path, filled, kind, at):
    filled(tmp_path / "state", sandbox)
    sandbox.faults = [Fault(kind=kind, at=at, times=99)]
    with pytest.raises(TryAgain) as caught:
        r.send(sandbox, tmp_path / "state", r.AFTER, attempts=3)
    sandbox.faults = []
    before = len(sandbox.writes())

    result = r.send(sandbox, tmp_path / "state", r.AFTER)

    assert caught.value.exit_code == 6
    assert len(sandbox.writes()) - before == len(r.CHANGES) - (at - 1)
    assert (result.added, result.removed, result.revalued) == (5, 11, 4)
    assert_as_planned(sandbox, r.AFTER)


@pytest.mark.parametrize("at", [1, 4, 7])
@pytest.mark.parametrize("kind", STOPPING)
def test_a_refusal_is_never_repeated_and_the_next_run_continues(sandbox, tmp_path, filled, kind, at):
    filled(tmp_path / "state", sandbox)
    sandbox.faults = [Fault(kind=kind, at=at)]
    clock = r.Clock()
    with pytest.raises(DeliveryError) as caught:
        r.send(sandbox, tmp_path / "state", r.AFTER, clock=clock)
    sent, sandbox.faults = len(sandbox.writes()), []

    r.send(sandbox, tmp_path / "state", r.AFTER)

    assert type(caught.value) is STOPPING[kind]
    assert (sent, clock.slept) == (at, [])
    assert_as_planned(sandbox, r.AFTER)


@pytest.mark.parametrize("at", range(1, 8))
@pytest.mark.parametrize("kind", [Kind.RESET_BEFORE, Kind.RESET_AFTER])
def test_other_rows_after_a_broken_run_still_end_exact(sandbox, tmp_path, filled, kind, at):
    filled(tmp_path / "state", sandbox)
    sandbox.faults = [Fault(kind=kind, at=at, times=99)]
    with pytest.raises(TryAgain):
        r.send(sandbox, tmp_path / "state", r.AFTER, attempts=2)
    sandbox.faults = []
    others = r.people([*range(3, 12), 22, *range(27, 34)], value=lambda n: 7.0 + 2 * n)

    r.send(sandbox, tmp_path / "state", others)

    assert sandbox.members(r.NAME).keys() == r.expected_members(others).keys()
    assert sandbox.members(r.NAME) == r.expected_members(others)


@pytest.mark.parametrize("at", [1, 3, 5])
@pytest.mark.parametrize("minutes", [0, 100])
@pytest.mark.parametrize("kind", [Kind.RESET_BEFORE, Kind.RESET_AFTER])
def test_a_broken_replacement_is_finished_by_the_next_run(sandbox, tmp_path, filled, kind, at, minutes):
    filled(tmp_path / "state", sandbox)
    clock = r.Clock()
    sandbox.account.clock = clock
    sandbox.faults = [Fault(kind=kind, at=at, times=99, edge="usersreplace")]
    with pytest.raises(TryAgain):
        r.send(sandbox, tmp_path / "state", r.AFTER, mode="replace", clock=clock, attempts=2)
    sandbox.faults = []
    clock.now += 60 * minutes

    r.send(sandbox, tmp_path / "state", r.AFTER, mode="replace", clock=clock)

    assert sandbox.members(r.NAME) == r.expected_members(r.AFTER)


@pytest.mark.parametrize("kind", [Kind.SERVER_ERROR, Kind.RESET_AFTER, Kind.BAD_GATEWAY_AFTER, Kind.TRUNCATED])
def test_a_fault_while_making_the_audience_makes_no_second_one(sandbox, tmp_path, kind):
    sandbox.faults = [Fault(kind=kind, edge="customaudiences")]

    r.send(sandbox, tmp_path / "state", FIRST)

    assert len(sandbox.account.audiences) == 1
    assert_as_planned(sandbox, FIRST)


def test_a_throttled_upload_waits_as_long_as_the_platform_says(sandbox, tmp_path):
    sandbox.faults = [Fault(kind=Kind.THROTTLED, at=2)]
    clock = r.Clock()

    r.send(sandbox, tmp_path / "state", FIRST, clock=clock)

    assert len(clock.slept) == 1
    assert 120 < clock.slept[0] <= 121


def test_a_full_meter_slows_the_upload_down(sandbox, tmp_path):
    sandbox.usage = {"type": "custom_audience", "call_count": 95, "estimated_time_to_regain_access": 0}
    clock = r.Clock()

    r.send(sandbox, tmp_path / "state", FIRST, clock=clock)

    assert clock.slept == [48.0, 48.0]  # (95 - 75) / 25 of a minute, not after the last batch
