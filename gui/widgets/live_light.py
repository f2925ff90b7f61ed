"""The light beside the database's name: is it live, and how old is the news."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEasingCurve, QPointF, QSize, Qt, QVariantAnimation
from PySide6.QtGui import QAccessible, QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from core.alarms.verdict import SILENT_AFTER
from core.feed.snapshot import Condition, Snapshot
from core.text import formatting
from core.text.translation import gettext as _
from gui.style.severity import Severity
from gui.style.theme import ink
from gui.widgets.parts import row
from gui.widgets.text import ElidedLabel, set_severity

_PULSE_MS: Final = 700
_SEVERITIES: Final = {
    Condition.LOADING: Severity.ACCENT,
    Condition.LIVE: Severity.GOOD,
    Condition.PAUSED: Severity.MUTED,
    Condition.LOCKED: Severity.WARN,
    Condition.GONE: Severity.BAD,
}

_NAMES: Final = {Condition.LIVE: _("live"), Condition.PAUSED: _("paused")}


def describe(snapshot: Snapshot, now: float, silent_after: float = SILENT_AFTER) -> tuple[Severity, str]:
    """Return severity and words of the light for a snapshot, at ``now`` (epoch seconds)."""
    seen = snapshot.last_seen
    since = None if seen is None else now - seen
    severity, words = _SEVERITIES[snapshot.condition], _NAMES.get(snapshot.condition, "")
    if snapshot.condition is Condition.LOADING:
        return severity, _("loading · {share}").format(share=formatting.percent(snapshot.progress, 0))
    if snapshot.condition is Condition.LOCKED:
        return severity, _("database locked")
    if snapshot.condition is Condition.GONE:
        return severity, _("database gone")
    if since is None:
        waiting = (
            _("no event with a usable time") if any(snapshot.last_ids.values()) else _("waiting for the first event")
        )
        return (severity, words) if snapshot.condition is Condition.PAUSED else (Severity.MUTED, waiting)
    if snapshot.condition is Condition.LIVE and since >= silent_after:
        return Severity.WARN, _("bot silent for {since}").format(since=formatting.age(since))
    return severity, f"{words} · {formatting.ago(since)}" if snapshot.condition is Condition.LIVE else words


class Dot(QWidget):
    """A dot with a soft halo; the halo swells once for each pulse and then rests."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.severity = Severity.MUTED
        self._swell = 0.0
        self.animation = QVariantAnimation(self)
        self.animation.setDuration(_PULSE_MS)
        self.animation.setStartValue(1.0)
        self.animation.setEndValue(0.0)
        self.animation.setEasingCurve(QEasingCurve.Type.OutCubic)
        self.animation.valueChanged.connect(self._set_swell)

    def sizeHint(self) -> QSize:
        """Return room for dot and halo."""
        return QSize(20, 20)

    def _set_swell(self, swell: float) -> None:
        self._swell = swell
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw halo and dot."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        middle = QPointF(self.width() / 2, self.height() / 2)
        core = ink(self.severity)
        halo = QColor(core)
        halo.setAlphaF(0.26 + 0.24 * self._swell)
        painter.setBrush(halo)
        painter.drawEllipse(middle, 7 + 3 * self._swell, 7 + 3 * self._swell)
        painter.setBrush(core)
        painter.drawEllipse(middle, 4, 4)


class LiveLight(QWidget):
    """A coloured dot and a few words. Nothing moves unless :meth:`pulse` is called."""

    accessible_role = QAccessible.Role.StaticText
    speaks_as_one = True

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dot = Dot()
        self._dot.setFixedSize(20, 20)
        self._words = ElidedLabel(least=40, lines=2)
        set_severity(self._words, Severity.MUTED)
        row(self._dot, (self._words, 1), on=self, gap=4)
        self.show_state(Severity.MUTED, "")

    def show_state(self, severity: Severity, text: str) -> None:
        """Show ``text`` beside a dot in the severity's colour."""
        self._dot.severity = severity
        self._dot.update()
        self._words.set_text(text)
        self.setAccessibleName(_("State: {text}").format(text=text))

    def pulse(self) -> None:
        """Let the halo swell once: something new came in."""
        self._dot.animation.stop()
        self._dot.animation.start()
