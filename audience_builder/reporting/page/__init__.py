"""A run's summary as one self-contained HTML page that can be handed on: totals only, nobody in it."""

from audience_builder.reporting.page.document import encoded, page, write_page

__all__ = ["encoded", "page", "write_page"]
