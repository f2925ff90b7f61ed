"""Which columns are shown, in which order and how wide: set by the host, remembered, and fitted to the room."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QFontMetrics

from core.storage.values import ID_KINDS, Kind
from core.tables.definitions import Column
from core.text.dates import month_day
from core.text.names import NAMES
from core.text.translation import gettext as _
from core.text.translation import pgettext
from gui.style.theme import base_font, tabular
from gui.tables.records.header import TITLE_ROOM, RecordHeader
from gui.tables.shared.cells import MARGIN, SIGN_ROOM
from gui.threads.names import name_news

LEAST: Final = 48
WIDEST: Final = 2_000
STEP: Final = 24
"""Pixels that "wider" and "narrower" mean."""

_SAMPLES: Final = {
    Kind.TIME: max("2025-11-28 20:41", f"{month_day(date(2025, 9, 28))} 20:41:07", key=len),
    Kind.ID: "10,000,000",
    Kind.COMMAND: "command_stats",
    Kind.USER: "…4821",
    Kind.GUILD: "…4821",
    Kind.CHANNEL: "…4821",
    Kind.SECONDS: "2 min 05 s",
    Kind.COUNT: "48,211",
    Kind.NUMBER: "48,211.5",
    Kind.OUTCOME: max(_("succeeded"), _("failed"), key=len),
    Kind.RESOLUTION: "16:9 [1344x768 landscape]",
    Kind.TYPE: "reduxprompt",
    Kind.MEDIA: pgettext("media", "image"),
    Kind.ACTION: "regenerate_button",
    Kind.DATE: "2026-11-24",
}
"""A usual value by kind: so wide is its column to begin with."""

_NAME: Final = "Wilhelmina K."
"""A usual name: so wide are the columns of ids to begin with where names are shown."""

_WHOLE_ID: Final = "1273849283749283748"
"""So wide is a whole id: the columns of ids have it where that leaves enough to the texts."""

_ENOUGH_GREEDY: Final = 280
"""Pixels that a column of texts keeps when those of ids take all they need."""

_GREEDY: Final = {Kind.PROMPT: 4, Kind.TEXT: 3, Kind.LORAS: 2}
"""Kinds that share what is left of the width, and in which parts."""

_LEAST_GREEDY: Final = 120

_GIVING_WAY: Final = {Kind.RESOLUTION: 100, Kind.ACTION: 80, Kind.TYPE: 70, Kind.COMMAND: 80, Kind.USER: 80}
"""Kinds whose columns become narrower where the room is small, and how narrow at most."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is remembered: keys of columns in their order, those that are hidden, and widths that the host chose."""

    order: tuple[str, ...]
    hidden: frozenset[str]
    widths: Mapping[str, int]


