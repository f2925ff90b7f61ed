"""What the pages are filtered by: a chip a term, shown only while there is a filter."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate, pairwise
from typing import Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QPushButton, QSizePolicy, QWidget

from core.filters import EVERYTHING, Filter, Term
from core.presenters.presenter import Compared
from core.tables.filter_language.wording import chip
from core.text.translation import gettext as _
from gui.style.accessibility import announce
from gui.style.icons import icon
from gui.style.severity import Severity
from gui.threads.names import name_news
from gui.widgets.parts import row
from gui.widgets.text import ElidedLabel, PlainLabel, set_severity, set_tip

_MOST_CHIPS: Final = 8
_REST: Final = _("and {} more")
_ICON: Final = QSize(14, 14)


class _Chip(QPushButton):
    """A term; Delete and Backspace take it away, as a click does."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take the keys that delete."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.click()
        else:
            super().keyPressEvent(event)


class ComparedWith(QWidget):
    """The time that the range is compared with, a chip that takes it away, and what is lacking of it.

    Attributes:
        chip: that.

    Signals:
        removed(): the host takes it away.
    """

    removed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._caption, self._lacking = PlainLabel(_("Compared with")), ElidedLabel(least=24)
        self.chip = _Chip()
        self.chip.setProperty("chip", True)
        self.chip.setIcon(icon("close"))
        self.chip.setIconSize(_ICON)
        self.chip.clicked.connect(self.removed)
        for label in (self._caption, self._lacking):
            set_severity(label, Severity.MUTED)
        row(self._caption, self.chip, self._lacking, on=self, gap=8)
        self.hide()

    def show_comparison(self, compared: Compared) -> None:
        """Show these words."""
        self.chip.setText(compared.words.replace("&", "&&"))
        self.chip.setAccessibleName(_("Compared with {words}: remove").format(words=compared.words))
        set_tip(self.chip, _("Show the range alone (Ctrl+Shift+V)"))
        self._lacking.set_text(compared.lacking)
        self._lacking.setVisible(bool(compared.lacking))
        self.setVisible(bool(compared.words))


class FilterStrip(QFrame):
    """The terms of the filter that all pages obey. A click on a chip, or Delete, takes it away.

    Attributes:
        chosen: the filter.

    Signals:
        changed(): another filter is shown.
        term_removed(Term): the host takes a term away.
        cleared(): the host takes all of them away.
        comparison_removed(): the host takes away what the range is compared with.
    """

    changed = Signal()
    term_removed = Signal(object)
    cleared = Signal()
    comparison_removed = Signal()

    def __init__(self, zone: ZoneInfo, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._zone = zone
        self.chosen = EVERYTHING
        self.chips: list[QPushButton] = []
        self._caption, self._more = PlainLabel(_("Only")), PlainLabel()
        self.clear = QPushButton(_("Clear"))
        self.clear.setProperty("link", True)
        set_tip(self.clear, _("Show everything again"))
        self.clear.clicked.connect(self.cleared)
        for label in (self._caption, self._more):
            set_severity(label, Severity.MUTED)
        self.beside = ComparedWith()
        self.beside.removed.connect(self.comparison_removed)
        parts = (self._caption, self._more, self.clear, 1, self.beside)
        self._row = row(*parts, on=self, gap=8, margins=(16, 6, 16, 6))
        name_news().changed.connect(self._name_anew)
        self.setAccessibleName(_("Filter"))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.hide()

    def show_filter(self, chosen: Filter) -> None:
        """Show these terms. A chip that had the keys hands them to the next one."""
        if chosen == self.chosen:
            return
        self.chosen = chosen
        self.changed.emit()
        focused = next((place for place, button in enumerate(self.chips) if button.hasFocus()), None)
        self._replace_chips(chosen.terms[:_MOST_CHIPS])
        self._make_room()
        self._show_or_hide()
        announce(self, ", ".join((_("Filtered by"), *self._words())) if chosen else _("Not filtered any more"))
        if focused is not None and self.chips:
            self.chips[min(focused, len(self.chips) - 1)].setFocus()

    def show_comparison(self, compared: Compared) -> None:
        """Say what the range is compared with; without words it is with nothing."""
        self.beside.show_comparison(compared)
        self._make_room()
        self._show_or_hide()

    def _show_or_hide(self) -> None:
        for part in (self._caption, self.clear):
            part.setVisible(bool(self.chosen))
        self.setHidden(not self.chosen and self.beside.isHidden())

    def set_zone(self, zone: ZoneInfo) -> None:
        """Say times in another zone."""
        self._zone = zone
        chosen, self.chosen = self.chosen, EVERYTHING
        self.show_filter(chosen)

    def _name_anew(self) -> None:
        """Names are others from now on."""
        for button, words in zip(self.chips, self._words(), strict=True):
            _say(button, words)
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many chips as there is room for, and how many more there are."""
        super().resizeEvent(event)
        self._make_room()

    def _words(self) -> list[str]:
        return [chip(term, self._zone) for term in self.chosen.terms[:_MOST_CHIPS]]

    def _make_room(self) -> None:
        margins, gap = self._row.contentsMargins(), self._row.spacing()
        beside = [self._caption.sizeHint(), self.clear.sizeHint(), self._more.fontMetrics().size(0, _REST.format(99))]
        beside += [] if self.beside.isHidden() else [self.beside.minimumSizeHint()]
        room = self.width() - margins.left() - margins.right() - sum(size.width() + gap for size in beside)
        ends = accumulate(button.sizeHint().width() + gap for button in self.chips)
        fitting = [number == 0 or end <= room for number, end in enumerate(ends)]
        for button, fits in zip(self.chips, fitting, strict=True):
            button.setVisible(fits)
        rest = len(self.chosen.terms) - sum(fitting)
        self._more.setText(_REST.format(rest) if rest else "")
        self._more.setVisible(rest > 0)

    def _replace_chips(self, terms: Iterable[Term]) -> None:
        for button in self.chips:
            self._row.removeWidget(button)
            button.hide()  # it hands the keys on, which a button that is only deleted does not
            button.deleteLater()
        self.chips = [self._chip(term) for term in terms]
        for place, button in enumerate(self.chips, 1):
            self._row.insertWidget(place, button)
        for before, after in pairwise((self, *self.chips, self.clear)):  # new ones come last in the whole window
            QWidget.setTabOrder(before, after)

    def _chip(self, term: Term) -> QPushButton:
        button = _Chip()
        _say(button, chip(term, self._zone))
        button.setProperty("chip", True)
        button.setIcon(icon("close"))
        button.setIconSize(_ICON)
        button.clicked.connect(lambda: self.term_removed.emit(term))
        return button


def _say(button: QPushButton, words: str) -> None:
    button.setText(words.replace("&", "&&"))
    button.setAccessibleName(_("Filter {words}: remove").format(words=words))
    set_tip(button, _("Remove: {words}").format(words=words))
