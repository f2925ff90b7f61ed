from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import peewee
import pytest

from core.errors import NoAccess
from core.models import ALL_MODELS, CommandUsage, DailyStats, ImageStats, UserActivity, is_required
from core.storage.database import open_for_writing
from core.storage.reader import Reader, open_for_reading, reading
from tests.core import deployed
from tests.platforms import links, where_allowed

ROWS = 3
NOBODY = 65534

Files = dict[str, tuple[str, int, int]]


def contents(folder: Path) -> Files:
    """Every file in a folder: its hash, its time of change, its mode. Of a log's index only that it is there."""
    found: Files = {}
    for path in sorted(folder.rglob("*")):
        status = path.stat()
        index = path.name.endswith("-shm")
        data = path.read_bytes() if path.is_file() and not index else b""
        found[str(path.relative_to(folder))] = (
            hashlib.sha256(data).hexdigest(),
            0 if index or path.is_dir() else status.st_mtime_ns,
            status.st_mode,
        )
    return found


@contextmanager
def untouched(folder: Path) -> Iterator[None]:
    before = contents(folder)
    yield
    assert contents(folder) == before


def of_schema(variant: str) -> Callable[[Path], Path]:
    def build(folder: Path) -> Path:
        path = deployed.create(folder / "analytics.db", variant)
        deployed.fill(path, commands=ROWS, images=ROWS)
        deployed.Bot(path).daily()
        return path

    return build


def altered(*statements: str) -> Callable[[Path], Path]:
    def build(folder: Path) -> Path:
        path = of_schema("in order")(folder)
        with closing(sqlite3.connect(path)) as connection, connection:
            for statement in statements:
                connection.execute(statement)
        return path

    return build


def empty_file(folder: Path) -> Path:
    path = folder / "analytics.db"
    path.touch()
    return path


