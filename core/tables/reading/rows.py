"""What reads a table's rows: one request at a time in steps; a newer one takes its place."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from time import monotonic
from typing import Final

from core.errors import BotpulseError, DatabaseLocked, DatabaseMissing
from core.storage.database import shown_faults
from core.storage.location import NO_FILE, Location, file_state
from core.storage.names import NameTeller
from core.storage.reader import Reader, open_for_reading
from core.tables.definitions import Order, TableQuery
from core.tables.paging.pager import Pager
from core.tables.paging.pages import PageChunk, ids_there, whole_record
from core.tables.paging.pictured import pictured
from core.tables.reading.counting import Counting
from core.tables.reading.finding import LetterReader
from core.tables.reading.messages import (
    Beyond,
    FaultResult,
    FindRequest,
    MomentRequest,
    MomentResult,
    NamesRequest,
    NewsRequest,
    NewsResult,
    PicturesRequest,
    PicturesResult,
    RecordsRequest,
    RecordsResult,
    Request,
    Result,
    RowsDone,
    RowsRequest,
    RowsResult,
    SmallRequest,
    SortingResult,
    Target,
    UpdateRequest,
    UpdateResult,
)
from core.tables.reading.names import RowNames
from core.tasks import finish
from core.text.translation import gettext as _

LOCK_TIMEOUT: Final = 0.2
"""Seconds that a read waits for a writer's commit."""

IDLE_SECONDS: Final = 5.0
"""So long after the last request the connection is closed."""


