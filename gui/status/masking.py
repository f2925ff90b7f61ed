"""Whether prompts are hidden at the moment; everything that shows, copies or exports them asks here."""

from __future__ import annotations

import time
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

REVEAL_SECONDS: Final = 30
"""How long prompts are shown for a while."""

_TICK_MS: Final = 250


class Masking(QObject):
    """Hides prompts on request, and shows them for a while on another.

    Attributes:
        chosen: whether the host wants prompts masked, a reveal notwithstanding.

    Signals:
        changed(bool): prompts are masked, or shown, from now on: draw them anew.
    """

    changed = Signal(bool)

    def __init__(self, parent: QObject | None = None, *, chosen: bool = False) -> None:
        super().__init__(parent)
        self.chosen = chosen
        self._until: tuple[float, float] | None = None
        """When the reveal ends by the steady clock and by the wall clock, which goes on while the machine sleeps."""
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)

    @property
    def masked(self) -> bool:
        """Whether prompts are hidden at this moment."""
        return self.chosen and not self.revealing

    @property
    def revealing(self) -> bool:
        """Whether hidden prompts are shown for a while."""
        return self._left() > 0

    def choose(self, chosen: bool) -> None:
        """Mask prompts, or show them until told otherwise; both end a reveal."""
        before, self.chosen = self.chosen and self._until is None, chosen
        self._end_reveal()
        if chosen is not before:
            self.changed.emit(chosen)

    def reveal_for(self, seconds: float = REVEAL_SECONDS) -> None:
        """Show masked prompts for so many seconds from now on. Where nothing is masked, nothing happens."""
        if not self.chosen or seconds <= 0:
            return
        before = self._until is None
        self._until = time.monotonic() + seconds, time.time() + seconds
        self._timer.start()
        if before:
            self.changed.emit(False)

    def hide_now(self) -> None:
        """End a reveal before its time: the window was hidden, say."""
        if self._until is not None:
            self._end_reveal()
            self.changed.emit(self.masked)

    def _tick(self) -> None:
        if not self.revealing:
            self.hide_now()

    def _left(self) -> float:
        if self._until is None:
            return 0.0
        steady, wall = self._until
        return min(steady - time.monotonic(), wall - time.time())

    def _end_reveal(self) -> None:
        self._timer.stop()
        self._until = None
