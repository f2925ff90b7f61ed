"""By which webhook alarms are told in Discord. Its address is a secret: it is never shown again, and in no file."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget

from core.alarms.secrets import VARIABLE, Kept
from core.alarms.telling import find_webhook, keep_webhook, try_webhook
from core.errors import BotpulseError
from core.storage.location import Location
from core.text.translation import gettext as _
from gui.dialogs.controls import Switch
from gui.settings import TELL_DISCORD, Settings
from gui.style.accessibility import announce
from gui.style.severity import Severity
from gui.style.theme import SMALL_PIXELS, base_font
from gui.threads.jobs import Job, reading_task
from gui.widgets.card import Card
from gui.widgets.parts import TOP, column, row
from gui.widgets.text import PlainLabel, set_severity

_LONGEST: Final = 400
_WORDS: Final = {
    Kept.NOWHERE: _("No address is kept. Discord gives one: channel settings, Integrations, Webhooks, New webhook."),
    Kept.KEYRING: _("An address is kept in this system's keyring."),
    Kept.ENVIRONMENT: _("The environment variable {name} gives the address.").format(name=VARIABLE),
    Kept.NO_KEYRING: _(
        "This system has no keyring that could keep an address, or it is locked. The environment variable {name} can "
        "give it."
    ).format(name=VARIABLE),
}


class WebhookCard(Card):
    """Every choice holds at once; what waits for the keyring or the network is done beside the window.

    Attributes:
        switch: whether alarms are told there.
        address: a new address; keep: keeps it; remove: takes the kept one away; tries: sends a message.
        job: does what was asked for, one thing at a time.
    """

    def __init__(self, memory: Settings, location: Location | None) -> None:
        super().__init__("Discord")
        self._memory, self._name = memory, location.name if location is not None else "Botpulse"
        self._kept, self._asked = Kept.NOWHERE, False
        self.job = Job(self)
        self.switch = Switch(TELL_DISCORD)
        self.address = QLineEdit(maxLength=_LONGEST, echoMode=QLineEdit.EchoMode.PasswordEchoOnEdit)
        self.address.setPlaceholderText("https://discord.com/api/webhooks/…")
        self.keep, self.remove = QPushButton(_("Keep")), QPushButton(_("Remove"))
        self.tries = QPushButton(_("Send a test"))
        self._state, self._said = PlainLabel(), PlainLabel()
        self._below = QWidget()
        self._arrange()
        self.switch.set_value(memory.switch(TELL_DISCORD))
        self.switch.value_chosen.connect(self._switch)
        self.address.textChanged.connect(self._enable)
        self.address.returnPressed.connect(self.keep.click)
        self.keep.clicked.connect(self._keep)
        self.remove.clicked.connect(lambda: self._ask(keep_webhook, "", said=_("Removed.")))
        self.tries.clicked.connect(lambda: self._ask(try_webhook, self._name, said=_("Sent: look in the channel.")))
        self.job.finished.connect(self._show_result)
        self.job.failed.connect(self._show_fault)
        self.job.ended.connect(self._enable)
        self._show_below(memory.switch(TELL_DISCORD))

    def end(self) -> None:
        """The dialog closes: what is under way is given up."""
        self.job.stop()

    def _switch(self, on: bool) -> None:
        self._memory.remember(TELL_DISCORD, on)
        self._show_below(on)

    def _show_below(self, on: bool) -> None:
        """The keyring may ask the host for a password, so it is looked into once it is needed only."""
        self._below.setVisible(on)
        if on and not self._asked:
            self._asked = True
            self._ask(find_webhook, said="")

    def _keep(self) -> None:
        if self.keep.isEnabled():
            self._ask(keep_webhook, self.address.text(), said=_("Kept."))

    def _ask(self, function: Any, *args: str, said: str) -> None:
        if not self.job.running:
            self._done = said
            self._said.hide()
            self.job.start(reading_task(function, *args))
            self._enable()

    def _show_result(self, result: object) -> None:
        if isinstance(result, Kept):
            self._kept = result
            self._state.setText(_WORDS[result])
            self.address.clear()
        self._say(self._done, Severity.GOOD)

    def _show_fault(self, fault: BotpulseError) -> None:
        self._say(f"{fault.what_happened} {fault.what_is_safe} {fault.what_to_do}", Severity.WARN)

    def _say(self, words: str, severity: Severity) -> None:
        self._said.setText(words)
        self._said.setVisible(bool(words))
        set_severity(self._said, severity)
        if words:
            announce(self._said, words)

    def _enable(self) -> None:
        free = not self.job.running
        given = self._kept is Kept.ENVIRONMENT
        self.address.setEnabled(not given)
        self.keep.setEnabled(free and not given and bool(self.address.text().strip()))
        self.remove.setEnabled(free and self._kept is Kept.KEYRING)
        self.tries.setEnabled(free and self._kept in (Kept.KEYRING, Kept.ENVIRONMENT))

    def _arrange(self) -> None:
        title, help_, name = PlainLabel(TELL_DISCORD.title), PlainLabel(TELL_DISCORD.help), _("Webhook's address")
        title.setBuddy(self.switch)
        label = PlainLabel(name)
        label.setBuddy(self.address)
        self.address.setAccessibleName(name)
        for words, severity in ((help_, Severity.MUTED), (self._state, Severity.MUTED), (self._said, Severity.GOOD)):
            words.setFont(base_font(SMALL_PIXELS))
            words.setWordWrap(True)
            set_severity(words, severity)
        for button in (self.keep, self.remove, self.tries):
            button.setAutoDefault(False)
        self._said.hide()
        column(
            label, row((self.address, 1), self.keep, gap=8), self._state,
            row(self.tries, self.remove, 1, gap=8), self._said, on=self._below, gap=8,
        )  # fmt: skip
        beside = row((title, 1), (self.switch, 0, TOP | Qt.AlignmentFlag.AlignRight), gap=24)
        self.body.addLayout(column(beside, help_, self._below, gap=8))
