"""The thread behind a table: it alone reads the rows, and a newer request takes the place of an older one."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from core.storage.location import Location
from gui.tables.records.messages import Request
from gui.tables.records.worker import RowWorker
from gui.threads.python_thread import PythonThread

REST_MS: Final = 5_000
"""So long after a table was hidden it lets go of its connection."""


class RowSource(QObject):
    """Reads one table's rows from a thread of its own, which begins with the first request.

    Attributes:
        location: the database that is read, or None.

    Signals:
        answered(Result): what was asked for, or a part of it; its number is the request's.
    """

    answered = Signal(object)

    _asked = Signal(object)
    _open_asked = Signal(object)
    _stop_asked = Signal()
    _rest_asked = Signal()
    _end_asked = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.location: Location | None = None
        self._thread: PythonThread | None = None
        self._worker: RowWorker | None = None
        self._closed = False
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._rest_asked)

    def open(self, location: Location | None) -> None:
        """Read from this database from now on; None: from none."""
        self.location = location
        if location is not None:
            self._begin()
        self._open_asked.emit(location)

    def ask(self, request: Request) -> None:
        """Ask for something. A request for rows ends the one before it. Once closed it answers nothing any more."""
        self._begin()
        self._asked.emit(request)

    def stop(self) -> None:
        """Search no further."""
        self._stop_asked.emit()

    def rest(self) -> None:
        """Nobody looks at the moment: close the connection soon, until the next request."""
        self._rest.start()

    def wake(self) -> None:
        """Somebody looks again: the connection stays."""
        self._rest.stop()

    def close(self) -> None:
        """Close the connection and end the thread. It may be called twice."""
        self._closed = True
        self._rest.stop()
        if self._thread is not None:
            self._end_asked.emit()
            self._thread.quit()
            self._thread.wait()
            self._thread = self._worker = None

    def _begin(self) -> None:
        if self._closed or self._thread is not None:
            return
        self._thread = PythonThread("botpulse-rows")
        self._worker = worker = RowWorker()
        worker.moveToThread(self._thread)
        self._asked.connect(worker.take)
        self._open_asked.connect(worker.open)
        self._stop_asked.connect(worker.stop)
        self._rest_asked.connect(worker.rest)
        self._end_asked.connect(worker.end, Qt.ConnectionType.BlockingQueuedConnection)
        worker.answered.connect(self.answered)
        self._thread.start()
