from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import peewee
import pytest

from core import errors
from core.models import CommandUsage
from core.storage import limited_connection
from core.storage.database import faults, open_for_writing
from core.storage.driver_errors import driver_error, translate
from core.storage.reader import open_for_reading, reading
from tests.core import deployed
from tests.core.storage.test_reader import untouched, wal_of_a_killed_writer
from tests.platforms import links

SPILL = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("PRAGMA cache_size = 5")
connection.execute("UPDATE command_usage SET command_name = 'half done'")
print("spilled", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = deployed.create(tmp_path / "analytics.db")
    deployed.fill(path, commands=5_000, images=50)
    return path


def read_all(path: Path) -> int:
    with reading(path, timeout=0) as reader:
        return len(reader.rows(CommandUsage.select()))


def fault_of(path: Path) -> errors.BotpulseError:
    """The fault of looking at a file, which stays as it is; every fault has its words."""
    with untouched(path.parent), pytest.raises(errors.BotpulseError) as caught:
        read_all(path)
    fault = caught.value
    for words in (fault.title, fault.what_happened, fault.what_is_safe, fault.what_to_do, str(fault)):
        assert len(words) > 10
    assert not fault.title.endswith(".")
    assert str(path) in fault.subject
    return fault


def kinds() -> list[type[errors.BotpulseError]]:
    return errors.BotpulseError.__subclasses__()


@pytest.mark.parametrize("kind", kinds())
def test_each_fault_has_words_of_its_own(kind: type[errors.BotpulseError]) -> None:
    assert kind.title != errors.BotpulseError.title
    assert kind.what_happened != errors.BotpulseError.what_happened
    assert kind.what_to_do != errors.BotpulseError.what_to_do
    assert len({other.title for other in kinds()}) == len(kinds())


@links
def test_missing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert type(fault_of(tmp_path / "none.db")) is errors.DatabaseMissing
    dangling = tmp_path / "dangling.db"
    dangling.symlink_to(tmp_path / "gone.db")
    with pytest.raises(errors.DatabaseMissing):
        read_all(dangling)
    assert not (tmp_path / "gone.db").exists()


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "folder.db").mkdir()
    assert type(fault_of(tmp_path / "folder.db")) is errors.NotADatabase
    with pytest.raises(errors.NotADatabase):
        open_for_writing(tmp_path / "folder.db")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes lie in no folder here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.db")
    with pytest.raises(errors.NotADatabase):
        read_all(tmp_path / "pipe.db")


