"""A chart of a day, and mouse, wheel and keys over its plot."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.charts.specs import Chart, Ink, Mark, Series, Unit
from gui.plots.time_series.plot import TimeSeriesPlot
from resources.design import Theme, palette

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 11, 23, 8, tzinfo=BERLIN).timestamp()
HALF_HOUR = 1800.0
DARK = palette(Theme.DARK)
LONG = "x" * 10_000


def day(shift: int = 0, **more: object) -> Chart:
    """24 hours in half hours; every value tells its bucket."""
    edges = tuple(START + HALF_HOUR * (i + shift) for i in range(49))
    series = (
        Series("comfy", tuple(float(10 + i) for i in range(48)), Mark.BAR, Ink.SERIES_1),
        Series("failed", tuple(1.0 for _ in range(48)), Mark.BAR, Ink.BAD),
        Series("p50", tuple(None if 10 <= i < 20 else 12.5 for i in range(48)), Mark.LINE, Ink.SERIES_2, right=True),
    )
    chart = {"edges": edges, "series": series, "right": Unit.SECONDS, "summary": "2,000 commands.", **more}
    return Chart("Commands", "per 30 min", zone=BERLIN, **chart)  # type: ignore[arg-type]


def point(plot: TimeSeriesPlot, bucket: float, height: float = 0.5) -> QPoint:
    """Where a bucket's middle lies on the canvas' viewport."""
    plane = plot.canvas.plane
    x = plane.x(START + HALF_HOUR * (bucket + 0.5))
    return QPointF(x, plane.area.top() + plane.area.height() * height).toPoint()


def hover(plot: TimeSeriesPlot, bucket: float) -> None:
    QTest.mouseMove(plot.canvas.viewport(), point(plot, bucket + 0.2))
    QTest.mouseMove(plot.canvas.viewport(), point(plot, bucket))


def wheel(plot: TimeSeriesPlot, bucket: float, notches: int, sideways: int = 0) -> None:
    at = QPointF(point(plot, bucket))
    viewport = plot.canvas.viewport()
    delta = QPoint(120 * sideways, 120 * notches)
    event = QWheelEvent(
        at, viewport.mapToGlobal(at), QPoint(), delta, Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(viewport, event)


def drag(plot: TimeSeriesPlot, start: float, end: float, shift: bool = False) -> None:
    viewport = plot.canvas.viewport()
    modifier = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
    first, last = point(plot, start), point(plot, end)
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, modifier, first)
    for i in range(1, 6):
        QTest.mouseMove(viewport, first + (last - first) * (i / 5))
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, modifier, last)


def key(plot: TimeSeriesPlot, *keys: Qt.Key) -> None:
    plot.canvas.setFocus()
    for one in keys:
        QTest.keyClick(plot.canvas, one)


def span(plot: TimeSeriesPlot) -> float:
    shown = plot.zoom.view
    return shown.end - shown.start


def values(plot: TimeSeriesPlot) -> dict[str, str]:
    assert plot.reading is not None
    return {row.name: row.text for row in plot.reading.rows}


def picture(plot: TimeSeriesPlot) -> QImage:
    image: QImage = plot.canvas.grab().toImage()
    return image


def columns_of(plot: TimeSeriesPlot, color: str) -> set[int]:
    """The columns of pixels in which a colour is found."""
    image, wanted = picture(plot), QColor(color).rgb()
    return {x for x in range(image.width()) for y in range(image.height()) if image.pixel(x, y) == wanted}
