"""Mouse, wheel and keys over a canvas, turned into facts: another view, a hover, a selected span."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any, Final

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from core.time_ranges import TimeRange
from gui.plots.shared.surface import KeyActions
from gui.plots.time_series.canvas import Canvas

_WHEEL_FACTOR: Final = 1.2
_KEY_FACTOR: Final = 1.5
_NOTCH: Final = 120.0
_SAME: Final = 0.995
"""A view this close to the whole range is the whole range."""

_CLIMB_NOTCHES: Final = 2.0
"""So far the wheel is turned on over the whole range before a wider one is asked for: one turn too many is nothing."""

_CLIMB_PAUSE: Final = 0.4
"""Seconds of rest after the view's last change, or the last request: a long turn of the wheel climbs one step."""

_FORGET: Final = 1.0
"""Seconds after which a turn of the wheel is another one."""

_ZOOMS: Final = {
    Qt.Key.Key_Plus: 1 / _KEY_FACTOR,
    Qt.Key.Key_Equal: 1 / _KEY_FACTOR,
    Qt.Key.Key_Minus: _KEY_FACTOR,
    Qt.Key.Key_Underscore: _KEY_FACTOR,
}
_RESETS: Final = (Qt.Key.Key_0, Qt.Key.Key_Backspace)


def zoomed(view: TimeRange, factor: float, anchor: float, whole: TimeRange, shortest: float) -> TimeRange:
    """``view`` made ``factor`` times as wide (below 1: closer), with the moment ``anchor`` staying in its place.

    The result is at least ``shortest`` seconds wide and stays within ``whole``.
    """
    width = view.end - view.start
    wanted = min(max(width * factor, shortest), whole.end - whole.start)
    start = anchor - (anchor - view.start) * (wanted / width if width > 0 else 1.0)
    return within(TimeRange(start, start + wanted), whole)


def moved(view: TimeRange, seconds: float, whole: TimeRange) -> TimeRange:
    """``view`` shifted by ``seconds``, its width kept, within ``whole``."""
    return within(TimeRange(view.start + seconds, view.end + seconds), whole)


def within(view: TimeRange, whole: TimeRange) -> TimeRange:
    """``view`` shifted so that it lies in ``whole``, and cut where it is wider."""
    width = min(view.end - view.start, whole.end - whole.start)
    start = min(max(view.start, whole.start), whole.end - width)
    return TimeRange(start, start + width)


def including(view: TimeRange, part: TimeRange, whole: TimeRange) -> TimeRange:
    """``view`` shifted as little as needed to show ``part``."""
    if part.start < view.start:
        return moved(view, part.start - view.start, whole)
    return moved(view, max(0.0, part.end - view.end), whole)


def survives(view: TimeRange, before: TimeRange, whole: TimeRange) -> bool:
    """Whether a user's ``view`` of the range ``before`` still makes sense when the data now covers ``whole``.

    A range that moves or grows keeps it; another choice of range (half as wide, twice as wide) does not.
    """
    widths = (before.end - before.start, whole.end - whole.start)
    return min(widths) * 2 > max(widths) and view.start < whole.end and view.end > whole.start


