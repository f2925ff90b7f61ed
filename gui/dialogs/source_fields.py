"""Where pictures are, in Preferences: an address or a folder that is typed, with a button that tries it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QHideEvent
from PySide6.QtWidgets import QFileDialog, QLineEdit, QPushButton, QWidget

from core.text.translation import gettext as _
from gui.settings import COMFYUI_ADDRESS, Setting, Value
from gui.style.accessibility import announce
from gui.style.severity import Severity
from gui.style.theme import SMALL_PIXELS, base_font
from gui.threads.pictures.sources import address_fault
from gui.widgets.parts import column, row
from gui.widgets.text import PlainLabel, set_severity

if TYPE_CHECKING:
    from gui.threads.pictures.trial import SourceTrial

_WIDTH: Final = 260
_HEIGHT: Final = 30


class SourceField(QWidget):
    """A line for an address or a folder; it counts once Return or Tab has ended the typing.

    Attributes:
        line, browse, attempt: what is typed into, and the buttons; only a folder can be browsed for.
        words: what was found, or what is wrong with what was typed.

    Signals:
        value_chosen(str): another address or folder was given, or none.
    """

    accessible_role = QAccessible.Role.Grouping

    value_chosen = Signal(object)

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self._is_address = setting is COMFYUI_ADDRESS
        self._value = ""
        self._trial: SourceTrial | None = None
        self.line, self.words = QLineEdit(), PlainLabel()
        self.browse, self.attempt = QPushButton(_("Browse…"), self), QPushButton(_("Try it"), self)
        self.browse.setHidden(self._is_address)
        name = setting.title.replace("&", "")
        for part, said in ((self, name), (self.line, name), (self.attempt, _("Try it: {name}").format(name=name))):
            part.setAccessibleName(said)
        self.line.setMinimumSize(_WIDTH, _HEIGHT)
        self.line.setPlaceholderText("http://127.0.0.1:8188" if self._is_address else "")
        self.words.setFont(base_font(SMALL_PIXELS))
        self.words.setWordWrap(True)
        self.words.hide()
        for button in (self.browse, self.attempt):
            button.setAutoDefault(False)  # Return belongs to the line
        buttons = (self.attempt,) if self._is_address else (self.browse, self.attempt)
        column(self.line, row(1, *buttons, gap=8), self.words, on=self, gap=4)
        self.line.editingFinished.connect(self._take)
        self.line.textEdited.connect(self._hint)
        self.browse.clicked.connect(self._ask_where)
        self.attempt.clicked.connect(self._try_it)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # a label's letter leads only to what takes the keys itself
        self.setFocusProxy(self.line)

    def set_value(self, value: Value) -> None:
        """Show a value, without a signal."""
        self._value = str(value)
        self.line.setText(self._value)
        self._end_trial()
        self._say("", Severity.MUTED)
        self._allow()

    def hideEvent(self, event: QHideEvent) -> None:
        """Try no longer what nobody sees."""
        super().hideEvent(event)
        self._end_trial()

    def _typed(self) -> str:
        return self.line.text().strip()

    def _take(self) -> None:
        typed = self._typed()
        fault = self._fault(typed)
        self._allow()
        if fault:
            self._say(fault, Severity.BAD)
        elif typed != self._value:
            self._value = typed
            self.value_chosen.emit(typed)

    def _hint(self) -> None:
        """While somebody types: what was found out is about something else."""
        self._end_trial()
        self._say("", Severity.MUTED)
        self._allow()

    def _fault(self, typed: str) -> str:
        return address_fault(typed) if self._is_address else ""

    def _ask_where(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self.window(), _("ComfyUI's output folder"), self._typed())
        if chosen:
            self.line.setText(chosen)
            self._hint()
            self._take()

    def _try_it(self) -> None:
        from gui.threads.pictures.trial import SourceTrial

        self._take()
        if self._fault(self._typed()):
            return
        self._end_trial()
        self.attempt.setEnabled(False)
        self._say(_("Looking…"), Severity.MUTED)
        self._trial = SourceTrial(self)
        self._trial.ended.connect(self._tell)
        if self._is_address:
            self._trial.try_address(self._typed())
        else:
            self._trial.try_folder(self._typed())

    def _tell(self, words: str, found: bool) -> None:
        self._end_trial()
        self._allow()
        self._say(words, Severity.GOOD if found else Severity.BAD)
        announce(self.words, words)

    def _end_trial(self) -> None:
        trial, self._trial = self._trial, None
        if trial is not None:
            trial.stop()
            trial.deleteLater()

    def _allow(self) -> None:
        self.attempt.setEnabled(bool(self._typed()))

    def _say(self, words: str, severity: Severity) -> None:
        self.words.setText(words)
        self.words.setVisible(bool(words))
        set_severity(self.words, severity)
