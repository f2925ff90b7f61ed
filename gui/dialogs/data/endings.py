"""How work ended, as a dialog shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PySide6.QtWidgets import QPlainTextEdit, QPushButton, QWidget

from core.errors import BotpulseError
from core.text.formatting import one_line
from core.text.translation import gettext as _
from gui.dialogs.copying import let_copy
from gui.dialogs.data.parts import Remark, RemarkRow, button, headline
from gui.style.severity import Severity
from gui.widgets.parts import Glyph, Part, column, row

_ICONS: Final = {Severity.GOOD: "safe", Severity.WARN: "warning", Severity.BAD: "error", Severity.MUTED: "info"}
_LINES_HEIGHT: Final = 140


@dataclass(frozen=True, slots=True)
class Offer:
    """A button that leads on."""

    words: str
    do: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Ending:
    """What is said at the end.

    Attributes:
        severity: how it is meant; title: the outcome in a few words; facts: what there is to know about it.
        offers: what can be done now, besides closing.
        lines: a list that may be long, shown as it is and copied as a whole, by a button that says ``copy_words``.
    """

    severity: Severity
    title: str
    facts: tuple[Remark, ...] = ()
    offers: tuple[Offer, ...] = ()
    lines: tuple[str, ...] = ()
    copy_words: str = _("&Copy list")

    @property
    def spoken(self) -> str:
        """All of it in one text, for screen readers."""
        return " ".join((f"{self.title}.", *(fact.words for fact in self.facts), *self.lines[:10]))


def of_fault(fault: BotpulseError, *offers: Offer) -> Ending:
    """A fault in words: what happened, what is safe, what to do."""
    details = f"{one_line(fault.subject, 200)}: {one_line(fault.detail, 300)}" if fault.detail else ""
    facts = (
        Remark("error", fault.what_happened, _("What happened"), "bad"),
        Remark("safe", fault.what_is_safe, _("What is safe"), "good"),
        Remark("step", fault.what_to_do, _("What to do"), "accent"),
        Remark("info", details or one_line(fault.subject, 300), _("Details")),
    )
    return Ending(Severity.BAD, fault.title, tuple(fact for fact in facts if fact.words), offers)


class EndingView(QWidget):
    """Shows an ending. Its buttons are handed out by :attr:`buttons`, for the foot of the dialog."""

    def __init__(self, ending: Ending) -> None:
        super().__init__()
        self.buttons: list[QPushButton] = []
        glyph = Glyph(_ICONS[ending.severity], ending.severity.value, 24)
        parts: list[Part] = [row(glyph, (headline(ending.title), 1), gap=12), *map(RemarkRow, ending.facts)]
        if ending.lines:
            parts.append(_list(ending.lines))
            self.buttons.append(_copier(ending))
        column(*parts, 1, on=self, gap=14)
        for offer in ending.offers:
            made = button(offer.words)
            made.clicked.connect(lambda _checked=False, offer=offer: offer.do())
            self.buttons.append(made)
        self.setAccessibleName(ending.spoken)


def _list(lines: tuple[str, ...]) -> QPlainTextEdit:
    shown = QPlainTextEdit("\n".join(one_line(line, 400) for line in lines))
    shown.setReadOnly(True)
    shown.setTabChangesFocus(True)
    shown.setProperty("code", "true")
    shown.setFixedHeight(_LINES_HEIGHT)
    shown.setAccessibleName(_("What was found"))
    return shown


def _copier(ending: Ending) -> QPushButton:
    made = button(ending.copy_words)
    let_copy(made, lambda: "\n".join(ending.lines))
    return made
