"""The line at the bottom: how much is recorded, how large the file is, what a look costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from PySide6.QtWidgets import QFrame, QWidget

from core.feed.snapshot import Source
from core.text import formatting
from core.text.translation import gettext as _
from gui.style.severity import Severity
from gui.style.theme import SMALL_PIXELS, base_font, tabular
from gui.widgets.parts import row
from gui.widgets.text import ElidedLabel, set_severity

_WORDS: Final[Mapping[str, Callable[[int], str]]] = {
    "command_usage": formatting.commands_words,
    "image_stats": formatting.images_words,
    "user_activity": lambda amount: formatting.counted(amount, "{count} activity", "{count} activities"),
}
"""Table → so many of its rows in words; other tables are not counted."""


def rows_in_words(rows: dict[str, int]) -> str:
    """Return ``48,211 commands · 17,902 images``; missing tables are left out."""
    return " · ".join(words_of(rows[table]) for table, words_of in _WORDS.items() if table in rows)


def cost_in_words(source: Source) -> str:
    """Return ``look 0.1 ms · refresh 3.2 ms``."""
    look, refresh = milliseconds(source.look_seconds), milliseconds(source.refresh_seconds)
    return _("look {look} ms · refresh {refresh} ms").format(look=look, refresh=refresh)


def milliseconds(seconds: float) -> str:
    """Return seconds as a number of milliseconds, with as many digits as say something: ``0.1``."""
    value = seconds * 1000
    return formatting.written(value, f".{_digits(value)}f")


def _digits(milliseconds: float) -> int:
    return 2 if milliseconds < 0.095 else 1 if milliseconds < 99.95 else 0


class SourceLine(QFrame):
    """Shows a :class:`~core.feed.snapshot.Source` and the time zone."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = ElidedLabel(least=80)
        self._file = ElidedLabel(least=80)
        self._cost = ElidedLabel(least=60)
        self._zone = ElidedLabel(least=60)
        for label in (self._rows, self._file, self._cost, self._zone):
            label.setFont(tabular(base_font(SMALL_PIXELS)))
            set_severity(label, Severity.MUTED)
        row(self._rows, self._file, self._cost, 1, self._zone, on=self, gap=24, margins=(16, 0, 16, 0))
        self._cost.keep_tip(_("How long the last check for new rows and the last refresh of the statistics took"))
        self._zone.keep_tip(_("The time zone of hours and days"))
        self.setFixedHeight(26)

    def show_source(self, source: Source, zone: str) -> None:
        """Show the database's size and costs, and ``zone``'s name."""
        size = formatting.size(source.byte_size) if source.byte_size else ""
        self._rows.set_text(rows_in_words(source.rows))
        self._file.set_text(" · ".join(part for part in (size, source.journal_mode) if part))
        self._cost.set_text(cost_in_words(source))
        self._zone.set_text(zone)
