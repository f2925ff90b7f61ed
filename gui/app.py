"""The command ``botpulse``: arguments, the application, the window."""

from __future__ import annotations

import argparse
import gc
import logging
import os
import signal
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import Final

from PySide6.QtCore import QLoggingCategory, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication

import resources
from core.errors import InvalidLocation
from core.location import locate
from core.log import configure_logging
from core.periods import CHOICES
from gui import settings
from gui.demo import Demo
from gui.garbage import GarbageCollector
from gui.main_window import MainWindow
from gui.monitor import Monitor
from gui.pages import PAGES
from gui.session_log import session_log
from gui.settings import Settings, WeekStart
from gui.single_instance import SingleInstance, already_open
from gui.theme import ThemeChoice, base_font

log = logging.getLogger(__name__)

DEFAULT_DATABASE: Final = "analytics.db"
_RANGES: Final = tuple(key for key in CHOICES if key != "custom")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the monitor, or render a picture of it; returns the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["snapshot"]:
        from gui.snapshot import main as snapshot_main

        return snapshot_main(given[1:])
    options = parse(given)
    log_file = configure_logging(options.verbose)
    session_log()  # from now on, for the Health page
    app = make_application()
    memory, instance = Settings(), SingleInstance(app)
    address = None if options.demo else first_database(options.database, memory)
    if address is not None and not _ours(instance, address):
        print(already_open(locate(address)))
        return 0
    zone = memory.zone()
    week_start = WeekStart(memory.text(settings.WEEK_START))
    interval = options.interval or memory.number(settings.INTERVAL)
    monitor = Monitor(zone, interval, first_weekday=week_start.number)
    window = MainWindow(memory, monitor, zone, log_file.parent, instance)
    apply_choices(window, options)
    demo = DemoHost(window)
    _calm_collector()
    collector = GarbageCollector(app)
    window.show()
    _open_first(window, demo, address, options.demo)
    _close_on_signals(window)
    app.setQuitOnLastWindowClosed(False)  # one that is only hidden goes on in the tray
    window.closed.connect(app.quit)
    code = app.exec()
    demo.stop()
    collector.stop()
    return code


def _ours(instance: SingleInstance, address: str) -> bool:
    """Whether no other window has the database; an address that is none gets its page in the window."""
    try:
        return instance.claim(locate(address))
    except InvalidLocation:
        return True


def _close_on_signals(window: MainWindow) -> None:
    """Ctrl-C in the terminal and a request to terminate close the window as its own button does.

    Python hears of them when the window's clock next ticks.
    """

    def close(number: int, frame: FrameType | None) -> None:
        QTimer.singleShot(0, window.close)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, close)


def _calm_collector() -> None:
    """Collect rarely: rows come by the ten thousand, and what lives as long as the window is never garbage."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def make_application() -> QApplication:
    """Return the application object, named for settings, desktop entry and task bar."""
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    app = QApplication.instance() or QApplication(["botpulse"])
    assert isinstance(app, QApplication)
    app.setApplicationName("botpulse")
    app.setApplicationDisplayName("Botpulse")
    app.setApplicationVersion(version("botpulse"))
    app.setDesktopFileName("botpulse")
    QLoggingCategory.setFilterRules("qt.text.font.db=false")  # Inter has no Arabic; another font steps in
    app.setFont(base_font())  # before the first widget: one with a style sheet keeps the family it met first
    app.setWindowIcon(QIcon(str(resources.path("icons/botpulse.svg"))))
    return app


class DemoHost:
    """Starts the demo when the window asks for it, and ends it with the window."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._demo: Demo | None = None
        window.demo_requested.connect(self.start)
        window.closed.connect(self.stop)

    def start(self) -> None:
        """Start the simulated bot, and watch it once its database is there."""
        self.stop()
        self._demo = Demo(self._window)
        self._demo.ready.connect(lambda path: self._window.watch(path, title="Demo", remember=False))
        self._demo.failed.connect(self._window.show_problem)
        self._demo.start()

    def stop(self) -> None:
        """End it. It may be called twice."""
        if self._demo is not None:
            self._demo.stop()
            self._demo = None


def add_view_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the window and its picture have in common."""
    parser.add_argument("database", nargs="?", type=_address, metavar="DATABASE", help="a path, or a postgresql:// URL")
    parser.add_argument("--demo", action="store_true", help="watch a simulated bot")
    parser.add_argument("--range", choices=_RANGES, help="the time range to begin with")
    parser.add_argument("--page", choices=[page.entry.key for page in PAGES], help="the page to begin with")
    parser.add_argument(
        "--theme", choices=[choice.value for choice in ThemeChoice], help="light, dark, or the system's"
    )
    parser.add_argument(
        "--interval", type=_interval, metavar="MS", help="milliseconds between looks (the preferences' otherwise)"
    )
    parser.add_argument("--verbose", action="store_true", help="say more, on the terminal and in the log")


def apply_choices(window: MainWindow, options: argparse.Namespace) -> None:
    """Let the command line have its way with range, theme and page, this time."""
    if options.theme:
        window.choose_theme(ThemeChoice(options.theme), remember=False)
    if options.range:
        window.choose_range(options.range, remember=False)
    if options.page:
        window.show_page(options.page)


def first_database(given: str | None, memory: Settings) -> str | None:
    """The database to open: the given one, the last one, ``$BOTPULSE_DATABASE``, or the one in this folder."""
    here = DEFAULT_DATABASE if Path(DEFAULT_DATABASE).is_file() else None
    return given or memory.text(settings.DATABASE) or os.environ.get("BOTPULSE_DATABASE") or here


def _open_first(window: MainWindow, demo: DemoHost, address: str | None, wants_demo: bool) -> None:
    if wants_demo:
        demo.start()
    elif address is not None:
        try:
            window.watch(address)
        except InvalidLocation as fault:
            log.error("%s", fault)
            window.show_problem(fault)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Understand the command line of the window; wrong arguments end the process with words and 2."""
    parser = argparse.ArgumentParser(
        prog="botpulse",
        description="Watch a Discord bot's analytics database. `botpulse snapshot --help` renders a picture of it.",
    )
    parser.add_argument("--version", action="version", version=f"botpulse {version('botpulse')}")
    add_view_arguments(parser)
    return parser.parse_args(arguments)


def _address(text: str) -> str:
    try:
        locate(text)
    except InvalidLocation as fault:
        raise argparse.ArgumentTypeError(f"{fault.what_happened} Not: {fault.subject}") from None
    return text


def _interval(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = 0
    if not 10 <= value <= 60_000:
        raise argparse.ArgumentTypeError("a whole number from 10 to 60000 is expected")
    return value


if __name__ == "__main__":
    sys.exit(main())
