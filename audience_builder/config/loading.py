"""A file to settings: TOML, environment, checks; every message names the key and never holds a value."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError

from audience_builder.clients import slug
from audience_builder.config.model import Config
from audience_builder.errors import ConfigError
from audience_builder.sources.databases import PASSWORD_ENV

__all__ = ["Client", "load", "load_each"]

_VARIABLE: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SECRET_KEY: Final = re.compile(r"token|secret|passw|api_?key|access_?key|credential|bearer|urls?$", re.IGNORECASE)
_SECRET_VALUE: Final = re.compile(
    r"^EAA[A-Za-z0-9]{16,}|^ya29\.|^AIza|^xox[a-z]-|^[Bb]earer |-----BEGIN |://[^/\s]*:[^/\s]*@"
)
_IN_ENVIRONMENT: Final = 'Put it into an environment variable and name that: token_env = "ACME_META_TOKEN".'
_AS_PASSWORD_ENV: Final = f"Put it into the environment variable {PASSWORD_ENV}, or into one that password_env names."
_SOURCES: Final = frozenset({"sources", "customers"})
_PLACE: Final = re.compile(r"at (line \d+, column \d+|end of document)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One client's settings and the file they came from; paths in them are relative to its folder.

    Args:
        config: The settings.
        path: The file.
        reads: Environment variables that ``${NAME}`` in it reads.
    """

    config: Config
    path: Path
    reads: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The client's name."""
        return self.config.client.name

    @property
    def slug(self) -> str:
        """The name as part of a path; two names with one slug are one client."""
        return slug(self.name)

    def beside(self, text: str) -> Path:
        """A path of the file, relative to the file's folder."""
        return self.path.parent / Path(text).expanduser()


def load(path: Path, environ: Mapping[str, str]) -> Client:
    """Read and check a client's file.

    Args:
        path: The file.
        environ: What ``${NAME}`` reads.

    Raises:
        ConfigError: It is missing, no TOML, or a key is unknown, wrong, or holds a secret.
    """
    document = _parsed(path)
    for where, text in _texts(document):
        if _SECRET_VALUE.search(text):
            raise ConfigError(
                f"{_named(where)} of {path.name} holds what looks like a token or password.",
                "Secrets do not belong in the file: it is copied, mailed and kept in version control.",
                _AS_PASSWORD_ENV if where[0] in _SOURCES else _IN_ENVIRONMENT,
            )
    filled = _filled(document, environ, path, ())
    problems: list[Any] = []
    try:
        return Client(config=Config.model_validate(filled), path=path.resolve(), reads=_reads(document))
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False)
    raise _explained(problems, path)


def load_each(paths: Sequence[Path], environ: Mapping[str, str]) -> list[Client | ConfigError]:
    """Read several clients' files; one that cannot be read is its error, so that the others go on.

    Args:
        paths: The files.
        environ: What ``${NAME}`` reads.
    """

    def tried(path: Path) -> Client | ConfigError:
        try:
            return load(path, environ)
        except ConfigError as error:
            return error

    return [tried(path) for path in paths]


def _parsed(path: Path) -> dict[str, Any]:
    place = ""
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        place = error.strerror or "it cannot be opened"
        fix = "Check the path, or write one with `audience-builder init FILE`."
    except UnicodeDecodeError:
        place, fix = "It is not UTF-8 text.", "Save it as UTF-8."
    except tomllib.TOMLDecodeError as error:
        found = _PLACE.search(str(error))
        place = f"The mistake is at {found[1]}." if found else "It is not valid TOML."
        fix = 'Texts stand in quotes (name = "acme"), lists in brackets, and a key may be given once.'
    raise ConfigError(f"{path.name} cannot be read as settings.", place, fix)


