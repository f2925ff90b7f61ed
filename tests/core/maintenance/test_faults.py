"""What goes wrong under the hands of maintenance: locks, read-only places, full disks, sudden death."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from core.errors import BotpulseError, DatabaseCorrupt, DatabaseLocked, DiskFull, HoldsUpBot, NoAccess, NotEnoughRoom
from core.maintenance import backups, checking, locking, operation_journal, optimising, resetting, restoring, survey
from core.maintenance.backups import Backup
from core.tasks import Task, finish
from tests.core import deployed
from tests.core.storage.test_database import ask
from tests.core.stored import content, leftovers, rows
from tests.parameters import slow_after

ROOT = Path(__file__).resolve().parents[3]
posix = pytest.mark.skipif(os.name != "posix", reason="POSIX's limits, signals and permissions")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Some three megabytes in rollback mode."""
    path = deployed.create(tmp_path / "analytics.db", "seed")
    deployed.fill(path, commands=15_000, images=15_000, start=1.78e9)
    return path


@pytest.fixture
def backup(path: Path) -> Backup:
    return finish(backups.back_up(path))


WRITERS: dict[str, Callable[[Path, Backup], Task[Any]]] = {
    "reset": lambda path, backup: resetting.reset_with_backup(path, backup=backup),
    "undo": resetting.undo,
    "restore": restoring.restore,
    "optimise": lambda path, backup: optimising.optimise(path),
}
READERS: dict[str, Callable[[Path, Backup], Task[Any]]] = {
    "back up": lambda path, backup: backups.back_up(path),
    "survey": lambda path, backup: survey.survey(path),
    "check": lambda path, backup: checking.check(path),
    "compare": restoring.compare,
}


