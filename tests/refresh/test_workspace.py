"""Several clients in one run: nothing of one is ever another's."""

import hashlib

import pytest
import shop as s

from audience_builder.errors import ConfigError
from audience_builder.refresh import refresh, worst
from audience_builder.sandbox import Sandbox

DAY = "2026-11-10"
TOKENS = {"acme": "EAAacmeCanaryToken0123456789", "bolt": "EAAboltCanaryToken9876543210"}


def client(folder, name, numbers, account="act_1", more=None):
    shop = s.Shop(folder / name, client=name, more=more or f'token_env = "{name.upper()}_META_TOKEN"')
    text = shop.path.read_text(encoding="utf-8").replace("act_1", account)
    shop.path.write_text(text, encoding="utf-8")
    for number in numbers:
        shop.buys(number, 100 + number, DAY)
    shop.write()
    return shop


def environ(*sandboxes):
    return {"ACME_META_TOKEN": TOKENS["acme"], "BOLT_META_TOKEN": TOKENS["bolt"], "META_ACCESS_TOKEN": ""}


@pytest.fixture
def sandbox():
    """One endpoint; each client's token opens it, and what was sent with which is on record."""
    with Recording(tokens=dict.fromkeys(TOKENS.values(), ("ads_management",)), minimum=0) as stand_in:
        yield stand_in


class Recording(Sandbox):
    """A stand-in that keeps every request body by the token it came with."""

    def __init__(self, **options):
        super().__init__(**options)
        self.bodies = dict.fromkeys(TOKENS.values(), b"")

    def answer(self, method, target, headers, body):
        for token in TOKENS.values():
            if token in target or token.encode() in body or token in str(headers):
                self.bodies[token] += target.encode() + body
        return super().answer(method, target, headers, body)


def run(sandbox, paths, **options):
    terms = s.terms(sandbox, DAY, environ=environ(), **options.pop("terms", {}))
    return list(refresh(paths, terms, **{"applying": True, **options}))


def files(folder):
    return b"".join(path.read_bytes() for path in (folder / "state").rglob("*") if path.is_file())


def test_two_clients_with_overlapping_customers_share_no_state_output_or_token(sandbox, tmp_path):
    acme = client(tmp_path, "acme", [*range(1, 11), 77])
    bolt = client(tmp_path, "bolt", [*range(1, 11), 88])
    bolt.path.write_text(bolt.path.read_text().replace(s.NAME, "Bolt seed"), encoding="utf-8")

    results = run(sandbox, [acme.path, bolt.path])

    assert [(one.client, one.exit_code, one.counts()["added"]) for one in results] == [("acme", 0, 11), ("bolt", 0, 11)]
    own = {77: TOKENS["acme"], 88: TOKENS["bolt"]}
    for number, token in own.items():
        digest = hashlib.sha256(s.email(number).encode()).hexdigest().encode()
        assert [name for name, sent in sandbox.bodies.items() if digest in sent] == [token]
        theirs, others = (acme, bolt) if number == 77 else (bolt, acme)
        assert digest in sandbox.bodies[token]
        assert s.NAME.encode() not in files(bolt.folder)
        told = str(results[0 if theirs is acme else 1].document())
        assert others.client not in told.replace(str(tmp_path), "")
    for shop in (acme, bolt):
        kept = files(shop.folder)
        assert kept
        assert [token for token in TOKENS.values() if token.encode() in kept] == []
    assert set(s.members(sandbox)) ^ set(s.members(sandbox, "Bolt seed")) == set(s.people({77: 0, 88: 0}))


def test_a_missing_token_is_never_replaced_by_anothers(sandbox, tmp_path):
    acme = client(tmp_path, "acme", range(1, 6))
    terms = s.terms(sandbox, DAY, environ={"META_ACCESS_TOKEN": TOKENS["bolt"]})

    (done,) = refresh([acme.path], terms, applying=True)

    assert done.exit_code == 5
    assert "ACME_META_TOKEN is not set" in done.error.found
    assert sandbox.writes() == []


def test_in_a_workspace_each_client_names_its_token(sandbox, tmp_path):
    acme, bolt = client(tmp_path, "acme", range(1, 6)), client(tmp_path, "bolt", range(1, 6), more="tiers = 1")
    results = run(sandbox, [acme.path, bolt.path])
    assert [one.exit_code for one in results] == [0, 2]
    assert "token_env" in results[1].error.fix


def test_a_failing_client_stops_nobody_else(sandbox, tmp_path):
    acme, bolt = client(tmp_path, "acme", range(1, 6)), client(tmp_path, "bolt", range(1, 6))
    (acme.folder / "orders.csv").unlink()
    broken = tmp_path / "broken.toml"
    broken.write_text("[client]\nnam = 1\n")

    results = run(sandbox, [broken, acme.path, bolt.path])

    assert [(one.outcome, one.exit_code) for one in results] == [("failure", 2), ("failure", 2), ("success", 0)]
    assert worst(results) == 2
    assert s.members(sandbox) == s.people({n: 100.0 + n for n in range(1, 6)})


@pytest.mark.parametrize("name", ["acme", "ACME", "Acme."])
def test_two_files_of_one_client_are_refused(sandbox, tmp_path, name):
    acme, other = client(tmp_path, "acme", range(1, 6)), s.Shop(tmp_path / "other", client=name)
    with pytest.raises(ConfigError, match="same name"):
        run(sandbox, [acme.path, other.path])
    assert sandbox.calls == []


def test_a_state_folder_of_another_client_is_refused(sandbox, tmp_path):
    acme = client(tmp_path, "acme", range(1, 6))
    assert run(sandbox, [acme.path])[0].error is None
    acme.path.write_text(acme.path.read_text().replace('name = "acme"', 'name = "bolt"'), encoding="utf-8")

    (done,) = run(sandbox, [acme.path])

    assert done.exit_code == 2
    assert 'belongs to "acme"' in done.error.found


def test_a_library_failure_is_told_by_its_place_alone(sandbox, tmp_path, monkeypatch):
    acme = client(tmp_path, "acme", range(1, 6))

    def fails(*_given, **_options):
        raise ValueError(s.email(1))

    monkeypatch.setattr("audience_builder.pipeline.run", fails)
    (done,) = run(sandbox, [acme.path])

    assert done.exit_code == 1
    assert "(ValueError)" in done.error.wrong
    assert s.email(1) not in str(done.document())
