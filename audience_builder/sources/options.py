"""What a user may say about order and customer files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from audience_builder.sources.dates import DateOrder
from audience_builder.sources.money import DecimalMark
from audience_builder.sources.raw import ReadingOptions

__all__ = ["SourceOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOptions:
    """Everything that a file does not tell, or tells wrongly; None leaves it to file and preset.

    Args:
        preset: ``auto``, the id of a bundled preset, or the path of a TOML file.
        mapping: Canonical field -> column header; overrides single fields of the preset.
        currency: ISO 4217 code for files, or rows, without a currency.
        only_currency: Keep this one of several currencies; the rest is counted as left out.
        report_currency: Convert everything to this one, by ``rates``.
        rates: CSV of ``date,currency,rate``: units of that currency for one unit of ``report_currency``.
        date_order: What ``05/06/2026`` means where no day above 12 tells.
        timezone: IANA zone of times without one.
        decimal: The decimal mark, where a column does not tell.
        status_map: The source's word -> our status.
        consent: Header of the column that says whether a person agreed.
        do_not_sell: Header of the column that says not to sell or share a person's data.
        converted: Use the file's own amounts in one currency (Stripe, Salesforce).
        reading: Encoding, delimiter, worksheet.
    """

    preset: str = "auto"
    mapping: Mapping[str, str] = field(default_factory=dict)
    currency: str | None = None
    only_currency: str | None = None
    report_currency: str | None = None
    rates: Path | None = None
    date_order: DateOrder | None = None
    timezone: str | None = None
    decimal: DecimalMark | None = None
    status_map: Mapping[str, str] = field(default_factory=dict)
    consent: str | None = None
    do_not_sell: str | None = None
    converted: bool = False
    reading: ReadingOptions = field(default_factory=ReadingOptions)
