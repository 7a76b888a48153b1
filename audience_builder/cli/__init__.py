"""The command line: parse, call one function, print."""

from audience_builder.cli.main import main

__all__ = ["main"]
