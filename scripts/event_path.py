"""Print the modules of ours whose code runs for one tracked event, from the tracking call to the painted row.

python scripts/event_path.py

A bot's tracker and a real window on its Commands page (drawn into memory) work in this process while calls are noted.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Any, Final
from zoneinfo import ZoneInfo

os.environ["QT_QPA_PLATFORM"] = "offscreen"
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

PACKAGES: Final = ("core.", "gui.", "bot_integration.", "resources.")
SETTLE_SECONDS: Final = 8.0
PAINTED_WITHIN: Final = 3.0

_noting = threading.Event()
_called: dict[str, None] = {}


def _note(frame: FrameType, event: str, _argument: Any) -> None:
    if event == "call" and _noting.is_set():
        name = frame.f_globals.get("__name__", "")
        if name.startswith(PACKAGES):
            _called.setdefault(name)


def _run_noted(thread: Any) -> None:
    sys.setprofile(_note)
    thread.exec()


def main() -> int:
    """Track one event beside an open window, and print what ran; return the exit code."""
    threading.setprofile(_note)
    sys.setprofile(_note)
    from PySide6.QtCore import QSettings

    from core.manager import AnalyticsManager
    from core.simulation.history import write_history
    from gui.app.startup import make_application
    from gui.settings import Settings
    from gui.threads.monitor import Monitor
    from gui.threads.python_thread import PythonThread
    from gui.window.main_window import MainWindow

    PythonThread.run = _run_noted  # type: ignore[assignment]
    application = make_application()
    with tempfile.TemporaryDirectory(prefix="botpulse-") as folder:
        database = Path(folder) / "analytics.db"
        write_history(database, days=2, rows=2_000)
        memory = Settings(QSettings(str(Path(folder) / "settings.ini"), QSettings.Format.IniFormat))
        window = MainWindow(memory, Monitor(ZoneInfo("UTC")), ZoneInfo("UTC"))
        window.live.show_page("commands")
        window.show()
        window.watch(database)
        with AnalyticsManager(database) as manager:
            manager.track_command("warm_up", "1")
            _work(application, SETTLE_SECONDS)
            _noting.set()
            manager.track_command("comfy", "4711", execution_time=0.4)
            _work(application, PAINTED_WITHIN)
            _noting.clear()
        window.quit()
        application.processEvents()
    print(*_called, f"{len(_called)} modules", sep="\n")
    return 0


def _work(application: Any, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        application.processEvents()
        time.sleep(0.005)


if __name__ == "__main__":
    sys.exit(main())
