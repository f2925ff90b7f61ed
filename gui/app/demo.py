"""The demo: a simulated bot in a process of its own, writing to a database of its own."""

from __future__ import annotations

import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QProcess, QTimer, Signal

from core.errors import BotpulseError
from core.storage import rollup_files
from core.storage.location import locate
from core.text.translation import gettext as _
from core.time_ranges import DAY
from core.worker.frozen import is_frozen
from gui.window.main_window import MainWindow

_DAYS: Final = 16
_RATE: Final = 0.12
"""Events a second, in the past as well as live: a busier present would dwarf the demo's own history."""

_POLL_MS: Final = 50
_END_MS: Final = 3_000


class DemoFailed(BotpulseError):
    """The simulated bot could not be started, or ended before there was anything to see."""

    title = _("The demo could not be started")
    what_happened = _("The simulated bot runs as a process of its own, and that process did not start.")
    what_is_safe = _("Nothing of yours was touched: the demo has a folder of its own.")
    what_to_do = _("Try it again, or open a database. The details say what the process reported.")


class Demo(QObject):
    """Runs the simulated bot until :meth:`stop`; it also ends by itself when this process does.

    Attributes:
        path: its database, in a folder that goes with it.

    Signals:
        ready(Path): the database is there to be opened.
        failed(DemoFailed): the bot could not be started, or ended at once.
    """

    ready = Signal(object)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = tempfile.TemporaryDirectory(prefix="botpulse-demo-", ignore_cleanup_errors=True)
        self.path = Path(self._folder.name) / "demo.db"
        self._process = QProcess(self)
        program, first = _store_command()
        self._process.setProgram(program)
        rows = round(_DAYS * DAY * _RATE)
        arguments = ["simulate", str(self.path), "--days", f"{_DAYS}", "--rows", f"{rows}", "--rate", f"{_RATE}"]
        self._process.setArguments([*first, *arguments, "--until-stdin-ends"])
        self._process.setWorkingDirectory(str(Path(__file__).resolve().parents[2]))
        self._process.setStandardOutputFile(QProcess.nullDevice())
        self._process.errorOccurred.connect(lambda _error: self._fail(self._process.errorString()))
        self._process.finished.connect(
            lambda code: self._fail(self._last_words() or _("exit code {code}").format(code=code))
        )
        self._waiting = QTimer(self)
        self._waiting.setInterval(_POLL_MS)
        self._waiting.timeout.connect(self._look)

    def start(self) -> None:
        """Start the bot; :attr:`ready` follows once its database is there."""
        self._waiting.start()
        self._process.start()

    def stop(self) -> None:
        """End the bot and remove its database. It may be called twice."""
        self._waiting.stop()
        if self._process.state() is not QProcess.ProcessState.NotRunning:
            self._process.closeWriteChannel()
            if not self._process.waitForFinished(_END_MS):
                self._process.kill()
                self._process.waitForFinished(_END_MS)
        rollup_files.forget(locate(self.path))
        with suppress(OSError):  # Python 3.13 does not ignore every error: what it can't alter on its way, either
            self._folder.cleanup()

    def _fail(self, reason: str) -> None:
        """Only while it is awaited: a bot that ends later leaves its database to be looked at."""
        if self._waiting.isActive():
            self._waiting.stop()
            self.failed.emit(DemoFailed(_("the simulated bot"), reason))

    def _last_words(self) -> str:
        lines = bytes(self._process.readAllStandardError().data()).decode(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    def _look(self) -> None:
        if self.path.exists():
            self._waiting.stop()
            self.ready.emit(self.path)


def _store_command() -> tuple[str, list[str]]:
    """What ``botpulse-db`` is here: a program and its first arguments. A packaged one lies beside the window's."""
    if not is_frozen():
        return sys.executable, ["-m", "core.cli.main"]
    beside = Path(sys.executable)
    return str(beside.with_name(f"botpulse-db{beside.suffix}")), []


class DemoHost:
    """Starts the demo when the window asks for it, and ends it with the window."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._demo: Demo | None = None
        self._ended: list[Demo] = []
        window.demo_requested.connect(self.start)
        window.closed.connect(self.stop)

    def start(self) -> None:
        """Start the simulated bot, and watch it once its database is there."""
        self.stop()
        self._demo = Demo(self._window)
        self._demo.ready.connect(lambda path: self._window.watch(path, title=_("Demo"), remember=False))
        self._demo.failed.connect(self._window.show_problem)
        self._demo.start()

    def stop(self) -> None:
        """End it. It may be called twice.

        Windows removes no file that is read: the folder of a demo that the window still shows goes with the next call.
        """
        if self._demo is not None:
            self._ended.append(self._demo)
            self._demo = None
        for demo in self._ended:
            demo.stop()
        self._ended = [demo for demo in self._ended if demo.path.parent.exists()]
