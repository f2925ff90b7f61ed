"""What our Qt binding must not do. PySide6 6.12.0 did, and on Python 3.11 ended the process after some minutes."""

from __future__ import annotations

import sys

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

CALLS = 1_000
NOISE = CALLS // 10


class Sender(QObject):
    sent = Signal(object)


def test_calls_that_return_nothing_leave_the_reference_counts_alone(qapp: QApplication) -> None:
    sender, timer = Sender(), QTimer()
    sender.sent.connect(lambda _value: None)
    before = sys.getrefcount(None), sys.getrefcount(True)
    for _ in range(CALLS):
        sender.sent.emit(1)
        timer.start(1000)
    timer.stop()
    after = sys.getrefcount(None), sys.getrefcount(True)
    assert abs(after[0] - before[0]) < NOISE
    assert abs(after[1] - before[1]) < NOISE
