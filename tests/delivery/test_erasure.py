"""Erased people leave every list of the account, the record, and never come back; nobody else does."""

from dataclasses import replace

import polars as pl
import pytest
import rehearsal as r

from audience_builder.delivery.burials import tombstones_in
from audience_builder.delivery.erasure import Wanted, bury, erase, found
from audience_builder.delivery.records import AudienceKey
from audience_builder.delivery.state import State
from audience_builder.delivery.upload import upload
from audience_builder.errors import DataError, NotAuthorised, TryAgain
from audience_builder.hashing import text_sha256
from audience_builder.matchkeys import email
from audience_builder.sandbox import Fault
from audience_builder.sandbox.faults import Kind

PEOPLE = range(1, 13)
ROWS = r.people(PEOPLE)
KEY = AudienceKey(platform="meta", account="act_1", name=r.NAME)


def by_email(*numbers):
    return Wanted(platform=r.PLATFORM, rows=pl.DataFrame({"EMAIL": [text_sha256(r.email(n)) for n in numbers]}))


def by_phone(text):
    return Wanted(platform=r.PLATFORM, rows=pl.DataFrame({"PHONE": [text_sha256(text)]}))


def erased(sandbox, folder, wanted, **options):
    with State(folder, clock=r.Clock()) as state:
        return erase(
            wanted, options.pop("uploader", None) or r.uploader(sandbox), state, runtime=r.runtime(), **options
        )


def ended(done):
    return {one.key.name: one.members for one in done.ended}


def members_on_record(folder):
    with State(folder, clock=r.Clock()) as state:
        known = state.audience(KEY)
        return pl.read_parquet(state.audience_folder(KEY) / known.snapshot), known


def kept(folder):
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_an_erased_person_leaves_every_list_and_never_comes_back(sandbox, tmp_path):
    r.send(sandbox, tmp_path / "state", ROWS)
    r.send(sandbox, tmp_path / "state", ROWS[:8], name="Seed 2")
    r.send(sandbox, tmp_path / "state", ROWS[8:], name="Seed 3")

    done = erased(sandbox, tmp_path / "state", by_email(5))
    again = r.send(sandbox, tmp_path / "state", ROWS)

    assert (ended(done), done.members, done.requests) == ({r.NAME: 1, "Seed 2": 1, "Seed 3": 0}, 2, 1)
    assert sandbox.members(r.NAME) == r.expected_members(pl.concat([ROWS[:4], ROWS[5:]]))
    assert len(sandbox.members("Seed 2")) == 7
    assert len(sandbox.members("Seed 3")) == 4
    assert (again.erased, again.requests, again.unchanged) == (1, 0, 11)


def test_the_rest_of_a_household_stays_when_one_of_it_is_erased_by_email(sandbox, tmp_path):
    family = r.people(PEOPLE, phones=lambda n: r.phone(4 if n == 5 else n))
    r.send(sandbox, tmp_path / "state", family)

    done = erased(sandbox, tmp_path / "state", by_email(4))
    again = r.send(sandbox, tmp_path / "state", family)

    assert done.members == 1
    assert sandbox.members(r.NAME) == r.expected_members(pl.concat([family[:3], family[4:]]))
    assert (again.erased, again.requests) == (1, 0)
    with State(tmp_path / "state", clock=r.Clock()) as state:
        assert text_sha256(r.phone(4)) not in state.tombstones("meta")


def test_by_the_phone_of_a_household_all_of_it_leaves_and_nothing_else_is_learnt_of_them(sandbox, tmp_path):
    family = r.people(PEOPLE, phones=lambda n: r.phone(4 if n == 5 else n))
    r.send(sandbox, tmp_path / "state", family)

    done = erased(sandbox, tmp_path / "state", by_phone(r.phone(4)))

    assert done.members == 2
    assert sandbox.members(r.NAME) == r.expected_members(pl.concat([family[:3], family[5:]]))
    with State(tmp_path / "state", clock=r.Clock()) as state:
        assert state.tombstones("meta") == [text_sha256(r.phone(4))]
        assert not state.erased_people()


