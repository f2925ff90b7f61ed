"""The command ``botpulse``: arguments, the application, the window."""

from __future__ import annotations

import argparse
import gc
import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import version
from typing import Final

from pyqtgraph.util.garbage_collector import GarbageCollector
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QUrl
from PySide6.QtGui import QFileOpenEvent

from core.errors import InvalidLocation
from core.log import configure_logging
from core.presenters.view_links import is_link
from core.storage.location import locate
from core.tables import extensions
from core.text.formatting import one_line
from core.text.terminal_output import ready_streams, say
from core.text.translation import gettext as _
from core.worker.live.process import LiveProcess
from gui import settings
from gui.app import desktop_entry, head_start, windows_console
from gui.app.demo import DemoHost
from gui.app.head_start import apart_from_link, first_database
from gui.app.loading_ahead import other_pages_loaded
from gui.app.signals import ended_by_signals
from gui.app.startup import add_view_arguments, apply_choices, epilog, preferred_application
from gui.settings import Settings, WeekStart
from gui.status.log_buffer import session_log
from gui.style.severity import Severity
from gui.threads.jobs import reads_apart
from gui.threads.monitor import Monitor
from gui.threads.python_thread import end_process_if_left
from gui.window.main_window import MainWindow
from gui.window.single_instance import SingleInstance, already_open

log = logging.getLogger(__name__)

_SWITCH_SECONDS: Final = 0.001
"""A thread that takes apart what a process has sent lets the window paint within so long."""


def main(arguments: Sequence[str] | None = None, process: LiveProcess | None = None) -> int:
    """Run the monitor, render a picture of it, or enter it among the desktop's programs; returns the exit code.

    ``process`` is the one that reads the database, where it was started already.
    """
    ready_streams()
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] in (["snapshot"], ["chart"], ["report"], ["doctor"]):
        return _without_window(given[0], given[1:])
    if given[:1] == ["desktop-entry"]:
        return desktop_entry.main(given[1:])
    extensions.load()  # before the arguments are understood: a page may be named there
    options = parse(given)
    log_file = configure_logging(options.verbose)
    session_log()  # from now on, for the Health page
    for fault in extensions.faults():
        log.warning("%s", fault)
    memory = Settings()
    app = preferred_application(memory)
    instance = SingleInstance(app)
    address = None if options.demo else first_database(options.database, memory)
    if address is not None and not _ours(instance, address, options.link):
        say(already_open(locate(address)))
        return 0
    zone = memory.zone()
    week_start = WeekStart(memory.text(settings.WEEK_START))
    interval = options.interval or memory.number(settings.INTERVAL)
    process = process or head_start.reader()
    monitor = Monitor(zone, interval, first_weekday=week_start.number, process=process)
    window = MainWindow(memory, monitor, zone, log_file.parent, instance)
    apply_choices(window, options)
    demo = DemoHost(window)
    _calm_collector()
    sys.setswitchinterval(_SWITCH_SECONDS)
    with garbage_collected_here(), reads_apart(), ended_by_signals(window.quit, window), other_pages_loaded(window):
        appear(window, minimised=options.minimised)
        _open_first(window, demo, address, options)
        _tell_of_extensions(window)
        app.setQuitOnLastWindowClosed(False)  # one that is only hidden goes on in the tray
        window.closed.connect(app.quit)
        code = app.exec()
        demo.stop()
    end_process_if_left(code)
    return code


class UrlOpener(QObject):
    """Opens what macOS hands to a program that runs: links to views, and database files."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the URLs."""
        if isinstance(event, QFileOpenEvent):
            if is_link(event.url().toString()):
                self._window.link_asked.emit(event.url().toString(QUrl.ComponentFormattingOption.FullyEncoded))
            elif event.file():
                with suppress(InvalidLocation):  # what is no database gets its page; what is no path is nothing
                    self._window.watch(event.file())
            return True
        return super().eventFilter(watched, event)


def appear(window: MainWindow, *, minimised: bool) -> None:
    """Open it; minimised: without being seen, in the tray where Botpulse stays there when its window is closed."""
    windows_console.give_back()
    if not minimised:
        window.show()
    elif not window.presence.stays:
        window.showMinimized()


def _without_window(command: str, arguments: Sequence[str]) -> int:
    """Draw the window, or a chart, without a screen, or say what Qt has: what that needs is loaded for nobody else."""
    if command == "doctor":
        from gui.app import doctor_qt

        return doctor_qt.main()
    if command == "chart":
        from gui.app import chart

        return chart.main(arguments)
    if command == "report":
        from gui.app import report

        return report.main(arguments)
    from gui.app import screenshot

    return screenshot.main(arguments)


def _tell_of_extensions(window: MainWindow) -> None:
    """Once, where some could not be loaded; the Health page says more."""
    names = ", ".join(one_line(fault.subject, 60) for fault in extensions.faults())
    if names:
        window.live.notice.show_notice(
            Severity.WARN,
            _("Not all extensions could be loaded: {names}. The Health page says why.").format(names=names),
        )


def _ours(instance: SingleInstance, address: str, link: str) -> bool:
    """Whether no other window has the database; an address that is none gets its page in the window."""
    try:
        return instance.claim(locate(address), link)
    except InvalidLocation:
        return True


def _calm_collector() -> None:
    """Collect rarely: what lives as long as the window is never garbage. To look at 10,000 objects takes 2 ms."""
    gc.freeze()
    gc.set_threshold(10_000, 20, 100)


@contextmanager
def garbage_collected_here(interval: float = 0.5) -> Iterator[None]:
    """Let Python's unreachable cycles be collected in this thread only, every so many seconds if they are due.

    Python collects in whichever thread happens to allocate. A widget that is part of a cycle would then be destroyed
    in the thread of the monitor or of a table, where Qt must not touch it: the process would end there.
    """
    was_automatic = gc.isenabled()
    collector = GarbageCollector(interval)
    try:
        yield
    finally:
        collector.timer.stop()  # it has no way to end: its timer goes on for as long as it lives
        if was_automatic:
            gc.enable()


def _open_first(window: MainWindow, demo: DemoHost, address: str | None, options: argparse.Namespace) -> None:
    if sys.platform == "darwin" and (app := QCoreApplication.instance()) is not None:
        app.installEventFilter(UrlOpener(window))
    if options.link:
        window.link_asked.emit(options.link)  # it waits for the database
    if options.demo:
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
        description=_(
            "Watch a Discord bot's analytics database. `botpulse snapshot --help` renders a picture of it, "
            "`botpulse chart --help` one of a chart; "
            "`botpulse desktop-entry --help` puts it among a desktop's programs, "
            "`botpulse doctor --help` says what is not as it should be."
        ),
        epilog=epilog(_("0: the window was closed, or another one has the database; 1: no window can be opened")),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"botpulse {version('botpulse')}")
    add_view_arguments(parser)
    parser.add_argument(
        "--minimised",
        action="store_true",
        help=_("begin unseen: in the tray where it stays there, or minimised"),
    )
    parser.add_argument(
        "--view", metavar="LINK", default="", help=_("what to look at: a link that a window has copied (botpulse://…)")
    )
    given, link = apart_from_link(arguments)
    options = parser.parse_args(given)
    options.link = options.view or link
    return options


if __name__ == "__main__":
    sys.exit(main())
