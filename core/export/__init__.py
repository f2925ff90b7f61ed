"""Rows of a table and numbers of a chart as files for other programs: CSV, JSON Lines, JSON, XLSX.

A file appears whole or not at all, whatever happens meanwhile; text is never taken for a formula.
"""

from __future__ import annotations

from core.export.clipboard import Style, as_text
from core.export.data_tables import write_data_table
from core.export.faults import (
    ExportFailed,
    IsTheDatabase,
    NoFolder,
    NoPlainFile,
    NoRoom,
    NoSuchColumn,
    TargetRefused,
    UnknownFormat,
)
from core.export.formats import ENDINGS, Format, format_of
from core.export.rows import Exported, export_rows

__all__ = [
    "ENDINGS",
    "ExportFailed",
    "Exported",
    "Format",
    "IsTheDatabase",
    "NoFolder",
    "NoPlainFile",
    "NoRoom",
    "NoSuchColumn",
    "Style",
    "TargetRefused",
    "UnknownFormat",
    "as_text",
    "export_rows",
    "format_of",
    "write_data_table",
]
