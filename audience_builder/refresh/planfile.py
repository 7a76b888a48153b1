"""A plan on disk: what would be sent, and digests of all it was made from. Nobody is in it."""

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Self

from audience_builder.delivery.brakes import Brakes
from audience_builder.delivery.outcome import Binding
from audience_builder.errors import BrakeError, ConfigError
from audience_builder.hashing import text_sha256

__all__ = ["PlanFile", "PlannedAudience"]

_FORMAT: Final = "audience-builder plan 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAudience:
    """One audience of a plan.

    Args:
        label: Its name in the client's file.
        name: Its name on the platform.
        platform, account: Where it is.
        mode: See ``delivery.plan.Mode``.
        binding: What the plan was made from.
        counts: What would be sent, by name.
        removal_reasons: Removals by reason.
        requests, seconds: What it would take.
    """

    label: str
    name: str
    platform: str
    account: str
    mode: str
    binding: Binding
    counts: Mapping[str, int]
    removal_reasons: Mapping[str, int]
    requests: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFile:
    """What was planned for one client.

    Args:
        client: Its name.
        made_at: When, ISO 8601.
        settings: Digest of the client's settings.
        files: Digest of every file that was read, by its path beside the client's file.
        only: The one audience that was asked for, None for all.
        brakes: The limits the plan was held against, those released for it included.
        audiences: In the order of the client's file.
    """

    client: str
    made_at: str
    settings: str
    files: Mapping[str, str]
    only: str | None
    brakes: Brakes
    audiences: tuple[PlannedAudience, ...]

    def write(self, path: Path) -> None:
        """Write it whole or not at all, for its owner alone.

        Raises:
            ConfigError: The file cannot be written, or is no plan of an earlier run.
        """
        if path.exists():
            PlanFile.read(path)
        content = {"format": _FORMAT, **asdict(self)}
        text = json.dumps({**content, "digest": _digest(content)}, indent=2, ensure_ascii=False) + "\n"
        try:
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # mode 0600
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            Path(name).replace(path)
            written = True
        except OSError:
            written = False
        if not written:
            raise ConfigError(
                "The plan cannot be written.", f"The folder {path.parent} is missing or closed to you.",
                "Choose another place with --output.",
            )  # fmt: skip

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a plan.

        Raises:
            ConfigError: It is not there, damaged, or no plan of this version.
        """
        try:
            content = json.loads(path.read_text("utf-8"))
            sound = content.pop("digest") == _digest(content) and content.pop("format") == _FORMAT
        except (OSError, ValueError, KeyError, AttributeError, TypeError):
            sound, content = False, {}
        if not sound:
            raise ConfigError(
                f"{path.name} is no plan that can be used.",
                "It is missing, was changed by hand, or is of another version.",
                "Make a new one: audience-builder refresh --plan audience.toml.",
            )
        audiences = tuple(
            PlannedAudience(**{**one, "binding": Binding(**one["binding"])}) for one in content["audiences"]
        )
        return cls(**{**content, "brakes": Brakes(**content["brakes"]), "audiences": audiences})

    def check(self, *, client: str, settings: str, files: Mapping[str, str]) -> None:
        """Refuse a plan that was made from something else.

        Raises:
            ConfigError: It is another client's.
            BrakeError: Settings or files have moved on.
        """
        if client != self.client:
            raise ConfigError(
                "The plan is another client's.", f'It was made for "{self.client}", not for "{client}".',
                "Apply it with the settings it was made from.",
            )  # fmt: skip
        moved = sorted(name for name in {*files, *self.files} if files.get(name) != self.files.get(name))
        found = (
            "The settings have changed since." if settings != self.settings
            else f"These files have changed since: {', '.join(moved)}." if moved
            else ""
        )  # fmt: skip
        if found:
            raise BrakeError(
                "The plan no longer fits; nothing was sent.", found, "Make a new plan, look at it, and apply that."
            )

    def binding(self, label: str, name: str) -> Binding:
        """What the plan of one audience was made from.

        Raises:
            BrakeError: The plan has no such audience.
        """
        for one in self.audiences:
            if (one.label, one.name) == (label, name):
                return one.binding
        raise BrakeError(
            "The plan no longer fits; nothing was sent.", f'It has no audience "{name}".',
            "Make a new plan, look at it, and apply that.",
        )  # fmt: skip


def _digest(content: Mapping[str, Any]) -> str:
    return text_sha256(json.dumps(content, sort_keys=True, ensure_ascii=False))
