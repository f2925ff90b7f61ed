"""Above the table of images: the strip of the latest pictures, or in a line why there is none."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from core.storage.location import Location
from core.text.translation import gettext as _
from core.worker.live.process import LiveProcess
from gui.settings import Setting
from gui.status.pictures import Pictures
from gui.style.severity import Severity
from gui.style.theme import SMALL_PIXELS, base_font
from gui.tables.pictures.latest import LatestPictures
from gui.tables.pictures.row import HIDDEN
from gui.tables.pictures.strip import PictureStrip
from gui.tables.records.going import RowVisit
from gui.tables.records.preferences import Memory
from gui.tables.records.table import TablePanel
from gui.widgets.parts import TOP, row, tool_button
from gui.widgets.text import ElidedLabel, set_severity

STRIP: Final = Setting("pictures/strip", "shown", "whether the strip of the latest pictures is", ("shown", "folded"))

_TITLE: Final = _("Latest pictures")

_NONE: Final = _("No pictures yet in this range: they come with images whose files the bot records.")


class PictureShelf(QWidget):
    """Takes room only where the host has said where pictures are. Nothing is read or asked for unless it is seen.

    Attributes:
        strip: the pictures; fold: the button that lets them take a line's room, which is remembered.
        latest: reads which they are.

    Signals:
        height_changed(): it needs more room than before, or less.
    """

    height_changed = Signal()

    def __init__(
        self, table: TablePanel, pictures: Pictures, zone: ZoneInfo, process: LiveProcess | None, memory: Memory
    ) -> None:
        super().__init__()
        self._pictures, self._memory = pictures, memory
        self.fold = tool_button(_TITLE, _("Show the latest pictures, or leave the room to the table"), "images")
        self.fold.setCheckable(True)
        self.fold.setChecked(memory.text(STRIP) == "shown")
        self.fold.toggled.connect(self._keep_fold)
        self.strip = PictureStrip(pictures, zone)
        self.latest = LatestPictures(zone, process, self)
        self._line = ElidedLabel()
        self._line.setFont(base_font(SMALL_PIXELS))
        set_severity(self._line, Severity.MUTED)
        row((self.fold, 0, TOP), (self.strip, 1), (self._line, 1), on=self, gap=6)
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
        self.latest.watch(self._is_looked_at)

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
        self.latest.watch(self.isVisible() and self._is_looked_at)
        self._arrange()
        self.strip.viewport().update()

    @property
    def _is_looked_at(self) -> bool:
        return self.fold.isChecked() and not self._pictures.hidden

    def _keep_fold(self, shown: bool) -> None:
        self._memory.remember(STRIP, "shown" if shown else "folded")
        self._follow()

    def _arrange(self) -> None:
        before = self.sizeHint().height()
        folded = not self.fold.isChecked()
        words = _TITLE if folded else HIDDEN if self._pictures.hidden else "" if self.strip.rows else _NONE
        self._line.set_text(words)
        self._line.setVisible(bool(words))
        self.strip.setVisible(not words)
        if self.sizeHint().height() != before:
            self.height_changed.emit()
