"""Schedules for refreshes that nobody watches: cron, systemd, GitHub Actions, Airflow, Windows, launchd."""

import sys
from pathlib import Path
from typing import Final

from audience_builder.errors import ConfigError
from audience_builder.schedule import formats
from audience_builder.schedule.job import Job, Variable
from audience_builder.schedule.preparing import job_for
from audience_builder.schedule.rendering import Rendered
from audience_builder.schedule.when import Every, When

__all__ = ["Every", "Job", "Rendered", "Variable", "When", "job_for", "rendered", "write"]

_SYSTEMS: Final = {"linux": "Linux", "darwin": "macOS", "win32": "Windows"}


def rendered(job: Job, form: str, *, system: str = sys.platform) -> Rendered:
    """The schedule of a job in one format.

    Args:
        job: What it runs, and when.
        form: Name of the format; see ``formats.names``.
        system: ``sys.platform`` of the machine the job's paths are of.

    Raises:
        ConfigError: There is no such format, or it cannot express the job.
    """
    found = formats.load(form)
    if job.when.timezone and not found.keeps_zone:
        raise ConfigError(
            f"{found.title} goes by the machine's clock, and knows no time zones.",
            f"--timezone {job.when.timezone} was asked for.",
            "Leave it out, and give --at by the clock of the machine.",
        )
    done = found.render(job)
    if not found.systems or system in found.systems:
        return done
    here, there = _SYSTEMS.get(system, system), " or ".join(sorted(_SYSTEMS[one] for one in found.systems))
    remark = (
        f"The paths in it are those of this machine ({here}). Make it again on the {there} machine that will run it."
    )
    return Rendered(files=done.files, steps=(remark, *done.steps))


def write(done: Rendered, folder: Path, *, force: bool) -> list[Path]:
    """Write a schedule's files, once it is sure that none replaces another one.

    Args:
        done: The schedule.
        folder: Made if it is not there.
        force: Replace files of these names.

    Returns:
        The files.

    Raises:
        ConfigError: A file of that name is there and differs, or the folder cannot be written to.
    """
    paths = {folder / name: text for name, text in done.files.items()}
    try:
        other = [path for path, text in paths.items() if path.exists() and path.read_bytes() != text.encode()]
        if not other or force:
            folder.mkdir(parents=True, exist_ok=True)
            for path, text in paths.items():
                path.write_bytes(text.encode())
            return list(paths)
    except OSError:
        other = []
    if other:
        raise ConfigError(
            f"{other[0].name} exists already, and is another one.",
            "Nothing was written.",
            "Choose another folder with -o, or replace it with --force.",
        )
    raise ConfigError(
        "The schedule cannot be written.", f"The folder {folder} is closed to you, or is a file.",
        "Choose another with -o.",
    )  # fmt: skip
