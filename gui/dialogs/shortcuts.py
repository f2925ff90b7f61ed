"""Help → Keyboard shortcuts: everything that keys do, with a search field."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QFont, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHeaderView,
    QLineEdit,
    QMenuBar,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from core.text.formatting import one_line
from core.text.translation import gettext as _
from gui.dialogs.copying import let_copy
from gui.dialogs.key_caps import ROW, TIP, KeyCaps
from gui.dialogs.key_list import Group, as_text, fits, groups
from gui.style.severity import Severity
from gui.style.theme import base_font
from gui.widgets.parts import close_box, column, row
from gui.widgets.room import resize_within
from gui.widgets.text import PlainLabel, let_clear, plain_tip, set_severity

_SIZE: Final = (680, 640)
_HEADLINE: Final = 42


class ShortcutsDialog(QDialog):
    """All keys at a glance, with a search field.

    Attributes:
        search: what is typed into it is looked for in words, keys and tips.
        tree: the groups with their entries.
    """

    def __init__(self, bar: QMenuBar, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Keyboard shortcuts"))
        self._groups = groups(bar)
        self.search = QLineEdit()
        self.tree = _tree(self._groups)
        self._nothing = PlainLabel(_("Nothing matches. Try “copy”, “range” or “Ctrl”."))
        self.copy = QPushButton(_("&Copy as text"))
        self._buttons = close_box()
        self._arrange()
        self.search.textChanged.connect(self._narrow)
        self.search.installEventFilter(self)
        let_copy(self.copy, lambda: as_text(self.shown()))
        self._buttons.rejected.connect(self.reject)
        self.search.setFocus()

    def shown(self) -> tuple[Group, ...]:
        """The groups and entries that the search leaves."""
        wanted = self.search.text().casefold().split()
        fitting = (tuple(e for e in group.entries if fits(group, e, wanted)) for group in self._groups)
        return tuple(Group(group.title, left) for group, left in zip(self._groups, fitting, strict=True) if left)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Down leads from the search into the list."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Down:
            self.tree.setFocus(Qt.FocusReason.TabFocusReason)
            if self.tree.currentItem() is None:
                QGuiApplication.sendEvent(self.tree, event)
            return True
        return super().eventFilter(watched, event)

    def _arrange(self) -> None:
        self.search.setPlaceholderText(_("Search for an action or a key"))
        self.search.setAccessibleName(_("Search"))
        let_clear(self.search)
        self.search.setMinimumHeight(32)
        set_severity(self._nothing, Severity.MUTED)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.hide()
        for button in (self.copy, *self._buttons.buttons()):
            if isinstance(button, QPushButton):
                button.setAutoDefault(False)
        bottom = row(self.copy, 1, self._buttons)
        parts = (self.search, (self.tree, 1), (self._nothing, 1), bottom)
        column(*parts, on=self, gap=12, margins=(24, 24, 24, 16))
        resize_within(self, *_SIZE)

    def _narrow(self) -> None:
        left = {(group.title, entry.words) for group in self.shown() for entry in group.entries}
        titles = {title for title, _n in left}
        for item in self.tree.findItems("*", Qt.MatchFlag.MatchWildcard | Qt.MatchFlag.MatchRecursive):
            top = item.parent()
            wanted = item.text(0) in titles if top is None else (top.text(0), item.text(0)) in left
            item.setHidden(not wanted)
        self.tree.setVisible(bool(left))
        self._nothing.setVisible(not left)
        self.copy.setEnabled(bool(left))


def _tree(shown: tuple[Group, ...]) -> QTreeWidget:
    tree = QTreeWidget()
    tree.setHeaderLabels([_("Action"), _("Keys")])  # not seen, but spoken
    tree.setHeaderHidden(True)
    tree.setRootIsDecorated(False)
    tree.setIndentation(0)
    tree.setItemsExpandable(False)
    tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    tree.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    tree.setTabKeyNavigation(False)
    tree.setAccessibleName(_("Keyboard shortcuts"))
    tree.setItemDelegate(KeyCaps(tree))
    for group in shown:
        top = QTreeWidgetItem([group.title])
        top.setFont(0, base_font(weight=QFont.Weight.DemiBold))
        top.setFlags(Qt.ItemFlag.ItemIsEnabled)
        top.setSizeHint(0, QSize(0, _HEADLINE))
        top.setTextAlignment(0, Qt.AlignmentFlag.AlignBottom)
        for entry in group.entries:
            child = QTreeWidgetItem([entry.words, entry.keys])
            child.setData(0, TIP, one_line(entry.tip))
            child.setSizeHint(0, QSize(0, ROW))
            for place in (0, 1):
                child.setToolTip(place, plain_tip(entry.tip))
            top.addChild(child)
        tree.addTopLevelItem(top)
        top.setFirstColumnSpanned(True)
    tree.expandAll()
    tree.header().setStretchLastSection(False)
    tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
    return tree
