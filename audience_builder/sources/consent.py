"""Whether a person agreed, from words."""

from typing import Final

import polars as pl

from audience_builder import columns
from audience_builder.errors import DataError
from audience_builder.sources.detect import Binding
from audience_builder.sources.fields import folded
from audience_builder.sources.status import showable_counts
from audience_builder.sources.told import Told, words_counted

__all__ = ["consented", "refuse_unknown_consent"]

YES: Final = (
    *("yes", "y", "true", "t", "1", "on", "x", "subscribed", "opted in", "opt in", "granted", "accepted"),
    *(
        "single opt in",
        "confirmed opt in",
        "confirmed",
        "ja",
        "oui",
        "sí",
        "si",
        "sì",
        "sim",
        "tak",
        "wahr",
        "vrai",
    ),
)
NO: Final = (
    *(
        "no",
        "n",
        "false",
        "f",
        "0",
        "off",
        "unsubscribed",
        "not subscribed",
        "opted out",
        "opt out",
        "denied",
    ),
    *(
        "declined",
        "rejected",
        "pending",
        "never subscribed",
        "cleaned",
        "redacted",
        "invalid",
        "nein",
        "non",
        "não",
    ),
    *("nao", "nee", "nie", "falsch", "faux"),
)
"""A pending confirmation is no consent yet."""

MAY_SELL: Final = (
    *("no", "n", "false", "f", "0", "off", "opted in", "opt in"),
    *("nein", "non", "não", "nao", "nee", "nie", "falsch", "faux"),
)
"""The words in a do-not-sell column that leave a person in; any other word takes them out."""


def consented(found: pl.DataFrame, binding: Binding, name: str, told: Told) -> pl.Series:
    """Consent words to true, false, and null where blank; false wherever a person is not to be sold or shared.

    Args:
        found: Rows with the texts of ``consent`` and ``do_not_sell``.
        binding: Where they come from.
        name: What messages call the file.
        told: Takes the words that are not known.

    Raises:
        DataError: Other words; short ones that cannot be about a person are listed, the rest counted.
    """
    rules = binding.preset.consent
    known = dict.fromkeys(YES, True) | dict.fromkeys(NO, False)
    known |= {word.casefold(): True for word in rules.yes} | {word.casefold(): False for word in rules.no}
    words = found.select(folded(pl.col(columns.CONSENT)))[columns.CONSENT]
    told.consent_words += words_counted(words.filter(words.is_not_null() & ~words.is_in(list(known))))
    if told.whole:
        refuse_unknown_consent(told, binding, name)
    agreed = words.replace_strict(known, default=None, return_dtype=pl.Boolean)
    refused = ~folded(pl.col(columns.DO_NOT_SELL)).is_in(MAY_SELL)
    said = pl.when(refused.fill_null(value=False)).then(pl.lit(value=False)).otherwise(agreed)
    return found.select(said.alias(columns.CONSENT))[columns.CONSENT]


def refuse_unknown_consent(told: Told, binding: Binding, name: str) -> None:
    """Stop where words were met that are neither yes nor no.

    Raises:
        DataError: There were.
    """
    if not told.consent_words:
        return
    header = ", ".join(" + ".join(parts) for parts in binding.sources(columns.CONSENT))
    raise DataError(
        f'Column "{header}" of {name} holds consent in words that are not known.',
        f"There are: {showable_counts(told.consent_words)}.",
        "Choose a column with yes and no, or change those words.",
    )
