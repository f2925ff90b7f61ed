"""What is done for pictures beside the window: caching, reading a folder, decoding. It never touches a widget."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from PySide6.QtCore import QByteArray, QObject, Signal, Slot
from PySide6.QtGui import QImage

from core.tables.pictures import OutputFile
from gui.threads.pictures.cache import PictureCache, key_of
from gui.threads.pictures.decoding import NotShown, decode, encode, shrunk
from gui.threads.pictures.folder import read_output
from gui.threads.pictures.sources import ComfyServer, OutputFolder, PictureSource


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that may show an image, and where it may be had."""

    source: PictureSource
    output: OutputFile
    moment: float | None

    @property
    def key(self) -> str:
        """Under which name its picture is cached; user and password are no part of it."""
        source = self.source
        return key_of(source.address if isinstance(source, ComfyServer) else source.path, self.output, self.moment)


@dataclass(frozen=True, slots=True)
class Sought:
    """Look for one of these in the cache, and in the folder. ``number`` is the job's."""

    number: int
    candidates: tuple[Candidate, ...]
    edge: int


@dataclass(frozen=True, slots=True)
class Arrived:
    """Make a picture of what has come from a server."""

    number: int
    candidate: Candidate
    data: QByteArray
    edge: int


@dataclass(frozen=True, slots=True)
class Worked:
    """How far a job is.

    Attributes:
        number: the job's.
        outcome: the picture, or why there is none.
        to_ask: files that a server is to be asked for first, in this order; there is no outcome before.
    """

    number: int
    outcome: QImage | NotShown
    to_ask: tuple[Candidate, ...] = ()


PictureTask: TypeAlias = Sought | Arrived


class PictureWorker(QObject):
    """Lives in a thread of its own, and does one thing after the other.

    Signals:
        worked(Worked): what came of a task.
    """

    worked = Signal(object)

    def __init__(self, cache_folder: Path) -> None:
        super().__init__()
        self._cache = PictureCache(cache_folder)

    @Slot(object)
    def do(self, task: PictureTask) -> None:
        """Do something, and tell what came of it."""
        self.worked.emit(self._seek(task) if isinstance(task, Sought) else self._make(task))

    @Slot()
    def finish(self) -> None:
        """End the thread."""
        self.thread().quit()

    def _seek(self, task: Sought) -> Worked:
        fault: NotShown | None = None
        for candidate in task.candidates:
            outcome = self._at_hand(candidate)
            if isinstance(outcome, QImage):
                return Worked(task.number, shrunk(outcome, task.edge))
            fault = outcome if fault is None or fault.missing else fault
        asked = tuple(each for each in task.candidates if isinstance(each.source, ComfyServer))
        assert fault is not None  # there are candidates, or the job would not have begun
        return Worked(task.number, fault, asked)

    def _at_hand(self, candidate: Candidate) -> QImage | NotShown:
        """The picture of a file, without asking a server."""
        kept = self._cache.get(candidate.key)
        if kept is not None:
            image = decode(QByteArray(kept))
            if isinstance(image, QImage):
                return image
            self._cache.drop(candidate.key)
        if not isinstance(candidate.source, OutputFolder):
            return NotShown("", missing=True)
        data = read_output(candidate.source, candidate.output)
        return data if isinstance(data, NotShown) else self._taken_in(candidate, data)

    def _make(self, task: Arrived) -> Worked:
        image = self._taken_in(task.candidate, task.data)
        return Worked(task.number, shrunk(image, task.edge) if isinstance(image, QImage) else image)

    def _taken_in(self, candidate: Candidate, data: QByteArray) -> QImage | NotShown:
        image = decode(data)
        if isinstance(image, QImage):
            self._cache.put(candidate.key, bytes(encode(image).data()))
        return image
