"""The packaged folder: its size, and how soon it has drawn its window, beside the installed command."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from core.simulation.history import write_history
from core.storage.location import locate
from tests.benchmarks.report import Row

ROOT = Path(__file__).resolve().parents[2]
SPEC = ROOT / "scripts" / "packaging" / "botpulse.spec"
INSTALLED = (sys.executable, "-m", "gui.app.start")


def run(quick: bool = False) -> list[Row]:
    """Build the folder and measure; ``quick`` has fewer rounds."""
    with tempfile.TemporaryDirectory(prefix="botpulse-bench-") as name:
        place = Path(name)
        where = ("--distpath", str(place / "dist"), "--workpath", str(place / "work"))
        build = (sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR", *where, str(SPEC))
        subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
        folder = place / "dist" / "Botpulse"
        files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
        size = sum(path.stat().st_size for path in files) / 1e6
        rounds = 3 if quick else 9
        return [Row("packaged folder", "MB", size, 270, note=f"{len(files)} files"), _start(folder, place, rounds)]


def _start(folder: Path, place: Path, rounds: int) -> Row:
    database = place / "bot.db"
    write_history(locate(database), days=5, rows=5_000)
    pairs = []
    for _ in range(rounds + 1):
        packaged = _drawn((str(folder / "botpulse"),), database, place)
        pairs.append((packaged, _drawn(INSTALLED, database, place)))
    packaged, installed = (statistics.median(times) for times in zip(*pairs[1:], strict=True))  # the first reads disks
    ratio = statistics.median(ours / other for ours, other in pairs[1:])
    note = f"from the command to the picture; packaged {packaged:.2f} s, installed {installed:.2f} s"
    return Row("start of the packaged window ÷ of the installed one", "×", ratio, 1.5, note=note)


def _drawn(program: tuple[str, ...], database: Path, place: Path) -> float:
    """Seconds until a program has drawn the window and ended."""
    command = (*program, "snapshot", str(place / "out.png"), str(database), "--range", "all", "--scale", "1")
    began = time.perf_counter()
    subprocess.run(command, cwd=ROOT, env={**os.environ, "HOME": str(place)}, check=True, capture_output=True)
    return time.perf_counter() - began
