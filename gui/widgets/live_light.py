"""The light beside the database's name: is it live, and how old is the news."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEasingCurve, QPointF, QSize, Qt, QVariantAnimation
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from core.feed.snapshot import Condition, Snapshot
from core.text import formatting
from gui.style.severity import Mood, colour
from gui.widgets.text import ElidedLabel, set_mood
from resources import design
from resources.design import Palette, Theme

SILENT_AFTER: Final = 600.0
"""Seconds without any row after which the bot counts as silent."""

_PULSE_MS: Final = 700
_MOODS: Final = {
    Condition.LOADING: Mood.ACCENT,
    Condition.LIVE: Mood.GOOD,
    Condition.PAUSED: Mood.MUTED,
    Condition.LOCKED: Mood.WARN,
    Condition.GONE: Mood.BAD,
}


def describe(snapshot: Snapshot, now: float, silent_after: float = SILENT_AFTER) -> tuple[Mood, str]:
    """Return mood and words of the light for a snapshot, at ``now`` (epoch seconds)."""
    seen = snapshot.last_seen
    since = None if seen is None else now - seen
    mood, words = _MOODS[snapshot.condition], snapshot.condition.value
    if snapshot.condition is Condition.LOADING:
        return mood, f"loading · {snapshot.progress * 100:.0f}{formatting.NO_BREAK}%"
    if snapshot.condition is Condition.LOCKED:
        return mood, "database locked"
    if snapshot.condition is Condition.GONE:
        return mood, "database gone"
    if since is None:
        return (mood, words) if snapshot.condition is Condition.PAUSED else (Mood.MUTED, "waiting for the first event")
    if snapshot.condition is Condition.LIVE and since >= silent_after:
        return Mood.WARN, f"bot silent for {formatting.age(since)}"
    return mood, f"{words} · {formatting.ago(since)}" if snapshot.condition is Condition.LIVE else words


class _Dot(QWidget):
    """A dot with a soft halo; the halo swells once for each pulse and then rests."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.ink = QColor()
        self._swell = 0.0
        self.animation = QVariantAnimation(self)
        self.animation.setDuration(_PULSE_MS)
        self.animation.setStartValue(1.0)
        self.animation.setEndValue(0.0)
        self.animation.setEasingCurve(QEasingCurve.Type.OutCubic)
        self.animation.valueChanged.connect(self._set_swell)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return room for dot and halo."""
        return QSize(20, 20)

    def _set_swell(self, swell: float) -> None:
        self._swell = swell
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw halo and dot."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        middle = QPointF(self.width() / 2, self.height() / 2)
        halo = QColor(self.ink)
        halo.setAlphaF(0.26 + 0.24 * self._swell)
        painter.setBrush(halo)
        painter.drawEllipse(middle, 7 + 3 * self._swell, 7 + 3 * self._swell)
        painter.setBrush(self.ink)
        painter.drawEllipse(middle, 4, 4)


class LiveLight(QWidget):
    """A coloured dot and a few words. Nothing moves unless :meth:`pulse` is called."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colours = design.palette(Theme.DARK)
        self._mood = Mood.MUTED
        self._dot = _Dot()
        self._dot.setFixedSize(20, 20)
        self._words = ElidedLabel(least=40, lines=2)
        set_mood(self._words, Mood.MUTED)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self._dot)
        row.addWidget(self._words, 1)
        self.show_state(Mood.MUTED, "")

    @property
    def is_pulsing(self) -> bool:
        """Whether the halo still moves."""
        return self._dot.animation.state() == QVariantAnimation.State.Running

    def set_palette(self, palette: Palette) -> None:
        """Take on the theme's colours."""
        self._colours = palette
        self._paint()

    def show_state(self, mood: Mood, text: str) -> None:
        """Show ``text`` beside a dot in the mood's colour."""
        self._mood = mood
        self._words.set_text(text)
        self.setAccessibleName(f"State: {text}")
        self._paint()

    def pulse(self) -> None:
        """Let the halo swell once: something new came in."""
        self._dot.animation.stop()
        self._dot.animation.start()

    def _paint(self) -> None:
        self._dot.ink = QColor(colour(self._mood, self._colours))
        self._dot.update()
