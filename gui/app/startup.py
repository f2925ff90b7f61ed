"""What the window and its picture have in common when they begin: the application, arguments, the first database."""

from __future__ import annotations

import argparse
import logging
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from PySide6.QtCore import (
    QLibraryInfo,
    QLocale,
    QLoggingCategory,
    QMessageLogContext,
    QSize,
    Qt,
    QtMsgType,
    QTranslator,
    qInstallMessageHandler,
)
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication

from core.errors import BotpulseError, InvalidLocation, explain
from core.statistics.comparison import NO_COMPARISON, OtherTime
from core.storage.location import locate
from core.text.conventions import CONVENTIONS
from core.text.formatting import one_line
from core.text.terminal_output import say
from core.text.translation import LANGUAGE, SOURCE
from core.text.translation import gettext as _
from core.text.typed_ranges import EXAMPLES, RangeNotUnderstood, range_of
from gui import settings
from gui.app.head_start import DEFAULT_DATABASE, path_of
from gui.app.text_size import made_as_large
from gui.pages.registry import pages
from gui.settings import Settings, known_zone
from gui.style.appearance import Direction, TextSize
from gui.style.theme import ThemeChoice, base_font, mirror
from gui.window.main_window import MainWindow
from resources import design

log = logging.getLogger(__name__)

N = TypeVar("N", int, float)

_XCB: Final = (
    "libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-render-util0 libxcb-shape0 libxkbcommon-x11-0"
)
_LONGEST_REASON: Final = 500
_QUIET: Final = "qt.text.font.db=false\nqt.gui.imageio*=false"
"""What Qt says of a font that has no Arabic (another steps in), and of damaged pictures (we say so in their place)."""

_TASK_BAR_ID: Final = "Botpulse.Botpulse"


class NoWindow(BotpulseError):
    """Qt finds no display, or can't use it."""

    title = _("No window can be opened here")
    what_happened = _(
        "Qt found no display that it can use. Over SSH, in a container or on a server there often is none."
    )
    what_is_safe = _("Nothing was opened or changed.")
    what_to_do = _(
        "Start it in a desktop session, or draw the window without a display: botpulse snapshot "
        "picture.png DATABASE.\n"
        "On a desktop of Debian or Ubuntu, this brings what Qt needs to open windows: apt-get "
        "install {xcb}"
    ).format(xcb=_XCB)


def make_application(size: TextSize = TextSize.PLAIN, direction: Direction = Direction.LEFT_TO_RIGHT) -> QApplication:
    """Return the application object, named for settings, desktop entry and task bar.

    It draws as large as ``size``, and begins on the side that ``direction`` says.
    """
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    be_ready_for_windows()
    with _told_in_words():
        app = made_as_large(size)
    app.setApplicationName("botpulse")
    app.setApplicationDisplayName("Botpulse")
    app.setApplicationVersion(version("botpulse"))
    app.setDesktopFileName("botpulse")
    write_in_our_language()
    translate_qt(app)
    mirror(begins_right(direction))
    QLoggingCategory.setFilterRules(_QUIET)
    app.setFont(base_font())  # before the first widget: one with a style sheet keeps the family it met first
    app.setWindowIcon(QIcon(str(design.path("icons/botpulse.svg"))))
    return app


def be_ready_for_windows() -> None:
    """On Windows, before the first window: a place of its own in the task bar, and the system's fonts without a screen.

    Windows takes every program that Python runs for Python, so that they would lie in one heap under its icon.
    Drawing into memory, Qt looks for fonts in a folder of its own, which its packages don't have.
    """
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.shell32.SetCurrentProcessExplicitAppUserModelID(_TASK_BAR_ID)
        fonts = Path(os.environ.get("WINDIR", r"C:\Windows")) / "Fonts"
        if os.environ.get("QT_QPA_PLATFORM", "").startswith(("offscreen", "minimal")) and fonts.is_dir():
            os.environ.setdefault("QT_QPA_FONTDIR", str(fonts))


def preferred_application(memory: Settings) -> QApplication:
    """Return the application as large, and beginning on the side, as the host prefers."""
    return make_application(TextSize(memory.text(settings.TEXT_SIZE)), Direction(memory.text(settings.DIRECTION)))


@contextmanager
def _told_in_words() -> Iterator[None]:
    """Where Qt can't open a display it ends the process by a signal: say why in words and end with 1 before that."""

    def hear(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
        if kind is QtMsgType.QtFatalMsg:
            log.info("Qt ends the process: %s", message)
            reasons = ". ".join(reason.rstrip(" .\n") for reason in said or [message])
            fault = NoWindow(_display(), one_line(reasons, _LONGEST_REASON))
            say(explain(fault), error=True)
            os._exit(1)
        said.append(message)
        if before is not None:
            before(kind, context, message)

    said: list[str] = []
    before: Callable[..., object] | None = qInstallMessageHandler(hear)
    try:
        yield
    finally:
        qInstallMessageHandler(before)


def _display() -> str:
    """What Qt was to draw on, as its environment says."""
    names = ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY", "DISPLAY")
    return ", ".join(f"{name}={os.environ[name]}" for name in names if os.environ.get(name)) or _("no display")


def begins_right(direction: Direction) -> bool:
    """Return whether the window begins at the right: as chosen, or as its language does, or, in English, the system."""
    if direction is Direction.SYSTEM and LANGUAGE != SOURCE:
        return CONVENTIONS.right_to_left
    if direction is Direction.SYSTEM:
        return QLocale.system().textDirection() is Qt.LayoutDirection.RightToLeft
    return direction is Direction.RIGHT_TO_LEFT


def write_in_our_language() -> None:
    """Give fields of dates and numbers the signs of everything else, whatever language the system speaks."""
    kingdom = QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom)
    QLocale.setDefault(kingdom if LANGUAGE == SOURCE else QLocale(LANGUAGE))


