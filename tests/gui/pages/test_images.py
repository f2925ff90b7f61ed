"""The Images page: how long generations take, what is made of what, how busy the GPU is, and the rows of it."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from core.filters import EVERYTHING, Filter
from core.storage.database import open_for_writing
from gui.pages.board import Board
from gui.window.main_window import MainWindow
from tests.core import deployed
from tests.gui.boards import (
    LEFT,
    WRITE,
    act,
    bar_figures,
    bar_names,
    chips,
    click,
    click_bar,
    click_bucket,
    figure_place,
    figures,
    fullest,
    history,
    newest_value,
    open_on,
    rows_in,
    settle,
    shown_chart,
    turn_to,
)
from tests.gui.windows import do_beside, press, texts, words
from tests.parameters import slow_after

IMAGE = ("1", "a fox", "1:1", "[]", 1, 20.0, 0, "standard")
FIELDS = "user_id, prompt, resolution, loras, upscale_factor, generation_time, is_video, generation_type, timestamp"


def made(path: Path, rows: Sequence[tuple[Any, ...]], apart: float = 60.0) -> Path:
    """A file of the deployed bot with these images, so many seconds apart, the last of them a minute ago."""
    deployed.create(path)
    start = time.time() - len(rows) * apart - 60
    values = ((*row, start + number * apart) for number, row in enumerate(rows))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(f"INSERT INTO image_stats ({FIELDS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
    return path


def image(**changed: Any) -> tuple[Any, ...]:
    """A usual image with some values of its own."""
    names = ("user", "prompt", "resolution", "loras", "upscale", "seconds", "video", "type")
    return tuple((dict(zip(names, IMAGE, strict=True)) | changed).values())


def figures_of(board: Board, key: str) -> dict[str, list[str]]:
    """The numbers beside each bar, by its name."""
    return bar_figures(board.plots[key])


def test_the_table_shows_what_the_issue_lists(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    board, _ = open_on(qtbot, window, database, "images")
    assert [column.title for column in board.table.columns.visible] == [
        "Time", "User", "Prompt", "Resolution", "LoRAs", "Upscale", "Type", "Generation time",
    ]  # fmt: skip


def test_the_details_have_the_whole_prompt(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    prompt = "שלום 🦊 <b>fox</b>\n" * 12_000
    board, _ = open_on(qtbot, window, made(tmp_path / "a.db", [image(prompt=prompt)]), "images")
    table = board.table
    table.frame.top_line.details.click()
    table.view.setFocus()
    QTest.keyClick(table.view, Qt.Key.Key_Down)
    pane = table.frame.details
    qtbot.waitUntil(lambda: len(pane.fields["prompt"].text) == len(prompt))
    assert pane.fields["prompt"].text == prompt
    click(qtbot, pane.fields["prompt"].button)
    assert QGuiApplication.clipboard().text() == prompt


def test_videos_are_apart_from_images(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    rows = [image(seconds=10.0)] * 8 + [image(seconds=100.0, video=1, resolution="video", type="video")] * 4
    board, snapshot = open_on(qtbot, window, made(tmp_path / "a.db", rows), "images")
    assert {label: value.split()[0] for label, value in figures(board).items()} == {
        "Images": "8",
        "Generation": "10.0",
        "Videos": "4",
    }
    clouds = {cloud.name: sum(cloud.counts) for cloud in snapshot.content.charts["scatter"].clouds}
    assert clouds == {"images": 8, "videos": 4}
    layers = {layer.name: sum(layer.counts) for layer in snapshot.content.charts["spread"].layers}
    assert layers == {"images": 8, "videos": 4}
    click(qtbot, figure_place(board, "Videos"))
    settle(qtbot, board.table)
    assert (board.table.frame.filter_box.text, rows_in(board.table)) == ("kind:video", 4)


def test_the_spread_marks_the_times_of_one_kind_as_the_numbers_above_have_them(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    rows = [image(seconds=10.0)] * 8 + [image(seconds=100.0, video=1, resolution="video", type="video")] * 12
    board, snapshot = open_on(qtbot, window, made(tmp_path / "a.db", rows), "images")
    plot = board.plots["spread"]
    tile = words(figures(board)["Generation"])
    assert tile == "10.0 s p95 10.0 s"
    assert [words(mark) for mark in plot.canvas.marked] == ["p50 10.0 s", "p95 10.0 s of images"]
    sentence = "8 images with a known time: half took at most 10.0 s, 95 % at most 10.0 s; "
    for key in ("spread", "scatter"):
        assert words(snapshot.content.charts[key].summary).startswith(sentence + "12 videos with a known time: half ")
    table = plot.menu.show_table()
    assert table is not None
    assert any(sentence in words(text) for text in texts(table))
    table.close()
    click(qtbot, next(each for each in plot.legend if each.series_name == "images"))
    assert plot.hidden_series == {"images"}
    assert [words(mark) for mark in plot.canvas.marked] == ["p50 99.9 s", "p95 99.9 s of videos"]
    turn_to(qtbot, window, board, "What is made")
    assert board.plots["by_resolution"].headings[0] == "generations"


def test_kind_that_is_alone_is_marked_without_its_name(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    rows = [image(seconds=100.0, video=1, resolution="video", type="video")] * 4
    board, snapshot = open_on(qtbot, window, made(tmp_path / "a.db", rows), "images")
    assert [words(mark) for mark in board.plots["spread"].canvas.marked] == ["p50 99.9 s", "p95 99.9 s"]
    assert words(snapshot.content.charts["spread"].summary).startswith("4 videos with a known time: half took")


def test_the_scatter_has_points_and_percentile_bands_and_opens_rows(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    board, snapshot = open_on(qtbot, window, history(tmp_path), "images")
    chart = snapshot.content.charts["scatter"]
    assert [line.name for line in chart.lines] == ["p50", "p95"]
    assert words(chart.subtitle) == "p50 and p95 of images per 30 min"
    plot = board.plots["scatter"]
    plot.canvas.setFocus()
    QTest.keyClick(plot.canvas, Qt.Key.Key_End)
    QTest.keyClick(plot.canvas, Qt.Key.Key_Return)
    settle(qtbot, board.table)
    assert "after:" in board.table.frame.filter_box.text
    assert 1 <= rows_in(board.table) < 100


def test_counts_open_the_rows_of_their_kind(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    board, _ = open_on(qtbot, window, history(tmp_path), "images")
    snapshot = turn_to(qtbot, window, board, "Count")
    chart = snapshot.content.charts["over_time"]
    value = click_bucket(qtbot, board.plots["over_time"], chart, fullest(chart, "images"), "images")
    qtbot.waitUntil(lambda: board.table.frame.filter_box.text != "")
    settle(qtbot, board.table)
    assert board.table.frame.filter_box.text.startswith("kind:image after:")
    assert rows_in(board.table) == value > 0


@pytest.mark.parametrize(
    ("section", "key", "chosen", "chip"),
    slow_after(
        3,
        [
            ("What is made", "by_resolution", Filter.of(resolution="16:9"), "resolution 16:9"),
            ("What is made", "by_lora", Filter.of(lora="a.safetensors"), "LoRA a.safetensors"),
            ("What is made", "by_upscale", Filter.of(upscale="2"), "upscale 2×"),
            ("Count", "by_type", Filter.of(type="redux"), "type redux"),
            ("GPU time", "cost_lora", Filter.of(lora="a.safetensors"), "LoRA a.safetensors"),
            ("GPU time", "cost_resolution", Filter.of(resolution="16:9"), "resolution 16:9"),
            ("GPU by user", "cost_user", Filter.of(user="222222"), "user 222222"),
            ("GPU by user", "cost_type", Filter.of(type="redux"), "type redux"),
        ],
    ),
)
def test_whatever_images_have_in_common_filters_the_page(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, section: str, key: str, chosen: Filter, chip: str
) -> None:
    odd = image(user="222222", resolution="16:9", loras=json.dumps(["a.safetensors"]), upscale=2, type="redux")
    path = made(tmp_path / "a.db", [image(), image(), image(), odd, odd])
    board, _ = open_on(qtbot, window, path, "images")
    turn_to(qtbot, window, board, section)
    names = bar_names(board.plots[key])
    assert len(names) == 2
    act(qtbot, window, lambda: click_bar(qtbot, board.plots[key], 1), chosen=chosen)
    assert chips(window) == [chip]
    assert figures(board)["Images"] == "2 in 24 h"
    assert rows_in(board.table) == 2
    assert bar_names(board.plots[key]) == [names[1]]


def test_the_gpu_time_has_share_and_extra_seconds_and_is_called_an_estimate(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    rows = [image(seconds=10.0)] * 6 + [image(seconds=30.0, loras='["slow.safetensors"]')] * 2
    board, _ = open_on(qtbot, window, made(tmp_path / "a.db", rows), "images")
    snapshot = turn_to(qtbot, window, board, "GPU time")
    chart = snapshot.content.charts["cost_lora"]
    assert (chart.title, chart.columns) == ("GPU time by LoRA", ("share", "extra"))
    assert "estimate" in chart.subtitle
    assert chart.explains.startswith("Extra: seconds more than images"), "and no word of images that count twice"
    assert chart.explains in words(board.plots["cost_lora"].view.model().index(0, 0).data(Qt.ItemDataRole.ToolTipRole))
    assert board.plots["cost_lora"].headings == ("time", "share", "extra"), "there is room for all of it"
    assert {bar.name: [words(figure) for figure in bar.figures] for bar in chart.bars} == {
        "without LoRA": ["50.0 %", "−20.0 s"],
        "slow": ["50.0 %", "+20.0 s"],
    }


def test_shares_above_the_whole_are_explained(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    rows = [image(seconds=10.0, loras='["a.safetensors", "b.safetensors"]')] * 4 + [image(seconds=10.0)]
    board, _ = open_on(qtbot, window, made(tmp_path / "a.db", rows), "images")
    charts = turn_to(qtbot, window, board, "GPU time").content.charts
    assert {bar.name: words(bar.figures[0]) for bar in charts["cost_lora"].bars} == {
        "a": "80.0 %", "b": "80.0 %", "without LoRA": "20.0 %",
    }  # fmt: skip
    assert charts["cost_lora"].explains.startswith("An image with several LoRAs counts for each of them")
    assert "several" not in charts["cost_resolution"].explains


def told(path: Path) -> Path:
    """Four images in one server that tell how they were made, one in direct messages, and two that do not tell."""
    flux, sdxl = ("flux.safetensors", 20, 4.0, 12.0), ("sdxl.safetensors", 8, 1.0, 3.0)
    rows = [(20.0, "7", "70", *flux)] * 3 + [(5.0, "7", "70", *sdxl), (5.0, None, "71", *sdxl)]
    rows += [(9.0, None, None, None, None, None, None)] * 2
    open_for_writing(path).close()
    when = time.time() - 600  # all in one bucket
    names = (
        "generation_time, guild_id, channel_id, model, steps, queue_time, execution_time, timestamp, user_id, prompt"
    )
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            f"INSERT INTO image_stats ({names}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, '1', 'a fox')",
            [(*row, when) for row in rows],
        )
    return path


@pytest.mark.parametrize(
    ("section", "key", "place", "chip", "rows"),
    [
        ("Models", "by_model", 1, "model sdxl.safetensors", 2),
        *slow_after(
            0,
            [
                ("Models", "by_server", 1, "direct messages", 1),
                ("Models", "by_server", 0, "server 7", 4),
                ("Models", "by_steps", 0, "20 steps", 3),
            ],
        ),
    ],
)
def test_models_servers_and_steps_open_their_rows(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, section: str, key: str, place: int, chip: str, rows: int
) -> None:
    board, _ = open_on(qtbot, window, told(tmp_path / "a.db"), "images")
    chart = turn_to(qtbot, window, board, section).content.charts[key]
    assert chart.subtitle == "recorded of 5 of 7"
    act(qtbot, window, lambda: click_bar(qtbot, board.plots[key], place), chosen=chart.bars[place].opens.chosen)
    assert chips(window) == [chip]
    assert rows_in(board.table) == rows


def test_the_time_is_split_where_it_is_recorded(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    board, _ = open_on(qtbot, window, told(tmp_path / "a.db"), "images")
    assert words(figures(board)["Queue"]) == "4.0 s then 12.0 s of work"
    assert "Recorded of 5 images." in figure_place(board, "Queue").toolTip()
    chart = turn_to(qtbot, window, board, "Load").content.charts["parts"]
    assert words(chart.subtitle).endswith("· p50 of images · recorded of 5 of 7")
    latest = {line.name: next(value for value in reversed(line.values) if value) for line in chart.series}
    assert latest == {name: pytest.approx(value, rel=0.011) for name, value in
                      (("queue", 4.0), ("execution", 12.0), ("the rest", 4.0))}  # fmt: skip
    canvas, bucket = board.plots["parts"].canvas, fullest(chart, "queue")
    x = canvas.plane.x((chart.edges[bucket] + chart.edges[bucket + 1]) / 2)
    at = QPointF(x, canvas.value_y(latest["queue"], False)).toPoint()
    QTest.mouseMove(canvas.viewport(), at)
    qtbot.mouseClick(canvas.viewport(), LEFT, pos=at)
    qtbot.waitUntil(lambda: board.table.frame.filter_box.text.startswith("kind:image after:"))
    settle(qtbot, board.table)
    assert rows_in(board.table) == 7


def test_a_file_that_does_not_tell_says_so_and_shows_no_number_of_it(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    board, _ = open_on(qtbot, window, made(tmp_path / "a.db", [image()] * 3), "images")
    assert set(figures(board)) == {"Images", "Generation", "Videos"}
    charts = turn_to(qtbot, window, board, "Models").content.charts
    assert charts["by_model"].empty.startswith("No image in this range names its model. A bot with Botpulse's own")
    charts = turn_to(qtbot, window, board, "Load").content.charts
    assert charts["parts"].empty.startswith("No image in this range tells how long it waited")


def test_the_load_says_how_many_ran_at_once_and_when(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    rows = [image(seconds=60.0)] * 90  # one begins as the one before it ends
    board, _ = open_on(qtbot, window, made(tmp_path / "a.db", rows), "images")
    snapshot = turn_to(qtbot, window, board, "Load")
    chart, busy = (snapshot.content.charts[key] for key in ("at_once", "busy"))
    assert chart.title == "Generations at once (estimate)"
    (at_once,) = chart.series
    assert max(at_once.values) == pytest.approx(1.0, abs=0.02)
    assert sum(cell.value for row in busy.cells for cell in row) == pytest.approx(90 * 60, rel=0.01)
    assert "estimate" in busy.title
    assert "0.5: half of the time one ran" in chart.subtitle
    assert "at once in 24 h, so at most 6 % of the time one ran" in words(chart.summary)


def test_images_that_are_written_meanwhile_come_in(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    board, _ = open_on(qtbot, window, database, "images")
    do_beside(qtbot, WRITE, database, "8")
    qtbot.waitUntil(lambda: figures(board)["Images"] == "108 in 24 h")
    qtbot.waitUntil(lambda: newest_value(board.table, "prompt") == "a live fox 7")
    assert sum(sum(cloud.counts) for cloud in shown_chart(window, "scatter").clouds) == 108


def test_zooming_in_the_scatter_loads_finer_points(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    board, snapshot = open_on(qtbot, window, history(tmp_path), "images")
    plot, before = board.plots["scatter"], snapshot.content.charts["scatter"].precision[0]
    plot.canvas.setFocus()
    for _ in range(8):
        QTest.keyClick(plot.canvas, Qt.Key.Key_Plus)
    qtbot.waitUntil(lambda: "30 min" not in words(shown_chart(window, "scatter").subtitle), timeout=5_000)
    qtbot.mouseDClick(plot.canvas.viewport(), LEFT, pos=plot.canvas.viewport().rect().center())
    qtbot.waitUntil(lambda: shown_chart(window, "scatter").precision[0] == before, timeout=5_000)
    assert not plot.zoom.zoomed


def test_times_that_can_not_be_are_left_out_and_counted(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    odd: tuple[Any, ...] = (None, 0.0, -3.0, "soon", 1e308, 1e9)
    rows = [image(seconds=20.0)] * 4 + [image(seconds=value) for value in odd]
    board, snapshot = open_on(qtbot, window, made(tmp_path / "a.db", rows), "images")
    assert figures(board)["Time unknown"] == "6 60.0 %"
    assert sum(sum(layer.counts) for layer in snapshot.content.charts["spread"].layers) == 4


def test_the_deployed_file_says_what_it_does_not_record(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    board, _ = open_on(qtbot, window, database, "images")
    snapshot = turn_to(qtbot, window, board, "Count")
    assert snapshot.content.charts["by_type"].subtitle == "no other is recorded"
    chosen = Filter.of(guild="77")
    snapshot = act(qtbot, window, lambda: window.filter_by(chosen), chosen=chosen)
    assert snapshot.content.charts["over_time"].empty == (
        "No images match the filter in this range. Bots of older versions do not record where images were made, nor by "
        "which model."
    )
    act(qtbot, window, lambda: press(window, "Ctrl+Shift+F"), chosen=EVERYTHING)


def test_files_of_the_first_version_have_a_type_and_a_kind_all_the_same(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    path = deployed.create(tmp_path / "seed.db", "seed")
    deployed.fill(path, images=6, step=60)
    board, _ = open_on(qtbot, window, path, "images")
    snapshot = turn_to(qtbot, window, board, "Count")
    assert [(bar.name, bar.value) for bar in snapshot.content.charts["by_type"].bars] == [("standard", 6)]
