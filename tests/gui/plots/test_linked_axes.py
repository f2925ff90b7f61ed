"""Plots that share their time: what is done with one of them by mouse and keys, the others follow."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from core.charts.specs import Chart, Ink, Mark, Series
from core.time_ranges import TimeRange
from gui.plots.scatter.plot import ScatterPlot
from gui.plots.time_series.linked_axes import LinkedTimeAxes
from gui.plots.time_series.plot import TimeSeriesPlot
from resources.design import Theme, palette
from tests.gui.plot_samples import EDGES, HALF_HOUR, ladder, over_time

DARK = palette(Theme.DARK)


class Page(QWidget):
    """Two plots above each other."""

    def __init__(self) -> None:
        super().__init__()
        self.setStyleSheet(f"background: {DARK.surface}")
        self.series, self.points = TimeSeriesPlot(), ScatterPlot()
        column = QVBoxLayout(self)
        for plot, chart in ((self.series, over_time()), (self.points, ladder())):
            column.addWidget(plot)
            plot.set_palette(DARK)
            plot.show_chart(chart)  # type: ignore[arg-type]
        self.links = LinkedTimeAxes((self.series, self.points), self)


@pytest.fixture
def page(qtbot: QtBot) -> Iterator[Page]:
    window = Page()
    qtbot.addWidget(window)
    window.resize(800, 600)
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    yield window


def wheel(plot: TimeSeriesPlot | ScatterPlot, notches: int, share: float = 0.5) -> None:
    viewport, area = plot.canvas.viewport(), plot.canvas.plane.area
    at = QPointF(area.left() + share * area.width(), area.center().y())
    event = QWheelEvent(
        at, viewport.mapToGlobal(at), QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(viewport, event)


def test_zoom_and_pan_are_followed_both_ways(page: Page) -> None:
    wheel(page.series, 5)
    assert page.series.zoom.zoomed
    assert page.points.zoom.view == page.series.zoom.view
    page.points.canvas.setFocus()
    QTest.keyClick(page.points.canvas, Qt.Key.Key_Plus)
    assert page.series.zoom.view == page.points.zoom.view
    QTest.keyClick(page.points.canvas, Qt.Key.Key_0)
    assert not page.series.zoom.zoomed and not page.points.zoom.zoomed


def test_a_flood_of_zooms_is_told_once_with_its_end(page: Page, qtbot: QtBot) -> None:
    told: list[TimeRange | None] = []
    page.links.view_changed.connect(told.append)
    for _ in range(8):
        wheel(page.series, 1)
    assert told == []
    qtbot.waitUntil(lambda: bool(told))
    assert told == [page.series.zoom.view]
    page.links.reset()
    qtbot.waitUntil(lambda: len(told) == 2)
    assert told[1] is None


def test_a_zoom_that_is_taken_back_at_once_is_not_told(page: Page, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(page.links.view_changed, wait=250):
        wheel(page.series, 3)
        page.links.reset()


def test_the_mouses_crosshair_is_followed_and_goes_with_it(page: Page) -> None:
    area = page.series.canvas.plane.area
    QTest.mouseMove(page.series.canvas.viewport(), QPoint(int(area.center().x()), int(area.center().y())))
    assert page.series.reading is not None and page.points.reading is not None
    assert page.series.reading.span == page.points.reading.span
    assert [row.name for row in page.points.reading.rows] == ["p50", "p95"]
    QTest.mouseMove(page.series.canvas.viewport(), QPoint(3, 3))
    assert page.points.reading is None


def test_the_keyboards_crosshair_is_followed_and_goes_with_it(page: Page) -> None:
    page.series.canvas.setFocus()
    QTest.keyClick(page.series.canvas, Qt.Key.Key_End)
    QTest.keyClick(page.series.canvas, Qt.Key.Key_Left)
    assert page.points.reading is not None and page.series.reading is not None
    assert page.points.reading.span == page.series.reading.span
    QTest.keyClick(page.series.canvas, Qt.Key.Key_Escape)
    assert page.points.reading is None
    page.points.canvas.setFocus()
    QTest.keyClick(page.points.canvas, Qt.Key.Key_Home)
    assert page.series.reading is not None and page.series.reading.span.startswith("Mon 23")


def test_zooming_out_of_the_whole_range_asks_for_a_wider_one(page: Page, qtbot: QtBot) -> None:
    page.series.canvas.setFocus()
    with qtbot.waitSignal(page.links.zoomed_out):
        QTest.keyClick(page.series.canvas, Qt.Key.Key_Minus)
    QTest.keyClick(page.series.canvas, Qt.Key.Key_Plus)
    with qtbot.assertNotEmitted(page.links.zoomed_out):
        QTest.keyClick(page.series.canvas, Qt.Key.Key_Minus)


def test_the_wheel_asks_once_a_turn_and_not_right_after_a_zoom(page: Page, qtbot: QtBot) -> None:
    asked: list[bool] = []
    page.links.zoomed_out.connect(lambda: asked.append(True))
    wheel(page.points, -1)
    assert asked == []  # one notch too many asks for nothing
    for _ in range(6):
        wheel(page.points, -1)
    assert len(asked) == 1
    wheel(page.points, 2)
    for _ in range(6):
        wheel(page.points, -1)
    assert len(asked) == 1  # the turn that came back to the whole range goes no further


def test_a_double_click_goes_back_and_opens_nothing(page: Page, qtbot: QtBot) -> None:
    navigator = page.series.zoom
    assert navigator is not None
    wheel(page.series, 5)
    centre = page.series.canvas.plane.area.center().toPoint()
    with qtbot.assertNotEmitted(navigator.clicked, wait=QApplication.doubleClickInterval() + 50):
        QTest.mouseClick(page.series.canvas.viewport(), Qt.MouseButton.LeftButton, pos=centre)
        QTest.mouseDClick(page.series.canvas.viewport(), Qt.MouseButton.LeftButton, pos=centre)
    assert not page.series.zoom.zoomed


def test_a_drag_is_no_click(page: Page, qtbot: QtBot) -> None:
    navigator = page.series.zoom
    assert navigator is not None
    wheel(page.series, 5)
    viewport, centre = page.series.canvas.viewport(), page.series.canvas.plane.area.center().toPoint()
    with qtbot.assertNotEmitted(navigator.clicked, wait=QApplication.doubleClickInterval() + 50):
        QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=centre)
        for x in (20, 60, 90, 0):
            QTest.mouseMove(viewport, centre + QPoint(x, 0))
        QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=centre)


def spliced() -> Chart:
    """Half hours, with minutes in the place of those from the 20th to the 22nd; a minute holds 2, half an hour 60."""
    inside = [EDGES[20] + 60.0 * minute for minute in range(61)]
    edges = (
        tuple(edge for edge in EDGES if edge < inside[0]) + tuple(inside) + tuple(e for e in EDGES if e > inside[-1])
    )
    values = tuple(2.0 if later - edge < 100 else 60.0 for edge, later in pairwise(edges))
    return over_time(edges=edges, series=(Series("comfy", values, Mark.BAR, Ink.SERIES_1),), right=None)


def test_finer_buckets_inside_a_zoom_are_drawn_from_edge_to_edge(page: Page) -> None:
    plot, chart = page.series, spliced()
    plot.show_chart(chart)
    plot.zoom.show(TimeRange(EDGES[20] - 60.0, EDGES[22] + 60.0))
    image = plot.canvas.grab().toImage()
    plane, ratio = plot.canvas.plane, image.devicePixelRatio()
    row = round((plane.area.bottom() - 2) * ratio)
    wanted = QColor(DARK.ink(Ink.SERIES_1)).rgb()
    for edge, later in pairwise(chart.edges[20:81]):
        left, right = round(plane.x(edge)), round(plane.x(later))
        inked = [x for x in range(left, right) if image.pixel(round(x * ratio), row) == wanted]
        assert inked and min(inked) == left and max(inked) in (right - 1, right - 2)


def test_the_axis_is_that_of_the_buckets_that_are_seen(page: Page) -> None:
    page.series.show_chart(spliced())
    page.series.zoom.show(TimeRange(EDGES[20], EDGES[22]))
    top = page.series.canvas.value_y(2.0, right=False)
    area = page.series.canvas.plane.area
    assert (area.bottom() - top) / area.height() > 0.3  # minutes of 2 beside half hours of 60 are no flat line
    page.links.reset()
    assert page.series.canvas.value_y(60.0, right=False) > area.top()


def test_a_closer_look_allows_a_closer_zoom(page: Page) -> None:
    page.series.canvas.setFocus()

    def closest() -> float:
        for _ in range(30):
            wheel(page.series, 3, share=0.43)
        view = page.series.zoom.view
        return view.end - view.start

    assert closest() == pytest.approx(3 * HALF_HOUR)
    page.series.show_chart(spliced())
    assert closest() == pytest.approx(180.0)
    assert EDGES[20] - HALF_HOUR < page.series.zoom.view.start < EDGES[22]
