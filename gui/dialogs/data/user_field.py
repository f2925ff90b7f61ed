"""A line for a user: the id, or the beginning of a name, of which those that are known are offered."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from core.maintenance.user_search import MOST_OFFERED, users_meant
from core.models import USER_ID, NameKind
from core.storage.location import Location
from core.tables.filter_language.completion import Completion, Completions
from core.text.formatting import one_line
from core.text.names import NAMES, shown_name
from core.text.translation import gettext as _
from gui.dialogs.data.looking import Looking
from gui.dialogs.data.parts import FIELD, label_of, small
from gui.tables.filter.completer import Choices
from gui.threads.names import name_news
from gui.widgets.parts import column

_TYPING_MS: Final = 150
_LONGEST: Final = 200
_HINT: Final = _("An id of 15 to 20 digits, or the beginning of a name.")


class UserField(QWidget):
    """Asks for a user.

    Names are offered from those that the window knows, then from the database and the labels; none while names are
    masked.

    Attributes:
        user: the id; empty as long as none is meant.
        edit: the line; choices: what is offered below it.

    Signals:
        changed(): another user is meant, or none any more.
    """

    changed = Signal()

    def __init__(self, location: Location, user: str = "") -> None:
        super().__init__()
        self._location = location
        self.user = ""
        self.edit = QLineEdit()
        self.edit.setMinimumHeight(FIELD)
        self.edit.setMaxLength(_LONGEST)
        self.edit.setAccessibleName(_("User"))
        self.choices = Choices(self.edit)
        self._said = small(_HINT)
        self._asking = Looking(self)
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self.setFocusProxy(self.edit)
        column(label_of(_("&User"), self.edit), self.edit, self._said, on=self, gap=6)
        self.edit.textChanged.connect(self._take)
        self._typing.timeout.connect(self._look)
        self.choices.chosen.connect(lambda choice: self.edit.setText(choice.text))
        self.edit.setText(user)

    @property
    def said(self) -> str:
        """What stands below the line: who is meant, or what may be typed."""
        return self._said.text()

    def stop(self) -> None:
        """Look for no name any more."""
        self._typing.stop()
        self._asking.stop()
        self.choices.close_list()

    def _take(self, text: str) -> None:
        before, typed = self.user, text.strip()
        self.user = typed if USER_ID.fullmatch(typed) else ""
        self._say()
        self._offer({})
        if typed and not NAMES.masked:
            self._typing.start()
        else:
            self._typing.stop()
        if self.user != before:
            self.changed.emit()

    def _say(self) -> None:
        self._said.setText(NAMES.in_full(NameKind.USER, self.user) if self.user else _HINT)

    def _look(self) -> None:
        self._asking.ask(partial(users_meant, self._location, self.edit.text().strip()), self._learn)

    def _learn(self, found: Mapping[str, str]) -> None:
        """What was found is worded as everywhere else, once it is known to the window."""
        name_news().learn({(NameKind.USER.value, each): name for each, name in found.items() if name})
        self._say()
        self._offer(found)

    def _offer(self, found: Mapping[str, str]) -> None:
        typed = self.edit.text().strip()
        if not typed or self.user:
            self.choices.close_list()
            return
        names = dict(NAMES.beginning(NameKind.USER, typed))
        names |= {each: shown_name(name) for each, name in found.items() if name and not NAMES.masked}
        offered = [Completion(each, one_line(each), name) for each, name in names.items()]
        self.choices.offer(Completions(0, len(typed), tuple(offered[:MOST_OFFERED])))
