"""Every command, found by importing its file."""

from importlib import import_module
from pkgutil import iter_modules

from audience_builder import cli

__all__: list[str] = []

for _module in iter_modules(cli.__path__):
    if _module.name.startswith("command_"):
        import_module(f"{cli.__name__}.{_module.name}")
