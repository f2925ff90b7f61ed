"""A report of the range that is shown: which pages, what may be read in it, and where to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

from PySide6.QtCore import QStandardPaths, QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QPushButton, QWidget

from core.errors import BotpulseError
from core.presenters.readings import ViewRequest
from core.storage.location import Location
from core.text.translation import gettext as _
from gui.dialogs.file_field import FileField
from gui.dialogs.report_making import ReportMaking, ReportOrder, ReportPage
from gui.plots.export.export import AlreadyThere, theme_shown
from gui.plots.export.report import ReportLook
from gui.settings import Setting, Settings
from gui.style.accessibility import announce
from gui.style.severity import Severity
from gui.style.theme import SMALL_PIXELS, base_font
from gui.threads.notes import note_news
from gui.widgets.card import Card
from gui.widgets.parts import ThinBar, column, row
from gui.widgets.room import resize_within
from gui.widgets.text import PlainLabel, set_severity

REPORT_FOLDER: Final = Setting("report_folder", "", "where a report was last written to")
REPORT_PAGES: Final = Setting("report_pages", (), "the pages that were left out of the last report")

_WIDTH: Final = 560


class ReportDialog(QDialog):
    """Asks for what a report needs, and follows its making.

    Attributes:
        pages: a box for each page that may be in it, by its key.
        users, numbers: whether users may be told by name, and whether the charts' numbers are in it.
        file: where it is written to; note: what is said about it.
        making: makes it.

    Signals:
        exported(object): the file (Path) is written; the dialog closes itself.
    """

    exported = Signal(object)

    def __init__(
        self, memory: Settings, location: Location, request: ViewRequest, words: str, pages: Sequence[ReportPage],
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        """Offer a report of ``request``, which ``words`` tell, of some of these pages."""
        super().__init__(parent)
        self._memory, self._location, self._request = memory, location, request
        self._offered = {page.presenter.key: page for page in pages}
        self.making = ReportMaking(self)
        self.setWindowTitle(_("Report"))
        left_out = memory.texts(REPORT_PAGES)
        self.pages = {key: QCheckBox(page.title) for key, page in self._offered.items()}
        for key, box in self.pages.items():
            box.setChecked(key not in left_out)
            box.toggled.connect(self._enable)
        self.users, self.numbers = QCheckBox(_("Users by &name or id")), QCheckBox(_("The n&umbers of each chart"))
        self.numbers.setChecked(True)
        name, place = (
            f"botpulse-report-{date.today().isoformat()}.html",
            QStandardPaths.StandardLocation.DocumentsLocation,
        )
        self.file = FileField(_("Report"), lambda: name, ("html",), (memory, REPORT_FOLDER), place)
        self.note, self.bar = PlainLabel(words), ThinBar(_("Report"))
        self.cancel, self.write = QPushButton(_("Cancel")), QPushButton(_("&Write"))
        self._arrange()
        self._connect()

    def done(self, result: int) -> None:
        """Stop what runs, whichever way the dialog is closed."""
        self.making.stop()
        super().done(result)

    def _chosen(self) -> list[ReportPage]:
        return [page for key, page in self._offered.items() if self.pages[key].isChecked()]

    def _start(self) -> None:
        if self.making.running:
            return
        look = ReportLook(theme_shown(), self.users.isChecked(), self.numbers.isChecked(), note_news().notes)
        target, may_replace = self.file.target, self.file.may_replace
        self.bar.show()
        self.making.start(ReportOrder(self._location, self._request, self._chosen(), look, target, may_replace))
        self._enable()

    def _show_progress(self, share: float, words: str) -> None:
        self.bar.show_share(share)
        self._say(Severity.MUTED, words)

    def _finish(self, target: Path) -> None:
        self._memory.remember(REPORT_PAGES, tuple(key for key, box in self.pages.items() if not box.isChecked()))
        self.file.remember(target)
        self.exported.emit(target)
        QTimer.singleShot(0, self.accept)

    def _fail(self, fault: BotpulseError) -> None:
        there = isinstance(fault, AlreadyThere)
        self.file.replaced = self.file.target if there else None
        self.write.setText(_("&Replace") if there else _("&Write"))
        self._say(Severity.BAD, f"{fault.title}. {fault.what_happened} {fault.what_to_do}")
        self._enable()

    def _enable(self) -> None:
        free = not self.making.running
        self.bar.setVisible(not free)
        self.write.setEnabled(free and bool(self._chosen()))
        for box in (*self.pages.values(), self.users, self.numbers, self.file):
            box.setEnabled(free)

    def _say(self, severity: Severity, words: str) -> None:
        self.note.setText(words)
        set_severity(self.note, severity)
        if severity is not Severity.MUTED:
            announce(self, words, urgent=True)

    def _connect(self) -> None:
        self.making.progressed.connect(self._show_progress)
        self.making.finished.connect(self._finish)
        self.making.failed.connect(self._fail)
        self.file.edited.connect(lambda: self.write.setText(_("&Write")))
        self.cancel.clicked.connect(self.reject)
        self.write.clicked.connect(self._start)

    def _arrange(self) -> None:
        boxes = list(self.pages.values())
        half = (len(boxes) + 1) // 2
        shown = Card(_("Pages"))
        shown.body.addLayout(row((column(*boxes[:half], 1, gap=6), 1), (column(*boxes[half:], 1, gap=6), 1), gap=24))
        told = Card(_("What may be read in it"), self.users, self.numbers)
        self.note.setWordWrap(True)
        self.note.setFont(base_font(SMALL_PIXELS))
        self.note.setMinimumHeight(36)
        set_severity(self.note, Severity.MUTED)
        self.bar.hide()
        self.cancel.setAutoDefault(False)
        self.write.setDefault(True)
        self.write.setProperty("primary", "true")
        buttons = row(1, self.cancel, self.write, gap=8)
        column(shown, told, self.file, self.note, self.bar, 1, buttons, on=self, gap=12, margins=(24, 20, 24, 16))
        resize_within(self, _WIDTH, self.sizeHint().height())
