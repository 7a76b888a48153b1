"""Files and databases to orders and customers tables."""

from audience_builder.sources.contacts import ContactFiles, Customers, CustomersAccount, read_customers
from audience_builder.sources.databases import DatabaseQuery
from audience_builder.sources.describe import FileDescription, describe
from audience_builder.sources.facts import FileFacts, LeftOut
from audience_builder.sources.options import SourceOptions
from audience_builder.sources.orderfiles import OrderFiles, Orders, OrdersAccount, read_orders
from audience_builder.sources.preset import Preset, presets
from audience_builder.sources.raw import ReadingOptions
from audience_builder.sources.status import COUNTING

__all__ = [
    "COUNTING",
    "ContactFiles",
    "Customers",
    "CustomersAccount",
    "DatabaseQuery",
    "FileDescription",
    "FileFacts",
    "LeftOut",
    "OrderFiles",
    "Orders",
    "OrdersAccount",
    "Preset",
    "ReadingOptions",
    "SourceOptions",
    "describe",
    "presets",
    "read_customers",
    "read_orders",
]
