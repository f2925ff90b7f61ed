"""The package for Windows: the installer is compiled; where ``make package-windows`` was run, it is tried under Wine.

What is tried runs in a prefix of its own that has never seen a Python.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("it is tried from Linux, under Wine", allow_module_level=True)

# isort: split
from gui.app import startup
from scripts.packaging import windows as windows_package
from scripts.packaging.windows import OUT, build_installer, version
from scripts.windows.wine import WINE, Windows, own_display
from tests import missing_tools

ENTRY = "AppData/Roaming/Microsoft/Windows/Start Menu/Programs/Botpulse.lnk"
SETUP = OUT / f"Botpulse-{version()}-setup.exe"

pytestmark = pytest.mark.slow

under_wine = pytest.mark.skipif(
    not SETUP.is_file() or shutil.which(WINE) is None or shutil.which("Xvfb") is None,
    reason="make package-windows was not run here",
)


@pytest.mark.skipif(missing_tools.found("makensis") is None, reason="needs NSIS")
def test_the_installer_is_compiled_without_a_warning(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "Botpulse"
    (folder / "_internal").mkdir(parents=True)
    for name in ("Botpulse.exe", "botpulse-db.exe", "_internal/python.dll"):
        (folder / name).write_bytes(b"MZ")
    build_installer(folder, tmp_path / "Botpulse-setup.exe", tmp_path / "icons")
    assert (tmp_path / "Botpulse-setup.exe").read_bytes()[:2] == b"MZ"
    assert "warning" not in capfd.readouterr().out


def test_start_menu_and_window_are_one_thing_in_the_task_bar() -> None:
    recipe = Path(windows_package.__file__).with_name("installer.nsi").read_text(encoding="utf-8")
    assert f'!define TASK_BAR_ID "{startup._TASK_BAR_ID}"' in recipe


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Windows]:
    """A Windows without a Python, with fonts to draw with."""
    with own_display() as display:
        made = Windows(tmp_path_factory.mktemp("windows") / "prefix", display)
        try:
            made.run("wineboot", "-i")
            made.run("winecfg", "-v", "win10")
            fonts = made.prefix / "drive_c" / "py313" / "fonts"  # where the environment has Qt look
            fonts.mkdir(parents=True)
            shutil.copy("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", fonts)
            yield made
        finally:
            made.end()


@pytest.fixture(scope="module")
def programs(windows: Windows) -> Path:
    """Where the installer put them, with a database of a made-up bot on C:."""
    drive = windows.prefix / "drive_c"
    shutil.copy(SETUP, drive / "setup.exe")
    windows.run(r"C:\setup.exe", "/S")
    (home,) = (path for path in (drive / "users").iterdir() if (path / ENTRY).is_file())
    folder = home / "AppData" / "Local" / "Programs" / "Botpulse"
    arguments = ("simulate", r"C:\bot.db", "--days", "1", "--rows", "500", "--history-only")
    windows.run(_name(windows, folder / "botpulse-db.exe"), *arguments)
    return folder


def _name(windows: Windows, path: Path) -> str:
    """A file's name as Windows has it."""
    return "C:\\" + str(path.relative_to(windows.prefix / "drive_c")).replace("/", "\\")


def size_of_png(path: Path) -> tuple[int, ...]:
    return struct.unpack(">2I", path.read_bytes()[16:24])


@under_wine
@pytest.mark.parametrize("source", [(r"C:\bot.db",), ("--demo",)], ids=["database", "demo"])
def test_the_window_is_drawn_where_there_is_no_python(windows: Windows, programs: Path, source: tuple[str]) -> None:
    picture = windows.prefix / "drive_c" / "window.png"
    picture.unlink(missing_ok=True)
    program = _name(windows, programs / "Botpulse.exe")
    windows.run(program, "snapshot", r"C:\window.png", *source, "--scale", "1")
    assert size_of_png(picture) == (1600, 1000)


@under_wine
def test_both_programs_say_their_version(windows: Windows, programs: Path) -> None:
    assert windows.run(_name(windows, programs / "botpulse-db.exe"), "--version").strip() == f"botpulse-db {version()}"
    assert windows.run(_name(windows, programs / "Botpulse.exe"), "--version").strip() == f"botpulse {version()}"


@under_wine
def test_doctor_finds_all_as_it_should_be(windows: Windows, programs: Path) -> None:
    said = windows.run(_name(windows, programs / "Botpulse.exe"), "doctor", r"C:\bot.db")
    assert "packaged in" in said and "windows: " in said and "Nothing needs to be mended." in said


@under_wine
def test_the_program_has_an_icon_and_its_version(programs: Path) -> None:
    pefile = pytest.importorskip("pefile")
    with pefile.PE(str(programs / "Botpulse.exe")) as program:
        kinds = {entry.id for entry in program.DIRECTORY_ENTRY_RESOURCE.entries}
        assert {pefile.RESOURCE_TYPE["RT_GROUP_ICON"], pefile.RESOURCE_TYPE["RT_VERSION"]} <= kinds
        assert program.OPTIONAL_HEADER.Subsystem == pefile.SUBSYSTEM_TYPE["IMAGE_SUBSYSTEM_WINDOWS_GUI"]


def registered(windows: Windows, key: str) -> str:
    """What Windows' registry has for this user under a key; empty where there is none."""
    asked = [WINE, "reg", "query", rf"HKCU\{key}", "/s"]
    done = subprocess.run(asked, env=windows.environment(), capture_output=True, timeout=60, check=False)
    return done.stdout.decode(errors="replace") if done.returncode == 0 else ""


@under_wine
def test_links_to_views_lead_to_it(windows: Windows, programs: Path) -> None:
    known = registered(windows, r"Software\Classes\botpulse")
    assert "URL Protocol" in known and f'"{_name(windows, programs)}\\Botpulse.exe" "%1"' in known


@under_wine
def test_it_is_taken_away_whole_and_the_hosts_file_stays(windows: Windows, programs: Path) -> None:
    place = _name(windows, programs)
    windows.run(f"{place}\\uninstall.exe", "/S", f"_?={place}")
    assert not any((programs / name).exists() for name in ("Botpulse.exe", "botpulse-db.exe", "_internal"))
    assert list((windows.prefix / "drive_c" / "users").glob(f"*/{ENTRY}")) == []
    assert (windows.prefix / "drive_c" / "bot.db").is_file()
    assert registered(windows, r"Software\Microsoft\Windows\CurrentVersion\Uninstall\Botpulse") == ""
    assert registered(windows, r"Software\Classes\botpulse") == ""