@pytest.mark.parametrize(
    "data",
    [
        b"hello\n",
        b"user,time\n" * 2_000,
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 32,
        bytes((i * 7919 + i // 256 * 31) % 256 for i in range(8192)),
        b"SQLite format 3",
        b"SQLite format 3\0" + b"\xff" * 4096,
    ],
    ids=["short text", "long text", "picture", "encrypted", "cut off in the header", "header only"],
)
def test_not_a_database(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "analytics.db"
    path.write_bytes(data)
    assert type(fault_of(path)) is errors.NotADatabase
    with untouched(tmp_path), pytest.raises(errors.NotADatabase):
        open_for_writing(path)


def test_damaged_pages(path: Path) -> None:
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096 * 8)
        file.write(b"\xa5" * (size - 4096 * 12))
    assert type(fault_of(path)) is errors.DatabaseCorrupt


def test_cut_off_in_the_middle(path: Path) -> None:
    os.truncate(path, 4096 * 20)
    assert type(fault_of(path)) is errors.DatabaseCorrupt


def test_locked(path: Path) -> None:
    with closing(sqlite3.connect(path)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(errors.DatabaseLocked):
            reading(path, timeout=0, own=True).__enter__()
        with pytest.raises(errors.DatabaseLocked):
            open_for_writing(path, timeout=0.05)


def test_newer_schema_is_neither_read_nor_altered(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE botpulse_migration (id INTEGER PRIMARY KEY, name TEXT, applied TEXT)")
        connection.execute(
            "INSERT INTO botpulse_migration (name, applied) VALUES ('9000_from_the_future', '2030-01-01')"
        )
    assert type(fault_of(path)) is errors.NewerSchema
    with untouched(path.parent), pytest.raises(errors.NewerSchema):
        open_for_writing(path)


@pytest.fixture
def cut_off(path: Path) -> Iterator[Path]:
    """A writer was killed in the middle of a transaction, when half of it was in the file already."""
    process = subprocess.Popen([sys.executable, "-c", SPILL, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with process:
        assert process.stdout is not None
        assert process.stdout.readline().rstrip() == b"spilled"
        process.kill()
    assert path.with_name("analytics.db-journal").stat().st_size
    return path


def test_a_write_that_was_cut_off(cut_off: Path) -> None:
    assert type(fault_of(cut_off)) is errors.UnfinishedWrite
    with closing(sqlite3.connect(cut_off)) as bot:
        bot.execute("SELECT COUNT(*) FROM command_usage").fetchone()
    with reading(cut_off) as reader:
        assert not reader.rows(CommandUsage.select().where(CommandUsage.command_name == "half done"))


def test_a_log_without_its_index_is_left_to_a_writer(tmp_path: Path) -> None:
    (tmp_path / "live").mkdir()
    (tmp_path / "copy").mkdir()
    live = wal_of_a_killed_writer(tmp_path / "live")
    for name in ("analytics.db", "analytics.db-wal"):
        shutil.copy(live.with_name(name), tmp_path / "copy" / name)
    copy = tmp_path / "copy" / "analytics.db"
    assert type(fault_of(copy)) is errors.UnfinishedWrite
    open_for_writing(copy).close()
    assert read_all(copy) == 3


def test_disk_full(path: Path) -> None:
    database = open_for_writing(path)
    database.execute_sql(f"PRAGMA max_page_count = {path.stat().st_size // 4096 + 5}").fetchall()
    with pytest.raises(errors.DiskFull), faults(path), database.atomic():
        for _ in range(100):
            database.execute_sql(
                "INSERT INTO user_activity (user_id, action_type, timestamp, details) VALUES ('1', 'x', 1, ?)",
                ("x" * 4000,),
            )
    assert database.execute_sql("SELECT COUNT(*) FROM user_activity").fetchone() == (0,)
    database.close()


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (errno.ENOENT, errors.DatabaseMissing),
        (errno.ENOTDIR, errors.DatabaseMissing),
        (errno.EACCES, errors.NoAccess),
        (errno.ENOSPC, errors.DiskFull),
        (errno.EIO, errors.StorageFault),
        (errno.ESTALE, errors.StorageFault),
    ],
)
def test_faults_of_the_operating_system(code: int, kind: type[errors.BotpulseError]) -> None:
    with pytest.raises(kind) as caught, faults("analytics.db"):
        raise OSError(code, os.strerror(code))
    assert caught.value.detail == os.strerror(code)


def test_a_fault_of_ours_stays_what_it_is() -> None:
    fault = errors.DatabaseMissing("a.db")
    assert translate(fault, "b.db") is fault


def test_a_bug_is_not_dressed_up_as_a_fault() -> None:
    with pytest.raises(ZeroDivisionError), faults("a.db"):
        _ = 1 / 0


def test_words_of_the_driver_are_kept(path: Path) -> None:
    reader = open_for_reading(path)
    with pytest.raises(errors.SchemaFault) as caught, faults(path):
        reader.database.execute_sql("SELECT nonsense FROM nowhere")
    reader.close()
    assert "nowhere" in caught.value.detail
    assert isinstance(driver_error(caught.value.__cause__ or caught.value), sqlite3.OperationalError)
    assert driver_error(peewee.OperationalError("plain words")).args == ("plain words",)


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("SELECT * FROM nowhere", errors.SchemaFault),
        ("SELECT nonsense FROM command_usage", errors.SchemaFault),
        ("SELECT 'a' = 'b' COLLATE theirs", errors.NeedsItsProgram),
        ("SELECT their_fold('a')", errors.NeedsItsProgram),
        ("CREATE VIRTUAL TABLE found USING theirs(a)", errors.NeedsItsProgram),
        ("CREATE VIRTUAL TABLE found USING fts5(a, tokenize = theirs)", errors.NeedsItsProgram),
        ("INSERT INTO command_usage (command_name) VALUES ('x')", errors.RefusedByTable),
        ("DELETE FROM image_stats", errors.RefusedByTable),
        ("SELECT CAST(x'ff' AS TEXT)", errors.SchemaFault),
        ("SELECT length(zeroblob(2000000000))", errors.TooLarge),
    ],
)
def test_what_is_no_matter_of_the_disk_is_told_in_its_own_words(
    path: Path, statement: str, kind: type[errors.BotpulseError]
) -> None:
    trigger = "CREATE TRIGGER keep BEFORE DELETE ON image_stats BEGIN SELECT RAISE(ABORT, 'archive'); END"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(trigger)
        with pytest.raises(errors.BotpulseError) as caught, faults(path):
            connection.execute(statement).fetchall()
    assert type(caught.value) is kind
    assert not isinstance(caught.value, errors.StorageFault)


def test_a_question_without_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = deployed.create(tmp_path / "a.db")
    monkeypatch.setattr(limited_connection, "_LEAST_SECONDS", 0.05)
    endless = "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT count(*) FROM n"
    with pytest.raises(errors.TookTooLong), reading(path) as reader:
        reader.database.execute_sql(endless).fetchall()
    with reading(path) as reader:
        assert reader.database.execute_sql("SELECT 1").fetchall() == [(1,)]
    with pytest.raises(errors.TooLarge), reading(path) as reader:
        reader.database.execute_sql("SELECT zeroblob(200000000)").fetchall()
