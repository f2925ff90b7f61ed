"""The page in place of a database that can't be shown: what happened, what is safe, what to do."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from core.errors import BotpulseError, DatabaseMissing, NotADatabase
from core.text.formatting import one_line
from core.text.translation import gettext as _
from gui.style.icons import icon
from gui.style.severity import Severity
from gui.style.theme import SMALL_PIXELS, base_font
from gui.widgets.card import Card
from gui.widgets.parts import TOP, Glyph, column, row
from gui.widgets.text import PlainLabel, set_severity

_WATCHING = _("Watching the file: it opens by itself once it can be read again.")
_WATCHING_OTHER = _("Watching the file: it opens by itself once it is a bot's database.")
_WATCHING_PATH = _("Watching the path: the database opens by itself once it is there.")


class _Part(QWidget):
    """An icon, a small heading, and a paragraph of plain text."""

    def __init__(self, heading: str, icon_name: str, ink: str) -> None:
        super().__init__()
        title = PlainLabel(heading)
        title.setFont(base_font(SMALL_PIXELS))
        set_severity(title, Severity.MUTED)
        self.words = PlainLabel()
        self.words.setWordWrap(True)
        glyph = Glyph(icon_name, ink, pixels=20)
        row((glyph, 0, TOP), (column(title, self.words, gap=2), 1), on=self, gap=12)


class ProblemPage(QWidget):
    """Shows an expected fault in plain words, and the ways on.

    Signals:
        open_requested(): Open another… was pressed.
        retry_requested(): Try again was pressed.
    """

    open_requested = Signal()
    retry_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = PlainLabel()
        self._subject = PlainLabel()
        self._details = PlainLabel()
        self._watching = PlainLabel(_WATCHING)
        self._open = QPushButton(_("Open another…"))
        self._retry = QPushButton(_("Try again"))
        self._happened = _Part(_("What happened"), "error", "bad")
        self._safe = _Part(_("What is safe"), "safe", "good")
        self._step = _Part(_("What to do"), "step", "accent")
        self._arrange()
        self._open.clicked.connect(self.open_requested)
        self._retry.clicked.connect(self.retry_requested)

    def _arrange(self) -> None:
        self._title.setFont(base_font(20, QFont.Weight.DemiBold))
        for label in (self._title, self._subject, self._details):
            label.setWordWrap(True)
        for label in (self._subject, self._details, self._watching):
            set_severity(label, Severity.MUTED)
        for label in (self._subject, self._details):
            label.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
        self._lead(self._retry)
        words = (self._title, self._subject, self._happened, self._safe, self._step, self._details)
        card = Card("", *words, row(self._retry, self._open, 1, gap=8), self._watching)
        card.setMaximumWidth(640)
        card.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        card.body.setContentsMargins(32, 28, 32, 28)
        card.body.setSpacing(16)
        row(1, (card, 8), 1, on=self, margins=(16, 16, 16, 16))

    def _lead(self, first: QPushButton) -> None:
        """Let the button stand out that is the way on."""
        for each, glyph in ((self._retry, "retry"), (self._open, "open")):
            leads = each is first
            each.setIcon(icon(glyph, "surface" if leads else "text"))
            if each.property("primary") != leads:
                each.setProperty("primary", leads)
                each.style().unpolish(each)
                each.style().polish(each)

    def show_problem(self, error: BotpulseError, *, watching: bool = True) -> None:
        """Show ``error``; ``watching`` says that the file is looked at until it comes good."""
        self._title.setText(error.title)
        self._subject.setText(one_line(error.subject, 300))
        self._happened.words.setText(error.what_happened)
        self._safe.words.setText(error.what_is_safe)
        self._step.words.setText(error.what_to_do)
        self._details.setText(_("Details: {detail}").format(detail=one_line(error.detail, 500)) if error.detail else "")
        self._details.setVisible(bool(error.detail))
        other = _WATCHING_OTHER if isinstance(error, NotADatabase) else _WATCHING
        self._watching.setText(_WATCHING_PATH if isinstance(error, DatabaseMissing) else other)
        self._watching.setVisible(watching)
        self._lead(self._open if isinstance(error, NotADatabase) else self._retry)  # it will not become one
        self.setAccessibleName(f"{error.title}. {error.what_happened}")
