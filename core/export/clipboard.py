"""Records as text for the clipboard: to be pasted into a spreadsheet, a program or a message."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import tzinfo
from enum import StrEnum
from typing import Any

from core.export.columns import chosen_columns, headings, row_maker
from core.export.formats import Format, sheet_on
from core.export.names import NamesFor, with_name_columns, with_name_headings
from core.export.sheet import Heading, Row, as_number, listed, local_text, write_rows
from core.tables.definitions import TABLES, TableRecord
from core.text.plain import neutralised, plain
from core.text.zone_offsets import offsets_of


class Style(StrEnum):
    """How copied rows are written."""

    TEXT = "text"
    """A line a row, with tabs between the cells, under headings: spreadsheets part it, people can read it."""
    CSV = "csv"
    JSON = "json"


def as_text(
    records: Sequence[TableRecord],
    table: str,
    columns: Sequence[str] | None,
    style: Style,
    *,
    zone: tzinfo,
    masked: bool = False,
    names_for: NamesFor | None = None,
) -> str:
    """Records of a table (its key) with these columns, as text. What is masked on the screen has to be ``masked`` here.

    ``names_for`` tells the names that stand in columns of their own beside ids.

    Raises:
        NoSuchColumn: the table does not have one of the columns.
    """
    picked = chosen_columns(TABLES[table], columns)
    make = row_maker(TABLES[table], picked, masked=masked)
    rows: list[Row] = [make(record.values) for record in records]
    above = headings(picked)
    if names_for is not None:
        above = with_name_headings(picked, above)
        rows = list(zip(*with_name_columns(picked, list(zip(*rows, strict=True)), names_for), strict=True))
    if style is Style.TEXT:
        return _lines(above, rows, zone)
    file = io.BytesIO()
    kind = Format.CSV if style is Style.CSV else Format.JSON
    with sheet_on(file, kind, TABLES[table].title, above, zone) as sheet:
        write_rows(sheet, rows)
    return file.getvalue().decode()


def _lines(above: Sequence[Heading], rows: Sequence[Row], zone: tzinfo) -> str:
    offset = offsets_of(zone)

    def cell(heading: Heading, value: Any) -> str:
        if heading.is_time and value is not None:
            return local_text(value, offset(value))
        text = listed(value) if isinstance(value, list | tuple) else "" if as_number(value) is None else str(value)
        return neutralised(" ".join(plain(text).split())) if isinstance(value, str | list | tuple) else text

    lines = [[heading.title for heading in above]]
    lines += [[cell(heading, value) for heading, value in zip(above, row, strict=True)] for row in rows]
    return "".join("\t".join(line) + "\n" for line in lines)
