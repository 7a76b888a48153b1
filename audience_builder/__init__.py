"""Turn order exports into lifetime-value reports and value-based custom audiences.

Everything the command line does, for notebooks and scripts: pandas frames in and out.

>>> from audience_builder import normalise
>>> table = normalise("meta", "PHONE", ["(212) 555-0100", "n/a"], ["US", "US"])
>>> table["normalized"].iloc[0]
'12125550100'
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audience_builder.api import audience, customers, read, report
    from audience_builder.clv.backtest import backtest
    from audience_builder.clv.forecaster import Forecaster
    from audience_builder.errors import AudienceBuilderError, BrakeError, ConfigError, DataError, DeliveryError
    from audience_builder.explain import normalise
    from audience_builder.sources.databases import DatabaseQuery

__all__ = [
    "AudienceBuilderError",
    "BrakeError",
    "ConfigError",
    "DataError",
    "DatabaseQuery",
    "DeliveryError",
    "Forecaster",
    "audience",
    "backtest",
    "customers",
    "normalise",
    "read",
    "report",
]

_HOMES = {
    **dict.fromkeys(("audience", "customers", "read", "report"), "api"),
    "DatabaseQuery": "sources.databases",
    "Forecaster": "clv.forecaster",
    "backtest": "clv.backtest",
    "normalise": "explain",
}


def __getattr__(name: str) -> Any:
    """Load a name's module when it is first asked for, so that the command line starts at once."""
    if name not in __all__:
        raise AttributeError(f"module 'audience_builder' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"audience_builder.{_HOMES.get(name, 'errors')}"), name)
