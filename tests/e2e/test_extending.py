"""docs/extending.md, walked through: what it shows is written down, run in a real bot, and seen in the real window."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import discord
import pytest
from discord.ext import commands
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.filters import Filter
from core.tables import extensions
from gui.settings import Settings
from gui.window.main_window import MainWindow
from tests import extending
from tests.bot_integration.loopback import LoopbackDiscord, Person, Posted
from tests.bot_integration.running import RunningBot, running_bot
from tests.bot_integration.studio import Studio, png_size, studio
from tests.core import deployed
from tests.gui.boards import act, bar_names, figures, open_on, rows_in, settle
from tests.gui.windows import ROOT, do_beside, environment, open_window, press, watch, words

VOTE = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from core.manager import AnalyticsManager
from votes import track_vote
with AnalyticsManager(Path(sys.argv[2])) as manager:
    for number in range(int(sys.argv[3])):
        track_vote(manager, "up" if number % 4 else "down", 1000 + number % 2, 4711 + number % 3, 77)
"""
"""A bot in another process, with the page's own tracking function: so many votes, every fourth of them down."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The files of the page in a folder, and the monitor told of them."""
    place = tmp_path / "a bot"
    place.mkdir()
    files = extending.write_files(place)
    monkeypatch.setenv(extensions.VARIABLE, str(files["votes.py"]))
    with extending.bots_folder(place):
        yield place


def vote(qtbot: QtBot, folder: Path, path: Path, times: int) -> None:
    do_beside(qtbot, VOTE, folder, path, str(times))


def stored(path: Path, columns: str = "vote") -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(f"SELECT {columns} FROM botpulse_metric_votes ORDER BY id").fetchall()


def post_image(running: RunningBot[Any], place: Studio) -> Posted:
    """The bot sends an image with the buttons under it."""

    async def send() -> None:
        channel = running.bot.get_channel(place.guild.channel.id)
        assert isinstance(channel, discord.TextChannel)
        await channel.send("a fox", view=extending.module("vote_buttons").VoteButtons())

    running.run(send())
    return place.discord.messages(place.guild)[-1]


def press_thumb(discord_: LoopbackDiscord, person: Person, image: Posted, which: str) -> None:
    reply = discord_.click(person, image, f"votes:{which}").wait()
    assert reply.ephemeral and reply.content == "Thank you, that counts."


