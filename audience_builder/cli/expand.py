"""Commands whose parameters are groups of flags, shared between commands."""

import inspect
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, get_type_hints

import typer

__all__ = ["command"]


def command(app: typer.Typer, name: str | None = None) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function as a command; a dataclass parameter stands for all its fields as flags.

    Args:
        app: The Typer application.
        name: The command's name; the function's name if left out.
    """

    def register(function: Callable[..., None]) -> Callable[..., None]:
        hints = get_type_hints(function, include_extras=True)
        groups = {key: hint for key, hint in hints.items() if inspect.isclass(hint) and is_dataclass(hint)}

        def run(**given: Any) -> None:
            arguments = {
                key: groups[key](**{field.name: given.pop(field.name) for field in fields(groups[key])})
                for key in groups
            }
            function(**arguments, **given)

        run.__doc__ = function.__doc__
        run.__name__ = function.__name__
        run.__signature__ = inspect.Signature(_flat(function, hints, groups))  # type: ignore[attr-defined]
        app.command(name)(run)
        return function

    return register


def _flat(function: Callable[..., None], hints: dict[str, Any], groups: dict[str, Any]) -> list[inspect.Parameter]:
    """The function's parameters with every group spread out, arguments first."""
    flat: list[inspect.Parameter] = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name not in groups:
            flat.append(parameter.replace(annotation=hints[parameter.name], kind=inspect.Parameter.KEYWORD_ONLY))
            continue
        group = groups[parameter.name]
        field_hints = get_type_hints(group, include_extras=True)
        for field in fields(group):
            default = inspect.Parameter.empty if field.default is MISSING else field.default
            flat.append(
                inspect.Parameter(
                    field.name,
                    inspect.Parameter.KEYWORD_ONLY,
                    default=default,
                    annotation=field_hints[field.name],
                )
            )
    return flat
