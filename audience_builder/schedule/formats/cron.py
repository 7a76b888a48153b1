"""A line for a user's crontab.

cron hands the rest of the line to ``/bin/sh``, with two rules of its own: a percent sign that is not
escaped ends the command, and the line may not be longer than the daemon's buffer
(https://man7.org/linux/man-pages/man5/crontab.5.html).
"""

from typing import Final

from audience_builder.errors import ConfigError
from audience_builder.schedule.job import Job
from audience_builder.schedule.rendering import Format, Rendered, env_file_steps, filled, variable_lines
from audience_builder.schedule.shell import unattended

__all__ = ["FORMAT"]

_LONGEST: Final = 998
"""Debian's cron reads commands into a buffer of 1,000."""


def _render(job: Job) -> Rendered:
    command = _escaped(unattended(job))
    if len(command.encode()) > _LONGEST:
        raise ConfigError(
            "The line for cron would be too long.",
            f"It has {len(command.encode()):,} bytes, and cron takes {_LONGEST} at most.",
            "Move the files to a folder with a shorter path, schedule fewer clients in one line, or use --for systemd.",
        )
    zone = job.when.timezone
    text = filled(
        "crontab",
        title=job.title,
        whose=job.whose,
        when=job.when.described(FORMAT.clock),
        variables="\n".join(f"#     {line}" for line in variable_lines(job)),
        env_file=job.env_file,
        log_file=job.log_file,
        zone=f"CRON_TZ={zone}\n" if zone else "",
        cron=job.when.cron,
        command=command,
    )
    return Rendered(files={f"{job.title}.crontab": text}, steps=tuple(_steps(job)))


def _escaped(command: str) -> str:
    r"""Percent signs as cron wants them.

    Raises:
        ConfigError: There is a backslash: cron's programs do not agree on what it means before a ``%``.
    """
    if "\\" in command:
        raise ConfigError(
            "cron cannot take these paths.", "One of them has a backslash in it.", "Rename it, or use --for systemd."
        )
    return command.replace("%", r"\%")


def _steps(job: Job) -> list[str]:
    steps = [
        *env_file_steps(job),
        "Then add the line to your crontab, as its last: crontab -e",
        f"Output goes to {job.log_file}; cron mails the line that says a run failed, where mail is set up.",
    ]
    if job.when.timezone:
        steps.append(
            "cronie (Fedora, Arch, SUSE) goes by CRON_TZ; the cron of Debian and Ubuntu does not know it and goes by "
            "the machine's clock. There use --for systemd, or give the time of the machine's clock without --timezone."
        )
    return steps


FORMAT: Final = Format(
    title="crontab",
    clock="this machine's clock",
    keeps_zone=True,
    systems=frozenset({"linux", "darwin"}),
    render=_render,
)
