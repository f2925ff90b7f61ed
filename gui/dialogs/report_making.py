"""A report is made: read in a process of its own, drawn a chart in each turn of the event loop, and written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from core.errors import BotpulseError
from core.export.report import ReportSection, as_html
from core.presenters.presenter import PagePresenter
from core.presenters.readings import ViewRequest
from core.storage.location import Location
from core.tasks import Progress
from core.text.translation import LANGUAGE
from core.text.translation import gettext as _
from core.worker.live.whole_pages import WholePages, whole_pages
from gui.plots.export.export import written
from gui.plots.export.report import ReportLook, drawn_sections, report_of
from gui.style.theme import is_mirrored
from gui.threads.jobs import Job, reading_task
from gui.threads.names import name_news
from resources import design

_READ: Final = 0.5
"""How much of the work is reading."""


@dataclass(frozen=True, slots=True)
class ReportPage:
    """A page that may be in a report: its title, what it is about, and the keys of its charts."""

    title: str
    presenter: PagePresenter
    charts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReportOrder:
    """What is to be made.

    Attributes:
        location: the database; request: which range and rows; pages: in their order.
        look: how it is drawn; target: the file; may_replace: whether one of that name may be written over.
    """

    location: Location
    request: ViewRequest
    pages: Sequence[ReportPage]
    look: ReportLook
    target: Path
    may_replace: bool


class ReportMaking(QObject):
    """Makes one report at a time.

    Signals:
        progressed(float, str): how much is done, and what is being done.
        finished(Path): the file is written.
        failed(BotpulseError): it is not; a file that was there is untouched.
    """

    progressed = Signal(float, str)
    finished = Signal(object)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._order: ReportOrder | None = None
        self._read: WholePages | None = None
        self._parts: Iterator[tuple[float, ReportSection | None]] = iter(())
        self._sections: list[ReportSection] = []
        self._job = Job(self)
        self._job.progressed.connect(self._tell)
        self._job.finished.connect(self._take)
        self._job.failed.connect(self._fail)
        self._turn = QTimer(self, interval=0, singleShot=True)
        self._turn.timeout.connect(self._draw_one)

    @property
    def running(self) -> bool:
        """Whether a report is being made."""
        return self._order is not None

    def start(self, order: ReportOrder) -> None:
        """Make a report.

        Raises:
            RuntimeError: another one is being made.
        """
        if self._order is not None:
            raise RuntimeError("one report at a time")
        self._order, self._read, self._sections = order, None, []
        asked = [(page.presenter, frozenset(page.charts)) for page in order.pages]
        self.progressed.emit(0.0, _("Reading the database…"))
        self._job.start(reading_task(whole_pages, order.location, order.request, asked))

    def stop(self) -> None:
        """Give up; no file is left behind."""
        self._turn.stop()
        self._job.stop()
        self._order = None

    def _tell(self, progress: Progress) -> None:
        if self._read is None:
            self.progressed.emit(_READ * progress.share, progress.words)

    def _take(self, result: WholePages | Path) -> None:
        """What was read is drawn; what was written is told."""
        order = self._order
        if order is None:
            return
        if isinstance(result, Path):
            self._order = None
            self.finished.emit(result)
            return
        name_news().learn(result.names)
        self._read = result
        titled = [(page.title, each) for page, each in zip(order.pages, result.snapshots, strict=True)]
        self._parts = drawn_sections(titled, order.look)
        self._turn.start()

    def _draw_one(self) -> None:
        order = self._order
        if order is None:
            return
        done, section = next(self._parts)
        self.progressed.emit(_READ + (1 - _READ) * done, _("Drawing…"))
        if section is not None:
            self._sections.append(section)
        if len(self._sections) < len(order.pages):
            self._turn.start()
        else:
            self._write(order)

    def _write(self, order: ReportOrder) -> None:
        assert self._read is not None
        report = report_of(self._sections, self._read.snapshots, order.look)
        palette, mirrored = design.palette(order.look.theme), is_mirrored()

        def make() -> bytes:
            return as_html(report, palette, LANGUAGE, mirrored=mirrored).encode()

        self._job.start(lambda: written(make, order.target, location=order.location, may_replace=order.may_replace))

    def _fail(self, fault: BotpulseError) -> None:
        self._order = None
        self.failed.emit(fault)
