"""The wheel and the sdist: all of it is in them, and each extra works alone in an environment that had nothing."""

from __future__ import annotations

import importlib.util
import os
import shutil
import struct
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("core", "gui", "bot_integration", "resources")
BIN = "Scripts" if os.name == "nt" else "bin"
NEVER_TOGETHER = {"": {"PySide6", "discord", "psycopg"}, "gui": {"discord", "psycopg"}}
NEVER_TOGETHER |= {"bot": {"PySide6", "pyqtgraph", "psycopg"}, "postgres": {"PySide6", "discord"}}

PIP_CACHE = subprocess.run(
    [sys.executable, "-m", "pip", "cache", "dir"], capture_output=True, text=True, timeout=60, check=False
).stdout.strip()
"""The real home's: what was downloaded once need not be again."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("ensurepip") is None, reason="this Python makes no environments"),
]


def run(*command: str | Path, at: Path | None = None, code: int = 0, **changed: str) -> str:
    """What a program says; it has to end with ``code``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BOTPULSE", "PYTHON"))}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=at,
        env={**kept, **changed},
        capture_output=True,
        encoding="utf-8",
        timeout=500,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that was built from it; of a copy, as building leaves things behind."""
    source, place = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("built")
    for name in (*PACKAGES, "docs", "scripts", "tests"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in ROOT.iterdir():
        if path.is_file() and not path.name.startswith("."):
            shutil.copy(path, source)
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", place, source)
    return place


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Makes an environment with the wheel and one extra, of the tested releases; gives its folder of programs."""

    def install(extra: str) -> Path:
        place = tmp_path_factory.mktemp(extra or "base") / "env"
        run(sys.executable, "-m", "venv", place)
        (wheel,) = built.glob("*.whl")
        wanted = f"botpulse[{extra}] @ {wheel.as_uri()}" if extra else str(wheel)
        pip = (place / BIN / "python", "-m", "pip", "--disable-pip-version-check", "--quiet", "install")
        settings = {"PIP_CACHE_DIR": PIP_CACHE, "PIP_NO_COMPILE": "1"}  # what is imported once need not be compiled
        run(*pip, wanted, "--constraint", ROOT / "constraints.txt", **settings)
        return place / BIN

    return install


def sources() -> set[str]:
    """Every file of the packages, but for what Python makes beside them."""
    files = (path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.is_file())
    return {path.relative_to(ROOT).as_posix() for path in files if "__pycache__" not in path.parts}


def found(python: Path, names: set[str]) -> str:
    """Which of these modules a Python would find."""
    code = f"import importlib.util as u; print(*(n for n in {sorted(names)!r} if u.find_spec(n)))"
    return run(python, "-c", code).strip()


def simulated(programs: Path, folder: Path) -> Path:
    """A database of a made-up bot, made by the installed command."""
    database = folder / "bot.db"
    run(programs / "botpulse-db", "simulate", database, "--days", "1", "--rows", "300", "--history-only")
    return database


def test_the_wheel_has_every_file_of_the_packages_and_every_licence(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert sources() - names == set()
    assert {name for name in names if ".dist-info/" not in name} - sources() == set()
    fonts = {path.relative_to(ROOT).as_posix() for path in (ROOT / "resources" / "fonts").glob("LICENSE*")}
    licences = {name.partition(".dist-info/licenses/")[2] for name in names if ".dist-info/licenses/" in name}
    assert licences == {"LICENSE", *fonts} and len(fonts) >= 1


def test_the_sdist_has_what_its_tests_and_pages_need(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    tests = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("*.py")}
    pages = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md")}
    beside = {"LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "README.md", "Makefile", "constraints.txt"}
    assert (sources() | tests | pages | beside) - names == set()


def test_without_an_extra_the_store_is_looked_after(installed: Callable[[str], Path], tmp_path: Path) -> None:
    programs = installed("")
    assert found(programs / "python", NEVER_TOGETHER[""]) == ""
    assert run(programs / "botpulse-db", "--version").startswith("botpulse-db 0.")
    database = simulated(programs, tmp_path)
    assert "Backed up" in run(programs / "botpulse-db", "backup", database)
    assert "The monitor is not installed" in run(programs / "botpulse", database, code=1)


def test_the_window_is_drawn_without_discord(installed: Callable[[str], Path], tmp_path: Path) -> None:
    programs = installed("gui")
    assert found(programs / "python", NEVER_TOGETHER["gui"]) == ""
    picture = tmp_path / "window.png"
    run(programs / "botpulse", "snapshot", picture, simulated(programs, tmp_path), "--scale", "1")
    assert struct.unpack(">2I", picture.read_bytes()[16:24]) == (1600, 1000)
    assert run(programs / "botpulsew", "--version").startswith("botpulse 0.")


def test_a_bot_tracks_and_draws_without_qt(installed: Callable[[str], Path], tmp_path: Path) -> None:
    programs = installed("bot")
    assert found(programs / "python", NEVER_TOGETHER["bot"]) == ""
    code = (
        "from bot_integration import setup, teardown\n"
        "from core.manager import AnalyticsManager\n"
        "manager = AnalyticsManager('bot.db')\n"
        "manager.track_command('stats', '4711')\n"
        "assert manager.flush(10)\n"
        "print(manager.get_summary_stats()['total_commands'], manager.generate_command_chart().read(4))\n"
        "manager.close()\n"
    )
    assert run(programs / "python", "-c", code, at=tmp_path).split() == ["1", r"b'\x89PNG'"]


def test_a_server_is_asked_where_its_driver_is_installed(installed: Callable[[str], Path]) -> None:
    programs = installed("postgres")
    assert found(programs / "python", NEVER_TOGETHER["postgres"]) == ""
    said = run(programs / "botpulse-db", "stats", "postgresql://nobody@127.0.0.1:9/none", "--by", "command", code=1)
    assert "driver" not in said.lower() and "127.0.0.1" in said
