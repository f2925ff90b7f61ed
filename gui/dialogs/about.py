"""Versions and licence."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import version
from typing import Final

import PySide6
from PySide6.QtCore import QSize, Qt, qVersion
from PySide6.QtGui import QFont, QGuiApplication, QIcon
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QLayout, QPushButton, QWidget

from core.storage.database import SQLITE_VERSION
from core.text.translation import gettext as _
from gui.dialogs.copying import let_copy
from gui.style.severity import Severity
from gui.style.theme import base_font, tabular
from gui.widgets.parts import TOP, close_box, column, row
from gui.widgets.text import PlainLabel, set_severity
from resources import design

_SELECTABLE: Final = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard


def versions() -> tuple[tuple[str, str], ...]:
    """What a report of a fault should name: (part, version)."""
    bits = 64 if sys.maxsize > 2**32 else 32
    return (
        ("Botpulse", version("botpulse")),
        ("Python", _("{python_version} ({bits} bit)").format(python_version=platform.python_version(), bits=bits)),
        ("PySide6", _("{version} on Qt {qVersion}").format(version=PySide6.__version__, qVersion=qVersion())),
        ("pyqtgraph", version("pyqtgraph")),
        ("peewee", version("peewee")),
        ("SQLite", SQLITE_VERSION),
        (
            _("System"),
            _("{system} {release} on {machine}").format(
                system=platform.system(), release=platform.release(), machine=platform.machine()
            ),
        ),
        (_("Display"), QGuiApplication.platformName()),
    )


def versions_text() -> str:
    """The versions as lines to be pasted into a report."""
    return "\n".join(f"{part} {number}" for part, number in versions())


class AboutDialog(QDialog):
    """What this is, in which versions, under which licence.

    Attributes:
        copy: puts the versions on the clipboard.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("About Botpulse"))
        self.copy = QPushButton(_("&Copy versions"))
        self._buttons = close_box()
        self._arrange()
        let_copy(self.copy, versions_text)
        self._buttons.rejected.connect(self.reject)
        self._buttons.button(QDialogButtonBox.StandardButton.Close).setFocus()

    def _arrange(self) -> None:
        name = PlainLabel("Botpulse")
        name.setFont(base_font(22, QFont.Weight.DemiBold))
        words = PlainLabel(_("A monitor for Discord bots that make images with ComfyUI."))
        licence = PlainLabel(_("MIT licence. The typeface Inter is under the SIL Open Font License 1.1."))
        for label in (words, licence):
            set_severity(label, Severity.MUTED)
        texts = column(name, words, _table(), licence, gap=6)
        for place in (2, 4):
            texts.insertSpacing(place, 10)
        body = row((_logo(), 0, TOP), (texts, 1), gap=24)
        whole = column(body, row(self.copy, 1, self._buttons), on=self, gap=20, margins=(24, 24, 24, 16))
        whole.setSizeConstraint(QLayout.SizeConstraint.SetFixedSize)


def _table() -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(20)
    grid.setVerticalSpacing(4)
    grid.setColumnStretch(1, 1)
    for place, (part, number) in enumerate(versions()):
        title, value = PlainLabel(part), PlainLabel(number)
        set_severity(title, Severity.MUTED)
        value.setFont(tabular(base_font()))
        value.setTextInteractionFlags(_SELECTABLE)
        value.setAccessibleName(f"{part} {number}")
        grid.addWidget(title, place, 0)
        grid.addWidget(value, place, 1)
    return grid


def _logo() -> QWidget:
    logo = PlainLabel()
    logo.setPixmap(QIcon(str(design.path("icons/botpulse.svg"))).pixmap(QSize(72, 72)))
    return logo
