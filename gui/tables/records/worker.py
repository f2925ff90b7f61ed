"""The part of a table that lives in the thread: it owns the connection, and drives one search at a time in steps."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Final, TypeAlias

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from core.errors import BotpulseError, DatabaseLocked, DatabaseMissing
from core.storage.database import faults
from core.storage.location import Location, size, wal_path
from core.storage.reader import Reader, open_for_reading
from core.tables.definitions import Order, Record, TableQuery
from core.tables.paging.lookup import ids_there, whole_record
from core.tables.paging.pager import Pager
from core.tables.paging.pages import Page
from core.tables.paging.sorting import CannotSort
from core.tasks import finish
from gui.tables.records.messages import (
    Answer,
    Ask,
    Came,
    Done,
    Failed,
    Fetch,
    Found,
    From,
    Look,
    Looked,
    Name,
    Named,
    Open,
    Place,
    Records,
    Rest,
    Share,
    Sorting,
    Stop,
    Unsortable,
    Whole,
    Wish,
)

LOCK_TIMEOUT: Final = 0.2
"""Seconds that a read waits for a writer's commit."""

IDLE_MS: Final = 5_000
"""So long after the last wish the connection is closed."""


_Small: TypeAlias = Look | Ask | Name | Whole
"""What is answered at once."""


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
        self._idle.timeout.connect(self._close_idle)

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

    def _answer_at_once(self, wish: _Small) -> None:
        try:
            with faults(self._location):
                self.answered.emit(self._answer(wish))
        except BotpulseError as fault:
            self._fail(wish, fault)

    def _answer(self, wish: _Small) -> Answer:
        if isinstance(wish, Look):
            return self._look(wish)
        if isinstance(wish, Ask):
            return self._ask(wish)
        return self._name(wish) if isinstance(wish, Name) else self._whole(wish)

    def _step(self) -> None:
        """One step of the fetch; the event loop hears newer wishes before the next."""
        if self._work is None:
            self._steps.stop()
            return
        try:
            with faults(self._location):
                answer = next(self._work, None)
        except CannotSort as reason:
            self._abandon()
            self.answered.emit(Unsortable(self._number, str(reason)))
        except BotpulseError as fault:
            self._abandon()
            self._fail(None, fault)
        else:
            self._idle.start(IDLE_MS)
            if answer is None:
                self._abandon()
            else:
                self.answered.emit(answer)

    def _fail(self, wish: _Small | None, fault: BotpulseError) -> None:
        """A lock passes, and the connection stays; anything else may be about a file that is no longer there."""
        if not isinstance(fault, DatabaseLocked):
            self._close()
        number = self._number if wish is None else getattr(wish, "number", 0)
        self.answered.emit(Failed(number, fault, isinstance(wish, Look | Ask)))

    def _abandon(self) -> None:
        work, self._work = self._work, None
        self._steps.stop()
        if isinstance(work, Generator):
            work.close()

    def _close_idle(self) -> None:
        """What took long to sort is kept while it is looked at."""
        if self._query is None or self._query.order == Order():
            self._close()

    def _close(self) -> None:
        self._pager = None
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _open(self) -> Reader:
        """The connection to the file that is there now: it may have been replaced, or have got a writer."""
        if self._location is None:
            raise DatabaseMissing("(none)")
        identity = _identity(self._location)
        if self._reader is None or identity[:2] != self._identity[:2] or self._stirs(identity):
            self._close()
            self._reader = open_for_reading(self._location, timeout=LOCK_TIMEOUT)
            self._identity = identity
        return self._reader

    def _stirs(self, identity: tuple[int, ...]) -> bool:
        return self._reader is not None and self._reader.immutable and identity != self._identity

    def _fetch(self, wish: Fetch) -> Iterator[Answer]:
        """Chunks of the page, each a step; an empty one only says how far the search has come."""
        pager = yield from self._prepared(wish)
        start, older = _start(pager, wish.place)
        ended = False
        for page in pager.pages(start, older=older, count=wish.count):
            ended = page.ended
            yield Found(wish.number, wish.place, page, _shares(pager, page), pager.extent())
        yield Done(wish.number, wish.place, ended)

    def _prepared(self, wish: Fetch) -> Generator[Answer, None, Pager]:
        """The pager of the wish's query; one that sorts needs its time before."""
        reader = self._open()
        if self._pager is None or wish.query != self._query or wish.afresh:
            self._pager, self._query = None, wish.query
            pager = Pager(reader, wish.query)
            preparing = pager.prepare()
            for progress in preparing:
                yield Sorting(wish.number, progress)
            self._pager = pager
        return self._pager

    def _ready(self, query: TableQuery) -> Pager | None:
        """The pager of a query; None where it would have to sort first, which only a fetch does."""
        reader = self._open()
        if self._pager is None or query != self._query:
            if query.order != Order():
                return None
            self._query, self._pager = query, Pager(reader, query)
            finish(self._pager.prepare())
        return self._pager

    def _look(self, wish: Look) -> Answer:
        pager = self._ready(wish.query)
        assert pager is not None  # only tables in the order of time are looked at
        gone = frozenset(wish.ids) - ids_there(self._open(), wish.query.table, wish.ids)
        if gone:  # what was counted before is no longer so
            self._pager = pager = Pager(self._open(), wish.query)
        return Looked(wish.number, pager.newer_than(wish.after), pager.extent(), gone)

    def _ask(self, wish: Ask) -> Answer:
        """News need no sorting."""
        pager = self._ready(wish.query) or Pager(self._open(), wish.query)
        return Came(wish.number, pager.news(wish.after))

    def _name(self, wish: Name) -> Answer:
        pager = self._ready(wish.query)
        return Named(wish.share, None if pager is None else pager.moment_at(wish.share))

    def _whole(self, wish: Whole) -> Answer:
        return Records(wish.number, wish.ids, tuple(self._records(wish.table, wish.ids)))

    def _records(self, table: str, ids: tuple[int | str, ...]) -> Iterator[Record]:
        reader = self._open()
        for record_id in ids:
            record = whole_record(reader, table, record_id)
            if record is not None:
                yield record


def _start(pager: Pager, place: Place) -> tuple[int | None, bool]:
    """Where a page begins, and whether it goes down the order."""
    if isinstance(place, From):
        return place.key, place.older
    key = pager.key_at(place.share) if isinstance(place, Share) else pager.key_at_time(place.moment)
    return key, True


def _shares(pager: Pager, page: Page) -> tuple[float, float]:
    """Where in the table a page's rows begin and end."""
    if not page.rows:
        return page.searched, page.searched
    return pager.share_of(page.rows[0][0]), pager.share_of(page.rows[-1][0])


def _identity(location: Location) -> tuple[int, ...]:
    """Which file is there, and whether it was written to since."""
    if location.path is None:
        return ()
    status = location.path.stat()
    return status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size, size(wal_path(location.path))
