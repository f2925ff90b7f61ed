"""Where in the whole table the view is: a scroll bar over rows that are mostly not in memory."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractSlider, QFrame, QSizePolicy, QWidget

from core.text.translation import gettext as _
from gui.style.theme import SMALL_PIXELS, base_font, ink, tabular
from gui.widgets.parts import row
from gui.widgets.text import PlainLabel

STEPS: Final = 1_000_000
"""The bar's values go from 0 (the first row of the order) to this: fine enough for tens of millions of rows."""

_WIDTH: Final = 14
_LEAST_HANDLE: Final = 28


class Bubble(QFrame):
    """A small label that floats beside the bar and names the place that it points at."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.words = PlainLabel()
        self.words.setFont(tabular(base_font(SMALL_PIXELS)))
        row(self.words, on=self, margins=(8, 4, 8, 4))
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    def show_beside(self, bar: QWidget, height: int, text: str) -> None:
        """Say ``text`` at the left of ``bar``, ``height`` pixels below its top."""
        parent = self.parentWidget()
        self.words.setText(text)
        self.adjustSize()
        place = bar.mapTo(parent, QPoint(0, height)) if parent is not None else QPoint()
        lowest = (parent.height() if parent is not None else 0) - self.height()
        self.move(place.x() - self.width() - 6, max(0, min(place.y() - self.height() // 2, lowest)))
        self.raise_()
        self.show()


class PositionBar(QAbstractSlider):
    """Shows which share of all rows lies above the view, and jumps to any share by drag, click or key.

    Up and Down move by 1 %, Page Up and Page Down by 10 %, Home and End to the ends.

    Attributes:
        bubble: names the place that is pointed at, beside the bar.

    Signals:
        jump_asked(float): the host wants to see the rows at this share, 0 to 1. While the handle is dragged it comes
            again and again.
        place_asked(float): what is at this share? The answer goes to :meth:`name_place`.
    """

    jump_asked = Signal(float)
    place_asked = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._page = 1.0
        self._grabbed: float | None = None
        self._pointed: float | None = None
        self.bubble: Bubble | None = None
        self.setOrientation(Qt.Orientation.Vertical)
        self.setRange(0, STEPS)
        self.setSingleStep(STEPS // 100)
        self.setPageStep(STEPS // 10)
        self.setInvertedControls(True)  # Down leads to later rows of the order, as in a list
        self.setTracking(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(_("Position in the whole table"))
        self.actionTriggered.connect(self._follow_key)

    @property
    def is_dragged(self) -> bool:
        """Whether the handle is being held."""
        return self._grabbed is not None

    def sizeHint(self) -> QSize:
        """Return a narrow bar's size."""
        return QSize(_WIDTH, 80)

    def set_place(self, share: float, page: float, words: str) -> None:
        """Show that the view begins at ``share`` of all rows and covers ``page`` of them; ``words`` say when that is.

        A handle that is held stays where it is held.
        """
        self._page = min(max(page, 0.0), 1.0)
        if not self.is_dragged:
            self.setValue(round(min(max(share, 0.0), 1.0) * STEPS))
        self.setAccessibleDescription(words)
        self.update()

    def name_place(self, share: float, words: str) -> None:
        """Say what is at ``share``; too late an answer, for a place that is no longer pointed at, is left out."""
        if words and self._pointed is not None and abs(share - self._pointed) < 1e-9:
            if self.bubble is None:
                self.bubble = Bubble(self.parentWidget() or self)
            self.bubble.show_beside(self, round(self._handle_at(share).center().y()), words)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the groove and the handle."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        box = self._handle_at(self.sliderPosition() / STEPS)
        if box.height() < self.height() - 1 or self.hasFocus():
            lively = self.is_dragged or self.underMouse() or self.hasFocus()
            core = "accent" if self.is_dragged or self.hasFocus() else "text"
            painter.setBrush(ink(core if lively else "field_border"))
            painter.drawRoundedRect(box.adjusted(4, 2, -4, -2), 3, 3)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the handle; beside it, jump there first."""
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        handle, height = self._handle_at(self.value() / STEPS), event.position().y()
        within = handle.top() <= height <= handle.bottom()
        self._grabbed = height - handle.top() if within else handle.height() / 2
        if not within:
            self._drag(height)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the handle, or name the place under the mouse."""
        if self.is_dragged:
            self._drag(event.position().y())
        else:
            self._point(self._share_at(event.position().y() - self._handle_height() / 2))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go of the handle."""
        if event.button() is Qt.MouseButton.LeftButton and self.is_dragged:
            self._grabbed = None
            self.setValue(self.sliderPosition())
            self._point(None)
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Name nothing any more."""
        super().leaveEvent(event)
        if not self.is_dragged:
            self._point(None)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Home is the first row of the order and End the last, whatever the orientation makes of them."""
        ends = {Qt.Key.Key_Home: self.SliderAction.SliderToMinimum, Qt.Key.Key_End: self.SliderAction.SliderToMaximum}
        action = ends.get(Qt.Key(event.key()))
        if action is not None:
            self.triggerAction(action)
        else:
            super().keyPressEvent(event)

    def _follow_key(self, action: int) -> None:
        if action != self.SliderAction.SliderMove.value:
            share = self.sliderPosition() / STEPS
            self._point(share)
            self.jump_asked.emit(share)

    def focusOutEvent(self, event: object) -> None:
        """Name nothing any more."""
        super().focusOutEvent(event)  # type: ignore[arg-type]
        self._point(None)
        self.update()

    def _drag(self, height: float) -> None:
        share = self._share_at(height - (self._grabbed or 0.0))
        if round(share * STEPS) != self.sliderPosition():
            self.setSliderPosition(round(share * STEPS))
            self.update()
            self._point(share)
            self.jump_asked.emit(share)

    def _point(self, share: float | None) -> None:
        self._pointed = share
        if share is not None:
            self.place_asked.emit(share)
        elif self.bubble is not None:
            self.bubble.hide()

    def _handle_height(self) -> float:
        return min(max(self._page * self.height(), _LEAST_HANDLE), self.height())

    def _handle_at(self, share: float) -> QRectF:
        tall = self._handle_height()
        return QRectF(0, share * (self.height() - tall), self.width(), tall)

    def _share_at(self, top: float) -> float:
        room = self.height() - self._handle_height()
        return min(max(top / room, 0.0), 1.0) if room > 0 else 0.0
