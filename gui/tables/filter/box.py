"""The line in which rows are searched for, with completion, and words about what it does not understand."""

from __future__ import annotations

import time
from typing import Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QInputMethodEvent, QKeyEvent, QTextCharFormat
from PySide6.QtWidgets import QLineEdit, QWidget

from core.filters import EVERYTHING, Field, Filter, answers
from core.tables.definitions import TableDefinition
from core.tables.filter_language.by_name import NameAsked, NameFound, names_in, said_of_names, with_ids
from core.tables.filter_language.completion import Completion, Known, complete
from core.tables.filter_language.parsing import (
    MOST_CHARACTERS,
    Parsed,
    Problem,
    fields_of,
    parse,
    searched_as_text,
    unanswered,
)
from core.tables.filter_language.wording import in_words
from core.text.translation import gettext as _
from gui.style.accessibility import announce
from gui.style.icons import icon
from gui.style.severity import Severity
from gui.style.theme import ink
from gui.tables.filter.completer import Choices, FilterHelp
from gui.widgets.parts import column, row, tool_button
from gui.widgets.text import ElidedLabel, let_clear, set_severity, set_tip

_SAID_OTHERWISE: Final = frozenset({None, Field.ID, Field.OUTCOME, Field.KIND})
_MOST_HINTS: Final = 3

_WHAT: Final = _("Show only some rows (F1: what can be typed)")

REST_MS: Final = 250
"""So long after the last key the text is taken for finished."""


