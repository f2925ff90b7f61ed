"""One line about what is new since the host last looked, each part of which leads to its rows."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QPushButton, QWidget

from core.text.dates import clock, dated_moment
from core.text.formatting import change, counted
from core.text.translation import gettext as _
from core.time_ranges import local_time
from gui.style.accessibility import announce
from gui.style.severity import Severity
from gui.widgets.parts import row, tool_button
from gui.widgets.text import ElidedLabel, set_severity, set_tip

if TYPE_CHECKING:
    from core.statistics.news import SinceThen


class NewsPart(StrEnum):
    """What may be new."""

    FAILURES = "failures"
    USERS = "users"
    RESTARTS = "restarts"
    SLOWER = "slower"


_TIPS: Final = {
    NewsPart.FAILURES: _("Show the failures since then"),
    NewsPart.USERS: _("Show the users since then"),
    NewsPart.RESTARTS: _("Show when the bot started"),
    NewsPart.SLOWER: _("Generation time of images, compared with as long a time before (at least a day). Show them"),
}


class SinceLine(QFrame):
    """Hidden until there is something new; it can be dismissed.

    Attributes:
        parts: the buttons, by what they are about; those of nothing new are hidden.
        dismiss: hides the line.

    Signals:
        opened(NewsPart, SinceThen): the host wants to see what this part is about.
    """

    opened = Signal(object, object)

    def __init__(self, zone: ZoneInfo, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._zone = zone
        self._news: SinceThen | None = None
        self._caption = ElidedLabel()
        self.parts = {part: QPushButton() for part in NewsPart}
        self.dismiss = tool_button(_("Dismiss"), _("Dismiss"), "close")
        set_severity(self._caption, Severity.MUTED)
        for part, button in self.parts.items():
            button.setProperty("link", True)
            set_tip(button, _TIPS[part])
            button.clicked.connect(partial(self._open, part))
        row(self._caption, *self.parts.values(), 1, self.dismiss, on=self, gap=8)
        self.dismiss.clicked.connect(self._dismiss)
        self.setAccessibleName(_("Since you last looked"))
        self.hide()

    def show_news(self, news: SinceThen) -> None:
        """Say what is new, or nothing where nothing is."""
        self._news = news
        words = words_of(news)
        for part, button in self.parts.items():
            button.setText(words.get(part, ""))
            button.setVisible(part in words)
        self._say_when()
        self.setVisible(bool(words))
        if words:
            announce(self, " ".join((self._caption.text(), ", ".join(words.values()))))

    def set_zone(self, zone: ZoneInfo) -> None:
        """Say the time in another zone."""
        self._zone = zone
        self._say_when()

    def _say_when(self) -> None:
        if self._news is not None:
            when = moment_ago(self._news.since, self._news.until, self._zone)
            self._caption.set_text(_("Since you last looked ({when}):").format(when=when))

    def _open(self, part: NewsPart) -> None:
        if self._news is not None:
            self.opened.emit(part, self._news)

    def _dismiss(self) -> None:
        """The keys go on to what comes next."""
        self._news = None
        self.hide()


def words_of(news: SinceThen) -> dict[NewsPart, str]:
    """What is new, in words; what is not is missing."""
    words = {
        NewsPart.FAILURES: counted(news.failures, "{count} failure", "{count} failures") if news.failures else "",
        NewsPart.USERS: counted(news.new_users, "{count} new user", "{count} new users") if news.new_users else "",
        NewsPart.RESTARTS: counted(news.restarts, "{count} restart", "{count} restarts") if news.restarts else "",
        NewsPart.SLOWER: "",
    }
    if news.slower is not None:
        words[NewsPart.SLOWER] = _("p95 {change}").format(change=change(1 + news.slower, 1.0) or "")
    return {part: said for part, said in words.items() if said}


def moment_ago(moment: float, now: float, zone: ZoneInfo) -> str:
    """A moment as one says it today: ``18:02``, ``yesterday 18:02``, ``24 Nov 2026, 15:41``."""
    then, today = local_time(moment, zone), local_time(now, zone).date()
    if then.date() == today:
        return clock(then)
    if then.date() == today - timedelta(days=1):
        return _("yesterday {time}").format(time=clock(then))
    return dated_moment(moment, zone)