class ColumnLayout(QObject):
    """Lays out a header's columns.

    Signals:
        changed(): a column was shown, hidden, moved or sized.
    """

    changed = Signal()

    def __init__(self, columns: Sequence[Column], shown: Sequence[str], head: RecordHeader) -> None:
        super().__init__(head)
        self._columns = tuple(columns)
        self._default = tuple(shown)
        self._head = head
        self._font = tabular(base_font())
        self._chosen: dict[str, int] = {}
        self._laying = False
        self._room = 0
        self._named = NAMES.shows_any
        name_news().changed.connect(self._name_anew)
        head.sectionResized.connect(self._follow_resize)
        head.sectionMoved.connect(self._follow_move)
        self._apply(self._fresh())

    @property
    def visible(self) -> tuple[Column, ...]:
        """The columns that are shown, from left to right."""
        head = self._head
        places = (head.logicalIndex(visual) for visual in range(len(self._columns)))
        return tuple(self._columns[place] for place in places if not head.isSectionHidden(place))

    def is_shown(self, place: int) -> bool:
        """Whether a column is shown, by its place among all."""
        return not self._head.isSectionHidden(place)

    def show(self, place: int, shown: bool) -> None:
        """Show or hide a column; the last one stays."""
        if shown or len(self.visible) > 1:
            self._head.setSectionHidden(place, not shown)
            self._finish()

    def move(self, place: int, steps: int) -> None:
        """Move a column past so many of its visible neighbours: to the left where it is negative."""
        head = self._head
        order = [head.logicalIndex(visual) for visual in range(len(self._columns))]
        seen = [logical for logical in order if not head.isSectionHidden(logical)]
        target = seen.index(place) + steps
        if 0 <= target < len(seen):
            head.moveSection(head.visualIndex(place), head.visualIndex(seen[target]))

    def widen(self, place: int, pixels: int) -> None:
        """Make a column wider, or narrower where it is negative."""
        self._head.resizeSection(place, min(max(self._head.sectionSize(place) + pixels, LEAST), WIDEST))

    def fit_to_contents(self, place: int, texts: Sequence[str]) -> None:
        """Make a column as wide as these texts need."""
        metrics = QFontMetrics(self._font)
        widest = max(map(metrics.horizontalAdvance, texts), default=0) + 2 * MARGIN + 2
        sign = SIGN_ROOM if self._columns[place].kind is Kind.OUTCOME else 0
        self._head.resizeSection(place, min(max(widest + sign, self._title_width(place), LEAST), 800))

    def reset(self) -> None:
        """Show the default columns in their order and widths."""
        self._apply(self._fresh())
        self.changed.emit()

    def fit(self, room: int) -> None:
        """Share ``room`` pixels among the columns that the host gave no width."""
        self._room = room
        head, widths = self._head, self._natural_widths()
        greedy = {n: _GREEDY[self._columns[n].kind] for n in widths if self._is_greedy(n)}
        self._give_way(widths, room - _LEAST_GREEDY * len(greedy), [n for n in widths if n not in greedy])
        self._widen_ids(
            widths, room - sum(max(widths[n], _ENOUGH_GREEDY) if n in greedy else widths[n] for n in widths)
        )
        left = room - sum(width for n, width in widths.items() if n not in greedy)
        parts = sum(greedy.values())
        for number, part in sorted(greedy.items(), key=lambda each: each[1]):  # what the least take, others go without
            widths[number] = max(left * part // parts, _LEAST_GREEDY)
            left, parts = left - widths[number], parts - part
        if not greedy:
            self._spread(widths, left)
        self._laying = True
        for number, width in widths.items():
            head.resizeSection(number, width)
        self._laying = False

    def _give_way(self, widths: dict[int, int], room: int, fixed: Sequence[int]) -> None:
        """Make columns that may be cut narrower, as far as it is needed for all to fit."""
        for number in fixed:
            column, lacking = self._columns[number], sum(widths[n] for n in fixed) - room
            least = _GIVING_WAY.get(column.kind)
            if lacking > 0 and least is not None and column.key not in self._chosen:
                widths[number] = max(min(least, widths[number]), widths[number] - lacking)

    def _widen_ids(self, widths: dict[int, int], spare: int) -> None:
        """Let columns show whole ids, those at the left first, as far as there is room to spare."""
        whole = QFontMetrics(self._font).horizontalAdvance(_WHOLE_ID) + 2 * MARGIN + 2
        for number in sorted(widths, key=self._head.visualIndex):
            column = self._columns[number]
            more = whole - widths[number]
            if column.kind in ID_KINDS and column.key not in self._chosen and 0 < more <= spare:
                widths[number], spare = whole, spare - more

    def _spread(self, widths: dict[int, int], left: int) -> None:
        """Where no text takes what is left of the room, columns share it, each up to its own width more."""
        free = [n for n in widths if self._columns[n].key not in self._chosen]
        total = sum(widths[n] for n in free)
        if left > 0 and total:
            share = min(left / total, 1.0)
            widths |= {n: int(widths[n] * (1 + share)) for n in free}

    def kept(self) -> str:
        """What is to be remembered, as text."""
        head = self._head
        order = [self._columns[head.logicalIndex(visual)].key for visual in range(len(self._columns))]
        hidden = [column.key for n, column in enumerate(self._columns) if head.isSectionHidden(n)]
        return json.dumps({"order": order, "hidden": hidden, "widths": self._chosen}, ensure_ascii=False)

    def restore(self, text: str) -> None:
        """Take up what was remembered; what makes no sense (another version's, say) is left out."""
        kept = self._read(text)
        if kept is not None:
            self._apply(kept)

    def _read(self, text: str) -> _Kept | None:
        try:
            raw = json.loads(text)
            kept = _Kept(tuple(raw["order"]), frozenset(raw["hidden"]), dict(raw["widths"]))
        except (ValueError, KeyError, TypeError):
            return None
        keys = [column.key for column in self._columns]
        known = tuple(key for key in dict.fromkeys(map(str, kept.order)) if key in keys)
        new = tuple(key for key in keys if key not in known)  # they came with another version
        hidden = kept.hidden | {key for key in new if key not in self._default}
        if len(known) != len(kept.order) or not set(keys) - hidden:
            return None
        widths = {key: width for key, width in kept.widths.items() if key in keys and _is_width(width)}
        return _Kept((*known, *new), hidden, widths)

    def _fresh(self) -> _Kept:
        keys = tuple(column.key for column in self._columns)
        first = tuple(key for key in self._default if key in keys)
        rest = tuple(key for key in keys if key not in first)
        return _Kept((*first, *rest), frozenset(rest), {})

    def _apply(self, kept: _Kept) -> None:
        head = self._head
        places = {column.key: number for number, column in enumerate(self._columns)}
        self._laying = True
        for visual, key in enumerate(kept.order):
            head.moveSection(head.visualIndex(places[key]), visual)
        for key, place in places.items():
            head.setSectionHidden(place, key in kept.hidden)
        self._laying = False
        self._chosen = dict(kept.widths)
        self.fit(self._room)

    def _natural_widths(self) -> dict[int, int]:
        shown = [n for n in range(len(self._columns)) if not self._head.isSectionHidden(n)]
        return {n: self._chosen.get(self._columns[n].key, self._usual_width(n)) for n in shown}

    def _is_greedy(self, place: int) -> bool:
        column = self._columns[place]
        return column.kind in _GREEDY and column.key not in self._chosen

    def _usual_width(self, place: int) -> int:
        column = self._columns[place]
        metrics = QFontMetrics(self._font)
        usual = _NAME if self._named and column.kind in ID_KINDS else _SAMPLES.get(column.kind, "")
        sample = metrics.horizontalAdvance(usual) + 2 * MARGIN + 2
        sign = SIGN_ROOM if column.kind is Kind.OUTCOME else 0
        return max(sample + sign, self._title_width(place), LEAST)

    def _name_anew(self) -> None:
        """The first names have come, or they are masked, or shown again: they need other widths than ids."""
        if self._named is not NAMES.shows_any:
            self._named = NAMES.shows_any
            self.fit(self._room)

    def _title_width(self, place: int) -> int:
        return self._head.fontMetrics().horizontalAdvance(self._columns[place].title) + TITLE_ROOM

    def _follow_resize(self, place: int, _before: int, width: int) -> None:
        if not self._laying and width:
            self._chosen[self._columns[place].key] = width
            self.changed.emit()

    def _follow_move(self) -> None:
        if not self._laying:
            self.changed.emit()

    def _finish(self) -> None:
        self.fit(self._room)
        self.changed.emit()


def _is_width(value: Any) -> bool:
    return isinstance(value, int) and LEAST <= value <= WIDEST
