"""A client's file: what is taken, what is refused, and that no value is ever repeated in a message."""

import re
from dataclasses import fields
from datetime import date
from pathlib import Path

import pytest

from audience_builder.cli.flags import FilterFlags, KeyFlags, SourceFlags, ValueFlags
from audience_builder.cli.release import ReleaseFlags
from audience_builder.config import Config, load, request_of, targets_of
from audience_builder.config.model import SourceSection
from audience_builder.delivery.brakes import Brakes
from audience_builder.delivery.graph.settings import LimitedDataUse
from audience_builder.errors import ConfigError

TEMPLATE = Path(__file__).parents[2] / "templates" / "audience.toml"
SMALLEST = """
[client]
name = "acme"
home_country = "US"
currency = "USD"

[[sources]]
path = "orders.csv"

[filters]
min_paid = 1
no_refunds = true

[value]
kind = "historic"

[audiences.vip]
platform = "meta"
account = "act_1"
name = "Seed 2026-11"
refresh = "mirror"
"""
CANARY = "canary.person@example.com"


def loaded(tmp_path, text, **environ):
    path = tmp_path / "audience.toml"
    path.write_text(text, encoding="utf-8")
    return load(path, environ)


def refused(tmp_path, text, **environ):
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, text, **environ)
    error = caught.value
    assert error.__cause__ is None
    assert error.__context__ is None
    assert all((error.wrong, error.found, error.fix))
    assert CANARY not in str(error)
    return error


def test_the_smallest_file_becomes_what_the_stages_take(tmp_path):
    client = loaded(tmp_path, SMALLEST)
    request = request_of(client, today=date(2026, 11, 25), environ={"XDG_DATA_HOME": str(tmp_path)})
    (target,) = targets_of(client, {"XDG_DATA_HOME": str(tmp_path)}, Brakes.of_refresh())

    assert request.files == (str(tmp_path / "orders.csv"),)
    assert (request.source.currency, request.contacts.home_country) == ("USD", "US")
    assert (request.who.min_paid, request.who.no_refunds, request.worth.kind) == (1, True, "historic")
    assert (target.label, target.to.account, target.to.name, target.to.mode) == (
        "vip",
        "act_1",
        "Seed 2026-11",
        "mirror",
    )
    assert target.to.state == tmp_path / "audience-builder" / "clients" / "acme"


def test_the_brakes_are_on_with_their_numbers(tmp_path):
    assert loaded(tmp_path, SMALLEST).config.brakes.model_dump() == {
        "max_removed": 0.2, "max_growth": 0.5, "min_members": None, "max_rows_drop": 0.3, "max_revenue_drop": 0.3,
        "max_order_age_days": 7.0, "max_rejects": 0.05, "max_coverage_drop": 0.1, "max_value_shift": 0.5,
        "accept_changes": False, "max_invalid": 0.01,
    }  # fmt: skip


def test_every_key_is_in_the_template_and_all_of_them_switched_on_load(tmp_path):
    text = TEMPLATE.read_text(encoding="utf-8")
    named = set(re.findall(r"^(?:# )?(\w+) = ", text, re.MULTILINE))
    for table, field in Config.model_fields.items():
        for one in [field.annotation, *getattr(field.annotation, "__args__", ())]:
            keys = set(getattr(one, "model_fields", {}))
            assert keys <= named, f"{table}: {keys - named}"
    everything = re.sub(r"^# (?=\[\[|\w+ = )", "", text, flags=re.MULTILINE)
    client = loaded(tmp_path, everything)
    assert client.config.filters.keep_days == 730
    assert client.config.audiences["vip"].token_env == "ACME_META_TOKEN"
    assert loaded(tmp_path, text).config.filters.min_paid == 1


RENAMED = {"files": "sources", "value": "kind"}


