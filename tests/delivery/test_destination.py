"""What the user says of an audience reaches the engine and the platform's own settings."""

from pathlib import Path

import pytest

from audience_builder import platforms
from audience_builder.delivery import destination
from audience_builder.delivery.destination import Destination
from audience_builder.delivery.graph.settings import LimitedDataUse
from audience_builder.errors import NotAuthorised

META = platforms.load("meta")
TO = {"platform": "meta", "account": "act_1", "name": "Seed", "state": Path("state")}


def test_terms_of_the_list_reach_the_uploader():
    to = Destination(**TO, retention_days=30, limited_data_use=LimitedDataUse.CALIFORNIA)
    settings = to.connect(META, {"META_ACCESS_TOKEN": "EAAcanary"})._settings
    assert (settings.retention_days, settings.limited_data_use) == (30, LimitedDataUse.CALIFORNIA)


def test_only_a_dry_run_goes_without_a_token():
    assert Destination(**TO, dry_run=True).connect(META, {}).account == "act_1"
    with pytest.raises(NotAuthorised):
        Destination(**TO).connect(META, {})


def test_minutes_to_wait_for_lookalikes_become_seconds(monkeypatch):
    seen = {}
    monkeypatch.setattr(destination, "upload", lambda *_, **given: seen.update(given))
    Destination(**TO, lookalikes=("US:0.01",), lookalike_wait_minutes=1.5).send([], META, None, None)
    assert (seen["lookalikes"], seen["lookalike_wait_seconds"]) == (("US:0.01",), 90.0)
