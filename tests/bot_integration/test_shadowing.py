"""A bot with a folder of its own called core, gui or resources: real folders, real processes, as a host starts them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from shutil import which

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "switching.md"

BOT = """
from bot_integration.compat import analytics_manager
from core import settings
import core.settings

analytics_manager.track_command("stats", settings.OWNER)
assert analytics_manager.flush(10)
assert core.settings.OWNER == "4711"
print("tracked", analytics_manager.get_summary_stats()["total_commands"])
"""
"""A bot that tracks, and uses its own package core."""


def bots_folder(folder: Path, bot: str = BOT, **files: str) -> Path:
    """A folder with a bot in it, and its other files by their paths, "core/settings.py" as core__settings."""
    for name, text in {"bot": bot, **files}.items():
        path = folder / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def own_core(folder: Path, **more: str) -> Path:
    place = bots_folder(folder, core__settings="OWNER = '4711'\n", **more)
    (place / "core" / "__init__.py").write_text("'The bot.'\n", encoding="utf-8")
    return place


def start(folder: Path, *options: str, **changed: str) -> subprocess.CompletedProcess[str]:
    """Start the bot as a host does, Botpulse being installed: its packages come after the bot's own folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BOTPULSE")}
    return subprocess.run(
        [sys.executable, *options, "bot.py"],
        cwd=folder,
        env={**kept, "PYTHONPATH": str(ROOT), **changed},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_package_of_the_bots_is_named_before_anything_else_fails(tmp_path: Path) -> None:
    done = start(own_core(tmp_path))
    assert done.returncode == 1
    assert "PackageShadowed: Botpulse needs its own package 'core'" in done.stderr
    assert str((tmp_path / "core").resolve()) in done.stderr
    assert "1. Rename the bot's 'core'" in done.stderr and "docs/switching.md" in done.stderr
    assert "BOTPULSE_SHARE_NAMES=1: no module is in both" in done.stderr
    assert not (tmp_path / "analytics.db").exists()


def test_shadowing_is_an_import_error_with_words(tmp_path: Path) -> None:
    bot = """
try:
    import bot_integration
except ImportError as error:
    print(error.name, error.path, str(error) == error.words)
"""
    done = start(own_core(tmp_path, bot=bot))
    assert done.stdout.split() == ["core", str((tmp_path / "core").resolve()), "True"]


@pytest.mark.parametrize("name", ["core", "resources"])
def test_a_single_file_of_the_name_is_named_too(tmp_path: Path, name: str) -> None:
    done = start(bots_folder(tmp_path, **{name: "OWNER = '4711'\n"}))
    assert done.returncode == 1
    assert f"Python finds the bot's {tmp_path.resolve() / name}.py under that name" in done.stderr
    assert "it is a single file" in done.stderr


def test_shadowing_package_that_is_imported_already_is_noticed(tmp_path: Path) -> None:
    done = start(own_core(tmp_path, bot="import core.settings\nimport bot_integration\n"))
    assert done.returncode == 1 and "PackageShadowed" in done.stderr


@pytest.mark.slow
def test_the_name_can_be_shared_where_no_module_is_in_both(tmp_path: Path) -> None:
    done = start(own_core(tmp_path), BOTPULSE_SHARE_NAMES="1")
    assert (done.returncode, done.stdout.strip()) == (0, "tracked 1"), done.stderr


@pytest.mark.slow
def test_the_name_can_be_shared_by_the_bots_first_lines(tmp_path: Path) -> None:
    (first,) = [each for each in re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
                if "SHARE" in each]  # fmt: skip
    done = start(own_core(tmp_path, bot=f"{first}\nimport core.settings\n{BOT}"))
    assert (done.returncode, done.stdout.strip()) == (0, "tracked 1"), done.stderr


@pytest.mark.slow
def test_a_shared_name_draws_and_answers_in_the_other_process(tmp_path: Path) -> None:
    bot = f"""{BOT}
from core.answers.summary import summary_answer
from core.worker.process import WorkerProcess
import time
worker = WorkerProcess()
print(worker.call(summary_answer, analytics_manager.location, "UTC", now=time.time(), uptime=1.0).commands)
worker.close()
print(analytics_manager.generate_command_chart().read(4))
"""
    done = start(own_core(tmp_path, bot=bot), BOTPULSE_SHARE_NAMES="1")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[2:] == ["1", r"b'\x89PNG'"]


def test_a_module_in_both_is_named_and_sharing_refused(tmp_path: Path) -> None:
    place = own_core(tmp_path, core__manager="", core__models="")
    for share in ("", "1"):
        done = start(place, BOTPULSE_SHARE_NAMES=share)
        assert done.returncode == 1
        assert "To share the name is not possible here: both have 'manager', 'models'" in done.stderr


def test_a_name_of_the_package_that_is_one_of_our_modules_refuses_sharing(tmp_path: Path) -> None:
    place = own_core(tmp_path)
    (place / "core" / "__init__.py").write_text("manager = object()\n", encoding="utf-8")
    done = start(place, BOTPULSE_SHARE_NAMES="1")
    assert done.returncode == 1 and "both have 'manager'" in done.stderr


bash = pytest.mark.skipif(which("bash") is None, reason="the page's commands are for bash")


def renamed(place: Path) -> None:
    """Do what the page says."""
    commands = next(
        block for block in re.findall(r"((?:^    .+\n)+)", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
        if "mv core bot_core" in block
    )  # fmt: skip
    subprocess.run(["bash", "-ec", commands], cwd=place, check=True)


@pytest.mark.slow
@bash
def test_renaming_leaves_imports_of_botpulses_own_modules_alone(tmp_path: Path) -> None:
    bot = """
from core.manager import AnalyticsManager
from core.models import ActionType
from core.settings import OWNER
from core.deep.inner import DEPTH
import core.settings as settings
print(AnalyticsManager.__module__, ActionType.__module__, OWNER, settings.OWNER, DEPTH)
"""
    place = own_core(tmp_path, bot=bot, core__deep__inner="from core import settings\nDEPTH = settings.OWNER\n")
    renamed(place)
    done = start(place)
    assert (done.returncode, done.stdout.strip()) == (0, "core.manager core.models 4711 4711 4711"), done.stderr


@pytest.mark.slow
@bash
def test_renaming_as_the_page_says_always_works(tmp_path: Path) -> None:
    place = own_core(tmp_path, core__manager="", core__models="")
    renamed(place)
    text = (place / "bot.py").read_text(encoding="utf-8").replace("assert core.settings", "assert bot_core.settings")
    (place / "bot.py").write_text(text, encoding="utf-8")  # what the page says has to be looked at
    done = start(place)
    assert (done.returncode, done.stdout.strip()) == (0, "tracked 1"), done.stderr


@pytest.mark.slow
def test_a_folder_without_an_init_file_is_not_in_the_way(tmp_path: Path) -> None:
    place = bots_folder(tmp_path, bot="from bot_integration.compat import analytics_manager\nprint('good')")
    for name in ("core", "resources", "gui"):
        (place / name).mkdir()
        (place / name / "picture.png").write_bytes(b"")
    done = start(place)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "good", "")


@pytest.mark.slow
def test_a_gui_of_the_bots_does_not_affect_it_and_is_mentioned(tmp_path: Path) -> None:
    bot = "import gui\nfrom bot_integration.compat import analytics_manager\nprint(gui.WINDOW)"
    place = bots_folder(tmp_path, bot=bot, gui__window="")
    (place / "gui" / "__init__.py").write_text("WINDOW = 'mine'\n", encoding="utf-8")
    done = start(place)
    assert (done.returncode, done.stdout.strip()) == (0, "mine")
    assert "The bot is not affected; start the monitor by the command botpulse" in done.stderr


def test_our_own_packages_are_no_reason_for_words(tmp_path: Path) -> None:
    bot = """
import sys
from bot_integration import shadowing
shadowing.check()
print(sorted(name for name in ("core", "gui", "resources") if name in sys.modules))
"""
    done = start(bots_folder(tmp_path, bot=bot))
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "[]", "")