class FilterBox(QWidget):
    """A filter as text, of what a table records; where something else is asked for, it says so.

    Attributes:
        edit: the line; help_button: what explains it.
        filter: what is understood of it.
        row: the line and the button at its right; others may stand beside them.
        asks_names: whether somebody tells whose names are typed; else they are taken for ids.

    Signals:
        filter_changed(Filter): another filter holds from now on.
        name_asked(NameAsked): whose name begins so? The answer is for :meth:`take_names`.
    """

    filter_changed = Signal(object)
    name_asked = Signal(object)

    def __init__(self, zone: ZoneInfo, table: TableDefinition, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._zone, self._table, self._fields = zone, table, fields_of(table)
        self._known = Known()
        self._found: dict[NameAsked, NameFound] = {}
        self._asked: set[NameAsked] = set()
        self.asks_names = False
        self.filter: Filter = EVERYTHING
        self.edit = QLineEdit()
        self.edit.addAction(icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self.help_button = tool_button(
            _("What can be typed into the filter box"), _("What can be typed here (F1)"), "help"
        )
        self._help: FilterHelp | None = None
        self._problems = ElidedLabel(lines=2)
        self.choices = Choices(self.edit)
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._arrange()
        self._connect()

    def _arrange(self) -> None:
        self.edit.setPlaceholderText(_hint(self._table))
        let_clear(self.edit)
        self.edit.setMaxLength(MOST_CHARACTERS)
        self.edit.setMinimumHeight(30)
        self.edit.setAccessibleName(_("Filter"))
        set_tip(self.edit, _WHAT)
        set_severity(self._problems, Severity.WARN)
        self._problems.hide()
        self.row = row((self.edit, 1), self.help_button, gap=4)
        column(self.row, self._problems, on=self, gap=2)
        self.setFocusProxy(self.edit)

    def _connect(self) -> None:
        self.edit.textEdited.connect(self._follow_typing)
        self.edit.textChanged.connect(self._follow_text)
        self.edit.returnPressed.connect(self.apply)
        self.edit.installEventFilter(self)
        self._rest.timeout.connect(self.apply)
        self.help_button.clicked.connect(self.show_help)
        self.choices.chosen.connect(self._complete)

    @property
    def text(self) -> str:
        """What is typed."""
        return self.edit.text()

    @property
    def problems(self) -> str:
        """What is said about parts that are not understood."""
        return self._problems.text() if self._problems.isVisibleTo(self) else ""

    def set_text(self, text: str) -> None:
        """Put ``text`` in, and apply it at once."""
        self.edit.setText(text)
        self.apply()

    def set_zone(self, zone: ZoneInfo) -> None:
        """Read and write times in another zone. The rows stay: a text that would mean others is written anew."""
        now = time.time()
        meant, read = (parse(self.text, each, now) for each in (self._zone, zone))
        self._zone = zone
        if read.filter != meant.filter and not meant.problems:
            self.set_text(in_words(meant.filter, zone))
        elif read.filter != meant.filter:
            self.apply()

    def set_known(self, known: Known) -> None:
        """Offer these values."""
        self._known = known

    def apply(self) -> None:
        """Let what is typed hold now; with a name in it, once it is known whose name that is."""
        self._rest.stop()
        typed = parse(self.text, self._zone, time.time())
        if self._ask_names(typed):
            return
        parsed = with_ids(typed, self._found)
        self._show_problems(parsed)
        if parsed.filter != self.filter:
            self.filter = parsed.filter
            self.filter_changed.emit(self.filter)

    @property
    def meant_text(self) -> str:
        """What is typed, with ids in the places of names: it means the same once names have changed."""
        typed = parse(self.text, self._zone, time.time())
        named = any(self._found.get(asked, NameFound()).ids for asked in names_in(typed))
        return in_words(with_ids(typed, self._found).filter, self._zone) if named else self.text

    def take_names(self, asked: NameAsked, found: NameFound) -> None:
        """These are the ids whose names begin as was asked."""
        if asked in self._asked:
            self._asked.discard(asked)
            self._found[asked] = found
            if not self._asked:
                self.apply()
        if found.ids and self.choices.is_open:
            self.offer()

    def go_without_names(self) -> None:
        """Nobody can tell whose names they are at the moment: let what is typed hold as ids."""
        for asked in list(self._asked):
            self.take_names(asked, NameFound())

    def _ask_names(self, typed: Parsed) -> bool:
        """Ask whose names are in a text; tells whether an answer is still to come."""
        wanted = list(names_in(typed))
        self._found = {asked: self._found[asked] for asked in wanted if asked in self._found}
        if not self.asks_names:
            return False
        self._asked = {asked for asked in wanted if asked not in self._found}
        for asked in wanted:
            if asked in self._asked:
                self.name_asked.emit(asked)
        return bool(self._asked)

    def show_help(self) -> None:
        """List what can be typed."""
        if self._help is None:
            self._help = FilterHelp(self._fields, self)
        self._help.open_below(self.help_button)

    def offer(self) -> None:
        """Show what the item at the cursor may become."""
        text = self.text
        cursor = len(_units(text, self.edit.cursorPosition()))
        self.choices.offer(complete(text, cursor, self._known, self._fields))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Down asks for completions, F1 for help, Escape empties the line; a file that is dragged is the window's."""
        if isinstance(event, QDragEnterEvent) and event.type() == QEvent.Type.DragEnter and event.mimeData().hasUrls():
            event.ignore()
            return True
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress or self.choices.is_open:
            return False
        key, plain = event.key(), not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        control_space = key == Qt.Key.Key_Space and event.modifiers() == Qt.KeyboardModifier.ControlModifier
        if control_space or (key == Qt.Key.Key_Down and plain):
            self.offer()
        elif key == Qt.Key.Key_F1 and plain:
            self.show_help()
        elif key == Qt.Key.Key_Escape and plain and self.text:
            self.set_text("")
        else:
            return False
        return True

    def _follow_typing(self, text: str) -> None:
        begun = text[: len(_units(text, self.edit.cursorPosition()))]
        if begun and not begun[-1].isspace():
            self.offer()
        else:
            self.choices.close_list()

    def _follow_text(self) -> None:
        self._rest.start()
        self._problems.hide()

    def _complete(self, choice: Completion) -> None:
        text, offered = self.text, self.choices.offered
        before, part = text[: offered.replace_from], text[offered.replace_from : offered.replace_to]
        self.edit.setSelection(_length(before), _length(part))
        goes_on = choice.text.endswith((":", "<", ">", "-"))
        at_end = offered.replace_to == len(text)
        self.edit.insert(choice.text + ("" if goes_on or not at_end else " "))
        if goes_on:
            self.offer()

    def _show_problems(self, parsed: Parsed) -> None:
        """What is searched for as text may well be meant so: it is said, but not marked."""
        bad = (*parsed.problems, *unanswered(self.text, parsed, self._table))
        meant = said_of_names(self.text, parsed, self._found)
        said = sorted((*bad, *searched_as_text(self.text, parsed), *meant), key=lambda each: each.start)
        set_severity(self._problems, Severity.WARN if len(said) > len(meant) else Severity.MUTED)
        words = " · ".join(problem.message for problem in said)
        if words != self._problems.text():
            announce(self.edit, words)
        self._problems.set_text(words)
        self._problems.setVisible(bool(words))
        self.edit.setAccessibleDescription(words or _WHAT)
        self._mark(bad)

    def _mark(self, problems: tuple[Problem, ...]) -> None:
        """Underline the parts. A line edit has no formats of its own, but shows those of an input method."""
        look = QTextCharFormat()
        look.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        look.setUnderlineColor(ink("bad"))
        look.setForeground(ink("bad"))
        text, cursor = self.text, self.edit.cursorPosition()
        kind = QInputMethodEvent.AttributeType.TextFormat
        marks = [
            QInputMethodEvent.Attribute(
                kind, _length(text[: each.start]) - cursor, _length(text[each.start : each.end]), look
            )
            for each in problems
        ]
        QCoreApplication.sendEvent(self.edit, QInputMethodEvent("", marks))


def _length(text: str) -> int:
    """In Qt's units: those of UTF-16."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _units(text: str, count: int) -> str:
    """As much of the text as ``count`` of Qt's units are."""
    return text.encode("utf-16-le", "surrogatepass")[: 2 * count].decode("utf-16-le", "ignore")


def _hint(table: TableDefinition) -> str:
    """What stands in an empty filter box, of the table's own: ``Words, command:, user:, guild:, failed, slow>30 …``."""
    fields = [column.filter_by for column in table.columns]
    hints = [f"{field}:" for field in fields if field not in _SAID_OTHERWISE][:_MOST_HINTS]
    if Field.OUTCOME in fields:
        hints.append("failed")
    if answers(table.model, Field.SLOWER):
        hints.append(f"{Field.SLOWER}30")
    return ", ".join((_("Words"), *hints)) + " …"
