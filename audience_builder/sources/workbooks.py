"""Worksheets to text, cell by cell as a person sees them."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

import polars as pl
import python_calamine

from audience_builder.columns import SOURCE_ROW
from audience_builder.errors import ConfigError, DataError
from audience_builder.sources.cells import number_text
from audience_builder.sources.decoding import OpenBytes
from audience_builder.sources.dialect import HEADER_LINES, Header
from audience_builder.sources.headers import cleaned_headers
from audience_builder.sources.raw import Chooser

__all__ = ["Workbook", "cell_text"]

_ENCRYPTED_MARK = "EncryptedPackage".encode("utf-16-le")
_HALF_SECOND = timedelta(microseconds=500_000)


@dataclass(frozen=True, slots=True)
class Workbook:
    """An open workbook.

    Args:
        name: What messages call the file.
        book: The parsed workbook.
    """

    name: str
    book: Any

    @classmethod
    def opened(cls, open_bytes: OpenBytes, name: str) -> "Workbook":
        """Open a workbook of any kind calamine knows: XLSX, XLSM, XLSB, XLS, ODS.

        Raises:
            DataError: It is encrypted or damaged.
        """
        with open_bytes() as stream:
            content = stream.read()
        try:
            return cls(name, python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)))
        except python_calamine.PasswordError:
            encrypted = True
        except python_calamine.CalamineError:
            encrypted = _ENCRYPTED_MARK in content
        if encrypted:
            raise DataError(f"{name} is encrypted.", "It asks for a password.", "Save it without a password.")
        raise DataError(
            f"{name} cannot be opened as a workbook.", "It is damaged or of another kind.", "Save it as XLSX."
        )

    def sheets(self, wanted: str | None) -> list[str]:
        """Names of the sheets to look at.

        Raises:
            ConfigError: There is no sheet of the wanted name.
        """
        names = list(self.book.sheet_names)
        if wanted is None:
            return names
        if wanted not in names:
            raise ConfigError(
                f"{self.name} has no sheet {wanted!r}.",
                f"It has: {', '.join(names)}.",
                "Name one with --sheet.",
            )
        return [wanted]

    def first_rows(self, sheet: str) -> list[tuple[str, ...]]:
        """The rows that may be the header, as text."""
        return [tuple(map(cell_text, row)) for row in islice(self._rows(sheet), HEADER_LINES)]

    def found_header(self, sheet: str, choose: Chooser) -> Header | None:
        """The first row of a sheet that ``choose`` accepts."""
        for line, cells in enumerate(self.first_rows(sheet), start=1):
            names = cleaned_headers(cells)
            kept = choose(names) if names else None
            if kept:
                return Header(names=names, kept=tuple(kept), line=line, last_line=line, preamble_lines=line - 1)
        return None

    def rows_below(self, sheet: str, header: Header) -> pl.DataFrame:
        """``source_row`` (the sheet's row number) and the kept columns; wholly blank rows are left out."""
        numbers: list[int] = []
        columns: list[list[str]] = [[] for _ in header.kept]
        for number, row in enumerate(self._rows(sheet), start=1):
            if number > header.last_line and any(cell != "" for cell in row):
                numbers.append(number)
                for column, at in zip(columns, header.kept, strict=True):
                    column.append(cell_text(row[at]))
        texts = {header.names[at]: column for at, column in zip(header.kept, columns, strict=True)}
        schema = {SOURCE_ROW: pl.Int64, **dict.fromkeys(texts, pl.String)}
        return pl.DataFrame({SOURCE_ROW: numbers, **texts}, schema=schema)

    def _rows(self, sheet: str) -> Iterator[list[object]]:
        """Rows from the sheet's first, so that numbers are the ones Excel shows."""
        try:
            yield from self.book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        except python_calamine.CalamineError:
            raise DataError(
                f"{self.name} has a damaged sheet.", f"Its sheet is {sheet!r}.", "Save it again as XLSX."
            ) from None


def cell_text(cell: object) -> str:
    """A cell as a person sees it: no ``.0``, ISO dates with a time, TRUE or FALSE.

    >>> cell_text(12125550100.0), cell_text(date(2026, 5, 1)), cell_text(True)
    ('12125550100', '2026-05-01 00:00:00', 'TRUE')
    """
    match cell:
        case bool():
            return "TRUE" if cell else "FALSE"
        case float():
            return number_text(cell)
        case datetime():
            return (cell + _HALF_SECOND).strftime("%Y-%m-%d %H:%M:%S")
        case date():
            return f"{cell.isoformat()} 00:00:00"
        case time():
            return cell.isoformat("seconds")
        case _:
            return str(cell)
