"""The formats that tables are exported to, by the end of a file's name, and those of them that are text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import tzinfo
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Final

from core.export.faults import UnknownFormat
from core.export.separators import COMMAS, Separators
from core.export.sheet import Heading, RowWriter
from core.export.text_sheets import CommaSheet, JsonSheet


class Format(StrEnum):
    """A kind of file, by the end of its name."""

    CSV = "csv"
    """Comma-separated values (RFC 4180) in UTF-8. Texts stand in quotation marks, numbers and times do not."""
    CSV_FOR_EXCEL = "csv for excel"
    """The same as Excel wants it: with a byte order mark, no text longer than a cell of a spreadsheet, and the signs
    between columns and before decimals that are usual where it is opened (:mod:`core.export.separators`)."""
    JSON_LINES = "jsonl"
    """One JSON object a line."""
    JSON = "json"
    """One JSON list of objects."""
    XLSX = "xlsx"
    """A workbook; more than a sheet can hold goes on on the next one."""


ENDINGS: Final = {f".{each}": each for each in Format if " " not in each} | {".ndjson": Format.JSON_LINES}
"""The format by the end of a file's name, in lower case."""


def format_of(name: str | Path) -> Format:
    """The format that the end of a file's name tells.

    Raises:
        UnknownFormat: it tells none.
    """
    try:
        return ENDINGS[Path(name).suffix.lower()]
    except KeyError:
        raise UnknownFormat(str(name)) from None


def sheet_on(
    file: BinaryIO,
    kind: Format,
    title: str,
    headings: Sequence[Heading],
    zone: tzinfo,
    separators: Separators = COMMAS,
) -> AbstractContextManager[RowWriter]:
    """A sheet of a kind in an open file, finished where the ``with`` block ends. Times are those of ``zone``.

    ``separators`` are for Excel's CSV alone.

    The file stays open. Where the block ends with an exception the file is left as it is.
    """
    if kind is Format.XLSX:
        from core.export.workbook import workbook  # its library is loaded for those who want one

        return workbook(file, title, headings, zone)
    return _text_sheet(file, kind, headings, zone, separators)


@contextmanager
def _text_sheet(
    file: BinaryIO, kind: Format, headings: Sequence[Heading], zone: tzinfo, separators: Separators
) -> Iterator[RowWriter]:
    if kind in (Format.CSV, Format.CSV_FOR_EXCEL):
        yield CommaSheet(file, headings, zone, separators if kind is Format.CSV_FOR_EXCEL else None)
        return
    sheet = JsonSheet(file, headings, zone, listed=kind is Format.JSON)
    yield sheet
    sheet.finish()