def translate_qt(app: QApplication) -> None:
    """Let Qt's own texts, of buttons and menus of text fields, be in the language of ours."""
    place = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    translator = QTranslator(app)
    if LANGUAGE != SOURCE and translator.load(f"qtbase_{LANGUAGE}", place):
        app.installTranslator(translator)


def add_view_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the window and its picture have in common."""
    add_data_arguments(parser)
    parser.add_argument("--demo", action="store_true", help=_("watch a simulated bot"))
    parser.add_argument(
        "--page", choices=[page.entry.key for page in pages()], help=_("the page to begin with (default: overview)")
    )
    parser.add_argument(
        "--interval",
        type=number_within(int, 10, 60_000, _("a whole number")),
        metavar="MS",
        help=_("milliseconds between looks (default: that of the preferences)"),
    )


def add_data_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what everything that shows a database's numbers has in common."""
    parser.add_argument(
        "database",
        nargs="?",
        type=_address,
        metavar="DATABASE",
        help=_(
            "a path, or a postgresql:// URL (default: the last one, $BOTPULSE_DATABASE, or "
            "{default_database} in this folder)"
        ).format(default_database=DEFAULT_DATABASE),
    )
    parser.add_argument(
        "--range",
        type=_range,
        metavar="RANGE",
        help=_("the time range: 7d, all, {examples} (default: the window's last one, or 24h)").format(
            examples=EXAMPLES
        ),
    )
    parser.add_argument(
        "--theme",
        choices=[choice.value for choice in ThemeChoice],
        help=_("light, dark, or the system's (default: that of the preferences)"),
    )
    parser.add_argument("--verbose", action="store_true", help=_("say more, on the terminal and in the log"))


def zone_of(text: str) -> ZoneInfo:
    """Read an argument that is a time zone."""
    zone = known_zone(text)
    if zone is None:
        raise argparse.ArgumentTypeError(
            _("there is no time zone {text}; one is named as in Europe/Berlin").format(text=f"{text!r}")
        )
    return zone


def add_comparison(parser: argparse.ArgumentParser) -> None:
    """Let the command line say what the range is compared with."""
    parser.add_argument(
        "--compare",
        type=_comparison,
        default=NO_COMPARISON,
        metavar="TIME",
        help=_("another time beside it: before, week, month, year, or from a day on: 2026-10-01"),
    )


def _comparison(text: str) -> OtherTime:
    try:
        return OtherTime.from_text(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            _("{text} is none of before, week, month, year or a date such as 2026-10-01").format(text=f"{text!r}")
        ) from None


def size_of(smallest: QSize, largest: QSize) -> Callable[[str], QSize]:
    """Return a reader of arguments that are sizes in pixels, ``1600x1000``."""

    def read(text: str) -> QSize:
        match = re.fullmatch(r"(\d{3,5})x(\d{3,5})", text)
        size = QSize(int(match[1]), int(match[2])) if match else QSize()
        if size.boundedTo(largest).expandedTo(smallest) != size:
            ends = _("{width}x{height} to {width_2}x{height_2}").format(
                width=smallest.width(), height=smallest.height(), width_2=largest.width(), height_2=largest.height()
            )
            raise argparse.ArgumentTypeError(_("a size such as 1600x1000 is expected, from {ends}").format(ends=ends))
        return size

    return read


def epilog(codes: str) -> str:
    """The end of ``--help``: what the environment may say, and the exit codes; ``codes`` are those of one's own."""
    return _(
        "environment:\n  BOTPULSE_DATABASE    the database, where none is named and none is "
        "remembered\n  BOTPULSE_LANGUAGE    the language: en, de (default: that of the preferences, or the system's)\n"
        "  BOTPULSE_EXTENSIONS  Python files or modules to load, with {pathsep} "
        "between them\n  QT_QPA_PLATFORM      how Qt draws: xcb, wayland, offscreen (by default "
        "what it finds)\n\n"
        "exit codes:\n  {codes}; 2: wrong arguments"
    ).format(pathsep=os.pathsep, codes=codes)


def apply_choices(window: MainWindow, options: argparse.Namespace) -> None:
    """Let the command line have its way with range, theme and page, this time."""
    if options.theme:
        window.preferences.choose_theme(ThemeChoice(options.theme), remember=False)
    if options.range:
        asked = range_of(options.range, window.preferences.zone, time.time())
        window.ranges.choose(asked.choice.key, asked.span, remember=False)
    if options.page:
        window.live.show_page(options.page)


def _address(text: str) -> str:
    text = path_of(text)
    try:
        locate(text)
    except InvalidLocation as fault:
        raise argparse.ArgumentTypeError(
            _("{what_happened} Not: {subject}").format(what_happened=fault.what_happened, subject=fault.subject)
        ) from None
    return text


def _range(text: str) -> str:
    """A text that is understood; which moments it means is found out in the time zone of the window."""
    try:
        range_of(text, ZoneInfo("UTC"), time.time())
    except RangeNotUnderstood as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def number_within(kind: type[N], least: int, most: int, words: str) -> Callable[[str], N]:
    """Return a reader of arguments that are numbers from ``least`` to ``most``; ``words`` say what is expected."""

    def read(text: str) -> N:
        try:
            value = kind(text)
        except ValueError:
            value = kind(least - 1)
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(
                _("{words} from {least} to {most} is expected").format(words=words, least=least, most=most)
            )
        return value

    return read
