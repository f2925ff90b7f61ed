"""The page without a database: open one, try the demo, connect the bot."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontDatabase, QGuiApplication, QIcon
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QPushButton, QSizePolicy, QWidget

from core.text.formatting import one_line
from core.text.translation import gettext as _
from gui.style.icons import icon
from gui.style.severity import Severity
from gui.style.theme import base_font
from gui.widgets.card import Card
from gui.widgets.parts import column, row
from gui.widgets.text import ElidedLabel, PlainLabel, set_severity, set_tip
from resources import design

CONNECT_CODE: Final = """\
from bot_integration import setup
from core.manager import AnalyticsManager

manager = AnalyticsManager("analytics.db")

# in the bot's setup_hook
await setup(bot, manager, manager_role_id=1234567890)  # a role of your server
await bot.tree.sync()"""
"""What a bot needs to fill a database that Botpulse can open: the README's lines."""

_CONNECTED: Final = _("A bot that writes an analytics.db already needs none of this: open that file as it is.")
_STEPS: Final = (
    _(
        '1. Install Botpulse into the Python that runs the bot (pip install "/path/to/botpulse[bot]"), and add these '
        "lines: every command is tracked from then on, and the bot never waits."
    ),
    _("2. Start the bot and run a command in Discord."),
    _("3. Open that analytics.db here: new events appear within a second."),
)
_MOST_RECENT: Final = 5


class CodeBlock(QPlainTextEdit):
    """A few lines of code, to be selected and copied; exactly as tall as its text."""

    def __init__(self, code: str, parent: QWidget | None = None) -> None:
        super().__init__(code, parent)
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setFamilies([font.family(), "Consolas", "Menlo", "DejaVu Sans Mono"])  # the first may only be a name
        font.setStyleHint(font.StyleHint.Monospace)
        font.setPixelSize(12)
        self.setFont(font)
        self.setReadOnly(True)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.setAccessibleName(_("Code that connects a bot"))
        self.setProperty("code", True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        lines = code.count("\n") + 1
        self.setFixedHeight(lines * self.fontMetrics().lineSpacing() + 30)


class _RecentRow(QWidget):
    """A database that was open before: its name to press, and the folder it lies in."""

    def __init__(self, location: str) -> None:
        super().__init__()
        self.location = location
        folder, name = _split(location)
        self.button = QPushButton(one_line(name, 60).replace("&", "&&"))
        self.button.setIcon(icon("database"))
        self.button.setProperty("link", True)
        set_tip(self.button, location)
        self.button.setAccessibleName(_("Open {location}").format(location=one_line(location, 200)))
        place = ElidedLabel(folder)
        set_severity(place, Severity.MUTED)
        row(self.button, (place, 1), on=self, gap=8)


def _split(location: str) -> tuple[str, str]:
    """Folder and name of a path, or server and database of a URL."""
    if "://" in location:
        server, _n, name = location.rpartition("/")
        return server, name
    path = PurePath(location)
    return str(path.parent), path.name


class WelcomePage(QWidget):
    """What a host sees first.

    Signals:
        open_requested(): Open… was pressed.
        demo_requested(): Try the demo was pressed.
        recent_chosen(str): one of the recent databases was chosen, by its path or URL.
    """

    open_requested = Signal()
    demo_requested = Signal()
    recent_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._open = QPushButton(_("Open…"))
        self._demo = QPushButton(_("Try the demo"))
        self._copy = QPushButton(_("Copy"))
        self._recent = Card(_("Recent"))
        self._recent_rows: list[_RecentRow] = []
        self._arrange()
        self._open.clicked.connect(self.open_requested)
        self._demo.clicked.connect(self.demo_requested)
        self._copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(CONNECT_CODE))
        self.set_recent(())

    def _arrange(self) -> None:
        self._open.setIcon(icon("open", "surface"))
        self._demo.setIcon(icon("demo", "text"))
        self._copy.setIcon(icon("copy", "text"))
        self._open.setProperty("primary", True)
        set_tip(self._open, _("Open the bot's analytics.db"))
        set_tip(self._demo, _("Watch a simulated bot; nothing of yours is touched"))
        self._recent.body.setSpacing(2)
        middle = QWidget()
        middle.setMaximumWidth(680)
        middle.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        buttons = row(self._open, self._demo, 1, gap=8)
        sheet = (2, self._headline(), buttons, self._recent, self._how(), 3)
        column(*sheet, on=middle, gap=16, margins=(16, 16, 16, 16))
        row(1, (middle, 8), 1, on=self)

    def _headline(self) -> QHBoxLayout:
        title = PlainLabel("Botpulse")
        title.setFont(base_font(26, QFont.Weight.DemiBold))
        words = PlainLabel(_("Watch your Discord bot's commands, images and failures as they happen."))
        words.setWordWrap(True)
        set_severity(words, Severity.MUTED)
        picture, logo = QIcon(str(design.path("icons/botpulse.svg"))), PlainLabel()
        logo.setPixmap(picture.pixmap(QSize(56, 56), self.devicePixelRatioF()))
        return row(logo, (column(title, words, gap=2), 1), gap=16)

    def _how(self) -> Card:
        known, first, *others = map(PlainLabel, (_CONNECTED, *_STEPS))
        for label in (known, first, *others):
            label.setWordWrap(True)
        set_severity(known, Severity.MUTED)
        return Card(_("Connect your bot"), known, first, CodeBlock(CONNECT_CODE), *others, beside=(self._copy,))

    def set_recent(self, locations: Sequence[str]) -> None:
        """Offer the databases that were open before, the latest first; at most five are shown."""
        for old in self._recent_rows:
            old.deleteLater()
        self._recent_rows = [_RecentRow(location) for location in locations[:_MOST_RECENT]]
        for new in self._recent_rows:
            new.button.clicked.connect(lambda _checked, location=new.location: self.recent_chosen.emit(location))
            self._recent.body.addWidget(new)
        self._recent.setVisible(bool(self._recent_rows))
