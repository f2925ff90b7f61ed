"""Facts as two columns, what and how, in groups."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QStyle, QWidget

from core.presenters.health_facts import FactGroup, HealthFact
from core.text.formatting import ago, one_line
from core.text.translation import gettext as _
from gui.style.severity import Severity
from gui.style.theme import SMALL_PIXELS, base_font, tabular
from gui.widgets.text import ElidedLabel, PlainLabel, set_severity

_LABELS: Final = 130
_LEAST_VALUE: Final = 80


class ValueLabel(ElidedLabel):
    """A value on one line; a path that is too long loses its middle, and everything else its end."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw as much as fits."""
        if "/" not in self.text() and "\\" not in self.text():
            super().paintEvent(event)
            return
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        box = self.contentsRect()
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, box.width())
        side = QStyle.visualAlignment(self.layoutDirection(), self.alignment())
        painter.drawText(box, int(side | Qt.TextFlag.TextSingleLine), shown)


class FactList(QWidget):
    """Shows groups of facts. A fact with a moment says how long ago that was, and :meth:`tick` lets it grow."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._groups: tuple[FactGroup, ...] = ()
        self._values: list[tuple[HealthFact, ValueLabel]] = []
        self._now = 0.0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 8, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnMinimumWidth(0, _LABELS)
        self._grid.setColumnStretch(1, 1)
        self._grid.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.setAccessibleName(_("Facts"))

    @property
    def text(self) -> str:
        """All of it, a line a fact."""
        parts = []
        for group in self._groups:
            parts += [group.title, *(f"  {fact.label}: {_value(fact, self._now)}" for fact in group.facts), ""]
        return "\n".join(parts).strip()

    def show_groups(self, groups: tuple[FactGroup, ...], now: float) -> None:
        """Show these; labels are only made anew where there are other facts than before."""
        same = _shape(groups) == _shape(self._groups)
        self._groups = groups
        if not same:
            self._make()
        facts = (fact for group in groups for fact in group.facts)
        self._values = [(fact, label) for fact, (_n, label) in zip(facts, self._values, strict=True)]
        for fact, label in self._values:
            if fact.tip and fact.tip != fact.value:
                label.keep_tip(one_line(fact.tip, 400))
        self.tick(now)
        if not same:  # the box that it scrolls in gives it room only later: lines would be cut in half until then
            for part in self.findChildren(PlainLabel):
                part.show()  # what is hidden takes no room
            self.resize(self.width(), max(self.height(), self.sizeHint().height()))

    def tick(self, now: float) -> None:
        """Let the ages grow; ``now`` in epoch seconds."""
        self._now = now
        for fact, label in self._values:
            value = _value(fact, now)
            label.set_text(value)
            label.setAccessibleName(f"{fact.label}: {value}")

    def copy(self) -> None:
        """Copy all of it."""
        QGuiApplication.clipboard().setText(self.text)

    def _make(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.setParent(None)  # nobody is to hear it, or find it, until it is deleted
                old.deleteLater()
        self._values.clear()
        row = 0
        for group in self._groups:
            title = PlainLabel(group.title)
            title.setFont(base_font(SMALL_PIXELS, QFont.Weight.DemiBold))
            title.setContentsMargins(0, 10 if row else 0, 0, 2)
            self._grid.addWidget(title, row, 0, 1, 2)
            row = self._add(group.facts, row + 1)

    def _add(self, facts: Iterable[HealthFact], row: int) -> int:
        for fact in facts:
            label, value = ElidedLabel(fact.label), ValueLabel("", least=_LEAST_VALUE)
            set_severity(label, Severity.MUTED)
            value.setFont(tabular(base_font()))
            self._grid.addWidget(label, row, 0)
            self._grid.addWidget(value, row, 1)
            self._values.append((fact, value))
            row += 1
        return row


def _value(fact: HealthFact, now: float) -> str:
    return fact.value if fact.since is None else ago(now - fact.since)


def _shape(groups: tuple[FactGroup, ...]) -> list[tuple[str, list[str]]]:
    return [(group.title, [fact.label for fact in group.facts]) for group in groups]
