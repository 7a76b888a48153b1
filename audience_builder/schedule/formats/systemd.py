"""A systemd service and the timer that starts it.

``Type=exec``, since ``RestartForceExitStatus=`` is refused for ``oneshot``. Quoting has three rules
(https://www.freedesktop.org/software/systemd/man/latest/systemd.syntax.html, systemd.service "COMMAND LINES"):
words of ``ExecStart=`` take quotes and C escapes, and ``$`` is doubled but in the first; lists of paths take
quotes and no escapes; a setting that is one path takes neither. ``%`` is doubled in all of them.
"""

import shlex
from typing import Final

from audience_builder.errors import ConfigError
from audience_builder.schedule.job import RETRIES, RETRY_MINUTES, RUN_HOURS, TRY_AGAIN, Job
from audience_builder.schedule.rendering import Format, Rendered, env_file_steps, filled, variable_lines
from audience_builder.schedule.when import Every, When

__all__ = ["FORMAT", "calendar"]

_TEMPORARY: Final = ("/tmp/", "/var/tmp/")  # noqa: S108  nothing is written there; PrivateTmp= would hide it


def calendar(when: When) -> str:
    """As ``OnCalendar=`` takes it.

    >>> calendar(When.parse("03:15", "weekday", "Europe/Berlin"))
    'Mon..Fri *-*-* 03:15:00 Europe/Berlin'
    """
    days = {Every.WEEKDAY: "Mon..Fri ", Every.WEEK: "Mon "}.get(when.every, "")
    hour = "*" if when.every is Every.HOUR else f"{when.hour:02}"
    zone = f" {when.timezone}" if when.timezone else ""
    return f"{days}*-*-* {hour}:{when.minute:02}:00{zone}"


def _render(job: Job) -> Rendered:
    # Starts that count as one row of attempts: an hourly timer must not run into the limit of the hour before.
    window = (RETRIES + 1) * RETRY_MINUTES if job.when.every is Every.HOUR else RUN_HOURS * 60
    service = filled(
        "service",
        title=job.title,
        whose=_doubled(job.whose),
        variables="\n".join(f"#     {line}" for line in variable_lines(job)),
        window=str(window),
        starts=str(RETRIES + 1),
        user=_doubled(job.user),
        folder=_path(job.folder),
        env_file=_globless(job.env_file),
        settings="".join(f"Environment={_word(f'{name}={value}')}\n" for name, value in job.settings.items()),
        command=" ".join([_word(job.command), *(_word(word).replace("$", "$$") for word in job.arguments)]),
        try_again=str(TRY_AGAIN),
        pause=str(RETRY_MINUTES),
        run_hours=str(RUN_HOURS),
        private_tmp="no" if _lies_in_temporary(job) else "yes",
        states=" ".join(_listed(state) for state in job.states),
    )
    timer = filled("timer", title=job.title, whose=_doubled(job.whose), calendar=calendar(job.when))
    return Rendered(files={f"{job.title}.service": service, f"{job.title}.timer": timer}, steps=tuple(_steps(job)))


def _doubled(text: str) -> str:
    return text.replace("%", "%%")


def _word(text: str) -> str:
    """A word of a line that is split into words."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return _doubled(f'"{escaped}"')


def _listed(path: str) -> str:
    """A path in a list of paths: quotes part words, a backslash is a backslash.

    Raises:
        ConfigError: Both kinds of quotes are in it.
    """
    if '"' not in path:
        return _doubled(f'"{path}"')
    if "'" not in path:
        return _doubled(f"'{path}'")
    raise ConfigError(
        "systemd cannot take this path as one that may be written to.",
        f"It has both kinds of quotes: {path}.",
        "Rename the folder, or name another as client.state.",
    )


def _path(path: str) -> str:
    """A setting that is one path: all of the line, as it is.

    Raises:
        ConfigError: It ends with a backslash, which would join the next line to it.
    """
    if path.endswith("\\"):
        raise ConfigError(
            "systemd cannot take this path.", f"It ends with a backslash: {path}.", "Rename the file or folder."
        )
    return _doubled(path)


def _globless(path: str) -> str:
    """The path of the secrets, which systemd would take as a pattern.

    Raises:
        ConfigError: There are signs of a pattern in it.
    """
    if set(path) & set("*?[\\"):
        raise ConfigError(
            "systemd takes the path of the secrets as a pattern.",
            rf"It has one of * ? [ \ in it: {path}.",
            "Keep them elsewhere: --env-file.",
        )
    return _path(path)


def _lies_in_temporary(job: Job) -> bool:
    return any(path.startswith(_TEMPORARY) for path in (job.command, job.folder, *job.states))


def _steps(job: Job) -> list[str]:
    units = f"{job.title}.service {job.title}.timer"
    root = "It would run as root. Better make it as the account that owns the files." if job.user == "root" else ""
    return [
        *([root] if root else []),
        *env_file_steps(job),
        "Make the folder of the record, the only place the service may write to:",
        *(f"  (umask 077; mkdir -p {shlex.quote(state)})" for state in job.states),
        "Put the units in place and start the timer:",
        f"  sudo install -m 644 {units} /etc/systemd/system/",
        f"  sudo systemctl daemon-reload && sudo systemctl enable --now {job.title}.timer",
        f"Try it once: sudo systemctl start {job.title}.service; journalctl -u {job.title}.service",
        "A run that failed, or that a brake stopped, is listed by: systemctl --failed",
    ]


FORMAT: Final = Format(
    title="systemd", clock="this machine's clock", keeps_zone=True, systems=frozenset({"linux"}), render=_render
)
