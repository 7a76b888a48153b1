"""Files and databases to orders and customers tables."""

from audience_builder.sources.contacts import Customers, read_customers
from audience_builder.sources.databases import DatabaseQuery
from audience_builder.sources.describe import FileDescription, describe
from audience_builder.sources.facts import FileFacts, LeftOut
from audience_builder.sources.intake import Orders, read_orders
from audience_builder.sources.options import SourceOptions
from audience_builder.sources.preset import Preset, presets
from audience_builder.sources.raw import ReadingOptions
from audience_builder.sources.status import COUNTING

__all__ = [
    "COUNTING",
    "Customers",
    "DatabaseQuery",
    "FileDescription",
    "FileFacts",
    "LeftOut",
    "Orders",
    "Preset",
    "ReadingOptions",
    "SourceOptions",
    "describe",
    "presets",
    "read_customers",
    "read_orders",
]
