"""A launchd agent for macOS.

launchd does not start a second run while one is going on, and makes up for a run missed in sleep (launchd.plist(5)).
It keeps no secrets: a shell reads them from a file.
"""

import plistlib
from typing import Any, Final

from audience_builder.schedule.job import Job
from audience_builder.schedule.rendering import Format, Rendered, env_file_steps
from audience_builder.schedule.shell import unattended
from audience_builder.schedule.when import Every, When

__all__ = ["FORMAT"]

_MONDAY: Final = 1
_FRIDAY: Final = 5


def _render(job: Job) -> Rendered:
    agent = {
        "Label": job.title,
        "ProgramArguments": ["/bin/sh", "-c", unattended(job)],
        "StartCalendarInterval": _calendar(job.when),
        "ProcessType": "Background",
        "Umask": 0o077,
    }
    text = plistlib.dumps(agent, sort_keys=False).decode("utf-8")
    return Rendered(files={f"{job.title}.plist": text}, steps=tuple(_steps(job)))


def _calendar(when: When) -> Any:
    clock = {"Minute": when.minute} if when.every is Every.HOUR else {"Hour": when.hour, "Minute": when.minute}
    match when.every:
        case Every.WEEKDAY:
            return [{"Weekday": day, **clock} for day in range(_MONDAY, _FRIDAY + 1)]
        case Every.WEEK:
            return {"Weekday": _MONDAY, **clock}
        case _:
            return clock


def _steps(job: Job) -> list[str]:
    file = f"{job.title}.plist"
    return [
        *env_file_steps(job),
        "Put the agent in place and load it:",
        f"  mkdir -p ~/Library/LaunchAgents && cp {file} ~/Library/LaunchAgents/",
        f"  launchctl bootstrap gui/$(id -u) ~/Library/LaunchAgents/{file}",
        f"Try it once: launchctl kickstart gui/$(id -u)/{job.title}; its output goes to {job.log_file}",
        "It runs while you are logged in; a run missed in sleep is made up for.",
        f"The last exit code: launchctl print gui/$(id -u)/{job.title}",
    ]


FORMAT: Final = Format(
    title="launchd", clock="this machine's clock", keeps_zone=False, systems=frozenset({"darwin"}), render=_render
)
