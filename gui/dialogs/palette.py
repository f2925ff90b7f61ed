"""Find anything: a line over the window, and what fits the letters in it, by keyboard alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QLineEdit, QWidget

from core.text.formatting import counted
from core.text.matching import LONGEST_QUERY, Rank
from core.text.translation import gettext as _
from gui.dialogs.palette_list import ROW, OfferModel, Suggestion, offer_list
from gui.style.accessibility import announce
from gui.style.icons import icon
from gui.style.severity import Severity
from gui.style.theme import SMALL_PIXELS, base_font
from gui.widgets.parts import column
from gui.widgets.text import PlainLabel, set_severity

_WIDTH: Final = 640
_EDIT: Final = 36
_ROWS: Final = 11
_AROUND: Final = 24
_TOP: Final = 64
_BORDER: Final = 8

_BY: Final = {
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Tab: 1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Backtab: -1,
    Qt.Key.Key_PageDown: _ROWS - 1,
    Qt.Key.Key_PageUp: 1 - _ROWS,
}
"""By how many entries a key goes down."""


class FindPalette(QFrame):
    """Lies over a window while it is open. What is offered is handed to it whenever other letters are typed.

    Arrows choose, Enter takes, Escape or a click beside it closes; the focus is then where it was. Enter that comes
    before the letters were answered waits for that, but for what was chosen by arrows, or is called what is typed.

    Attributes:
        edit: the line; model: what is offered; list: where that is shown.
        beside: lies over all else of the window, unseen; a click on it closes the palette.

    Signals:
        typed(str): offers for these letters are wanted.
        closed(): it is open no more.
    """

    typed = Signal(str)
    closed = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.beside = QWidget(window)
        self.edit = QLineEdit()
        self.model = OfferModel()
        self.list = offer_list(self.model)
        self._said = PlainLabel()
        self._before: QWidget | None = None
        self._answered = self._fresh = self._takes = self._moved = False
        self._arrange()
        self.hide()
        self.beside.hide()
        self.beside.installEventFilter(self)
        self.edit.textEdited.connect(self._ask)
        self.edit.installEventFilter(self)
        window.installEventFilter(self)
        self.list.clicked.connect(lambda index: self._take(index.row()))

    def _arrange(self) -> None:
        self.setAccessibleName(_("Find anything"))
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self.edit.addAction(icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self.edit.setMinimumHeight(_EDIT)
        self.edit.setMaxLength(LONGEST_QUERY)
        self.edit.setAccessibleName(_("Find anything"))
        self.edit.setPlaceholderText(_("A page, an action, a setting, a name, a command, a LoRA, words of a prompt …"))
        self._said.setFont(base_font(SMALL_PIXELS))
        self._said.setContentsMargins(12, 0, 12, 0)
        set_severity(self._said, Severity.MUTED)
        column(
            self.edit, (self.list, 1), self._said, on=self, gap=_BORDER, margins=(_BORDER, _BORDER, _BORDER, _BORDER)
        )

    @property
    def settled(self) -> bool:
        """Whether what is shown is all that fits the letters."""
        return self._answered

    @property
    def said(self) -> str:
        """What stands below the list."""
        return self._said.text()

    def open_over(self) -> None:
        """Open it, empty, with the keys in it; where it is open already, only that."""
        if self.isVisible():
            self.edit.selectAll()
            return
        self._before = QApplication.focusWidget()
        self.edit.clear()
        self._place()
        for part in (self.beside, self):
            part.show()
            part.raise_()
        self.edit.setFocus(Qt.FocusReason.PopupFocusReason)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._follow_focus)
        self._ask("")

    def close_over(self, *, give_back: bool = True) -> None:
        """Close it; ``give_back``: the focus goes where it was before."""
        if not self.isVisible():
            return
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.disconnect(self._follow_focus)
        before, self._before = self._before, None
        if give_back and before is not None and before.isVisible():
            before.setFocus(Qt.FocusReason.OtherFocusReason)
        self.beside.hide()
        self.hide()
        self.closed.emit()

    def show_offers(self, offers: Sequence[Suggestion], *, whole: bool, fault: str = "") -> None:
        """Show what fits; ``whole``: nothing further comes for these letters. What was chosen stays so."""
        chosen = self._chosen()
        self.model.show_offers(offers)
        again = next((n for n, each in enumerate(offers) if chosen and _same(each, chosen)), 0) if self._moved else 0
        if offers:
            self.list.setCurrentIndex(self.model.index(again))
        self._say(len(offers), whole, fault)
        self._answered, self._fresh = whole, True
        if whole and self._takes:
            self._take(self.list.currentIndex().row())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let keys choose, and a click beside it close it; lie where there is room."""
        if watched is self.beside:
            if event.type() == QEvent.Type.MouseButtonPress:
                self.close_over()
            return False
        if watched is not self.edit:
            if event.type() == QEvent.Type.Resize and self.isVisible():
                self._place()
            return False
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Escape:
            self.close_over()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._enter()
        elif key in _BY and not event.modifiers() & ~(
            Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier
        ):
            self._choose(_BY[key])
        else:
            return False
        return True

    def _ask(self, text: str) -> None:
        self._answered = self._fresh = self._takes = self._moved = False
        self.typed.emit(text)

    def _enter(self) -> None:
        if self._answered or (self._fresh and (self._moved or self._is_sure())):
            self._take(self.list.currentIndex().row())
        else:
            self._takes = True

    def _is_sure(self) -> bool:
        """Whether nothing that is still to be found can come before what is chosen: it is called what is typed."""
        chosen = self._chosen()
        return bool(self.edit.text().strip()) and chosen is not None and chosen.rank == Rank.WHOLE

    def _choose(self, by: int) -> None:
        rows = self.model.rowCount()
        if not rows:
            return
        self._moved = True
        row = self.list.currentIndex().row() + by
        row = row % rows if abs(by) == 1 else max(0, min(row, rows - 1))
        self.list.setCurrentIndex(self.model.index(row))
        announce(self.edit, self.model.offers[row].spoken)

    def _chosen(self) -> Suggestion | None:
        row = self.list.currentIndex().row()
        return self.model.offers[row] if 0 <= row < len(self.model.offers) else None

    def _take(self, row: int) -> None:
        self._takes = False
        if 0 <= row < len(self.model.offers):
            offer = self.model.offers[row]
            self.close_over()
            QTimer.singleShot(0, self, offer.act)  # whatever it opens opens from the event loop, not from a key

    def _say(self, offers: int, whole: bool, fault: str) -> None:
        words = counted(offers, "{count} match", "{count} matches")
        if not offers:
            words = _("Nothing matches.") if whole else _("Looking …")
        elif not whole:
            words = _("{matches} so far …").format(matches=words)
        words = fault or words
        if words != self._said.text() and whole:
            first = f"{self.model.offers[0].spoken}. " if offers else ""
            announce(self.edit, first + words)
        self._said.setText(words)

    def _follow_focus(self, _old: QWidget | None, now: QWidget | None) -> None:
        if now is not None and now is not self and not self.isAncestorOf(now):
            self.close_over(give_back=False)

    def _place(self) -> None:
        window = self.window()
        self.beside.setGeometry(window.rect())
        width = min(_WIDTH, window.width() - 2 * _AROUND)
        top = min(_TOP, window.height() // 10)
        wanted = _EDIT + _ROWS * ROW + 4 * _BORDER + self._said.sizeHint().height()
        self.setGeometry((window.width() - width) // 2, top, width, min(wanted, window.height() - top - _AROUND))


def _same(one: Suggestion, other: Suggestion) -> bool:
    return (one.words, one.kind) == (other.words, other.kind)
