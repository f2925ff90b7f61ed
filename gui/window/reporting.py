"""File → Report…, Copy summary: numbers of the range that is shown, to be handed on."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from core.errors import BotpulseError
from core.presenters.caption import caption, origin_of
from core.text.translation import gettext as _
from gui.pages.registry import pages
from gui.settings import Settings
from gui.style.severity import Severity
from gui.threads.jobs import Job, reading_task
from gui.window import actions
from gui.window.actions import Actions
from gui.window.dashboard import LivePanel
from gui.window.export_menu import DialogMenu

if TYPE_CHECKING:
    from core.presenters.readings import ViewRequest
    from core.worker.live.whole_pages import WholePages


class ReportMenu(DialogMenu):
    """Makes reports and summaries of what ``live`` shows; ``request`` tells which range and rows that is."""

    def __init__(
        self,
        window: QWidget,
        live: LivePanel,
        memory: Settings,
        zone: ZoneInfo,
        request: Callable[[], ViewRequest],
        window_actions: Actions,
    ) -> None:
        super().__init__(window, zone)
        self._live, self._memory, self._request = live, memory, request
        self._summing = Job(self)
        self._summing.finished.connect(self._copy)
        self._summing.failed.connect(self._tell_fault)
        live.location_changed.connect(self.set_location)
        window_actions.on(actions.REPORT, self.report)
        window_actions.on(actions.COPY_SUMMARY, self.copy_summary)

    def report(self) -> None:
        """Ask what is to be in it, and write it."""
        from gui.dialogs.report import ReportDialog
        from gui.dialogs.report_making import ReportPage

        shown = self._live.shown
        if shown is not None and (location := self._ready()):
            origin = origin_of(shown)
            words = caption(origin.name, origin.span, origin.zone, shown.taken, origin.chosen)[:-1]
            offered = [ReportPage(page.entry.title, page.presenter, page.charts) for page in pages() if page.charts]
            dialog = ReportDialog(self._memory, location, self._request(), " · ".join(words), offered, self._window)
            dialog.exported.connect(self._tell)
            self._open(dialog)

    def copy_summary(self) -> None:
        """Put what Overview says of the range onto the clipboard, whatever page is shown."""
        from core.presenters.overview import OVERVIEW
        from core.presenters.summary import TOP
        from core.worker.live.whole_pages import whole_pages

        if self._location is not None and self._live.shown is not None and not self._summing.running:
            asked = [(OVERVIEW, frozenset({TOP}))]
            self._summing.start(reading_task(whole_pages, self._location, self._request(), asked))

    def end(self) -> None:
        """The window closes: stop what runs."""
        self._summing.stop()
        super().end()

    def _copy(self, read: WholePages) -> None:
        from core.presenters.summary import summary_of

        QGuiApplication.clipboard().setText(summary_of(read.snapshots[0]))
        self.notice_requested.emit(Severity.GOOD, _("A summary of the range is on the clipboard."), "", None)

    def _tell_fault(self, fault: BotpulseError) -> None:
        words = f"{fault.title}. {fault.what_happened} {fault.what_to_do}"
        self.notice_requested.emit(Severity.WARN, words, "", None)

    def _tell(self, target: Path) -> None:
        from gui.dialogs.data.parts import show_in_folder

        words = _("The report is written: {target}").format(target=target)
        self.notice_requested.emit(Severity.GOOD, words, _("Show in folder"), partial(show_in_folder, target))