def wal_of_a_killed_writer(folder: Path) -> Path:
    """The log and its index stay behind, and the newest rows are in the log alone."""
    path = altered("PRAGMA journal_mode = wal")(folder)
    script = (
        "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1]);"
        "c.execute(\"INSERT INTO user_activity (user_id, action_type, timestamp) VALUES ('1', 'x', 1.8e9)\");"
        "c.commit(); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], check=True)
    assert path.with_name("analytics.db-wal").stat().st_size
    return path


def wal_copied_without_its_log(folder: Path) -> Path:
    with tempfile.TemporaryDirectory() as elsewhere:
        live = altered("PRAGMA journal_mode = wal")(Path(elsewhere))
        with closing(sqlite3.connect(live)) as writer:
            writer.execute("INSERT INTO user_activity (user_id, action_type, timestamp) VALUES ('1', 'x', 1.8e9)")
            writer.commit()
            shutil.copy(live, folder / "analytics.db")
    return folder / "analytics.db"


def beside_an_empty_log(folder: Path) -> Path:
    path = altered("PRAGMA journal_mode = wal")(folder)
    path.with_name("analytics.db-wal").touch()
    return path


def symlinked(folder: Path) -> Path:
    (folder / "bot").mkdir()
    link = folder / "link.db"
    link.symlink_to(wal_of_a_killed_writer(folder / "bot"))
    return link


VARIANTS: dict[str, tuple[Callable[[Path], Path], tuple[int, int, int]]] = {
    "seed columns": (of_schema("seed"), (ROWS, ROWS, 0)),
    "columns in order": (of_schema("in order"), (ROWS, ROWS, 0)),
    "columns appended": (of_schema("appended"), (ROWS, ROWS, 0)),
    "one column only": (
        altered("ALTER TABLE image_stats DROP COLUMN generation_type", "ALTER TABLE command_usage DROP COLUMN success"),
        (ROWS, ROWS, 0),
    ),
    "tables missing": (
        altered("DROP TABLE image_stats", "DROP TABLE user_activity", "DROP TABLE daily_stats"),
        (ROWS, 0, 0),
    ),
    "foreign tables beside": (
        altered("CREATE TABLE queue (id INTEGER)", "CREATE VIEW latest AS SELECT * FROM command_usage"),
        (ROWS, ROWS, 0),
    ),
    "a column more": (altered("ALTER TABLE command_usage ADD COLUMN severity TEXT DEFAULT 'calm'"), (ROWS, ROWS, 0)),
    "empty file": (empty_file, (0, 0, 0)),
    "resting in WAL mode": (altered("PRAGMA journal_mode = wal"), (ROWS, ROWS, 0)),
    "WAL of a killed writer": (wal_of_a_killed_writer, (ROWS, ROWS, 1)),
    "WAL copied without its log": (wal_copied_without_its_log, (ROWS, ROWS, 0)),
    "WAL beside an empty log": (beside_an_empty_log, (ROWS, ROWS, 0)),
    "symlink": (symlinked, (ROWS, ROWS, 1)),
}


def look(path: Path) -> tuple[int, ...]:
    with reading(path) as reader:
        return counts(reader)


def counts(reader: Reader) -> tuple[int, ...]:
    return tuple(len(reader.rows(model.select())) for model in (CommandUsage, ImageStats, UserActivity))


@pytest.fixture(params=[pytest.param(each, marks=links) if each == "symlink" else each for each in VARIANTS])
def variant(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, tuple[int, int, int]]:
    build, expected = VARIANTS[request.param]
    return build(tmp_path), expected


def test_every_variant_is_read_and_left_as_it_is(variant: tuple[Path, tuple[int, int, int]], tmp_path: Path) -> None:
    path, expected = variant
    with untouched(tmp_path):
        with reading(path) as reader:
            assert counts(reader) == expected
            for model in ALL_MODELS:
                reader.rows(model.select())
        reader.close()


def test_reader_makes_no_file_while_it_is_open(variant: tuple[Path, tuple[int, int, int]], tmp_path: Path) -> None:
    path, expected = variant
    before = sorted(contents(tmp_path))
    with reading(path) as reader:
        assert counts(reader) == expected
        assert sorted(contents(tmp_path)) == before


def test_reader_cannot_write(variant: tuple[Path, tuple[int, int, int]]) -> None:
    path, _ = variant
    reader = open_for_reading(path)
    try:
        with pytest.raises(peewee.OperationalError):
            reader.database.execute_sql("CREATE TABLE main.mine (a)")
        with pytest.raises(peewee.OperationalError):
            reader.database.execute_sql("PRAGMA main.user_version = 7")
            reader.database.execute_sql("DELETE FROM command_usage")
    finally:
        reader.close()


def test_missing_columns_come_with_their_defaults(tmp_path: Path) -> None:
    with reading(of_schema("seed")(tmp_path)) as reader:
        assert reader.rows(ImageStats.select(ImageStats.is_video, ImageStats.generation_type).distinct()) == [
            (0, "standard")
        ]
        lacking = {("image_stats", "is_video"), ("image_stats", "generation_type")}
        assert {each for each in reader.added_columns if is_required(*each)} == lacking


@pytest.mark.parametrize("schema", deployed.SCHEMAS)
def test_every_schema_reads_alike(tmp_path: Path, schema: str) -> None:
    path = deployed.create(tmp_path / "analytics.db", schema)
    deployed.fill(path, commands=1, images=1, start=1.8e9)
    with reading(path) as reader:
        (command,), (image,) = reader.rows(CommandUsage.select()), reader.rows(ImageStats.select())
        assert command == (1, "comfy", "0", "77", "5", 1.8e9, 1.5, 0, None)
        assert image == (1, "0", "a prompt 0", "1:1", "[]", 1, 20.0, 1.8e9, 0, "standard", *[None] * 10)


def test_reader_says_what_is_there(tmp_path: Path) -> None:
    with reading(
        altered("DROP TABLE user_activity", "CREATE INDEX mine ON command_usage (timestamp)")(tmp_path)
    ) as reader:
        assert reader.tables == {"command_usage", "image_stats", "daily_stats"}
        assert reader.indexed == {"command_usage"}
        assert reader.journal_mode == "rollback"
        assert not reader.immutable


def test_a_daily_row_reads_as_it_was_written(tmp_path: Path) -> None:
    with reading(of_schema("in order")(tmp_path)) as reader:
        assert reader.rows(DailyStats.select()) == [("2026-01-01", 1, 2, 3, 4.0, "{}", "{}")]


@pytest.mark.parametrize(
    "name",
    where_allowed(
        ["with space.db", "größe 図.db", "what?.db", "a#b.db", "100%.db", "%41?mode=rw&x#.db", "-wal", ":memory:"]
    ),
)
@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_any_file_name(tmp_path: Path, name: str, mode: str) -> None:
    path = altered(f"PRAGMA journal_mode = {mode}")(tmp_path).rename(tmp_path / name)
    with untouched(tmp_path), reading(path) as reader:
        assert counts(reader) == (ROWS, ROWS, 0)


def test_beside_a_live_writer_in_wal_mode(tmp_path: Path) -> None:
    path = altered("PRAGMA journal_mode = wal")(tmp_path)
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("INSERT INTO user_activity (user_id, action_type, timestamp) VALUES ('1', 'x', 1.8e9)")
        writer.commit()
        with untouched(tmp_path), reading(path) as reader:
            assert counts(reader) == (ROWS, ROWS, 1)
            assert (reader.journal_mode, reader.immutable) == ("WAL", False)
    assert [p.name for p in tmp_path.iterdir()] == ["analytics.db"]


@links
def test_through_a_link_the_log_of_a_live_writer_is_seen(tmp_path: Path) -> None:
    (tmp_path / "bot").mkdir()
    path = altered("PRAGMA journal_mode = wal")(tmp_path / "bot")
    link = tmp_path / "link.db"
    link.symlink_to(path)
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("INSERT INTO user_activity (user_id, action_type, timestamp) VALUES ('1', 'x', 1.8e9)")
        writer.commit()
        with reading(link) as reader:
            assert counts(reader) == (ROWS, ROWS, 1)


def test_looking_at_an_empty_file_never_deletes_a_log(tmp_path: Path) -> None:
    path = wal_of_a_killed_writer(tmp_path)
    os.truncate(path, 0)
    with untouched(tmp_path), reading(path) as reader:
        assert counts(reader) == (0, 0, 0)


def test_text_that_is_no_text_hides_nothing(tmp_path: Path) -> None:
    path = altered("UPDATE image_stats SET prompt = CAST(x'61ff62' AS TEXT) WHERE id = 2")(tmp_path)
    with reading(path) as reader:
        assert [prompt for (prompt,) in reader.rows(ImageStats.select(ImageStats.prompt))] == [
            "a prompt 0",
            "a\ufffdb",
            "a prompt 2",
        ]


@contextmanager
def as_nobody() -> Iterator[None]:
    """Be a user without any rights for a while; skips where we can't become one."""
    if os.name != "posix" or os.getuid() != 0:
        pytest.skip("only root can become another user")
    groups = os.getgroups()
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, 0)
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)
        os.setresgid(0, 0, 0)
        os.setgroups(groups)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach (pytest's own are for us alone)."""
    folder = Path(tempfile.mkdtemp(prefix="botpulse-"))
    folder.chmod(0o755)
    yield folder
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o700)  # who is not root can't empty a folder that may only be read
    shutil.rmtree(folder)


