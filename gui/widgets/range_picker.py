"""The time range: a row of segments, or a drop-down where the row has no room."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAction, QKeyEvent
from PySide6.QtWidgets import QMenu, QStackedLayout, QToolButton, QWidget

from core.text.formatting import one_line
from core.text.translation import gettext as _
from core.time_ranges import CALENDAR, CHOICES
from gui.widgets.joined_buttons import JoinedButtons
from gui.widgets.text import plain_tip

RANGES: Final = {key: choice.title for key, choice in CHOICES.items() if key not in CALENDAR}
"""Key → words, in the order of the buttons; the last one also shows a range that has no button of its own."""

_CUSTOM_TIP: Final = _("Choose or type a range: a day, a week, a month, a start and an end")
_STEPS: Final = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}


class RangePicker(QWidget):
    """Chooses one of :data:`RANGES`.

    Attributes:
        current: the key of the range that is shown.

    Signals:
        range_chosen(str): the host chose another range, by its key ("custom" is never sent here).
        custom_requested(): the host wants to choose a start and an end.
    """

    accessible_role = QAccessible.Role.Grouping

    range_chosen = Signal(str)
    custom_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.current = "24h"
        self._segments = JoinedButtons(tuple(RANGES.values()), self)
        self._buttons = dict(zip(RANGES, self._segments.buttons, strict=True))
        self._drop_down = QToolButton(self)
        self._actions: dict[str, QAction] = {}
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._segments)
        self._stack.addWidget(self._drop_down)
        self._make_menu()
        for key, button in self._buttons.items():
            button.clicked.connect(lambda _checked, key=key: self._choose(key))
            button.installEventFilter(self)
        self.set_shortcut_hints({})
        self.setAccessibleName(_("Time range"))
        self.set_current(self.current)

    @property
    def is_collapsed(self) -> bool:
        """Whether it is a drop-down at the moment."""
        return self._stack.currentWidget() is self._drop_down

    @property
    def wide_width(self) -> int:
        """The width in pixels that the whole row needs."""
        return self._segments.sizeHint().width()

    def set_collapsed(self, collapsed: bool) -> None:
        """Be a drop-down, or a row of buttons."""
        shown = self._drop_down if collapsed else self._segments
        self._stack.setCurrentWidget(shown)
        self.setFixedSize(shown.sizeHint().width(), self._segments.sizeHint().height())

    def set_current(self, key: str) -> None:
        """Show ``key`` as chosen, without a signal; one without a button of its own stands in the last one's place."""
        shown = key if key in self._buttons else "custom"
        for name, button in self._buttons.items():
            button.setChecked(name == shown)
            reach = Qt.FocusPolicy.TabFocus if name == shown else Qt.FocusPolicy.NoFocus
            button.setFocusPolicy(reach)
        self.current = key
        self._drop_down.setText(self._buttons[shown].text())
        self.set_collapsed(self.is_collapsed)

    def set_custom_label(self, text: str) -> None:
        """Name the custom range ("12 Oct to 3 Nov"); an empty text puts "Custom…" back."""
        words = one_line(text, 40) or RANGES["custom"]
        self._buttons["custom"].setText(words)
        self.set_current(self.current)

    def set_shortcut_hints(self, hints: Mapping[str, str]) -> None:
        """Name the shortcuts ("1" … "8") by range key in the tool tips."""
        for key in RANGES:
            choice = CHOICES[key]
            tip = _CUSTOM_TIP if key == "custom" else choice.words[0].upper() + choice.words[1:]
            hint = f" ({hints[key]})" if key in hints else ""
            self._buttons[key].setToolTip(plain_tip(tip + hint))
            self._buttons[key].setAccessibleName(tip)
            self._buttons[key].setAccessibleDescription(hints.get(key, ""))

    def eventFilter(self, watched: object, event: object) -> bool:
        """Turn an arrow key on a segment into its neighbour."""
        if isinstance(event, QKeyEvent) and event.type() == QKeyEvent.Type.KeyPress:
            step = _STEPS.get(Qt.Key(event.key()))
            if step is not None:
                self._move(watched, step)
                return True
        return False

    def _move(self, button: object, step: int) -> None:
        keys, buttons = list(self._buttons), list(self._buttons.values())
        place = min(max(buttons.index(button) + step, 0), len(keys) - 1)  # type: ignore[arg-type]
        if keys[place] not in ("custom", self.current):
            self._choose(keys[place])
        buttons[place].setFocus(Qt.FocusReason.TabFocusReason)

    def _choose(self, key: str) -> None:
        if key == "custom":
            self.set_current(self.current)
            self.custom_requested.emit()
            return
        self.set_current(key)
        self.range_chosen.emit(key)

    def _make_menu(self) -> None:
        menu = QMenu(self._drop_down)
        own = [key for key in RANGES if key != "custom"]
        for group in (own, CALENDAR, ("custom",)):
            if not menu.isEmpty():
                menu.addSeparator()
            for key in group:
                action = self._actions[key] = menu.addAction(CHOICES[key].title)
                action.setCheckable(True)
                action.triggered.connect(lambda _checked, key=key: self._choose(key))
        self._drop_down.setMenu(menu)
        self._drop_down.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._drop_down.setProperty("dropDown", True)
        self._drop_down.setAccessibleName(_("Time range"))
        menu.aboutToShow.connect(self._check_current)

    def _check_current(self) -> None:
        current = self.current if self.current in self._actions else "custom"
        for key, action in self._actions.items():
            action.setChecked(key == current)
