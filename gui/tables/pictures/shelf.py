"""Above the table of images: the strip of the latest pictures, or in a line why there is none."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from core.storage.location import Location
from core.text.translation import gettext as _
from core.worker.live.process import LiveProcess
from gui.status.pictures import Pictures
from gui.style.severity import Severity
from gui.style.theme import SMALL_PIXELS, base_font
from gui.tables.pictures.latest import LatestPictures
from gui.tables.pictures.row import HIDDEN
from gui.tables.pictures.strip import PictureStrip
from gui.tables.records.going import RowVisit
from gui.tables.records.table import TablePanel
from gui.widgets.parts import column
from gui.widgets.text import ElidedLabel, set_severity

_NONE = _("No pictures yet in this range: they come with images whose files the bot records.")


class PictureShelf(QWidget):
    """Takes room only where the host has said where pictures are. Nothing is read or asked for unless it is seen.

    Attributes:
        strip: the pictures.
        latest: reads which they are.

    Signals:
        height_changed(): it needs more room than before, or less.
    """

    height_changed = Signal()

    def __init__(self, table: TablePanel, pictures: Pictures, zone: ZoneInfo, process: LiveProcess | None) -> None:
        super().__init__()
        self._pictures = pictures
        self.strip = PictureStrip(pictures, zone)
        self.latest = LatestPictures(zone, process, self)
        self._line = ElidedLabel()
        self._line.setFont(base_font(SMALL_PIXELS))
        set_severity(self._line, Severity.MUTED)
        column(self.strip, self._line, on=self, gap=0)
        visit = RowVisit(table)
        self.strip.opened.connect(lambda pictured: visit.go(pictured.id))
        self.latest.found.connect(self._show)
        pictures.changed.connect(self._follow)
        if not pictures.wanted:
            self.hide()  # to be shown before it has a place would make it a window of its own
        self._arrange()

    @property
    def words(self) -> str:
        """What is said in place of pictures; empty while there are some."""
        return self._line.text() if not self._line.isHidden() else ""

    def begin(self, location: Location | None) -> None:
        """Show the pictures of another database, or of none."""
        self.latest.begin(location)

    def showEvent(self, event: QShowEvent) -> None:
        """Read what came in meanwhile."""
        super().showEvent(event)
        self.latest.watch(not self._pictures.hidden)

    def hideEvent(self, event: QHideEvent) -> None:
        """Read no further."""
        super().hideEvent(event)
        self.latest.watch(False)

    def _show(self, found: object) -> None:
        assert isinstance(found, tuple)
        self.strip.show_pictures(found)
        self._arrange()

    def _follow(self) -> None:
        """Pictures come from elsewhere, or are hidden, or shown."""
        self.setVisible(self._pictures.wanted)
        self.latest.watch(self.isVisible() and not self._pictures.hidden)
        self._arrange()
        self.strip.viewport().update()

    def _arrange(self) -> None:
        before = self.sizeHint().height()
        words = HIDDEN if self._pictures.hidden else "" if self.strip.rows else _NONE
        self._line.set_text(words)
        self._line.setVisible(bool(words))
        self.strip.setVisible(not words)
        if self.sizeHint().height() != before:
            self.height_changed.emit()