def _texts(node: object, where: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every text of the document, with its place."""
    if isinstance(node, str):
        yield where, node
    elif isinstance(node, dict):
        for key, inner in node.items():
            yield from _texts(inner, (*where, key))
    elif isinstance(node, list):
        for place, inner in enumerate(node):
            yield from _texts(inner, (*where, place))


def _reads(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The variables of every ``${NAME}``, each once."""
    return tuple(dict.fromkeys(name for _, text in _texts(document) for name in _VARIABLE.findall(text)))


def _filled(node: Any, environ: Mapping[str, str], path: Path, where: tuple[str | int, ...]) -> Any:
    """The document with every ``${NAME}`` replaced."""
    if isinstance(node, dict):
        return {key: _filled(inner, environ, path, (*where, key)) for key, inner in node.items()}
    if isinstance(node, list):
        return [_filled(inner, environ, path, (*where, place)) for place, inner in enumerate(node)]
    if not isinstance(node, str):
        return node
    absent = [name for name in _VARIABLE.findall(node) if not environ.get(name)]
    if absent:
        raise ConfigError(
            f"The environment variable {absent[0]} is not set.",
            f"{_named(where)} of {path.name} reads it.",
            f"Set {absent[0]}, or write the value into the file.",
        )
    return _VARIABLE.sub(lambda found: environ[found[1]], node)


def _explained(problems: Sequence[Any], path: Path) -> ConfigError:
    """The first problem in three parts, and how many more there are."""
    first = next((one for one in problems if one["type"] == "extra_forbidden"), problems[0])
    where: tuple[str | int, ...] = tuple(first["loc"])
    more = f" {len(problems) - 1} more follow." if len(problems) > 1 else ""
    if first["type"] == "extra_forbidden":
        return _unknown(where, path, more)
    if first["type"] == "missing":
        return ConfigError(
            f"{path.name} has no {_named(where)}.", f"It is needed.{more}", f"Add it. {_about(where)}".strip()
        )
    return ConfigError(
        f"{_named(where)} of {path.name} {_what_is_wrong(first)}.", f"What stands there cannot be used.{more}",
        _about(where) or "See templates/audience.toml.",
    )  # fmt: skip


def _unknown(where: tuple[str | int, ...], path: Path, more: str) -> ConfigError:
    key = str(where[-1])
    if _SECRET_KEY.search(key):
        return ConfigError(
            f"{_named(where)} of {path.name} looks like a secret.",
            f"Secrets do not belong in the file.{more}",
            _AS_PASSWORD_ENV if where[0] in _SOURCES else _IN_ENVIRONMENT,
        )
    known = list(_model_at(where[:-1]).model_fields)
    near = get_close_matches(key, known, n=1, cutoff=0.5) or [""]
    elsewhere = [_named((*table, key)) for table in _tables() if key in _model_at(table).model_fields]
    fix = f"It belongs to {elsewhere[0]}." if elsewhere else f"Did you mean {near[0]}?" if near[0] else ""
    return ConfigError(
        f"{path.name} has an unknown key: {_named(where)}.", f"There are: {', '.join(known)}.{more}",
        fix or "Choose one of these.",
    )  # fmt: skip


_NUMBERS: Final = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
_KINDS: Final = (
    ("bool", "takes true or false"),
    ("int", "takes a whole number"),
    ("float", "takes a number"),
    ("decimal", "takes an amount of money, as in 12.50"),
    ("date", "takes a date, as in 2026-11-30"),
    ("tuple", 'takes a list, as in ["one", "two"]'),
    ("dict", 'takes a table, as in { email = "E-Mail" }'),
    ("model", "takes a table of keys"),
    ("string_type", "takes a text in quotes"),
    ("too_short", "may not be empty"),
)


def _what_is_wrong(problem: Mapping[str, Any]) -> str:
    kind, context = str(problem["type"]), problem.get("ctx", {})
    if kind == "source":
        return str(problem["msg"])
    if kind == "literal_error":
        return f"takes {context['expected']}"
    for bound, words in _NUMBERS.items():
        if bound in context:
            return f"has to be {words} {context[bound]:g}"
    if kind == "string_pattern_mismatch":
        variable = problem["loc"][-1] in {"token_env", "urls_env", "password_env"}
        return "takes the name of an environment variable in capitals" if variable else "has signs it may not have"
    return next((words for start, words in _KINDS if kind.startswith(start)), "has the wrong form")


def _named(where: Sequence[str | int]) -> str:
    """``audiences.vip.refresh``; places in lists count from 1."""
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in where)


def _about(where: Sequence[str | int]) -> str:
    field = _model_at(where[:-1]).model_fields.get(str(where[-1])) if where else None
    return (field.description or "") if field is not None else ""


def _tables() -> Iterator[tuple[str, ...]]:
    """Every table of the file that has keys of its own."""
    for name in Config.model_fields:
        yield ("audiences", "NAME") if name == "audiences" else (name,)


def _model_at(where: Sequence[str | int]) -> type[BaseModel]:
    """The model of a table; places in lists and names of audiences are passed over."""
    model: type[BaseModel] = Config
    for part in where:
        field = model.model_fields.get(str(part))
        inner = None if field is None else _model_in(field.annotation)
        model = inner or model
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for one in get_args(annotation) if (found := _model_in(one)) is not None), None)
