"""A dialog with three faces, one after the other: it asks, it works, it says how it went."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QLayout, QPushButton, QWidget

from core.errors import BotpulseError
from core.tasks import Progress
from core.text.translation import gettext as _
from gui.dialogs.data.endings import Ending, EndingView, Offer, of_fault
from gui.dialogs.data.looking import Looking
from gui.dialogs.data.parts import MARGIN, PathLabel, button, headline, small
from gui.style.accessibility import announce
from gui.style.severity import Severity
from gui.style.theme import base_font, tabular
from gui.threads.jobs import Job, Make
from gui.widgets.parts import ThinBar, column, row, scrolled
from gui.widgets.room import room_of
from gui.widgets.text import ElidedLabel, PlainLabel, set_severity

Tell: TypeAlias = Callable[[Any], Ending | None]

_STEPS: Final = 1_000
_LEAST_HEIGHT: Final = 140
_STOPPING: Final = _("Stopping, and tidying up…")


class TaskDialog(QDialog):
    """The frame of the dialogs of the Data menu. Who makes one fills :attr:`ask`, and calls :meth:`run` for the work.

    Escape and closing stop the work; the dialog stays until that has tidied up.

    Attributes:
        ask: the layout of what is asked; go: the button that begins the work; leave: Cancel, later Close.
        looking: answers the questions that are asked of the database meanwhile.
        note: a line under what is asked.

    Signals:
        busy_changed(bool): work on the database has begun, or ended.
        altered(): the database is another than before.
        told(Severity, str, str, object): something that is worth a line in the window, too: how severe, its words, and
            those of a button with what that does, or an empty text and None.
    """

    busy_changed = Signal(bool)
    altered = Signal()
    told = Signal(object, str, str, object)

    def __init__(self, title: str, subject: str, go: QPushButton, parent: QWidget | None, *, width: int = 560) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setFixedWidth(width)
        self.go, self.leave = go, button(_("Cancel"))
        self.ask, self.note = column(gap=14), small("")
        self.looking, self._job = Looking(self), Job(self)
        self._tell: Tell | None = None
        self._leaves = False
        self._ending: EndingView | None = None
        self._head, self._asking, self._working = QWidget(), QWidget(), _Working(title)
        sheet = QWidget()
        self._body, self._left = column(self._asking, self._working, on=sheet), row(gap=8)
        self._area = scrolled(sheet)
        sheet.installEventFilter(self)
        self._arrange(title, subject)
        self._connect()

    @property
    def working(self) -> bool:
        """Whether the work goes on at this moment."""
        return self._job.running

    def run(self, make: Make, tell: Tell) -> None:
        """Do the work; ``tell`` makes an ending of its result, or closes the dialog by making none."""
        if self._job.running:
            return
        self.looking.stop()
        self._tell, self._leaves = tell, False
        self._working.begin()
        self.leave.setText(_("Cancel"))
        self.leave.setEnabled(True)
        self._show(self._working)
        self.leave.setFocus()
        self.busy_changed.emit(True)
        self._job.start(make)

    def show_ending(self, ending: Ending) -> None:
        """Say how it went. Return and Escape close the dialog then."""
        self._drop_ending()
        self._ending = EndingView(ending)
        self._body.addWidget(self._ending)
        for made in self._ending.buttons:
            self._left.addWidget(made)
            made.show()  # at once, not with the next turn of the event loop
        self.leave.setText(_("Close"))
        self.leave.setEnabled(True)
        self._show(self._ending)
        self.leave.setDefault(True)
        self.leave.setFocus()
        self.setAccessibleDescription(ending.spoken)
        announce(self, ending.spoken, urgent=ending.severity is Severity.BAD)

    def show_question(self, note: str = "", severity: Severity = Severity.MUTED) -> None:
        """Ask, or ask again: the work was stopped, say."""
        self._drop_ending()
        self.say(note, severity)
        self.leave.setText(_("Cancel"))
        self.leave.setEnabled(True)
        self._show(self._asking)
        self.go.setDefault(True)
        self.begin_asking()
        self._fit(anew=True)  # what is not asked (yet) has just been hidden, and needs no room

    def say(self, note: str, severity: Severity = Severity.MUTED) -> None:
        """Put a line under what is asked."""
        self.note.setText(note)
        self.note.setVisible(bool(note))
        set_severity(self.note, severity)
        announce(self, note)

    def begin_asking(self) -> None:
        """What is asked is shown (again): look at the database anew, and give the keys to the first field."""

    def stopped(self) -> None:
        """The work was stopped, and has tidied up: ask again."""
        self.show_question(_("Stopped. Nothing was changed."))

    def failed(self, fault: BotpulseError) -> None:
        """Something stood in the way: say so; Back asks again."""
        self.show_ending(of_fault(fault, Offer(_("&Back"), self.show_question)))

    def reject(self) -> None:
        """Escape, Cancel, Close and the window's own button."""
        if not self._job.running:
            super().reject()
            return
        self._job.cancel()
        self._working.words.set_text(_STOPPING)
        self.leave.setEnabled(False)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing stops the work first, and goes once that has tidied up."""
        self._leaves = self._job.running
        self.reject()
        event.setAccepted(not self._job.running)

    def done(self, result: int) -> None:
        """Let go of the database, whichever way the dialog is closed."""
        self.looking.stop()
        self._job.stop()
        super().done(result)

    def _arrange(self, title: str, subject: str) -> None:
        below = PathLabel(subject)
        set_severity(below, Severity.MUTED)
        column(headline(title), below, on=self._head, gap=2)
        column(self.ask, self.note, 1, on=self._asking, gap=14)
        self.note.hide()
        self._working.hide()
        foot = row(self._left, 1, self.leave, self.go, gap=8)
        column(self._head, (self._area, 1), foot, on=self, gap=16, margins=(MARGIN, 20, MARGIN, 16))
        self.go.setDefault(True)

    def _connect(self) -> None:
        self.leave.clicked.connect(self.reject)
        self.looking.failed.connect(self.failed)
        self._job.progressed.connect(self._working.show_progress)
        self._job.finished.connect(self._finish)
        self._job.failed.connect(lambda fault: self.failed(fault))
        self._job.cancelled.connect(lambda: None if self._leaves else self.stopped())
        self._job.ended.connect(self._end)

    def _finish(self, result: object) -> None:
        ending = self._tell(result) if self._tell is not None else None
        if ending is None:
            self.accept()
        else:
            self.show_ending(ending)

    def _end(self) -> None:
        self.busy_changed.emit(False)
        if self._leaves:
            super().reject()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Grow with what is asked: words that come later may need another line."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return super().eventFilter(watched, event)

    def _show(self, face: QWidget) -> None:
        """Turn to a face; the dialog is as high as that needs."""
        for each in (self._asking, self._working, face):
            each.setVisible(each is face)
        self._head.setVisible(face is not self._ending)
        self.go.setVisible(face is self._asking)
        self.go.setDefault(face is self._asking)
        self._fit(anew=True)

    def _fit(self, *, anew: bool = False) -> None:
        """Be as high as what is shown needs, or else as the screen, and let it scroll.

        While it is shown the dialog never shrinks, so nothing jumps.
        """
        layout, asked = self.layout(), self._asking.layout()
        assert layout is not None and asked is not None
        asked.activate()  # first: what was hidden or shown within it is told to the dialog's own by an event only
        self._body.activate()
        self._area.setMinimumHeight(0)
        layout.activate()
        room = room_of(self).height()
        around = layout.totalMinimumSize().height() - self._area.minimumSizeHint().height()
        content = _height_for(self._body, self.width() - 2 * MARGIN)
        self._area.setMinimumHeight(min(content, room - around))
        needed = min(max(content + around, _LEAST_HEIGHT), room)
        if anew or needed > self.height():
            self.setMinimumHeight(needed)
            self.resize(self.width(), needed)

    def _drop_ending(self) -> None:
        if self._ending is not None:
            for made in self._ending.buttons:
                made.hide()
                made.deleteLater()
            self._ending.hide()
            self._ending.deleteLater()
            self._ending = None


def _height_for(layout: QLayout, width: int) -> int:
    by_width = layout.totalHeightForWidth(width)
    return by_width if by_width > 0 else layout.totalSizeHint().height()


class _Working(QWidget):
    """A bar, what is being done, and how much of it is."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.bar, self.words, self._share = ThinBar(title), ElidedLabel(), PlainLabel()
        self._share.setFont(tabular(base_font()))
        for label in (self.words, self._share):
            set_severity(label, Severity.MUTED)
        column(self.bar, row((self.words, 1), self._share), 1, on=self, gap=10, margins=(0, 8, 0, 8))

    def begin(self) -> None:
        """Nothing is known yet."""
        self.bar.setRange(0, 0)
        self.words.set_text(_("Beginning…"))
        self._share.setText("")

    def show_progress(self, progress: Progress) -> None:
        """Show how far it is."""
        self._share.setText(self.bar.show_share(progress.share))
        words = progress.words or _("Working")
        self.words.set_text(f"{words[0].upper()}{words[1:]}…")
