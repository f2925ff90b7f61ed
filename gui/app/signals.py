"""Ctrl-C in the terminal, and a request to terminate, end the monitor at once."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier, QTimer


@contextmanager
def ended_by_signals(end: Callable[[], object], owner: QObject) -> Iterator[None]:
    """While it lasts, signals that ask the process to end call ``end`` in Qt's event loop.

    Python runs a handler when it next runs code, and an idle window may run none for a second: so the signal also
    wakes the event loop, by a byte on a socket.
    """

    def handle(number: int, frame: FrameType | None) -> None:
        QTimer.singleShot(0, end)

    heard, told = socket.socketpair()
    heard.setblocking(False)
    told.setblocking(False)
    notifier = QSocketNotifier(heard.fileno(), QSocketNotifier.Type.Read, owner)
    notifier.activated.connect(lambda: heard.recv(64))
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]
    handlers = {number: signal.signal(number, handle) for number in numbers}
    woken = signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(woken)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        notifier.setEnabled(False)
        heard.close()
        told.close()
