"""What every chart's context menu and keys offer: its rows, its numbers as a table, copies, the export."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QCursor, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractScrollArea, QMenu, QWidget

from core.charts.data_table import DataTable
from core.text.formatting import one_line
from core.text.translation import gettext as _
from gui.plots.shared.data_table_window import DataTableDialog
from gui.widgets.parts import keys_shown

SHOW_ROWS: Final = _("Show rows")
LOGARITHMIC: Final = _("Logarithmic scale")

_TABLE_KEY: Final = Qt.Key.Key_T
_PICTURE_KEYS: Final = QKeySequence("Ctrl+Shift+C")


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """An entry of a menu.

    Attributes:
        words: what it says; plain text, cut to a line.
        act: what it does.
        keys: which keys do the same: only said here.
        enabled: whether it can be chosen.
        checked: whether it has a tick; None where it is no switch.
    """

    words: str
    act: Callable[[], object]
    keys: str = ""
    enabled: bool = True
    checked: bool | None = None


def show_rows_entry(
    act: Callable[[], object], what: str = "", *, enabled: bool = True, keys: str = "Enter"
) -> MenuEntry:
    """``Show rows of comfy``; ``what`` may be untrusted text."""
    return MenuEntry(
        _("{show_rows} of {what}").format(show_rows=SHOW_ROWS, what=one_line(what, 40)) if what else SHOW_ROWS,
        act,
        keys,
        enabled,
    )


def logarithmic_entry(act: Callable[[], object], *, checked: bool) -> MenuEntry:
    """The switch between a linear and a logarithmic scale of durations."""
    return MenuEntry(LOGARITHMIC, act, "L", checked=checked)


def popup_menu(parent: QWidget, groups: Iterable[Iterable[MenuEntry]]) -> QMenu:
    """A menu of groups with lines between them; it deletes itself once it is closed."""
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    for group in map(list, groups):
        if group and not menu.isEmpty():
            menu.addSeparator()
        for entry in group:
            _add(menu, entry)
    return menu


def _add(menu: QMenu, entry: MenuEntry) -> None:
    words = one_line(entry.words, 80).replace("&", "&&")  # an ampersand would mark a letter
    action = menu.addAction(f"{words}\t{keys_shown(entry.keys)}" if entry.keys else words)
    action.setEnabled(entry.enabled)
    if entry.checked is not None:
        action.setCheckable(True)
        action.setChecked(entry.checked)
    action.triggered.connect(lambda _checked=False: entry.act())


class MenuOwner(Protocol):
    """What the menu asks of its plot."""

    @property
    def drawn(self) -> bool:
        """Whether there is a drawing, and so numbers."""

    @property
    def summary(self) -> str:
        """The sentence above the table."""

    def data_table(self) -> DataTable | None:
        """The chart's numbers, or None while nothing is drawn."""

    def entries(self, at: QPoint | None) -> Iterable[MenuEntry]:
        """The plot's own entries, for the mouse at a point of the surface or, with None, for the keyboard."""

    def anchor(self) -> QPoint | None:
        """Where the keyboard's menu opens; None: in the middle."""


class ChartMenu(QObject):
    """Listens to the widget that has a plot's focus: context menu, T for the table, Ctrl+C and Ctrl+Shift+C.

    Signals:
        export_requested(): the chart is to be exported.
        copy_picture_requested(): its picture is to be copied.
        copy_data_requested(): its numbers are to be copied.
    """

    export_requested = Signal()
    copy_picture_requested = Signal()
    copy_data_requested = Signal()

    def __init__(self, plot: MenuOwner, focus: QWidget) -> None:
        """Attach to the widget ``focus``, or its viewport, on which the plot is drawn."""
        super().__init__(focus)
        self._plot, self._focus = plot, focus
        self._menu: QMenu | None = None
        focus.installEventFilter(self)
        self._surface = focus.viewport() if isinstance(focus, QAbstractScrollArea) else focus
        if self._surface is not focus:
            self._surface.installEventFilter(self)

    @property
    def menu(self) -> QMenu | None:
        """The menu that is open, or None."""
        return self._menu

    def show_table(self) -> DataTableDialog | None:
        """Open the chart's numbers as a table; None while it has none."""
        table = self._plot.data_table()
        if table is None:
            return None
        dialog = DataTableDialog(table, self._plot.summary, self._focus)
        dialog.open()
        return dialog

    def open_menu(self, at: QPoint | None = None) -> None:
        """Open the menu at a point of the chart, or, with None, where the keyboard is."""
        if self._menu is not None:
            return
        menu = self._menu = popup_menu(self._focus, (self._plot.entries(at), self._common()))
        menu.destroyed.connect(self._forget)
        where = at if at is not None else self._plot.anchor() or self._surface.rect().center()
        menu.popup(self._surface.mapToGlobal(where))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the menu's and the table's keys, and the mouse's right button.

        While the menu is open, what is pointed at stays: its entries are about that.
        """
        if self._menu is not None and event.type() in (QEvent.Type.Leave, QEvent.Type.FocusOut):
            return True
        if isinstance(event, QContextMenuEvent):
            by_mouse = event.reason() is not QContextMenuEvent.Reason.Keyboard
            self.open_menu(event.pos() if by_mouse else None)
            return True
        if watched is self._focus and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._key(event)
        return False

    def _key(self, event: QKeyEvent) -> bool:
        shifted = event.modifiers() == Qt.KeyboardModifier.ShiftModifier
        if event.key() == Qt.Key.Key_Menu or (event.key() == Qt.Key.Key_F10 and shifted):
            self.open_menu()
        elif event.key() == _TABLE_KEY and not event.modifiers():
            self.show_table()
        elif event.matches(QKeySequence.StandardKey.Copy) and self._plot.drawn:
            self.copy_data_requested.emit()
        elif QKeySequence(event.keyCombination()) == _PICTURE_KEYS and self._plot.drawn:
            self.copy_picture_requested.emit()
        else:
            return not event.modifiers() and self._act_on(event.text().upper())
        return True

    def _act_on(self, letter: str) -> bool:
        """A letter that stands beside one of the chart's own entries does the same."""
        entry = next(
            (entry for entry in self._plot.entries(None) if letter and entry.keys == letter and entry.enabled), None
        )
        if entry is not None:
            entry.act()
        return entry is not None

    def _common(self) -> tuple[MenuEntry, ...]:
        there = self._plot.drawn
        return (
            MenuEntry(_("Show as table…"), self.show_table, "T", there),
            MenuEntry(_("Copy picture"), self.copy_picture_requested.emit, _PICTURE_KEYS.toString(), there),
            MenuEntry(_("Copy data"), self.copy_data_requested.emit, "Ctrl+C", there),
            MenuEntry(_("Export chart…"), self.export_requested.emit, "", there),
        )

    def _forget(self) -> None:
        self._menu = None
        if not self._surface.rect().contains(self._surface.mapFromGlobal(QCursor.pos())):
            QCoreApplication.postEvent(self._surface, QEvent(QEvent.Type.Leave))
