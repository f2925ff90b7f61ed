"""What the CSV button hands out: the rows of a period, as much as Discord takes."""

from __future__ import annotations

import io
import sys
import zipfile
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import IO, Final

from core.answers.period import Period, PeriodDays, span_of, zone_named
from core.export.columns import ColumnMaker, chosen_columns, headings
from core.export.formats import Format, sheet_on
from core.export.source import Chunk, Stirred, whole_rows
from core.storage.location import Location
from core.storage.reader import bots_own
from core.tables.definitions import TABLES, TableQuery
from core.text.formatting import count, rows_words
from core.text.translation import gettext as _
from core.time_ranges import TimeRange, local_time

_STEP: Final = 100
"""Rows that are put into a file before its size is looked at."""

_HELD_BACK: Final = 256 * 1024
"""Bytes of a zipped file that may still come when nothing more is put in: so much room is left for them."""

_FIRST_IN_ZIP: Final = (1980, 1, 1, 0, 0, 0)
"""Earlier moments can't be written there; a machine that does not know the time yet may mean one."""

_MARGIN: Final = 0.9
"""Of what fits by the average row, where that was not enough room: newer rows may be longer."""


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


def csv_answer(location: Location, zone: str, period: Period, now: float, table: str, most_bytes: int) -> CsvAnswer:
    """The rows of a period as a CSV file, the newest first; text in it is no formula to any spreadsheet.

    Where it is larger than ``most_bytes`` it is zipped, and where that is too large as well, its oldest rows are left
    out. ``table`` is a key of :data:`core.tables.definitions.TABLES`: "commands", "images", "activity" or "days".

    Raises:
        BotpulseError: the database can't be read.
    """
    place = zone_named(zone)
    about = span_of(period, now, place).about
    query = TableQuery(table, TimeRange(about.start, about.end), zone=place)
    stem = f"{table}-{_date(about.start, about)}-to-{_date(about.end - 1, about)}"
    with bots_own(location):
        pass
    rows_at_most = sys.maxsize
    while True:
        parcel = _Parcel(stem, local_time(now, place), most_bytes)
        try:
            rows, total = _filled(parcel, location, query, rows_at_most)
        except Stirred:
            continue
        finally:
            name, data = parcel.closed()
        if len(data) <= most_bytes or not rows:
            return CsvAnswer(name, data, rows, total, _words(table, about, rows, total))
        rows_at_most = int(rows * most_bytes / len(data) * _MARGIN)


class _Parcel:
    """A CSV file that is made in memory: plain as long as that fits, and zipped from then on."""

    def __init__(self, stem: str, made: datetime, most_bytes: int) -> None:
        self._stem = stem
        self._made = made
        self._most = most_bytes
        self._content = io.BytesIO()
        self._archive: zipfile.ZipFile | None = None
        self._entry: IO[bytes] | None = None

    @property
    def full(self) -> bool:
        """Whether more might be too much."""
        room = self._most - min(_HELD_BACK, self._most // 8)
        return self._entry is not None and self._content.tell() > room

    def add(self, text: bytes) -> None:
        """Put more in."""
        if self._entry is None and self._content.tell() + len(text) > self._most:
            self._entry = self._zipped()
        (self._entry or self._content).write(text)

    def closed(self) -> tuple[str, bytes]:
        """The file's name and content. Nothing can be added any more."""
        if self._archive is None or self._entry is None:
            return f"{self._stem}.csv", self._content.getvalue()
        self._entry.close()
        self._archive.close()
        return f"{self._stem}.zip", self._content.getvalue()

    def _zipped(self) -> IO[bytes]:
        plain, self._content = self._content.getvalue(), io.BytesIO()
        self._archive = zipfile.ZipFile(self._content, "w")
        about = zipfile.ZipInfo(f"{self._stem}.csv", max(self._made.timetuple()[:6], _FIRST_IN_ZIP))
        about.compress_type = zipfile.ZIP_DEFLATED
        entry = self._archive.open(about, "w")
        entry.write(plain)
        return entry


def _filled(parcel: _Parcel, location: Location, query: TableQuery, rows_at_most: int) -> tuple[int, int]:
    """Put rows into a parcel until it is full; how many there are in it, and how many there are.

    Raises:
        Stirred: what came so far may not fit together.
        BotpulseError: the database can't be read.
    """
    table, rows, total, step = TABLES[query.table], 0, 0, io.BytesIO()
    columns = chosen_columns(table, None)
    maker = ColumnMaker(table, columns, masked=False)
    zone = query.zone or UTC
    with (
        sheet_on(step, Format.CSV_FOR_EXCEL, table.title, headings(columns), zone) as sheet,
        closing(whole_rows(location, query, maker.fields, None)) as chunks,
    ):
        for chunk in chunks:
            found = chunk.rows if isinstance(chunk, Chunk) else ()
            total += len(found)  # those that do not go in are counted, too
            for first in range(0, len(found), _STEP):
                chosen = found[first : min(first + _STEP, first + rows_at_most - rows)]
                if parcel.full or not chosen:
                    break
                sheet.write_columns(maker.columns_of(chosen))
                parcel.add(_taken(step))
                rows += len(chosen)
    parcel.add(_taken(step))  # the headings, where there is nothing else
    return rows, total


def _taken(file: io.BytesIO) -> bytes:
    content = file.getvalue()
    file.seek(0)
    file.truncate()
    return content


def _words(table: str, about: PeriodDays, rows: int, total: int) -> str:
    what = f"{TABLES[table].title}, {about.dates} ({about.zone}): {rows_words(total)}."
    if rows == total:
        return what
    return _("{what} Discord takes no larger file, so it holds the newest {rows} of them.").format(
        what=what, rows=count(rows)
    )


def _date(moment: float, about: PeriodDays) -> date:
    return local_time(moment, zone_named(about.zone)).date()
