"""What a table remembers from one run of the program to the next: its columns, and how its details are shown."""

from __future__ import annotations

import base64
import binascii
from typing import Protocol

from PySide6.QtCore import QByteArray, QObject, QTimer

from gui.settings import Setting
from gui.tables.records.column_layout import ColumnLayout
from gui.tables.records.layout import TableFrame

_SOON_MS = 300


class Memory(Protocol):
    """Keeps lines of text; :class:`gui.settings.Settings` is one."""

    def text(self, setting: Setting) -> str:
        """What was kept, or the setting's default."""

    def remember(self, setting: Setting, value: str) -> None:
        """Keep a value."""


def table_settings(key: str) -> tuple[Setting, Setting, Setting]:
    """What is remembered of the table with this key: its columns, whether the details are shown, and the split."""
    return (
        Setting(f"tables/{key}/columns", "", "which columns are shown, in which order, how wide"),
        Setting(f"tables/{key}/details", "hidden", "whether the details are", ("shown", "hidden")),
        Setting(f"tables/{key}/split", "", "how rows and details share the width"),
    )


class TableMemory(QObject):
    """Puts back what was remembered, and remembers what the host changes a little later.

    Without a memory it remembers nothing.
    """

    def __init__(self, key: str, columns: ColumnLayout, frame: TableFrame) -> None:
        super().__init__(frame)
        self._columns, self._frame = columns, frame
        self._memory: Memory | None = None
        self._layout, self._details, self._split = table_settings(key)
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self.keep)
        columns.changed.connect(self._soon.start)
        frame.splitter.splitterMoved.connect(self._soon.start)
        frame.top_line.details.toggled.connect(self._soon.start)

    def use(self, memory: Memory | None) -> None:
        """Put back what this memory holds, and keep what changes in it."""
        self._memory = None
        if memory is not None:
            self._columns.restore(memory.text(self._layout))
            self._frame.splitter.restoreState(_bytes(memory.text(self._split)))
            self._frame.top_line.details.setChecked(memory.text(self._details) == "shown")
        self._memory = memory
        self._soon.stop()

    def keep(self) -> None:
        """Remember how everything is now."""
        self._soon.stop()
        if self._memory is not None:
            state = bytes(self._frame.splitter.saveState().data())
            self._memory.remember(self._layout, self._columns.kept())
            self._memory.remember(self._split, base64.b64encode(state).decode("ascii"))
            self._memory.remember(self._details, "shown" if self._frame.top_line.details.isChecked() else "hidden")

    def keep_now(self) -> None:
        """Remember at once what would be remembered soon."""
        if self._soon.isActive():
            self.keep()


def _bytes(text: str) -> QByteArray:
    try:
        return QByteArray(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        return QByteArray()
