"""The same real window as in the tests of gui."""

from __future__ import annotations

from tests.gui.conftest import _collects_between_tests, database, memory, window
from tests.waiting_qtbot import qtbot

__all__ = ["_collects_between_tests", "database", "memory", "qtbot", "window"]
