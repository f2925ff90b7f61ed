"""The integrity check: begin it, see how far it is, stop it, read what it found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPlainTextEdit, QPushButton, QWidget

from core.errors import BotpulseError
from core.storage.location import Location
from core.tasks import Progress
from core.text.formatting import one_line, seconds, size
from core.text.translation import gettext as _
from gui.style.accessibility import announce
from gui.style.severity import Severity
from gui.threads.jobs import Job, reading_task
from gui.widgets.parts import ThinBar, column, row
from gui.widgets.text import ElidedLabel, PlainLabel, set_severity, set_tip

if TYPE_CHECKING:
    from core.maintenance.checking import CheckResult

_IDLE: Final = _("Reads every page and compares each index with its table, on a copy: the bot goes on writing.")
_SERVER: Final = _("A server checks itself: ask whoever looks after it (amcheck, pg_checksums).")
_MOST_PROBLEMS: Final = 200


class IntegrityCheck(QWidget):
    """A button, what it does, and later what came of it.

    Attributes:
        button, cancel: the two buttons; the second is seen while a check runs.
        words: what is known; problems: what is damaged, a line each; hidden where nothing is.

    Signals:
        ended(): a check is over, however it ended.
    """

    ended = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._job = Job(self)
        self._location: Location | None = None
        self._checked: Location | None = None
        self.words = PlainLabel(_IDLE)
        self.button, self.cancel = QPushButton(_("Check integrity")), QPushButton(_("Cancel"))
        self._bar, self._step = ThinBar(_("Integrity check")), ElidedLabel()
        self.problems = QPlainTextEdit()
        self._arrange()
        self._connect()
        self._show_running(False)

    def begin(self, location: Location | None) -> None:
        """Another database: what was found in the last one is forgotten, a check of it is stopped."""
        self._location = location
        self._job.cancel()
        on_server = location is not None and location.url is not None
        self._say(Severity.MUTED, _SERVER if on_server else _IDLE)
        self._show_running(self._job.running)

    def end(self) -> None:
        """The window closes: stop, and leave no copy behind."""
        self._job.stop()

    def _start(self) -> None:
        from core.maintenance.checking import check

        location = self._checked = self._location
        if location is None or self._job.running:
            return
        self._say(Severity.MUTED, _("The bot goes on meanwhile."))
        self._step.set_text("")
        self._bar.show_share(0.0)
        self._job.start(reading_task(check, location))
        self._show_running(True)
        self.cancel.setFocus()

    def _stop(self) -> None:
        self._job.cancel()  # the button stays enabled: a disabled one would lose the keys
        self._step.set_text(_("stopping, and tidying up…"))

    def _show_progress(self, progress: Progress) -> None:
        self._step.set_text(f"{self._bar.show_share(progress.share)}  {progress.words}")

    def _show_result(self, done: CheckResult) -> None:
        how = _("{byte_size} in {seconds}.").format(byte_size=size(done.byte_size), seconds=seconds(done.seconds))
        severity = Severity.BAD if done.problems else Severity.GOOD if done.whole else Severity.WARN
        self._say(severity, f"{done.words} {how}", done.problems)

    def _show_fault(self, fault: BotpulseError) -> None:
        self._say(Severity.WARN, f"{fault.title}. {fault.what_happened} {fault.what_to_do}")

    def _end(self) -> None:
        had_focus = self.cancel.hasFocus()
        if self._checked != self._location:
            self._say(Severity.MUTED, _IDLE)
        self._show_running(False)
        if had_focus:
            self.button.setFocus()
        self.ended.emit()

    def _say(self, severity: Severity, text: str, problems: tuple[str, ...] = ()) -> None:
        self.words.setText(one_line(text, 600))
        set_severity(self.words, severity)
        self.setAccessibleDescription(text)
        if self.isVisible() and text != _IDLE:
            announce(self, text)
        lines = [one_line(problem, 300) for problem in problems[:_MOST_PROBLEMS]]
        self.problems.setPlainText("\n".join(lines))
        self.problems.setVisible(bool(lines))

    def _show_running(self, running: bool) -> None:
        on_server = self._location is not None and self._location.url is not None
        self.button.setVisible(not running)
        self.button.setEnabled(self._location is not None and not on_server)
        for part in (self.cancel, self._bar, self._step):
            part.setVisible(running)

    def _arrange(self) -> None:
        self.words.setWordWrap(True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.problems.setReadOnly(True)
        self.problems.setTabChangesFocus(True)
        self.problems.setProperty("code", True)
        self.problems.setFixedHeight(120)
        self.problems.setAccessibleName(_("Problems"))
        set_severity(self._step, Severity.MUTED)
        set_tip(self.button, _("Examine a copy of the database for damage"))
        foot = row(self.button, self.cancel, (self._step, 1), 0, gap=12)
        column(self.words, self.problems, self._bar, foot, on=self, gap=8)

    def _connect(self) -> None:
        self.button.clicked.connect(self._start)
        self.cancel.clicked.connect(self._stop)
        self._job.progressed.connect(self._show_progress)
        self._job.finished.connect(self._show_result)
        self._job.failed.connect(self._show_fault)
        self._job.cancelled.connect(
            lambda: self._say(Severity.MUTED, _("Stopped before anything was found. No copy is left."))
        )
        self._job.ended.connect(self._end)
