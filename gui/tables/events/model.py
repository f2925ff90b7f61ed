"""The latest events as a table model: rows come and go one by one, never by a reset without need."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import IntEnum
from itertools import groupby
from typing import Final, TypeAlias

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer

from core.feed.snapshot import Event, EventKind
from core.text import formatting
from core.text.dates import month_day
from gui.widgets.text import plain_tip

CAPACITY: Final = 200
"""Rows that are kept."""

FRESH_SECONDS: Final = 1.6
"""How long a new row stays tinted."""

FRESH: Final = int(Qt.ItemDataRole.UserRole)
"""Role: whether the row has just come in."""

EVENT: Final = int(Qt.ItemDataRole.UserRole) + 1
"""Role: the row's :class:`~core.feed.snapshot.Event`."""

_Index: TypeAlias = QModelIndex | QPersistentModelIndex
_NO_PARENT: Final = QModelIndex()


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title, and what it says of an event on a given day."""

    title: str
    text: Callable[[Event, tzinfo, date], str]


class Place(IntEnum):
    """The columns' numbers."""

    TIME = 0
    TITLE = 1
    WHO = 2
    DETAIL = 3
    SECONDS = 4


def clock(event: Event, zone: tzinfo, today: date) -> str:
    """Return the event's local time: ``20:41:07``, with its date where that is another day."""
    if event.timestamp is None:
        return formatting.NOTHING
    try:
        moment = datetime.fromtimestamp(event.timestamp, zone)
    except (OverflowError, OSError, ValueError):
        return formatting.NOTHING
    if moment.date() == today:
        return f"{moment:%H:%M:%S}"
    return f"{month_day(moment)} {moment:%H:%M}" if moment.year == today.year else f"{moment:%Y-%m-%d}"


def who(event: Event) -> str:
    """Return ``…4821 · …7731``, or ``…4821 · direct``; images know no server, so only their user is named."""
    user = formatting.short_id(event.user_id) or formatting.NOTHING
    if event.guild_id:
        return f"{user} · {formatting.short_id(event.guild_id)}"
    return f"{user} · direct" if event.kind is EventKind.COMMAND else user


def _duration(event: Event, _zone: tzinfo, _today: date) -> str:
    return "" if event.seconds is None else formatting.seconds(event.seconds)


COLUMNS: Final = (
    Column("Time", clock),
    Column("Event", lambda event, _zone, _today: formatting.one_line(event.title, 60) or formatting.NOTHING),
    Column("Who", lambda event, _zone, _today: who(event)),
    Column("Detail", lambda event, _zone, _today: formatting.one_line(event.detail, 300)),
    Column("Duration", _duration),
)


