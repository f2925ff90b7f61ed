"""Python's unreachable cycles are collected in the window's thread only.

Python collects in whichever thread happens to allocate. A widget that is part of a cycle would then be destroyed in the
thread of the monitor or of a table, where Qt must not touch it: the process would end there.
"""

from __future__ import annotations

import gc
from typing import Final

from PySide6.QtCore import QObject, QTimer

INTERVAL_MS: Final = 500


class GarbageCollector(QObject):
    """Takes the place of the automatic collection for as long as it lives; it belongs to the window's thread.

    It keeps to Python's own thresholds, looked at every :data:`INTERVAL_MS`.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._was_automatic = gc.isenabled()
        gc.disable()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.collect)
        self._timer.start(INTERVAL_MS)

    def stop(self) -> None:
        """Let Python collect by itself again. It may be called twice."""
        self._timer.stop()
        if self._was_automatic:
            gc.enable()

    def collect(self) -> None:
        """Collect the oldest generation that is due, if one is."""
        due = [
            n for n, (count, most) in enumerate(zip(gc.get_count(), gc.get_threshold(), strict=True)) if count > most
        ]
        if due:
            gc.collect(due[-1])
