"""What the project says of itself in several places must agree."""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
posix_only = pytest.mark.skipif(os.name != "posix", reason="make and the shell are POSIX's")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def names(requirements: list[str]) -> set[str]:
    """The distributions that a list of requirements names, in the index's spelling."""
    return {re.sub(r"[-_.]+", "-", re.split(r"[\s\[<>=;!~]", each)[0]).lower() for each in requirements}


def constraints() -> list[str]:
    return [line for line in read("constraints.txt").splitlines() if line and not line.startswith("#")]


@pytest.fixture(scope="module")
def system_libraries() -> ModuleType:
    spec = importlib.util.spec_from_file_location("system_libraries", ROOT / "scripts" / "system_libraries.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("entry", [*PROJECT["scripts"].values(), *PROJECT["gui-scripts"].values()])
def test_every_command_is_there(entry: str) -> None:
    module, _, function = entry.partition(":")
    assert callable(getattr(importlib.import_module(module), function))


def test_constraints_are_exact_and_name_no_place() -> None:
    assert [line for line in constraints() if not re.fullmatch(r"[\w.-]+==[\w.+]+", line)] == []


def test_every_dependency_is_pinned() -> None:
    wanted = names([*PROJECT["dependencies"], *(each for extra in EXTRAS.values() for each in extra)])
    assert wanted - names(constraints()) == set()


def test_the_bot_installs_no_qt_and_the_monitor_no_discord() -> None:
    base = names(PROJECT["dependencies"])
    qt = {"pyside6-essentials", "pyqtgraph"}
    assert qt <= names(EXTRAS["gui"])
    assert not qt & (base | names(EXTRAS["bot"]))
    assert "discord-py" not in base | names(EXTRAS["gui"])


def test_core_needs_only_the_base_install() -> None:
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in (ROOT / "core").rglob("*.py")]
    code = (
        f"import importlib, sys\n"
        f"for name in {[name for name in names if '.0' not in name]!r}: importlib.import_module(name)\n"
        "heavy = {'PySide6', 'pyqtgraph', 'discord', 'aiohttp'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_packaged_files_are_there() -> None:
    patterns = tomllib.loads(read("pyproject.toml"))["tool"]["setuptools"]["package-data"]["resources"]
    packaged = {path for pattern in patterns for path in (ROOT / "resources").glob(pattern)}
    wanted = {path for path in (ROOT / "resources").rglob("*") if path.is_file() and path.suffix not in {".py", ".pyc"}}
    assert wanted - packaged == {ROOT / "resources" / "py.typed"}


def test_typed_packages_say_so() -> None:
    assert all((ROOT / package / "py.typed").is_file() for package in ("core", "gui", "bot_integration", "resources"))


def test_the_readme_and_ci_run_the_same_tests() -> None:
    assert "make test" in read("README.md")
    assert "make run" in read("README.md")
    assert read(".ci/run").splitlines()[-1] == "twice make test"
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_readme_leads_to_the_first_five_minutes_before_its_picture() -> None:
    first_screen = read("README.md").partition("![")[0]
    for page in ("start-windows", "start-server", "start-bot"):
        assert f"(docs/{page}.md)" in first_screen
        assert len(read(f"docs/{page}.md").splitlines()) <= 60
        linked = re.findall(r"\]\(([\w-]+\.md)\)", read(f"docs/{page}.md"))
        assert [name for name in linked if not (ROOT / "docs" / name).is_file()] == []


def test_the_pages_name_one_environment_that_is_not_the_folder_of_a_clone() -> None:
    """A clone in the home folder is called botpulse: an environment of that name would be laid into it."""
    pages = [read(f"docs/{name}.md") for name in ("start-windows", "start-server", "start-bot", "by-itself")]
    made = [name for page in pages for name in re.findall(r"-m venv (?:~/|\$HOME\\)([\w-]+)", page)]
    used = [name for page in pages for name in re.findall(r"([\w.-]+)[/\\](?:bin|Scripts)[/\\]", page)]
    assert len(made) == 2
    assert set(made) == set(used) != {"botpulse"}


def test_the_changelog_has_a_place_for_news() -> None:
    assert "## [Unreleased]" in read("CHANGELOG.md")


@posix_only
def test_make_says_what_it_can() -> None:
    done = subprocess.run(
        ["make", "help", f"PYTHON={sys.executable}"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    offered = re.findall(r"make ([\w-]+)", done.stdout)
    assert {"run", "test", "test-all", "check", "bench", "wheel", "package", "clean"} <= set(offered)


@posix_only
def test_run_without_a_display_draws_a_picture() -> None:
    """Only what make would do: the window itself is tested with the monitor."""
    bare = {name: value for name, value in os.environ.items() if name not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    for extra, expected in (({}, "snapshot build/botpulse.png --demo"), ({"DISPLAY": ":7"}, "botpulse --demo")):
        command = ["make", "-n", "run", f"PYTHON={sys.executable}"]
        done = subprocess.run(
            command, cwd=ROOT, env=bare | extra, capture_output=True, text=True, timeout=60, check=True
        )
        if sys.platform != "darwin":
            assert expected in done.stdout


@posix_only
def test_an_older_python_is_told(tmp_path: Path) -> None:
    pretend = tmp_path / "pretend.py"
    pretend.write_text(
        "import runpy, sys\n"
        "sys.version_info, sys.version, sys.argv = (3, 9, 2), '3.9.2 (old)', sys.argv[1:]\n"
        "runpy.run_path(sys.argv[0], run_name='__main__')\n"
    )
    old = tmp_path / "python"
    old.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{pretend}" "$@"\n')
    old.chmod(0o755)
    done = subprocess.run(
        ["make", "-C", str(ROOT), f"PYTHON={old}", "VENV=" + str(tmp_path / "venv"), "setup"],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode != 0
    assert "needs Python 3.11 or newer" in done.stderr
    assert "3.9.2" in done.stderr
    assert not (tmp_path / "venv").exists()


def test_missing_libraries_are_named_with_their_package(system_libraries: ModuleType) -> None:
    source = system_libraries.Source("libxcb-cursor0", "xcb-util-cursor")
    text = "\n".join(system_libraries.explanation([("libxcb-cursor.so.0", source)]))
    assert "libxcb-cursor.so.0" in text
    assert "libxcb-cursor0" in text or "xcb-util-cursor" in text


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="apt-get is Debian's")
@pytest.mark.parametrize(("user", "asked"), [(0, True), (1000, False)])
def test_root_installs_and_others_are_told(
    system_libraries: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    user: int,
    asked: bool,
) -> None:
    """The one fake is apt-get: a test must not install anything."""
    apt, calls = tmp_path / "apt-get", tmp_path / "calls"
    apt.write_text(f'#!/bin/sh\necho "$@" >> "{calls}"\n')
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(os, "geteuid", lambda: user)
    monkeypatch.setattr(system_libraries, "WINDOW", {"libno-such.so.0": system_libraries.Source("libno-such0", "none")})
    assert system_libraries.main([]) == 0
    assert system_libraries.main(["--window"]) == 1
    ran = calls.read_text().splitlines() if calls.exists() else []
    assert [line.split()[3] for line in ran] == (["update", "install"] if asked else [])
    assert all(line.endswith("libno-such0") for line in ran[1:])
    assert "sudo apt-get install libno-such0" in capfd.readouterr().err


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux leaves Qt's libraries to the system")
def test_the_loader_is_asked(system_libraries: ModuleType) -> None:
    assert system_libraries.loads("libc.so.6")
    assert not system_libraries.loads("libno-such-thing.so.0")
    assert system_libraries.missing_packages(windowed=False) == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads ELF files")
@pytest.mark.parametrize("plugin", ["offscreen", "xcb", "wayland"])
def test_every_library_that_qt_links_is_looked_for(system_libraries: ModuleType, plugin: str) -> None:
    """Qt's own libraries come with PySide6; all others that it names must be in the script's tables."""
    import PySide6

    qt = Path(PySide6.__path__[0]) / "Qt"
    own = {path.name for path in (qt / "lib").iterdir()}
    files = [qt / "plugins" / "platforms" / f"libq{plugin}.so"]
    files += [qt / "lib" / f"libQt6{name}.so.6" for name in ("Core", "Gui", "Widgets", "Svg", "DBus", "OpenGL")]
    known = {**system_libraries.DRAWING, **(system_libraries.WINDOW if plugin != "offscreen" else {})}
    everywhere = re.compile(rb"\0(lib(?:c|m|dl|rt|pthread|gcc_s)\.so\.\d+)(?=\0)")
    linked: set[str] = set()
    for file in files:
        data = file.read_bytes()
        found = set(re.findall(rb"\0(lib[\w.+-]+\.so\.\d+)(?=\0)", data)) - set(everywhere.findall(data))
        linked |= {each.decode() for each in found}
    assert linked - own - set(known) == set()
