"""The same real window as in the tests of gui."""

from __future__ import annotations

from tests.gui.conftest import database, memory, window

__all__ = ["database", "memory", "window"]
