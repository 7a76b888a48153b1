"""The state folder and its database: found, made private, opened, brought up to date."""

import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from audience_builder.delivery.migrations import bring_up_to_date
from audience_builder.errors import ConfigError

__all__ = ["DATABASE", "PRIVATE_FOLDER", "Store", "user_data_folder"]

DATABASE: Final = "state.sqlite"
"""File name of the record."""
PRIVATE_FOLDER: Final = 0o700
_PRIVATE_FILE: Final = 0o600


def user_data_folder(environ: Mapping[str, str]) -> Path:
    """The user's own data folder for this program, by the custom of the operating system."""
    if sys.platform == "win32":
        base = Path(environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "audience-builder"


class Store:
    """A state folder with its database open; a context manager.

    Args:
        folder: Made with mode 0700 if it is not there.
        clock: Seconds since the epoch.

    Raises:
        ConfigError: The folder cannot be used, or its state file is damaged or newer than we are.
    """

    def __init__(self, folder: Path, *, clock: Callable[[], float]) -> None:
        self.folder = folder
        self._clock = clock
        path = folder / DATABASE
        try:
            folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
            (folder / "audiences").mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
            (folder / "audiences").chmod(PRIVATE_FOLDER)
            path.touch(mode=_PRIVATE_FILE)
            path.chmod(_PRIVATE_FILE)
        except OSError:
            usable = False
        else:
            usable = True
        if not usable:
            raise ConfigError(
                "The state folder cannot be used.",
                f"{folder} is not a folder this user may write to.",
                "Choose another state folder.",
            )
        self._database = sqlite3.connect(path, timeout=30, isolation_level=None)
        self._database.row_factory = sqlite3.Row
        try:
            bring_up_to_date(self._database, path)
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = FULL")
            self._database.execute("PRAGMA foreign_keys = ON")
        except BaseException:
            self._database.close()
            raise

    @classmethod
    def existing(cls, folder: Path, *, clock: Callable[[], float]) -> Self:
        """A record that is there already.

        Raises:
            ConfigError: It is not, or as for the class.
        """
        if not (folder / DATABASE).is_file():
            raise ConfigError(
                "Nothing is on record there.",
                f"{folder} holds no record of uploads.",
                "Name the client with --client, her audience.toml, or the folder with --state.",
            )
        return cls(folder, clock=clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield self._database
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")
