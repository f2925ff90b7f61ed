"""Botpulse installed, as a wheel and editable, beside a bot that has folders named core, gui and resources."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("core", "gui", "bot_integration", "resources")

pytestmark = pytest.mark.slow

OWN = {
    "core/settings.py": "OWNER = '4711'",
    "core/storage/albums.py": "PLACE = 'here'",
    "gui/window.py": "TITLE = 'mine'",
    "gui/widgets/button.py": "WORDS = 'press'",
    "resources/texts.py": "HELLO = 'hello'",
}
"""What the bot has: no name of it is one of ours, but ``gui/window.py`` stands where we have a folder."""

ALONE = """
import core.settings, core.storage.albums, gui.window, gui.widgets.button
from resources import texts
print(core.settings.OWNER, core.storage.albums.PLACE, gui.window.TITLE, gui.widgets.button.WORDS, texts.HELLO)
"""

TOGETHER = f"""
from bot_integration.compat import analytics_manager
{ALONE}
analytics_manager.track_command("stats", core.settings.OWNER)
assert analytics_manager.flush(10)
print(analytics_manager.get_summary_stats()["total_commands"], analytics_manager.generate_command_chart().read(4))
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is packaged: building leaves things beside the source."""
    place = tmp_path_factory.mktemp("source")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, place)
    return place


@pytest.fixture(scope="module", params=["wheel", "editable"])
def python(request: pytest.FixtureRequest, source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with Botpulse in it, and with the libraries of this one."""
    if find_spec("venv") is None:
        pytest.skip("this Python makes no environments: python.org's embeddable one")
    place = tmp_path_factory.mktemp(request.param) / "env"
    run(sys.executable, "-m", "venv", "--without-pip", str(place))
    python = place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    site = Path(run(str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    # A path that a .pth file names is not searched for .pth files itself: this environment's Botpulse stays out.
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
    options = ("--no-deps", "--no-build-isolation")
    if request.param == "wheel":
        run(*pip, "wheel", *options, "--wheel-dir", str(place), str(source))
        (wheel,) = place.glob("*.whl")
        zipfile.ZipFile(wheel).extractall(site)
    else:
        run(*pip, "--python", str(python), "install", *options, "--editable", str(source))
    return python


def run(*command: str, at: Path | None = None, **changed: str) -> str:
    """What a program prints; it has to end well."""
    done = start(*command, at=at, **changed)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def start(*command: str, at: Path | None = None, **changed: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BOTPULSE", "PYTHON"))}
    return subprocess.run(
        command, cwd=at, env={**kept, **changed}, capture_output=True, text=True, timeout=300, check=False
    )


def bots_folder(folder: Path, bot: str, *more: str, packages: bool = False) -> Path:
    for name, text in {**OWN, **dict.fromkeys(more, ""), "bot.py": bot}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    if packages:
        for name in {str(Path(name).parent) for name in OWN} | {"core", "gui", "resources"}:
            (folder / name / "__init__.py").write_text("'The bot.'", encoding="utf-8")
    return folder


@pytest.mark.parametrize("packages", [False, True], ids=["folders", "packages"])
def test_a_bot_that_never_imports_botpulse_is_not_touched(python: Path, tmp_path: Path, packages: bool) -> None:
    place = bots_folder(tmp_path, ALONE, packages=packages)
    assert run(str(python), "bot.py", at=place).split() == ["4711", "here", "mine", "press", "hello"]


def test_folders_without_an_init_file_and_ours_are_both_found(python: Path, tmp_path: Path) -> None:
    told = run(str(python), "bot.py", at=bots_folder(tmp_path, TOGETHER))
    assert told.split() == ["4711", "here", "mine", "press", "hello", "1", r"b'\x89PNG'"]


def test_packages_are_named_with_the_way_out(python: Path, tmp_path: Path) -> None:
    place = bots_folder(tmp_path, "import bot_integration", packages=True)
    done = start(str(python), "bot.py", at=place)
    assert done.returncode == 1
    assert f"needs its own package 'core', but Python finds the bot's {place.resolve() / 'core'}" in done.stderr
    assert "1. Rename the bot's 'core' (say, to 'bot_core')" in done.stderr


@pytest.mark.parametrize("clash", ["core/errors.py", "core/storage/location.py", "resources/design.py"])
def test_a_module_that_both_have_is_named_with_its_file(python: Path, tmp_path: Path, clash: str) -> None:
    place = bots_folder(tmp_path, "import bot_integration", clash)
    done = start(str(python), "bot.py", at=place)
    name = clash.removesuffix(".py").replace("/", ".")
    assert done.returncode == 1
    assert f"needs its own module '{name}', but Python finds the bot's {place.resolve() / clash}" in done.stderr


def test_every_file_that_is_needed_is_installed(python: Path, tmp_path: Path) -> None:
    code = (
        "from resources import design\n"
        "assert design.palette(design.Theme.DARK) and design.text('style.qss')\n"
        "print(*(path.name for path in design.font_files()), design.path('icons/botpulse.svg').name)\n"
        "import pathlib, core.models, gui.settings\n"
        "py_typed = [pathlib.Path(each.__file__).parent / 'py.typed' for each in (core.models, gui.settings)]\n"
        "assert all(each.is_file() for each in py_typed)\n"
    )
    (tmp_path / "bot.py").write_text(code, encoding="utf-8")
    fonts = [f"Inter-{weight}.otf" for weight in ("Regular", "Medium", "SemiBold")]
    assert run(str(python), "bot.py", at=tmp_path).split() == [*fonts, "botpulse.svg"]
