"""What the light beside the database's name says of a silence, in whatever language."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from core.alarms.verdict import Cause, Verdict
from gui.widgets import live_light
from gui.window.main_window import MainWindow
from tests.core import deployed
from tests.gui.windows import watch


@pytest.mark.parametrize("translated", [str, "[{}]".format])
def test_a_silence_that_is_usual_is_told_as_that(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, translated: Callable[[str], str]
) -> None:
    path = deployed.create(tmp_path / "analytics.db")
    deployed.fill(path, commands=3, images=0, step=10)
    monkeypatch.setattr(live_light, "_", translated)
    watch(qtbot, window, path)
    window.live.note_verdict(Verdict(Cause.UNASKED, "Quiet, which is usual"))
    window.live.tick(time.time() + 3_600)
    assert [label.text() for label in window.live.top.light.findChildren(QLabel)] == ["Quiet, which is usual"]
