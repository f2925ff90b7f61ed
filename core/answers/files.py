"""What the CSV button hands out: the rows of a period, as much as Discord takes."""

from __future__ import annotations

import tempfile
import zipfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from core.answers.collecting import bots_own
from core.answers.period import Days, Period, stretch_of, zone_named
from core.export import Format, export_rows
from core.formatting import count, counted
from core.location import Location
from core.periods import TimeRange, local_time
from core.tables import TABLES, TableQuery
from core.tasks import finish

_MARGIN: Final = 0.9
"""Of what fits by the average row: newer rows may be longer."""


@dataclass(frozen=True, slots=True)
class CsvAnswer:
    """A file for a manager.

    Attributes:
        name: "commands-2026-11-18-to-2026-11-24.csv", or the same with ".zip".
        data: its content; total: how many rows the period has; rows: how many of them, the newest, are in the file.
        words: a sentence about it.
    """

    name: str
    data: bytes
    rows: int
    total: int
    words: str


def csv_answer(location: Location, zone: str, period: Period, now: float, table: str, most_octets: int) -> CsvAnswer:
    """The rows of a period as a CSV file, the newest first; text in it is no formula to any spreadsheet.

    Where it is larger than ``most_octets`` it is zipped, and where that is too large as well, its oldest rows are left
    out. ``table`` is a key of :data:`core.tables.TABLES`: "commands", "images", "activity" or "days".

    Raises:
        BotpulseError: the database can't be read.
    """
    place = zone_named(zone)
    about = stretch_of(period, now, place).about
    query = TableQuery(table, TimeRange(about.start, about.end), zone=place)
    stem = f"{table}-{_date(about.start, about)}-to-{_date(about.end - 1, about)}"
    with bots_own(location):
        pass
    with tempfile.TemporaryDirectory(prefix="botpulse-") as folder:
        file = Path(folder) / f"{stem}.csv"
        total = finish(export_rows(location, query, file, Format.CSV_FOR_EXCEL, zone=place)).rows
        rows, name, data = total, file.name, b""
        if file.stat().st_size <= most_octets:
            data = file.read_bytes()
        else:
            name, data = f"{stem}.zip", _zipped(file)
        while len(data) > most_octets and rows:
            rows = int(rows * most_octets / len(data) * _MARGIN)
            finish(export_rows(location, query, file, Format.CSV_FOR_EXCEL, zone=place, limit=rows))
            data = _zipped(file)
    return CsvAnswer(name, data, rows, total, _words(table, about, rows, total))


def _zipped(file: Path) -> bytes:
    target = file.with_suffix(".zip")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        archive.write(file, file.name)
    return target.read_bytes()


def _words(table: str, about: Days, rows: int, total: int) -> str:
    what = f"{TABLES[table].title}, {about.dates} ({about.zone}): {counted(total, 'row')}."
    if rows == total:
        return what
    return f"{what} Discord takes no larger file, so it holds the newest {count(rows)} of them."


def _date(moment: float, about: Days) -> date:
    return local_time(moment, zone_named(about.zone)).date()
