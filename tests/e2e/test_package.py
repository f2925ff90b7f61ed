"""The packaged folder, started where there is no Python: both programs, the worker, the demo, a picture of it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil
import pytest

from tests import missing_tools
from tests.core.tracked import until

ROOT = Path(__file__).resolve().parents[2]
SPEC = ROOT / "scripts" / "packaging" / "botpulse.spec"
MOST_BYTES = 270_000_000
"""Some Pythons come with their symbols, which is 30 MB."""
WITHIN = 60.0

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems' folders are tried on them"),
    pytest.mark.skipif(importlib.util.find_spec("PyInstaller") is None, reason="needs PyInstaller"),
    pytest.mark.skipif(missing_tools.found("objdump") is None, reason="needs binutils"),
    pytest.mark.skipif(not missing_tools.shared_python(), reason="needs this Python's shared library"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder as ``make package`` builds it."""
    place = tmp_path_factory.mktemp("package")
    options = (
        "--noconfirm",
        "--log-level",
        "ERROR",
        "--distpath",
        str(place / "dist"),
        "--workpath",
        str(place / "work"),
    )
    done = subprocess.run(
        [sys.executable, "-m", "PyInstaller", *options, str(SPEC)],
        cwd=ROOT,
        env={**os.environ, "PYINSTALLER_CONFIG_DIR": str(place / "cache")},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4_000:]
    return place / "dist" / "Botpulse"


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """An environment in which nothing is found, and no Python."""
    return {"HOME": str(tmp_path), "PATH": str(tmp_path / "nothing"), "LANG": "C.UTF-8"}


def run(program: Path, *arguments: str | Path, env: dict[str, str], code: int = 0) -> str:
    done = subprocess.run(
        [str(program), *map(str, arguments)],
        env=env,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def database(folder: Path, bare: dict[str, str], tmp_path: Path) -> Path:
    path = tmp_path / "bot.db"
    run(folder / "botpulse-db", "simulate", path, "--days", "1", "--rows", "500", "--history-only", env=bare)
    return path


def size_of_png(path: Path) -> tuple[int, ...]:
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG")
    return struct.unpack(">2I", data[16:24])


def test_the_window_is_drawn_where_there_is_no_python(
    folder: Path, database: Path, bare: dict[str, str], tmp_path: Path
) -> None:
    run(folder / "botpulse", "snapshot", tmp_path / "window.png", database, "--range", "all", "--scale", "1", env=bare)
    assert size_of_png(tmp_path / "window.png") == (1600, 1000)


def test_the_demo_has_its_bot(folder: Path, bare: dict[str, str], tmp_path: Path) -> None:
    run(folder / "botpulse", "snapshot", tmp_path / "demo.png", "--demo", "--scale", "1", env=bare)
    assert size_of_png(tmp_path / "demo.png") == (1600, 1000)


def test_a_chart_is_written(folder: Path, database: Path, bare: dict[str, str], tmp_path: Path) -> None:
    chart = tmp_path / "week.svg"
    run(folder / "botpulse", "chart", chart, database, "--chart", "commands", "--range", "7d", env=bare)
    assert "<svg" in chart.read_text(encoding="utf-8")


def test_the_store_is_looked_after(folder: Path, database: Path, bare: dict[str, str], tmp_path: Path) -> None:
    assert "Backed up 5" in run(folder / "botpulse-db", "backup", database, env=bare)  # with failures, of 500 events
    run(folder / "botpulse-db", "export", database, tmp_path / "c.xlsx", "--table", "commands", env=bare)
    assert (tmp_path / "c.xlsx").stat().st_size > 1_000


def test_doctor_finds_all_as_it_should_be(folder: Path, database: Path, bare: dict[str, str]) -> None:
    said = run(folder / "botpulse", "doctor", database, env=bare)
    assert f"packaged in {folder}" in said and "PySide6" in said and "Inter" in said


@pytest.fixture
def window(folder: Path, database: Path, bare: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([str(folder / "botpulse"), str(database)], env={**bare, "QT_QPA_PLATFORM": "offscreen"})
    yield process
    process.kill()
    process.wait(WITHIN)


def test_the_window_has_its_reading_process_which_ends_with_it(window: subprocess.Popen[bytes], database: Path) -> None:
    worker = _awaited_worker(window.pid)
    assert worker.exe() == psutil.Process(window.pid).exe()
    until(lambda: str(database) in {each.path for each in worker.open_files()}, WITHIN)
    window.kill()
    worker.wait(WITHIN)


def test_it_is_no_larger_than_it_has_to_be(folder: Path) -> None:
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    assert sum(path.stat().st_size for path in files) < MOST_BYTES
    catalogues = {path.name for path in (ROOT / "resources" / "locale").iterdir() if path.is_dir()}
    assert {path.stem.removeprefix("qtbase_") for path in folder.rglob("qt*_*.qm")} == catalogues
    left_out = ("matplotlib", "tkinter", "libQt6Qml", "libQt6Quick", "libgtk")
    assert [path.name for path in folder.rglob("*") if path.name.startswith(left_out)] == []


def test_it_is_entered_among_the_programs(folder: Path, bare: dict[str, str], tmp_path: Path) -> None:
    run(folder / "botpulse", "desktop-entry", env=bare)
    entry = tmp_path / ".local" / "share" / "applications" / "botpulse.desktop"
    assert f'Exec="{folder / "botpulse"}" %u' in entry.read_text(encoding="utf-8")
    if shutil.which("desktop-file-validate"):
        subprocess.run(["desktop-file-validate", str(entry)], check=True, timeout=30)


def _awaited_worker(pid: int) -> psutil.Process:
    found: list[psutil.Process] = []

    def look() -> bool:
        children: Sequence[psutil.Process] = psutil.Process(pid).children()
        found[:] = [each for each in children if "core.worker.live.child" in " ".join(each.cmdline())]
        return bool(found)

    until(look, WITHIN)
    return found[0]
