"""Scheduled backups while the window, or the icon in the tray, is there: one a day, and a word when one fails."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal

from core.errors import BotpulseError
from core.storage.location import Location
from core.text.translation import gettext as _
from gui import settings
from gui.settings import BackupChoice, Settings
from gui.style.severity import Severity
from gui.threads.jobs import Job

if TYPE_CHECKING:
    from core.maintenance.scheduled import Rotation

log = logging.getLogger(__name__)

SOON_MS: Final = 120_000
"""The window's own loading, and the bot's start beside it, go first."""

EVERY_MS: Final = 600_000
AGAIN_MS: Final = 3_600_000
"""After one that failed: what stood in the way is seldom gone within minutes."""


class ScheduledBackups(QObject):
    """Backs one database up when a day has begun, where the host prefers that.

    Signals:
        notice_requested(Severity, str, str, object): a line for the window, as a dialog's menu has it.
        failed(str): the words of a failure that was not told before: for whoever does not see the window.
        made(Rotation): a backup was made and verified.
    """

    notice_requested = Signal(object, str, str, object)
    failed = Signal(str)
    made = Signal(object)

    def __init__(self, memory: Settings, back_up_now: Callable[[], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._memory, self._back_up_now = memory, back_up_now
        self._location: Location | None = None
        self._told = ""
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.look)
        self._job = Job(self)
        self._job.finished.connect(self._note)
        self._job.failed.connect(self._tell)

    def begin(self, location: Location | None) -> None:
        """Look after another database, or none. One on a server has its server's own backups."""
        self._job.cancel()
        self._told = ""
        self._location = location if location is not None and location.path is not None else None
        self.apply()

    def apply(self) -> None:
        """Do as the preferences say from now on."""
        if self._location is not None and self._memory.text(settings.BACKUPS) == BackupChoice.DAILY:
            self._timer.start(SOON_MS)
        else:
            self._timer.stop()

    def look(self) -> None:
        """Back up if that is due."""
        from core.maintenance.scheduled import back_up_if_due

        location = self._location
        if location is None or self._job.running:
            return
        self._timer.start(EVERY_MS)
        self._job.start(lambda: back_up_if_due(location, lambda: datetime.now(UTC)))

    def end(self) -> None:
        """The window closes: half a backup is not kept. It may be called twice."""
        self._timer.stop()
        self._job.stop()

    def _note(self, done: Rotation | None) -> None:
        if done is None:
            return
        log.info("Scheduled backup made: %s; %d older ones removed", done.backup.path, len(done.removed))
        for path in done.left:
            log.warning("An older scheduled backup could not be removed: %s", path)
        self._told = ""
        self.made.emit(done)

    def _tell(self, fault: BotpulseError) -> None:
        log.warning("The scheduled backup failed: %s", fault)
        self._timer.start(AGAIN_MS)
        if fault.title == self._told:
            return
        self._told = fault.title
        words = _("The scheduled backup failed. {title}: {what_to_do}").format(
            title=fault.title, what_to_do=fault.what_to_do
        )
        self.notice_requested.emit(Severity.WARN, words, _("Back up now…"), self._back_up_now)
        self.failed.emit(f"{fault.title}. {fault.what_to_do}")
