"""Buttons of the window, clicks on them, and the dialog for a custom range."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QWidget,
)
from pytestqt.qtbot import QtBot

from gui.dialogs.custom_range import CustomRangeDialog
from tests.gui.windows import (
    plain,
)


def button(parent: QWidget, text: str) -> QAbstractButton:
    """The visible button with this text."""
    return next(
        each for each in parent.findChildren(QAbstractButton) if each.isVisible() and plain(each.text()) == text
    )


def click(qtbot: QtBot, widget: QWidget) -> None:
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)


def in_dialog(qtbot: QtBot, open_it: Callable[[], object], act: Callable[[CustomRangeDialog], object]) -> None:
    """Open the dialog for a custom range, and act in it once it is there."""
    seen: list[QWidget] = []

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, CustomRangeDialog):
            waiting.stop()
            seen.append(dialog)
            act(dialog)

    waiting = QTimer()
    waiting.timeout.connect(look)
    waiting.start(5)
    open_it()
    qtbot.waitUntil(lambda: bool(seen) and not seen[0].isVisible())
