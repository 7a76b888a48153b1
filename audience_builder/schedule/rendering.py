"""The shape of a format: a name, and a function from a job to files and what to do with them."""

import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files as package_files
from pathlib import PurePosixPath
from string import Template

from audience_builder.schedule.job import Job

__all__ = ["Format", "Rendered", "env_file_steps", "filled", "variable_lines"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A schedule, ready to be put in place.

    Args:
        files: Content by file name.
        steps: What is left to do, one line each.
    """

    files: Mapping[str, str]
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One kind of schedule.

    Args:
        title: What it is called where it is at home.
        clock: Whose clock it goes by where no zone is asked for.
        keeps_zone: Whether it can go by a zone that is not the machine's.
        systems: ``sys.platform`` of the systems it is for; empty for all.
        render: A job to files and steps.
    """

    title: str
    clock: str
    keeps_zone: bool
    systems: frozenset[str]
    render: Callable[[Job], Rendered]


class _Template(Template):
    """Placeholders are ``§{name}``: the formats themselves are full of ``$`` and ``%`` and ``{}``."""

    delimiter = "§"


def filled(template: str, **values: str) -> str:
    """A file of ``templates/`` with its placeholders filled; values are written as they are.

    Raises:
        KeyError: A placeholder has no value.
    """
    text = package_files("audience_builder.schedule").joinpath("templates", template).read_text("utf-8")
    return _Template(text).substitute(values)


def variable_lines(job: Job) -> Iterator[str]:
    """One line for each variable the run reads."""
    width = max((len(one.name) for one in job.variables), default=0)
    for one in job.variables:
        yield f"{one.name:<{width}}  {one.purpose}{' (may be left out)' if one.optional else ''}"


def env_file_steps(job: Job) -> Iterator[str]:
    """How the file with the secrets is made; the same file serves a shell and systemd."""
    path, folder = shlex.quote(job.env_file), shlex.quote(str(PurePosixPath(job.env_file).parent))
    yield f"Keep the secrets in {job.env_file}, readable by nobody else. Make it once:"
    yield f"  (umask 077; mkdir -p {folder}; touch {path}; chmod 600 {path})"
    yield "and write into it with an editor, the values between the single quotes:"
    for one in job.variables:
        yield f"  # {one.purpose}{' (may be left out)' if one.optional else ''}"
        yield f"  {one.name}='...'"