@pytest.mark.slow
@pytest.mark.expect_log
def test_the_pages_bot_counts_presses_and_answers_with_them(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "analytics.db"

    async def make() -> commands.Bot:
        bot = commands.Bot(commands.when_mentioned, intents=discord.Intents.default())
        await extending.module("vote_bot").add_votes(bot, place.manager)
        return bot

    with studio(path) as place, running_bot(make, place.discord) as running:
        first, second = post_image(running, place), post_image(running, place)
        for person, image, which in (
            (place.admin, first, "up"),
            (place.helper, first, "up"),
            (place.nobody, first, "down"),
            (place.nobody, second, "up"),
        ):
            press_thumb(place.discord, person, image, which)
        reply = place.discord.slash(place.nobody, "vote_stats", where=place.guild, options={"days": 3}).wait(60)
        assert reply.deferred and reply.ephemeral
        (embed,) = reply.embeds
        assert embed["title"] == "Votes" and embed["description"] == "4 in 3 days"
        assert [field["value"] for field in embed["fields"]] == ["3", "1", f"{first.id}: 3\n{second.id}: 1"]
        assert png_size(reply.files["chart.png"]) == (1200, 680)
        ran = place.discord.wait_for(lambda: place.tracked("vote_stats"))
        assert ran == [(str(place.nobody.id), str(place.guild.id), 1)]
        guild = str(place.guild.id)
    assert stored(path, "vote, image, guild_id") == [
        ("up", str(first.id), guild),
        ("up", str(first.id), guild),
        ("down", str(first.id), guild),
        ("up", str(second.id), guild),
    ]


@pytest.mark.slow
def test_the_page_in_the_window_counts_and_follows(
    qtbot: QtBot, qapp: QApplication, folder: Path, database: Path, memory: Settings
) -> None:
    vote(qtbot, folder, database, 12)
    assert extensions.load() == ()
    window = open_window(qtbot, memory)
    board, snapshot = open_on(qtbot, window, database, "votes")
    assert window.live.rail.button("votes").text() == "Votes"
    assert figures(board) == {
        "Votes": "12 in 24 h",
        "up": "9 75.0 %",
        "down": "3 25.0 %",
        "Distinct images": "2 in 24 h",
        "Distinct users": "3 in 24 h",
    }
    chart = snapshot.content.charts["over_time"]
    assert {series.name: sum(series.values) for series in chart.series} == {"up": 9, "down": 3}
    assert bar_names(board.plots["by_image"]) == ["1000", "1001"]
    assert board.table is not None and rows_in(board.table) == 12
    follow_and_filter(qtbot, window, folder, database)


def follow_and_filter(qtbot: QtBot, window: MainWindow, folder: Path, database: Path) -> None:
    """Live: votes of a bot in another process. Then by a bar, by the filter box, and what other pages make of it."""
    board = window.live.pages["votes"]
    seen = act(qtbot, window, lambda: vote(qtbot, folder, database, 4), last_ids=ids(window, botpulse_metric_votes=16))
    assert {series.name: sum(series.values) for series in seen.content.charts["over_time"].series} == {
        "up": 12,
        "down": 4,
    }
    assert figures(board)["Votes"] == "16 in 24 h"
    qtbot.waitUntil(lambda: rows_in(board.table) == 16)
    board.table.frame.filter_box.set_text("action:down user:4711")
    settle(qtbot, board.table)
    assert rows_in(board.table) == 2
    board.table.frame.filter_box.set_text("")
    act(qtbot, window, lambda: window.filter_by(Filter.of(action="down")), chosen=Filter.of(action="down"))
    assert figures(board)["Votes"] == "4 in 24 h"
    press(window, "Alt+0")
    assert window.live.page == "votes"


def ids(window: MainWindow, **changed: int) -> dict[str, int]:
    assert window.live.shown is not None
    return {**window.live.shown.last_ids, **changed}


@pytest.mark.slow
def test_a_file_without_the_table_is_left_as_it_is_and_the_page_says_what_fills_it(
    qtbot: QtBot, qapp: QApplication, folder: Path, database: Path, memory: Settings
) -> None:
    extensions.load()
    before = database.read_bytes()
    window = open_window(qtbot, memory)
    board, _ = open_on(qtbot, window, database, "votes")
    filled_by = "One is recorded when somebody presses a button under an image, and appears here by itself."
    assert words(board.plots["over_time"].chart.empty) == f"No votes in 24 h. {filled_by}"
    assert database.read_bytes() == before
    assert sorted(each.name for each in database.parent.iterdir()) == ["analytics.db"]
    seen = act(qtbot, window, lambda: vote(qtbot, folder, database, 1), last_ids=ids(window, botpulse_metric_votes=1))
    assert seen.content.figures[0].value == "1"


def test_without_the_extension_nothing_is_different(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    watch(qtbot, window, database)
    with pytest.raises(KeyError):
        window.live.rail.button("votes")


def run(*arguments: str | Path, **changed: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *map(str, arguments)]
    place = environment(**changed)
    return subprocess.run(command, cwd=ROOT, env=place, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.slow
def test_the_commands_of_the_terminal_know_it(qtbot: QtBot, folder: Path, database: Path, tmp_path: Path) -> None:
    vote(qtbot, folder, database, 8)
    picture = tmp_path / "votes.png"
    drawn = run("-m", "gui.app.main", "snapshot", picture, database, "--page", "votes", "--size", "1000x700")
    assert (drawn.returncode, drawn.stderr) == (0, "")
    assert png_size(picture.read_bytes()) == (2000, 1400)
    rows = tmp_path / "votes.jsonl"
    exported = run("-m", "core.cli.main", "export", database, rows, "--table", "votes")
    assert exported.returncode == 0, exported.stderr
    lines = [json.loads(line) for line in rows.read_text(encoding="utf-8").splitlines()]
    assert len(lines) == 8 and lines[-1]["vote"] == "down" and lines[-1]["image"] == "1000"


@pytest.mark.slow
def test_a_broken_extension_is_told_and_the_window_opens(folder: Path, database: Path, tmp_path: Path) -> None:
    broken = folder / "broken.py"
    broken.write_text("raise RuntimeError('no')", encoding="utf-8")
    picture = tmp_path / "health.png"
    names = os.pathsep.join((str(broken), str(folder / "votes.py")))
    drawn = run("-m", "gui.app.main", "snapshot", picture, database, "--page", "votes", BOTPULSE_EXTENSIONS=names)
    assert drawn.returncode == 0 and picture.exists()
    told = run("-m", "core.cli.main", "export", "--help", BOTPULSE_EXTENSIONS=names)
    assert told.returncode == 0 and "broken.py (RuntimeError: no)" in told.stderr and "votes" in told.stdout


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows knows this signal differently")
def test_the_window_opens_beside_a_broken_extension_and_the_terminal_says_why(
    qtbot: QtBot, folder: Path, database: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "broken.py").write_text("raise RuntimeError('no')", encoding="utf-8")
    monkeypatch.setenv(extensions.VARIABLE, os.pathsep.join(map(str, (folder / "broken.py", folder / "votes.py"))))
    config = home / "config" / "botpulse" / "botpulse.conf"
    command = [sys.executable, "-m", "gui.app.main", str(database), "--page", "votes"]
    with subprocess.Popen(command, cwd=ROOT, env=environment(), stderr=subprocess.PIPE, text=True) as process:
        qtbot.waitUntil(lambda: config.exists() and "database" in config.read_text(), timeout=30_000)
        process.terminate()
        qtbot.waitUntil(lambda: process.poll() is not None, timeout=10_000)
        assert process.stderr is not None
        told = process.stderr.read()
    assert process.returncode == 0
    assert "An extension can't be used" in told and "broken.py" in told and "RuntimeError: no" in told


@pytest.mark.slow
def test_the_deployed_bot_goes_on_beside_it(folder: Path, database: Path, qtbot: QtBot) -> None:
    vote(qtbot, folder, database, 2)
    bot = deployed.Bot(database)
    assert bot.track_command() and bot.track_image() and bot.daily()
    assert bot.reset() and len(stored(database)) == 2
