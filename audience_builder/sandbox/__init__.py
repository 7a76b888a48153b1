"""Strict local stand-ins of the platforms' APIs: rehearse an upload without an ad account."""

from audience_builder.sandbox.faults import Fault, Kind
from audience_builder.sandbox.server import Sandbox, serve

__all__ = ["Fault", "Kind", "Sandbox", "serve"]
