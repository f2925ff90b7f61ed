"""Help → Keyboard shortcuts: every action by its menu, and the keys of charts, tables and the filter box."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QGuiApplication, QKeyEvent, QKeySequence, QPainter, QPalette, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QMenu,
    QMenuBar,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from core.formatting import one_line
from gui import actions
from gui.theme import SMALL_PIXELS, base_font
from gui.widgets.mood import Mood
from gui.widgets.text import PlainLabel, plain_tip, set_mood

_SIZE: Final = (680, 640)
_ROW: Final = 30
_HEADLINE: Final = 42
_CAP: Final = 20
_TIP_LEFT: Final = 130
"""Pixels: where the tips begin, unless an action's name is longer."""

_OR: Final = " / "
"""Stands between keys that do the same."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that keys or the mouse do.

    Attributes:
        words: what is done; keys: how, with " / " between ways that do the same; empty where only a menu does it.
        tip: more about it.
    """

    words: str
    keys: str
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """What belongs together: a menu, or a part of the window."""

    title: str
    entries: tuple[Entry, ...]


PARTS: Final = (
    Group(
        "In a chart",
        (
            Entry("Read the values before and after", "Left / Right"),
            Entry("Read the first or the last one shown", "Home / End"),
            Entry("Zoom in and out", "+ / −", "The mouse wheel zooms where the pointer is"),
            Entry("Move along the time", "Drag", "Or the wheel sideways"),
            Entry("Choose a span as the range", "Shift+Drag"),
            Entry("Show the whole range again", "0 / Backspace / Double-click"),
            Entry("Stop reading values", "Esc"),
        ),
    ),
    Group(
        "In a table",
        (
            Entry("Choose a row", "Up / Down"),
            Entry("Go to the top, and follow what comes in", "Home"),
            Entry("Go to the end", "End"),
            Entry("Show a row's details", "Enter / Space"),
            Entry("Open a row's menu", "Menu / Shift+F10", "Filter by a cell, leave it out, copy"),
            Entry("Copy the chosen rows", "Ctrl+C"),
            Entry("Choose none, close the details", "Esc"),
        ),
    ),
    Group(
        "In the filter box",
        (
            Entry("Offer what can be typed", "Down / Ctrl+Space"),
            Entry("Explain what can be typed", "F1"),
            Entry("Show everything again", "Esc"),
        ),
    ),
    Group(
        "Everywhere",
        (
            Entry("Go to the next part of the window, and back", "Tab / Shift+Tab"),
            Entry("Open a menu by its letter", "Alt+Letter"),
        ),
    ),
)
"""The keys that belong to no menu."""


def groups(bar: QMenuBar) -> tuple[Group, ...]:
    """Every action by the menu that it is in, and the keys of the window's parts."""
    menus = [action.menu() for action in bar.actions()]
    return (*(found for menu in menus if isinstance(menu, QMenu) for found in _of_menu(menu)), *PARTS)


def as_text(shown: Iterable[Group]) -> str:
    """Groups as plain text in two columns, to be pasted or printed."""
    blocks = []
    for group in shown:
        width = max(len(entry.words) for entry in group.entries) + 2
        lines = [f"  {entry.words:<{width}}{entry.keys}".rstrip() for entry in group.entries]
        blocks.append("\n".join((group.title, *lines)))
    return "\n\n".join(blocks) + "\n"


