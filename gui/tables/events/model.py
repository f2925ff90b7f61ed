"""The latest events as a table model: rows come and go one by one, never by a reset without need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import IntEnum
from typing import Final

from PySide6.QtCore import QObject, Qt

from core.feed.snapshot import Event, EventKind
from core.filters import IMAGE, VIDEO, Field
from core.text import formatting
from core.text.dates import month_day
from core.text.names import NAMES
from core.text.translation import gettext as _
from core.text.translation import pgettext
from core.time_ranges import local_time
from gui.tables.shared.row_model import Index, RowModel, marked_spans
from gui.widgets.text import plain_tip

CAPACITY: Final = 200
"""Rows that are kept."""

_USER, _GUILD = str(Field.USER), str(Field.GUILD)
_LONGEST_ID: Final = 24
"""Characters; Discord's own have 17 to 20."""


@dataclass(frozen=True, slots=True)
class _ColumnSpec:
    """A column: its title, and what it says of an event on a given day."""

    title: str
    text: Callable[[Event, tzinfo, date], str]


class EventColumn(IntEnum):
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
        moment = local_time(event.timestamp, zone)
    except (OverflowError, ValueError):
        return formatting.NOTHING
    if moment.date() == today:
        return f"{moment.hour:02}:{moment.minute:02}:{moment.second:02}"  # strftime takes three times as long
    return f"{month_day(moment)} {moment:%H:%M}" if moment.year == today.year else f"{moment:%Y-%m-%d}"


def who(event: Event) -> str:
    """Return ``Anna · Ateliers``, ids' ends where no name is known, or ``Anna · direct``.

    Images need not know their server: then only their user is named.
    """
    user = NAMES.label(_USER, event.user_id)
    if event.guild_id:
        return f"{user} · {NAMES.label(_GUILD, event.guild_id)}"
    return _("{user} · direct").format(user=user) if event.kind is EventKind.COMMAND else user


def who_in_full(event: Event) -> str:
    """Return :func:`who` with whole ids in place of their ends, for where there is room: ``184467…4821 · Ateliers``."""
    user = _name_or_id(_USER, event.user_id)
    if event.guild_id:
        return f"{user} · {_name_or_id(_GUILD, event.guild_id)}"
    return _("{user} · direct").format(user=user) if event.kind is EventKind.COMMAND else user


def _name_or_id(kind: str, snowflake: str) -> str:
    if NAMES.masked or NAMES.name(kind, snowflake):
        return NAMES.label(kind, snowflake)
    return formatting.one_line(snowflake, _LONGEST_ID) or formatting.NOTHING


_MEDIA: Final = {IMAGE: pgettext("media", "image"), VIDEO: pgettext("media", "video")}


def _title(event: Event) -> str:
    """What an event is called; only the names of media are ours."""
    title = _MEDIA.get(event.title, event.title) if event.kind is EventKind.IMAGE else event.title
    return formatting.one_line(title, 60) or formatting.NOTHING


def _duration(event: Event, _zone: tzinfo, _today: date) -> str:
    return "" if event.seconds is None else formatting.seconds(event.seconds)


_KINDS: Final = {
    EventKind.COMMAND: pgettext("event", "command"),
    EventKind.IMAGE: pgettext("event", "image"),
    EventKind.ACTIVITY: pgettext("event", "activity"),
}

COLUMNS: Final = (
    _ColumnSpec(_("Time"), clock),
    _ColumnSpec(_("Event"), lambda event, _zone, _today: _title(event)),
    _ColumnSpec(_("Who"), lambda event, _zone, _today: who(event)),
    _ColumnSpec(_("Detail"), lambda event, _zone, _today: formatting.one_line(event.detail, 300)),
    _ColumnSpec(_("Duration"), _duration),
)


