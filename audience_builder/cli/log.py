"""Events on stderr as JSON lines, where ``--log-json`` asks for them; then nothing else goes there."""

from contextlib import AbstractContextManager

from audience_builder import events
from audience_builder.cli.flags import LogFlags

__all__ = ["logged"]


def logged(flags: LogFlags, command: str) -> AbstractContextManager[events.Ending]:
    """Tell of a command from its beginning to its end; what comes out takes its exit code."""
    if flags.log_json:
        events.to_stderr()
    return events.running(command)
