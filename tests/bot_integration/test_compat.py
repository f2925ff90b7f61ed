"""The drop-in: a bot written against the deployed module, with one import changed, on the deployed bot's own file."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.core import deployed
from tests.core.deployed import Bot

ROOT = Path(__file__).resolve().parents[2]

OLD_IMPORT = "from Main.analytics import analytics_manager"
NEW_IMPORT = "from bot_integration.compat import analytics_manager"

HANDLERS = f"""
{OLD_IMPORT}


def finished(user, prompt, seconds, video=False):
    analytics_manager.track_image_generation(
        user_id=str(user), prompt=prompt, resolution="video" if video else "16:9 [1344x768 landscape]",
        loras=["detail.safetensors"], upscale_factor=2, generation_time=seconds, is_video=video)
"""
"""A module of the bot's, as written against the deployed one."""

BOT = f"""
import json
import sys
{OLD_IMPORT}
from handlers import finished

analytics_manager.track_command("stats", "4711", "77", "5", 0.5, True)
analytics_manager.track_command(command_name="comfy", user_id="4712", guild_id=None, execution_time=0.1, success=False)
finished(4711, "a fox", 12.5)
finished(4711, "a fox that runs", 60.0, video=True)
analytics_manager.track_user_activity("4711", "upscale", "77", "image 3")

commands = analytics_manager.get_command_stats(7)
images = analytics_manager.get_image_stats(days=7)
users = analytics_manager.get_user_stats()
summary = analytics_manager.get_summary_stats()
charts = [make(7).read(8).hex() for make in (
    analytics_manager.generate_command_chart, analytics_manager.generate_image_chart,
    analytics_manager.generate_user_chart)]
embed = analytics_manager.create_stats_embed("Studio")
analytics_manager.generate_daily_stats()
print(json.dumps({{
    "commands": commands, "images": images, "users": users, "summary": summary, "charts": charts, "title": embed.title,
    "fields": [field.name for field in embed.fields],
    "reset": analytics_manager.reset_stats() if "--reset" in sys.argv else None,
}}))
"""


@pytest.fixture
def bots_folder(tmp_path: Path) -> Path:
    """The bot's folder after the switch: its modules with the import changed, and the file that its old self made."""
    folder = tmp_path / "bot"
    folder.mkdir()
    for name, text in (("handlers.py", HANDLERS), ("bot.py", BOT)):
        (folder / name).write_text(text.replace(OLD_IMPORT, NEW_IMPORT), encoding="utf-8")
    deployed.create(folder / "analytics.db")
    deployed.fill(folder / "analytics.db", commands=3, images=2, step=10)
    return folder