def test_read_only_files_in_read_only_folders(open_folder: Path) -> None:
    paths = []
    for name, (build, _) in VARIANTS.items():
        folder = open_folder / name
        folder.mkdir()
        paths.append(build(folder))
    for path in sorted(open_folder.rglob("*"), reverse=True):
        if not path.is_symlink():
            path.chmod(0o555 if path.is_dir() else 0o444)
    with untouched(open_folder), as_nobody():
        found = {path: look(path) for path in paths}
    assert list(found.values()) == [expected for _, expected in VARIANTS.values()]


def test_file_without_access_is_told(open_folder: Path) -> None:
    closed_file = of_schema("seed")(open_folder)
    closed_file.chmod(0o600)
    closed_folder = open_folder / "closed"
    closed_folder.mkdir(0o700)
    inside = of_schema("seed")(closed_folder)
    with untouched(open_folder), as_nobody():
        for path in (closed_file, inside):
            with pytest.raises(NoAccess):
                look(path)


def test_file_without_access_to_write_is_told(open_folder: Path) -> None:
    path = of_schema("seed")(open_folder)
    path.chmod(0o444)
    with untouched(open_folder), as_nobody():
        with pytest.raises(NoAccess):
            open_for_writing(path)
        with pytest.raises(NoAccess):
            open_for_writing(open_folder / "new.db")


def test_a_current_database_that_may_not_be_written_is_not_opened_for_writing(open_folder: Path) -> None:
    open_for_writing(open_folder / "analytics.db").close()
    (open_folder / "analytics.db").chmod(0o444)
    with untouched(open_folder), as_nobody(), pytest.raises(NoAccess):
        open_for_writing(open_folder / "analytics.db")


def test_an_empty_file_is_not_said_to_have_a_write_ahead_log(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    path.touch()
    with reading(path) as reader:
        assert reader.journal_mode == "rollback"
