from datetime import date
from decimal import Decimal
from pathlib import Path

from audience_builder.choices import settings_told
from audience_builder.contacts import ContactRules
from audience_builder.ledger import Identity
from audience_builder.sources import SourceOptions
from audience_builder.who import Who
from audience_builder.worth import Worth


def told(source=None, contacts=None, who=None, worth=None):
    return settings_told(
        source or SourceOptions(), contacts or ContactRules(), Identity(), who or Who(), worth or Worth()
    )


def test_only_what_was_given_or_always_matters_is_told():
    assert told() == {"One customer is told by the same": "id, email", "Value": "what was paid, net of refunds"}


def test_settings_are_told_in_the_words_of_the_reader():
    found = told(
        SourceOptions(rates=Path("/somewhere/rates.csv")),
        who=Who(min_paid=Decimal("1.50"), no_refunds=True, since=date(2025, 1, 1), suppress=("/home/x/gone.csv",)),
        worth=Worth(kind="predicted", margin=0.4, horizon_days=365.0, spend=10000.0),
    )
    assert found["Exchange rates"] == "rates.csv"
    assert found["Suppression lists"] == "gone.csv"
    assert (found["Least net amount paid"], found["Customers with a refund"]) == ("1.50", "left out")
    assert (found["Orders from"], found["Value"]) == ("2025-01-01", "the forecast")
    assert (found["Margin"], found["Days the forecast looks ahead"], found["Advertising spend"]) == (
        "0.4", "365", "10,000",
    )  # fmt: skip


def test_a_condition_on_people_is_told_without_its_values():
    assert told(who=Who(where="orders >= 2"))["Condition"] == "orders >= 2"
    text = told(who=Who(where='email == "ann@example.com" or customer_id == "c17"'))["Condition"]
    assert text == "on customer_id, email; not shown, it may name people"
