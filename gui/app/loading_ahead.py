"""Loads what the other pages are made of once the first one shows something: turning to them is quick from then on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import Qt, QTimer

from gui.pages.registry import pages
from gui.window.main_window import MainWindow

_SOON_MS = 200
"""After the first snapshot is shown: it is painted by then."""


@contextmanager
def other_pages_loaded(window: MainWindow) -> Iterator[None]:
    """Load them beside the window, in a thread that lets the window paint whenever it wants to."""
    thread = threading.Thread(target=_load, name="botpulse-pages", daemon=True)
    soon = QTimer(window, singleShot=True, interval=_SOON_MS)
    soon.timeout.connect(thread.start)
    window.snapshot_shown.connect(lambda _snapshot: soon.start(), Qt.ConnectionType.SingleShotConnection)
    try:
        yield
    finally:
        soon.stop()
        if thread.ident is not None:
            thread.join()


def _load() -> None:
    for page in pages():
        page.load()
