"""Giving a user, a server or a channel a name of the host's own, which is shown in the place of its id."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QFormLayout, QLineEdit, QWidget

from core.errors import BotpulseError
from core.storage.labels import LONGEST_LABEL, LabelSource, host_label, read_labels, remove_label, write_labels
from core.tasks import Progress, Task
from core.text.names import NameKey, shown_name
from core.text.translation import gettext as _
from gui.dialogs.data.parts import button
from gui.style.severity import Severity
from gui.threads.jobs import Job
from gui.widgets.parts import column, row
from gui.widgets.text import PlainLabel, set_severity

_TITLES: Final = {"user": _("Name this user"), "guild": _("Name this server"), "channel": _("Name this channel")}
_WHAT_FOR: Final = _(
    "The name stands in the place of the id, in every database. It is kept on this computer: the bot, its database and"
    " Discord hear nothing of it."
)
_WIDTH: Final = 372


class NameNotKept(BotpulseError):
    """The file of names could not be written."""

    title = _("The name could not be kept")
    what_happened = _("The file of the names that you gave could not be written.")
    what_is_safe = _("The names are as they were, and the database was not touched.")
    what_to_do = _("Make room on the disk, or let Botpulse write to its folder, and do it again.")


def given_name(key: NameKey) -> Task[str]:
    """The name that the host gave; empty where there is none, or it can't be read."""
    yield Progress(0.0)
    kind, snowflake = key
    try:
        found = read_labels(kind, [snowflake])
    except OSError:
        return ""
    return next((label.name for label in found if label.source == LabelSource.HOST), "")


def keep_name(key: NameKey, name: str) -> Task[None]:
    """Keep a name; an empty one takes the last away.

    Raises:
        NameNotKept: the file can't be written; nothing has changed.
    """
    yield Progress(0.0)
    try:
        if name:
            write_labels([host_label(*key, name)])
        else:
            remove_label(*key)
    except OSError as error:
        raise NameNotKept(key[1], str(error)) from error


class NamingDialog(QDialog):
    """Asks for a name.

    Attributes:
        name: the line that it is typed into.
        remove: takes the host's own name away; leave: Cancel; go: keeps what is typed.

    Signals:
        kept(NameKey, str): the name is kept; empty: it is removed.
    """

    kept = Signal(object, str)

    def __init__(self, key: NameKey, known: str = "", parent: QWidget | None = None) -> None:
        """``known`` is the name that is shown so far, whoever gave it."""
        super().__init__(parent)
        self._key, self._asking, self._keeping = key, Job(self), Job(self)
        self.setWindowTitle(_TITLES[key[0]])
        self.name = QLineEdit(known)
        self.name.setMaxLength(LONGEST_LABEL)
        self.name.selectAll()
        self._id, self._what_for, self._state = PlainLabel(key[1]), PlainLabel(_WHAT_FOR), PlainLabel()
        self.remove, self.leave = button(_("&Remove name")), button(_("Cancel"))
        self.go = button(_("&Keep"), kind="primary")
        self._arrange()
        self.name.textChanged.connect(self._check)
        self.go.clicked.connect(lambda: self._keep(self.name.text()))
        self.remove.clicked.connect(lambda: self._keep(""))
        self.leave.clicked.connect(self.reject)
        self._kept = ""
        self._keeping.finished.connect(self._done)
        self._keeping.failed.connect(self._refuse)
        for job in (self._asking, self._keeping):
            self.finished.connect(job.stop)
        self._check()
        self._asking.finished.connect(lambda given: self.remove.setEnabled(bool(given)))
        self._asking.start(partial(given_name, key))

    @property
    def state(self) -> str:
        """What is said of a name that could not be kept; empty otherwise."""
        return self._state.text()

    def _arrange(self) -> None:
        for label in (self._what_for, self._state):
            label.setWordWrap(True)
        set_severity(self._what_for, Severity.MUTED)
        set_severity(self._state, Severity.BAD)
        self._state.hide()
        self.remove.setEnabled(False)
        self.go.setDefault(True)
        self.remove.setAutoDefault(False)
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.addRow(_("Id"), self._id)
        form.addRow(_("&Name"), self.name)
        foot = row(self.remove, 1, self.leave, self.go, gap=8)
        whole = column(form, self._what_for, self._state, foot, on=self, gap=16, margins=(24, 24, 24, 16))
        whole.addStrut(_WIDTH)  # a least width of its own would let words be cut that are longer

    def _check(self) -> None:
        self.go.setEnabled(bool(shown_name(self.name.text())))

    def _keep(self, name: str) -> None:
        """Keep it in a thread: the disk may be slow."""
        self._kept = name.strip()
        for part in (self.go, self.remove):
            part.setEnabled(False)
        self._keeping.start(partial(keep_name, self._key, self._kept))

    def _done(self) -> None:
        self.kept.emit(self._key, self._kept)
        self.accept()

    def _refuse(self, fault: BotpulseError) -> None:
        self._state.setText(f"{fault.title}. {fault.what_is_safe} {fault.what_to_do}")
        self._state.show()
        self._check()
