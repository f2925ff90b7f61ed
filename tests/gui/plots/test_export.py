"""Charts as files: what renderers that are not ours make of them, and what happens to the target and the window."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from shutil import which
from typing import Any
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from core.charts.specs import AnyChart, Bar, BarChart, Ink, Mark, Opens, Series
from core.export.faults import ExportFailed, NoFolder, NoRoom, TargetRefused
from core.filters import Filter
from core.presenters.caption import Origin
from core.tasks import finish
from core.time_ranges import DAY, TimeRange
from gui.plots.bars.plot import BarChartPlot
from gui.plots.export.export import (
    DISCORD_ZOOM,
    FOR_DISCORD,
    AlreadyThere,
    ChartFormat,
    ChartLook,
    copy_data,
    copy_picture,
    largest_scale,
    picture_size,
    prepare,
    size_of_all,
    written,
)
from gui.plots.heatmap.plot import HeatmapPlot
from gui.plots.histogram.plot import HistogramPlot
from gui.plots.scatter.plot import ScatterPlot
from gui.plots.time_series.plot import TimeSeriesPlot
from gui.style.theme import apply_theme
from resources.design import Theme, palette
from tests.gui.exported_pictures import SVG, alike, inked_columns, pdf_texts, svg_texts
from tests.gui.plot_samples import EDGES, START, bars, crowd, ladder, over_time, spread, week
from tests.parameters import slow_after
from tests.platforms import full_disk

LIGHT, DARK = ChartLook(Theme.LIGHT), ChartLook(Theme.DARK)
EVERY: dict[str, tuple[Callable[[], Any], AnyChart, set[str]]] = {
    "time": (TimeSeriesPlot, over_time(), {"Commands", "per 30 min", "comfy", "p50", "20", "12:00"}),
    "scatter": (ScatterPlot, ladder(), {"Generation time", "images", "videos", "p95", "10\N{NO-BREAK SPACE}s"}),
    "heatmap": (HeatmapPlot, week(), {"Busiest hours", "Mon", "Sun", "00", "23", "166"}),
    "bars": (BarChartPlot, bars(), {"By resolution", "res 0", "res 5", "100", "5 s", "p50"}),
    "histogram": (HistogramPlot, spread(), {"How long they took", "images", "videos", "p50 12.8 s"}),
}


@pytest.fixture
def show(qtbot: QtBot, qapp: QApplication) -> Callable[[str], Any]:
    """Shows a plot of a kind in a window of its own, in the dark theme."""
    apply_theme(qapp, Theme.DARK)
    windows: list[QWidget] = []

    def make(kind: str) -> Any:
        plot, chart, _ = EVERY[kind]
        window, widget = QWidget(), plot()
        QVBoxLayout(window).addWidget(widget)
        qtbot.addWidget(window)
        windows.append(window)
        widget.set_palette(palette(Theme.DARK))
        widget.show_chart(chart)
        window.resize(820, 340)
        window.show()
        qtbot.waitExposed(window)
        window.activateWindow()
        return widget

    return make


def image(plot: Any, look: ChartLook = LIGHT) -> QImage:
    return QImage.fromData(prepare(plot, ChartFormat.PNG, look)())


@pytest.mark.parametrize("kind", EVERY)
def test_a_png_shows_what_the_window_shows(kind: str, show: Callable[[str], Any]) -> None:
    plot = show(kind)
    once, sharp = image(plot), image(plot, ChartLook(Theme.LIGHT, scale=3))
    assert once.width() == plot.width() + 32
    assert sharp.size() == once.size() * 3
    assert once.text("Title") == EVERY[kind][1].title and once.text("Description") == EVERY[kind][1].summary
    assert once.pixelColor(2, 2).name() == palette(Theme.LIGHT).surface
    assert image(plot, DARK).pixelColor(2, 2).name() == palette(Theme.DARK).surface
    colours = {once.pixel(x, y) for x in range(0, once.width(), 3) for y in range(0, once.height(), 3)}
    assert len(colours) > 5


@pytest.mark.parametrize("kind", EVERY)
def test_an_svg_holds_the_texts_upon_outlines_that_need_no_font(kind: str, show: Callable[[str], Any]) -> None:
    plot = show(kind)
    data = prepare(plot, ChartFormat.SVG, LIGHT)()
    assert svg_texts(data) >= EVERY[kind][2]
    root = ElementTree.fromstring(data)
    assert {node.get("fill-opacity") for node in root.iter(f"{SVG}text")} == {"0"}, "no viewer's own font is seen"
    assert root.findtext(f"{SVG}desc") == EVERY[kind][1].summary
    renderer = QSvgRenderer(data)
    drawn = QImage(renderer.defaultSize(), QImage.Format.Format_RGB32)
    painter = QPainter(drawn)
    renderer.render(painter)
    painter.end()
    assert alike(drawn, image(plot)) > 0.9


@pytest.mark.parametrize("kind", EVERY)
def test_a_pdf_is_one_page_that_holds_the_texts(kind: str, show: Callable[[str], Any]) -> None:
    plot = show(kind)
    data = prepare(plot, ChartFormat.PDF, LIGHT)()
    size = image(plot).size() * 0.75
    assert data.startswith(b"%PDF-1.4") and data.rstrip().endswith(b"%%EOF")
    assert re.search(rb"/MediaBox \[0 0 %d\.\d+ %d\.\d+\]" % (size.width(), size.height()), data)
    lines = set(pdf_texts(data).split("\n"))
    assert lines >= {text.strip() for text in EVERY[kind][2]}
    assert b"Inter-Regular" in data and data.count(b"/Type /Page\n") == 1


@pytest.mark.skipif(which("pdftotext") is None, reason="poppler is not installed")
def test_poppler_reads_the_pdf(show: Callable[[str], Any], tmp_path: Path) -> None:
    target = finish(written(prepare(show("time"), ChartFormat.PDF, LIGHT), tmp_path / "chart.pdf"))
    read = subprocess.run(["pdftotext", str(target), "-"], capture_output=True, text=True, check=True).stdout
    assert "bot restarted 16:20" in read and "per 30 min" in read


@pytest.mark.skipif(which("rsvg-convert") is None, reason="librsvg is not installed")
def test_librsvg_draws_the_svg(show: Callable[[str], Any], tmp_path: Path) -> None:
    plot = show("time")
    target = finish(written(prepare(plot, ChartFormat.SVG, LIGHT), tmp_path / "chart.svg"))
    subprocess.run(["rsvg-convert", str(target), "-o", str(tmp_path / "chart.png")], check=True)
    drawn, ours = QImage(str(tmp_path / "chart.png")), image(plot)
    assert alike(drawn, ours) > 0.9
    assert inked_columns(drawn) == inked_columns(ours), (
        "title, subtitle and legend stand where they stand in the window"
    )


def test_clips_stand_where_their_targets_are(show: Callable[[str], Any]) -> None:
    """A zoomed plot clips its bars; a clip that is written for another place would cut off what is to be seen."""
    plot = show("time")
    plot.zoom.show(TimeRange(EDGES[10] + 200, EDGES[20] + 200))
    root = ElementTree.fromstring(prepare(plot, ChartFormat.SVG, LIGHT)())
    area, place = plot.canvas.plane.area, plot.canvas.viewport().mapTo(plot, QPoint()) + QPoint(16, 16)
    group = next(each for each in root.iter(f"{SVG}g") if each.get("transform") == f"translate({place.x()} {place.y()})"
                 and list(each.iter(f"{SVG}clipPath")))  # fmt: skip
    clip = next(group.iter(f"{SVG}clipPath"))
    assert clip[0].get("d", "").startswith(f"M{area.left():g},{area.top():g} ")


def test_the_picture_shows_the_hosts_view_and_series_but_no_crosshair(show: Callable[[str], Any]) -> None:
    plot = show("time")
    plain = image(plot)
    plot.canvas.setFocus()
    QTest.keyClick(plot.canvas, Qt.Key.Key_End)
    assert plot.reading is not None
    assert image(plot) == plain
    plot.legend[1].click()
    assert "failed" in svg_texts(prepare(plot, ChartFormat.SVG, LIGHT)()) and image(plot) != plain
    plot.zoom.show(TimeRange(EDGES[10], EDGES[12]))
    assert "13:10" in svg_texts(prepare(plot, ChartFormat.SVG, LIGHT)())


def test_the_window_is_not_disturbed(show: Callable[[str], Any]) -> None:
    plot = show("scatter")
    QTest.keyClick(plot.canvas, Qt.Key.Key_Home)
    before, size, reading = plot.grab().toImage(), plot.size(), plot.reading
    for kind in ChartFormat:
        prepare(plot, kind, ChartLook(Theme.LIGHT, QSize(500, 300)))()
    assert plot.grab().toImage() == before and plot.size() == size and plot.reading == reading
    assert QApplication.focusWidget() is plot.canvas or not plot.canvas.hasFocus()


def test_a_chosen_size_is_kept_within_reason(show: Callable[[str], Any]) -> None:
    plot = show("heatmap")
    assert image(plot, ChartLook(Theme.LIGHT, QSize(640, 360))).size() == QSize(640, 360)
    assert picture_size(plot, ChartLook(Theme.LIGHT, QSize(1, 100_000))) == QSize(240, 8_000)
    assert largest_scale(QSize(1_000, 1_000)) == 4 and largest_scale(QSize(8_000, 8_000)) == 1


@pytest.mark.slow
def test_a_list_keeps_to_the_size_and_says_how_many_rows_there_are(show: Callable[[str], Any]) -> None:
    plot = show("bars")
    for look in (LIGHT, ChartLook(Theme.LIGHT, QSize(640, 360)), ChartLook(Theme.LIGHT, QSize(300, 160))):
        picture = image(plot, look)
        assert picture.size() == (look.size or plot.size() + QSize(32, 32))
        texts = svg_texts(prepare(plot, ChartFormat.SVG, look)())
        rows = {text for text in texts if text.startswith("res ")}
        assert rows == {f"res {number}" for number in range(len(rows))} and 1 <= len(rows) < 30
        assert f"The first {len(rows)} of 30" in texts
        assert picture.text("Comment") == f"The first {len(rows)} of 30"
        data = prepare(plot, ChartFormat.CSV, look)().decode()
        assert len(list(csv.reader(io.StringIO(data, newline="")))) == 31


def test_a_list_can_be_shown_to_its_last_row(show: Callable[[str], Any]) -> None:
    plot = show("bars")
    everything = size_of_all(plot, LIGHT)
    assert everything is not None and everything.height() > plot.height() + 400
    look = ChartLook(Theme.LIGHT, everything)
    texts = svg_texts(prepare(plot, ChartFormat.SVG, look)())
    assert {f"res {number}" for number in range(30)} <= texts
    assert not any(text.startswith("The first") for text in texts)
    assert image(plot, look).size() == everything and image(plot, look).text("Comment") == ""
    bar = plot.chart.bars[0]
    plot.show_chart(replace(plot.chart, bars=(bar,) * 2))
    assert size_of_all(plot, LIGHT) is None, "they are all shown anyway"
    plot.show_chart(replace(plot.chart, bars=(bar,) * 1_000))
    assert size_of_all(plot, LIGHT) is None, "no picture may be so high"
    assert size_of_all(show("time"), LIGHT) is None


@pytest.mark.parametrize("width", slow_after(1, [420, 600, 360]))
def test_a_picture_shortens_neither_the_legend_nor_the_unit(show: Callable[[str], Any], width: int) -> None:
    names = ("comfy", "queue_status", "redux", "a_command_with_a_long_name_of_40_letters", "lora", "other", "failed")
    series = tuple(Series(name, (2.0,) * 48, Mark.BAR, ink) for name, ink in zip(names, Ink, strict=False))
    plot = show("time")
    plot.show_chart(over_time(series=series, right=None, title="Commands of all servers"))
    look = ChartLook(Theme.LIGHT, QSize(width, 300))
    texts = svg_texts(prepare(plot, ChartFormat.SVG, look)())
    assert {*names, "Commands of all servers", "per 30 min"} <= texts
    assert not any("…" in text or text.startswith("+") for text in texts)
    data = prepare(plot, ChartFormat.PDF, look)()
    assert {*names, "per 30 min"} <= set(pdf_texts(data).split("\n"))


def test_csv_has_every_number_and_no_formula(show: Callable[[str], Any]) -> None:
    plot = show("bars")
    names = ("=1+1", "+x", "-5", "@sum", "\tx", "\rx", "plain")
    plot.show_chart(BarChart("x", "", tuple(Bar(name, -5.0) for name in names), "images"))
    text = prepare(plot, ChartFormat.CSV, LIGHT)().decode()
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert [row[0] for row in rows[1:]] == ["'=1+1", "'+x", "'-5", "'@sum", "'\tx", "'\rx", "plain"]
    assert {row[1] for row in rows[1:]} == {"-5"}  # a number is no formula


WEEK = Origin("mybot.db", TimeRange(START, START + 6 * DAY), ZoneInfo("UTC"), Filter.of(user="123456789012344821"))


@pytest.mark.parametrize("kind", EVERY)
def test_a_footer_tells_whose_numbers_they_are_and_of_when(kind: str, show: Callable[[str], Any]) -> None:
    plot = show(kind)
    look = replace(LIGHT, origin=WEEK)
    assert image(plot, look).height() > image(plot).height() and image(plot, look).width() == image(plot).width()
    texts = " ".join(svg_texts(prepare(plot, ChartFormat.SVG, look)()))
    printed = pdf_texts(prepare(plot, ChartFormat.PDF, look)())
    for said in ("mybot.db", "2026", "UTC", "only user …4821", "made "):
        assert said in texts and said in printed, said
    assert "123456789012344821" not in texts + printed
    assert "mybot.db" not in " ".join(svg_texts(prepare(plot, ChartFormat.SVG, LIGHT)()))
    shown = " ".join(svg_texts(prepare(plot, ChartFormat.SVG, replace(look, ids_shown=True))()))
    assert "123456789012344821" in shown


def test_the_ids_of_users_are_in_no_picture_unless_asked_for(show: Callable[[str], Any]) -> None:
    plot, ids = show("bars"), ("123456789012344821", "42", "987654321098761111")
    marks = tuple(Bar(each, 9.0, opens=Opens("commands", Filter.of(user=each))) for each in ids)
    plot.show_chart(BarChart("Leaderboard", "", marks, "in all", summary=f"{ids[0]} made most."))
    hidden, shown = LIGHT, replace(LIGHT, ids_shown=True)
    svg = prepare(plot, ChartFormat.SVG, hidden)().decode()
    assert not any(each in svg for each in (ids[0], ">42<", ids[2])) and "…4821" in svg and "…1111" in svg
    assert image(plot, hidden).text("Description") == "…4821 made most."
    assert set(ids) <= svg_texts(prepare(plot, ChartFormat.SVG, shown)())
    assert image(plot, shown).text("Description") == f"{ids[0]} made most."
    assert ids[0] in prepare(plot, ChartFormat.CSV, hidden)().decode(), "who takes the numbers takes them whole"
    copy_picture(plot)
    assert ids[0] not in QGuiApplication.clipboard().image().text("Description")


@pytest.mark.parametrize("kind", EVERY)
def test_a_picture_for_discord_has_the_same_content_larger(kind: str, show: Callable[[str], Any]) -> None:
    plot, look = show(kind), ChartLook(Theme.LIGHT, FOR_DISCORD, 2, DISCORD_ZOOM, WEEK)
    assert image(plot, look).size() == FOR_DISCORD * 2
    svg = ElementTree.fromstring(prepare(plot, ChartFormat.SVG, look)())
    assert (svg.get("width"), svg.get("height"), svg.get("viewBox")) == ("600", "340", "0 0 480 272")
    sizes = {float(node.get("font-size", "0")) for node in svg.iter(f"{SVG}text")}
    assert min(sizes) * DISCORD_ZOOM * 400 / 600 > 9, "a phone shows it 400 wide, and nobody reads what is smaller"
    pdf = prepare(plot, ChartFormat.PDF, look)()
    assert re.search(rb"/MediaBox \[0 0 450\.\d+ 255\.\d+\]", pdf)


def test_a_sentence_stands_above_the_footer_and_goes_on_on_the_next_line(show: Callable[[str], Any]) -> None:
    plot, sentence = show("bars"), "Extra: seconds more than images that are alike in everything else, on average."
    look = ChartLook(Theme.LIGHT, QSize(300, 300), origin=Origin("mybot.db", WEEK.span, WEEK.zone))
    plot.show_chart(replace(plot.chart, explains=sentence))
    lines = [
        node.text or "" for node in ElementTree.fromstring(prepare(plot, ChartFormat.SVG, look)()).iter(f"{SVG}text")
    ]
    start = next(place for place, line in enumerate(lines) if line.startswith("Extra"))
    below = next(place for place, line in enumerate(lines) if line.startswith("mybot.db"))
    assert below > start + 1 and " ".join(lines[start:below]) == sentence


def test_copies_are_on_the_clipboard(show: Callable[[str], Any]) -> None:
    plot = show("histogram")
    copy_picture(plot)
    clipboard = QGuiApplication.clipboard()
    assert clipboard.image().size() == image(plot).size() * 2
    copy_data(plot)
    assert clipboard.text().split("\n")[:2] == ["from (s)\tto (s)\timages\tvideos", "1\t2\t3\t1"]


COPY_AND_GO = """
from gui.app.startup import make_application
from gui.plots.export.export import copy_data
from gui.plots.histogram.plot import HistogramPlot
from tests.gui.exported_pictures import SVG, alike, inked_columns, pdf_texts, svg_texts
from tests.gui.plot_samples import spread
app = make_application()
plot = HistogramPlot()
plot.show_chart(spread())
copy_data(plot)
print(app.clipboard().text().count("1"))
"""


@pytest.mark.slow
def test_a_process_that_leaves_a_copy_behind_ends_well() -> None:
    ended = subprocess.run([sys.executable, "-c", COPY_AND_GO], capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stderr.count("Traceback")) == (0, 0) and int(ended.stdout) > 0


def test_a_file_appears_whole_or_not_at_all(show: Callable[[str], Any], tmp_path: Path) -> None:
    make = prepare(show("time"), ChartFormat.PNG, LIGHT)
    target = tmp_path / "chart.png"
    target.write_bytes(b"before")
    task = written(make, target)
    next(task)
    next(task)
    next(task)
    assert target.read_bytes() == b"before" and len(list(tmp_path.iterdir())) == 2
    task.close()
    assert target.read_bytes() == b"before" and list(tmp_path.iterdir()) == [target]
    assert finish(written(make, target)) == target
    assert target.read_bytes() == make() and list(tmp_path.iterdir()) == [target]


def test_faults_of_the_target_are_told_in_words(show: Callable[[str], Any], tmp_path: Path) -> None:
    make = prepare(show("time"), ChartFormat.CSV, LIGHT)
    there = tmp_path / "there.csv"
    there.write_text("mine")
    with pytest.raises(AlreadyThere):
        finish(written(make, there, may_replace=False))
    with pytest.raises(NoFolder):
        finish(written(make, tmp_path / "nowhere" / "chart.csv"))
    with pytest.raises(ExportFailed):
        finish(written(make, tmp_path))
    assert there.read_text() == "mine"


@full_disk
def test_a_full_disk_and_a_refused_folder_have_words() -> None:
    from core.export.faults import target_faults

    with pytest.raises(NoRoom) as full, target_faults(Path("/dev/full")), Path("/dev/full").open("wb") as file:
        file.write(b"x" * 100_000)
        file.flush()
    assert "room" in full.value.what_happened
    with pytest.raises(TargetRefused), target_faults(Path("x")):
        raise PermissionError(13, "no")


@pytest.mark.slow
def test_a_crowd_is_a_picture_in_an_svg_of_a_sane_size(show: Callable[[str], Any]) -> None:
    plot = show("scatter")
    plot.show_chart(crowd(50_000))
    data = prepare(plot, ChartFormat.SVG, LIGHT)()
    assert b"<image" in data and len(data) < 3_000_000
