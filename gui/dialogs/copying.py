"""A button that says that it has copied."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton

_SAID_MS: Final = 2_000


def copy_and_say(text: str, button: QPushButton, words: str) -> None:
    """Put ``text`` on the clipboard; for two seconds the button says so, then its own ``words`` again."""
    QGuiApplication.clipboard().setText(text)
    button.setText("Copied")
    QTimer.singleShot(_SAID_MS, button, lambda: button.setText(words))
