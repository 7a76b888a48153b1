"""``-``: what another program pipes in, kept for the run and read like a file."""

import shutil
import sys
from functools import cache
from pathlib import Path
from typing import BinaryIO, Final

from audience_builder.errors import ConfigError
from audience_builder.sources.spool import Spool, disk_full

__all__ = ["STANDARD_INPUT", "spooled", "standard_input"]

STANDARD_INPUT: Final = "-"
"""What a user writes in place of a file."""

_NAME: Final = "standard input"


def standard_input() -> Path:
    """Where standard input can be read; its bytes say what it is.

    Raises:
        ConfigError: It is a keyboard, or there is no room for it.
    """
    return _standard_input().path


@cache
def _standard_input() -> Spool:
    """It can be read once; whoever names it again gets the same."""
    if sys.stdin is None or sys.stdin.isatty():
        raise ConfigError(
            "Nothing is piped into standard input.",
            "The file - stands for it.",
            "Pipe something in, as in: zcat orders.csv.gz | audience-builder report -",
        )
    return spooled(sys.stdin.buffer)


def spooled(stream: BinaryIO) -> Spool:
    """Keep a stream's bytes as they are.

    Raises:
        ConfigError: There is no room for them.
    """
    spool = Spool(_NAME)
    try:
        shutil.copyfileobj(stream, spool.stream)
        spool.stream.flush()
    except OSError:
        pass
    else:
        return spool
    spool.remove()
    raise disk_full(_NAME)
