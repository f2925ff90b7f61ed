"""What the window and its picture have in common when they begin: the application, arguments, the first database."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Final, TypeVar

from PySide6.QtCore import QLocale, QLoggingCategory, Qt
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication

from core.errors import InvalidLocation
from core.storage.location import locate
from core.time_ranges import CHOICES
from gui import settings
from gui.pages.registry import pages
from gui.settings import Settings
from gui.style.theme import ThemeChoice, base_font
from gui.window.main_window import MainWindow
from resources import design

N = TypeVar("N", int, float)

DEFAULT_DATABASE: Final = "analytics.db"
_RANGES: Final = tuple(key for key in CHOICES if key != "custom")


def make_application() -> QApplication:
    """Return the application object, named for settings, desktop entry and task bar."""
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    app = QApplication.instance() or QApplication(["botpulse"])
    assert isinstance(app, QApplication)
    app.setApplicationName("botpulse")
    app.setApplicationDisplayName("Botpulse")
    app.setApplicationVersion(version("botpulse"))
    app.setDesktopFileName("botpulse")
    write_english()
    QLoggingCategory.setFilterRules("qt.text.font.db=false")  # Inter has no Arabic; another font steps in
    app.setFont(base_font())  # before the first widget: one with a style sheet keeps the family it met first
    app.setWindowIcon(QIcon(str(design.path("icons/botpulse.svg"))))
    return app


def write_english() -> None:
    """Give fields of dates and numbers the digits of everything else, whatever language the system speaks."""
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom))


def add_view_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the window and its picture have in common."""
    parser.add_argument("database", nargs="?", type=_address, metavar="DATABASE", help="a path, or a postgresql:// URL")
    parser.add_argument("--demo", action="store_true", help="watch a simulated bot")
    parser.add_argument("--range", choices=_RANGES, help="the time range to begin with")
    parser.add_argument("--page", choices=[page.entry.key for page in pages()], help="the page to begin with")
    parser.add_argument(
        "--theme", choices=[choice.value for choice in ThemeChoice], help="light, dark, or the system's"
    )
    parser.add_argument(
        "--interval",
        type=number_within(int, 10, 60_000, "a whole number"),
        metavar="MS",
        help="milliseconds between looks (the preferences' otherwise)",
    )
    parser.add_argument("--verbose", action="store_true", help="say more, on the terminal and in the log")


def apply_choices(window: MainWindow, options: argparse.Namespace) -> None:
    """Let the command line have its way with range, theme and page, this time."""
    if options.theme:
        window.preferences.choose_theme(ThemeChoice(options.theme), remember=False)
    if options.range:
        window.ranges.choose(options.range, remember=False)
    if options.page:
        window.live.show_page(options.page)


def first_database(given: str | None, memory: Settings) -> str | None:
    """The database to open: the given one, the last one, ``$BOTPULSE_DATABASE``, or the one in this folder."""
    here = DEFAULT_DATABASE if Path(DEFAULT_DATABASE).is_file() else None
    return given or memory.text(settings.DATABASE) or os.environ.get("BOTPULSE_DATABASE") or here


def _address(text: str) -> str:
    try:
        locate(text)
    except InvalidLocation as fault:
        raise argparse.ArgumentTypeError(f"{fault.what_happened} Not: {fault.subject}") from None
    return text


def number_within(kind: type[N], least: int, most: int, words: str) -> Callable[[str], N]:
    """Return a reader of arguments that are numbers from ``least`` to ``most``; ``words`` say what is expected."""

    def read(text: str) -> N:
        try:
            value = kind(text)
        except ValueError:
            value = kind(least - 1)
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{words} from {least} to {most} is expected")
        return value

    return read
