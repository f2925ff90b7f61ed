"""Preferences: what the host chose, on one page made from the declared table of settings."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Final

from PySide6.QtCore import QStandardPaths, Qt, QTimer, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QPushButton, QWidget

from core.errors import BotpulseError
from core.text.formatting import counted, one_line
from core.text.translation import gettext as _
from gui.dialogs.controls import Control, control_for
from gui.dialogs.settings_file import NAME, Taken, export_settings, import_settings
from gui.settings import PREFERENCES, Setting, Settings, Value
from gui.style.accessibility import announce
from gui.style.severity import Severity
from gui.style.theme import SMALL_PIXELS, base_font
from gui.widgets.card import Card
from gui.widgets.parts import TOP, close_box, column, row, scrolled
from gui.widgets.room import resize_within
from gui.widgets.text import PlainLabel, set_severity

_WIDTH: Final = 740
_WORDS_WIDTH: Final = 300
_AROUND: Final = 80
_KINDS: Final = _("Settings of Botpulse (*.json);;All files (*)")
_LONGEST_NAME: Final = 60
_LONGEST_LIST: Final = 300


class PreferencesDialog(QDialog):
    """Every choice is remembered and told at once; there is nothing to confirm.

    Attributes:
        controls: by the setting's key.

    Signals:
        changed(Setting, object): this setting has this value from now on.
    """

    changed = Signal(object, object)

    def __init__(self, memory: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._memory = memory
        self.setWindowTitle(_("Preferences"))
        self.controls: dict[str, Control] = {}
        self.restore = QPushButton(_("Restore &defaults"))
        self.export_all, self.import_all = QPushButton(_("Exp&ort…")), QPushButton(_("I&mport…"))
        self._said = PlainLabel()
        self._buttons = close_box()
        self._arrange()
        self._buttons.rejected.connect(self.reject)
        self.restore.clicked.connect(self._restore_defaults)
        self.export_all.clicked.connect(self._export)
        self.import_all.clicked.connect(self._import)
        self._show_values()

    def _arrange(self) -> None:
        page, groups = QWidget(), groupby(PREFERENCES, key=lambda setting: setting.group)
        column(*(self._card(*group) for group in groups), on=page, gap=12, margins=(24, 20, 24, 4))
        self._said.setWordWrap(True)
        self._said.setContentsMargins(24, 0, 24, 0)
        self._said.hide()
        self._area = scrolled(page)
        column((self._area, 1), self._said, self._bottom(), on=self, gap=8, margins=(0, 0, 0, 16))
        resize_within(self, _WIDTH, page.sizeHint().height() + 64)

    def go_to(self, setting: Setting) -> None:
        """Give the keys to one setting, and scroll to it as soon as there is somewhere to scroll."""
        control = self.controls[setting.key]
        control.setFocus(Qt.FocusReason.ShortcutFocusReason)
        QTimer.singleShot(0, control, lambda: self._area.ensureWidgetVisible(control, 0, _AROUND))

    def _bottom(self) -> QHBoxLayout:
        for button in (self.restore, self.export_all, self.import_all, *self._buttons.buttons()):
            if isinstance(button, QPushButton):
                button.setAutoDefault(False)  # Return belongs to the field that is being typed in
        return row(self.restore, self.export_all, self.import_all, 1, self._buttons, gap=8, margins=(24, 0, 24, 0))

    def _card(self, group: str, settings: Iterable[Setting]) -> Card:
        card = Card(group)
        card.body.setSpacing(12)
        for setting in settings:
            card.body.addLayout(self._row(setting))
        return card

    def _row(self, setting: Setting) -> QHBoxLayout:
        control = control_for(setting)
        self.controls[setting.key] = control
        control.value_chosen.connect(partial(self._take, setting))
        label, words = PlainLabel(setting.title), PlainLabel(setting.help)
        label.setBuddy(control)
        words.setFont(base_font(SMALL_PIXELS))
        words.setWordWrap(True)
        words.setMinimumWidth(_WORDS_WIDTH)
        set_severity(words, Severity.MUTED)
        control.setAccessibleDescription(setting.help)
        return row((column(label, words, 1, gap=2), 1), (control, 0, TOP | Qt.AlignmentFlag.AlignRight), gap=24)

    def _show_values(self) -> None:
        for setting in PREFERENCES:
            self.controls[setting.key].set_value(self._memory.value(setting))
        self._note_defaults()

    def _note_defaults(self) -> None:
        self.restore.setEnabled(any(self._memory.value(each) != each.default for each in PREFERENCES))

    def _take(self, setting: Setting, value: Value) -> None:
        self._memory.remember(setting, value)
        self._note_defaults()
        self.changed.emit(setting, value)

    def refuse(self, fault: BotpulseError) -> None:
        """Say what could not be done, and show how things are."""
        self._say(f"{fault.title}. {fault.what_happened} {fault.what_is_safe} {fault.what_to_do}", Severity.WARN)
        self._show_values()

    def _say(self, words: str, severity: Severity) -> None:
        self._said.setText(words)
        set_severity(self._said, severity)
        self._said.show()
        announce(self._said, words)

    def _export(self) -> None:
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        chosen, _kind = QFileDialog.getSaveFileName(self, _("Export settings"), str(Path(folder) / NAME), _KINDS)
        if not chosen:
            return
        try:
            export_settings(self._memory, Path(chosen))
        except BotpulseError as fault:
            self.refuse(fault)
        else:
            self._say(_("Exported to {path}").format(path=chosen), Severity.GOOD)

    def _import(self) -> None:
        chosen, _kind = QFileDialog.getOpenFileName(self, _("Import settings"), "", _KINDS)
        if not chosen:
            return
        try:
            taken = import_settings(self._memory, Path(chosen))
        except BotpulseError as fault:
            self.refuse(fault)
            return
        self._show_values()
        self._say(*_words(taken))
        for setting, value in taken.changed:
            self.changed.emit(setting, value)

    def _restore_defaults(self) -> None:
        different = [each for each in PREFERENCES if self._memory.value(each) != each.default]
        for setting in different:
            self._memory.remember(setting, setting.default)
            self.changed.emit(setting, setting.default)
        self._show_values()


def _words(taken: Taken) -> tuple[str, Severity]:
    """What an import has done, and how that is to be taken."""
    done = (
        counted(len(taken.changed), "{count} setting changed", "{count} settings changed")
        if taken.changed
        else _("All settings were so already")
    )
    left = [one_line(name, _LONGEST_NAME) for name in (*taken.refused, *taken.unknown)]
    if not left:
        return f"{done}.", Severity.GOOD
    named = one_line(", ".join(left), _LONGEST_LIST)
    return _("{done}; not understood, and left out: {named}.").format(done=done, named=named), Severity.WARN
