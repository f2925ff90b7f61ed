"""Versions and licence."""

from __future__ import annotations

import platform
from importlib.metadata import version

import PySide6
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QIcon
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QVBoxLayout, QWidget

import resources
from core.database import SQLITE_VERSION
from gui.theme import base_font
from gui.widgets.mood import Mood
from gui.widgets.text import PlainLabel, set_mood


def versions() -> tuple[tuple[str, str], ...]:
    """What a report of a fault should name: (part, version)."""
    return (
        ("Botpulse", version("botpulse")),
        ("Python", platform.python_version()),
        ("Qt for Python", PySide6.__version__),
        ("pyqtgraph", version("pyqtgraph")),
        ("peewee", version("peewee")),
        ("SQLite", SQLITE_VERSION),
        ("System", platform.platform(terse=True)),
    )


class AboutDialog(QDialog):
    """What this is, in which versions, under which licence."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("About Botpulse")
        name = PlainLabel("Botpulse")
        name.setFont(base_font(22, QFont.Weight.DemiBold))
        words = PlainLabel("A monitor for Discord bots that make images with ComfyUI.")
        set_mood(words, Mood.MUTED)
        details = PlainLabel("\n".join(f"{part} {number}" for part, number in versions()))
        details.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        licence = PlainLabel("MIT licence. The typeface Inter is under the SIL Open Font License 1.1.")
        set_mood(licence, Mood.MUTED)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout()
        column.setSpacing(12)
        for part in (name, words, details, licence):
            column.addWidget(part)
        row = QHBoxLayout()
        row.setSpacing(24)
        row.addWidget(_logo())
        row.addLayout(column, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(24, 24, 24, 16)
        whole.setSpacing(16)
        whole.addLayout(row)
        whole.addWidget(buttons)


def _logo() -> QWidget:
    logo = PlainLabel()
    logo.setPixmap(QIcon(str(resources.path("icons/botpulse.svg"))).pixmap(QSize(72, 72)))
    return logo