def test_the_other_emails_of_a_membership_are_buried_with_it(sandbox, tmp_path):
    second = text_sha256("other.address@example.com")
    rows = ROWS.with_columns(pl.when(pl.col("EMAIL") == text_sha256(r.email(4))).then(pl.lit(second)).alias("EMAIL_2"))
    newcomer = r.people([99]).with_columns(pl.lit(second).alias("EMAIL"))
    r.send(sandbox, tmp_path / "state", rows)
    r.send(sandbox, tmp_path / "state", pl.concat([ROWS[4:], newcomer]), name="Seed 2")

    done = erased(sandbox, tmp_path / "state", by_email(4))

    assert ended(done) == {r.NAME: 1, "Seed 2": 1}
    assert sandbox.members("Seed 2") == r.expected_members(ROWS[4:])
    with State(tmp_path / "state", clock=r.Clock()) as state:
        assert second in state.tombstones("meta")
        assert state.erased_people().ids == {text_sha256("customer 4"), text_sha256("customer 99")}


def test_other_emails_identify_customers_only_where_the_platform_keeps_addresses_apart(sandbox, tmp_path):
    keys = [
        replace(key, normalise=email.trimmed_lower) if key.name == "EMAIL" else key for key in r.PLATFORM.match_keys
    ]
    apart = replace(r.PLATFORM, match_keys=tuple(keys))
    mixed = replace(
        by_email(4), platform=replace(apart, match_keys=(replace(keys[0], normalise=email.lower_alphanumeric),))
    )

    assert replace(by_email(4), platform=apart).tombstones().emails == {text_sha256(r.email(4))}
    assert mixed.tombstones().emails == frozenset()


def test_a_customer_id_finds_the_membership_that_is_kept_without_it(sandbox, tmp_path):
    rows = r.people(PEOPLE, ids=True)
    r.send(sandbox, tmp_path / "state", rows)
    wanted = Wanted(
        platform=r.PLATFORM, rows=pl.DataFrame({"EXTERN_ID": ["C-4"]}), people=frozenset({text_sha256("customer 4")})
    )

    done = erased(sandbox, tmp_path / "state", wanted)
    again = r.send(sandbox, tmp_path / "state", rows)

    assert done.members == 1
    assert sandbox.members(r.NAME) == r.expected_members(pl.concat([rows[:3], rows[4:]]))
    assert (again.erased, again.requests) == (1, 0)
    with State(tmp_path / "state", clock=r.Clock()) as state:
        assert text_sha256("EXTERN_ID=C-4") in state.tombstones("meta")
    assert b"C-4" not in kept(tmp_path / "state")


def test_an_id_that_is_spelt_like_a_phone_buries_no_phone(sandbox, tmp_path):
    wanted = Wanted(platform=r.PLATFORM, rows=pl.DataFrame({"EXTERN_ID": [r.phone(4)]}))
    with State(tmp_path / "state", clock=r.Clock()) as state:
        bury(wanted, state)
    assert r.send(sandbox, tmp_path / "state", ROWS).erased == 0


def test_a_run_cut_short_is_not_continued_with_the_person_in_it(sandbox, tmp_path):
    sandbox.faults = [Fault(kind=Kind.EXPIRED_TOKEN, at=2, times=99)]
    with pytest.raises(NotAuthorised):
        r.send(sandbox, tmp_path / "state", ROWS)
    sandbox.faults = []
    assert len(sandbox.members(r.NAME)) == 4  # four more were sent, and their answer was a refusal

    (plan,) = (tmp_path / "state" / "audiences").rglob("add.parquet")
    numbers = {text_sha256(r.email(number)): number for number in PEOPLE}
    in_order = [numbers[digest] for digest in pl.read_parquet(plan)["EMAIL"]]
    taken, planned = in_order[0], in_order[-1]

    for number, there in ((planned, 0), (taken, 1)):
        assert erased(sandbox, tmp_path / "state", by_email(number)).members == there
        files = (tmp_path / "state" / "audiences").rglob("*.parquet")
        assert [path for path in files if text_sha256(r.email(number)) in pl.read_parquet(path)["EMAIL"]] == []

    snapshot, known = members_on_record(tmp_path / "state")
    assert (snapshot.height, known.members) == (7, 7)
    r.send(sandbox, tmp_path / "state", ROWS)
    left = [number - 1 for number in PEOPLE if number not in (planned, taken)]
    assert sandbox.members(r.NAME) == r.expected_members(ROWS[left])


