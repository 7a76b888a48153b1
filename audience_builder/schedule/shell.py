"""The refresh as one line of POSIX shell, for schedulers that start a shell and nothing more."""

import shlex
from collections.abc import Iterator

from audience_builder.schedule.job import RETRIES, RETRY_MINUTES, TRY_AGAIN, Job

__all__ = ["attempts", "unattended"]


def attempts(job: Job) -> tuple[str, ...]:
    """Run it, and run it again after a pause as long as it asks for that; ``$code`` is the last exit code.

    Returns:
        Lines, which may also be joined by semicolons.
    """
    pauses = " ".join(["0", *[str(RETRY_MINUTES * 60)] * RETRIES])
    return (
        f'for pause in {pauses}; do sleep "$pause"',
        "code=0",
        f"{shlex.join(job.argv)} || code=$?",
        f'[ "$code" -eq {TRY_AGAIN} ] || break',
        "done",
    )


def unattended(job: Job) -> str:
    """All of it: a private log, the secrets, the attempts, and on failure one line on stdout.

    What stands in the subshell goes to the log. A secrets file that is missing ends the subshell, not the
    line, so that the failure is told either way.
    """
    inside = "; ".join(_inside(job))
    told = shlex.quote(f"{job.title}: exit code")
    return (
        f'umask 077; log={shlex.quote(job.log_file)}; mkdir -p "$(dirname "$log")"; ( {inside} ) >> "$log" 2>&1 || '
        f'{{ code=$?; echo {told} "$code, see $log"; exit "$code"; }}'
    )


def _inside(job: Job) -> Iterator[str]:
    yield "date"
    yield f"cd {shlex.quote(job.folder)} || exit 2"
    yield "set -a"
    yield f". {shlex.quote(job.env_file)} || exit 2"
    yield from (f"{name}={shlex.quote(value)}" for name, value in job.settings.items())
    yield "set +a"
    yield from attempts(job)
    yield 'exit "$code"'
