"""Where a table's rows come from: a process reads them, or where there is none, a thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from core.errors import DatabaseLocked
from core.storage.location import Location
from core.tables.reading.messages import (
    FaultResult,
    FindResult,
    MomentResult,
    Named,
    NamesResult,
    NewsRequest,
    NewsResult,
    PicturesResult,
    RecordsResult,
    Request,
    Result,
    RowsDone,
    RowsRequest,
    SmallRequest,
    UpdateRequest,
    UpdateResult,
)
from core.text.translation import gettext as _
from core.worker.live.messages import Answered, Asked, Deed, Message, NotStarted, Replaced
from core.worker.live.process import LiveProcess
from gui.threads.driven import Driven
from gui.threads.names import name_news

Hear = Callable[[Any], None]

_SMALL_RESULTS: Final = (
    UpdateResult,
    NewsResult,
    MomentResult,
    RecordsResult,
    NamesResult,
    PicturesResult,
    FindResult,
    FaultResult,
)
"""Each is the answer to one small request."""

REST_MS: Final = 5_000
"""So long after a table was hidden it lets go of its connection."""


class ReadingInterrupted(DatabaseLocked):
    """The process that read the rows ended before it had them; they are asked for again."""

    title = _("The rows are read again")
    what_happened = _(
        "The part of Botpulse that reads the database ended before it had the rows, and was started again."
    )
    what_is_safe = _("The database was only read, and not changed.")
    what_to_do = _("There is nothing to do: this passes by itself.")


class RowSource(QObject):
    """Reads one table's rows elsewhere, beginning with the first request.

    Args:
        process: the one that reads; None: a thread of its own does.

    Attributes:
        location: the database that is read, or None.

    Signals:
        answered(Result): what was asked for, or a part of it; its number is the request's.
    """

    answered = Signal(object)

    _heard = Signal(object)

    def __init__(self, parent: QObject | None = None, process: LiveProcess | None = None) -> None:
        super().__init__(parent)
        self.location: Location | None = None
        self._process = process
        self._reader: _ByProcess | _ByThread | None = None
        self._unanswered = Unanswered()
        self._closed = False
        self._heard.connect(self._take, Qt.ConnectionType.QueuedConnection)
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._let_go)

    def open(self, location: Location | None) -> None:
        """Read from this database from now on; None: from none."""
        self.location = location
        self._unanswered.forget()
        if location is not None:
            self._begin()
        if self._reader is not None:
            self._reader.open(location)

    def ask(self, request: Request) -> None:
        """Ask for something. A request for rows ends the one before it. Once closed it answers nothing any more."""
        self._begin()
        if self._reader is not None:
            self._unanswered.note(request)
            self._reader.take(request)

    def stop(self) -> None:
        """Search no further."""
        self._unanswered.rows = None
        if self._reader is not None:
            self._reader.stop()

    def rest(self) -> None:
        """Nobody looks at the moment: close the connection soon, until the next request."""
        self._rest.start()

    def wake(self) -> None:
        """Somebody looks again: the connection stays."""
        self._rest.stop()

    def close(self) -> None:
        """Close the connection and end what reads. It may be called twice."""
        self._closed = True
        self._rest.stop()
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()

    def _let_go(self) -> None:
        if self._reader is not None:
            self._reader.rest()

    def _begin(self) -> None:
        if self._closed or self._reader is not None:
            return
        hear = self._heard.emit
        self._reader = _ByThread(hear) if self._process is None else _ByProcess(self._process, hear)
        self._reader.open(self.location)

    def _take(self, message: Result | Replaced | NotStarted) -> None:
        if self._closed:
            return
        if isinstance(message, Named):
            name_news().learn(message.names)
            return
        if isinstance(message, NotStarted):
            self._process = None
            if self._reader is not None:
                self._reader.close()
                self._reader = None
            self._begin()
        if isinstance(message, Replaced | NotStarted):
            for fault in self._unanswered.interrupted(str(self.location)):
                self.answered.emit(fault)
            return
        self._unanswered.settle(message)
        self.answered.emit(message)


class Unanswered:
    """What was asked for, and has not been answered to its end.

    Attributes:
        rows: the request for rows; each takes the place of the one before.
    """

    def __init__(self) -> None:
        self.rows: RowsRequest | None = None
        self._small: deque[SmallRequest] = deque()

    def forget(self) -> None:
        """Nothing is waited for any more."""
        self.rows = None
        self._small.clear()

    def note(self, request: Request) -> None:
        """Something is asked for."""
        if isinstance(request, RowsRequest):
            self.rows = request
        else:
            self._small.append(request)

    def settle(self, result: Result) -> None:
        """Take note of a result: small requests are answered by one, in their order; rows end with a last one."""
        ends = isinstance(result, RowsDone | FaultResult)
        is_rows = ends and self.rows is not None and getattr(result, "number", None) == self.rows.number
        if is_rows and not (isinstance(result, FaultResult) and result.looking):
            self.rows = None
        elif self._small and isinstance(result, _SMALL_RESULTS):
            self._small.popleft()

    def interrupted(self, subject: str) -> Iterator[FaultResult]:
        """The faults that answer all of it, as whatever read it is gone."""
        rows, small = self.rows, list(self._small)
        self.forget()
        fault = ReadingInterrupted(subject)
        if rows is not None:
            yield FaultResult(rows.number, fault)
        for request in small:
            number = getattr(request, "number", 0)
            yield FaultResult(number, fault, isinstance(request, UpdateRequest | NewsRequest))


class _ByThread:
    """Rows are read by a thread of its own."""

    def __init__(self, hear: Hear) -> None:
        from core.tables.reading.rows import RowReader  # what finds and sorts rows comes with it: few need it here

        self._rows = RowReader(hear)
        self._driven = Driven("botpulse-rows", self._rows)

    def open(self, location: Location | None) -> None:
        self._driven.do(partial(self._rows.open, location))

    def take(self, request: Request) -> None:
        self._driven.do(partial(self._rows.take, request))

    def stop(self) -> None:
        self._driven.do(self._rows.stop)

    def rest(self) -> None:
        self._driven.do(self._rows.rest)

    def close(self) -> None:
        self._driven.stop(self._rows.end)


class _ByProcess:
    """Rows are read by the process that reads everything for the window."""

    def __init__(self, process: LiveProcess, hear: Hear) -> None:
        self._process, self._hear = process, hear
        self._location: Location | None = None
        self._number = process.attach(self._pass_on)

    def open(self, location: Location | None) -> None:
        self._location = location
        self._ask(Deed.OPEN)

    def take(self, request: Request) -> None:
        self._ask(Deed.TAKE, request)

    def stop(self) -> None:
        self._ask(Deed.STOP)

    def rest(self) -> None:
        self._ask(Deed.REST)

    def close(self) -> None:
        self._ask(Deed.END)
        self._process.detach(self._number)

    def _ask(self, deed: Deed, request: Request | None = None) -> None:
        self._process.ask(Asked(self._number, deed, self._location, request))

    def _pass_on(self, message: Message) -> None:
        self._hear(message.result if isinstance(message, Answered) else message)
