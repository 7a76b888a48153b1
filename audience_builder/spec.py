"""The shape of a platform: data only, filled in by one file per platform."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import polars as pl

from audience_builder.hashing import Digest

__all__ = ["FileColumn", "MatchKey", "Normaliser", "Platform", "RuleForm"]

Normaliser = Callable[[pl.Expr, pl.Expr], pl.Expr]
"""(text column, column of the row's ISO alpha-2 country in upper case) -> normalised text column.

Null in, null out; text the platform cannot use becomes null, never a stand-in.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleForm:
    """Another documented form of a match key, chosen with ``--rules KEY=FORM``."""

    name: str
    normalise: Normaliser
    why: str
    rules_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchKey:
    """One kind of identifier a platform matches people by.

    Args:
        name: The platform's own name of the key (``EMAIL``, ``emailAddress``).
        source: The column of our customers table it is made from (``columns.EMAIL``).
        normalise: Text and country to the platform's normal form.
        digest: What is sent in place of the normal form.
        why_not: Text and country of a cell that ``normalise`` refused to the reason; null where it is blank.
        rule: The rule in one sentence, for ``explain``.
        rules_url: The page the rule comes from.
        repeats: How many values of one person the platform takes.
        forms: Other documented forms, where official sources disagree.
        aliases: Other names people know the key by.
    """

    name: str
    source: str
    normalise: Normaliser
    digest: Digest
    why_not: Normaliser
    rule: str
    rules_url: str
    repeats: int = 1
    forms: tuple[RuleForm, ...] = ()
    aliases: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the key's columns in our tables: ``EMAIL``, ``EMAIL_2``, ``EMAIL_3``."""
        return (self.name, *(f"{self.name}_{n}" for n in range(2, self.repeats + 1)))


@dataclass(frozen=True, slots=True, kw_only=True)
class FileColumn:
    """One column of the platform's upload file.

    Args:
        header: Header text, exactly as the platform wants it; may repeat within a file.
        column: Which of our columns fills it (``EMAIL_2``, ``LOOKALIKE_VALUE``); None leaves it blank.
        joined: Instead of ``column``: columns joined with hyphens, blank unless all are there.
        plain_header: Header text in files of plain values, where it is another.
        plain_only: Filled in plain files only (a birth date in one cell cannot be hashed usefully).
        hashed_only: Filled in hashed files only.
    """

    header: str
    column: str | None = None
    joined: tuple[str, ...] = ()
    plain_header: str | None = None
    plain_only: bool = False
    hashed_only: bool = False

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of the columns it is filled from."""
        return self.joined or ((self.column,) if self.column else ())

    def title(self, *, hashed: bool) -> str:
        """Header text in a hashed or a plain file."""
        return self.header if hashed or self.plain_header is None else self.plain_header

    def filled(self, *, hashed: bool) -> bool:
        """Whether a hashed or a plain file has anything in it."""
        return bool(self.sources) and not (self.plain_only if hashed else self.hashed_only)


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """Everything we know about a platform's customer lists.

    Args:
        name: Short name used on the command line and in file names.
        title: The name people use.
        match_keys: In the order of the platform's documentation.
        file_columns: The upload file, left to right.
        identifies: Sets of keys that identify a person; a row without any complete set is dropped.
        all_or_nothing: Groups of keys that are blanked together unless all are there.
        value_column: Our name of the per-person value column, None where the platform takes none.
        file_header: Whether the file starts with a header row.
        one_value_per_line: Whether every header has a file of its own, holding one value per line.
        max_file_rows: Rows per file; larger lists are split. None: no documented limit.
        max_file_bytes: Bytes per file, likewise.
        max_request_rows: Rows per API request.
        minimum_rows: People below which the platform does not use a list; 0 where none is documented.
        recommended_rows: People below which the platform advises against it, None if unsaid.
        rules_version: Name of our rule set; changes whenever a byte sent changes.
        rules_url: The page the rules come from.
        rules_checked: The day they were last read.
        notes: What a user has to know, one sentence each.
    """

    name: str
    title: str
    match_keys: tuple[MatchKey, ...]
    file_columns: tuple[FileColumn, ...]
    identifies: tuple[tuple[str, ...], ...]
    minimum_rows: int
    rules_version: str
    rules_url: str
    rules_checked: date
    all_or_nothing: tuple[tuple[str, ...], ...] = ()
    value_column: str | None = None
    file_header: bool = True
    one_value_per_line: bool = False
    max_file_rows: int | None = None
    max_file_bytes: int | None = None
    max_request_rows: int = 10_000
    recommended_rows: int | None = None
    notes: tuple[str, ...] = ()

    def match_key(self, name: str) -> MatchKey | None:
        """The match key of that name or alias, in any case; None if the platform has none."""
        wanted = name.casefold()
        return next((key for key in self.match_keys if wanted in map(str.casefold, (key.name, *key.aliases))), None)