@pytest.mark.parametrize("group", [SourceFlags, FilterFlags, ValueFlags, KeyFlags, ReleaseFlags])
def test_a_flag_has_the_name_of_its_key(group):
    tables = [
        Config,
        SourceSection,
        *(Config.model_fields[name].annotation for name in ("client", "reading", "filters", "value", "brakes")),
    ]
    keys = {key for table in tables for key in table.model_fields}
    assert {RENAMED.get(field.name, field.name) for field in fields(group)} <= keys


def test_every_brake_is_a_key_and_a_flag():
    names = {field.name for field in fields(Brakes)}
    assert names == {field.name for field in fields(ReleaseFlags)}
    assert names | {"max_invalid"} == set(Config.model_fields["brakes"].annotation.model_fields)


@pytest.mark.parametrize(
    ("change", "to", "says"),
    [
        ("min_paid = 1", "min_payd = 1", "filters.min_payd"),
        ("min_paid = 1", "min_payd = 1", "Did you mean min_paid?"),
        ("min_paid = 1", 'currency = "EUR"', "It belongs to client.currency."),
        ("min_paid = 1", f'min_paid = "{CANARY}"', "filters.min_paid of audience.toml takes an amount of money"),
        ("no_refunds = true", f'no_refunds = "{CANARY}"', "filters.no_refunds of audience.toml takes true or false"),
        ('refresh = "mirror"', f'refresh = "{CANARY}"', "takes 'mirror', 'add' or 'replace'"),
        ('name = "acme"', "", "audience.toml has no client.name"),
        ('path = "orders.csv"', "", "sources.1 of audience.toml needs either path, or url"),
        ('path = "orders.csv"', 'path = "orders.csv"\nurl = "sqlite:///a.db"\nquery = "SELECT 1"', "needs either path, or url"),
        ('path = "orders.csv"', 'path = "orders.csv"\nquery = "SELECT 1"', "needs either path, or url"),
        ('path = "orders.csv"', 'url = "sqlite:///a.db"', "needs either path, or url with query or query_file"),
        ('path = "orders.csv"', 'url = "sqlite:///a.db"\nquery = "SELECT 1"\nquery_file = "a.sql"', "needs either path, or url"),
        ('path = "orders.csv"', 'url = "postgresql://ann:EAAsandbox@h/a"\nquery = "SELECT 1"', "sources.1.url of audience.toml holds what looks like a token or password"),
        ('path = "orders.csv"', 'url = "postgresql://ann:${PW}@h/a"\nquery = "SELECT 1"', "variable AUDIENCE_BUILDER_DB_PASSWORD, or into one that password_env names"),
        ('path = "orders.csv"', 'url = "sqlite:///a.db"\nquery = "SELECT 1"\npassword = "EAAsandbox"', "AUDIENCE_BUILDER_DB_PASSWORD"),
        ('path = "orders.csv"', 'url = "sqlite:///a.db"\nquery = "SELECT 1"\npassword_env = "secret"', "takes the name of an environment variable"),
        ("[value]", "[brakes]\nmax_removed = -1\n[value]", "brakes.max_removed of audience.toml has to be at least 0"),
        ("[value]", "[notify]\non = 3\n[value]", "notify.on of audience.toml takes a list"),
        ('account = "act_1"', 'account = "act_1"\naccess_token = "x"', "audiences.vip.access_token of audience.toml looks like a secret"),
        ('account = "act_1"', 'account = "act_1"\ntoken_env = "EAAsandboxCanaryToken0123456789"', "looks like a token or password"),
        ('account = "act_1"', 'account = "act_1"\ntoken_env = "mytoken"', "takes the name of an environment variable"),
        ('account = "act_1"', 'account = "${ACME_ACCOUNT}"', "The environment variable ACME_ACCOUNT is not set."),
        ('account = "act_1"', 'account = "act_1"\nretention_days = 181', "audiences.vip.retention_days of audience.toml has to be at most 180"),
        ('account = "act_1"', 'account = "act_1"\nlimited_data_use = "texas"', "takes 'geolocated' or 'california'"),
        ('name = "acme"', 'name = "acme', "The mistake is at line 3"),
    ],
)  # fmt: skip
def test_a_mistake_names_the_key_and_what_to_do(tmp_path, change, to, says):
    assert change in SMALLEST
    error = refused(tmp_path, SMALLEST.replace(change, to, 1))
    assert says in str(error)
    assert "EAAsandbox" not in str(error)


