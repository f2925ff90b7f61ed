from __future__ import annotations

import subprocess
import sys

import pytest

from gui.app.text_size import factor_for
from gui.style.appearance import TextSize
from tests.gui.windows import ROOT, environment

MADE = """
import os, sys
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication
from gui.app import text_size
from gui.style.appearance import TextSize

if len(sys.argv) > 2:
    def font(_app, points=float(sys.argv[2])):
        large = QFont("Inter")
        large.setPointSizeF(points)
        return large
    text_size.QApplication.font = font
app = text_size.made_as_large(TextSize(sys.argv[1]))
print(app.primaryScreen().devicePixelRatio(), os.environ.get("QT_SCALE_FACTOR"))
"""


def made(*arguments: str, **changed: str | None) -> list[str]:
    """How many pixels a logical one has in an application of a size, and what its children inherit."""
    run = subprocess.run(
        [sys.executable, "-c", MADE, *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment(**changed),
        check=True,
    )
    return run.stdout.split()


@pytest.mark.parametrize(
    ("points", "platform", "factor"),
    [
        *((points, "linux", 1.0) for points in (8.0, 9.0, 10.0, 11.0)),
        (13.0, "linux", 1.3),
        (16.0, "linux", 1.6),
        (48.0, "linux", 2.0),
        (9.0, "win32", 1.0),
        (11.25, "win32", 1.25),
        (13.0, "darwin", 1.0),
        (-1.0, "linux", 1.0),
    ],
)
def test_ordinary_text_is_as_designed_and_larger_text_is_followed(points: float, platform: str, factor: float) -> None:
    assert factor_for(points, platform) == factor


@pytest.mark.parametrize(
    ("size", "ratio"), [(TextSize.PLAIN, "1.0"), (TextSize.LARGE, "1.5"), (TextSize.SYSTEM, "1.0")]
)
def test_everything_is_drawn_as_large_as_chosen(size: TextSize, ratio: str) -> None:
    assert made(size.value, QT_SCALE_FACTOR=None) == [ratio, "None"]


@pytest.mark.slow
def test_a_system_with_large_text_is_followed() -> None:
    factor = "1.67" if sys.platform == "win32" else "1.5"  # 9 points are usual there, 10 on Linux
    assert made(TextSize.SYSTEM.value, "15", QT_SCALE_FACTOR=None) == [factor, "None"]


@pytest.mark.slow
def test_who_starts_it_may_say_how_large() -> None:
    assert made(TextSize.LARGE.value, QT_SCALE_FACTOR="2") == ["2.0", "2"]
