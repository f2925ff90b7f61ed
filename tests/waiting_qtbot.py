"""pytest-qt's bot that waits longer: a busy machine takes its time, and a test that waits must not take sides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

WAIT_MS: Final = 30_000


class WaitingQtBot(QtBot):
    """Waits longer before it gives up; what comes in time comes as fast as ever."""

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = WAIT_MS) -> None:
        super().waitUntil(callback, timeout=max(timeout, WAIT_MS))

    def waitSignal(self, signal: Any, *, timeout: int = WAIT_MS, **options: Any) -> Any:
        return super().waitSignal(signal, timeout=timeout, **options)

    def waitSignals(self, signals: list[Any], *, timeout: int = WAIT_MS, **options: Any) -> Any:
        return super().waitSignals(signals, timeout=timeout, **options)


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    """In place of the plugin's."""
    return WaitingQtBot(request)
