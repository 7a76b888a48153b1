"""A GitHub Actions workflow on a runner of one's own.

What was sent is known from the record, which has to outlive the run; a machine of GitHub's forgets everything,
and its cache is dropped after days and can be read from every branch (docs/decisions/0008-schedules.md).
Texts stand in double quotes, as JSON writes them, which YAML reads alike; ``${{`` opens an expression
(https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax).
"""

import json
import re
from pathlib import PurePath
from typing import Final

from audience_builder.errors import ConfigError
from audience_builder.schedule.job import RUN_HOURS, Job, Variable
from audience_builder.schedule.rendering import Format, Rendered, filled, variable_lines
from audience_builder.schedule.shell import attempts

__all__ = ["FORMAT"]

_RESERVED: Final = re.compile(r"GITHUB_|\d", re.IGNORECASE)


def _render(job: Job) -> Rendered:
    _refuse_state_in_checkout(job)
    zone = job.when.timezone
    text = filled(
        "workflow.yml",
        title=job.title,
        whose=job.whose,
        when=job.when.described(FORMAT.clock),
        variables="\n".join(f"#     {line}" for line in variable_lines(job)),
        name=_text(f"audience-builder {job.name}"),
        cron=_text(job.when.cron),
        zone=f"\n      timezone: {_text(zone)}" if zone else "",
        group=_text(job.title),
        minutes=str(RUN_HOURS * 60),
        folder=_text(_folder(job).as_posix()),
        environment="\n".join(_environment(job)),
        run="\n".join(f"          {_literal(line)}" for line in attempts(job)),
    )
    return Rendered(files={f"{job.title}.yml": text}, steps=tuple(_steps(job)))


def _folder(job: Job) -> PurePath:
    """The working folder, relative to the root of the repository."""
    return PurePath(job.folder).relative_to(job.root)


def _refuse_state_in_checkout(job: Job) -> None:
    """Checking out empties the folder of whatever is not in version control."""
    for state in job.moving_states:
        if PurePath(state).is_relative_to(job.root):
            raise ConfigError(
                "The record of what was sent would be lost with every run.",
                f"client.state names a folder in the repository, {PurePath(state).relative_to(job.root).as_posix()}, "
                "which checking out empties.",
                "Leave client.state out, or name a folder elsewhere on the runner's machine.",
            )


def _environment(job: Job) -> list[str]:
    return [
        *(f"          {one.name}: ${{{{ secrets.{_secret(one)} }}}}" for one in job.variables),
        *(f"          {name}: {_text(value)}" for name, value in job.settings.items()),
    ]


def _secret(variable: Variable) -> str:
    """The name, if GitHub takes it for a secret.

    Raises:
        ConfigError: It does not.
    """
    if _RESERVED.match(variable.name):
        raise ConfigError(
            "GitHub takes no secret of this name.",
            f"{variable.name} starts with GITHUB_ or a digit.",
            "Give the variable another name in the client's file.",
        )
    return variable.name


def _literal(text: str) -> str:
    """Text in which no expression opens."""
    return text.replace("${{", "${{ '${{' }}")


def _text(text: str) -> str:
    """A YAML scalar."""
    return _literal(json.dumps(text, ensure_ascii=False))


def _steps(job: Job) -> list[str]:
    first = (_folder(job) / job.files[0]).as_posix()
    return [
        f"Put the file into .github/workflows/ of a private repository that holds {first}.",
        "Add each secret: repository Settings, Secrets and variables, Actions, New repository secret:",
        *(f"  {line}" for line in variable_lines(job)),
        "Register a self-hosted runner on a Linux machine or Mac of your own, and install audience-builder there,",
        f"as {job.command}. The record of what was sent stays in the data folder of the runner's account.",
        "Exports do not belong in the repository: let the client's file name them by absolute path on that machine.",
        "Try it once: Actions, the workflow, Run workflow. GitHub mails its author when a run fails.",
    ]


FORMAT: Final = Format(title="GitHub Actions", clock="UTC", keeps_zone=True, systems=frozenset(), render=_render)
