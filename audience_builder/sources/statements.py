"""Whether an SQL text is one query that only reads."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from audience_builder.errors import ConfigError

__all__ = ["checked_query", "read_query"]

_PIECES: Final = re.compile(
    r"""
    (?P<skipped>
        --[^\n]*                          # comment to the end of the line
      | /\*(?!!).*?\*/                    # comment; MySQL carries out /*! ... */
      | '(?:[^']|'')*'                    # text
      | "(?:[^"]|"")*"                    # quoted name
      | `[^`]*`                           # quoted name (MySQL, BigQuery)
      | \[[^\]\n]*\]                      # quoted name (SQL Server), or a place in a list
      | \$(?P<tag>\w*)\$.*?\$(?P=tag)\$   # text (PostgreSQL)
    )
    | (?P<word>[^\W\d]\w*)
    | (?P<end>;)
    | (?P<other>\S)
    """,
    re.VERBOSE | re.DOTALL,
)
_READS: Final = frozenset({"SELECT", "WITH"})
_WRITES: Final = frozenset(
    "INSERT UPDATE DELETE MERGE INTO TRUNCATE DROP ALTER CREATE GRANT REVOKE EXEC EXECUTE CALL COPY".split()
)
"""Words that a query which only reads has no use for, unless in quotes."""


def checked_query(text: str) -> str:
    """The query without the semicolon at its end.

    It is a first look, for mistakes: a writing function passes it. What keeps the database as it is, is the
    read-only transaction, where there is one, and a user who may only read.

    Raises:
        ConfigError: It is no query, more than one, or one that writes. Its text is not repeated: it may name people.

    >>> checked_query("select 1; -- one")
    'select 1'
    """
    pieces = [(kind, text, end) for kind, text, end in _pieces(text) if kind != "skipped"]
    words = [text.upper() for kind, text, _ in pieces if kind == "word"]
    ends = [at for at, (kind, _, _) in enumerate(pieces) if kind == "end"]
    begins = next((text.upper() for _, text, _ in pieces if text != "("), "")
    found = (
        "It is blank." if not pieces
        else "It is more than one statement." if ends and ends[0] < len(pieces) - 1
        else "It does not begin with SELECT or WITH." if begins not in _READS
        else f"It has the word {first}, which writes." if (first := next((one for one in words if one in _WRITES), ""))
        else ""
    )  # fmt: skip
    if found:
        raise ConfigError(
            "The query of a database cannot be used.", found, "Give one SELECT; names like those go in quotes."
        )
    return text[: pieces[ends[0]][2] - 1].strip() if ends else text.strip()


def read_query(path: Path) -> str:
    """The SQL text of a file.

    Raises:
        ConfigError: It is not there, or no UTF-8 text.
    """
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        pass
    raise ConfigError(
        f"The query in {path.name} cannot be read.",
        "The file is missing, closed to you, or not UTF-8 text.",
        "Check the path, and save the file as UTF-8.",
    )


def _pieces(text: str) -> Iterator[tuple[str, str, int]]:
    """Kind, text and end of everything but blanks."""
    for found in _PIECES.finditer(text):
        kind = "skipped" if found["skipped"] is not None else str(found.lastgroup)
        yield kind, found[0], found.end()
