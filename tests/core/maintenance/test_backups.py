"""Backups, on real files of the deployed bot and of ours."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.errors import NameNotAllowed
from core.maintenance import backups, checking, copying, operation_journal, resetting
from core.maintenance.faults import BackupFault, PlaceTaken
from core.tasks import Progress, Task, finish
from tests.core import deployed
from tests.core.storage.test_database import ask
from tests.core.stored import change, content, leftovers, rows

# Back up


def test_a_backup_holds_everything(path: Path) -> None:
    change(path, "DELETE FROM command_usage WHERE id > 35", "CREATE VIEW v AS SELECT 1", "CREATE TABLE other (a, b)",
           "INSERT INTO other VALUES (1, x'00ff'), ('text', NULL)", "PRAGMA user_version = 7")  # fmt: skip
    before = content(path)
    made = finish(backups.back_up(path))
    assert made.path.parent == path.parent / "botpulse-backups"
    assert content(made.path) == before  # sqlite_sequence included
    assert made.rows == 35 + 60 + 1
    assert ask(made.path, "PRAGMA user_version") == [(7,)]
    assert ask(made.path, "SELECT name FROM sqlite_master WHERE type IN ('index', 'view') ORDER BY 1") == ask(
        path, "SELECT name FROM sqlite_master WHERE type IN ('index', 'view') ORDER BY 1"
    )
    held = made.held("command_usage")
    assert held is not None
    assert (held.rows, held.first, held.last) == (35, 1, 35)
    assert leftovers(path) == []


def test_a_backup_looked_at_later_says_the_same(path: Path) -> None:
    made = finish(backups.back_up(path))
    found = finish(backups.look_at(made.path))
    assert (found.path, found.byte_size, set(found.holdings)) == (made.path, made.byte_size, set(made.holdings))


def test_backups_are_listed_newest_first_and_never_overwritten(seed: Path) -> None:
    first = finish(backups.back_up(seed))
    os.utime(first.path, (1.7e9, 1.7e9))
    second = finish(backups.back_up(seed))
    assert [each.path for each in backups.backups(seed)] == [second.path, first.path]
    with pytest.raises(PlaceTaken):
        finish(backups.back_up(seed, first.path))


def test_only_a_databases_own_backups_are_listed(seed: Path) -> None:
    own = finish(backups.back_up(seed)).path
    folder, moment = own.parent, "2026-11-30T03-00-00"
    mine = [own, folder / f"analytics-{moment}Z-scheduled.db", folder / f"analytics-{moment}Z-scheduled-12ab34cd.db",
            folder / "analytics-2026 before the move.db"]  # fmt: skip
    others = ["analytics-2-{}.db", "analytics-2-{}Z-scheduled.db", "analytics-{}Z-scheduled.sqlite.db",
              "analytics-{}Z-scheduled-plain.db", "analytics-2026-11-30T03-00-00-{}.db"]  # fmt: skip
    for each in (*mine[1:], *(folder / other.format(moment) for other in others)):
        each.write_bytes(b"")
    (folder / f"analytics-{moment}-7.db").symlink_to(folder / "gone.db")
    assert {each.path for each in backups.backups(seed)} == set(mine)
    plain = {each.path.name for each in backups.backups(seed.with_suffix(""))}
    assert f"analytics-{moment}Z-scheduled-plain.db" in plain and f"analytics-{moment}Z-scheduled.db" not in plain


def test_databases_that_differ_in_their_last_name_share_a_folder_and_no_backups(seed: Path) -> None:
    alike = (seed, *(Path(shutil.copy(seed, seed.with_suffix(ending))) for ending in (".sqlite", "")))
    made = {path: {finish(backups.back_up(path)).path for _ in range(3)} for path in alike}
    assert {path: {each.path for each in backups.backups(path)} for path in alike} == made
    assert all(sum(place.stat().st_size > 0 for place in places) == 3 for places in made.values())


def test_a_backup_of_an_older_release_is_still_listed_where_it_can_only_be_one_databases(seed: Path) -> None:
    other = seed.rename(seed.with_suffix(".sqlite"))
    made = finish(backups.back_up(other)).path
    old = made.rename(made.with_name(made.name.replace(".sqlite", "")))
    assert [each.path for each in backups.backups(other)] == [old]
    shutil.copy(other, seed)
    assert backups.backups(other) == () and [each.path for each in backups.backups(seed)] == [old]


def test_backup_waits_for_a_lock_right_after_its_tables_were_made(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    look, looks = copying.table_of, 0

    def locked_once(*arguments: Any) -> Any:
        nonlocal looks
        looks += 1
        if looks == 1:
            busy = sqlite3.OperationalError("database is locked")
            busy.sqlite_errorcode = sqlite3.SQLITE_BUSY
            raise busy
        return look(*arguments)

    monkeypatch.setattr(copying, "table_of", locked_once)
    assert finish(backups.back_up(path)).rows == 40 + 60 + 1
    assert looks > 1


def test_a_backup_goes_where_it_is_told_to(seed: Path, tmp_path: Path) -> None:
    (tmp_path / "safe").mkdir()
    assert finish(backups.back_up(seed, tmp_path / "safe" / "mine.db")).path == tmp_path / "safe" / "mine.db"
    assert finish(backups.back_up(seed, tmp_path / "safe")).path.name.startswith("analytics-20")


def test_text_that_is_no_text_is_backed_up_as_it_is(seed: Path) -> None:
    change(seed, "UPDATE image_stats SET prompt = CAST(x'ff00fe' AS TEXT), generation_time = 'soon' WHERE id = 7")
    made = finish(backups.back_up(seed))
    asked = "SELECT hex(prompt), typeof(prompt), generation_time FROM image_stats WHERE id = 7"
    assert ask(made.path, asked) == ask(seed, asked) == [("FF00FE", "text", "soon")]


def test_another_encoding_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "odd.db"
    change(path, "PRAGMA encoding = 'UTF-16le'", "PRAGMA page_size = 1024", deployed.COMMAND_USAGE)
    deployed.Bot(path).track_command("ünï")
    made = finish(backups.back_up(path))
    assert ask(made.path, "SELECT command_name FROM command_usage") == [("ünï",)]
    assert ask(made.path, "PRAGMA encoding") == [("UTF-16le",)]


def test_a_backup_beside_a_gap_of_ids_is_quick(seed: Path) -> None:
    change(seed, "INSERT INTO user_activity (id, user_id, action_type, timestamp) VALUES (9000000000, '1', 'x', 1.8e9)")
    change(seed, "INSERT INTO user_activity (id, user_id, action_type, timestamp) VALUES (-5, '1', 'y', 1.8e9)")
    steps: list[Progress] = []
    made = finish(backups.back_up(seed), steps.append)
    assert made.rows == 102
    assert len(steps) < 100


def test_progress_goes_forward_to_the_end(seed: Path) -> None:
    for task in (backups.back_up(seed), resetting.reset_with_backup(seed)):
        shares: list[float] = []
        finish(task, lambda progress, shares=shares: shares.append(progress.share))  # type: ignore[misc]
        assert shares == sorted(shares)
        assert all(0 <= share <= 1 for share in shares)


@pytest.mark.parametrize("make", [backups.back_up, resetting.reset_with_backup, checking.check])
def test_a_task_stopped_anywhere_leaves_nothing(seed: Path, make: Callable[[Path], Task[Any]]) -> None:
    before, steps = rows(seed), 0
    while True:
        task = make(seed)
        try:
            for _ in range(steps + 1):
                next(task)
        except StopIteration:
            break
        task.close()
        steps += 1
        if rows(seed) != before:  # it was stopped after the reset itself
            assert make is resetting.reset_with_backup
            finish(resetting.undo(seed, operation_journal.undoable(seed)[0].backup))
            assert rows(seed) == before
    assert steps > 0
    assert leftovers(seed) in ([], [each.path.name for each in operation_journal.undoable(seed)])


def interleaved(*tasks: Task[Any]) -> list[Any]:
    """Run tasks by turns, a step each; what each returned."""
    waiting, results = dict(enumerate(tasks)), {}
    while waiting:
        for number, task in [*waiting.items()]:
            try:
                next(task)
            except StopIteration as end:
                results[number] = end.value
                del waiting[number]
    return [results[number] for number in range(len(tasks))]


def test_backups_of_one_moment_do_not_touch_each_other(path: Path) -> None:
    before = content(path)
    made = interleaved(*(backups.back_up(path) for _ in range(4)))
    assert len({each.path for each in made}) == 4
    for each in made:
        assert content(each.path) == before
        assert each.rows == 101
    assert leftovers(path) == []


def test_a_name_that_the_system_does_not_take_is_told_as_that(path: Path, tmp_path: Path) -> None:
    with pytest.raises(NameNotAllowed):
        finish(backups.back_up(path, tmp_path / ("x" * 253 + ".db")))
    assert leftovers(path) == []


def test_a_long_name_that_fits_is_taken(path: Path, tmp_path: Path) -> None:
    made = finish(backups.back_up(path, tmp_path / ("x" * 240 + ".db")))
    assert content(made.path) == content(path)


def test_the_second_of_two_backups_with_one_name_is_refused(path: Path, tmp_path: Path) -> None:
    first, second = (backups.back_up(path, tmp_path / "mine.db") for _ in range(2))
    next(second)
    made = finish(first)
    with pytest.raises(PlaceTaken):
        finish(second)
    assert content(made.path) == content(path)


def test_a_file_that_takes_the_name_at_the_last_moment_is_kept(path: Path, tmp_path: Path) -> None:
    place = tmp_path / "mine.db"

    def other(progress: Progress) -> None:
        if progress.share > 0.3 and not place.exists():
            place.write_bytes(b"of somebody else")

    task = backups.back_up(path, place)
    with pytest.raises(PlaceTaken):
        for progress in task:
            other(progress)
    assert place.read_bytes() == b"of somebody else"


@pytest.mark.skipif(os.name != "posix", reason="links are for POSIX")
def test_a_file_system_without_links_gives_a_name_once(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    made = interleaved(*(backups.back_up(path) for _ in range(2)))
    assert [content(each.path) for each in made] == [content(path)] * 2
    with pytest.raises(PlaceTaken):
        finish(backups.back_up(path, made[0].path))


def test_a_backup_is_looked_at_under_its_name(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name_new = backups.name_new

    def swapped(part: Path, place: Path) -> None:
        change(part, "DELETE FROM image_stats WHERE id = 3")
        name_new(part, place)

    monkeypatch.setattr(backups, "name_new", swapped)
    with pytest.raises(BackupFault):
        finish(backups.back_up(path))
    assert backups.backups(path) == ()


def test_the_users_own_folder_is_named_once(path: Path) -> None:
    assert backups.folders(path)[1].parts.count("botpulse") == 1
