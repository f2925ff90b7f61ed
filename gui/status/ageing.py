"""Retention by age while the window, or the icon in the tray, is there: once a day, after the host has agreed to it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal

from core.errors import BotpulseError
from core.storage.location import Location
from core.tasks import Task
from core.text.age_words import went_words
from core.text.ages import AgeLimits, limits_of
from core.text.translation import gettext as _
from gui import settings
from gui.settings import Settings
from gui.style.severity import Severity
from gui.threads.jobs import Job

if TYPE_CHECKING:
    from core.maintenance.age_notes import ToConfirm
    from core.maintenance.retention import AgeResult

log = logging.getLogger(__name__)

SOON_MS: Final = 180_000
"""A backup of the day goes first (:mod:`gui.status.scheduled_backups`)."""

CHANGED_MS: Final = 1_000
"""The host may be setting one age after the other."""

EVERY_MS: Final = 3_600_000


class RetentionByAge(QObject):
    """Removes from one database what is older than the preferences say, when a day has begun.

    Nothing goes before the host has seen how much it is, and agreed, for this database.

    Signals:
        notice_requested(Severity, str, str, object): a line for the window, as a dialog's menu has it.
        looked(): a look is over, whatever it found.
        removed(): rows, or prompts, are gone.
    """

    notice_requested = Signal(object, str, str, object)
    looked = Signal()
    removed = Signal()

    def __init__(self, memory: Settings, ask: Callable[[AgeLimits], object], parent: QObject | None = None) -> None:
        """``ask`` shows the host what would go by these limits, and has them agree or not."""
        super().__init__(parent)
        self._memory, self._ask = memory, ask
        self._location: Location | None = None
        self._told: object = None
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.look)
        self._job = Job(self)
        self._job.failed.connect(self._tell)
        self._job.ended.connect(self.looked)
        self._job.finished.connect(self._take)

    @property
    def limits(self) -> AgeLimits:
        """What the preferences say; empty: everything is kept."""
        return limits_of(self._memory.text(settings.KEPT_AGES)) or {}

    def begin(self, location: Location | None) -> None:
        """Look after another database, or none, or one on a server: rows go by their age from files only."""
        self._job.cancel()
        self._told = None
        self._location = location if location is not None and location.path is not None else None
        self._timer.stop()
        if self._location is not None and self.limits:
            self._timer.start(SOON_MS)

    def apply(self) -> None:
        """The preferences say something else: look soon, also whether less goes than before, or nothing."""
        self._job.cancel()
        self._told = None
        if self._location is not None:
            self._timer.start(CHANGED_MS)

    def look(self) -> None:
        """Remove what is old if that is due, or ask."""
        location, limits = self._location, self.limits
        if location is None or self._job.running:
            return
        if limits:
            self._timer.start(EVERY_MS)
        else:
            self._timer.stop()
        self._job.start(partial(_due, location, limits))

    def end(self) -> None:
        """The window closes: what has gone by now stays gone, the rest goes at the next run. It may be called twice."""
        self._timer.stop()
        self._job.stop()

    def _take(self, found: AgeResult | ToConfirm | None) -> None:
        if found is None:
            return
        from core.maintenance.retention import AgeResult

        if not isinstance(found, AgeResult):
            self._offer(went_words(found.found.rows))
        elif found.rows:
            log.info("By their age went: %s", dict(found.rows))
            self.removed.emit()

    def _offer(self, what: str) -> None:
        """Say it once for the same limits, while this database is open."""
        limits = self.limits
        if self._told == limits:
            return
        self._told = limits
        words = _("By the ages in Preferences → Data this would go from the database: {what}. Nothing has gone yet.")
        ask = partial(self._ask, limits)
        self.notice_requested.emit(Severity.ACCENT, words.format(what=what), _("Look…"), ask)

    def _tell(self, fault: BotpulseError) -> None:
        log.warning("What is old could not be removed: %s", fault)
        words = _("What is old could not be removed. {title}: {what_to_do}")
        if fault.title != self._told:
            self._told = fault.title
            told = words.format(title=fault.title, what_to_do=fault.what_to_do)
            self.notice_requested.emit(Severity.WARN, told, "", None)


def _due(location: Location, limits: AgeLimits) -> Task[AgeResult | ToConfirm | None]:
    """The task; what it needs is loaded in its thread."""
    from core.maintenance.age_notes import retain_if_due

    return retain_if_due(location, limits, lambda: datetime.now(UTC))
