"""Where the host has been: page, range, filter, rows, zoom and comparison, with a way back and a way forth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from core.feed.snapshot import Snapshot
from core.filters import EVERYTHING, Filter
from core.statistics.comparison import NO_COMPARISON, OtherTime
from core.time_ranges import TimeRange
from gui.window import actions
from gui.window.actions import Actions
from gui.window.comparing import RangeComparer
from gui.window.dashboard import LivePanel
from gui.window.range_controller import RangeChooser

MOST: Final = 100
"""So many places are remembered."""


@dataclass(frozen=True, slots=True)
class Place:
    """What is looked at.

    Attributes:
        page: its key; choice: the range's key; span: that of a custom one.
        chosen: what the pages are filtered by; rows: what is typed into the page's own filter box.
        view: the part of the range that is zoomed in on; None is all of it.
        comparison: what the range is compared with.
    """

    page: str
    choice: str
    span: TimeRange | None = None
    chosen: Filter = EVERYTHING
    rows: str = ""
    view: TimeRange | None = None
    comparison: OtherTime = NO_COMPARISON

    def continues(self, before: Place) -> bool:
        """Whether it is only a further step of one zoom, or of one filter that is being typed."""
        zoomed = self.view is not None and before.view is not None
        typed = bool(self.rows and before.rows)
        same = replace(self, view=before.view if zoomed else self.view, rows=before.rows if typed else self.rows)
        return same == before


class Trail:
    """Places in the order in which the host went, and where among them the host is now."""

    def __init__(self) -> None:
        self._places: list[Place] = []
        self._at = -1

    def note(self, place: Place) -> None:
        """The host is here now. What lay ahead is forgotten."""
        if self._at >= 0 and place == self._places[self._at]:
            return
        del self._places[self._at + 1 :]
        if self._places and self._at > 0 and place.continues(self._places[-1]):
            self._places[-1] = place
        else:
            self._places.append(place)
        del self._places[:-MOST]
        self._at = len(self._places) - 1

    def step(self, by: int) -> Place | None:
        """Go back (-1) or forth (1); None where there is nothing further."""
        if not self.leads(by):
            return None
        self._at += by
        return self._places[self._at]

    def leads(self, by: int) -> bool:
        """Whether there is anything further in this direction."""
        return 0 <= self._at + by < len(self._places)


class History(QObject):
    """Notes where the host goes in one window, and leads back.

    Changes that come together, as when a number of Overview turns the page and filters its rows, are one step.

    Signals:
        filter_wanted(Filter): the pages are to be filtered by this.
    """

    filter_wanted = Signal(object)

    def __init__(self, live: LivePanel, ranges: RangeChooser, window_actions: Actions) -> None:
        super().__init__(live)
        self._live, self._ranges, self._actions = live, ranges, window_actions
        self._trail = Trail()
        self._awaited: Place | None = None
        self._comparer: RangeComparer | None = None
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._note)
        changes = (live.page_shown, ranges.chosen, live.rows_filtered, live.view_changed, live.strip.changed)
        for change in changes:
            change.connect(self._note_soon)
        window_actions.on(actions.BACK, self._step_by(-1))
        window_actions.on(actions.FORTH, self._step_by(1))
        self.begin()

    def begin(self) -> None:
        """Another database is opened, or none: what was seen of the last one is no place to go back to."""
        self._trail, self._awaited = Trail(), None
        self._soon.start()
        self._enable()

    def go_with(self, comparer: RangeComparer) -> None:
        """What the range is compared with is a part of each place, too."""
        self._comparer = comparer
        comparer.chosen.connect(self._note_soon)
        self.begin()

    def follow(self, snapshot: Snapshot) -> None:
        """A snapshot is shown: once all of a place that was gone back to is there, its zoom is taken up again."""
        awaited = self._awaited
        if awaited is None or not snapshot.complete or snapshot.page != awaited.page:
            return
        if snapshot.choice == awaited.choice and snapshot.chosen == awaited.chosen:
            self._awaited = None
            self._live.current.show_view(awaited.view)

    def _note_soon(self, *_change: object) -> None:
        self._soon.start()

    def _place(self) -> Place:
        live, ranges = self._live, self._ranges
        page = live.current
        comparison = self._comparer.comparison if self._comparer is not None else NO_COMPARISON
        where = live.page, ranges.choice.key, ranges.span, live.strip.chosen
        return Place(*where, page.rows_text, page.view, comparison)

    def _note(self) -> None:
        place, awaited = self._place(), self._awaited
        if awaited is not None and replace(place, view=awaited.view) == awaited:
            return  # only the zoom is still to come
        self._awaited = None
        self._trail.note(place)
        self._enable()

    def _step_by(self, by: int) -> Callable[[], None]:
        return lambda: self._go(self._trail.step(by))

    def _go(self, place: Place | None) -> None:
        if place is None:
            return
        live, ranges = self._live, self._ranges
        self._awaited = place if place.view is not None else None
        if place.page != live.page:
            live.show_page(place.page)
            live.focus_page()
        if (place.choice, place.span) != (ranges.choice.key, ranges.span):
            ranges.choose(place.choice, place.span, remember=False)
        if place.chosen != live.strip.chosen:
            self.filter_wanted.emit(place.chosen)
        if self._comparer is not None:
            self._comparer.choose(place.comparison)
        live.current.show_rows_text(place.rows)
        if place.view != live.current.view:
            live.current.show_view(place.view)
        self._enable()

    def _enable(self) -> None:
        self._actions.enable((actions.BACK,), self._trail.leads(-1))
        self._actions.enable((actions.FORTH,), self._trail.leads(1))
