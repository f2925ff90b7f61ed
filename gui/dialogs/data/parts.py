"""What the dialogs of the Data menu are put together from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import QSize, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QPushButton, QStyle, QWidget

from core.text.formatting import one_line
from core.text.translation import gettext as _
from gui.dialogs.controls import Choice, Switch
from gui.dialogs.folded_label import LONGEST_PATH, FoldedLabel
from gui.settings import Option, Setting
from gui.style.severity import Severity
from gui.style.theme import SMALL_PIXELS, base_font
from gui.widgets.parts import TOP, Glyph, column, row
from gui.widgets.text import PlainLabel, set_severity, set_tip

MARGIN: Final = 24
FIELD: Final = 30
KEPT: Final = _("What was there before is in")
"""The heading over the file that a backup is in."""

_LONGEST_NAME: Final = 40
"""Characters of a name that can be asked for: it fits on a line, and is typed without tiring of it."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something worth knowing: a sentence or two after an icon, under a small heading where there is one."""

    icon: str
    words: str
    heading: str = ""
    ink: str = "muted"


def kept_in(path: Path, heading: str = KEPT) -> Remark:
    """Where rows are safe."""
    return Remark("safe", str(path), heading, "good")


class PathLabel(PlainLabel):
    """A path on one line; what is too much is left out in its middle, for the name at its end tells most."""

    def __init__(self, path: str = "") -> None:
        super().__init__()
        self.setMinimumWidth(40)
        self.set_path(path)

    def set_path(self, path: str) -> None:
        """Show another one."""
        line = one_line(path, LONGEST_PATH)
        self.setText(line)
        set_tip(self, line, LONGEST_PATH)
        self.setAccessibleName(line)

    def minimumSizeHint(self) -> QSize:
        """Return a small width: leaving out makes it do."""
        return QSize(40, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw as much as fits."""
        del event
        painter, box = QPainter(self), self.contentsRect()
        painter.setPen(self.palette().color(self.foregroundRole()))
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, box.width())
        side = QStyle.visualAlignment(self.layoutDirection(), self.alignment())
        painter.drawText(box, int(side | Qt.TextFlag.TextSingleLine), shown)
        painter.end()


class RemarkRow(QWidget):
    """A fact as it is shown. Its words may change; its context menu copies them."""

    def __init__(self, fact: Remark) -> None:
        super().__init__()
        self._glyph = Glyph(fact.icon, fact.ink)
        self.words = FoldedLabel(fact.words)
        self.words.let_copy()
        texts = column(small(fact.heading), self.words, gap=2) if fact.heading else column(self.words, gap=2)
        row((self._glyph, 0, TOP), (texts, 1), on=self, gap=12)

    def say(self, words: str, icon_name: str, ink: str = "muted") -> None:
        """Tell something else."""
        self.words.setText(words)
        self._glyph.show_icon(icon_name, ink)


class NameField(QWidget):
    """The database's name has to be typed, or pasted: what follows is not done by a slip of the hand.

    In place of a name that is too long to be typed, ``word`` is asked for. White space counts once, however wide.

    Signals:
        changed(): it fits now, or no longer does.

    Attributes:
        wanted: what has to be typed.
    """

    changed = Signal()

    def __init__(self, name: str, word: str) -> None:
        super().__init__()
        folded = one_line(name, LONGEST_PATH)
        self.label = PlainLabel()
        self.label.setWordWrap(True)
        self.edit = QLineEdit()
        self.edit.setMinimumHeight(FIELD)
        self.want(folded if 0 < len(folded) <= _LONGEST_NAME else word)
        self.label.setBuddy(self.edit)
        self.setFocusProxy(self.edit)
        column(self.label, self.edit, on=self, gap=6)
        self.edit.textChanged.connect(lambda _text: self.changed.emit())

    def want(self, word: str) -> None:
        """Ask for another word."""
        self.wanted = word
        self.label.setText(_("&Type  {replace}  to confirm").format(replace=word.replace("&", "&&")))
        self.edit.setAccessibleName(_("Type {wanted} to confirm").format(wanted=word))

    @property
    def fits(self) -> bool:
        """Whether it was typed."""
        return one_line(self.edit.text(), LONGEST_PATH) == self.wanted


class SwitchRow(QWidget):
    """A switch with its words: a headline that toggles it by its mnemonic, and what else there is to say, muted."""

    def __init__(self, words: str, below: str = "", *, on: bool = False) -> None:
        super().__init__()
        self.switch = Switch(Setting("", on, below, title=words))
        self.switch.set_value(on)
        self.switch.setAccessibleDescription(below)
        self.label = PlainLabel(words)
        self.label.setBuddy(self.switch)
        self.setFocusProxy(self.switch)
        self.column = column(self.label, gap=2)
        if below:
            self.column.addWidget(small(below))
        row((self.switch, 0, TOP), (self.column, 1), on=self, gap=12)

    @property
    def on(self) -> bool:
        """Whether it is on."""
        return self.switch.isChecked()


def one_of(title: str, *options: tuple[str, str]) -> Choice:
    """A row of buttons of which one is pressed, the first at first: pairs of a value and its words."""
    made = Choice(Setting("", options[0][0], "", title=title, options=tuple(Option(*pair) for pair in options)))
    made.set_value(options[0][0])
    made.setFocusProxy(made.buttons[options[0][0]])
    return made


def label_of(words: str, part: QWidget) -> PlainLabel:
    """A label whose mnemonic leads to a part; in a row of buttons to the pressed one, for only that takes the keys."""
    label = PlainLabel(words)
    label.setBuddy(part)
    if isinstance(part, Choice):
        label.setBuddy(part.buttons[chosen(part)])
        part.value_chosen.connect(lambda value: label.setBuddy(part.buttons[str(value)]))
    return label


def chosen(choice: Choice) -> str:
    """The value whose button is pressed."""
    return next(value for value, button in choice.buttons.items() if button.isChecked())


def headline(words: str) -> PlainLabel:
    """The title of a dialog, in itself."""
    label = PlainLabel(words)
    label.setFont(base_font(15, QFont.Weight.DemiBold))
    label.setWordWrap(True)
    return label


def small(words: str, severity: Severity = Severity.MUTED) -> PlainLabel:
    """Muted small words that wrap."""
    label = FoldedLabel(words)
    label.setFont(base_font(SMALL_PIXELS))
    set_severity(label, severity)
    return label


def button(words: str, *, kind: str = "") -> QPushButton:
    """A button that Return does not press by itself; ``kind``: "primary" or "danger"."""
    made = QPushButton(words)
    made.setAutoDefault(False)
    if kind:
        made.setProperty(kind, "true")
    return made


def show_in_folder(path: Path) -> None:
    """Open the folder of a file in the system's own file manager."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))