def run(folder: Path, *arguments: str, code: str = "", **changed: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BOTPULSE")}
    environment = {**kept, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", **changed}
    command = [sys.executable, *(("-c", code) if code else ("bot.py",)), *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def answers(folder: Path, *arguments: str, **changed: str) -> dict[str, Any]:
    done = run(folder, *arguments, **changed)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def count(path: Path, table: str) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


@pytest.mark.slow
def test_a_bot_with_one_line_changed_writes_and_reads_the_same_file(bots_folder: Path) -> None:
    found = answers(bots_folder)
    assert sum(day["total_commands"] for day in found["commands"]) == 5
    assert sum(day["total_images"] for day in found["images"]) == 4
    assert found["commands"][-1]["command_breakdown"]["stats"] == 1
    assert set(found["commands"][0]) == {"date", "total_commands", "command_breakdown"}
    assert set(found["images"][0]) == {
        "date", "total_images", "avg_generation_time", "avg_image_time", "avg_video_time",
        "resolution_breakdown", "video_breakdown", "type_breakdown",
    }  # fmt: skip
    assert set(found["users"][0]) == {"date", "unique_users", "top_users"}
    assert set(found["summary"]) == {
        "total_commands", "total_images", "total_users", "avg_generation_time", "avg_image_time", "avg_video_time",
        "top_commands", "top_resolutions", "top_users", "video_counts", "uptime",
    }  # fmt: skip
    assert found["summary"]["avg_video_time"] == 60.0
    assert found["charts"] == [b"\x89PNG\r\n\x1a\n".hex()] * 3
    assert found["title"] == "Studio Statistics"
    assert found["fields"] == ["Summary", "Generation Times", "Top Resolutions", "Content Types", "Uptime"]
    assert count(bots_folder / "analytics.db", "user_activity") == 1
    assert count(bots_folder / "analytics.db", "daily_stats") == 1


@pytest.mark.slow
def test_a_reset_says_so_and_the_old_module_goes_on_in_the_same_file(bots_folder: Path) -> None:
    assert answers(bots_folder, "--reset")["reset"] is True
    path = bots_folder / "analytics.db"
    assert count(path, "command_usage") == 0
    bot = Bot(path)
    assert bot.track_command() and bot.track_image() and bot.daily()
    assert sum(day["total_commands"] for day in answers(bots_folder)["commands"]) == 3


@pytest.mark.slow
def test_both_write_at_once(bots_folder: Path) -> None:
    """Half of a bot is switched, the other half is not yet."""
    path = bots_folder / "analytics.db"
    code = f"{NEW_IMPORT}\nfor n in range(500): analytics_manager.track_command('new', str(n))"
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=bots_folder, env={**os.environ, "PYTHONPATH": str(ROOT)}
    ) as process:
        bot = Bot(path)
        for number in range(200):
            assert bot.track_command("old", str(number))
        assert process.wait(60) == 0
    assert count(path, "command_usage") == 3 + 500 + 200


def test_manager_is_one_and_importing_it_opens_nothing(tmp_path: Path) -> None:
    code = f"""
{NEW_IMPORT}
from bot_integration import compat
from core.manager import AnalyticsManager
assert compat.analytics_manager is analytics_manager and isinstance(analytics_manager, AnalyticsManager)
assert compat.AnalyticsManager is AnalyticsManager
try:
    compat.configure(database="late.db")
except compat.AnalyticsManagerInUse as error:
    print(error)
"""
    done = run(tmp_path, code=code)
    assert done.returncode == 0, done.stderr
    assert "has to come before the first" in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("how", ["environment", "configure"])
def test_place_and_zone_can_be_said(tmp_path: Path, how: str) -> None:
    place = tmp_path / "elsewhere.db"
    told = f"compat.configure(database={str(place)!r}, timezone='Asia/Tokyo')" if how == "configure" else ""
    code = f"""
from bot_integration import compat
{told}
{NEW_IMPORT}
analytics_manager.track_command("stats", 1)
assert analytics_manager.flush(10)
print(analytics_manager.timezone.key)
"""
    changed = {"BOTPULSE_DATABASE": str(place), "BOTPULSE_TIMEZONE": "Asia/Tokyo"} if how == "environment" else {}
    done = run(tmp_path, code=code, **changed)
    assert (done.returncode, done.stdout.strip()) == (0, "Asia/Tokyo"), done.stderr
    assert count(place, "command_usage") == 1
    assert not (tmp_path / "analytics.db").exists()


def test_the_page_says_the_lines_that_these_tests_change() -> None:
    page = (ROOT / "docs" / "switching.md").read_text(encoding="utf-8")
    assert f"-{OLD_IMPORT}\n+{NEW_IMPORT}\n" in page
    assert "BOTPULSE_DATABASE" in page and "BOTPULSE_TIMEZONE" in page and "compat.configure(database=" in page


def test_the_check_after_installing_is_the_pages(bots_folder: Path) -> None:
    page = (ROOT / "docs" / "switching.md").read_text(encoding="utf-8")
    code = page.partition('`python -c "')[2].partition('"`')[0]
    assert run(bots_folder, code=code).stdout.strip() == "good"


def test_another_name_is_no_attribute(tmp_path: Path) -> None:
    done = run(tmp_path, code="from bot_integration import compat; compat.analytics")
    assert done.returncode == 1 and "has no attribute 'analytics'" in done.stderr
