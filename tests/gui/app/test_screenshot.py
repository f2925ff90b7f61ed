from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from PySide6.QtGui import QColor, QImage

from gui import settings
from gui.settings import Settings
from tests.core import deployed
from tests.gui.windows import ROOT, environment
from tests.parameters import slow_after

SIZE = ("--size", "1000x700", "--scale", "1.5")


def snapshot(*arguments: str | Path, **changed: str | None) -> subprocess.CompletedProcess[str]:
    """Run the command where there is no screen at all."""
    without = {"DISPLAY": None, "WAYLAND_DISPLAY": None, "QT_QPA_PLATFORM": None} | changed
    command = [sys.executable, "-m", "gui.app.main", "snapshot", *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, env=environment(**without), capture_output=True, text=True, timeout=60, check=False
    )


def shades(image: QImage) -> set[str]:
    return {image.pixelColor(x, y).name() for x in range(0, image.width(), 25) for y in range(0, image.height(), 25)}


@pytest.mark.parametrize(("theme", "ground"), slow_after(1, [("dark", "#0f1318"), ("light", "#f4f6f9")]))
def test_the_window_becomes_a_png_without_a_screen(tmp_path: Path, database: Path, theme: str, ground: str) -> None:
    out = tmp_path / "picture.png"
    before = database.read_bytes(), sorted(database.parent.iterdir())
    done = snapshot(out, database, *SIZE, "--theme", theme)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip() == str(out)
    image = QImage(str(out))
    assert (image.width(), image.height()) == (1500, 1050)
    assert out.read_bytes().startswith(b"\x89PNG")
    found = shades(image)
    assert ground in found
    assert len(found) > 8
    lights = [QColor(name).lightness() for name in found]
    assert max(lights) - min(lights) > 60
    assert (database.read_bytes(), sorted(database.parent.iterdir())) == before


@pytest.mark.slow
def test_another_range_is_another_picture(tmp_path: Path) -> None:
    path = deployed.create(tmp_path / "a.db")
    deployed.fill(path, commands=50, start=time.time() - 6 * 3600)
    pictures = []
    for key in ("15min", "24h"):
        assert snapshot(tmp_path / f"{key}.png", path, *SIZE, "--range", key).returncode == 0
        pictures.append(QImage(str(tmp_path / f"{key}.png")))
    assert pictures[0] != pictures[1]


@pytest.mark.slow
def test_the_time_zone_is_that_of_the_preferences_or_of_the_command(tmp_path: Path, database: Path) -> None:
    def zone_line(name: str, *options: str) -> QImage:
        assert snapshot(tmp_path / name, database, *SIZE, *options).returncode == 0
        image = QImage(str(tmp_path / name))
        return image.copy(image.width() - 300, image.height() - 30, 300, 30)

    asked = zone_line("asked.png", "--time-zone", "Asia/Kathmandu")
    assert asked != zone_line("own.png")
    Settings().remember(settings.ZONE, "Asia/Kathmandu")
    assert asked == zone_line("preferred.png")
    assert "Europe/Berlin" in snapshot("x.png", database, "--time-zone", "Mars/Olympus").stderr


@pytest.mark.slow
def test_a_missing_database_is_told_in_words(tmp_path: Path) -> None:
    out = tmp_path / "picture.png"
    done = snapshot(out, tmp_path / "nothing.db")
    assert done.returncode == 1
    assert "The database is not there" in done.stderr
    assert "Traceback" not in done.stderr
    assert not out.exists()


@pytest.mark.slow
def test_a_picture_that_cannot_be_saved_is_told_in_words(tmp_path: Path, database: Path) -> None:
    done = snapshot(tmp_path / "no such folder" / "picture.png", database, *SIZE)
    assert done.returncode == 1
    assert "The folder is not there" in done.stderr
    assert done.stdout == ""


@pytest.mark.slow
def test_without_any_database_it_is_the_welcome_page(tmp_path: Path) -> None:
    out = tmp_path / "welcome"
    assert snapshot(out, *SIZE).returncode == 0
    assert QImage(str(out)).width() == 1500


@pytest.mark.slow
def test_the_demo_is_shown_live_and_leaves_nothing_behind(tmp_path: Path) -> None:
    folder, out = tmp_path / "temporary", tmp_path / "demo.png"
    folder.mkdir()
    done = snapshot(out, "--demo", *SIZE, TMPDIR=str(folder))
    assert (done.returncode, done.stderr) == (0, "")
    assert len(shades(QImage(str(out)))) > 8
    assert list(folder.iterdir()) == []
    commands = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
    assert not [command for command in commands if any(str(folder) in word for word in command)]
