"""The histogram as the host meets it: real mouse and keys on a real widget."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.charts.specs import Histogram, Ink, Layer, Opens
from core.filters import Field, Filter, Term
from gui.plots.histogram.plot import HistogramPlot
from tests.gui.shown_plots import DARK, shown

EDGES = tuple(2.0**place for place in range(-3, 8))
IMAGES = Layer("images", (0, 1, 10, 40, 100, 60, 20, 5, 0, 1), Ink.SERIES_1, Opens("images", Filter.of(kind="image")))
VIDEOS = Layer("videos", (0, 0, 0, 0, 10, 30, 60, 20, 4, 0), Ink.SERIES_3, Opens("images", Filter.of(kind="video")))


def chart(*layers: Layer, **more: object) -> Histogram:
    fields = {
        "edges": EDGES,
        "markers": ((3.0, "p50 3.0 s"), (9.0, "p95 9.0 s")),
        "value": "images",
        "summary": "361 images.",
    }
    return Histogram("Generation time", "images by how long they took", layers=layers, **(fields | more))  # type: ignore[arg-type]


@pytest.fixture
def plot(qtbot: QtBot) -> Iterator[HistogramPlot]:
    yield from shown(qtbot, HistogramPlot(), chart(IMAGES, VIDEOS), 600, 320)


def point(plot: HistogramPlot, index: int, count: float = 2.0) -> QPoint:
    """Where a class has so many."""
    column = plot.canvas.column(index)
    return QPointF(column.center().x(), column.bottom() - count / 150 * column.height()).toPoint()


def hover(plot: HistogramPlot, index: int, count: float = 2.0) -> None:
    QTest.mouseMove(plot.canvas, point(plot, index, count) + QPoint(2, 0))
    QTest.mouseMove(plot.canvas, point(plot, index, count))


def key(plot: HistogramPlot, *keys: Qt.Key) -> None:
    plot.canvas.setFocus()
    for one in keys:
        QTest.keyClick(plot.canvas, one)


def words(plot: HistogramPlot) -> str:
    assert plot.reading is not None
    return str(plot.reading).replace("\N{NO-BREAK SPACE}", " ")


def limits(index: int) -> tuple[Term, Term]:
    return Term(Field.SLOWER, EDGES[index]), Term(Field.FASTER, EDGES[index + 1])


def columns_of(plot: HistogramPlot, color: str) -> set[int]:
    image, wanted = plot.canvas.grab().toImage(), QColor(color).rgb()
    return {x for x in range(image.width()) for y in range(image.height()) if image.pixel(x, y) == wanted}


def test_the_crosshair_reads_a_class(plot: HistogramPlot) -> None:
    assert plot.reading is None
    hover(plot, 5, 140)
    assert words(plot) == "4.00 – 8.00 s; images 60; videos 30; total 90, 24.9 %"
    assert plot.canvas.accessibleDescription() == "361 images."
    QTest.mouseMove(plot.canvas, QPoint(2, 60))
    assert plot.reading is None


def test_single_layer_needs_no_legend_and_no_total(plot: HistogramPlot) -> None:
    plot.show_chart(chart(IMAGES))
    assert plot.legend == ()
    hover(plot, 3)
    assert words(plot) == "1.00 – 2.00 s; images 40, 16.9 %"


def test_keys_go_through_classes_and_layers(plot: HistogramPlot) -> None:
    key(plot, Qt.Key.Key_Home, Qt.Key.Key_Right)
    assert words(plot).startswith("0.25 – 0.50 s")
    key(plot, Qt.Key.Key_End, Qt.Key.Key_Right)
    assert words(plot).startswith("64.0 s – 2 min 08 s")
    key(plot, Qt.Key.Key_Left, Qt.Key.Key_Down, Qt.Key.Key_Down)
    assert words(plot) == "32.0 – 64.0 s; videos 4"
    key(plot, Qt.Key.Key_Up)
    assert words(plot) == "32.0 – 64.0 s; images 0"
    key(plot, Qt.Key.Key_Escape)
    assert plot.reading is None


def test_a_click_opens_the_rows_of_the_layer_under_the_mouse(plot: HistogramPlot, qtbot: QtBot) -> None:
    images, videos = (Filter.of(kind=kind).plus(*limits(5)) for kind in ("image", "video"))
    for count, expected in ((20, images), (75, videos), (140, Filter().plus(*limits(5)))):
        with qtbot.waitSignal(plot.rows_requested) as caught:
            QTest.mouseClick(plot.canvas, Qt.MouseButton.LeftButton, pos=point(plot, 5, count))
        assert caught.args == ["images", expected]


def test_enter_opens_the_rows_of_the_chosen_layer(plot: HistogramPlot, qtbot: QtBot) -> None:
    key(plot, Qt.Key.Key_Home)
    with qtbot.waitSignal(plot.rows_requested) as caught:
        key(plot, Qt.Key.Key_Return)
    assert caught.args == ["images", Filter().plus(*limits(0))]
    with qtbot.waitSignal(plot.rows_requested) as caught:
        key(plot, Qt.Key.Key_Down, Qt.Key.Key_Return)
    assert caught.args == ["images", Filter.of(kind="image").plus(*limits(0))]


def test_without_rows_a_click_does_nothing(plot: HistogramPlot, qtbot: QtBot) -> None:
    plot.show_chart(chart(Layer("images", IMAGES.counts, Ink.SERIES_1)))
    with qtbot.assertNotEmitted(plot.rows_requested):
        QTest.mouseClick(plot.canvas, Qt.MouseButton.LeftButton, pos=point(plot, 5))
        key(plot, Qt.Key.Key_Return)


def test_single_image_among_thousands_is_seen_and_can_be_clicked(plot: HistogramPlot, qtbot: QtBot) -> None:
    many = Layer("images", (0, 90_000, *[0] * 7, 1), Ink.SERIES_1, IMAGES.opens)
    plot.show_chart(chart(many, VIDEOS))
    last = plot.canvas.column(9)
    assert any(last.left() <= x <= last.right() for x in columns_of(plot, DARK.ink("series_1")))
    with qtbot.waitSignal(plot.rows_requested) as caught:
        QTest.mouseClick(
            plot.canvas, Qt.MouseButton.LeftButton, pos=QPointF(last.center().x(), last.bottom() - 2).toPoint()
        )
    assert caught.args == ["images", Filter.of(kind="image").plus(*limits(9))]


def test_the_legend_hides_shows_alone_and_filters(plot: HistogramPlot, qtbot: QtBot) -> None:
    images, videos = plot.legend
    with qtbot.waitSignal(plot.series_toggled) as caught:
        QTest.mouseClick(images, Qt.MouseButton.LeftButton)
    assert caught.args == ["images", False]
    assert not columns_of(plot, DARK.ink("series_1"))
    hover(plot, 5, 145)
    assert words(plot).endswith("total 30, 24.2 %")
    QTest.mouseClick(images, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier)
    assert plot.hidden_series == {"videos"}
    QTest.mouseClick(images, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier)
    assert plot.hidden_series == frozenset()
    with qtbot.waitSignal(plot.filter_requested) as caught:
        videos.menu().actions()[-1].trigger()
    assert caught.args == [Filter.of(kind="video")]


def test_the_axis_begins_at_zero_and_names_round_durations(plot: HistogramPlot) -> None:
    plane = plot.canvas.plane
    assert plane.start == math.log10(EDGES[0])
    assert plot.canvas.class_at(plane.x(math.log10(3.0))) == 4
    assert plot.canvas.class_at(plane.area.left() - 1) is None


def test_a_refresh_keeps_the_keyboards_durations(plot: HistogramPlot) -> None:
    key(plot, Qt.Key.Key_Home, Qt.Key.Key_Right, Qt.Key.Key_Right)
    assert words(plot).startswith("0.50 – 1.00 s")
    counts = IMAGES.counts[1:]
    plot.show_chart(chart(Layer("images", counts, Ink.SERIES_1), edges=EDGES[1:]))
    assert words(plot) == "0.50 – 1.00 s; images 10, 4.2 %"


def test_an_empty_one_says_so_and_ignores_mouse_and_keys(plot: HistogramPlot, qtbot: QtBot) -> None:
    before = plot.canvas.grab().toImage()
    plot.show_chart(chart(edges=(), markers=(), empty="No times are known."))
    assert plot.canvas.grab().toImage() != before
    with qtbot.assertNotEmitted(plot.rows_requested):
        key(plot, Qt.Key.Key_Home, Qt.Key.Key_Return, Qt.Key.Key_Down)
        QTest.mouseClick(plot.canvas, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    assert plot.reading is None
    assert plot.menu.show_table() is None
    plot.show_chart(chart(IMAGES))
    hover(plot, 3)
    assert plot.reading is not None


def test_absurd_charts_are_shown_calmly(plot: HistogramPlot, capfd: pytest.CaptureFixture[str]) -> None:
    names = ("x" * 200_000, "<img src=file:x>", "أمر", "🦊" * 300)
    layers = [Layer(name, (10**12,), Ink.SERIES_2) for name in names]
    plot.show_chart(chart(*layers, edges=(1e-9, 1e12), markers=((0.0, "a"), (-1.0, "b"), (5.0, "x" * 5_000))))
    hover(plot, 0)
    assert plot.width() < 650
    assert len(words(plot)) < 400
    for size in ((1, 1), (160, 96), (600, 320)):
        plot.window().resize(*size)
        assert not plot.grab().isNull()
    assert capfd.readouterr() == ("", "")


def test_tab_leaves_and_takes_the_crosshair_away(plot: HistogramPlot) -> None:
    plot.setFocus()
    assert QApplication.focusWidget() is plot.canvas
    key(plot, Qt.Key.Key_End)
    QTest.keyClick(plot.canvas, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is plot.legend[0]
    assert plot.reading is None


def test_patterns_are_drawn_when_asked_for(plot: HistogramPlot) -> None:
    plain = plot.canvas.grab().toImage()
    plot.patterns.choose(True)
    assert plot.canvas.grab().toImage() != plain
    plot.patterns.choose(None)
    assert plot.canvas.grab().toImage() == plain


def test_percentiles_are_those_of_what_is_shown(plot: HistogramPlot) -> None:
    images = replace(IMAGES, markers=((3.0, "p50 of images 3.0 s"),))
    videos = replace(VIDEOS, markers=((20.0, "p50 of videos 20.0 s"),))
    plot.show_chart(chart(images, videos, markers=()))
    assert plot.canvas.marked == ("p50 of images 3.0 s",)
    image_button, video_button = plot.legend
    before = plot.canvas.grab().toImage()
    QTest.mouseClick(image_button, Qt.MouseButton.LeftButton)
    assert plot.canvas.marked == ("p50 of videos 20.0 s",)
    QTest.mouseClick(video_button, Qt.MouseButton.LeftButton)
    assert plot.canvas.marked == ()
    QTest.mouseClick(image_button, Qt.MouseButton.LeftButton)
    QTest.mouseClick(video_button, Qt.MouseButton.LeftButton)
    assert plot.canvas.grab().toImage() == before
