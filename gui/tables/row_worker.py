"""The part of a table that lives in the thread: it owns the connection, and drives one search at a time in small steps."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from core.database import faults
from core.errors import BotpulseError
from core.location import Location, size, wal_path
from core.paging import CannotSort, Pager, whole_record
from core.reading import Reader, open_for_reading
from core.tables import TableQuery
from gui.tables.wishes import (
    Answer,
    Failed,
    Fetch,
    Found,
    From,
    Look,
    Looked,
    Moment,
    Name,
    Named,
    Open,
    Records,
    Rest,
    Share,
    Sorting,
    Stop,
    Unsortable,
    Whole,
    Wish,
)

IDLE_MS: Final = 5_000
"""So long after the last wish the connection is closed."""


class RowWorker(QObject):
    """Fulfils wishes one after the other. It only emits; it never touches a widget.

    A fetch goes on in steps of a few milliseconds, between which newer wishes are heard: they take its place.

    Signals:
        answered(Answer): what was asked for, or a part of it.
    """

    answered = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._location: Location | None = None
        self._reader: Reader | None = None
        self._identity: tuple[int, ...] = ()
        self._pager: Pager | None = None
        self._query: TableQuery | None = None
        self._work: Iterator[Answer] | None = None
        self._number = 0
        self._steps = QTimer(self)
        self._steps.timeout.connect(self._step)
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.timeout.connect(self._close)

    @Slot(object)
    def take(self, wish: Wish) -> None:
        """Begin with a wish; small ones are fulfilled at once."""
        self._idle.start(IDLE_MS)
        if isinstance(wish, Open):
            self._abandon()
            self._close()
            self._location = wish.location
        elif isinstance(wish, Stop):
            self._abandon()
        elif isinstance(wish, Rest):
            if self._work is None:
                self._close()
        elif isinstance(wish, Fetch):
            self._abandon()
            self._number, self._work = wish.number, self._fetch(wish)
            self._steps.start(0)
        else:
            self._answer_at_once(wish)

    @Slot()
    def end(self) -> None:
        """Close the connection: the thread ends."""
        self._abandon()
        self._idle.stop()
        self._close()

    def _answer_at_once(self, wish: Look | Name | Whole) -> None:
        try:
            with faults(self._location):
                answer = self._look(wish) if isinstance(wish, Look) else (
                    self._name(wish) if isinstance(wish, Name) else self._whole(wish)
                )
        except BotpulseError as fault:
            self._forget_connection(fault)
            answer = Failed(getattr(wish, "number", 0), fault)
        self.answered.emit(answer)