class ShortcutsDialog(QDialog):
    """All keys at a glance, with a search field.

    Attributes:
        search: what is typed into it is looked for in words, keys and tips.
        tree: the groups with their entries.
    """

    def __init__(self, bar: QMenuBar, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        self._groups = groups(bar)
        self.search = QLineEdit()
        self.tree = _tree(self._groups)
        self._nothing = PlainLabel("Nothing has this in its name. Try “copy”, “range” or “Ctrl”.")
        self.copy = QPushButton("&Copy as text")
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self._arrange()
        self.search.textChanged.connect(self._narrow)
        self.search.installEventFilter(self)
        self.copy.clicked.connect(self._copy)
        self._buttons.rejected.connect(self.reject)
        self.search.setFocus()

    def shown(self) -> tuple[Group, ...]:
        """The groups and entries that the search leaves."""
        wanted = self.search.text().casefold().split()
        fitting = (tuple(e for e in group.entries if _fits(group, e, wanted)) for group in self._groups)
        return tuple(Group(group.title, left) for group, left in zip(self._groups, fitting, strict=True) if left)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Down leads from the search into the list."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Down:
            self.tree.setFocus(Qt.FocusReason.TabFocusReason)
            if self.tree.currentItem() is None:
                QGuiApplication.sendEvent(self.tree, event)
            return True
        return super().eventFilter(watched, event)

    def _arrange(self) -> None:
        self.search.setPlaceholderText("Search for an action or a key")
        self.search.setAccessibleName("Search")
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumHeight(32)
        set_mood(self._nothing, Mood.MUTED)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.hide()
        bottom, whole = QHBoxLayout(), QVBoxLayout(self)
        bottom.addWidget(self.copy)
        bottom.addStretch(1)
        bottom.addWidget(self._buttons)
        for button in (self.copy, *self._buttons.buttons()):
            if isinstance(button, QPushButton):
                button.setAutoDefault(False)
        whole.setContentsMargins(24, 24, 24, 16)
        whole.setSpacing(12)
        whole.addWidget(self.search)
        whole.addWidget(self.tree, 1)
        whole.addWidget(self._nothing, 1)
        whole.addLayout(bottom)
        self.resize(*_SIZE)

    def _narrow(self) -> None:
        left = {(group.title, entry.words) for group in self.shown() for entry in group.entries}
        titles = {title for title, _ in left}
        for item in self.tree.findItems("*", Qt.MatchFlag.MatchWildcard | Qt.MatchFlag.MatchRecursive):
            top = item.parent()
            wanted = item.text(0) in titles if top is None else (top.text(0), item.text(0)) in left
            item.setHidden(not wanted)
        self.tree.setVisible(bool(left))
        self._nothing.setVisible(not left)
        self.copy.setEnabled(bool(left))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(as_text(self.shown()))
        self.copy.setText("Copied")


def _of_menu(menu: QMenu, above: str = "") -> Iterator[Group]:
    """A menu's own actions, then those of the menus in it; entries that are no actions of the window's are left out."""
    title = f"{above} → {_plain(menu.title())}" if above else _plain(menu.title())
    specs = {spec.text: spec for spec in actions.ALL}
    own = [specs[action.text()] for action in menu.actions() if action.menu() is None and action.text() in specs]
    if own:
        yield Group(title, tuple(_entry(spec) for spec in own))
    for action in menu.actions():
        below = action.menu()
        if isinstance(below, QMenu):
            yield from _of_menu(below, title)


def _entry(spec: actions.ActionSpec) -> Entry:
    keys = QKeySequence(spec.shortcut).toString(QKeySequence.SequenceFormat.NativeText)
    return Entry(_plain(spec.text), keys, spec.tip)


def _plain(text: str) -> str:
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&")


def _fits(group: Group, entry: Entry, wanted: list[str]) -> bool:
    text = " ".join((group.title, entry.words, entry.keys, entry.tip)).casefold()
    return all(word in text for word in wanted)


def _tree(shown: tuple[Group, ...]) -> QTreeWidget:
    tree = QTreeWidget()
    tree.setColumnCount(2)
    tree.setHeaderHidden(True)
    tree.setRootIsDecorated(False)
    tree.setIndentation(0)
    tree.setItemsExpandable(False)
    tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    tree.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    tree.setTabKeyNavigation(False)
    tree.setAccessibleName("Keyboard shortcuts")
    tree.setItemDelegate(_Caps(tree))
    for group in shown:
        top = QTreeWidgetItem([group.title])
        top.setFont(0, base_font(weight=QFont.Weight.DemiBold))
        top.setFlags(Qt.ItemFlag.ItemIsEnabled)
        top.setSizeHint(0, QSize(0, _HEADLINE))
        top.setTextAlignment(0, Qt.AlignmentFlag.AlignBottom)
        for entry in group.entries:
            child = QTreeWidgetItem([entry.words, entry.keys])
            child.setData(0, _TIP, one_line(entry.tip))
            child.setSizeHint(0, QSize(0, _ROW))
            for column in (0, 1):
                child.setToolTip(column, plain_tip(entry.tip))
            top.addChild(child)
        tree.addTopLevelItem(top)
        top.setFirstColumnSpanned(True)
    tree.expandAll()
    tree.header().setStretchLastSection(False)
    tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
    return tree


_TIP: Final = Qt.ItemDataRole.UserRole


class _Caps(QStyledItemDelegate):
    """Draws keys as the caps of a keyboard, and what an action does beside its name."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: N802
        if index.column() == 0:
            return super().sizeHint(option, index)
        return QSize(round(sum(width for _, width in _pieces(str(index.data() or "")))) + 12, _ROW)

    def initStyleOption(  # noqa: N802
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        if index.column() == 1:
            option.text = ""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        if index.column() == 0:
            _draw_tip(painter, option, str(index.data() or ""), str(index.data(_TIP) or ""))
            return
        pieces = _pieces(str(index.data() or ""))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(base_font(SMALL_PIXELS))
        box = QRectF(option.rect)
        left = box.right() - 6 - sum(width for _, width in pieces)
        for text, width in pieces:
            _draw_piece(painter, option.palette, QRectF(left, box.center().y() - _CAP / 2, width, _CAP), text)
            left += width
        painter.restore()


def _draw_tip(painter: QPainter, option: QStyleOptionViewItem, words: str, tip: str) -> None:
    """The tip in muted ink after the words, as much of it as fits."""
    left = option.fontMetrics.horizontalAdvance(words) + 18
    box = option.rect.adjusted(max(left, _TIP_LEFT), 0, -8, 0)
    small = base_font(SMALL_PIXELS)
    shown = QFontMetricsF(small).elidedText(tip, Qt.TextElideMode.ElideRight, box.width())
    painter.save()
    painter.setFont(small)
    painter.setPen(option.palette.placeholderText().color())
    painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, shown)
    painter.restore()


def _draw_piece(painter: QPainter, inks: QPalette, box: QRectF, text: str) -> None:
    quiet = text in ("+", "or")
    if not quiet:
        painter.setPen(QPen(inks.placeholderText().color(), 0.6))
        painter.setBrush(inks.button())
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
    painter.setPen(inks.placeholderText().color() if quiet else inks.text().color())
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text.removeprefix("\0"))


def _pieces(keys: str) -> list[tuple[str, float]]:
    """Caps and the words between them, each with its width in pixels: ``Ctrl`` ``+`` ``C``, ``+`` ``or`` ``−``."""
    metrics = QFontMetricsF(base_font(SMALL_PIXELS))
    pieces: list[tuple[str, float]] = []
    for number, way in enumerate(filter(None, keys.split(_OR))):
        if number:
            pieces.append(("or", metrics.horizontalAdvance("or") + 10))
        for place, key in enumerate([way] if len(way) == 1 else way.split("+")):
            if place:
                pieces.append(("+", metrics.horizontalAdvance("+") + 6))
            cap = "\0+" if key == "+" else key
            pieces.append((cap, max(metrics.horizontalAdvance(key) + 12, _CAP)))
    return pieces
