"""What a schedule runs: one refresh, where it runs, and what has to be in its environment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from audience_builder.errors import ConfigError, TryAgain
from audience_builder.schedule.when import When

__all__ = ["RETRIES", "RETRY_MINUTES", "RUN_HOURS", "TRY_AGAIN", "Job", "Variable"]

TRY_AGAIN: Final = TryAgain.exit_code
"""The one exit code that asks for another try; every other one asks for a person."""
RETRIES: Final = 2
RETRY_MINUTES: Final = 15
RUN_HOURS: Final = 4
"""A run that takes longer hangs, and is ended."""

_UNFIT: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]|^ | $|[\ud800-\udfff\ufffe\uffff]")
"""What some format has no way to write down: control characters, blanks at either end, bytes that are no text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """An environment variable that the run reads.

    Args:
        name: Its name.
        purpose: What it holds, in a few words.
        optional: The run goes without it.
    """

    name: str
    purpose: str
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One refresh as a schedule starts it. Paths are texts in the manner of the machine that runs it.

    Args:
        name: Short name; part of the names of files and units.
        clients: Names of the clients.
        command: Absolute path of ``audience-builder``.
        folder: Working folder, absolute.
        files: Clients' files, relative to it.
        states: Folders with the record of what was sent, absolute.
        variables: What the run reads from the environment.
        settings: Environment variables the schedule itself sets; no secrets.
        env_file: File with the variables' values, absolute.
        log_file: Where the output goes, absolute.
        user: Account that runs it.
        root: Root of the Git repository the working folder lies in; the working folder itself where it lies in none.
        moving_states: Those of the record's folders that a client's file names beside itself: they go where it goes.
        wait_minutes: How long to wait for another run of an audience.
        when: When it runs.

    Raises:
        ConfigError: A path cannot be written down.
    """

    name: str
    clients: tuple[str, ...]
    command: str
    folder: str
    files: tuple[str, ...]
    states: tuple[str, ...]
    variables: tuple[Variable, ...]
    env_file: str
    log_file: str
    user: str
    when: When
    root: str
    moving_states: tuple[str, ...] = ()
    wait_minutes: int = 30
    settings: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        paths = (self.command, self.folder, *self.files, *self.states, self.env_file, self.log_file, self.root)
        for text in (*paths, *self.settings.values()):
            if _UNFIT.search(text):
                raise ConfigError(
                    "A path cannot be written into a schedule.",
                    f"It has a line break or another control character, or a blank at an end: {text!r}.",
                    "Rename the file or folder.",
                )

    @property
    def title(self) -> str:
        """Name of the unit, task or workflow."""
        return f"audience-builder-{self.name}"

    @property
    def whose(self) -> str:
        """Whose audiences they are, in words."""
        return self.clients[0] if len(self.clients) == 1 else f"{len(self.clients)} clients"

    @property
    def arguments(self) -> tuple[str, ...]:
        """What follows the command; a file whose name starts with a dash is no flag."""
        files = (f"./{file}" if file.startswith("-") else file for file in self.files)
        return ("refresh", "--apply", *files, "--wait", str(self.wait_minutes))

    @property
    def argv(self) -> tuple[str, ...]:
        """The command and its arguments."""
        return (self.command, *self.arguments)
