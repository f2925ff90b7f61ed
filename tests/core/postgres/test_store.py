from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from core.cli import main
from core.feed.snapshot import Condition
from core.manager import AnalyticsManager
from core.models import ALL_MODELS, CommandUsage, ImageStats
from core.storage.database import open_for_writing
from core.storage.reader import reading
from core.time_ranges import CHOICES
from tests.core.live_views import take_snapshot
from tests.core.postgres.conftest import Database

TABLES = {model._meta.table_name for model in ALL_MODELS}
UTC_ZONE = ZoneInfo("UTC")
STRANGE = "a fox 🦊 \0 \ud800 'quoted' %s مرحبا \\"


def columns(database: Database, table: str) -> list[str]:
    found = database.rows(
        f"SELECT column_name FROM information_schema.columns WHERE table_name = '{table}' ORDER BY ordinal_position"
    )
    return [name for (name,) in found]


def test_opening_to_write_creates_and_migrates(database: Database) -> None:
    for _ in range(2):
        open_for_writing(database.url).close()
    assert columns(database, "daily_stats") == [
        "date", "total_commands", "total_images", "unique_users", "avg_generation_time",
        "popular_commands", "popular_resolutions",
    ]  # fmt: skip
    assert columns(database, "image_stats")[8:10] == ["is_video", "generation_type"]
    indexed = database.rows("SELECT tablename FROM pg_indexes WHERE indexdef LIKE '%(\"timestamp\")'")
    assert {table for (table,) in indexed} == {"command_usage", "image_stats", "user_activity", "failures"}
    assert database.rows("SELECT count(*) FROM botpulse_migration") == [(5,)]


def test_bots_that_start_together_migrate_once(database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: open_for_writing(database.url).close(), range(8)))
    assert database.rows("SELECT count(*) FROM botpulse_migration") == [(5,)]


def test_other_peoples_tables_stay_as_they_are(database: Database) -> None:
    database.run("CREATE TABLE invoices (total int)", "INSERT INTO invoices VALUES (7)")
    open_for_writing(database.url).close()
    with reading(database.url) as reader:
        assert reader.tables == {*TABLES, "failures", "names", "opt_outs"}
    assert database.rows("SELECT total FROM invoices") == [(7,)]


def test_bot_does_everything_on_a_server(database: Database) -> None:
    now = datetime.now(UTC)
    with AnalyticsManager(database.url, timezone="UTC") as manager:
        for number in range(100):
            manager.track_command("comfy", number % 3, 1, 2, execution_time=0.5, success=number % 10 != 0)
        manager.track_image_generation(1, STRANGE, "1:1", ["a.safetensors"], 2, 4.0)
        manager.track_image_generation(1, "moving", "video", [], 1, 8.0, is_video=True)
        manager.track_user_activity(1, "button", details={"text": STRANGE, "nan": float("nan")})
        assert manager.flush(10)
        assert manager.counters().failed == 0
        (day,) = manager.get_command_stats()
        assert day == {"date": f"{now:%Y-%m-%d}", "total_commands": 100, "command_breakdown": {"comfy": 100}}
        (images,) = manager.get_image_stats()
        assert (images["avg_generation_time"], images["video_breakdown"]) == (6.0, {"video": 1, "image": 1})
        assert manager.get_user_stats()[0]["unique_users"] == 3
        summary = manager.get_summary_stats()
        assert (summary["total_commands"], summary["total_images"], summary["total_users"]) == (100, 2, 3)
        assert (summary["avg_image_time"], summary["avg_video_time"]) == (4.0, 8.0)
        manager.generate_daily_stats()
        manager.generate_daily_stats()
        assert database.rows("SELECT date, total_commands, total_images FROM daily_stats") == [(day["date"], 100, 2)]
        for chart in (manager.generate_command_chart, manager.generate_image_chart, manager.generate_user_chart):
            assert chart().read(8) == b"\x89PNG\r\n\x1a\n"
        assert database.rows("SELECT prompt FROM image_stats WHERE id = 1")[0][0].startswith(
            "a fox 🦊 \ufffd \ufffd 'quoted' %s"
        )
        assert manager.reset_stats()
        assert manager.get_command_stats() == []
    assert [database.rows(f"SELECT count(*) FROM {table}") for table in sorted(TABLES)] == [[(0,)]] * 4


