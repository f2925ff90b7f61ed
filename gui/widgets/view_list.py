"""The host's saved views, under the pages in the rail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolButton, QVBoxLayout, QWidget

from core.text.names import name_line
from core.text.translation import gettext as _
from gui.style.icons import icon
from gui.style.severity import Severity
from gui.widgets.parts import column
from gui.widgets.scroll_box import ScrollBox
from gui.widgets.text import PlainLabel, set_severity, set_tip

_AROUND_TEXT: Final = 48
"""Pixels of a button that its icon and its margins take."""

_MARGIN: Final = 8


class ViewButton(QToolButton):
    """Opens a view. F2 asks for another name, Delete removes it, Ctrl+Up and Ctrl+Down move it.

    Signals:
        renaming(), removing(): as it says; moved(int): by so many places; stepped(int): the keys go so many places on.
        menu_wanted(QPoint): its menu is to open there, on the screen.
    """

    renaming = Signal()
    removing = Signal()
    moved = Signal(int)
    stepped = Signal(int)
    menu_wanted = Signal(QPoint)

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name_line(name, 80)
        self.setIcon(icon("star"))
        self.setIconSize(QSize(18, 18))
        self.setCheckable(True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(_("View {name}").format(name=self._name))
        set_tip(self, self._name)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as much of the name as there is room for."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        shown = self.fontMetrics().elidedText(
            self._name, Qt.TextElideMode.ElideRight, max(self.width() - _AROUND_TEXT, 24)
        )
        self.setText(shown.replace("&", "&&"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take the keys that change it."""
        key, control = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif key == Qt.Key.Key_F2:
            self.renaming.emit()
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removing.emit()
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            by = -1 if key == Qt.Key.Key_Up else 1
            (self.moved if control else self.stepped).emit(by)
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu, at the mouse or, by keyboard, at the button."""
        by_mouse = event.reason() is QContextMenuEvent.Reason.Mouse
        self.menu_wanted.emit(event.globalPos() if by_mouse else self.mapToGlobal(self.rect().center()))


class ViewList(QWidget):
    """A button a view; hidden while there is none. Tab leads to one of them, arrow keys from each to the next.

    Signals:
        opened(int), renaming(int), removing(int): the view in this place; moved(int, int): by so many places.
        menu_wanted(int, QPoint): its menu is to open there.
    """

    opened = Signal(int)
    renaming = Signal(int)
    removing = Signal(int)
    moved = Signal(int, int)
    menu_wanted = Signal(int, QPoint)

    def __init__(self) -> None:
        super().__init__()
        self.buttons: list[ViewButton] = []
        self._inside = QWidget()
        self._buttons: QVBoxLayout = column(1, on=self._inside, gap=4)
        caption = PlainLabel(_("Views"))
        caption.setContentsMargins(_MARGIN, 8, 0, 0)
        set_severity(caption, Severity.MUTED)
        self._box = ScrollBox(self._inside, _("Saved views"))
        self._box.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column(caption, (self._box, 1), on=self, gap=4)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.hide()

    def show_views(self, names: Sequence[str]) -> None:
        """Offer views by these names, in this order. What had the keys has them again."""
        had = next((place for place, button in enumerate(self.buttons) if button.hasFocus()), None)
        for button in self.buttons:
            self._buttons.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = [self._made(place, name) for place, name in enumerate(names)]
        for place, button in enumerate(self.buttons):
            self._buttons.insertWidget(place, button)
            button.show()  # a layout would only do it in the next turn, and it may be given the keys before
        self.setVisible(bool(names))
        if had is not None and self.buttons:
            self.focus_on(min(had, len(self.buttons) - 1))

    def mark(self, current: int | None) -> None:
        """Show which of them is looked at; None: none."""
        for place, button in enumerate(self.buttons):
            button.setChecked(place == current)
        self._let_reach(current or 0)

    def focus_on(self, place: int) -> None:
        """Give the keys to a view."""
        self._let_reach(place)
        self.buttons[place].setFocus()
        self._box.ensureWidgetVisible(self.buttons[place])

    def _let_reach(self, place: int) -> None:
        for other, button in enumerate(self.buttons):
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus if other == place else Qt.FocusPolicy.ClickFocus)

    def _step(self, place: int) -> None:
        if 0 <= place < len(self.buttons):
            self.focus_on(place)

    def changeEvent(self, event: QEvent) -> None:
        """Have as much of each name shown as a new font leaves room for."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            for button in self.buttons:
                button.updateGeometry()

    def _made(self, place: int, name: str) -> ViewButton:
        button = ViewButton(name)
        button.clicked.connect(lambda: self.opened.emit(place))
        button.renaming.connect(lambda: self.renaming.emit(place))
        button.removing.connect(lambda: self.removing.emit(place))
        button.moved.connect(lambda by: self.moved.emit(place, by))
        button.stepped.connect(lambda by: self._step(place + by))
        button.menu_wanted.connect(lambda at: self.menu_wanted.emit(place, at))
        return button
