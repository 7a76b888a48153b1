"""From clients' files to a job: settings read and checked, paths made whole, variables named."""

import getpass
import os
import shlex
import shutil
import stat
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from audience_builder import platforms
from audience_builder.clients import slug
from audience_builder.config import Client, load, queries_of, state_of, targets_of
from audience_builder.delivery.brakes import Brakes
from audience_builder.delivery.store import user_data_folder
from audience_builder.delivery.upload import token_variable
from audience_builder.errors import ConfigError
from audience_builder.notify import URLS_VARIABLE
from audience_builder.refresh import check_together, ways_to
from audience_builder.schedule.job import Job, Variable
from audience_builder.schedule.when import When
from audience_builder.sources.databases import PASSWORD_ENV

__all__ = ["job_for", "variables_of"]

_PROGRAM: Final = "audience-builder"
_DATA_VARIABLE: Final = "XDG_DATA_HOME"


def job_for(
    paths: Sequence[Path],
    when: When,
    environ: Mapping[str, str],
    *,
    command: str | None = None,
    env_file: Path | None = None,
    wait_minutes: int = 30,
) -> Job:
    """The refresh of these clients as a schedule starts it.

    Every setting is checked as a run would check it; no token is needed, and no data is read.

    Args:
        paths: Clients' files.
        when: When it runs.
        environ: What ``${NAME}`` reads, and where the user's folders are.
        command: The program, if it is not the one that is running.
        env_file: Where the secrets will be kept; by default beside the user's other settings.
        wait_minutes: How long to wait for another run of an audience.

    Raises:
        ConfigError: A file is missing or a setting wrong, the clients do not go together, or there is no program.
    """
    clients = [load(path, environ) for path in paths]
    for client in clients:
        _check_ways(client, environ)
    check_together(clients, environ)
    files = [_whole(path) for path in paths]
    folder = _common_folder(files)
    name = clients[0].slug if len(clients) == 1 else slug(folder.name) or "clients"
    config_home = environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    data_home = environ.get(_DATA_VARIABLE) if sys.platform == "linux" else None
    return Job(
        name=name,
        clients=tuple(client.name for client in clients),
        command=_program(command),
        folder=str(folder),
        files=tuple(str(file.relative_to(folder)) for file in files),
        states=tuple(sorted({str(_whole(state_of(client, environ))) for client in clients})),
        variables=variables_of(clients),
        env_file=str(_private(_whole(env_file or Path(config_home, _PROGRAM, f"{name}.env")))),
        log_file=str(_whole(user_data_folder(environ) / "logs" / f"{name}.log")),
        user=_user(environ),
        when=when,
        root=str(_repository(folder)),
        moving_states=tuple(str(_whole(state_of(client, environ))) for client in clients if _is_beside(client)),
        wait_minutes=wait_minutes,
        # A scheduler starts with an environment of its own, where the record would be looked for elsewhere.
        settings={_DATA_VARIABLE: str(_whole(Path(data_home)))} if data_home else {},
    )


def _check_ways(client: Client, environ: Mapping[str, str]) -> None:
    """Look at platforms, accounts and keys as a dry run would."""
    targets = targets_of(client, environ, Brakes.of_refresh())
    ways_to([replace(target, to=replace(target.to, dry_run=True)) for target in targets], environ)


def variables_of(clients: Sequence[Client]) -> tuple[Variable, ...]:
    """Every environment variable the clients' files read, each once; those that may be left out come last."""
    found: dict[str, Variable] = {}
    for variable in (one for client in clients for one in _variables(client)):
        known = found.setdefault(variable.name, variable)
        if known.optional and not variable.optional:
            found[variable.name] = variable
    return tuple(sorted(found.values(), key=lambda one: one.optional))


def _variables(client: Client) -> Iterator[Variable]:
    for audience in client.config.audiences.values():
        platform = platforms.load(audience.platform)
        yield Variable(
            name=audience.token_env or token_variable(platform),
            purpose=f"access token of {platform.title} for {client.name}",
        )
    for name in client.reads:
        yield Variable(name=name, purpose=f"read by the settings of {client.name}")
    for query in queries_of(client):
        if query.names_user:
            own = query.password_env
            yield Variable(name=own, purpose=f"password of a database of {client.name}", optional=own == PASSWORD_ENV)
    addresses = client.config.notify.urls_env
    yield Variable(name=addresses, purpose="addresses of notices", optional=addresses == URLS_VARIABLE)


def _whole(path: Path) -> Path:
    """Absolute, symbolic links kept: a folder called "current" is meant to be followed at each run."""
    return Path(os.path.abspath(path.expanduser()))  # noqa: PTH100  Path.absolute keeps ".."


def _is_beside(client: Client) -> bool:
    given = client.config.client.state
    return given is not None and not Path(given).expanduser().is_absolute()


def _private(path: Path) -> Path:
    """The file of the secrets, if nobody else may read it; it need not be there yet.

    Raises:
        ConfigError: Others may.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return path
    if mode & (stat.S_IRWXG | stat.S_IRWXO) and sys.platform != "win32":
        raise ConfigError(
            "Others on this machine can read the file of the secrets.",
            f"{path} has mode {mode:04o}.",
            f"Close it: chmod 600 {shlex.quote(str(path))}",
        )
    return path


def _common_folder(files: Sequence[Path]) -> Path:
    try:
        return Path(os.path.commonpath([file.parent for file in files]))
    except ValueError:
        drives = sorted({file.drive for file in files})
    raise ConfigError(
        "The clients' files have no folder in common.",
        f"They are on {len(drives)} drives: {', '.join(drives)}.",
        "Make a schedule for each drive.",
    )


def _repository(folder: Path) -> Path:
    """The root of the Git repository, or the folder itself."""
    return next((one for one in (folder, *folder.parents) if (one / ".git").exists()), folder)


def _program(given: str | None) -> str:
    """The program's absolute path: as given, or that of the environment this runs in."""
    if given is not None and Path(given).is_absolute():
        return given
    suffix = ".exe" if sys.platform == "win32" else ""
    beside = Path(sys.executable).with_name(_PROGRAM + suffix)
    if given is None and beside.is_file():
        return str(beside)
    found = shutil.which(given or _PROGRAM)
    if found is None:
        raise ConfigError(
            f"There is no program {given or _PROGRAM}.",
            "It is neither beside this Python nor on the search path.",
            "Name it with its whole path: --command /opt/audience-builder/bin/audience-builder.",
        )
    return str(_whole(Path(found)))


def _user(environ: Mapping[str, str]) -> str:
    """The account this runs as, the way the system writes it."""
    user = getpass.getuser()
    domain = environ.get("USERDOMAIN")
    return f"{domain}\\{user}" if sys.platform == "win32" and domain else user
