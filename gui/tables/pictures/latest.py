"""The latest images that have pictures, read beside the table: the newest rows, then what is to be seen of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, QTimer, Signal

from core.filters import Filter
from core.storage.location import Location
from core.tables.definitions import TableQuery
from core.tables.reading.messages import (
    Beyond,
    FaultResult,
    PicturesRequest,
    PicturesResult,
    Result,
    RowsDone,
    RowsRequest,
    RowsResult,
)
from core.time_ranges import TimeRange
from core.worker.live.process import LiveProcess
from gui.tables.records.source import RowSource

MOST: Final = 48
"""So many of the newest rows are looked at."""

_TABLE: Final = "images"
_STORED: Final = "image_stats"
_PACE_MS: Final = 300
"""A burst of rows is read once."""

_LONGEST_SEARCH_MS: Final = 2_000
"""What a filter has found by then is shown."""


class LatestPictures(QObject):
    """Reads them whenever there is something new, while somebody looks.

    Signals:
        found(object): the images that have pictures (a tuple of Pictured), the newest first.
    """

    found = Signal(object)

    def __init__(self, zone: ZoneInfo, process: LiveProcess | None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._source = RowSource(self, process)
        self._location: Location | None = None
        self._query = TableQuery(_TABLE, zone=zone)
        self._number = 0
        self._ids: list[int | str] = []
        self._newest: int | None = None
        self._watched = self._stale = False
        self._soon = QTimer(self, singleShot=True, interval=_PACE_MS)
        self._soon.timeout.connect(self._read)
        self._enough = QTimer(self, singleShot=True, interval=_LONGEST_SEARCH_MS)
        self._enough.timeout.connect(self._look_at_rows)
        self._source.answered.connect(self._take)

    def begin(self, location: Location | None) -> None:
        """Read another database, or none."""
        self._location, self._newest = location, None
        self._number += 1
        self._source.open(None)
        self.found.emit(())
        self._note()

    def set_scope(self, span: TimeRange | None, chosen: Filter, zone: ZoneInfo) -> None:
        """Read the rows of a range, and of the page's filter."""
        query = TableQuery(_TABLE, span, (chosen,) if chosen else (), zone=zone)
        if query != self._query:
            self._query = query
            self._note()

    def follow(self, last_ids: Mapping[str, int]) -> None:
        """A look at the database is over; ``last_ids`` are the highest ids by the tables' names. Cheap."""
        newest = last_ids.get(_STORED)
        if newest != self._newest:
            self._newest = newest
            self._note()

    def watch(self, watched: bool) -> None:
        """Somebody looks, or nobody does any more."""
        self._watched = watched
        if watched and self._stale:
            self._soon.start()
        elif not watched:
            self._soon.stop()

    def close(self) -> None:
        """End what reads."""
        self._soon.stop()
        self._enough.stop()
        self._source.close()

    def _note(self) -> None:
        self._stale = True
        if self._watched and not self._soon.isActive():
            self._soon.start()

    def _read(self) -> None:
        if self._location is None:
            return
        self._stale = False
        self._number += 1
        self._ids = []
        self._enough.start()
        self._source.open(self._location)
        self._source.ask(RowsRequest(self._number, self._query, Beyond(None), MOST))

    def _take(self, result: Result) -> None:
        if getattr(result, "number", None) != self._number:
            return
        if isinstance(result, RowsResult):
            self._ids += [record.id for _key, record in result.page.rows]
        elif isinstance(result, RowsDone):
            self._look_at_rows()
        elif isinstance(result, PicturesResult):
            self.found.emit(tuple(each for each in result.pictures if each.shown or (each.outputs and each.has_video)))
            self._source.open(None)  # lets go of its connection, and counts nothing
        elif isinstance(result, FaultResult):  # the table beside it says so
            self._enough.stop()
            self._stale = True

    def _look_at_rows(self) -> None:
        self._enough.stop()
        self._source.stop()
        self._source.ask(PicturesRequest(self._number, tuple(self._ids[:MOST])))
