"""The whole legend in a panel, and the button that opens it: for plots that have no room for all the names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QHideEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QAbstractButton, QFrame, QSizePolicy, QVBoxLayout, QWidget

from core.text.formatting import one_line
from core.text.translation import gettext as _
from gui.plots.shared.drawing import small_font
from gui.plots.shared.legend import HEIGHT, Chip, order_tabs
from gui.widgets.text import set_tip
from resources.design import Palette

WIDEST: Final = 320
"""Pixels of a name in the panel."""

_PADDING: Final = 8
_EDGE: Final = 8
_NAMED: Final = 12


class LegendButton(QAbstractButton):
    """Says how many series have no room in the legend, and leads to all of them: ``+4``, or ``Legend`` for all."""

    def __init__(self, palette: Palette, parent: QWidget) -> None:
        super().__init__(parent)
        self._palette = palette
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)  # it lightens up under the mouse
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.hide()

    def set_palette(self, palette: Palette) -> None:
        """Take the theme's colours."""
        self._palette = palette
        self.update()

    def show_left_out(self, names: Sequence[str], series: int) -> None:
        """Stand for the series of these names, of so many."""
        listed = ", ".join(one_line(name, 40) for name in names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
        self.setText(self._words(len(names), series))
        self.setAccessibleName(
            _("Legend, {names} more series: {listed}").format(names=len(names), listed=listed)
            if len(names) < series
            else _("Legend")
        )
        self.setAccessibleDescription(_("Opens the whole legend"))
        set_tip(self, _("{listed}\nClick or Space: the whole legend").format(listed=listed))

    def width_for(self, left_out: int, series: int) -> int:
        """How wide it is where it stands for so many of the series."""
        metrics = QFontMetricsF(self._button_font())
        return int(metrics.horizontalAdvance(self._words(left_out, series))) + 2 + 2 * _PADDING

    def sizeHint(self) -> QSize:
        """Return the size that suits the content."""
        return QSize(int(QFontMetricsF(self._button_font()).horizontalAdvance(self.text())) + 2 + 2 * _PADDING, HEIGHT)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take Enter and Down, too: they open what is behind a button elsewhere."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the content."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        lit = self.underMouse() or self.isDown()
        painter.setPen(QPen(QColor(self._palette.border), 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 2.5, -0.5, -2.5), 4, 4)
        painter.setFont(self._button_font())
        painter.setPen(QColor(self._palette.text if lit else self._palette.muted))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
        painter.end()

    def _button_font(self) -> QFont:
        return small_font(self.font(), 12)

    @staticmethod
    def _words(left_out: int, series: int) -> str:
        return f"+{left_out}" if left_out < series else _("Legend")


class LegendPanel(QFrame):
    """The legend's chips in a column; it stays open while they are switched. Escape or a click beside it closes it.

    Attributes:
        chips: one a series.

    Signals:
        closed(): it has gone, and will be deleted.
    """

    closed = Signal()

    def __init__(self, chips: Sequence[Chip], palette: Palette, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAccessibleName(_("Legend"))
        self.chips = tuple(chips)
        self._palette = palette
        column = QVBoxLayout(self)
        column.setContentsMargins(_EDGE, _EDGE, _EDGE, _EDGE)
        column.setSpacing(2)
        for chip in self.chips:
            chip.widest = WIDEST
            column.addWidget(chip)
        order_tabs(self, self.chips)

    def open_below(self, button: QWidget) -> None:
        """Show the panel under the button, its right edge at the button's, within the screen."""
        self.adjustSize()
        corner = button.mapToGlobal(QPoint(button.width() - self.width(), button.height()))
        room = button.screen().availableGeometry()
        corner.setX(max(room.left(), min(corner.x(), room.right() - self.width())))
        corner.setY(max(room.top(), min(corner.y(), room.bottom() - self.height())))
        self.move(corner)
        self.show()
        self.chips[0].setFocus(Qt.FocusReason.PopupFocusReason)

    def hideEvent(self, event: QHideEvent) -> None:
        """However it went: it is not needed again."""
        super().hideEvent(event)
        self.closed.emit()
        self.deleteLater()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground."""
        del event
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._palette.border))
        painter.fillRect(self.rect().adjusted(1, 1, -1, -1), QColor(self._palette.raised))
        painter.end()