def test_what_would_end_is_told_without_a_change(sandbox, tmp_path):
    r.send(sandbox, tmp_path / "state", ROWS)
    before = kept(tmp_path / "state")
    with State(tmp_path / "state", clock=r.Clock()) as state:
        _, would = found(by_email(5), "act_1", state)
    assert [(one.key.name, one.members) for one in would] == [(r.NAME, 1)]
    assert kept(tmp_path / "state") == before
    assert len(sandbox.writes()) == 3


def test_a_refusal_leaves_the_tombstone_and_running_again_completes(sandbox, tmp_path):
    r.send(sandbox, tmp_path / "state", ROWS)
    sandbox.faults = [Fault(kind=Kind.EXPIRED_TOKEN, edge="usersofanyaudience")]
    with pytest.raises(NotAuthorised):
        erased(sandbox, tmp_path / "state", by_email(5))
    sandbox.faults = []
    assert len(sandbox.members(r.NAME)) == 12
    with State(tmp_path / "state", clock=r.Clock()) as state:
        assert text_sha256(r.email(5)) in state.tombstones("meta")

    done = erased(sandbox, tmp_path / "state", by_email(5))
    twice = erased(sandbox, tmp_path / "state", by_email(5))

    assert (done.members, twice.members) == (1, 0)
    assert len(sandbox.members(r.NAME)) == 11


def test_after_a_refusal_the_next_upload_takes_the_person_out_with_the_reason(sandbox, tmp_path):
    r.send(sandbox, tmp_path / "state", ROWS)
    with State(tmp_path / "state", clock=r.Clock()) as state:
        bury(by_email(5), state)
    again = r.send(sandbox, tmp_path / "state", ROWS)
    assert dict(again.removal_reasons) == {"erased on request": 1}
    assert len(sandbox.members(r.NAME)) == 11


def test_an_audience_another_run_holds_is_left_to_the_next_time(sandbox, tmp_path):
    r.send(sandbox, tmp_path / "state", ROWS)
    with State(tmp_path / "state", clock=r.Clock()) as other, other.lock(KEY), pytest.raises(TryAgain):
        erased(sandbox, tmp_path / "state", by_email(5))
    assert len(sandbox.members(r.NAME)) == 12
    assert erased(sandbox, tmp_path / "state", by_email(5)).members == 1


class Beaten(State):
    """A record somebody is erased from while an upload, that has read it, waits for the lock."""

    def lock(self, key, *, wait_seconds=0.0):
        bury(by_email(5, 7), self)
        return super().lock(key, wait_seconds=wait_seconds)


def test_an_upload_that_waited_for_an_erasure_honours_it(sandbox, tmp_path):
    r.send(sandbox, tmp_path / "state", ROWS[:6])
    with Beaten(tmp_path / "state", clock=r.Clock()) as state:
        upload(ROWS, r.PLATFORM, r.uploader(sandbox), state, name=r.NAME, brakes=r.ANY_SIZE, runtime=r.runtime())
    assert sandbox.members(r.NAME) == r.expected_members(pl.concat([ROWS[:4], ROWS[5:6], ROWS[7:]]))


def test_rows_without_an_identifier_erase_nobody(sandbox, tmp_path):
    with pytest.raises(DataError, match="nobody to erase"):
        erased(sandbox, tmp_path / "state", Wanted(platform=r.PLATFORM, rows=pl.DataFrame({"FN": ["x"]})))
    assert sandbox.writes() == []


def test_a_folder_without_a_record_has_nobody_erased_and_stays_empty(tmp_path):
    assert not tombstones_in(tmp_path / "none")
    assert not (tmp_path / "none").exists()
