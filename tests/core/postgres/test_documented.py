"""All statements and commands of docs/postgresql.md are run as they stand; only hosts, ports and folders are others."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from core.cli.main import main
from core.errors import NotPermitted
from core.feed.change_feed import Feed, Happening
from core.manager import AnalyticsManager
from core.models import CommandUsage
from core.storage.database import faults, open_for_writing
from core.storage.reader import reading
from core.tracking.tracker import Tracker
from tests.core import deployed
from tests.core.maintenance.transfer.test_task import rows
from tests.core.postgres.conftest import PASSWORD, _as_nobody, free_port, make, programs_of_server
from tests.core.postgres.standby import Node, Pair
from tests.core.postgres.test_pooler import POOLER, _await
from tests.core.tracked import ROOT, track

PAGE = (ROOT / "docs" / "postgresql.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)

MARKS = {
    "CREATE ROLE bot": "the bot",
    "CREATE ROLE monitor": "the monitor",
    "CREATE ROLE second_bot": "a second bot",
    "botpulse-db copy": "copying",
    "[pgbouncer]": "the pooler",
    "CREATE ROLE replication": "the standby's role",
    "pg_basebackup": "the standby",
    "hot_standby_feedback": "feedback",
    "pg_last_xact_replay_timestamp": "lag",
    "pg_promote": "promotion",
    "synchronous_standby_names": "synchronous",
    "DELETE FROM": "retention",
    "PARTITION BY": "partitions",
    "DROP TABLE": "an old month",
}
"""What each block is known by."""


def block(name: str) -> str:
    """The text of a block."""
    (mark,) = [mark for mark, told in MARKS.items() if told == name]
    (found,) = [text for _, text in BLOCKS if mark in text]
    return str(found)


def test_every_block_is_run() -> None:
    """Each is known by one mark, and each mark has a test below."""
    known = [[name for mark, name in MARKS.items() if mark in text] for _, text in BLOCKS]
    assert [names for names in known if len(names) != 1] == []
    assert sorted(name for (name,) in known) == sorted(MARKS.values())
    source = Path(__file__).read_text(encoding="utf-8")
    assert [name for name in MARKS.values() if not re.search(rf'(psql\(.*|block\()"{name}"', source)] == []


def psql(node: Node, name: str, database: str = "postgres", user: str = "postgres", password: str = PASSWORD) -> str:
    """Run a block by the server's own client; what it prints."""
    command = [
        node.programs / "psql", "--no-psqlrc", "--quiet", "--tuples-only", "--set=ON_ERROR_STOP=1", "--host=127.0.0.1",
        f"--port={node.port}", f"--username={user}", f"--dbname={database}",
    ]  # fmt: skip
    done = subprocess.run(
        command, input=block(name), capture_output=True, text=True, env={**os.environ, "PGPASSWORD": password}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def address(node: Node, user: str = "bot", password: str = "a-long-one") -> str:
    return f"postgresql://{user}:{password}@127.0.0.1:{node.port}/analytics"


@pytest.fixture
def node() -> Iterator[Node]:
    """A server on which the bot's role and database were made as the page says."""
    programs = programs_of_server()
    if programs is None or not (programs / "psql").exists():
        pytest.skip("no PostgreSQL server is installed (Debian: apt install postgresql)")
    with tempfile.TemporaryDirectory(prefix="botpulse-pg-") as place:
        made = Node(free_port(), Path(place), programs)
        make(programs, made.folder)
        made.start()
        try:
            psql(made, "the bot")
            yield made
        finally:
            made.end()


def test_roles(node: Node, caplog: pytest.LogCaptureFixture) -> None:
    """The monitor's is made before the bot's tables, the second bot's after them."""
    psql(node, "the monitor")
    with Tracker(address(node)) as tracker:
        track(tracker, 5)
        assert tracker.flush(20)
    psql(node, "a second bot")
    with AnalyticsManager(address(node, "second_bot", "a-third-one")) as second:
        second.track_command("comfy", 1)
        assert second.flush(20)
        second.generate_daily_stats()
    assert "carry no note" not in caplog.text
    with closing(Feed(address(node, "monitor", "another-one"))) as feed:
        assert feed.look().happenings == (Happening.OPENED,)
        assert feed.ends[CommandUsage].last == 6
    opened = open_for_writing(address(node, "monitor", "another-one"))
    with closing(opened), pytest.raises(NotPermitted), faults("it"):
        opened.execute_sql("DELETE FROM command_usage")


def test_the_monitors_role_made_after_the_tables(node: Node) -> None:
    open_for_writing(address(node)).close()
    psql(node, "the monitor")
    with reading(address(node, "monitor", "another-one")) as reader:
        assert reader.rows(CommandUsage.select()) == []


def test_copying(node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    deployed.fill(deployed.create(tmp_path / "analytics.db"), commands=50, images=50)
    for line in block("copying").splitlines():
        program, *arguments = shlex.split(line.replace("db.example", f"127.0.0.1:{node.port}"))
        assert (program, main(arguments)) == ("botpulse-db", 0)
    assert rows(tmp_path / "back.db") == rows(tmp_path / "analytics.db")


def test_the_pooler(node: Node) -> None:
    if POOLER is None:
        pytest.skip("no pgbouncer is installed (Debian: apt install pgbouncer)")
    with tempfile.TemporaryDirectory(prefix="botpulse-pool-") as place:
        folder, port = Path(place), free_port()
        (folder / "userlist.txt").write_text('"bot" "a-long-one"\n')
        text = block("the pooler").replace("5432", str(node.port)).replace("6432", str(port))
        (folder / "ini").write_text(text.replace("/etc/pgbouncer", place) + f"unix_socket_dir = {place}\n")
        for each in (folder, *folder.iterdir()):
            each.chmod(0o777)
        process = subprocess.Popen([POOLER, folder / "ini"], stderr=subprocess.DEVNULL, cwd=folder, **_as_nobody())
        url = f"postgresql://bot:a-long-one@127.0.0.1:{port}/analytics"
        try:
            _await(url, process)
            with Tracker(url) as tracker:
                track(tracker, 5)
                assert tracker.flush(20)
            with reading(url) as reader:
                assert len(reader.rows(CommandUsage.select())) == 5
        finally:
            process.terminate()
            process.wait(20)


@pytest.mark.slow
@pytest.mark.expect_log
def test_standby_and_fail_over(node: Node) -> None:
    psql(node, "the standby's role")
    (line,) = re.findall(r"`(host replication [^`]*)`", PAGE)
    with (node.folder / "data" / "pg_hba.conf").open("a") as file:
        file.write(line + "\n")
    node.run("postgres", "SELECT pg_reload_conf()")
    assert node.value("SELECT count(*) FROM pg_hba_file_rules WHERE error IS NOT NULL") == 0
    with tempfile.TemporaryDirectory(prefix="botpulse-pg-") as place:
        standby = Node(free_port(), Path(place), node.programs)
        if _as_nobody():
            shutil.chown(place, **_as_nobody())
        command = block("the standby").replace("primary.example", "127.0.0.1")
        command = command.replace("/var/lib/postgresql/15/main", f"{place}/data")
        name, *arguments = shlex.split(command)
        environment = {**os.environ, "PGPASSWORD": "a-fourth-one", "PGPORT": str(node.port)}
        subprocess.run([node.programs / name, *arguments], check=True, env=environment, cwd=place, **_as_nobody())
        standby.start()
        try:
            fail_over(Pair(node, standby, "analytics"))
        finally:
            standby.end()


def fail_over(both: Pair) -> None:
    assert psql(both.standby, "feedback") == "t"
    assert psql(both.primary, "synchronous") == "t"
    hosts = f"127.0.0.1:{both.primary.port},127.0.0.1:{both.standby.port}"
    with Tracker(f"postgresql://bot:a-long-one@{hosts}/analytics") as tracker:
        track(tracker, 5)
        assert tracker.flush(20)
        both.catch_up()
        assert psql(both.standby, "lag")
        both.primary.end()
        assert psql(both.standby, "promotion") == "t"
        track(tracker, 5)
        assert tracker.flush(20)
    assert both.standby.value("SELECT count(*) FROM command_usage", "analytics") == 10


def test_months_as_partitions_and_what_is_kept(node: Node) -> None:
    url = address(node)
    psql(node, "partitions", "analytics", "bot", "a-long-one")
    with AnalyticsManager(url) as manager, closing(Feed(url)) as feed:
        for number in range(5):
            manager.track_command("comfy", number)
        assert manager.flush(20)
        with psycopg.connect(url) as connection:
            insert = "INSERT INTO command_usage (command_name, user_id, timestamp, success) VALUES ('a', '1', {}, 1)"
            connection.execute(insert.format("extract(epoch FROM now() - interval '500 days')"))
        assert feed.look().happenings == (Happening.OPENED,)
        assert feed.ends[CommandUsage].last == 6
        assert feed.reader is not None
        assert len(feed.reader.rows(CommandUsage.select())) == 6
        assert manager.get_summary_stats()["total_commands"] == 6
        psql(node, "retention", "analytics", "bot", "a-long-one")
        assert len(feed.reader.rows(CommandUsage.select())) == 5
        psql(node, "an old month", "analytics", "bot", "a-long-one")
        assert feed.look().fault is None
        assert manager.counters().failed == 0