def test_a_file_that_is_not_there_is_a_mistake(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read as settings"):
        load(tmp_path / "none.toml", {})


def test_the_environment_fills_in(tmp_path):
    client = loaded(tmp_path, SMALLEST.replace('"act_1"', '"act_${NUMBER}"'), NUMBER="77")
    assert client.config.audiences["vip"].account == "act_77"


def requested(tmp_path, source, **environ):
    client = loaded(tmp_path, SMALLEST.replace('path = "orders.csv"', source), **environ)
    (found,) = request_of(client, today=date(2026, 11, 25), environ={}).files
    return found


def test_a_source_may_be_a_query_to_a_database(tmp_path):
    found = requested(
        tmp_path,
        'url = "postgresql://${DB_USER}@db.example.com/shop"\nquery = "SELECT 1;"\npassword_env = "ACME_DB_PASSWORD"',
        DB_USER="reader",
    )
    assert found.url == "postgresql://reader@db.example.com/shop"
    assert (found.query, found.password_env) == ("SELECT 1", "ACME_DB_PASSWORD")


def test_a_database_in_a_file_and_a_query_in_a_file_lie_beside_the_settings(tmp_path):
    (tmp_path / "orders.sql").write_text("SELECT 2")
    found = requested(tmp_path, 'url = "sqlite:///data/my shop.db"\nquery_file = "orders.sql"')
    assert (found.file, found.query) == (str(tmp_path / "data" / "my shop.db"), "SELECT 2")
    assert requested(tmp_path, 'url = "sqlite:////data/shop.db"\nquery = "SELECT 1"').file == "/data/shop.db"


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ('url = "${DATABASE_URL}"\nquery = "SELECT 1"', "holds a password"),
        ('url = "sqlite:///a.db"\nquery = "DROP TABLE orders"', "does not begin with SELECT"),
        ('url = "sqlite:///a.db"\nquery_file = "none.sql"', "The query in none.sql cannot be read"),
    ],
)
def test_a_query_that_cannot_be_asked_is_said_before_anything_is_read(tmp_path, source, says):
    with pytest.raises(ConfigError, match=says) as caught:
        requested(tmp_path, source, DATABASE_URL=f"postgresql://ann:{CANARY.partition('@')[0]}@db.example.com/shop")
    assert "canary" not in str(caught.value)


def test_paths_are_relative_to_the_file(tmp_path):
    text = SMALLEST.replace("[value]", 'suppress = "out/*.csv"\n[value]').replace('currency = "USD"', 'state = "kept"')
    client = loaded(tmp_path, text)
    assert request_of(client, today=date(2026, 11, 25), environ={"XDG_DATA_HOME": str(tmp_path)}).who.suppress == (
        str(tmp_path / "out/*.csv"),
    )
    assert targets_of(client, {}, Brakes())[0].to.state == tmp_path / "kept"


def test_retention_and_limited_data_use_go_where_the_flags_of_upload_go(tmp_path):
    more = 'account = "act_1"\nretention_days = 90\nlimited_data_use = "california"'
    client = loaded(tmp_path, SMALLEST.replace('account = "act_1"', more))
    (target,) = targets_of(client, {}, Brakes())
    assert (target.to.retention_days, target.to.limited_data_use) == (90, LimitedDataUse.CALIFORNIA)


def test_keep_days_count_back_from_today(tmp_path):
    client = loaded(tmp_path, SMALLEST.replace("[value]", "keep_days = 30\n[value]"))
    assert request_of(
        client, today=date(2026, 11, 25), environ={"XDG_DATA_HOME": str(tmp_path)}
    ).who.active_since == date(2026, 10, 26)
