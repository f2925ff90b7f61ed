"""Files into files: what is copied, gone on with, refused, copied again. Servers: tests/core/postgres/test_copy.py."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import DatabaseLocked, DatabaseMissing, ForeignDatabase
from core.maintenance.transfer import source as reading_source
from core.maintenance.transfer.faults import CopiedElsewhere, SameDatabase, TargetTaken
from core.maintenance.transfer.task import Transferred, transfer
from core.manager import AnalyticsManager
from core.models import ALL_MODELS, LATER_COLUMNS, table_name
from core.tasks import finish
from tests.core import deployed
from tests.core.stored import leftovers
from tests.core.tracked import locked
from tests.platforms import links

TABLES = {
    table_name(model): ", ".join(name for name in model._meta.columns if name not in LATER_COLUMNS.get(model, ()))
    for model in ALL_MODELS
}


def rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Everything that is in the four tables, whatever the order of their columns."""
    with closing(sqlite3.connect(path)) as connection:
        return {
            name: connection.execute(f"SELECT {columns} FROM {name} ORDER BY 1").fetchall()
            for name, columns in TABLES.items()
        }


def run(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A deployed bot's file with gaps in its ids, as a reset leaves them."""
    path = deployed.create(tmp_path / "bot.db")
    deployed.fill(path, commands=6000, images=3000, start=1.78e9, step=60.0)
    run(
        path,
        "DELETE FROM command_usage WHERE id BETWEEN 10 AND 2500",
        "DELETE FROM image_stats WHERE id > 2900",
        "INSERT INTO daily_stats VALUES ('2026-11-24', 10, 4, 3, 8.5, '{}', '{}')",
        "INSERT INTO daily_stats VALUES ('2026-11-25', 11, 5, 4, NULL, NULL, NULL)",
    )
    return path


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "copy.db"


def step(path: Path, target: Path, words: str) -> Iterator[str]:
    """Copy as far as the progress says so much, then stop."""
    task = transfer(path, target)
    for progress in task:
        if words in progress.words:
            break
    else:
        raise AssertionError(words)
    yield progress.words
    task.close()


def test_every_row_keeps_its_id_and_ids_go_on(source: Path, target: Path) -> None:
    before = source.read_bytes()
    done = finish(transfer(source, target))
    assert rows(target) == rows(source)
    assert (done.added, done.renewed, done.left_out, done.newer) == (3509 + 2900, 0, (), 0)
    commands = next(each for each in done.tables if each.table == "command_usage")
    assert (commands.rows, commands.first, commands.last) == (3509, 1, 6000)
    with closing(sqlite3.connect(target)) as connection:
        counters = dict(connection.execute("SELECT name, seq FROM sqlite_sequence").fetchall())
    assert (counters["command_usage"], counters["image_stats"]) == (6000, 3000)
    assert source.read_bytes() == before
    assert leftovers(source) == []


@pytest.mark.slow
def test_the_checksum_tells_whether_two_copies_are_the_same(source: Path, target: Path, tmp_path: Path) -> None:
    tables = finish(transfer(source, target)).tables
    assert finish(transfer(target, tmp_path / "again.db")).tables == tables
    run(source, "UPDATE command_usage SET success = 1 - success WHERE id = 3000")
    others = finish(transfer(source, tmp_path / "other.db")).tables
    assert [a.table for a, b in zip(tables, others, strict=True) if a.checksum != b.checksum] == ["command_usage"]


@pytest.mark.parametrize("words", ["copying command_usage", "copying image_stats", "comparing"])
def test_what_was_stopped_goes_on_where_it_was(source: Path, target: Path, words: str) -> None:
    (_,) = step(source, target, words)
    there = len(rows(target)["command_usage"])
    assert there
    done = finish(transfer(source, target))
    assert done.added < 3509 + 2900
    assert rows(target) == rows(source)


def test_what_came_in_since_is_brought_over_by_the_same_command(source: Path, target: Path) -> None:
    finish(transfer(source, target))
    deployed.fill(source, commands=5, images=0, start=1.79e9, step=60.0)
    run(source, "UPDATE daily_stats SET total_commands = 99 WHERE date = '2026-11-25'")
    assert finish(transfer(source, target)).added == 5
    assert rows(target) == rows(source)


def test_rows_that_come_in_meanwhile_are_told(source: Path, target: Path) -> None:
    for _ in step(source, target, "copying image_stats"):
        pass
    task = transfer(source, target)
    next(task)
    deployed.fill(source, commands=5, images=0, start=1.79e9, step=60.0)
    assert finish(task).newer == 5


def test_what_is_altered_or_deleted_meanwhile_is_copied_again(source: Path, target: Path) -> None:
    for _ in step(source, target, "copying image_stats"):
        run(
            source,
            "DELETE FROM command_usage WHERE id BETWEEN 2600 AND 2700",
            "UPDATE image_stats SET prompt = 'another' WHERE id = 5",
        )
    done = finish(transfer(source, target))
    assert done.renewed
    assert rows(target) == rows(source)


def test_everything_may_go_meanwhile(source: Path, target: Path) -> None:
    finish(transfer(source, target))
    run(source, *(f"DELETE FROM {name}" for name in TABLES))
    finish(transfer(source, target))
    assert rows(target) == {name: [] for name in TABLES}


def test_a_target_with_other_rows_is_refused_and_not_changed(source: Path, target: Path, tmp_path: Path) -> None:
    other = deployed.create(tmp_path / "other.db", "seed")
    deployed.fill(other, commands=3, images=3, start=1.78e9, step=60.0)
    before = other.read_bytes()
    with pytest.raises(TargetTaken, match="command_usage holds 3 rows, of which 0 came from this source"):
        finish(transfer(source, other))
    assert other.read_bytes() == before
    finish(transfer(source, target))
    with pytest.raises(TargetTaken):
        finish(transfer(other, target))
    run(
        target,
        "INSERT INTO command_usage SELECT 9000, 'c', '1', '2', '3', 1.8e9, 1, 1, NULL FROM command_usage LIMIT 1",
    )
    with pytest.raises(TargetTaken, match="holds 3,510 rows, of which 3,509"):
        finish(transfer(source, target))
    run(target, "DELETE FROM command_usage WHERE id = 1")
    with pytest.raises(TargetTaken, match="higher ids"):
        finish(transfer(source, target))


@links
def test_a_database_is_not_copied_into_itself(source: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(source)
    for same in (source, link):
        with pytest.raises(SameDatabase):
            finish(transfer(source, same))


def test_another_programs_file_is_neither_source_nor_target(source: Path, tmp_path: Path) -> None:
    foreign = tmp_path / "queue.db"
    run(foreign, "CREATE TABLE queue (id integer)")
    for pair in ((source, foreign), (foreign, tmp_path / "new.db")):
        with pytest.raises(ForeignDatabase):
            finish(transfer(*pair))
    with pytest.raises(DatabaseMissing):
        finish(transfer(tmp_path / "none.db", tmp_path / "new.db"))
    assert not (tmp_path / "new.db").exists()


def test_two_copies_into_one_target_do_not_mix(source: Path, target: Path) -> None:
    one, other = transfer(source, target), transfer(source, target)
    next(one), next(other)
    with pytest.raises(CopiedElsewhere):
        finish(one)
    finish(other)
    assert rows(target) == rows(source)


def test_text_that_is_none_is_named_or_mended(source: Path, target: Path, tmp_path: Path) -> None:
    run(source, "UPDATE image_stats SET prompt = CAST(x'61ff' AS TEXT) WHERE id = 7")
    done = finish(transfer(source, target))
    assert [str(row) for row in done.left_out] == ["image_stats 7: prompt holds bytes that are no text in UTF-8"]
    assert len(rows(target)["image_stats"]) == 2899
    again = finish(transfer(source, target))
    assert (again.left_out, again.renewed) == (done.left_out, 0)
    mended = finish(transfer(source, target, mend=True))
    assert (mended.left_out, mended.renewed) == ((), 1)
    assert rows(target)["image_stats"][6][2] == "a\ufffd"


def test_a_row_that_the_target_refuses_is_named_and_the_others_go_over(source: Path, target: Path) -> None:
    finish(transfer(deployed.create(target.with_name("empty.db"), "seed"), target))
    run(target, "DELETE FROM botpulse_copy", "CREATE UNIQUE INDEX one ON user_activity (details)")
    run(source, "DELETE FROM user_activity")
    run(
        source,
        *["INSERT INTO user_activity (user_id, action_type, timestamp, details) VALUES ('1', 'x', 1.8e9, 'y')"] * 3,
    )
    done = finish(transfer(source, target))
    assert [(row.table, row.reason) for row in done.left_out] == [
        ("user_activity", "refused: UNIQUE constraint failed: user_activity.details")
    ] * 2
    assert [len(rows(target)[name]) for name in ("command_usage", "user_activity")] == [3509, 1]
    assert finish(transfer(source, target)).left_out == done.left_out


def test_a_source_that_is_locked_is_waited_for(source: Path, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_source, "LOCK_TIMEOUT", 0.0)
    with locked(source), pytest.raises(DatabaseLocked):
        finish(transfer(source, target))
    monkeypatch.setattr(reading_source, "LOCK_TIMEOUT", 60.0)
    task = transfer(source, target)
    with locked(source):
        assert "waiting" in next(task).words
    done: Transferred = finish(task)
    assert done.added == 3509 + 2900


def test_names_and_failures_are_copied_too(tmp_path: Path) -> None:
    with AnalyticsManager(tmp_path / "a.db") as manager:
        manager.track_command("comfy", 1, error=ValueError("no"))
        for number in range(3):
            manager.note_name("user", number, f"Ada {number}")
        manager.note_name("guild", 1, "Pixel Harbour")
    done = finish(transfer(tmp_path / "a.db", tmp_path / "b.db"))
    assert {each.table: each.rows for each in done.tables}["names"] == 4
    with closing(sqlite3.connect(tmp_path / "a.db")) as one, closing(sqlite3.connect(tmp_path / "b.db")) as other:
        for table in ("names", "failures"):
            found = one.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
            assert found and found == other.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
