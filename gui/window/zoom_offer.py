"""Ranges that what is seen leads to: what the charts are zoomed in on, and all time for what is about all of it."""

from __future__ import annotations

import math

from PySide6.QtCore import QObject

from core.time_ranges import TimeRange
from gui.window import actions
from gui.window.actions import Actions
from gui.window.dashboard import LivePanel
from gui.window.range_controller import RangeChooser


class ZoomOffer(QObject):
    """Offers to use a zoom as the range, in the top bar and in the View menu, and goes to all time when asked."""

    def __init__(self, live: LivePanel, ranges: RangeChooser, window_actions: Actions) -> None:
        super().__init__(live)
        self._live, self._ranges, self._actions = live, ranges, window_actions
        live.view_changed.connect(self._offer)
        live.top.use_zoom.clicked.connect(self._use)
        live.everything_requested.connect(lambda: ranges.choose("all", remember=False))
        window_actions.on(actions.ZOOM_AS_RANGE, self._use)
        self._offer(None)

    def _offer(self, view: TimeRange | None) -> None:
        self._live.top.offer_zoom(view is not None)
        self._actions.enable((actions.ZOOM_AS_RANGE,), view is not None)

    def _use(self) -> None:
        view = self._live.current.view
        if view is not None:
            self._ranges.choose("custom", whole_seconds(view))


def whole_seconds(span: TimeRange) -> TimeRange:
    """The shortest span of whole seconds that holds another one."""
    start = math.floor(span.start)
    return TimeRange(float(start), float(max(math.ceil(span.end), start + 1)))
