"""The command ``botpulse snapshot``: the window as a PNG, on a machine with or without a screen."""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QBuffer, QEventLoop, QIODevice, QSettings, QSize, QTimer
from PySide6.QtGui import QPixmap

from core.errors import BotpulseError, explain
from core.export.faults import check_target, target_faults
from core.feed.snapshot import Condition, Snapshot
from core.log import configure_logging
from core.storage.files import replacing
from core.storage.location import real_path
from core.tables import extensions
from core.text.terminal_output import say
from core.text.translation import gettext as _
from core.worker.live.messages import INTERVAL_MS
from gui import settings
from gui.app.demo import DemoHost
from gui.app.head_start import first_database
from gui.app.startup import (
    add_view_arguments,
    apply_choices,
    epilog,
    make_application,
    number_within,
    size_of,
    zone_of,
)
from gui.settings import Settings, WeekStart
from gui.threads.monitor import Monitor
from gui.window.main_window import MainWindow

_LONGEST_WAIT_MS: Final = 120_000
_SETTLE_MS: Final = 150
_SMALLEST: Final = QSize(900, 600)
_LARGEST: Final = QSize(4000, 4000)
_DEMO_LIVE_EVENTS: Final = 2
"""So many events come in before the demo's picture is taken: it shows the window live."""


def main(arguments: Sequence[str]) -> int:
    """Render the window; returns the exit code: 0, 1 where the database can't be shown, 2 for wrong arguments."""
    extensions.load()
    options = _parser().parse_args(arguments)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    configure_logging(options.verbose)
    app = make_application()
    with tempfile.TemporaryDirectory(prefix="botpulse-") as folder:
        memory = Settings(QSettings(str(Path(folder) / "settings.ini"), QSettings.Format.IniFormat))
        preferred = Settings()
        zone = options.time_zone or preferred.zone()
        week_start = WeekStart(preferred.text(settings.WEEK_START))
        monitor = Monitor(zone, options.interval or INTERVAL_MS, first_weekday=week_start.number)
        window = MainWindow(memory, monitor, zone)
        window.resize(options.size)
        apply_choices(window, options)
        demo = DemoHost(window)
        window.show()
        try:
            check_target(options.out)
            _wait_for_content(window, demo, options)
            _save(render(window, options.scale), options.out)
        except BotpulseError as fault:
            say(explain(fault), error=True)
            return 1
        finally:
            window.close()
            app.processEvents()
    say(str(real_path(options.out)))
    return 0


def render(window: MainWindow, scale: float) -> QPixmap:
    """The window as it stands, at ``scale`` pixels to a logical one."""
    picture = QPixmap(window.size() * scale)
    picture.setDevicePixelRatio(scale)
    window.render(picture)
    return picture


def _save(picture: QPixmap, path: Path) -> None:
    """Write the picture as a PNG, whatever the name ends in.

    Raises:
        ExportFailed: there is no such folder, it may not be written, or the disk is full.
    """
    data = QBuffer()
    data.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(data, "PNG")
    with target_faults(path), replacing(path) as file:
        file.write(data.data().data())


def _wait_for_content(window: MainWindow, demo: DemoHost, options: argparse.Namespace) -> None:
    """Until the history is loaded and, in the demo, some events have come in live.

    Raises:
        BotpulseError: the database can't be shown.
    """
    waiting = _Waiting(window, _DEMO_LIVE_EVENTS if options.demo else 0)
    if options.demo:
        demo.start()
    else:
        address = first_database(options.database, Settings())
        if address is None:
            return
        window.watch(address)
    waiting.run()
    _settle()


def _settle() -> None:
    """Let the layout come to rest: it answers to events that follow the last snapshot."""
    loop = QEventLoop()
    QTimer.singleShot(_SETTLE_MS, loop.quit)
    loop.exec()


class _Waiting:
    """Runs the event loop until the window shows what it is to show: all of the history, and some live events."""

    def __init__(self, window: MainWindow, live_events: int) -> None:
        self._loop = QEventLoop()
        self._live_events = live_events
        self._began = time.time()
        self._fault: BotpulseError | None = None
        window.snapshot_shown.connect(self._note)
        window.fault_shown.connect(self._fail)

    def run(self) -> None:
        QTimer.singleShot(_LONGEST_WAIT_MS, self._loop.quit)
        self._loop.exec()
        if self._fault is not None:
            raise self._fault

    def _note(self, snapshot: Snapshot) -> None:
        live = sum(event.timestamp is not None and event.timestamp >= self._began for event in snapshot.events)
        if snapshot.condition is Condition.LIVE and snapshot.complete and live >= self._live_events:
            self._loop.quit()

    def _fail(self, fault: BotpulseError) -> None:
        self._fault = fault
        self._loop.quit()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="botpulse snapshot",
        description=_("Render the window to a PNG, without a screen."),
        epilog=epilog(_("0: the picture is there; 1: the database can't be shown, or the picture not be written")),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("out", type=Path, metavar="OUT.png", help=_("the picture to write"))
    add_view_arguments(parser)
    parser.add_argument(
        "--time-zone", type=zone_of, metavar="ZONE", help=_("such as Europe/Berlin (default: that of the preferences)")
    )
    size = size_of(_SMALLEST, _LARGEST)
    parser.add_argument(
        "--size", type=size, default=QSize(1600, 1000), metavar="WxH", help=_("in pixels (default: 1600x1000)")
    )
    parser.add_argument(
        "--scale",
        type=number_within(float, 1, 4, _("a number")),
        default=2.0,
        metavar="N",
        help=_("1 to 4 pixels to each of those (default: 2)"),
    )
    return parser
