"""A file into a server and back, whatever is killed meanwhile."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from core.cli.main import FAULT, INTERRUPTED, main
from core.errors import ServerAway
from core.maintenance.transfer.faults import TargetTaken
from core.maintenance.transfer.task import Transferred, transfer
from core.manager import AnalyticsManager
from core.storage.database import open_for_writing
from core.tasks import finish
from tests.core import deployed
from tests.core.maintenance.transfer.test_task import TABLES, rows, run
from tests.core.postgres.conftest import Database
from tests.core.postgres.proxies import cutting
from tests.core.tracked import ROOT, until

COMMANDS, IMAGES = 9000, 4000


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = deployed.create(tmp_path / "bot.db")
    deployed.fill(path, commands=COMMANDS, images=IMAGES, start=1.78e9, step=60.0)
    run(
        path,
        "DELETE FROM command_usage WHERE id BETWEEN 10 AND 2500",
        "DELETE FROM image_stats WHERE id > 3900",
        "UPDATE image_stats SET prompt = 'a fox 🦊 مرحبا \\ \t \n %s' WHERE id = 3",
        "INSERT INTO daily_stats VALUES ('2026-11-24', 10, 4, 3, 8.5, '{}', '{}')",
    )
    return path


def stored(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Everything that is in the server's four tables."""
    return {name: database.rows(f"SELECT {columns} FROM {name} ORDER BY 1") for name, columns in TABLES.items()}


@pytest.mark.slow
def test_there_and_back(source: Path, database: Database, tmp_path: Path) -> None:
    there = finish(transfer(source, database.url))
    assert stored(database) == rows(source)
    assert (there.added, there.renewed, there.left_out) == (COMMANDS - 2491 + 3900, 0, ())
    back = finish(transfer(database.url, tmp_path / "back.db"))
    assert rows(tmp_path / "back.db") == rows(source)
    assert back.tables == there.tables
    with AnalyticsManager(database.url) as manager:
        manager.track_command("comfy", 1)
        manager.track_image_generation(1, "p", "1:1", [], 1, 8.0)
    assert [database.rows(f"SELECT max(id) FROM {name}") for name in ("command_usage", "image_stats")] == [
        [(COMMANDS + 1,)],
        [(IMAGES + 1,)],  # the highest that was ever given, not that of the last row
    ]
    with pytest.raises(TargetTaken):
        finish(transfer(source, database.url))


@pytest.mark.slow
def test_from_server_to_server(source: Path, database: Database) -> None:
    finish(transfer(source, database.url))
    other = Database(database.server, f"{database.name}_other")
    database.run(f"CREATE DATABASE {other.name}")
    assert finish(transfer(database.url, other.url)).tables == finish(transfer(database.url, other.url)).tables
    assert stored(other) == rows(source)


@pytest.mark.slow
def test_a_reader_may_be_the_source(source: Path, database: Database, tmp_path: Path) -> None:
    """One who may read the tables alone, not their sequences."""
    finish(transfer(source, database.url))
    role = f"viewer_{database.name}"
    names = ", ".join((*TABLES, "botpulse_migration"))
    database.run(f"CREATE ROLE {role} LOGIN PASSWORD 'viewer'", f"GRANT SELECT ON {names} TO {role}")
    try:
        url = database.server.url(database.name, role, "viewer")
        finish(transfer(url, tmp_path / "back.db"))
    finally:
        database.run(f"DROP OWNED BY {role}", f"DROP ROLE {role}")
    assert rows(tmp_path / "back.db") == rows(source)


@pytest.mark.slow
def test_a_source_is_not_written(source: Path, database: Database, tmp_path: Path) -> None:
    finish(transfer(source, database.url))
    database.run(f"ALTER DATABASE {database.name} SET default_transaction_read_only = on")
    finish(transfer(database.url, tmp_path / "back.db"))
    assert rows(tmp_path / "back.db") == rows(source)


