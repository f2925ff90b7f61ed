"""The list that the bell opens: alarms that go on, with what can be done about each, and those that are over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAccessible, QFont
from PySide6.QtWidgets import QApplication, QFrame, QMenu, QPushButton, QWidget

from core.alarms.episodes import Alarm
from core.alarms.moments import bare
from core.alarms.words import alarm_words, end_words
from core.charts.specs import Opens
from core.text.translation import gettext as _
from gui.status.alarms import KnownAlarm
from gui.style.accessibility import announce
from gui.style.severity import Severity
from gui.style.theme import SMALL_PIXELS, base_font
from gui.widgets.parts import TOP, Glyph, column, row
from gui.widgets.room import room_of
from gui.widgets.scroll_box import ScrollBox
from gui.widgets.text import PlainLabel, set_severity

_WIDTH: Final = 540
_HEIGHT: Final = 560
_EDGE: Final = 16


class AlarmRow(QFrame):
    """One alarm in words.

    Attributes:
        known: what it shows.
        rows: opens what is behind it; acknowledge, snooze: answer it; hidden where there is nothing to answer.

    Signals:
        opened(str, Filter): these rows of the table with this key are wanted.
        acknowledged(Alarm), snoozed_for_hour(Alarm), snoozed_until_tomorrow(Alarm): the host's answer.
    """

    accessible_role = QAccessible.Role.ListItem

    opened = Signal(str, object)
    acknowledged = Signal(object)
    snoozed_for_hour = Signal(object)
    snoozed_until_tomorrow = Signal(object)

    def __init__(self, known: KnownAlarm) -> None:
        super().__init__()
        self.known = known
        self._opens: Opens | None = None
        self._icon = Glyph()
        self._headline, self._evidence, self._advice, self._state = (_paragraph() for _n in range(4))
        self.rows, self.acknowledge = QPushButton(_("Show rows")), QPushButton(_("Acknowledge"))
        self.snooze = QPushButton(_("Snooze"))
        menu = QMenu(self.snooze)
        menu.addAction(_("For 1 hour")).triggered.connect(lambda: self.snoozed_for_hour.emit(self.known.alarm))
        until = menu.addAction(_("Until tomorrow, 8 o'clock"))
        until.triggered.connect(lambda: self.snoozed_until_tomorrow.emit(self.known.alarm))
        self.snooze.setMenu(menu)
        self.rows.clicked.connect(self._open)
        self.acknowledge.clicked.connect(lambda: self.acknowledged.emit(self.known.alarm))
        self._arrange()

    def show_alarm(self, known: KnownAlarm, now: float, zone: ZoneInfo) -> None:
        """Show how it stands."""
        self.known, alarm = known, known.alarm
        words, over = alarm_words(alarm, now, zone), alarm.ended is not None
        self._opens = words.opens
        state = _state_words(known, now, zone)
        for label, text in (
            (self._headline, words.headline),
            (self._evidence, words.evidence),
            (self._advice, "" if over else words.advice),
            (self._state, state),
        ):
            label.setText(text)
            label.setVisible(bool(text))
        self._icon.show_icon("safe" if over else "warning", "muted" if over or known.acknowledged else "warn")
        self.rows.setVisible(words.opens is not None)
        self.acknowledge.setVisible(not over and not known.acknowledged)
        self.snooze.setVisible(not over and not known.acknowledged)
        self.setAccessibleName(words.headline)
        self.setAccessibleDescription(" ".join(filter(None, (state, words.evidence))))
        for button, what in ((self.rows, self.rows.text()), (self.acknowledge, self.acknowledge.text())):
            button.setAccessibleName(f"{what}: {words.headline}")
        self.snooze.setAccessibleName(f"{self.snooze.text()}: {words.headline}")

    def _open(self) -> None:
        if self._opens is not None:
            self.opened.emit(self._opens.table, self._opens.chosen)

    def _arrange(self) -> None:
        self._headline.setFont(base_font(weight=QFont.Weight.DemiBold))
        self._state.setFont(base_font(SMALL_PIXELS, QFont.Weight.Medium))
        for label in (self._advice, self._state):
            set_severity(label, Severity.MUTED)
        buttons = row(self.rows, self.acknowledge, self.snooze, 1, gap=8)
        words = column(self._headline, self._state, self._evidence, self._advice, buttons, gap=6)
        row((self._icon, 0, TOP), (words, 1), on=self, gap=12, margins=(_EDGE, 12, _EDGE, 12))


class AlarmPanel(QFrame):
    """Alarms below each other. Escape or a click beside it closes it.

    Attributes:
        rows: the alarms that are shown, those that go on first.
        settings: leads to what is watched for, and when it is told.

    Signals:
        opened(str, Filter) … snoozed_until_tomorrow(Alarm): the rows', as they say them there.
    """

    opened = Signal(str, object)
    acknowledged = Signal(object)
    snoozed_for_hour = Signal(object)
    snoozed_until_tomorrow = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAccessibleName(_("Alarms"))
        self.rows: tuple[AlarmRow, ...] = ()
        self._title, self._standing = PlainLabel(_("Alarms")), _paragraph()
        self.settings = QPushButton(_("Settings…"))
        self.settings.setProperty("link", True)
        self._title.setFont(base_font(weight=QFont.Weight.DemiBold))
        set_severity(self._standing, Severity.MUTED)
        self._over = PlainLabel(_("Over in the last day"))
        self._over.setContentsMargins(_EDGE, 12, _EDGE, 8)
        set_severity(self._over, Severity.MUTED)
        inside = QWidget()
        self._list = column(self._over, 1, on=inside, gap=0)
        self._box = ScrollBox(inside, _("Alarms"))
        head = column(row((self._title, 1), self.settings), self._standing, gap=4, margins=(_EDGE, 12, _EDGE, 12))
        column(head, (self._box, 1), on=self, gap=0, margins=(1, 1, 1, 1))

    def show_alarms(
        self, open_: Sequence[KnownAlarm], over: Sequence[KnownAlarm], now: float, zone: ZoneInfo, *, learned: bool
    ) -> None:
        """Show these; ``learned``: it is known what is usual."""
        wanted = (*open_, *over)
        if [_identity(each) for each in wanted] != [_identity(each.known) for each in self.rows]:
            self._make_rows(open_, over)
        for shown, known in zip(self.rows, wanted, strict=True):
            shown.show_alarm(known, now, zone)
        self._over.setVisible(bool(over))
        self._box.setVisible(bool(wanted))
        standing = _standing(len(open_), learned=learned)
        self._standing.setText(standing)
        self._standing.setVisible(bool(standing))
        if self.isVisible():
            self._fit()

    def open_below(self, button: QWidget) -> None:
        """Show the panel under the button, within the screen, with the keys on the first alarm."""
        self._fit()
        width = self.width()
        corner = button.mapToGlobal(QPoint(button.width() - width, button.height() + 4))
        screen = button.screen().availableGeometry()
        corner.setX(max(screen.left(), min(corner.x(), screen.right() - width)))
        corner.setY(max(screen.top(), min(corner.y(), screen.bottom() - self.height())))
        self.move(corner)
        self.show()
        self._focus_first()
        announce(self, self._standing.text())

    def _fit(self) -> None:
        """Be as high as the alarms need, within the screen."""
        room = room_of(self)
        width = min(_WIDTH, room.width())
        self.resize(width, min(_HEIGHT, room.height(), self._height_at(width)))

    def _height_at(self, width: int) -> int:
        rows = self._list.totalHeightForWidth(width - 2) if self.rows else 0
        inside = width - 2 * _EDGE - 2
        standing = 0 if self._standing.isHidden() else self._standing.heightForWidth(inside) + 4
        return rows + self.settings.sizeHint().height() + standing + 2 * 12 + 2

    def _focus_first(self) -> None:
        first = next(
            (button for each in self.rows for button in (each.rows, each.acknowledge) if not button.isHidden()), self
        )
        first.setFocus(Qt.FocusReason.PopupFocusReason)

    def _make_rows(self, open_: Sequence[KnownAlarm], over: Sequence[KnownAlarm]) -> None:
        focused = QApplication.focusWidget()
        had_focus = focused is not None and self.isAncestorOf(focused)
        for each in self.rows:
            self._list.removeWidget(each)
            each.hide()
            each.deleteLater()
        self.rows = tuple(map(self._made, (*open_, *over)))
        for place, each in enumerate(self.rows):
            self._list.insertWidget(place if place < len(open_) else place + 1, each)
        if had_focus:
            self._focus_first()

    def _made(self, known: KnownAlarm) -> AlarmRow:
        made = AlarmRow(known)
        made.opened.connect(self.opened)
        made.acknowledged.connect(self.acknowledged)
        made.snoozed_for_hour.connect(self.snoozed_for_hour)
        made.snoozed_until_tomorrow.connect(self.snoozed_until_tomorrow)
        return made


def _paragraph() -> PlainLabel:
    label = PlainLabel()
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def _identity(known: KnownAlarm) -> tuple[object, float, bool]:
    alarm: Alarm = known.alarm
    return alarm.key, alarm.given, alarm.ended is None


def _state_words(known: KnownAlarm, now: float, zone: ZoneInfo) -> str:
    if known.alarm.ended is not None:
        return end_words(known.alarm, zone)
    if known.acknowledged:
        return _("Acknowledged")
    if known.snoozed > now:
        return _("Snoozed until {moment}").format(moment=bare(known.snoozed, now, zone))
    return ""


def _standing(number: int, *, learned: bool) -> str:
    if not learned:
        return _("What is usual is being learned from the last thirty days. Alarms are known after that.")
    if not number:
        return _("Nothing is out of the ordinary.")
    return ""