class Navigator(QObject):
    """Holds which part of the time is shown: the whole range, which may move on, or the user's own choice.

    Attributes:
        enabled: whether there is anything to show.
        keys: what the keys do that move over the plot.

    Signals:
        view_changed(): the user chose another view; :attr:`view` has it.
        hovered(object): the mouse stands at this x (pixels), or, with None, has left.
        dismissed(): Escape, or the keyboard's focus has gone elsewhere.
        selecting(object): a span (TimeRange) is being dragged out; None: it was given up or is done.
        selected(float, float): a span was dragged out; epoch seconds.
        clicked(QPointF): a click at this place (pixels) that was no drag and no half of a double click.
        pointed(object): the keyboard's crosshair stands at this moment (epoch seconds), or, with None, nowhere. The
            plot says so itself.
        zoomed_out(): the host zooms out although the whole range is shown: a wider one is wanted.
    """

    view_changed = Signal()
    hovered = Signal(object)
    dismissed = Signal()
    selecting = Signal(object)
    selected = Signal(float, float)
    clicked = Signal(QPointF)
    pointed = Signal(object)
    zoomed_out = Signal()

    keys: KeyActions

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._whole = TimeRange(0.0, 1.0)
        self._shortest = 1.0
        self._chosen: TimeRange | None = None
        self._pressed: QPointF | None = None
        self._grabbed: TimeRange | None = None
        self._selecting_from: float | None = None
        self._moved = False
        self._clicked_at = QPointF()
        self._click = QTimer(self)
        self._click.setSingleShot(True)
        self._click.timeout.connect(lambda: self.clicked.emit(self._clicked_at))
        self._climb, self._climbed, self._settled = 0.0, 0.0, 0.0
        self.enabled = False
        canvas.installEventFilter(self)
        canvas.viewport().installEventFilter(self)

    @property
    def view(self) -> TimeRange:
        """The range to show, epoch seconds."""
        return self._chosen or self._whole

    @property
    def zoomed(self) -> bool:
        """Whether the user chose a view of their own."""
        return self._chosen is not None

    def set_whole(self, whole: TimeRange, shortest: float) -> None:
        """The data covers ``whole`` now; a closer look than ``shortest`` seconds is pointless.

        A view that the user chose stays, unless it has nothing to do with the new range.
        """
        if self._chosen is not None and not survives(self._chosen, self._whole, whole):
            self._chosen = None
        self._whole, self._shortest = whole, min(shortest, whole.end - whole.start)

    def reset(self) -> None:
        """Back to the whole range."""
        self._choose(self._whole)

    def show(self, view: TimeRange | None) -> None:
        """Show this part of the time, as far as there is data, or all of it (None); ``view_changed`` follows."""
        if view is None or view.start >= self._whole.end or view.end <= self._whole.start:
            self.reset()
        else:
            self._choose(within(view, self._whole))

    def zoom(self, factor: float, anchor: float | None = None) -> None:
        """Show ``factor`` times as much time, around ``anchor`` (epoch seconds; the middle by default)."""
        middle = (self.view.start + self.view.end) / 2
        self._choose(zoomed(self.view, factor, middle if anchor is None else anchor, self._whole, self._shortest))

    def follow(self, time: float | None) -> None:
        """Let the plot read what it has at a moment, as if the mouse were there."""
        plane = self._canvas.plane
        seen = time is not None and plane.start <= time <= plane.end
        self.hovered.emit(plane.x(time) if time is not None and seen else None)

    def reveal(self, part: TimeRange) -> None:
        """Move the view as little as needed to show ``part``."""
        if part.start < self.view.start or part.end > self.view.end:
            self._choose(including(self.view, part, self._whole))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take what concerns the plot; leave the rest to Qt."""
        handler = _HANDLERS.get(event.type())
        if handler is None or not self.enabled or (watched is self._canvas) != (event.type() in _KEYS):
            return False
        return handler(self, event)

    def _choose(self, view: TimeRange) -> None:
        full = (view.end - view.start) >= (self._whole.end - self._whole.start) * _SAME
        chosen = None if full else view
        if chosen != self._chosen:
            self._chosen = chosen
            self._settled, self._climb = monotonic(), 0.0
            self.view_changed.emit()

    def _zoom_out_further(self, notches: float) -> None:
        """The wheel turns on over the whole range: ask for a wider one, once a turn."""
        now = monotonic()
        self._climb = notches + (self._climb if now - self._climbed < _FORGET else 0.0)
        self._climbed = now
        if self._climb >= _CLIMB_NOTCHES and now - self._settled >= _CLIMB_PAUSE:
            self._settled, self._climb = now, 0.0
            self.zoomed_out.emit()

    def _press(self, event: QMouseEvent) -> bool:
        if event.button() is Qt.MouseButton.LeftButton:
            self._pressed, self._moved = event.position(), False
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self._selecting_from = self._time_at(event.position().x())
            else:
                self._grabbed = self.view
        return True

    def _move(self, event: QMouseEvent) -> bool:
        x = event.position().x()
        far = self._pressed is not None and abs(x - self._pressed.x()) >= QApplication.startDragDistance() / 2
        if self._selecting_from is not None:
            self.selecting.emit(self._selection(x))
            return True
        self._moved = self._moved or far
        if self._grabbed is not None and self._pressed is not None and (far or self._dragging):
            self._canvas.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
            pixel = (self.view.end - self.view.start) / self._canvas.plane.area.width()
            self._choose(moved(self._grabbed, (self._pressed.x() - x) * pixel, self._whole))
        self.hovered.emit(x)
        return True

    @property
    def _dragging(self) -> bool:
        return self._grabbed is not None and self._grabbed != self.view

    def _release(self, event: QMouseEvent) -> bool:
        if event.button() is not Qt.MouseButton.LeftButton:
            return True
        span = self._selection(event.position().x()) if self._selecting_from is not None else None
        far = self._pressed is not None and abs(event.position().x() - self._pressed.x()) > 3
        is_click = span is None and self._pressed is not None and not (far or self._moved)
        self._let_go()
        if span is not None and far and span.end > span.start:
            self.selected.emit(span.start, span.end)
        elif is_click:
            self._clicked_at = event.position()
            self._click.start(QApplication.doubleClickInterval())  # a double click is no click, zoomed or not
        return True

    def _double_click(self, event: QMouseEvent) -> bool:
        if event.button() is Qt.MouseButton.LeftButton:
            self._click.stop()
            self._let_go()
            self.reset()
        return True

    def _leave(self, event: QEvent) -> bool:
        self.hovered.emit(None)
        return False

    def _wheel(self, event: QWheelEvent) -> bool:
        sideways, notches = event.angleDelta().x() / _NOTCH, event.angleDelta().y() / _NOTCH
        if abs(sideways) > abs(notches):
            self._choose(moved(self.view, -sideways * 0.1 * (self.view.end - self.view.start), self._whole))
        elif notches < 0 and not self.zoomed:
            self._zoom_out_further(-notches)
        elif notches:
            self.zoom(_WHEEL_FACTOR**-notches, self._time_at(event.position().x()))
        event.accept()
        self.hovered.emit(event.position().x())
        return True

    def _key(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if key in _ZOOMS and _ZOOMS[key] > 1 and not self.zoomed:
            if not event.isAutoRepeat():
                self.zoomed_out.emit()
        elif key in _ZOOMS:
            self.zoom(_ZOOMS[key])
        elif key in _RESETS:
            self.reset()
        elif key == Qt.Key.Key_Escape and self._selecting_from is not None:
            self._let_go()
        else:
            return self.keys.take(key)
        return True

    def _focus_left(self, event: QEvent) -> bool:
        self.dismissed.emit()
        return False

    def _let_go(self) -> None:
        if self._selecting_from is not None:
            self.selecting.emit(None)
        self._pressed = self._grabbed = self._selecting_from = None
        self._canvas.viewport().unsetCursor()

    def _time_at(self, x: float) -> float:
        return min(max(self._canvas.plane.time(x), self.view.start), self.view.end)

    def _selection(self, x: float) -> TimeRange:
        ends = sorted((self._selecting_from or 0.0, self._time_at(x)))
        return TimeRange(ends[0], ends[1])


_KEYS: Final = (QEvent.Type.KeyPress, QEvent.Type.FocusOut)
"""Events of the canvas itself; the others are its viewport's."""

_HANDLERS: Final[dict[QEvent.Type, Callable[[Navigator, Any], bool]]] = {
    QEvent.Type.MouseButtonPress: Navigator._press,
    QEvent.Type.MouseMove: Navigator._move,
    QEvent.Type.MouseButtonRelease: Navigator._release,
    QEvent.Type.MouseButtonDblClick: Navigator._double_click,
    QEvent.Type.Leave: Navigator._leave,
    QEvent.Type.Wheel: Navigator._wheel,
    QEvent.Type.KeyPress: Navigator._key,
    QEvent.Type.FocusOut: Navigator._focus_left,
}