@pytest.mark.slow
def test_what_a_server_does_not_take_is_named_and_the_rest_goes_over(source: Path, database: Database) -> None:
    run(
        source,
        "UPDATE image_stats SET prompt = 'a' || char(0) || 'b' WHERE id = 5",
        "UPDATE image_stats SET prompt = CAST(x'61ff' AS TEXT) WHERE id = 7",
        "UPDATE image_stats SET upscale_factor = 3000000000 WHERE id = 8",
        "UPDATE image_stats SET upscale_factor = 'much', prompt = 'secret' WHERE id = 9",
        "UPDATE image_stats SET loras = x'ff61' WHERE id = 10",
        "UPDATE command_usage SET timestamp = 'yesterday' WHERE id = 4000",
        "UPDATE daily_stats SET popular_commands = char(0)",
    )
    open_for_writing(database.url).close()
    database.run("ALTER TABLE command_usage ADD CHECK (id <> 4500)")
    done = finish(transfer(source, database.url))
    assert [str(row) for row in done.left_out] == [
        "command_usage 4000: timestamp is text, not a number",
        'command_usage 4500: refused: new row for relation "command_usage" violates check constraint '
        '"command_usage_id_check"',
        "image_stats 5: prompt holds a NUL byte",
        "image_stats 7: prompt holds bytes that are no text in UTF-8",
        "image_stats 8: upscale_factor is too large for a number of 32 bits",
        "image_stats 9: upscale_factor is text, not a number",
        "image_stats 10: loras holds bytes that are no text in UTF-8",
        "daily_stats 2026-11-24: popular_commands holds a NUL byte",
    ]
    assert [len(found) for found in stored(database).values()] == [COMMANDS - 2493, 3895, 0, 0]
    mended = finish(transfer(source, database.url, mend=True))
    assert [(row.table, row.key) for row in mended.left_out] == [
        ("command_usage", 4000), ("command_usage", 4500), ("image_stats", 8), ("image_stats", 9),
    ]  # fmt: skip
    assert database.rows("SELECT id, prompt FROM image_stats WHERE id IN (5, 7) ORDER BY id") == [
        (5, "a\ufffdb"),
        (7, "a\ufffd"),
    ]


def copying(source: object, target: str) -> subprocess.Popen[str]:
    """The command in a process of its own, held back so that it can be met in the middle."""
    code = (
        "import sys\n"
        "from core.cli.main import main\n"
        "from core.storage import chunked_reads\n"
        "chunked_reads.ChunkSize.__init__.__defaults__ = (100, 100, 100, 0.015, 0.0)\n"
        "sys.exit(main(['copy', *sys.argv[1:]]))"
    )
    command = [sys.executable, "-c", code, str(source), target]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for_rows(database: Database, number: int) -> None:
    """Wait until so many are there, of any table."""

    def there() -> bool:
        made = database.rows("SELECT count(*) FROM pg_tables WHERE tablename = 'botpulse_copy'") == [(1,)]
        return made and int(database.rows("SELECT coalesce(sum(rows), 0) FROM botpulse_copy")[0][0]) >= number

    until(there)


@pytest.mark.slow
def test_a_copy_that_is_killed_goes_on_where_it_was(source: Path, database: Database) -> None:
    for number in (300, 3000, 7000):
        process = copying(source, database.url)
        wait_for_rows(database, number)
        process.kill()
        process.communicate()
    done: Transferred = finish(transfer(source, database.url))
    assert done.added < COMMANDS
    assert done.renewed == 0
    assert stored(database) == rows(source)


@pytest.mark.slow
def test_a_stop_by_ctrl_c_is_told_and_gone_on_from(source: Path, database: Database) -> None:
    process = copying(source, database.url)
    wait_for_rows(database, 300)
    process.send_signal(2)
    _, said = process.communicate(timeout=20)
    assert process.returncode == INTERRUPTED
    assert "the same command goes on from there" in said
    assert "Traceback" not in said
    assert main(["copy", str(source), database.url]) == 0
    assert stored(database) == rows(source)


def test_an_answer_that_is_lost_doubles_nothing(source: Path, database: Database) -> None:
    """The chunk may be there or not: its note tells."""
    with cutting(database, 2, into=b"COPY ") as proxy:
        with pytest.raises(ServerAway):
            finish(transfer(source, proxy.url))
        finish(transfer(source, proxy.url))
    assert stored(database) == rows(source)


def test_what_the_command_says(
    source: Path, database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(source, "UPDATE image_stats SET prompt = 'my' || char(0) || 'secret' WHERE id = 5")
    assert main(["copy", str(source), database.url]) == FAULT
    out, err = capsys.readouterr()
    assert out.startswith("Copied 10,409 rows in ") or out.startswith("Copied 10,408 rows in ")
    assert "image_stats    3,899 rows, ids 1 to 3,900, checksum " in out
    assert "1 row of the source can't be stored there, and stayed behind:" in err
    assert "image_stats 5: prompt holds a NUL byte" in err
    assert main(["copy", str(source), database.url, "--mend-text"]) == 0
    run(tmp_path / "other.db", "CREATE TABLE queue (id integer)")
    assert main(["copy", str(tmp_path / "other.db"), database.url]) == FAULT
    out, err = capsys.readouterr()
    assert "This is not a bot's database" in err
    assert "s3cr" not in out + err
    assert "secret" not in out + err