class EventModel(QAbstractTableModel):
    """Events, newest first. All text in it is untrusted and given out as plain text."""

    def __init__(self, zone: tzinfo, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.events: list[Event] = []
        self._zone = zone
        self._today = datetime.now(zone).date()
        self._texts: dict[Event, dict[int, str]] = {}
        self._fresh_until: dict[Event, float] = {}
        self._fading = QTimer(self)
        self._fading.setSingleShot(True)
        self._fading.timeout.connect(self._fade)

    def rowCount(self, parent: _Index = _NO_PARENT) -> int:  # noqa: N802
        """Return how many events there are."""
        return 0 if parent.isValid() else len(self.events)

    def columnCount(self, parent: _Index = _NO_PARENT) -> int:  # noqa: N802
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Return a column's title."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section].title
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a cell's text, its tool tip, or one of our own roles."""
        if not index.isValid():
            return None
        event = self.events[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(event, index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(self.in_words(event))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            failed = ", failed" if index.column() == Place.TITLE and not event.success else ""
            return self.text(event, index.column()) + failed
        if role == FRESH:
            return self.is_fresh(event)
        return event if role == EVENT else None

    def text(self, event: Event, column: int) -> str:
        """Return what the cell says; worked out once for an event that is shown."""
        texts = self._texts.setdefault(event, {})
        if column not in texts:
            texts[column] = COLUMNS[column].text(event, self._zone, self._today)
        return texts[column]

    def is_fresh(self, event: Event) -> bool:
        """Return whether the event has just come in."""
        return event in self._fresh_until

    def in_words(self, event: Event) -> str:
        """Return the event in a few lines, with whole ids and the whole date."""
        place = f", server {formatting.one_line(event.guild_id, 40)}" if event.guild_id else ""
        lines = [
            f"{formatting.one_line(event.title, 60)} ({event.kind.value}{'' if event.success else ', failed'})",
            f"{self._whole_time(event)}, user {formatting.one_line(event.user_id, 40)}{place}",
            formatting.one_line(event.detail, 240),
        ]
        return "\n".join(line for line in lines if line)

    def line(self, row: int) -> str:
        """Return a row as one line of text, for the clipboard."""
        event = self.events[row]
        place = formatting.one_line(event.guild_id, 40) if event.guild_id else ""
        parts = (
            self._whole_time(event),
            self.text(event, Place.TITLE) + ("" if event.success else " (failed)"),
            formatting.one_line(event.user_id, 40),
            place,
            formatting.one_line(event.detail, 500),
            self.text(event, Place.SECONDS),
        )
        return "  ".join(part for part in parts if part)

    def _whole_time(self, event: Event) -> str:
        short = clock(event, self._zone, self._today)
        if event.timestamp is None or short == formatting.NOTHING:
            return "time unknown"
        return f"{datetime.fromtimestamp(event.timestamp, self._zone):%Y-%m-%d %H:%M:%S}"

    def show(self, events: Sequence[Event], zone: tzinfo, now: float) -> int:
        """Become ``events`` (newest first) with as few changes as possible; return how many came on top.

        ``zone`` cuts the days, ``now`` (epoch seconds) says which is today. Events that share nothing with
        those that were there reset the model and count as none.
        """
        self._set_day(zone, datetime.fromtimestamp(now, zone).date())
        wanted = list(dict.fromkeys(events))[:CAPACITY]
        if wanted == self.events:
            return 0
        kept = set(wanted).intersection(self.events)
        if not kept or not self._same_order(wanted, kept):
            self._reset(wanted)
            return 0
        self._remove_all_but(kept)
        return self._insert_missing(wanted, kept)

    def _same_order(self, wanted: list[Event], kept: set[Event]) -> bool:
        return [event for event in wanted if event in kept] == [event for event in self.events if event in kept]

    def _reset(self, events: list[Event]) -> None:
        self.beginResetModel()
        self.events = events
        self._fresh_until.clear()
        self._texts.clear()
        self.endResetModel()

    def _remove_all_but(self, kept: set[Event]) -> None:
        for first, last in reversed(list(_runs(event not in kept for event in self.events))):
            self.beginRemoveRows(QModelIndex(), first, last)
            for event in self.events[first : last + 1]:
                self._fresh_until.pop(event, None)
                self._texts.pop(event, None)
            del self.events[first : last + 1]
            self.endRemoveRows()

    def _insert_missing(self, wanted: list[Event], kept: set[Event]) -> int:
        on_top = 0
        for first, last in list(_runs(event not in kept for event in wanted)):
            new = wanted[first : last + 1]
            self._freshen(new)
            self.beginInsertRows(QModelIndex(), first, last)
            self.events[first:first] = new
            self.endInsertRows()
            on_top += len(new) if first == 0 else 0
        return on_top

    def _freshen(self, events: list[Event]) -> None:
        self._fresh_until |= dict.fromkeys(events, time.monotonic() + FRESH_SECONDS)
        if not self._fading.isActive():
            self._fading.start(round(FRESH_SECONDS * 1000))

    def _fade(self) -> None:
        now = time.monotonic()
        self._fresh_until = {event: until for event, until in self._fresh_until.items() if until > now}
        if self.events:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.events) - 1, len(COLUMNS) - 1), [FRESH])
        if self._fresh_until:
            self._fading.start(max(50, round((min(self._fresh_until.values()) - now) * 1000)))

    def _set_day(self, zone: tzinfo, today: date) -> None:
        if (zone, today) != (self._zone, self._today):
            self._zone, self._today = zone, today
            self._texts.clear()
            if self.events:
                self.dataChanged.emit(self.index(0, Place.TIME), self.index(len(self.events) - 1, Place.TIME))


def _runs(flags: Iterator[bool]) -> Iterator[tuple[int, int]]:
    """Yield first and last position of each span of true flags."""
    for flag, span in groupby(enumerate(flags), key=lambda pair: pair[1]):
        if flag:
            places = [place for place, _ in span]
            yield places[0], places[-1]
