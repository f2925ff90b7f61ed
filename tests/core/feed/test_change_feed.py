from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from core import errors
from core.feed import change_feed
from core.feed.change_feed import Feed, Happening, LookResult
from core.models import CommandUsage, ImageStats, is_required
from core.storage.database import open_for_writing
from core.storage.reader import Reader, open_for_reading
from core.storage.seeks import IdSpan
from tests.core import deployed
from tests.core.deployed import Bot
from tests.core.storage.test_driver_errors import SPILL
from tests.platforms import moves_open_files

ROWS = 10


def run(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def back_up(source: Path, target: Path) -> None:
    """Copy by the online backup API, into a database that may be in use."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = deployed.create(tmp_path / "analytics.db", "seed")
    deployed.fill(path, commands=ROWS, images=ROWS)
    return path


@pytest.fixture
def watching(path: Path) -> Iterator[Feed]:
    watching = Feed(path)
    assert watching.look().happenings == (Happening.OPENED,)
    yield watching
    watching.close()


def statements_of(watching: Feed, looks: int = 1) -> list[str]:
    assert watching.reader is not None
    said: list[str] = []
    connection = watching.reader.database.connection()
    connection.set_trace_callback(said.append)
    for _ in range(looks):
        assert watching.look().happenings == ()
    connection.set_trace_callback(None)
    return said


def test_the_first_look_opens(path: Path) -> None:
    watching = Feed(path)
    look = watching.look()
    assert (look.happenings, look.added, look.fault, look.afresh) == ((Happening.OPENED,), {}, None, True)
    assert watching.ends[CommandUsage].last == ROWS
    watching.close()


@pytest.mark.parametrize("mode", ["delete", "wal", "wal with a writer"])
def test_look_at_nothing_new_costs_one_pragma(path: Path, mode: str) -> None:
    run(path, f"PRAGMA journal_mode = {mode.split()[0]}")
    with closing(sqlite3.connect(path)) as writer:
        if mode.endswith("writer"):
            writer.execute("UPDATE command_usage SET success = 1")
            writer.commit()
        watching = Feed(path)
        watching.look()
        assert statements_of(watching, looks=3) == ["PRAGMA data_version"] * 3
        watching.close()


def test_new_rows_are_named_by_id(watching: Feed, path: Path) -> None:
    bot = Bot(path)
    bot.track_command()
    bot.track_command()
    bot.track_image()
    look = watching.look()
    assert look.happenings == (Happening.ROWS_ADDED,)
    assert look.added == {CommandUsage: IdSpan(ROWS, ROWS + 2), ImageStats: IdSpan(ROWS, ROWS + 1)}
    assert not look.afresh
    assert watching.look() == LookResult(seconds=watching.look().seconds) or watching.look().happenings == ()


def test_a_commit_that_adds_nothing_is_no_news(watching: Feed, path: Path) -> None:
    Bot(path).daily()
    assert watching.look().happenings == ()


def test_first_rows_of_an_empty_database(tmp_path: Path) -> None:
    path = deployed.create(tmp_path / "analytics.db")
    watching = Feed(path)
    watching.look()
    Bot(path).track_command()
    assert watching.look().added == {CommandUsage: IdSpan(0, 1)}
    watching.close()


def test_reset(watching: Feed, path: Path) -> None:
    assert Bot(path).reset()
    look = watching.look()
    assert (look.happenings, look.added, look.afresh) == ((Happening.RESET,), {}, True)
    Bot(path).track_command()
    assert watching.look().added == {CommandUsage: IdSpan(0, ROWS + 1)}


def test_reset_with_rows_at_once_after_it(watching: Feed, path: Path) -> None:
    bot = Bot(path)
    assert bot.reset()
    for _ in range(3 * ROWS):
        bot.track_command()
    assert watching.look().happenings == (Happening.RESET,)
    assert (watching.ends[CommandUsage].first, watching.ends[CommandUsage].last) == (ROWS + 1, 4 * ROWS)


def test_emptying_of_one_table_is_no_reset(watching: Feed, path: Path) -> None:
    run(path, "DELETE FROM command_usage")
    assert watching.look().happenings == (Happening.ROWS_REMOVED,)


def test_retention(watching: Feed, path: Path) -> None:
    run(path, "DELETE FROM command_usage WHERE id <= 4", "DELETE FROM image_stats WHERE id <= 4")
    look = watching.look()
    assert (look.happenings, look.afresh) == ((Happening.ROWS_REMOVED,), True)
    assert watching.ends[CommandUsage].first == 5


def test_retention_of_all_old_rows_while_new_ones_come(watching: Feed, path: Path) -> None:
    Bot(path).track_command()
    run(path, f"DELETE FROM command_usage WHERE id <= {ROWS}", "DELETE FROM image_stats WHERE id <= 4")
    assert watching.look().happenings == (Happening.ROWS_REMOVED,)


@moves_open_files
def test_replaced_file(watching: Feed, path: Path, tmp_path: Path) -> None:
    other = deployed.create(tmp_path / "other.db", "appended")
    deployed.fill(other, commands=3)
    other.replace(path)
    look = watching.look()
    assert (look.happenings, look.afresh) == ((Happening.REPLACED,), True)
    assert watching.ends[CommandUsage].last == 3
    assert watching.look().happenings == ()


@moves_open_files
def test_a_file_replaced_in_the_very_moment_of_opening(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = deployed.create(tmp_path / "other.db")
    deployed.fill(other, commands=3)

    def open_and_be_late(*args: object, **options: float) -> Reader:
        reader = open_for_reading(path, **options)  # type: ignore[arg-type]
        if other.exists():
            other.replace(path)
        return reader

    monkeypatch.setattr(change_feed, "open_for_reading", open_and_be_late)
    watching = Feed(path)
    watching.look()
    assert watching.ends[CommandUsage].last == ROWS
    assert watching.look().happenings == (Happening.REPLACED,)
    assert watching.ends[CommandUsage].last == 3
    watching.close()


@moves_open_files
def test_deleted_and_returned(watching: Feed, path: Path, tmp_path: Path) -> None:
    path.rename(tmp_path / "elsewhere.db")
    for _ in range(2):
        look = watching.look()
        assert isinstance(look.fault, errors.DatabaseMissing)
        assert look.happenings == ()
    assert not path.exists()
    (tmp_path / "elsewhere.db").rename(path)
    look = watching.look()
    assert (look.happenings, look.afresh, look.fault) == ((Happening.RETURNED,), True, None)


@moves_open_files
def test_deleted_and_made_anew_between_two_looks(watching: Feed, path: Path) -> None:
    path.unlink()
    deployed.create(path)
    assert watching.look().happenings == (Happening.REPLACED,)


def test_waiting_for_a_file_that_is_not_there_yet(tmp_path: Path) -> None:
    watching = Feed(tmp_path / "analytics.db")
    assert isinstance(watching.look().fault, errors.DatabaseMissing)
    deployed.create(tmp_path / "analytics.db")
    assert watching.look().happenings == (Happening.OPENED,)
    watching.close()


@moves_open_files
def test_its_folder_becomes_a_file(tmp_path: Path) -> None:
    (tmp_path / "bot").mkdir()
    path = deployed.create(tmp_path / "bot" / "analytics.db")
    watching = Feed(path)
    watching.look()
    (tmp_path / "bot").rename(tmp_path / "moved")
    (tmp_path / "bot").touch()
    assert isinstance(watching.look().fault, errors.BotpulseError)
    watching.close()


def test_restored_to_an_older_state(watching: Feed, path: Path, tmp_path: Path) -> None:
    back_up(path, tmp_path / "backup.db")
    deployed.fill(path, commands=5)
    assert watching.look().happenings == (Happening.ROWS_ADDED,)
    back_up(tmp_path / "backup.db", path)
    look = watching.look()
    assert (look.happenings, look.afresh) == ((Happening.RESTORED,), True)
    assert watching.ends[CommandUsage].last == ROWS


def test_restored_and_written_on_beyond_where_it_was(watching: Feed, path: Path, tmp_path: Path) -> None:
    back_up(path, tmp_path / "backup.db")
    deployed.fill(path, commands=5)
    watching.look()
    back_up(tmp_path / "backup.db", path)
    deployed.fill(path, commands=9, start=1.7e9)
    assert watching.look().happenings == (Happening.RESTORED,)


def test_other_content_under_the_same_ids(watching: Feed, path: Path, tmp_path: Path) -> None:
    other = deployed.create(tmp_path / "other.db", "seed")
    deployed.fill(other, commands=2 * ROWS, images=2 * ROWS, start=1.7e9)
    back_up(other, path)
    assert watching.look().happenings == (Happening.RESTORED,)


def test_vacuum(watching: Feed, path: Path) -> None:
    run(path, f"DELETE FROM command_usage WHERE id = {ROWS // 2}", "COMMIT", "VACUUM")
    look = watching.look()
    assert (look.happenings, look.afresh) == ((Happening.VACUUMED,), True), "a row from the middle may be gone"
    Bot(path).track_command()
    assert watching.look().added == {CommandUsage: IdSpan(ROWS, ROWS + 1)}


def test_a_table_of_the_hosts_own_is_no_vacuum(watching: Feed, path: Path) -> None:
    run(path, "CREATE TABLE giveaways (winner TEXT)")
    assert watching.look().happenings == ()


def test_columns_appear(watching: Feed, path: Path) -> None:
    run(path, *deployed.APPENDED)
    look = watching.look()
    assert (look.happenings, look.afresh) == ((Happening.MIGRATED,), False)
    assert watching.reader is not None
    assert not any(is_required(*each) for each in watching.reader.added_columns)


def test_our_own_migration_with_rows_after_it(watching: Feed, path: Path) -> None:
    open_for_writing(path).close()
    Bot(path).track_image()
    look = watching.look()
    assert look.happenings == (Happening.MIGRATED, Happening.ROWS_ADDED)
    assert look.added == {ImageStats: IdSpan(ROWS, ROWS + 1)}
    assert watching.reader is not None
    assert watching.reader.indexed
    assert watching.look().happenings == ()


def test_a_table_appears(tmp_path: Path) -> None:
    path = tmp_path / "analytics.db"
    run(path, deployed.SEED_IMAGES)
    watching = Feed(path)
    watching.look()
    deployed.create(path, "seed")
    Bot(path).track_command()
    assert watching.look().happenings == (Happening.MIGRATED, Happening.ROWS_ADDED)
    watching.close()


def test_locked_and_unlocked(watching: Feed, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert watching.reader is not None
    (wait_ms,) = watching.reader.database.execute_sql("PRAGMA busy_timeout").fetchone()
    assert wait_ms < 500
    with closing(sqlite3.connect(path)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        assert isinstance(watching.look().fault, errors.DatabaseLocked)
        holder.execute("INSERT INTO user_activity (user_id, action_type, timestamp) VALUES ('1', 'x', 1.8e9)")
        holder.commit()
    look = watching.look()
    assert look.happenings == (Happening.UNLOCKED, Happening.ROWS_ADDED)
    assert not look.afresh


def test_resting_in_wal_mode_until_a_writer_comes(path: Path) -> None:
    run(path, "PRAGMA journal_mode = wal")
    watching = Feed(path)
    watching.look()
    assert watching.reader is not None
    assert watching.reader.immutable
    assert [p.name for p in path.parent.iterdir()] == ["analytics.db"]
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("INSERT INTO user_activity (user_id, action_type, timestamp) VALUES ('1', 'x', 1.8e9)")
        writer.commit()
        assert watching.look().happenings == (Happening.ROWS_ADDED,)
        assert not watching.reader.immutable
        writer.execute("INSERT INTO user_activity (user_id, action_type, timestamp) VALUES ('1', 'x', 1.8e9)")
        writer.commit()
        assert watching.look().happenings == (Happening.ROWS_ADDED,)
    watching.close()


def test_resting_in_wal_mode_and_a_writer_came_and_went(path: Path) -> None:
    run(path, "PRAGMA journal_mode = wal")
    watching = Feed(path)
    watching.look()
    Bot(path).track_command()
    assert not path.with_name("analytics.db-wal").exists()
    assert watching.look().added == {CommandUsage: IdSpan(ROWS, ROWS + 1)}
    watching.close()


def test_an_idle_writer_in_wal_mode_is_not_asked_after_again_and_again(path: Path) -> None:
    run(path, "PRAGMA journal_mode = wal")
    watching = Feed(path)
    watching.look()
    reader = watching.reader
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("SELECT COUNT(*) FROM command_usage").fetchone()
        assert path.with_name("analytics.db-wal").exists()
        for _ in range(3):
            watching.look()
        assert watching.reader is reader
    watching.close()


def test_the_bot_switches_to_a_write_ahead_log_and_back(watching: Feed, path: Path) -> None:
    assert watching.reader is not None
    assert watching.reader.journal_mode == "rollback"
    with closing(sqlite3.connect(path)) as writer:
        assert writer.execute("PRAGMA journal_mode = wal").fetchone() == ("wal",)
        writer.execute("INSERT INTO user_activity (user_id, action_type, timestamp) VALUES ('1', 'x', 1.8e9)")
        writer.commit()
        assert watching.look().happenings == (Happening.ROWS_ADDED,)
        assert watching.reader.journal_mode == "WAL"
        watching.close()
        assert writer.execute("PRAGMA journal_mode = delete").fetchone() == ("delete",)
    assert watching.look().happenings == (Happening.RETURNED,)
    assert watching.reader.journal_mode == "rollback"


def test_a_write_that_was_cut_off_and_mended(watching: Feed, path: Path) -> None:
    deployed.fill(path, commands=5_000)
    watching.look()
    with subprocess.Popen(
        [sys.executable, "-c", SPILL, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert isinstance(watching.look().fault, errors.DatabaseLocked)
        process.kill()
    assert isinstance(watching.look().fault, errors.UnfinishedWrite)
    assert Bot(path).track_command()
    assert watching.look().happenings[-1] is Happening.RETURNED


@moves_open_files
def test_damaged_and_put_back(watching: Feed, path: Path, tmp_path: Path) -> None:
    shutil.copy(path, tmp_path / "good.db")
    (tmp_path / "bad.db").write_bytes(b"nothing of that kind")
    (tmp_path / "bad.db").replace(path)
    assert isinstance(watching.look().fault, errors.NotADatabase)
    (tmp_path / "good.db").replace(path)
    assert watching.look().happenings == (Happening.RETURNED,)


def test_feed_holds_nothing_between_looks(watching: Feed, path: Path) -> None:
    with closing(sqlite3.connect(path, timeout=0)) as other:
        for _ in range(3):
            other.execute("BEGIN EXCLUSIVE")
            other.rollback()
            watching.look()