class LatestEventsModel(RowModel[Event]):
    """Events, newest first. All text in it is untrusted and given out as plain text."""

    def __init__(self, zone: tzinfo, parent: QObject | None = None) -> None:
        super().__init__([column.title for column in COLUMNS], parent)
        self._zone = zone
        self._today = datetime.now(zone).date()
        self._texts: dict[Event, dict[int, str]] = {}

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a cell's text, or its tool tip."""
        if not index.isValid():
            return None
        event = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(event, index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(_("{event}\nClick or Enter: show its row").format(event=self.in_words(event)))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            failed = _(", failed") if index.column() == EventColumn.TITLE and not event.success else ""
            return self.text(event, index.column()) + failed
        return None

    def text(self, event: Event, column: int) -> str:
        """Return what the cell says; worked out once for an event that is shown."""
        texts = self._texts.setdefault(event, {})
        if column not in texts:
            texts[column] = COLUMNS[column].text(event, self._zone, self._today)
        return texts[column]

    def in_words(self, event: Event) -> str:
        """Return the event in a few lines, with whole ids and the whole date."""
        place = (
            _(", server {guild_id}").format(guild_id=NAMES.in_full(_GUILD, event.guild_id)) if event.guild_id else ""
        )
        failed = "" if event.success else _(", failed")
        lines = [
            f"{_title(event)} ({_KINDS[event.kind]}{failed})",
            _("{whole_time}, user {user_id}{place}").format(
                whole_time=self._whole_time(event), user_id=NAMES.in_full(_USER, event.user_id), place=place
            ),
            formatting.one_line(event.detail, 240),
        ]
        return "\n".join(line for line in lines if line)

    def line(self, row: int) -> str:
        """Return a row as one line of text, for the clipboard."""
        event = self.rows[row]
        place = NAMES.in_full(_GUILD, event.guild_id) if event.guild_id else ""
        parts = (
            self._whole_time(event),
            self.text(event, EventColumn.TITLE) + ("" if event.success else _(" (failed)")),
            NAMES.in_full(_USER, event.user_id),
            place,
            formatting.one_line(event.detail, 500),
            self.text(event, EventColumn.SECONDS),
        )
        return "  ".join(part for part in parts if part)

    def name_anew(self) -> None:
        """Names are others from now on: say who did what anew."""
        for texts in self._texts.values():
            texts.pop(EventColumn.WHO, None)
        if self.rows:
            self.dataChanged.emit(self.index(0, EventColumn.WHO), self.index(len(self.rows) - 1, EventColumn.WHO))

    def _whole_time(self, event: Event) -> str:
        short = clock(event, self._zone, self._today)
        if event.timestamp is None or short == formatting.NOTHING:
            return _("time unknown")
        return f"{local_time(event.timestamp, self._zone):%Y-%m-%d %H:%M:%S}"

    def show(self, events: Sequence[Event], zone: tzinfo, now: float) -> int:
        """Become ``events`` (newest first) with as few changes as possible; return how many came on top.

        ``zone`` cuts the days, ``now`` (epoch seconds) says which is today. Events that share nothing with
        those that were there reset the model and count as none.
        """
        self._set_day(zone, local_time(now, zone).date())
        wanted = list(dict.fromkeys(events))[:CAPACITY]
        if wanted == self.rows:
            return 0
        kept = set(wanted).intersection(self.rows)
        if not kept or not self._same_order(wanted, kept):
            self._reset(wanted)
            return 0
        for event in set(self.rows) - kept:
            self._texts.pop(event, None)
        self.remove_marked([event not in kept for event in self.rows])
        return self._insert_missing(wanted, kept)

    def _same_order(self, wanted: list[Event], kept: set[Event]) -> bool:
        return [event for event in wanted if event in kept] == [event for event in self.rows if event in kept]

    def _reset(self, events: list[Event]) -> None:
        self.beginResetModel()
        self.rows = events
        self._texts.clear()
        self.endResetModel()

    def _insert_missing(self, wanted: list[Event], kept: set[Event]) -> int:
        on_top = 0
        for place, count in list(marked_spans(event not in kept for event in wanted)):
            self.insert(place, wanted[place : place + count])
            on_top += count if place == 0 else 0
        return on_top

    def _set_day(self, zone: tzinfo, today: date) -> None:
        if (zone, today) != (self._zone, self._today):
            self._zone, self._today = zone, today
            self._texts.clear()
            if self.rows:
                last = self.index(len(self.rows) - 1, EventColumn.TIME)
                self.dataChanged.emit(self.index(0, EventColumn.TIME), last)
