"""What Qt answers for ``botpulse doctor``, as JSON on standard output: its version, display, fonts, tray, settings."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import Final

import PySide6
from PySide6.QtCore import QSettings, qVersion
from PySide6.QtGui import QFontDatabase, QFontInfo
from PySide6.QtWidgets import QApplication, QSystemTrayIcon

from core.cli.doctor.observations import Grade, Observation
from core.text.formatting import written
from core.text.terminal_output import say
from core.text.translation import gettext as _
from gui import settings
from gui.app.startup import make_application
from gui.settings import Settings
from gui.style.theme import base_font
from resources import design

_SYSTEM: Final = QFontDatabase.WritingSystem
_SCRIPTS: Final = {
    _("Arabic"): _SYSTEM.Arabic,
    _("Chinese"): _SYSTEM.SimplifiedChinese,
    _("Cyrillic"): _SYSTEM.Cyrillic,
    _("Hebrew"): _SYSTEM.Hebrew,
    _("Japanese"): _SYSTEM.Japanese,
    _("Korean"): _SYSTEM.Korean,
    _("Thai"): _SYSTEM.Thai,
}
"""What prompts and names are often written in."""


_GET_FONTS: Final = {
    "linux": _("On Debian and Ubuntu: {command}").format(command="apt-get install fonts-noto-core fonts-noto-cjk"),
    "win32": _("Settings → System → Optional features adds fonts for more languages."),
}


def main() -> int:
    """Answer. Where there is no display the process ends with 1 before that, and says why on standard error."""
    app = make_application()
    told = [asdict(each) for each in _observed(app)]
    say(json.dumps({"told": told, "database": Settings().text(settings.DATABASE)}))
    return 0


def _observed(app: QApplication) -> Iterator[Observation]:
    yield Observation(
        "Qt",
        Grade.GOOD,
        _("{version}, PySide6 {binding}, style {style}").format(
            version=qVersion(), binding=PySide6.__version__, style=app.style().name()
        ),
    )
    screens = ", ".join(
        _("{size} at {ratio}").format(
            size=f"{each.size().width()}×{each.size().height()}", ratio=written(each.devicePixelRatio(), "g")
        )
        for each in app.screens()
    )
    yield Observation("Display", Grade.GOOD, f"{app.platformName()}: {screens}")
    yield _fonts()
    yield _tray()
    yield _memory()


def _fonts() -> Observation:
    family = QFontInfo(base_font()).family()
    if family != design.FONT_FAMILY:
        advice = _("Install Botpulse anew: files of it are missing.")
        return Observation(
            "Fonts",
            Grade.BAD,
            _("{font} can't be loaded; {family} stands in").format(font=design.FONT_FAMILY, family=family),
            advice,
        )
    there = QFontDatabase.writingSystems()
    lacking = [name for name, system in _SCRIPTS.items() if system not in there]
    if not lacking:
        return Observation("Fonts", Grade.GOOD, _("{family}, and fonts for other scripts").format(family=family))
    advice = " ".join(filter(None, (_("Prompts in these show as boxes."), _GET_FONTS.get(sys.platform))))
    return Observation(
        "Fonts", Grade.NOTE, _("{family}; none for {scripts}").format(family=family, scripts=", ".join(lacking)), advice
    )


def _tray() -> Observation:
    if QSystemTrayIcon.isSystemTrayAvailable():
        return Observation("Tray", Grade.GOOD, _("there is one"))
    words = _("this session has none: the window can't go on there once it is closed")
    return Observation("Tray", Grade.NOTE, words)


def _memory() -> Observation:
    store = QSettings("botpulse", "botpulse")
    if store.isWritable():
        return Observation("Preferences", Grade.GOOD, store.fileName())
    advice = _("Give your user the right to write there.")
    return Observation("Preferences", Grade.BAD, _("{file} can't be written").format(file=store.fileName()), advice)
