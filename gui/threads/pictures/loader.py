"""Pictures for whoever shows them: asked for by what an image's row says, and told once they are there.

Two are on their way at a time, the rest waits: what the details show comes first, and the newest of the rest. What is
held in memory is bounded, too.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from PySide6.QtCore import QByteArray, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QImage

from core.tables.pictures import Pictured
from core.text.translation import gettext as _
from gui.threads.pictures.decoding import NotShown
from gui.threads.pictures.download import LONGEST_MS, Download, network_for
from gui.threads.pictures.sources import ComfyServer, PictureSource
from gui.threads.pictures.worker import Arrived, Candidate, PictureTask, PictureWorker, Sought, Worked
from gui.threads.python_thread import PythonThread

AT_ONCE: Final = 2
MOST_PENDING: Final = 200
_TICK_MS: Final = 1_000
MOST_HELD: Final = 32 * 2**20
"""Bytes of pictures in memory."""

AWAY_SECONDS: Final = 15.0
"""So long a server that did not answer is not asked for anything else."""

_HUNG: Final = NotShown(_("Reading it takes too long: the disk, or the share, does not answer."), passing=True)
_NO_STILL: Final = NotShown(_("A video, with no picture of its first frame beside it."), missing=True)
_NOTHING: Final = NotShown(_("The bot recorded no file of this image."))

Key = Hashable


def key_for(pictured: Pictured, edge: int) -> Key:
    """What tells a picture in a size from all others."""
    return pictured.outputs, pictured.moment, pictured.is_video, edge


@dataclass(slots=True)
class _Load:
    """One picture on its way."""

    number: int
    key: Key
    pictured: Pictured
    edge: int
    to_ask: list[Candidate] = field(default_factory=list)
    fault: NotShown | None = None
    asked: Candidate | None = None
    download: Download | None = None
    due: float = field(default_factory=lambda: time.monotonic() + LONGEST_MS / 1000)

    def end(self) -> None:
        """Stop what runs of it."""
        if self.download is not None:
            self.download.give_up()


class PictureLoader(QObject):
    """Loads pictures. Nothing is begun before the first is asked for.

    Args:
        sources: where to look, in this order.
        cache_folder: where those that were seen before lie.

    Signals:
        loaded(object, object): the picture with this key is there (QImage), or why it is not (NotShown).
    """

    loaded = Signal(object, object)

    _asked = Signal(object)
    _fruitless = Signal(object)

    def __init__(self, sources: tuple[PictureSource, ...], cache_folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._sources, self._cache_folder = sources, cache_folder
        self._held: OrderedDict[Key, QImage | NotShown] = OrderedDict()
        self._pending: dict[Key, tuple[Pictured, int]] = {}
        self._jobs: dict[int, _Load] = {}
        self._number = 0
        self._away: tuple[float, NotShown] | None = None
        self._network = network_for(self)
        self._clock = QTimer(self, interval=_TICK_MS)
        self._clock.timeout.connect(self._end_overdue)
        self._worker = PictureWorker(cache_folder)
        self._thread: PythonThread | None = None
        self._asked.connect(self._worker.do, Qt.ConnectionType.QueuedConnection)
        self._worker.worked.connect(self._take, Qt.ConnectionType.QueuedConnection)
        self._fruitless.connect(self._tell, Qt.ConnectionType.QueuedConnection)

    def ask(
        self, pictured: Pictured, edge: int, *, first: bool = False, afresh: bool = False
    ) -> QImage | NotShown | None:
        """Return a picture no larger than ``edge`` pixels where it is in memory; else None, and it is told later.

        ``first``: before all that wait; ``afresh``: try again what was not to be had.
        """
        key = key_for(pictured, edge)
        held = self._held.get(key)
        if held is not None and not (afresh and isinstance(held, NotShown)):
            self._held.move_to_end(key)
            return held
        if afresh:
            self._away = None
            self._held.pop(key, None)
        if any(job.key == key for job in self._jobs.values()):
            return None
        waiting = self._pending.pop(key, None) or (pictured, edge)
        self._pending = {key: waiting, **self._pending} if first else {**self._pending, key: waiting}
        for surplus in list(self._pending)[MOST_PENDING:]:
            del self._pending[surplus]
        self._go_on()
        return self._held.get(key)

    def held(self, pictured: Pictured, edge: int) -> QImage | NotShown | None:
        """Return what is known of a picture, without asking for it."""
        return self._held.get(key_for(pictured, edge))

    def forget(self) -> None:
        """Give up all that is on its way, and let go of what is in memory."""
        self._pending.clear()
        self._held.clear()
        self._away = None
        self._clock.stop()
        for number in list(self._jobs):
            self._jobs.pop(number).end()

    def close(self) -> None:
        """End what runs. It may be called twice."""
        self.forget()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.quit()
            thread.await_end(self._worker)

    def _go_on(self) -> None:
        while self._pending and len(self._jobs) < AT_ONCE:
            key = next(iter(self._pending))
            pictured, edge = self._pending.pop(key)
            self._number += 1
            self._begin(_Load(self._number, key, pictured, edge))

    def _begin(self, job: _Load) -> None:
        candidates = tuple(self._candidates(job.pictured))
        if not candidates:
            self._hold(job.key, _NO_STILL if job.pictured.has_video else _NOTHING)
            self._fruitless.emit(job.key)
            return
        self._jobs[job.number] = job
        self._clock.start()
        self._have_done(Sought(job.number, candidates, job.edge))

    def _candidates(self, pictured: Pictured) -> Iterator[Candidate]:
        for source in self._sources:
            for output in pictured.shown:
                yield Candidate(source, output, pictured.moment)

    def _have_done(self, task: PictureTask) -> None:
        if self._thread is None:
            self._thread = PythonThread("botpulse-pictures")
            self._worker.moveToThread(self._thread)
            self._thread.start()
        self._asked.emit(task)

    @Slot(object)
    def _take(self, worked: Worked) -> None:
        job = self._jobs.get(worked.number)
        if job is None:
            return
        if isinstance(worked.outcome, QImage):
            self._settle(job, worked.outcome)
            return
        job.to_ask = job.to_ask or list(worked.to_ask)
        if worked.outcome.words and not (job.fault is not None and worked.outcome.missing):
            job.fault = _said(job, worked.outcome)
        self._ask_next(job)

    def _ask_next(self, job: _Load) -> None:
        """Ask a server for the next file that may show it; where there is no other, this is what there is to say."""
        fault = job.fault
        if not job.to_ask:
            self._settle(job, fault if fault is not None else _NOTHING)
            return
        if self._away is not None and self._away[0] > time.monotonic():
            self._settle(job, self._away[1])
            return
        candidate = job.to_ask.pop(0)
        assert isinstance(candidate.source, ComfyServer)
        server, job.asked = candidate.source, candidate
        job.download = Download(self._network, server.view(candidate.output), server.authorisation, number=job.number)
        job.download.finished.connect(self._receive)

    @Slot(int, object)
    def _receive(self, number: int, outcome: QByteArray | NotShown) -> None:
        job = self._jobs.get(number)
        if job is None or job.asked is None:
            return
        job.download = None
        if isinstance(outcome, QByteArray):
            self._have_done(Arrived(job.number, job.asked, outcome, job.edge))
            return
        if outcome.server:
            self._away = time.monotonic() + AWAY_SECONDS, outcome
            job.to_ask.clear()
        job.fault = _said(job, outcome)
        self._ask_next(job)

    def _end_overdue(self) -> None:
        """What a download takes is bounded; a disk, or a share, may keep the thread for good."""
        for job in [job for job in self._jobs.values() if job.due < time.monotonic()]:
            self._settle(job, _HUNG)
        if not self._jobs:
            self._clock.stop()

    def _settle(self, job: _Load, outcome: QImage | NotShown) -> None:
        if self._jobs.pop(job.number, None) is None:
            return
        job.end()
        self._hold(job.key, outcome)
        self._tell(job.key)
        self._go_on()

    @Slot(object)
    def _tell(self, key: Key) -> None:
        outcome = self._held.get(key)
        if outcome is not None:
            self.loaded.emit(key, outcome)

    def _hold(self, key: Key, outcome: QImage | NotShown) -> None:
        self._held[key] = outcome
        self._held.move_to_end(key)
        size = sum(each.sizeInBytes() for each in self._held.values() if isinstance(each, QImage))
        while (size > MOST_HELD or len(self._held) > 10 * MOST_PENDING) and len(self._held) > 1:
            _key, gone = self._held.popitem(last=False)
            size -= gone.sizeInBytes() if isinstance(gone, QImage) else 0


def _said(job: _Load, fault: NotShown) -> NotShown:
    """Of a video the picture of the first frame is looked for; where there is none, nothing was lost."""
    return _NO_STILL if fault.missing and not fault.passing and job.pictured.has_video else fault
