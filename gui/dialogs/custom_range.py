"""Choosing a range: by its name, as text, or by a start and an end."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from PySide6.QtCore import QDate, QDateTime, QTime, QTimeZone
from PySide6.QtWidgets import QButtonGroup, QDateTimeEdit, QDialog, QFormLayout, QLineEdit, QPushButton, QWidget

from core.text.dates import clock, happens_twice, is_midnight, month_day
from core.text.translation import gettext as _
from core.text.typed_ranges import EXAMPLES, RangeNotUnderstood, TypedRange, range_of
from core.time_ranges import CALENDAR, CHOICES, MINUTE, TimeRange, local_time, window
from gui.dialogs.data.parts import button
from gui.style.severity import Severity
from gui.widgets.calendar import let_pick
from gui.widgets.parts import column, row
from gui.widgets.text import PlainLabel, set_severity

_WIDTH = 312
_FORMAT = "yyyy-MM-dd HH:mm"
_CALENDAR = QDate(2000, 1, 1), QDate(2099, 12, 31)
"""What can be chosen: no bot is older, and at the ends of Python's calendar there are no buckets."""


class CustomRangeDialog(QDialog):
    """A text that names a range, or two moments of the wall clock in ``zone``, in whole minutes: ``span`` is widened.

    In an hour that comes twice, an editor that is left as it was means the moment that it was given; one that is
    changed means the first, or the second where only that fits an end.

    Attributes:
        typed: the text; named: the calendar's ranges, a button each, by their keys.
        start, end: the moments, which follow the text.
        go: shows the range, and is only there while it begins before it ends; leave: Cancel.
    """

    def __init__(self, span: TimeRange, zone: ZoneInfo, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._zone = zone
        self._meant: TypedRange | None = None
        self.setWindowTitle(_("Time range"))
        self.typed = QLineEdit()
        self.typed.setPlaceholderText(EXAMPLES)
        self.named = {key: QPushButton(CHOICES[key].title) for key in CALENDAR}
        self._given = _whole_minutes(span)
        self.start, self.end = _editor(self._given.start, zone), _editor(self._given.end, zone)
        self._hint = PlainLabel()
        self.leave, self.go = button(_("Cancel")), button(_("&Show"), kind="primary")
        self.go.setDefault(True)
        self._arrange()
        self.go.clicked.connect(self.accept)
        self.leave.clicked.connect(self.reject)
        self.typed.textChanged.connect(self._read)
        named = QButtonGroup(self)
        named.setExclusive(False)
        for place, each in enumerate(self.named.values()):
            each.setAutoDefault(False)
            named.addButton(each, place)
        named.idClicked.connect(self._take)
        for editor in (self.start, self.end):
            editor.dateTimeChanged.connect(self._follow_editor)
        self._check()

    @property
    def span(self) -> TimeRange:
        """What is chosen, in epoch seconds."""
        starts, ends = _moments(self.start, self._zone), _moments(self.end, self._zone)
        start = self._given.start if self._given.start in starts else starts[0]
        fitting = next((end for end in ends if end > start), ends[0])
        return TimeRange(start, self._given.end if self._given.end in ends else fitting)

    @property
    def chosen(self) -> TypedRange:
        """The range that is meant: one that goes on with the clock, or what lies between the two moments."""
        return self._meant or TypedRange(CHOICES["custom"], self.span)

    def _take(self, place: int) -> None:
        self._meant = TypedRange(CHOICES[CALENDAR[place]])
        self.accept()

    def _read(self, text: str) -> None:
        """Follow what is typed, letter by letter."""
        now = time.time()
        try:
            self._meant = range_of(text, self._zone, now) if text.strip() else None
        except RangeNotUnderstood as error:
            self._meant = None
            self._say(str(error), fits=False)
            return
        if self._meant is not None and self._meant.choice.key != "all":
            shown = self._meant.span or window(self._meant.choice, now, self._zone).buckets.range
            self._given = _whole_minutes(shown)
            for editor, moment in ((self.start, self._given.start), (self.end, self._given.end)):
                editor.blockSignals(True)
                editor.setDateTime(_shown(moment, self._zone))
                editor.blockSignals(False)
        self._check()

    def _follow_editor(self) -> None:
        """Moments that are edited take the place of what was typed."""
        self._meant = None
        self.typed.blockSignals(True)
        self.typed.clear()
        self.typed.blockSignals(False)
        self._check()

    def _arrange(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        form.addRow(_("&Range"), self.typed)
        first, second = list(self.named.values())[::2], list(self.named.values())[1::2]
        form.addRow("", column(row(*first, gap=4), row(*second, gap=4), gap=4))
        form.addRow(_("&From"), self.start)
        form.addRow(_("&To"), self.end)
        foot = row(1, self.leave, self.go, gap=8)
        whole = column(form, self._hint, foot, on=self, gap=16, margins=(24, 24, 24, 16))
        whole.addStrut(_WIDTH)  # a least width of its own would let words be cut that are longer

    def _check(self) -> None:
        fits = self.span.start < self.span.end
        self._say(
            _("Times are those of {key}.").format(key=self._zone.key)
            if fits
            else _("The start must lie before the end."),
            fits=fits,
        )

    def _say(self, words: str, *, fits: bool) -> None:
        self.go.setEnabled(fits)
        self._hint.setText(words)
        set_severity(self._hint, Severity.MUTED if fits else Severity.BAD)


def span_in_words(span: TimeRange, zone: ZoneInfo) -> str:
    """A span as the range picker shows it: ``12 Oct – 3 Nov`` (both days whole), ``24 Nov 08:00 – 12:30``."""
    start, end = local_time(span.start, zone), local_time(span.end, zone)
    if is_midnight(start) and is_midnight(end):
        last = end - timedelta(days=1)
        return month_day(start) if last <= start else f"{month_day(start)} – {month_day(last)}"
    until = _clock(end) if start.date() == end.date() else f"{month_day(end)} {_clock(end)}"
    return f"{month_day(start)} {_clock(start)} – {until}"


def _clock(local: datetime) -> str:
    """With the zone's abbreviation in an hour that comes twice: ``02:30 CET``."""
    return f"{clock(local)} {local.tzname()}" if happens_twice(local) else clock(local)


def _editor(moment: float, zone: ZoneInfo) -> QDateTimeEdit:
    """An editor of bare wall-clock times: to Qt they are UTC, so that it skips no hour of its own system's."""
    editor = QDateTimeEdit()
    editor.setTimeZone(QTimeZone.utc())  # or else Qt converts what it is given to the zone of the machine
    editor.setDateTime(_shown(moment, zone))
    editor.setDateRange(*_CALENDAR)
    editor.setDisplayFormat(_FORMAT)
    let_pick(editor)
    return editor


def _whole_minutes(span: TimeRange) -> TimeRange:
    return TimeRange(span.start // MINUTE * MINUTE, -(-span.end // MINUTE) * MINUTE)


def _shown(moment: float, zone: ZoneInfo) -> QDateTime:
    local = local_time(moment, zone)
    date, clock_time = QDate(local.year, local.month, local.day), QTime(local.hour, local.minute)
    return QDateTime(date, clock_time, QTimeZone.utc())


def _moments(editor: QDateTimeEdit, zone: ZoneInfo) -> tuple[float, ...]:
    """What its wall clock may mean: a moment, or the two at which the clocks of ``zone`` show it."""
    day, at = editor.date(), editor.time()
    local = datetime(day.year(), day.month(), day.day(), at.hour(), at.minute(), tzinfo=zone)
    first, second = local.timestamp(), local.replace(fold=1).timestamp()
    return (first, second) if second > first else (first,)