class RowReader:
    """Answers a table's requests one after the other. It belongs to one thread.

    Rows are read in steps of a few milliseconds (:meth:`turn`), between which newer requests are heard: they take their
    place.

    Args:
        answer: is handed what was asked for, or a part of it.
        names: tells names for others of this thread, too.
    """

    def __init__(self, answer: Callable[[Result], None], names: NameTeller | None = None) -> None:
        self._say = answer
        self._names = RowNames(answer, names)
        self._location: Location | None = None
        self._reader: Reader | None = None
        self._state = NO_FILE
        self._pager: Pager | None = None
        self._query: TableQuery | None = None
        self._work: Iterator[Result] | None = None
        self._number = 0
        self._counting = Counting(answer)
        self._finding = LetterReader(self._names)
        self._idle_at: float | None = None

    @property
    def pause(self) -> float | None:
        """Seconds until the next :meth:`turn` is due; None: there is nothing to do until something is asked."""
        if self._work is not None:
            return 0.0
        dues = [due for due in (self._counting.due, self._idle_at) if due is not None]
        return max(0.0, min(dues) - monotonic()) if dues else None

    def turn(self) -> None:
        """Go on with what is due: rows first, then counting, then letting go of the connection."""
        now = monotonic()
        if self._work is not None:
            self._step(self._work)
        elif self._counting.due is not None and self._counting.due <= now:
            self._counting.step()
        elif self._idle_at is not None and self._idle_at <= now:
            self._close_idle()

    def take(self, request: Request) -> None:
        """Begin with a request; small ones are answered at once."""
        self._idle_at = monotonic() + IDLE_SECONDS
        if isinstance(request, RowsRequest):
            self._abandon()
            self._number, self._work = request.number, self._rows(request)
        else:
            self._answer_at_once(request)

    def open(self, location: Location | None) -> None:
        """Read from this database from now on; None: from none."""
        self._abandon()
        self._close()
        self._location = location
        self._names.begin()

    def stop(self) -> None:
        """Search no further."""
        self._abandon()

    def rest(self) -> None:
        """Nobody looks at the moment: close the connection."""
        if self._work is None:
            self._close()

    def end(self) -> None:
        """Close the connection: nothing is asked any more."""
        self._abandon()
        self._close()
        self._idle_at = None

    def _answer_at_once(self, request: SmallRequest) -> None:
        try:
            with shown_faults(self._location):
                self._say(self._answer(request))
        except BotpulseError as fault:
            self._fail(request, fault)

    def _answer(self, request: SmallRequest) -> Result:
        if isinstance(request, UpdateRequest):
            return self._update(request)
        if isinstance(request, NewsRequest):
            return self._news(request)
        if isinstance(request, NamesRequest):
            return self._names.find(self._open(), request)
        if isinstance(request, FindRequest):
            return self._finding.answer(self._open(), request)
        if isinstance(request, PicturesRequest):
            return PicturesResult(request.number, request.ids, pictured(self._open(), request.ids))
        return self._moment(request) if isinstance(request, MomentRequest) else self._records(request)

    def _step(self, work: Iterator[Result]) -> None:
        """One step of the reading; newer requests are heard before the next."""
        try:
            with shown_faults(self._location):
                answer = next(work, None)
        except BotpulseError as fault:
            self._abandon()
            self._fail(None, fault)
        else:
            self._idle_at = monotonic() + IDLE_SECONDS
            if answer is None:
                self._abandon()
            else:
                self._say(answer)

    def _fail(self, request: SmallRequest | None, fault: BotpulseError) -> None:
        """A lock passes, and the connection stays; anything else may be about a file that is no longer there."""
        if not isinstance(fault, DatabaseLocked):
            self._close()
        number = self._number if request is None else getattr(request, "number", 0)
        self._say(FaultResult(number, fault, isinstance(request, UpdateRequest | NewsRequest)))

    def _abandon(self) -> None:
        work, self._work = self._work, None
        if isinstance(work, Generator):
            work.close()

    def _close_idle(self) -> None:
        """What took long to sort is kept while it is looked at, and what is being counted is counted first."""
        self._idle_at = None
        if self._counting.due is not None:
            self._idle_at = monotonic() + IDLE_SECONDS
        elif self._query is None or self._query.order == Order():
            self._close()

    def _close(self) -> None:
        self._counting.forget()
        self._finding.forget()
        self._pager = None
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _open(self) -> Reader:
        """The connection to the file that is there now: it may have been replaced, or have got a writer."""
        if self._location is None:
            raise DatabaseMissing(_("(none)"))
        state = file_state(self._location.path)
        stirs = self._reader is not None and self._reader.immutable and state != self._state
        if self._reader is None or stirs or state.identity != self._state.identity:
            self._close()
            self._reader = open_for_reading(self._location, timeout=LOCK_TIMEOUT)
            self._state = state
        return self._reader

    def _rows(self, request: RowsRequest) -> Iterator[Result]:
        """Chunks of the page, each a step; an empty one only says how far the search has come."""
        pager = yield from self._prepared(request)
        start, older = _start(pager, request.target)
        for progress in pager.reach(start, older=older, count=request.count):
            yield SortingResult(request.number, progress)
        start, older = _start(pager, request.target)  # how many rows there are may be known only now
        ended = False
        for page in pager.pages(start, older=older, count=request.count):
            ended = page.ended
            self._names.show(self._open(), request.query.table, (record for _key, record in page.rows))
            yield RowsResult(request.number, page, _shares(pager, page), pager.extent())
        yield RowsDone(request.number, ended)
        self._counting.follow(pager, request.query, self._location, pager.extent().newest)

    def _prepared(self, request: RowsRequest) -> Generator[Result, None, Pager]:
        """The pager of the request's query; one that sorts needs its time before."""
        reader = self._open()
        if self._pager is None or request.query != self._query or request.afresh:
            self._pager, self._query = None, request.query
            pager = Pager(reader, request.query)
            preparing = pager.prepare()
            for progress in preparing:
                yield SortingResult(request.number, progress)
            self._pager = pager
        return self._pager

    def _ready(self, query: TableQuery) -> Pager | None:
        """The pager of a query; None where it would have to sort first, which only a request for rows does."""
        reader = self._open()
        if self._pager is None or query != self._query:
            if query.order != Order():
                return None
            self._query, self._pager = query, Pager(reader, query)
            finish(self._pager.prepare())
        return self._pager

    def _update(self, request: UpdateRequest) -> Result:
        pager = self._ready(request.query)
        assert pager is not None  # only tables in the order of time are looked at
        gone = frozenset(request.ids) - ids_there(self._open(), request.query.table, request.ids)
        if gone:  # what was counted before is no longer so
            self._pager = pager = Pager(self._open(), request.query)
        extent = pager.extent()
        self._counting.follow(pager, request.query, self._location, extent.newest)
        rows = pager.newer_than(request.after)
        self._names.show(self._open(), request.query.table, (record for _key, record in rows))
        return UpdateResult(request.number, rows, extent, gone)

    def _news(self, request: NewsRequest) -> Result:
        """News need no sorting."""
        pager = self._ready(request.query) or Pager(self._open(), request.query)
        return NewsResult(request.number, pager.news(request.after))

    def _moment(self, request: MomentRequest) -> Result:
        pager = self._ready(request.query)
        return MomentResult(request.share, None if pager is None else pager.moment_at(request.share))

    def _records(self, request: RecordsRequest) -> Result:
        reader = self._open()
        found = (whole_record(reader, request.table, record_id) for record_id in request.ids)
        records = tuple(record for record in found if record is not None)
        self._names.show(reader, request.table, records)
        return RecordsResult(request.number, request.ids, records)


def _start(pager: Pager, target: Target) -> tuple[int | None, bool]:
    """Where a page begins, and whether it goes down the order."""
    if isinstance(target, Beyond):
        return target.key, target.older
    return pager.key_at(target.share), True


def _shares(pager: Pager, page: PageChunk) -> tuple[float, float]:
    """Where in the table a page's rows begin and end."""
    if not page.rows:
        return page.searched, page.searched
    return pager.share_of(page.rows[0][0]), pager.share_of(page.rows[-1][0])
