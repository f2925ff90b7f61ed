"""A scatter's parts in the form that the canvas, the legend and the axes know from charts over time."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter

from core.charts.specs import Chart, Scatter, Unit
from gui.plots.shared.legend import Sample, samples_of
from resources.design import Palette


def lines_of(chart: Scatter) -> Chart:
    """The percentiles as a chart of their own, which the canvas knows how to draw."""
    return Chart(
        chart.title,
        chart.subtitle,
        chart.edges,
        chart.zone,
        chart.lines,
        left=Unit.SECONDS,
        markers=chart.markers,
        complete_until=chart.complete_until,
    )


def samples_of_scatter(chart: Scatter) -> tuple[Sample, ...]:
    """The legend: clouds, then lines."""
    clouds = tuple(Sample(cloud.name, cloud.ink, opens=cloud.opens) for cloud in chart.clouds)
    return (*clouds, *samples_of(chart.lines))


def is_other(before: Scatter, after: Scatter) -> bool:
    """Whether ``after`` is not merely a later state of ``before``: axes then start afresh."""
    return before.title != after.title or before.subtitle != after.subtitle or len(before.edges) != len(after.edges)


def paint_words(painter: QPainter, room: QRectF, words: str, font: QFont, palette: Palette) -> None:
    """What is said in place of a drawing."""
    painter.setFont(font)
    painter.setPen(QColor(palette.muted))
    flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
    painter.drawText(room.adjusted(24, 0, -24, -12), flags, words)
