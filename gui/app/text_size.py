"""How large everything is drawn: as the host chose, or in step with the text of the system.

Qt scales the whole window, so that nothing is cut; it must know how much before there is an application.
"""

from __future__ import annotations

import os
import sys
from typing import Final

from PySide6.QtWidgets import QApplication

from gui.style.appearance import TextSize

_FACTOR: Final = "QT_SCALE_FACTOR"
_ORDINARY: Final = {"win32": (9.0, 10.0), "darwin": (13.0, 14.0)}
"""The points of a system's text as it comes, and up to where that is nothing special."""

_ELSEWHERE: Final = (10.0, 11.5)
_MOST: Final = 2.0


def factor_for(points: float, platform: str = sys.platform) -> float:
    """Return how much larger than ordinary a system's text of so many points is, 1 to 2."""
    ordinary, still_ordinary = _ORDINARY.get(platform, _ELSEWHERE)
    return 1.0 if points <= still_ordinary else min(round(points / ordinary, 2), _MOST)


def made_as_large(size: TextSize) -> QApplication:
    """Make the application, or return the one that is there, which stays as large as it is."""
    there = QApplication.instance()
    if isinstance(there, QApplication):
        return there
    if os.environ.get(_FACTOR):
        return _make()  # who starts it has said so already
    if size.factor is not None:
        return _make(size.factor)
    app = _make()
    factor = factor_for(app.font().pointSizeF())
    if factor == 1:
        return app
    app.shutdown()
    return _make(factor)


def _make(factor: float = 1.0) -> QApplication:
    """What is started from the window, a file manager say, is to be as large as ever: the factor does not stay set."""
    if factor != 1:
        os.environ[_FACTOR] = f"{factor:g}"
    try:
        return QApplication(["botpulse"])
    finally:
        if factor != 1:
            del os.environ[_FACTOR]
