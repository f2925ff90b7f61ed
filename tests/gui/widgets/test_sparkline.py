"""The sparkline paints what it is given, whatever that is."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.style.theme import apply_theme
from gui.widgets.sparkline import Sparkline
from resources.design import Theme

ABSURD = (1e308, -1e308, float("nan"), float("inf"), 3.0, 1e307)


@pytest.fixture(autouse=True)
def _dressed(qapp: QApplication) -> None:
    apply_theme(qapp, Theme.DARK)


def drawn(qtbot: QtBot, values: Sequence[float | None]) -> QImage:
    spark = Sparkline()
    qtbot.addWidget(spark)
    spark.setStyleSheet("background: #000000")
    spark.setFixedSize(spark.sizeHint())
    spark.set_values(values)
    return spark.grab().toImage()


def lit(image: QImage) -> set[tuple[int, int]]:
    """The pixels that are clearly not ground."""
    return {
        (x, y)
        for x in range(image.width())
        for y in range(image.height())
        if QColor(image.pixel(x, y)).lightness() > QColor(image.pixel(0, 0)).lightness() + 40
    }


@pytest.mark.parametrize("values", [[], [None, None], [float("nan")]])
def test_sparkline_paints_nothing_where_nothing_is_known(qtbot: QtBot, values: Sequence[float | None]) -> None:
    assert not lit(drawn(qtbot, values))


@pytest.mark.parametrize("values", [[3.0], [0.0] * 9, [5.0, 5.0], ABSURD, [1.0, None, 2.0], list(range(5000))])
def test_anything_known_is_visible_and_inside(qtbot: QtBot, values: Sequence[float | None]) -> None:
    image = drawn(qtbot, values)
    pixels = lit(image)
    assert pixels
    edge = {0, image.height() - 1}
    assert not any(y in edge for _, y in pixels)


def test_higher_values_lie_higher(qtbot: QtBot) -> None:
    pixels = lit(drawn(qtbot, [0.0, 1.0]))
    left = [y for x, y in pixels if x < 10]
    right = [y for x, y in pixels if x > 62]
    assert min(right) < min(left)


def test_a_gap_stays_empty(qtbot: QtBot) -> None:
    columns = {x for x, _ in lit(drawn(qtbot, [1.0, 2.0, None, None, None, 2.0, 1.0]))}
    assert not columns & set(range(20, 50))