@pytest.mark.slow
def test_processes_at_once_lose_nothing(database: Database) -> None:
    program = (
        "import sys; from core.manager import AnalyticsManager\n"
        "with AnalyticsManager(sys.argv[1]) as manager:\n"
        "    for number in range(1000): manager.track_command('comfy', number)\n"
    )
    bots = [subprocess.Popen([sys.executable, "-c", program, database.url]) for _ in range(3)]
    assert [bot.wait(30) for bot in bots] == [0, 0, 0]
    assert database.rows("SELECT count(*), count(DISTINCT id) FROM command_usage") == [(3000, 3000)]


def test_a_server_that_nobody_has_migrated_reads_as_empty(database: Database) -> None:
    with reading(database.url) as reader:
        assert (reader.tables, reader.indexed, reader.journal_mode) == (frozenset(), frozenset(), "server")
        for model in ALL_MODELS:
            assert reader.rows(model.select()) == []
    shown = take_snapshot(database.url, UTC_ZONE, CHOICES["all"])
    assert (shown.condition, shown.source.rows, shown.source.name) == (Condition.LIVE, {}, database.name)
    manager = AnalyticsManager(database.url)
    assert manager.get_summary_stats()["total_commands"] == 0
    assert manager.get_image_stats(30) == []
    manager.close()
    assert database.rows("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]


def test_columns_that_are_missing_are_read_with_their_defaults(database: Database) -> None:
    open_for_writing(database.url).close()
    database.run(
        "ALTER TABLE image_stats DROP COLUMN is_video, DROP COLUMN generation_type",
        "INSERT INTO image_stats (user_id, timestamp) VALUES ('1', 1.75e9)",
    )
    with reading(database.url) as reader:
        assert reader.added_columns == {("image_stats", "is_video"), ("image_stats", "generation_type")}
        assert reader.rows(ImageStats.select(ImageStats.id, ImageStats.is_video, ImageStats.generation_type)) == [
            (1, 0, "standard")
        ]


def test_looking_can_not_write_and_leaves_no_transaction_open(database: Database) -> None:
    open_for_writing(database.url).close()
    with reading(database.url) as reader:
        reader.rows(CommandUsage.select())
        (pid,) = reader.database.execute_sql("SELECT pg_backend_pid()").fetchone()
        assert database.rows(f"SELECT state FROM pg_stat_activity WHERE pid = {pid}") == [("idle",)]
        assert database.rows(f"SELECT count(*) FROM pg_locks WHERE pid = {pid}") == [(0,)]
        with pytest.raises(Exception, match="read-only"):
            reader.database.execute_sql("DELETE FROM command_usage")


def test_simulate_writes_to_a_server(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["simulate", database.url, "--days", "2", "--rows", "3000", "--history-only"]
    assert main.main(arguments) == main.OK
    assert (
        sum(database.rows(f"SELECT count(*) FROM {t}")[0][0] for t in ("command_usage", "image_stats", "user_activity"))
        == 3000
    )
    assert main.main([*arguments[:2], "--rows", "10", "--history-only"]) == main.OK
    with AnalyticsManager(database.url) as manager:
        assert manager.get_summary_stats()["total_commands"] > 1000
    assert "s3cr" not in "".join(capsys.readouterr())


def test_simulate_leaves_a_real_bot_alone(database: Database) -> None:
    with AnalyticsManager(database.url) as manager:
        manager.track_command("comfy", 1)
    assert main.main(["simulate", database.url, "--history-only"]) == main.REFUSED


@pytest.mark.parametrize("query", ["", "?connect_timeout=3", "?application_name=monitor"])
def test_options_in_the_address_count(database: Database, query: str) -> None:
    with closing(open_for_writing(database.url.replace("postgresql://", "postgres://") + query)) as opened:
        name = opened.execute_sql("SHOW application_name").fetchone()[0]
    assert name == ("monitor" if "monitor" in query else "botpulse")
    assert os.environ.get("PGPASSWORD") is None
