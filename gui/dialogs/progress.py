"""Long work while it lasts: how far it is, a way to stop it, and plain words where it fails."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QTimer
from PySide6.QtGui import QCloseEvent, QFont
from PySide6.QtWidgets import QDialog, QPushButton, QVBoxLayout, QWidget

from core.errors import BotpulseError
from core.tasks import Progress
from core.text.formatting import one_line
from core.text.translation import gettext as _
from gui.dialogs.folded_label import FoldedLabel
from gui.style.accessibility import announce
from gui.style.severity import Severity
from gui.style.theme import SMALL_PIXELS, base_font, tabular
from gui.threads.jobs import Job
from gui.widgets.parts import ThinBar, column, row
from gui.widgets.text import ElidedLabel, PlainLabel, set_severity

SHOW_AFTER_MS: Final = 300
"""Work that is done within this time is never announced."""

_WIDTH: Final = 460


class ProgressDialog(QDialog):
    """Follows a job from its start to its end. It shows itself, and goes by itself once the work is done.

    The caller makes it, starts the job and listens to the job's own signals; the dialog holds up nothing. Escape and
    closing stop the job; the dialog stays until the job has cleaned up. Where the job failed it says so, whether it had
    been seen before or not, and stays until it is closed.
    """

    def __init__(self, job: Job, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._job = job
        self._over = False
        self.setWindowTitle(title)
        self.setModal(parent is not None)
        self._headline = ElidedLabel(title)
        self._words = ElidedLabel()
        self._share = PlainLabel()
        self.bar = ThinBar(title)
        self.button = QPushButton(_("Cancel"))
        self._fault = column(gap=12)
        self._late = QTimer(self)
        self._arrange()
        self._connect()

    def reject(self) -> None:
        """Escape, Cancel and the window's own button: stop the job, or leave a dialog whose job is over."""
        if self._over or not self._job.running:
            super().reject()
            return
        self._job.cancel()
        self._words.set_text(_("Stopping, and tidying up…"))
        self.button.setEnabled(False)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing stops the job first."""
        self.reject()
        event.setAccepted(self._over or not self._job.running)

    def _arrange(self) -> None:
        self._headline.setFont(base_font(15, QFont.Weight.DemiBold))
        self._share.setFont(tabular(base_font()))
        set_severity(self._words, Severity.MUTED)
        set_severity(self._share, Severity.MUTED)
        self.bar.setRange(0, 0)
        below, buttons = row((self._words, 1), self._share), row(1, self.button)
        parts = (self._headline, self.bar, below, self._fault, buttons)
        self._whole = column(*parts, on=self, gap=12, margins=(24, 24, 24, 16))
        self._whole.insertSpacing(4, 4)
        self.setFixedWidth(_WIDTH)

    def _connect(self) -> None:
        self._late.setSingleShot(True)
        self._late.timeout.connect(self.show)
        self._late.start(SHOW_AFTER_MS)
        self.button.clicked.connect(self.reject)
        self._job.progressed.connect(self._show_progress)
        self._job.failed.connect(self._show_fault)
        self._job.ended.connect(self._end)

    def _show_progress(self, progress: Progress) -> None:
        self._share.setText(self.bar.show_share(progress.share))
        self._words.set_text(progress.words)

    def _show_fault(self, fault: BotpulseError) -> None:
        self._over = True
        self._late.stop()
        self._headline.set_text(fault.title)
        parts = {
            "": one_line(fault.subject, 300),
            "What happened": fault.what_happened,
            "What is safe": fault.what_is_safe,
            "What to do": fault.what_to_do,
            "Details": one_line(fault.detail, 500),
        }
        for heading, words in parts.items():
            if words:
                self._fault.addLayout(_paragraph(heading, words))
        for part in (self.bar, self._words, self._share):
            part.hide()
        self.button.setText(_("Close"))
        self.button.setEnabled(True)
        self.button.setFocus()
        spoken = f"{fault.title}. {fault.what_happened} {fault.what_to_do}"
        self.setAccessibleDescription(spoken)
        self.show()
        announce(self, spoken, urgent=True)
        self._whole.activate()
        self.setFixedHeight(self._whole.totalHeightForWidth(_WIDTH))

    def _end(self) -> None:
        self._late.stop()
        if not self._over:
            self._over = True
            self.accept()


def follow(job: Job, title: str, parent: QWidget) -> ProgressDialog:
    """Show a job's progress over a window; the dialog is deleted once it is done with."""
    dialog = ProgressDialog(job, title, parent)
    dialog.finished.connect(dialog.deleteLater)
    return dialog


def _paragraph(heading: str, words: str) -> QVBoxLayout:
    """Words under a small heading; without one they are about all of it, and muted themselves."""
    title, text = PlainLabel(heading), FoldedLabel(words)
    title.setFont(base_font(SMALL_PIXELS))
    set_severity(title if heading else text, Severity.MUTED)
    text.let_copy()
    return column(title, text, gap=2) if heading else column(text, gap=2)
