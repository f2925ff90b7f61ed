"""The same real window as in the tests of gui, and the whole chain before it."""

from __future__ import annotations

from tests.e2e.chain import anna, bot, comfyui, discord, path, studio
from tests.gui.conftest import _collects_between_tests, database, memory, window
from tests.waiting_qtbot import qtbot

__all__ = [
    "_collects_between_tests",
    "anna",
    "bot",
    "comfyui",
    "database",
    "discord",
    "memory",
    "path",
    "qtbot",
    "studio",
    "window",
]
