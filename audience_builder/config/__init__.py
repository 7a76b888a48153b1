"""``audience.toml``: one client's settings, and what they ask of the stages."""

from audience_builder.config.loading import Client, load, load_each
from audience_builder.config.mapping import AudienceTarget, queries_of, request_of, state_of, targets_of
from audience_builder.config.model import Config
from audience_builder.config.template import rendered

__all__ = [
    "AudienceTarget",
    "Client",
    "Config",
    "load",
    "load_each",
    "queries_of",
    "rendered",
    "request_of",
    "state_of",
    "targets_of",
]
