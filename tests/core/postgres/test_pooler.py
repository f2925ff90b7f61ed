"""Behind a pooler that gives each transaction another session, and as users with few rights."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import psycopg
import pytest

from core.errors import NotPermitted
from core.models import CommandUsage, ImageStats
from core.storage.database import open_for_writing
from core.storage.reader import Reader, open_for_reading, reading
from core.tracking.tracker import Tracker
from tests.core.postgres.conftest import PASSWORD, PASSWORD_IN_URL, Database, _as_nobody, free_port
from tests.core.tracked import track

POOLER = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin")


@pytest.fixture(params=[1, 2, 20])
def pooled(request: pytest.FixtureRequest, database: Database) -> Iterator[str]:
    """The URL of the database behind a pooler with so many sessions."""
    if POOLER is None:
        pytest.skip("no pgbouncer is installed (Debian: apt install pgbouncer)")
    with tempfile.TemporaryDirectory(prefix="botpulse-pool-") as place:
        folder, port = Path(place), free_port()
        (folder / "users").write_text(f'"postgres" "{PASSWORD}"\n')
        (folder / "ini").write_text(
            f"[databases]\n{database.name} = host=127.0.0.1 port={database.server.port} dbname={database.name}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = plain\nunix_socket_dir =\n"
            f"auth_file = {folder / 'users'}\npool_mode = transaction\ndefault_pool_size = {request.param}\n"
        )
        for each in (folder, *folder.iterdir()):
            each.chmod(0o755)
        process = subprocess.Popen([POOLER, folder / "ini"], stderr=subprocess.DEVNULL, cwd=folder, **_as_nobody())
        try:
            url = f"postgresql://postgres:{PASSWORD_IN_URL}@127.0.0.1:{port}/{database.name}"
            _await(url, process)
            yield url
        finally:
            process.terminate()
            process.wait(20)


def _await(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            try:
                process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
            break
        return
    pytest.fail("pgbouncer did not start", pytrace=False)


def look(reader: Reader) -> int:
    return len(reader.rows(CommandUsage.select(CommandUsage.id)))


@pytest.mark.parametrize("older", [False, True])
def test_looks_through_a_pooler_leave_the_sessions_as_they_were(pooled: str, database: Database, older: bool) -> None:
    open_for_writing(database.url).close()
    if older:
        database.run("ALTER TABLE image_stats DROP COLUMN generation_type")
    settings = "SELECT current_setting('default_transaction_read_only'), current_setting('lock_timeout')"
    with ExitStack() as stack:
        monitors = [stack.enter_context(closing(open_for_reading(pooled))) for _ in range(2)]
        strangers = [stack.enter_context(psycopg.connect(pooled, prepare_threshold=None)) for _ in range(3)]
        for _ in range(10):  # more often than a driver prepares after
            for monitor in monitors:
                assert look(monitor) == 0
                assert monitor.rows(ImageStats.select(ImageStats.generation_type)) == []
            for stranger in strangers:
                assert stranger.execute(settings).fetchone() == ("off", "0")
                stranger.rollback()
    assert database.rows("SELECT count(*) FROM pg_class WHERE relpersistence = 't'") == [(0,)]


@pytest.mark.slow
def test_the_bot_writes_beside_monitors_of_its_pooler(pooled: str, database: Database) -> None:
    with Tracker(pooled) as tracker, ExitStack() as stack:
        track(tracker, 5)
        assert tracker.flush(20)
        monitors = [stack.enter_context(closing(open_for_reading(pooled))) for _ in range(2)]
        for number in range(1, 20):
            track(tracker, 5)
            assert tracker.flush(20)
            assert [look(monitor) for monitor in monitors] == [5 + 5 * number] * 2
        counters = tracker.counters()
    assert (counters.written, counters.failed, counters.spooled) == (100, 0, 0)
    assert database.rows("SELECT count(*) FROM command_usage") == [(100,)]


@pytest.fixture
def guest(database: Database) -> Iterator[str]:
    """The URL for one who may only read, and make no temporary table."""
    open_for_writing(database.url).close()
    name = f"guest_{database.name}"
    database.run(
        f"CREATE ROLE {name} LOGIN PASSWORD 'guest'",
        f"REVOKE TEMPORARY ON DATABASE {database.name} FROM PUBLIC",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}",
        "INSERT INTO image_stats (user_id, prompt, timestamp) VALUES ('1', 'p', 1.8e9)",
    )
    yield database.server.url(database.name, name, "guest")
    database.run(f"DROP OWNED BY {name}", f"DROP ROLE {name}")


def test_an_older_schema_is_read_with_no_right_but_to_read(guest: str, database: Database) -> None:
    database.run("ALTER TABLE image_stats DROP COLUMN generation_type", "DROP TABLE user_activity")
    with reading(guest) as reader:
        assert reader.added_columns >= {("image_stats", "generation_type"), ("user_activity", "id")}
        assert reader.rows(ImageStats.select(ImageStats.user_id, ImageStats.generation_type)) == [("1", "standard")]
        named = ImageStats.select(ImageStats.generation_type).cte("named", columns=("kind",))
        query = named.select_from(named.c.kind)
        assert reader.rows(query) == [("standard",)]


def test_a_table_that_may_not_be_read_is_a_fault_and_not_empty(guest: str, database: Database) -> None:
    database.run(f"REVOKE SELECT ON image_stats FROM guest_{database.name}")
    with pytest.raises(NotPermitted, match="permission denied for table image_stats"), reading(guest) as reader:
        reader.rows(ImageStats.select(ImageStats.user_id))
