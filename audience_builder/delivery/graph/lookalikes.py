"""Lookalikes as users write them: ``US:0.01``, ``FR:0.01-0.05``."""

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Self

from audience_builder.errors import ConfigError

__all__ = ["LookalikeSpec"]

_FORM: Final = re.compile(r"([A-Z]{2}):(?:(0?\.[0-9]+)-)?(0?\.[0-9]+)")
_STEP: Final = Decimal("0.01")
_LARGEST: Final = Decimal("0.20")


@dataclass(frozen=True, slots=True, kw_only=True)
class LookalikeSpec:
    """A country and the share of its people, from the most alike down.

    Args:
        country: ISO 3166-1 alpha-2, upper case.
        ratio: Up to this share of the country, 0.01 to 0.20 in steps of 0.01.
        starting_ratio: From this share on, None for the top.
    """

    country: str
    ratio: Decimal
    starting_ratio: Decimal | None = None

    @classmethod
    def parsed(cls, text: str) -> Self:
        """Read what the user wrote.

        >>> LookalikeSpec.parsed("FR:0.01-0.05").as_json()
        '{"country":"FR","ratio":0.05,"starting_ratio":0.01,"type":"custom_ratio"}'

        Raises:
            ConfigError: It is not of that form, or the shares are out of range.
        """
        match = _FORM.fullmatch(text.strip())
        ratios = [Decimal(part) for part in match.groups()[1:] if part] if match else []
        sound = all(_STEP <= ratio <= _LARGEST and ratio % _STEP == 0 for ratio in ratios)
        if match is None or not sound or sorted(set(ratios)) != ratios:
            raise ConfigError(
                "The lookalike is not written in a way Meta understands.",
                f'It is "{text}".',
                "Write country and share, as in US:0.01 or FR:0.01-0.05; shares go from 0.01 to 0.20.",
            )
        start = ratios[0] if len(ratios) > 1 else None
        return cls(country=match.group(1), ratio=ratios[-1], starting_ratio=start)

    def __str__(self) -> str:
        start = "" if self.starting_ratio is None else f"{self.starting_ratio:.2f}-"
        return f"{self.country}:{start}{self.ratio:.2f}"

    def as_json(self) -> str:
        """The API's ``lookalike_spec``; value-based seeds want ``custom_ratio`` with the ratio."""
        spec: dict[str, object] = {
            "country": self.country,
            "ratio": float(self.ratio),
            "type": "custom_ratio",
        }
        if self.starting_ratio is not None:
            spec["starting_ratio"] = float(self.starting_ratio)
        return json.dumps(spec, sort_keys=True, separators=(",", ":"))
