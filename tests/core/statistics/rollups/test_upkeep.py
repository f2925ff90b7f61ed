"""The cache of cells: believed where it fits, thrown away where it doesn't, done without where there can be none."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.models import CommandUsage, ImageStats, UserActivity
from core.simulation.history import write_history
from core.statistics import reports
from core.statistics.rollups import reminder, trust
from core.statistics.rollups.cache_file import CacheUnusable, reading_cache, writing_cache
from core.statistics.rollups.cells import open_rollups
from core.statistics.rollups.trust import signature_of
from core.statistics.rollups.upkeep import bring_up_to_date
from core.statistics.window import collect
from core.storage.location import Location, locate
from core.storage.own_folders import caches_folder
from core.storage.reader import Reader, reading
from core.storage.rollup_files import cache_folder, cache_path
from core.time_ranges import CHOICES, DAY, TimeRange, local_days, window
from core.worker.process import WorkerProcess
from tests.core.brute_force import same

ZONE = ZoneInfo("Europe/Berlin")
ROWS = 3_000


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("history") / "analytics.db"
    write_history(path, days=60, rows=ROWS, zone=ZONE)
    return path


@pytest.fixture
def location(tmp_path: Path, history: Path) -> Location:
    return locate(shutil.copy(history, tmp_path / "analytics.db"))


@pytest.fixture
def rolled(location: Location) -> Location:
    """A database whose rows are all in cells."""
    bring_up_to_date(location, ZONE, own=True)
    return location


def alter(location: Location, statement: str, *values: Any) -> None:
    with closing(sqlite3.connect(str(location.path))) as connection, connection:
        connection.execute(statement, values)


def summary(location: Location) -> dict[str, Any]:
    with reading(location, own=True) as reader:
        return reports.summary(reader, 0.0, local_days(1, time.time(), ZONE).edges[-1], ZONE)


def is_used(location: Location) -> bool:
    with reading(location, own=True) as reader:
        return open_rollups(reader, ZONE, (CommandUsage, ImageStats, UserActivity)) is not None


class Watched:
    """Counts the rows that a reader hands out."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rows = 0
        plain = Reader.rows

        def counting(reader: Reader, query: Any) -> list[tuple[Any, ...]]:
            found = plain(reader, query)
            self.rows += len(found)
            return found

        monkeypatch.setattr(Reader, "rows", counting)


