"""What became of an order, in our words."""

from collections import Counter
from collections.abc import Mapping
from typing import Final, get_args

import polars as pl

from audience_builder import columns
from audience_builder.columns import COUNTING
from audience_builder.errors import ConfigError, DataError
from audience_builder.sources.detect import Binding
from audience_builder.sources.fields import folded, holds
from audience_builder.sources.preset import Status
from audience_builder.sources.told import Told, words_counted

__all__ = ["COUNTING", "STATUSES", "refuse_unknown_statuses", "showable", "showable_counts", "statuses"]

STATUSES: Final[tuple[str, ...]] = get_args(Status)

NO_WORD: Final = "(blank)"
_SHOWN: Final = 20


def statuses(binding: Binding, frame: pl.DataFrame, extra: Mapping[str, str], name: str, told: Told) -> pl.DataFrame:
    """Status of every row, beside the source's own word for it.

    Args:
        binding: The file's columns.
        frame: The file's rows as text.
        extra: The user's own words -> our statuses; they win over the preset's.
        name: What messages call the file.
        told: Takes the words nobody has explained.

    Returns:
        ``status`` and ``status_word``.

    Raises:
        ConfigError: ``extra`` names a status that does not exist.
        DataError: Words nobody has explained; they are listed with counts.
    """
    rules = binding.preset.status
    wrong = sorted(set(extra.values()) - set(STATUSES))
    if wrong:
        raise ConfigError(
            f"There is no status {', '.join(wrong)}.",
            f"There are: {', '.join(STATUSES)}.",
            "Map words to one of them.",
        )
    header = binding.first(rules.column)
    known: dict[str, str] = {_fold(source): status for status, sources in rules.map.items() for source in sources}
    known |= {_fold(source): status for source, status in extra.items()}
    known.setdefault(NO_WORD, rules.default)
    applies = [holds(binding, override.when).alias(f"override {n}") for n, override in enumerate(rules.override)]
    words = frame.select(columns.SOURCE_ROW, _word(header, rules.strip_prefix).alias("status_word"), *applies)
    if rules.otherwise is None:
        told.status_words += words_counted(words["status_word"].filter(~words["status_word"].is_in(list(known))))
        if told.whole:
            refuse_unknown_statuses(told, binding, name)
    status = pl.col("status_word").replace_strict(known, default=rules.otherwise, return_dtype=pl.String)
    for n, override in enumerate(rules.override):
        decided = pl.col(f"override {n}") & status.is_in(override.instead_of)
        status = pl.when(decided).then(pl.lit(override.status)).otherwise(status)
    return words.select(status.alias("status"), "status_word")


def _word(header: str | None, strip_prefix: str) -> pl.Expr:
    if header is None:
        return pl.lit(NO_WORD)
    word = folded(pl.col(header))
    if strip_prefix:
        word = word.str.strip_prefix(f"{_fold(strip_prefix)} ")
    return word.fill_null(NO_WORD)


def _fold(word: str) -> str:
    return str(pl.select(folded(pl.lit(word))).item())


def refuse_unknown_statuses(told: Told, binding: Binding, name: str) -> None:
    """Stop where words were met that nobody has explained.

    Raises:
        DataError: There were; they are listed with counts.
    """
    if not told.status_words:
        return
    raise DataError(
        f"{name} has words for the status of an order that are not known.",
        f'In column "{binding.first(binding.preset.status.column)}": {showable_counts(told.status_words)}.',
        'Say what they mean: --status-map "WORD=paid", or pending, failed, cancelled, refunded, test.',
    )


def showable_counts(words: Counter[str]) -> str:
    """Words with their counts, commonest first; anything that might be about a person only as a count."""
    counts = pl.DataFrame({"word": list(words), "count": list(words.values())})
    counts = counts.sort("count", "word", descending=[True, False])
    shown = counts.filter(showable(pl.col("word"))).head(_SHOWN)
    said = [f"{word} ({count:,})" for word, count in shown.iter_rows()]
    rest = counts.height - shown.height
    return ", ".join([*said, *([f"{rest:,} more"] if rest else [])])


def showable(word: pl.Expr) -> pl.Expr:
    """Whether a word is too short and too plain to be about a person."""
    return (word.str.len_chars() <= _SHOWN) & ~word.str.contains(r"@|[0-9]{4,}")
