"""What widgets are put together from: rows and columns, icons, small buttons, bars of progress."""

from __future__ import annotations

from typing import Any, TypeAlias, TypeVar

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAccessible, QIcon, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLayout,
    QProgressBar,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.text.formatting import percent
from gui.style.icons import icon
from gui.widgets.text import set_tip

Margins: TypeAlias = tuple[int, int, int, int]
Part: TypeAlias = QWidget | QLayout | int | tuple[QWidget | QLayout, int] | tuple[QWidget, int, Qt.AlignmentFlag]
"""A widget or layout alone, with its weight, or with its alignment, too; a number is free room of that weight."""

TOP = Qt.AlignmentFlag.AlignTop
L = TypeVar("L", bound=QBoxLayout)

_STEPS = 1_000


def row(*parts: Part, on: QWidget | None = None, gap: int = -1, margins: Margins = (0, 0, 0, 0)) -> QHBoxLayout:
    """Return parts side by side: laid out on a widget, or to stand in another layout, whose spacing it has then."""
    return _laid_out(QHBoxLayout(), parts, on, gap, margins)


def column(*parts: Part, on: QWidget | None = None, gap: int = -1, margins: Margins = (0, 0, 0, 0)) -> QVBoxLayout:
    """Return parts below each other, as :func:`row` does beside each other."""
    return _laid_out(QVBoxLayout(), parts, on, gap, margins)


def _laid_out(layout: L, parts: tuple[Part, ...], on: QWidget | None, gap: int, margins: Margins) -> L:
    if on is not None:
        on.setLayout(layout)
    layout.setContentsMargins(*margins)
    layout.setSpacing(gap)
    fill(layout, *parts)
    return layout


def fill(layout: QBoxLayout, *parts: Part) -> None:
    """Add parts at the end of a row or column."""
    how: list[Any]
    for part in parts:
        item, *how = part if isinstance(part, tuple) else (part,)
        if isinstance(item, QLayout):
            layout.addLayout(item, *how)
        elif isinstance(item, QWidget):
            layout.addWidget(item, *how)
        else:
            layout.addStretch(item)


class WidgetStack(QStackedWidget):
    """Widgets of which one is seen at a time. A screen reader does not name it: Qt would call it a layered pane."""

    accessible_role = QAccessible.Role.Client


def read_in_order(splitter: QSplitter) -> None:
    """Let screen readers meet a splitter's parts as they are seen: Qt puts each new one in front of those before it."""
    for place in range(splitter.count()):
        splitter.widget(place).raise_()  # type: ignore[union-attr]  # there is one at each place


class Glyph(QWidget):
    """An icon that follows the theme by itself."""

    def __init__(self, name: str = "info", ink: str = "muted", pixels: int = 18) -> None:
        super().__init__()
        self._icon, self._pixels = icon(name, ink), pixels
        self.setFixedSize(pixels, pixels)

    def show_icon(self, name: str, ink: str) -> None:
        """Show another one."""
        self._icon = icon(name, ink)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it in the colours of the moment."""
        del event
        size = QSize(self._pixels, self._pixels)
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._icon.pixmap(size, self.devicePixelRatioF()))
        painter.end()


def keys_shown(keys: str) -> str:
    """Keys (``Shift+Enter``) as this system and language write them, for an entry that only says them."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)


def tool_button(name: str, tip: str, icon_name: str, ink: str = "muted") -> QToolButton:
    """Return a flat button with an icon; ``name`` is what a screen reader calls it."""
    button = QToolButton()
    button.setAutoRaise(True)
    button.setIcon(icon(icon_name, ink))
    button.setAccessibleName(name)
    set_tip(button, tip)
    return button


def close_box() -> QDialogButtonBox:
    """Return a box with the button Close; desktops that put icons on buttons have none that fits the theme."""
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    for each in box.buttons():
        each.setIcon(QIcon())
    return box


class ThinBar(QProgressBar):
    """How far work is, as a thin bar; ``name`` is what a screen reader calls it."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setTextVisible(False)
        self.setFixedHeight(8)
        self.setAccessibleName(name)

    def show_share(self, share: float) -> str:
        """Show how much is done, 0 to 1, and return it in words."""
        share = min(max(share, 0.0), 1.0)
        self.setRange(0, _STEPS)
        self.setValue(round(share * _STEPS))
        return percent(share, 0)


def scrolled(widget: QWidget) -> QScrollArea:
    """Return a frameless area in which a widget scrolls up and down, and which never takes the keys."""
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(widget)
    return area