@pytest.fixture
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five seconds are long in a test."""
    monkeypatch.setattr(locking, "LOCK_TIMEOUT", 0.2)


@pytest.mark.usefixtures("short_waits")
@pytest.mark.parametrize("what", [*WRITERS, *READERS])
def test_a_lock_that_stays_is_told_and_nothing_changed(path: Path, backup: Backup, what: str) -> None:
    if what == "undo":
        deployed.Bot(path).reset()
    before = content(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(DatabaseLocked) as caught:
            finish({**WRITERS, **READERS}[what](path, backup))
    assert "Nothing was changed" in caught.value.what_is_safe
    assert caught.value.subject == str(path)
    assert content(path) == before
    assert operation_journal.unfinished(path) == ()


@pytest.mark.parametrize("what", slow_after(2, [*WRITERS, *READERS]))
def test_a_lock_that_passes_is_waited_for(path: Path, backup: Backup, what: str) -> None:
    if what == "undo":
        deployed.Bot(path).reset()
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN EXCLUSIVE")
        timer = threading.Timer(0.4, other.rollback)
        timer.start()
        finish({**WRITERS, **READERS}[what](path, backup))
        timer.join()


@pytest.mark.slow
def test_a_reader_that_stays_is_told(path: Path, backup: Backup, monkeypatch: pytest.MonkeyPatch) -> None:
    """In rollback mode our commit can't get past it: the transaction is rolled back, and tried again for a while."""
    monkeypatch.setattr(locking, "LOCK_TIMEOUT", 1.5)
    before = rows(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM command_usage").fetchone()
        with pytest.raises(DatabaseLocked):
            finish(resetting.reset_with_backup(path, backup=backup))
    assert rows(path) == before


@pytest.mark.parametrize("what", slow_after(1, ["reset", "restore", "optimise"]))
def test_task_that_would_hold_up_the_bot_is_rolled_back(
    path: Path, backup: Backup, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.maintenance.writing.LONGEST_HOLD", 0.0)
    slow = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000000) SELECT count(*) FROM n"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"CREATE TRIGGER slow BEFORE DELETE ON command_usage WHEN old.id = 1 BEGIN {slow}; END")
        connection.execute("CREATE TABLE t (a)")
    if what == "optimise":
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.executemany(
                "INSERT INTO command_usage (command_name, user_id, timestamp, success) VALUES ('x', '1', ?, 1)",
                ((float(i * 7919 % 400_000),) for i in range(400_000)),
            )
    before = rows(path)
    with pytest.raises(HoldsUpBot) as caught:
        finish(WRITERS[what](path, backup))
    assert caught.value.subject == str(path)
    assert rows(path) == before
    assert operation_journal.unfinished(path) == operation_journal.undoable(path) == ()
    assert deployed.Bot(path).track_command()


def test_with_the_bot_stopped_there_is_no_hurry(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.maintenance.writing.LONGEST_HOLD", 0.0)
    assert finish(resetting.reset_with_backup(path, bot_stopped=True)).rows["command_usage"] == 15_000


def protect(target: Path, mode: int) -> None:
    """Make it read-only, where that means anything for this user."""
    before = target.stat().st_mode
    target.chmod(mode)
    if os.access(target, os.W_OK):
        target.chmod(before)
        pytest.skip("root may write everywhere")


@posix
@pytest.mark.parametrize("what", WRITERS)
@pytest.mark.parametrize("place", ["file", "folder"])
def test_read_only_is_told(path: Path, backup: Backup, what: str, place: str) -> None:
    before = content(path)
    target = path if place == "file" else path.parent
    mode = target.stat().st_mode
    protect(target, 0o444 if place == "file" else 0o555)
    try:
        with pytest.raises(NoAccess) as caught:
            finish(WRITERS[what](path, backup))
    finally:
        target.chmod(mode)
    assert "read-only" in caught.value.detail
    assert content(path) == before


@posix
def test_beside_a_read_only_folder_the_backup_goes_to_the_users_data(path: Path, home: Path) -> None:
    protect(path.parent, 0o555)
    try:
        made = finish(backups.back_up(path))
        assert backups.backups(path)[0].path == made.path
    finally:
        path.parent.chmod(0o755)
    assert home in made.path.parents


def test_too_little_room_is_told_before_anything_is_begun(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(path)
    monkeypatch.setattr(locking.shutil, "disk_usage", lambda place: usage._replace(free=2_000_000))
    for task in (backups.back_up(path), resetting.reset_with_backup(path), optimising.optimise(path)):
        with pytest.raises(NotEnoughRoom) as caught:
            finish(task)
        assert "are needed" in caught.value.detail
    assert leftovers(path) == []
    assert backups.backups(path) == ()


LIMITED = """
import resource, sys
from pathlib import Path
from core.maintenance import backups, optimising, resetting, restoring
from core.errors import BotpulseError
from core.tasks import finish
path, what, backup = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
found = finish(backups.look_at(backup))
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[4]), int(sys.argv[4])))
tasks = {
    "back up": lambda: backups.back_up(path),
    "reset": lambda: resetting.reset_with_backup(path, backup=found),
    "restore": lambda: restoring.restore(path, found),
    "undo": lambda: resetting.undo(path, found),
    "optimise": lambda: optimising.optimise(path),
}
try:
    finish(tasks[what]())
except BotpulseError as error:
    print(type(error).__name__)
else:
    print("done")
"""


@posix
@pytest.mark.parametrize("what", slow_after(1, ["reset", "back up", "restore", "undo", "optimise"]))
def test_full_disk_half_way_leaves_all_as_it_was(path: Path, backup: Backup, what: str) -> None:
    """A file may not grow beyond a limit: the write that would is refused by the system, in the middle."""
    limit = 700_000
    if what == "undo":
        deployed.Bot(path).reset()
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("VACUUM")
    before, others = content(path), leftovers(path)
    command = [sys.executable, "-c", LIMITED, str(path), what, str(backup.path), str(limit)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() in ("StorageFault", "DiskFull"), done.stdout + done.stderr
    assert ask(path, "PRAGMA integrity_check") == [("ok",)]
    assert not [each for each in leftovers(path) if each not in others and "note" not in each]
    if what != "undo":
        assert content(path) == before
        return
    assert operation_journal.unfinished(path)[0].action == "undo"  # some rows are back; the others can follow
    finish(resetting.undo(path, backup))
    assert rows(path) == rows(backup.path)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of twelve megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    made = mount and subprocess.run([mount, "-t", "tmpfs", "-o", "size=12m", "tmpfs", place], capture_output=True)
    if not made or made.returncode:
        pytest.skip("only root may mount a small disk")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


@pytest.mark.parametrize("what", ["back up", "reset", "restore"])
def test_a_disk_that_fills_up_half_way(path: Path, small_disk: Path, what: str) -> None:
    there = Path(shutil.copy(path, small_disk))
    backup = finish(backups.back_up(path))
    before = content(there)
    task = {
        "back up": lambda: backups.back_up(there),
        "reset": lambda: resetting.reset_with_backup(there, backup=backup),
        "restore": lambda: restoring.restore(there, backup),
    }[what]()
    until = {"back up": "copying", "reset": "", "restore": "restoring"}[what]
    if what == "reset":
        fill_up(small_disk)
        with pytest.raises(NotEnoughRoom):
            next(task)
    else:
        while until not in next(task).words:
            pass
        fill_up(small_disk)
        with pytest.raises(DiskFull) as caught:
            finish(task)
        assert "rolled back" in caught.value.what_is_safe
    (small_disk / "ballast").unlink()
    assert content(there) == before
    assert ask(there, "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.expect_log
def test_a_disk_that_fills_up_once_it_is_done_undoes_nothing(path: Path, small_disk: Path) -> None:
    there = Path(shutil.copy(path, small_disk))
    backup = finish(backups.back_up(path))
    assert deployed.Bot(there).track_command("late")
    task = restoring.restore(there, backup)
    while "restoring" not in next(task).words:
        pass  # the transaction goes on by itself
    late = "SELECT count(*) FROM command_usage WHERE command_name = 'late'"
    while ask(there, late) != [(0,)]:
        time.sleep(0.005)
    fill_up(small_disk)
    assert finish(task).rows["command_usage"] == 15_000
    (small_disk / "ballast").unlink()
    assert rows(there) == rows(backup.path)
    (note,) = operation_journal.unfinished(there)  # what was there before can be had back
    assert note.action == "restore"
    assert not [each for each in leftovers(there) if each.startswith(".")]


def fill_up(place: Path) -> None:
    with (place / "ballast").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            return


def test_a_damaged_source_gives_no_backup(path: Path) -> None:
    (page,) = ask(path, "SELECT rootpage FROM sqlite_master WHERE name = 'image_stats'")[0]
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)
    for task in (backups.back_up(path), resetting.reset_with_backup(path)):
        with pytest.raises(DatabaseCorrupt):
            finish(task)
    assert backups.backups(path) == ()
    assert leftovers(path) == []
    assert finish(checking.check(path)).problems


def test_leftovers_of_a_killed_process_go_with_the_next_backup(path: Path) -> None:
    folder = path.parent / "botpulse-backups"
    folder.mkdir()
    dead, alive, foreign = folder / ".x.db.1.botpulse-part", folder / ".y.db.2.botpulse-part", folder / ".z.part"
    for each in (dead, alive, foreign):
        each.write_bytes(b"half")
    os.utime(dead, (1.7e9, 1.7e9))
    os.utime(foreign, (1.7e9, 1.7e9))
    finish(backups.back_up(path))
    assert [each.exists() for each in (dead, alive, foreign)] == [False, True, True]


KILLED = """
import sys
from pathlib import Path
from core.maintenance import resetting
task = resetting.reset_with_backup(Path(sys.argv[1]))
for progress in task:
    print(progress.words, flush=True)
    if progress.words == sys.argv[2]:
        sys.stdin.read()
"""


@pytest.mark.slow
@posix
@pytest.mark.parametrize("moment", ["deleting", "deleted"])
def test_a_reset_that_is_killed_is_found_and_undone(path: Path, moment: str) -> None:
    before = rows(path)
    command = [sys.executable, "-c", KILLED, str(path), moment]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip() == moment:
                break
        process.send_signal(signal.SIGKILL)
        process.wait()
    found = (*operation_journal.unfinished(path), *operation_journal.undoable(path))
    assert [note.finished for note in found] == [moment == "deleted"]
    finish(resetting.undo(path, found[0].backup))
    assert rows(path) == before


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_a_check_beside_a_busy_bot_ends(path: Path, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy page by page begins anew at each write of the bot; then rows and indexes are read in place."""
    monkeypatch.setattr("core.maintenance.checking._PAGES", 1)
    monkeypatch.setattr("core.maintenance.checking._AT_ONCE", 0)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA journal_mode = {mode}")
        connection.execute("CREATE INDEX by_user ON command_usage (user_id)")
    bot, over = deployed.Bot(path), threading.Event()

    def write() -> None:
        while not over.wait(0.002):
            bot.track_command()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        done = finish(checking.check(path))
    finally:
        over.set()
        writer.join()
    assert bot.errors == []
    assert done.problems == ()
    assert done.whole == (mode == "wal")
    assert done.words.startswith("The database is sound" if done.whole else "Every row can be read")


def test_faults_are_expected_ones() -> None:
    """Everything that is raised on purpose here has words for the user."""
    for kind in (HoldsUpBot, NotEnoughRoom):
        assert issubclass(kind, BotpulseError)
        assert kind.what_is_safe
