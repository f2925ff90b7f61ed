from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui import settings
from gui.app.head_start import apart_from_link, first_database
from gui.app.main import main, parse
from gui.app.signals import ended_by_signals
from gui.app.startup import apply_choices, make_application
from gui.settings import Settings
from gui.status.presence import Presence
from gui.widgets.range_picker import RangePicker
from gui.window.main_window import MainWindow
from tests.gui.windows import ROOT, environment
from tests.parameters import slow_after


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder."""
    place = tmp_path / "here"
    place.mkdir()
    monkeypatch.chdir(place)
    return place


def test_the_first_database_is_the_given_the_last_the_environments_or_the_one_here(
    memory: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert first_database(None, memory) is None
    (folder / "analytics.db").touch()
    assert first_database(None, memory) == "analytics.db"
    monkeypatch.setenv("BOTPULSE_DATABASE", "/environment.db")
    assert first_database(None, memory) == "/environment.db"
    memory.remember(settings.DATABASE, "/last.db")
    assert first_database(None, memory) == "/last.db"
    assert first_database("/given.db", memory) == "/given.db"


def test_a_link_names_no_database_and_a_desktop_may_hand_on_a_files_url(memory: Settings, tmp_path: Path) -> None:
    memory.remember(settings.DATABASE, "/last.db")
    given, link = apart_from_link(["--page", "users", "botpulse://view?page=users"])
    assert (given, link) == (["--page", "users"], "botpulse://view?page=users")
    path = tmp_path / "a bot's + 100 %.db"
    assert first_database(path.as_uri(), memory) == str(path)
    assert first_database("file:relative.db", memory) == "file:relative.db", "as it was typed"


def test_a_link_may_stand_in_the_databases_place_or_beside_it() -> None:
    link = "botpulse://view?page=users"
    for arguments in ([link], ["--view", link], [f"--view={link}"]):
        options = parse(arguments)
        assert (options.database, options.link) == (None, link)
    for arguments in (["a.db", link], [link, "a.db"], ["a.db", "--view", link], ["--view", link, "a.db"]):
        options = parse(arguments)
        assert (options.database, options.link) == ("a.db", link)
    assert parse(["a.db"]).link == ""


def test_a_folder_called_analytics_db_is_none(memory: Settings, folder: Path) -> None:
    (folder / "analytics.db").mkdir()
    assert first_database(None, memory) is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--range", "fortnight"], "--range"),
        (["--theme", "pink"], "--theme"),
        (["--page", "nowhere"], "--page"),
        (["--interval", "9"], "from 10 to 60000"),
        (["--interval", "60001"], "from 10 to 60000"),
        (["--interval", "often"], "from 10 to 60000"),
        (["--bogus"], "--bogus"),
        (["a.db", "b.db"], "b.db"),
        (["mysql://host/bot"], "postgresql://"),
        (["http://example.org/analytics.db"], "postgresql://"),
        (["snapshot"], "OUT.png"),
        (["snapshot", "x.png", "--size", "big"], "1600x1000"),
        (["snapshot", "x.png", "--size", "640x480"], "900x600"),
        (["snapshot", "x.png", "--size", "99999x99999"], "900x600"),
        (["snapshot", "x.png", "--scale", "0.5"], "from 1 to 4"),
        (["snapshot", "x.png", "--scale", "nan"], "from 1 to 4"),
    ],
)
def test_wrong_arguments_end_with_words_and_2(
    capsys: pytest.CaptureFixture[str], arguments: Sequence[str], words: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("interval", [10, 60_000])
def test_the_interval_may_be_from_10_ms_to_a_minute(interval: int) -> None:
    assert parse(["--interval", str(interval)]).interval == interval


def test_help_and_version_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    for argument, words in (("--version", "botpulse "), ("--help", "snapshot")):
        with pytest.raises(SystemExit) as ended:
            main([argument])
        assert ended.value.code == 0
        assert words in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["snapshot"]])
def test_help_names_defaults_environment_and_exit_codes(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    with pytest.raises(SystemExit):
        main([*arguments, "--help"])
    said = " ".join(capsys.readouterr().out.split())
    for words in (
        "BOTPULSE_DATABASE",
        "BOTPULSE_EXTENSIONS",
        "exit codes: 0: ",
        "2: wrong arguments",
        "default: overview",
    ):
        assert words in said


@pytest.mark.skipif(os.name == "nt", reason="Windows knows these signals differently")
def test_a_signal_ends_the_window_though_nothing_else_happens(qtbot: QtBot, window: MainWindow) -> None:
    for timer in window.findChildren(QTimer):
        timer.stop()  # none of them lets Python run, and so hear of the signal
    looping = threading.Event()

    def ask() -> None:
        looping.wait()
        os.kill(os.getpid(), signal.SIGTERM)

    asker = threading.Thread(target=ask)
    with ended_by_signals(window.quit, window), qtbot.waitSignal(window.closed):
        asker.start()
        QTimer.singleShot(0, looping.set)
    asker.join()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@pytest.mark.skipif(os.name == "nt", reason="Windows knows these signals differently")
def test_a_signal_ends_a_window_that_its_button_would_only_hide(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Presence, "stays", True)
    with ended_by_signals(window.quit, window), qtbot.waitSignal(window.closed):
        os.kill(os.getpid(), signal.SIGINT)


def test_the_command_line_has_its_way(window: MainWindow) -> None:
    apply_choices(window, parse(["--range", "90d", "--theme", "dark", "--page", "overview"]))
    assert window.findChild(RangePicker).current == "90d"
    assert window.palette().window().color().name() == "#0f1318"


@pytest.mark.parametrize(
    ("typed", "key", "spanned"),
    [("last 6 h", "6h", False), ("last week", "last_week", False), ("2026-11-01 to 2026-11-07", "custom", True)],
)
def test_a_range_may_be_typed_on_the_command_line(window: MainWindow, typed: str, key: str, spanned: bool) -> None:
    apply_choices(window, parse(["--range", typed]))
    assert window.ranges.choice.key == key
    span = window.ranges.span
    assert (span is not None) is spanned
    if span is not None:
        assert span.end - span.start == 7 * 86_400, "the window's own days"


@pytest.mark.qt_log_ignore("setHighDpiScaleFactorRoundingPolicy", extend=True)  # the tests have made one already
def test_the_application_is_named_for_the_desktop(qapp: QApplication) -> None:
    app = make_application()
    assert app is qapp
    assert (app.applicationName(), app.applicationDisplayName()) == ("botpulse", "Botpulse")
    assert app.desktopFileName() == "botpulse"
    assert not app.windowIcon().isNull()


def started(*arguments: str | Path) -> subprocess.Popen[str]:
    """The monitor as a process of its own, on the screen of the tests."""
    command = [sys.executable, "-m", "gui.app.start", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, env=environment(), stderr=subprocess.PIPE, text=True)


@pytest.mark.skipif(os.name == "nt", reason="Windows knows these signals differently")
@pytest.mark.parametrize("number", slow_after(1, [signal.SIGINT, signal.SIGTERM]), ids=["Ctrl+C", "terminate"])
def test_ctrl_c_in_the_terminal_closes_the_window(
    qtbot: QtBot, home: Path, database: Path, number: signal.Signals
) -> None:
    with started(database, "--range", "1h") as process:
        config = home / "config" / "botpulse" / "botpulse.conf"
        qtbot.waitUntil(lambda: config.exists() and "database" in config.read_text(), timeout=20_000)
        process.send_signal(number)
        qtbot.waitUntil(lambda: process.poll() is not None, timeout=10_000)
        assert process.stderr is not None
        assert (process.returncode, process.stderr.read()) == (0, "")
    assert "geometry" in config.read_text()


@pytest.mark.skipif(os.name == "nt", reason="Windows knows these signals differently")
def test_a_start_with_a_link_looks_at_it(qtbot: QtBot, home: Path, database: Path) -> None:
    """What the range is compared with is remembered, so it can be seen from outside."""
    with started(database, "botpulse://view?page=commands&range=7d&compare=week") as process:
        config = home / "config" / "botpulse" / "botpulse.conf"
        qtbot.waitUntil(lambda: config.exists() and "compare=week" in config.read_text(), timeout=20_000)
        process.send_signal(signal.SIGTERM)
        qtbot.waitUntil(lambda: process.poll() is not None, timeout=10_000)
        assert process.stderr is not None
        assert (process.returncode, process.stderr.read()) == (0, "")


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows knows these signals differently")
def test_a_window_that_is_killed_leaves_no_process(qtbot: QtBot, home: Path, database: Path) -> None:
    with started(database, "--range", "1h") as process:
        config = home / "config" / "botpulse" / "botpulse.conf"
        qtbot.waitUntil(lambda: config.exists() and "database" in config.read_text(), timeout=20_000)
        children = psutil.Process(process.pid).children()
        assert children
        process.kill()
        _, alive = psutil.wait_procs(children, 10)
        assert alive == []


def test_options_of_the_command_line_hold_this_time_only(window: MainWindow, memory: Settings) -> None:
    apply_choices(window, parse(["--theme", "dark", "--range", "90d"]))
    assert window.live.top.picker.current == "90d"
    assert memory.text(settings.RANGE) == settings.RANGE.default
    assert memory.text(settings.THEME) == settings.THEME.default
