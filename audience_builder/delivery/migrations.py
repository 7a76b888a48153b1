"""The state file's tables, one script per version; a script, once released, never changes."""

import sqlite3
from pathlib import Path
from typing import Final

from audience_builder.errors import ConfigError

__all__ = ["APPLICATION_ID", "SCRIPTS", "VERSION", "bring_up_to_date"]

APPLICATION_ID: Final = 0x41554442
"""Marks the file as ours (``PRAGMA application_id``)."""

SCRIPTS: Final = (
    """
    CREATE TABLE audiences (
        key INTEGER PRIMARY KEY,
        platform TEXT NOT NULL,
        account TEXT NOT NULL,
        name TEXT NOT NULL,
        audience_id TEXT NOT NULL,
        with_value INTEGER NOT NULL,
        snapshot TEXT,
        members INTEGER NOT NULL DEFAULT 0,
        UNIQUE (platform, account, name)
    ) STRICT;
    CREATE TABLE runs (
        run INTEGER PRIMARY KEY,
        audience INTEGER NOT NULL REFERENCES audiences (key),
        mode TEXT NOT NULL,
        input TEXT NOT NULL,
        folder TEXT NOT NULL,
        batch_rows INTEGER NOT NULL,
        counts TEXT NOT NULL,
        started_at REAL NOT NULL,
        ended_at REAL,
        state TEXT NOT NULL CHECK (state IN ('open', 'done', 'superseded'))
    ) STRICT;
    CREATE UNIQUE INDEX one_open_run ON runs (audience) WHERE state = 'open';
    CREATE TABLE sessions (
        session INTEGER PRIMARY KEY,
        run INTEGER NOT NULL REFERENCES runs (run),
        action TEXT NOT NULL,
        total_rows INTEGER NOT NULL,
        opened_at REAL NOT NULL,
        over INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE TABLE batches (
        run INTEGER NOT NULL REFERENCES runs (run),
        phase TEXT NOT NULL,
        number INTEGER NOT NULL,
        action TEXT NOT NULL,
        rows INTEGER NOT NULL,
        state TEXT NOT NULL DEFAULT 'planned' CHECK (state IN ('planned', 'sent', 'taken', 'skipped')),
        session INTEGER REFERENCES sessions (session),
        sequence INTEGER,
        sends INTEGER NOT NULL DEFAULT 0,
        received INTEGER,
        invalid INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (run, phase, number)
    ) STRICT;
    """,
    """
    CREATE TABLE lookalikes (
        audience INTEGER NOT NULL REFERENCES audiences (key),
        spec TEXT NOT NULL,
        name TEXT NOT NULL,
        audience_id TEXT,
        note TEXT NOT NULL,
        PRIMARY KEY (audience, spec)
    ) STRICT;
    CREATE TABLE tombstones (
        platform TEXT NOT NULL,
        digest TEXT NOT NULL,
        erased_at REAL NOT NULL,
        PRIMARY KEY (platform, digest)
    ) STRICT, WITHOUT ROWID;
    """,
    """
    CREATE TABLE facts (
        audience INTEGER PRIMARY KEY REFERENCES audiences (key),
        kept_at REAL NOT NULL,
        facts TEXT NOT NULL
    ) STRICT;
    """,
    """
    CREATE TABLE audit (
        entry INTEGER PRIMARY KEY AUTOINCREMENT,
        at TEXT NOT NULL,
        step TEXT NOT NULL,
        attempt INTEGER REFERENCES audit (entry),
        content TEXT NOT NULL,
        previous TEXT NOT NULL,
        digest TEXT NOT NULL
    ) STRICT;
    CREATE INDEX audit_of_attempt ON audit (attempt, step);
    CREATE INDEX audit_of_step ON audit (step);
    CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
        BEGIN SELECT RAISE(ABORT, 'the history is never changed'); END;
    CREATE TRIGGER audit_is_never_cut BEFORE DELETE ON audit
        BEGIN SELECT RAISE(ABORT, 'the history is never cut'); END;
    """,
    """
    CREATE TABLE erased_people (
        kind TEXT NOT NULL CHECK (kind IN ('email', 'phone', 'id')),
        digest TEXT NOT NULL,
        erased_at REAL NOT NULL,
        PRIMARY KEY (kind, digest)
    ) STRICT, WITHOUT ROWID;
    """,
)
VERSION: Final = len(SCRIPTS)


def bring_up_to_date(database: sqlite3.Connection, path: Path) -> None:
    """Create or migrate the tables, each version in one transaction.

    Raises:
        ConfigError: The file is damaged, is not ours, or was written by a newer version.
    """
    try:
        version: int = database.execute("PRAGMA user_version").fetchone()[0]
        application: int = database.execute("PRAGMA application_id").fetchone()[0]
        tables: int = database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        sound = database.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
    except sqlite3.DatabaseError:
        sound, version, application, tables = False, 0, 0, 0
    if not sound:
        raise ConfigError(
            "The record of what was sent is damaged.",
            f"{path} is not a readable SQLite file.",
            "Restore it from a backup, or move its folder away and start afresh: the next upload then "
            "sends everything again.",
        )
    if tables and application != APPLICATION_ID:
        raise ConfigError(
            "The state folder holds a database of another program.",
            f"{path} was not written by audience-builder.",
            "Choose another state folder.",
        )
    if version > VERSION:
        raise ConfigError(
            "The record of what was sent was written by a newer audience-builder.",
            f"{path} has version {version}; this program knows up to version {VERSION}.",
            "Upgrade audience-builder, or choose another state folder.",
        )
    for number in range(version, VERSION):
        _step_up(database, number)


def _step_up(database: sqlite3.Connection, number: int) -> None:
    """Take the tables from one version to the next, unless another process has just done it."""
    try:
        database.executescript(
            f"BEGIN IMMEDIATE;{SCRIPTS[number]}"
            f"PRAGMA application_id = {APPLICATION_ID};PRAGMA user_version = {number + 1};COMMIT;"
        )
    except sqlite3.OperationalError:
        if database.in_transaction:
            database.execute("ROLLBACK")
        if database.execute("PRAGMA user_version").fetchone()[0] <= number:
            raise
