"""What is missing before there is a window is told in words, and ends with 1."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.gui.windows import ROOT, environment
from tests.parameters import slow_after
from tests.platforms import ON_WINDOWS

NO_PACKAGE = 'raise ModuleNotFoundError("No module named {0!r}", name={0!r})'
NO_LIBRARY = """\
raise ImportError("libEGL.so.1: cannot open shared object file: No such file or directory", name="PySide6.QtGui")"""


def run(module: str, *arguments: str | Path, **changed: str | None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", module, *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, env=environment(**changed), capture_output=True, text=True, timeout=60, check=False
    )


def without(folder: Path, package: str, fault: str = NO_PACKAGE) -> str:
    """A PYTHONPATH with which a package can't be imported."""
    place = folder / package
    place.mkdir()
    (place / "__init__.py").write_text(fault.format(package))
    return f"{folder}{os.pathsep}{ROOT}"


@pytest.mark.parametrize("package", ["PySide6", "pyqtgraph"])
@pytest.mark.parametrize("arguments", [("--demo",), ("snapshot", "x.png")])
def test_without_its_extra_the_monitor_says_how_to_get_it(
    tmp_path: Path, package: str, arguments: tuple[str, ...]
) -> None:
    done = run("gui.app.start", *arguments, PYTHONPATH=without(tmp_path, package))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"The monitor is not installed: {package}\n")
    assert "botpulse[gui]" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_the_monitor_the_other_command_works(tmp_path: Path) -> None:
    done = run("core.cli.main", "--version", PYTHONPATH=without(tmp_path, "PySide6"))
    assert (done.returncode, done.stderr) == (0, "")


def test_a_library_that_the_system_lacks_is_named(tmp_path: Path) -> None:
    done = run("gui.app.start", PYTHONPATH=without(tmp_path, "PySide6", NO_LIBRARY))
    assert done.returncode == 1
    assert done.stderr.startswith("The system lacks a library: libEGL.so.1 (cannot open shared object file")
    assert "libegl1" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_ours_to_mend_stays_a_traceback(tmp_path: Path) -> None:
    fault = "raise ModuleNotFoundError(\"No module named 'gui.lost'\", name='gui.lost')"
    done = run("gui.app.start", PYTHONPATH=without(tmp_path, "PySide6", fault))
    assert "Traceback" in done.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a display")
@pytest.mark.parametrize("platform", slow_after(1, [None, "xcb", "wayland", "nonsense"]))
def test_without_a_display_the_picture_is_named(platform: str | None) -> None:
    gone = {"DISPLAY": None, "WAYLAND_DISPLAY": None, "XDG_RUNTIME_DIR": None, "XDG_SESSION_TYPE": None}
    done = run("gui.app.start", QT_QPA_PLATFORM=platform, **gone)
    assert (done.returncode, done.stdout) == (1, "")
    assert "No window can be opened here: " in done.stderr  # the display's own library may say something first
    assert "botpulse snapshot" in done.stderr
    assert "display From 6.5.0" not in done.stderr  # each of Qt's reasons is a sentence


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a display")
def test_the_picture_needs_no_display(tmp_path: Path) -> None:
    out = tmp_path / "picture.png"
    gone = {"DISPLAY": None, "WAYLAND_DISPLAY": None, "QT_QPA_PLATFORM": None}
    done = run("gui.app.start", "snapshot", out, "--size", "900x600", "--scale", "1", **gone)
    assert (done.returncode, done.stderr) == (0, "")
    assert out.stat().st_size > 1_000


@pytest.mark.skipif(not ON_WINDOWS, reason="Windows' task bar")
def test_on_windows_it_has_a_place_of_its_own_in_the_task_bar() -> None:
    assert told_to_windows()[0] == "Botpulse.Botpulse"


@pytest.mark.skipif(not ON_WINDOWS, reason="Windows' folder of fonts")
def test_on_windows_it_finds_the_systems_fonts_without_a_screen() -> None:
    assert Path(told_to_windows()[1]).is_dir()


def told_to_windows() -> list[str]:
    """The identity in the task bar, and the folder of fonts, of a process of ours that is to draw into memory."""
    code = (
        "import ctypes, os\nos.environ.pop('QT_QPA_FONTDIR', None)\nos.environ['QT_QPA_PLATFORM'] = 'offscreen'\n"
        "from gui.app.startup import be_ready_for_windows\nbe_ready_for_windows()\n"
        "told = ctypes.c_wchar_p()\n"
        "ctypes.windll.shell32.GetCurrentProcessExplicitAppUserModelID(ctypes.byref(told))\n"
        "print(told.value, os.environ['QT_QPA_FONTDIR'])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    return done.stdout.split()