def test_cells_are_read_instead_of_rows(rolled: Location, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    shown = window(CHOICES["30d"], now, ZONE)
    with reading(rolled, own=True) as reader:
        plain = collect(reader, shown, now, by_cells=False)
        watched = Watched(monkeypatch)
        found = collect(reader, shown, now)
    assert found.cells == plain.cells
    assert found.whole.cell.commands.total() > 300
    assert watched.rows < 150  # samples, and the ends of tables


def test_summary_and_reports_read_no_rows_that_are_in_cells(rolled: Location, monkeypatch: pytest.MonkeyPatch) -> None:
    with reading(rolled, own=True) as reader:
        plain = reports.summary(reader, 0.0)
        statements: list[str] = []
        reader.database.connection().set_trace_callback(statements.append)
        found = summary_of(reader)
        days = reports.command_report(reader, local_days(63, time.time(), ZONE))
    assert same(found, plain)
    assert sum(day["total_commands"] for day in days) == found["total_commands"]
    assert not [each for each in statements if "GROUP BY" in each]


def summary_of(reader: Reader) -> dict[str, Any]:
    return reports.summary(reader, 0.0, local_days(1, time.time(), ZONE).edges[-1], ZONE)


def test_only_its_owner_may_read_it(rolled: Location) -> None:
    path = cache_path(rolled, ZONE)
    assert path.parent == cache_folder()
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_deleted_row_is_noticed_at_once_and_then_corrected(rolled: Location) -> None:
    before = summary(rolled)["total_commands"]
    alter(rolled, "DELETE FROM command_usage WHERE id = (SELECT id FROM command_usage LIMIT 1 OFFSET 700)")
    assert summary(rolled)["total_commands"] == before - 1
    assert not is_used(rolled)
    assert bring_up_to_date(rolled, ZONE, own=True).corrected == 1
    assert is_used(rolled)
    assert summary(rolled)["total_commands"] == before - 1


def test_other_rows_in_the_same_place_are_noticed_at_once(rolled: Location) -> None:
    before = summary(rolled)["total_commands"]
    alter(rolled, "UPDATE command_usage SET command_name = 'another'")
    assert not is_used(rolled)
    assert summary(rolled)["top_commands"] == {"another": before}
    assert bring_up_to_date(rolled, ZONE, own=True).corrected > 100
    assert is_used(rolled)
    assert summary(rolled)["top_commands"] == {"another": before}


def test_a_value_altered_by_hand_is_found_by_the_comparison(rolled: Location) -> None:
    alter(rolled, "UPDATE command_usage SET command_name = 'renamed' WHERE id = 701")
    assert bring_up_to_date(rolled, ZONE, own=True, compare=True).corrected == 1
    now = time.time()
    with reading(rolled, own=True) as reader:
        shown = window(CHOICES["all"], now, ZONE, TimeRange(now - 61 * DAY, now))
        assert collect(reader, shown, now).whole.cell.commands["renamed"] == 1
    assert bring_up_to_date(rolled, ZONE, own=True, compare=True).corrected == 0


@pytest.mark.parametrize("moment", ["timestamp - 86400 * 3", "'yesterday'", "1e300", "timestamp + 2"])
def test_a_time_altered_by_hand_is_noticed_when_it_is_opened(rolled: Location, moment: str) -> None:
    alter(rolled, "UPDATE command_usage SET timestamp = 'never', user_id = '5' WHERE id = 702")
    assert bring_up_to_date(rolled, ZONE, own=True).corrected
    assert is_used(rolled)
    alter(rolled, f"UPDATE command_usage SET timestamp = {moment} WHERE id = 701")
    trust._summed.clear()  # as in a process that begins
    assert not is_used(rolled)
    bring_up_to_date(rolled, ZONE, own=True)
    assert is_used(rolled)
    with reading(rolled, own=True) as reader:
        assert same(summary(rolled), reports.summary(reader, 0.0, local_days(1, time.time(), ZONE).edges[-1]))


def test_times_are_not_summed_up_again_at_each_question(rolled: Location) -> None:
    with reading(rolled, own=True) as reader:
        statements: list[str] = []
        reader.database.connection().set_trace_callback(statements.append)
        for _ in range(3):
            assert open_rollups(reader, ZONE, (CommandUsage,)) is not None
    assert len([each for each in statements if "SUM" in each]) == 1


def test_rows_are_not_counted_again_until_somebody_has_written(rolled: Location) -> None:
    with reading(rolled, own=True) as reader:
        statements: list[str] = []
        reader.database.connection().set_trace_callback(statements.append)
        for _ in range(3):
            assert open_rollups(reader, ZONE, (CommandUsage,)) is not None
        assert len([each for each in statements if "COUNT(*)" in each]) == 1
        alter(rolled, "DELETE FROM command_usage WHERE id = 703")
        assert open_rollups(reader, ZONE, (CommandUsage,)) is None


def test_rows_behind_the_bound_are_read_and_then_counted_once(rolled: Location) -> None:
    before = summary(rolled)["total_commands"]
    for _ in range(2):
        alter(
            rolled,
            "INSERT INTO command_usage (command_name, user_id, timestamp, success) VALUES ('new', '1', ?, 1)",
            time.time() - 3 * DAY,
        )
    assert summary(rolled)["total_commands"] == before + 2
    assert bring_up_to_date(rolled, ZONE, own=True).counted == 2
    assert bring_up_to_date(rolled, ZONE, own=True).counted == 0
    assert summary(rolled)["total_commands"] == before + 2
    assert is_used(rolled)


def overwrite(path: Path) -> None:
    path.write_bytes(b"not a database at all" * 100)


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def flip_bits(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.create_function("flipped", 1, lambda data: bytes([data[0]]) + bytes(each ^ 1 for each in data[1:]))
        connection.execute("UPDATE cell SET data = flipped(data)")


def swap_cells(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE cell SET data = (SELECT data FROM cell LIMIT 1)")


def drop_table(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TABLE cell")


def of_other_kind(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE meta SET value = 'of an older version'")


def foreign(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE songs (name TEXT)")


@pytest.mark.slow
@pytest.mark.parametrize(
    "harm", [overwrite, cut_short, empty, flip_bits, swap_cells, drop_table, of_other_kind, foreign]
)
def test_a_cache_that_is_not_ours_is_thrown_away_and_made_again(rolled: Location, harm: Callable[[Path], None]) -> None:
    wanted, path = summary(rolled), cache_path(rolled, ZONE)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    harm(path)
    assert same(summary(rolled), wanted)
    bring_up_to_date(rolled, ZONE, own=True)
    bring_up_to_date(rolled, ZONE, own=True)
    assert is_used(rolled)
    assert same(summary(rolled), wanted)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_can_t_be_written_is_done_without(location: Location, home: Path) -> None:
    (home / "cache").mkdir(mode=0o500)
    assert bring_up_to_date(location, ZONE, own=True).counted == 0
    assert summary(location)["total_commands"] > 0


def test_where_the_folder_should_be_there_is_a_file(location: Location) -> None:
    folder = caches_folder()
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("in the way", encoding="utf-8")
    bring_up_to_date(location, ZONE, own=True)
    assert summary(location)["total_commands"] > 0
    assert not is_used(location)


@pytest.mark.slow
def test_who_is_slower_writes_nothing(rolled: Location) -> None:
    with reading(rolled, own=True) as reader:
        signature = signature_of(reader, ZONE)
    path = cache_path(rolled, ZONE)
    with writing_cache(path, signature) as cache:
        cache.set_progress(CommandUsage, cache.progress(CommandUsage))
        with pytest.raises(CacheUnusable), writing_cache(path, signature):
            pytest.fail("two write at once")
    with reading_cache(path, signature) as cache:
        assert cache.progress(CommandUsage).rows > 0


@pytest.mark.slow
def test_two_processes_at_once_count_every_row_once(location: Location) -> None:
    first, second = WorkerProcess(), WorkerProcess()
    try:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda worker: worker.call(bring_up_to_date, location, ZONE), (first, second)))
    finally:
        first.close()
        second.close()
    bring_up_to_date(location, ZONE, own=True)
    with reading(location, own=True) as reader:
        plain = reports.summary(reader, 0.0)
    assert summary(location)["total_commands"] == plain["total_commands"]
    assert is_used(location)
    assert bring_up_to_date(location, ZONE, own=True, compare=True).corrected == 0


def test_hours_that_have_become_old_are_dropped(rolled: Location) -> None:
    def hours() -> int:
        with closing(sqlite3.connect(cache_path(rolled, ZONE))) as connection:
            (found,) = connection.execute("SELECT count(*) FROM cell WHERE level = 0").fetchone()
            return int(found)

    wanted = summary(rolled)
    assert hours() > 100
    bring_up_to_date(rolled, ZONE, own=True, now=time.time() + 200 * DAY)
    assert hours() == 0
    assert is_used(rolled)
    assert same(summary(rolled), wanted)
    alter(rolled, "DELETE FROM image_stats WHERE id = 501")
    assert bring_up_to_date(rolled, ZONE, own=True).corrected == 1
    assert summary(rolled)["total_images"] == wanted["total_images"] - 1


def test_caches_that_nobody_uses_are_removed(rolled: Location) -> None:
    path = cache_path(rolled, ZONE)
    old = path.with_name("0" * 32 + ".db")
    old.write_bytes(b"")
    os.utime(old, (0, time.time() - 91 * DAY))
    bring_up_to_date(rolled, ZONE, own=True)
    assert not old.exists()
    assert path.exists()


@pytest.mark.slow
def test_whoever_asks_starts_what_keeps_the_cache(location: Location, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reminder, "MANY_ROWS", 100)
    wanted = summary(location)
    assert reminder.wait(60)
    assert is_used(location)
    assert summary(location)["total_commands"] == wanted["total_commands"]


def test_a_small_database_has_no_cache(location: Location) -> None:
    summary(location)
    assert reminder.wait(60)
    assert not cache_path(location, ZONE).exists()
