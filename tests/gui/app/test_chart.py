"""``botpulse chart``: a chart as a file, where there is no screen at all."""

from __future__ import annotations

import csv
import io
import re
import shlex
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtGui import QImage

from core.presenters.overview import OVERVIEW
from core.storage.labels import host_label, write_labels
from core.storage.values import Kind
from core.tables.definitions import TABLES
from core.tables.filter_language.parsing import parse
from gui.app.chart import charts, parser
from gui.pages.registry import pages
from tests.core import deployed
from tests.gui.windows import ROOT, environment

SVG = "{http://www.w3.org/2000/svg}"


def chart(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    without = environment(DISPLAY=None, WAYLAND_DISPLAY=None, QT_QPA_PLATFORM=None)
    command = [sys.executable, "-m", "gui.app.main", "chart", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, env=without, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = deployed.create(tmp_path / "analytics.db")
    deployed.fill(path, commands=60, start=time.time() - 6 * 3600)
    return path


def texts(svg: Path) -> set[str]:
    return {"".join(node.itertext()) for node in ElementTree.parse(svg).iter(f"{SVG}text")}


def test_every_chart_of_every_page_has_a_name() -> None:
    names = charts()
    assert names["commands"] == (OVERVIEW, "commands")
    assert {"users/leaders", "images/scatter", "calendar/commands", "top_commands"} <= names.keys()
    assert len(names) == sum(len(page.charts) for page in pages()) > 30


def test_the_examples_of_the_documentation_are_understood() -> None:
    tour = (ROOT / "docs" / "tour.md").read_text(encoding="utf-8")
    examples = re.findall(r"^    botpulse chart (.*)$", tour, re.MULTILINE)
    assert len(examples) >= 3
    for example in examples:
        options = parser().parse_args(shlex.split(example))
        assert options.chart in charts()
        assert not parse(options.filter, ZoneInfo("UTC"), 0.0).problems


def test_the_documentation_names_every_column_of_ids() -> None:
    """Else pandas would take them for numbers, and round them."""
    tour = (ROOT / "docs" / "tour.md").read_text(encoding="utf-8")
    named = set(re.findall(r'"(\w+)": str', tour))
    kinds = (Kind.USER, Kind.GUILD, Kind.CHANNEL)
    assert named == {column.title for table in TABLES.values() for column in table.columns if column.kind in kinds}


def test_a_chart_becomes_a_png_and_the_database_is_as_it_was(tmp_path: Path, path: Path) -> None:
    before = path.read_bytes(), sorted(path.parent.iterdir())
    done = chart(tmp_path / "c.png", path, "--chart", "commands", "--range", "7d")
    assert (done.returncode, done.stderr, done.stdout.strip()) == (0, "", str(tmp_path / "c.png"))
    image = QImage(str(tmp_path / "c.png"))
    assert (image.width(), image.height(), image.text("Title")) == (1920, 1080, "Commands")
    (tmp_path / "c.png").unlink()
    assert (path.read_bytes(), sorted(path.parent.iterdir())) == before


def test_what_is_asked_for_is_drawn(tmp_path: Path, path: Path) -> None:
    out, zone = tmp_path / "c.svg", ("--time-zone", "Asia/Kathmandu")
    assert (
        chart(out, path, "--chart", "users/leaders", "--for-discord", "--filter", "command:comfy", *zone).stderr == ""
    )
    root = ElementTree.parse(out).getroot()
    assert (root.get("width"), root.get("height")) == ("600", "340")
    words = " ".join(texts(out))
    assert "Leaderboard" in words and "analytics.db" in words and "Asia/Kathmandu" in words
    assert "only command comfy" in words
    assert chart(out, path, "--no-footer").returncode == 0
    assert "analytics.db" not in " ".join(texts(out))


@pytest.mark.slow
def test_names_that_are_known_are_drawn_as_in_the_window_unless_they_are_masked(tmp_path: Path, path: Path) -> None:
    out = tmp_path / "c.svg"
    with closing(sqlite3.connect(path)) as connection:
        users = [user for (user,) in connection.execute("SELECT DISTINCT user_id FROM command_usage")]
    write_labels([host_label("user", user, "Anna of the office") for user in users])
    leaders = (out, path, "--chart", "users/leaders", "--range", "7d")
    for more, named in ((("--user-ids",), True), (("--user-ids", "--mask-names"), False), ((), False)):
        assert chart(*leaders, *more).returncode == 0
        assert ("Anna of the office" in " ".join(texts(out))) is named, more


@pytest.mark.slow
def test_numbers_are_written_as_they_are_exported(tmp_path: Path, path: Path) -> None:
    assert chart(tmp_path / "c.csv", path, "--range", "24h").returncode == 0
    rows = list(csv.DictReader(io.StringIO((tmp_path / "c.csv").read_text(encoding="utf-8"))))
    counted = sum(float(value) for row in rows for name, value in row.items() if name not in ("from", "to"))
    assert counted == 60


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("c.txt", "a.db"), 2, "a name that ends in .png"),
        (("c.png", "a.db", "--chart", "nothing"), 2, "invalid choice"),
        (("c.png", "a.db", "--size", "10x10"), 2, "from 240x160"),
        (("c.png", "a.db", "--range", "fortnight"), 2, "no time range"),
        (("c.png", "a.db", "--time-zone", "Mars/Olympus"), 2, "there is no time zone"),
        (("c.png", "a.db", "--filter", "slow>x"), 2, "slow"),
        (("c.png", "nothing.db"), 1, "The database is not there"),
    ],
)
def test_wrong_arguments_and_files_are_told_in_words(
    tmp_path: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    out, database, *more = arguments
    done = chart(tmp_path / out, tmp_path / database, *more)
    assert done.returncode == code
    assert words in done.stderr and "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_folder_that_is_not_there_and_the_database_itself_are_refused(tmp_path: Path, path: Path) -> None:
    done = chart(tmp_path / "nowhere" / "c.png", path)
    assert done.returncode == 1 and "The folder is not there" in done.stderr
