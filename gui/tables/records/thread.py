"""The thread behind a table: it alone reads the rows, and a newer wish takes the place of an older one."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QThread, Signal

from core.storage.location import Location
from gui.tables.records.messages import Open, Rest, Stop, Wish
from gui.tables.records.worker import RowWorker


class RowSource(QObject):
    """Reads one table's rows from a thread of its own, which begins with the first wish.

    Signals:
        answered(Answer): what was asked for, or a part of it; its number is the wish's.
    """

    answered = Signal(object)

    _wished = Signal(object)
    _end_asked = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread: _Thread | None = None
        self._worker: RowWorker | None = None
        self._closed = False

    def open(self, location: Location | None) -> None:
        """Read from this database from now on; None: from none."""
        if location is not None or self._thread is not None:
            self.ask(Open(location))

    def ask(self, wish: Wish) -> None:
        """Ask for something. A fetch ends the one before it. Once closed it answers nothing any more."""
        if self._closed:
            return
        if self._thread is None:
            self._begin()
        self._wished.emit(wish)

    def stop(self) -> None:
        """Search no further."""
        self.ask(Stop())

    def rest(self) -> None:
        """Nobody looks at the moment: close the connection until the next wish."""
        if self._thread is not None:
            self.ask(Rest())

    def close(self) -> None:
        """Close the connection and end the thread. It may be called twice."""
        self._closed = True
        if self._thread is not None:
            self._end_asked.emit()
            self._thread.quit()
            self._thread.wait()
            self._thread = self._worker = None

    def _begin(self) -> None:
        self._thread = _Thread()
        self._thread.setObjectName("botpulse-rows")
        self._worker = RowWorker()
        self._worker.moveToThread(self._thread)
        self._wished.connect(self._worker.take)
        self._end_asked.connect(self._worker.end, Qt.ConnectionType.BlockingQueuedConnection)
        self._worker.answered.connect(self.answered)
        self._thread.start()


class _Thread(QThread):
    """Runs its event loop from Python: what belongs to a Python thread, peewee's connection say, then lives as long."""

    def run(self) -> None:
        self.exec()
