"""A button that says that it has copied."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton

from core.text.translation import gettext as _

_SAID_MS: Final = 2_000


def let_copy(button: QPushButton, text: Callable[[], str]) -> None:
    """Let a button put a text on the clipboard; for two seconds it says so, then its own words again."""
    words = button.text()

    def copy() -> None:
        QGuiApplication.clipboard().setText(text())
        button.setText(_("Copied"))
        QTimer.singleShot(_SAID_MS, button, lambda: button.setText(words))

    button.clicked.connect(copy)
