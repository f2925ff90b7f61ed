"""A page's numbers in one quiet line: a label, a value and a note each."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.coverage import WHOLE, Coverage
from core.presenters.presenter import Figure
from core.text.names import NAMES
from gui.style.severity import Severity
from gui.style.theme import SMALL_PIXELS, base_font, tabular
from gui.threads.names import name_news
from gui.widgets.parts import column, row
from gui.widgets.pending import UNKNOWN, Pending
from gui.widgets.pressable import Pressable
from gui.widgets.text import PlainLabel, plain_tip, set_severity

_VALUE_PIXELS: Final = 18
_SPACING: Final = 32
_NOTE_GAP: Final = 8
_LONGEST_NAME: Final = 32


class FigureRow(QWidget):
    """Shows figures side by side; hidden while there are none. Where room is scarce notes go, then the last figures.

    Signals:
        rows_requested(str, Filter): the host wants the rows behind a figure: a click, Enter or Space on it.
    """

    rows_requested = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = row(1, on=self, gap=_SPACING)
        self._places: list[_Place] = []
        self._shown = 0
        self._figures: tuple[Figure, ...] = ()
        name_news().changed.connect(self._name_anew)
        self._pending = Pending(self._show_coverage, self)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.hide()

    def show_figures(self, figures: tuple[Figure, ...], coverage: Coverage = WHOLE) -> None:
        """Show these; places are made once and then given other words.

        While not all of them are known, what was shown before stays, or, where nothing was, their names.
        """
        self._pending.note(coverage)
        if not coverage.whole:
            if self._shown:
                return
            figures = tuple(Figure(figure.label, UNKNOWN, tip=figure.tip) for figure in figures)
        while len(self._places) < len(figures):
            place = _Place(self)
            place.opened.connect(self.rows_requested)
            self._row.insertWidget(self._row.count() - 1, place)
            _reach_after(self._places[-1] if self._places else self, place)
            self._places.append(place)
        self._shown, self._figures = len(figures), figures
        self._name_anew()
        self.setVisible(bool(figures))

    def _name_anew(self) -> None:
        for place, figure in zip(self._places, self._figures, strict=False):
            place.show_figure(_named(figure))
        self._make_room()
        self._settle()

    def forget(self) -> None:
        """What was shown is of another database."""
        self._shown = 0

    def _show_coverage(self, coverage: Coverage) -> None:
        for place in self._places:
            place.show_known(coverage.whole)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as much as there is room for."""
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        noted, bare = (self._fitting(noted=noted) for noted in (True, False))
        notes = noted == self._shown
        for number, place in enumerate(self._places):
            place.setVisible(number < (noted if notes else bare))
            place.show_note(notes)

    def _settle(self) -> None:
        """Lay out at once: a number that has grown would be cut in the frame that is painted before Qt does so."""
        for place in self._places[: self._shown]:
            place.layout().activate()  # type: ignore[union-attr]
        self._row.activate()

    def _fitting(self, *, noted: bool) -> int:
        """How many of the figures there is room for, with their notes or without."""
        used = -_SPACING
        for number, place in enumerate(self._places[: self._shown]):
            used += _SPACING + place.needed(noted=noted)
            if used > self.width():
                return max(1, number)
        return self._shown


def _named(figure: Figure) -> Figure:
    """The figure with a name in the place of an id, which its tool tip has; its other numbers need room, too."""
    whose = figure.whose
    if whose is None or figure.value == UNKNOWN or not (NAMES.masked or NAMES.name(*whose)):
        return figure
    tip = f"{NAMES.in_full(*whose)}\n{figure.tip}"
    return replace(figure, value=NAMES.label(*whose, _LONGEST_NAME), tip=tip)


def _reach_after(first: QWidget, second: QWidget) -> None:
    """Put a widget behind another in the order of Tab, which Qt refuses while one of them can't have the focus."""
    policies = first.focusPolicy(), second.focusPolicy()
    for widget in (first, second):
        widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    QWidget.setTabOrder(first, second)
    for widget, policy in zip((first, second), policies, strict=True):
        widget.setFocusPolicy(policy)


class _Place(Pressable):
    """One figure: its label above its value, a note beside it. One with rows behind it can be pressed."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._label, self._value, self._note = PlainLabel(), PlainLabel(), PlainLabel()
        self._label.setFont(base_font(SMALL_PIXELS))
        self._note.setFont(base_font(SMALL_PIXELS))
        self._value.setFont(tabular(base_font(_VALUE_PIXELS, QFont.Weight.DemiBold)))
        for label in (self._label, self._note):
            set_severity(label, Severity.MUTED)
        line = row(self._value, (self._note, 1, Qt.AlignmentFlag.AlignBottom), gap=_NOTE_GAP)
        column(self._label, line, on=self, gap=0)

    def show_figure(self, figure: Figure) -> None:
        """Show another figure."""
        self._label.setText(figure.label)
        self._value.setText(figure.value)
        self._note.setText(figure.note)
        self.setToolTip(plain_tip("\n".join(filter(None, (figure.note, figure.tip)))))
        self.speak(f"{figure.label}: {figure.value} {figure.note}".strip(), figure.tip)
        self.set_opens(figure.opens)

    def show_known(self, known: bool) -> None:
        """Show the value as one that is known, or as one that stays until another is."""
        set_severity(self._value, None if known else Severity.MUTED)

    def show_note(self, shown: bool) -> None:
        """Show the note beside the value, or not; the tool tip has it, too."""
        self._note.setVisible(shown and bool(self._note.text()))

    def needed(self, *, noted: bool) -> int:
        """The width in pixels that shows all of it, with its note or without."""
        note = _NOTE_GAP + self._note.sizeHint().width() if noted and self._note.text() else 0
        border = self.width() - self.contentsRect().width()
        return border + max(self._label.sizeHint().width(), self._value.sizeHint().width() + note)
