"""Notes on the time axis: written by keys and clicks, seen on every chart over time, exported with them."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from core.charts.specs import Chart
from core.maintenance.forgetting import forget_user, survey_user
from core.storage import notes
from core.storage.location import locate
from core.storage.notes import LONGEST_NOTE, Note, new_note, notes_of, notes_path, write_note
from core.tasks import finish
from core.time_ranges import HOUR
from gui.dialogs.notes import NotesDialog
from gui.plots.export.export import ChartLook, render_svg
from gui.plots.shared.tooltip_text import read_bucket
from gui.plots.time_series.plot import TimeSeriesPlot
from gui.threads.notes import note_news
from gui.window.main_window import MainWindow
from resources.design import Theme
from tests.gui.app.test_chart import chart
from tests.gui.window_controls import click
from tests.gui.windows import press, watch

HOSTILE = "<b>new</b> driver \u202e%s\x00 {x}"


@pytest.fixture(autouse=True)
def none_before() -> None:
    note_news().take(())


def opened(window: MainWindow) -> NotesDialog:
    found = window.findChildren(NotesDialog)
    assert len(found) == 1
    return found[0]


def plots(window: MainWindow) -> list[TimeSeriesPlot]:
    return [plot for plot in window.live.current.charts if isinstance(plot, TimeSeriesPlot)]


def marks(window: MainWindow) -> list[list[str]]:
    charts = [plot.chart for plot in plots(window)]
    assert all(isinstance(chart, Chart) for chart in charts)
    return [[marker.label for marker in chart.markers if marker.note] for chart in charts if chart is not None]


def wrote(qtbot: QtBot, dialog: NotesDialog, text: str, when: str = "") -> None:
    if when:
        dialog.when.setText(when)
    qtbot.keyClicks(dialog.text, text)
    qtbot.keyClick(dialog.text, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not dialog.job.running)


def test_a_note_stands_on_every_chart_at_once_and_is_there_the_next_time(
    qtbot: QtBot, window: MainWindow, database: Path
) -> None:
    watch(qtbot, window, database)
    press(window, "Ctrl+N")
    dialog = opened(window)
    wrote(qtbot, dialog, "new driver", "1h")
    assert all(found == ["new driver"] for found in marks(window)) and len(marks(window)) >= 2
    assert "new driver" in plots(window)[0].summary, "a screen reader hears of it"
    chart = plots(window)[0].chart
    assert chart is not None
    mark = next(marker for marker in chart.markers if marker.note)
    index = next(place for place, edge in enumerate(chart.edges[1:]) if mark.time < edge)
    assert str(read_bucket(chart, index, frozenset())).endswith("; new driver"), "and who points there reads it"
    (kept,) = notes_of(locate(database))
    assert kept.text == "new driver" and abs(kept.moment - (time.time() - HOUR)) < 60
    assert dialog.list.count() == 1 and dialog.text.text() == ""
    note_news().begin(locate(database.with_name("other.db")))
    qtbot.waitUntil(lambda: note_news().notes == ())
    note_news().begin(locate(database))
    qtbot.waitUntil(lambda: note_news().notes == (kept,))


def test_notes_are_altered_and_removed(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    watch(qtbot, window, database)
    press(window, "Ctrl+N")
    dialog = opened(window)
    for text in ("first", "second"):
        wrote(qtbot, dialog, text, "2h")
    assert marks(window)[0] == ["first (+1)"] or marks(window)[0] == ["second (+1)"]
    dialog.list.setCurrentRow(0)
    chosen = dialog.text.text()
    dialog.text.clear()
    wrote(qtbot, dialog, "third", "3h")
    assert sorted(each.text for each in notes_of(locate(database))) == sorted({"first", "second", "third"} - {chosen})
    dialog.list.setCurrentRow(dialog.list.count() - 1)
    assert dialog.text.text() == "third", "the earliest is the last"
    click(qtbot, dialog.remove)
    qtbot.waitUntil(lambda: not dialog.job.running)
    assert len(notes_of(locate(database))) == 1 == dialog.list.count()
    click(qtbot, dialog.keep)
    qtbot.waitUntil(lambda: not dialog.job.running)
    assert len(notes_of(locate(database))) == 2 == dialog.list.count(), "what was removed is brought back"
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_a_time_that_is_none_is_refused_and_nothing_kept(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    watch(qtbot, window, database)
    press(window, "Ctrl+N")
    dialog = opened(window)
    assert not dialog.keep.isEnabled(), "without a text there is nothing to keep"
    wrote(qtbot, dialog, "x", "2026-02-30")
    assert notes_of(locate(database)) == () and dialog.text.text() == "x"
    assert not notes_path().exists()


def test_a_chart_s_menu_begins_one_at_the_moment_under_the_mouse(
    qtbot: QtBot, window: MainWindow, database: Path
) -> None:
    watch(qtbot, window, database)
    plot = plots(window)[0]
    area = plot.canvas.plane.area
    at = QPoint(round(area.left() + 0.9 * area.width()), round(area.center().y()))
    (entry,) = [each for each in plot.entries(at) if each.words == "Note here…"]
    entry.act()
    dialog = opened(window)
    wrote(qtbot, dialog, "here")
    (kept,) = notes_of(locate(database))
    assert abs(kept.moment - plot.canvas.plane.time(at.x())) < 120


def test_a_note_is_text_in_a_drawing(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    write_note(locate(database), new_note(time.time() - HOUR, HOSTILE))
    watch(qtbot, window, database)
    qtbot.waitUntil(lambda: bool(marks(window)[0]))
    svg = render_svg(plots(window)[0], ChartLook(Theme.LIGHT)).decode()
    assert "&lt;b&gt;new&lt;/b&gt; driver" in svg and "<b>" not in svg and "\x00" not in svg


@pytest.mark.expect_log
def test_a_file_that_can_t_be_written_is_said(
    qtbot: QtBot, window: MainWindow, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch(qtbot, window, database)
    press(window, "Ctrl+N")
    dialog = opened(window)
    notes_path().parent.mkdir(parents=True, exist_ok=True)
    notes_path().write_bytes(b"no database, but long enough to be told from one" * 100)
    wrote(qtbot, dialog, "x")
    assert "could not be kept" in dialog._state.text() and dialog.text.text() == "x"
    assert note_news().notes == ()
    (aside,) = notes_path().parent.glob("notes.db.damaged-*")
    assert aside.read_bytes().startswith(b"no database")
    wrote(qtbot, dialog, "y")
    assert [each.text for each in notes_of(locate(database))] == ["xy"], "the next one begins a new file"


def test_two_windows_write_and_lose_nothing(database: Path) -> None:
    location = locate(database)
    mine, other = new_note(1.0, "mine"), new_note(2.0, "o" * 1_000)
    write_note(location, mine)
    write_note(location, other)
    write_note(location, Note(3.0, "mine, later", mine.id))
    assert [(each.moment, each.text) for each in notes_of(location)] == [
        (2.0, "o" * LONGEST_NOTE),
        (3.0, "mine, later"),
    ]
    assert notes_of(locate(database.with_name("other.db"))) == ()
    notes.remove_note(other)
    notes.remove_note(other)
    assert len(notes_of(location)) == 1


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("👨‍👩‍👧 home", "👨‍👩‍👧 home"),
        ("می‌خواهم", "می‌خواهم"),
        ("a\u202eb\u2066c\x00d\x1be", "abcde"),
        ("a\n\tb", "a b"),
        ("\u200b ", ""),
    ],
)
def test_letters_that_belong_together_stay_so(typed: str, kept: str) -> None:
    assert new_note(1.0, typed).text == kept


def test_who_is_forgotten_is_in_no_note(database: Path) -> None:
    user, longer = "482749283749283741", "4827492837492837419"
    for text in (f"banned {user}", f"thanked {longer}"):
        write_note(locate(database), new_note(1.0, text))
    found = finish(survey_user(locate(database), user, ()))
    finish(forget_user(locate(database), user, ()))
    assert found.labels == 1
    assert sorted(each.text for each in notes_of(locate(database))) == ["banned 0", f"thanked {longer}"]


def test_a_note_is_found_by_whatever_way_leads_to_the_file(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_note(locate(database), new_note(1.0, "here"))
    monkeypatch.chdir(database.parent)
    ways: list[str | Path] = [database.name, database.parent / ".." / database.parent.name / database.name]
    if sys.platform != "win32":  # where links are for administrators
        ways.append(database.with_name("link.db"))
        database.with_name("link.db").symlink_to(database)
    for address in ways:
        assert [each.text for each in notes_of(locate(address))] == ["here"], address


@pytest.mark.slow
def test_a_chart_that_is_drawn_without_a_window_has_them(database: Path, tmp_path: Path) -> None:
    write_note(locate(database), new_note(time.time() - HOUR, "new driver"))
    done = chart(tmp_path / "c.svg", database, "--chart", "commands", "--range", "24h")
    assert done.returncode == 0, done.stderr
    assert "new driver" in (tmp_path / "c.svg").read_text(encoding="utf-8")
