"""Findings as calm rows: how much each matters, what it is, what it means and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAccessible, QContextMenuEvent, QFont, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QFrame, QMenu, QPushButton, QWidget

from core.presenters.finding import Finding, State
from core.text.formatting import counted, one_line
from core.text.translation import gettext as _
from gui.style.severity import Severity
from gui.style.theme import SMALL_PIXELS, base_font, is_mirrored
from gui.widgets.parts import TOP, Glyph, column, row
from gui.widgets.scroll_box import ScrollBox
from gui.widgets.text import PlainLabel, set_severity

_LOOKS: Final = {
    State.BAD: (Severity.BAD, "error", _("Problem")),
    State.WARN: (Severity.WARN, "warning", _("Warning")),
    State.GOOD: (Severity.GOOD, "safe", _("Good")),
    State.INFO: (Severity.MUTED, "info", _("Note")),
}

_COUNTED: Final[Mapping[State, Callable[[int], str]]] = {
    State.BAD: lambda amount: counted(amount, "{count} problem", "{count} problems"),
    State.WARN: lambda amount: counted(amount, "{count} warning", "{count} warnings"),
    State.INFO: lambda amount: counted(amount, "{count} note", "{count} notes"),
}
"""Colour, icon and word of each state: none of them alone says it."""

_LONGEST: Final = 600
_STEPS: Final[dict[int, int]] = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}


class FindingRow(QFrame):
    """One finding. It takes the focus; Ctrl+C copies what is marked in it, or all of it, Enter opens its rows.

    Attributes:
        finding: what it shows.
        link: opens the rows that it is about; hidden where there are none to open.

    Signals:
        opened(str, Filter): the host wants to see these rows, of the table with this key.
        stepped(int): the host wants to go to the next one (1) or the one before (-1).
    """

    accessible_role = QAccessible.Role.ListItem
    speaks_as_one = True

    opened = Signal(str, object)
    stepped = Signal(int)

    def __init__(self, finding: Finding, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.finding = finding
        self._icon, self._word = Glyph(), PlainLabel()
        self._title, self._words, self._remedy = (_paragraph() for _n in range(3))
        self._foot = QWidget()
        self.link = QPushButton(_("Show the rows"))
        self.link.setProperty("link", True)
        self.link.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the finding has the focus, and Enter does the same
        self.link.clicked.connect(self._open)
        self._arrange()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.show_finding(finding)

    def show_finding(self, finding: Finding) -> None:
        """Show another finding, or the same one with other numbers. What is marked in it stays."""
        self.finding = finding
        severity, glyph, word = _LOOKS[finding.state]
        self._word.setText(word)
        set_severity(self._word, severity)
        for label, text in ((self._title, finding.title), (self._words, finding.words), (self._remedy, finding.remedy)):
            shown = one_line(text, _LONGEST)
            if shown != label.text() and not label.hasSelectedText():
                label.setText(shown)
                label.setVisible(bool(shown))
        self._foot.setVisible(bool(finding.remedy))
        self.setAccessibleName(f"{word}: {finding.title}")
        self.link.setVisible(finding.opens is not None)
        remedy = _("What to do: {remedy}").format(remedy=finding.remedy) if finding.remedy else ""
        opens = _("Enter shows the rows.") if finding.opens is not None else ""
        self.setAccessibleDescription(" ".join(filter(None, (finding.words, remedy, opens))))
        self._icon.show_icon(glyph, severity)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy by Ctrl+C; Up and Down go to the neighbours."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.finding.opens is not None:
            self._open()
        elif event.key() in _STEPS:
            self.stepped.emit(_STEPS[event.key()])
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer to copy it."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(_("Copy")).triggered.connect(self.copy)
        if self.finding.opens is not None:
            menu.addAction(_("Show the rows")).triggered.connect(self._open)
        menu.popup(event.globalPos())

    def copy(self) -> None:
        """Copy what is marked, or the whole finding."""
        marked = next((label.selectedText() for label in self._labels() if label.hasSelectedText()), "")
        QGuiApplication.clipboard().setText(marked or self.finding.text)

    def _open(self) -> None:
        if self.finding.opens is not None:
            self.opened.emit(self.finding.opens.table, self.finding.opens.chosen)

    def _labels(self) -> tuple[PlainLabel, ...]:
        return self._title, self._words, self._remedy

    def _arrange(self) -> None:
        self._title.setFont(base_font(weight=QFont.Weight.DemiBold))
        self._word.setFont(base_font(SMALL_PIXELS, QFont.Weight.Medium))
        set_severity(self._words, Severity.MUTED)
        mark = PlainLabel("←" if is_mirrored() else "→")  # to what is to be done
        set_severity(mark, Severity.ACCENT)
        row((mark, 0, TOP), (self._remedy, 1), on=self._foot, gap=8)
        head = row((self._title, 1), (self._word, 0, TOP), gap=12)
        words = column(head, self._words, self._foot, row(self.link, 1), gap=4)
        row((self._icon, 0, TOP), (words, 1), on=self, gap=12, margins=(8, 12, 8, 12))


class FindingList(ScrollBox):
    """Findings below each other.

    Attributes:
        rows: those that are shown.

    Signals:
        opened(str, Filter): the host wants to see the rows that one is about.
    """

    opened = Signal(str, object)

    accessible_role = QAccessible.Role.List

    def __init__(self, parent: QWidget | None = None) -> None:
        self._places: list[FindingRow] = []
        sheet = QWidget()
        super().__init__(sheet, _("Findings"), parent)
        self._instead = PlainLabel()
        self._instead.setWordWrap(True)
        set_severity(self._instead, Severity.MUTED)
        self._instead.hide()
        self._column = column(self._instead, 1, on=sheet, gap=0, margins=(0, 0, 4, 0))

    @property
    def rows(self) -> list[FindingRow]:
        """Those that are shown."""
        return [row for row in self._places if not row.isHidden()]

    def show_findings(self, findings: tuple[Finding, ...], instead: str = "") -> None:
        """Show these, or words where there are none; rows are made once and then given other words."""
        self._instead.setText(instead)
        self._instead.setVisible(bool(instead) and not findings)
        for number, finding in enumerate(findings):
            if number == len(self._places):
                self._add(finding)
            if self._places[number].finding != finding:
                self._places[number].show_finding(finding)
        for number, place in enumerate(self._places):
            place.setVisible(number < len(findings))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Down goes to the first finding."""
        if event.key() == Qt.Key.Key_Down and self.rows:
            self.rows[0].setFocus()
        else:
            super().keyPressEvent(event)

    def copy_all(self) -> None:
        """Copy everything that was found, as text."""
        QGuiApplication.clipboard().setText("\n\n".join(row.finding.text for row in self.rows))

    def eventFilter(self, watched: QWidget, event: QEvent) -> bool:  # type: ignore[override]
        """Bring the row into sight that takes the focus."""
        if event.type() == QEvent.Type.FocusIn and isinstance(watched, FindingRow):
            self.ensureWidgetVisible(watched, 0, 8)
        return super().eventFilter(watched, event)

    def _step(self, row: FindingRow, step: int) -> None:
        place = self._places.index(row) + step
        if 0 <= place < len(self.rows):
            self._places[place].setFocus()

    def _add(self, finding: Finding) -> None:
        row = FindingRow(finding)
        row.installEventFilter(self)
        row.opened.connect(self.opened)
        row.stepped.connect(lambda step: self._step(row, step))
        self._column.insertWidget(self._column.count() - 1, row)
        self.setTabOrder(self._places[-1] if self._places else self, row)
        self._places.append(row)


def summary(findings: tuple[Finding, ...]) -> str:
    """``1 problem, 2 warnings, 4 notes``; what there is none of is not said."""
    parts = []
    for state, words_of in _COUNTED.items():
        amount = sum(finding.state is state for finding in findings)
        if amount:
            parts.append(words_of(amount))
    return ", ".join(parts)


def _paragraph() -> PlainLabel:
    label = PlainLabel()
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    label.setCursor(Qt.CursorShape.IBeamCursor)
    return label
