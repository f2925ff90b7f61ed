"""A primary and its hot standby: two real servers, one of which follows the other."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest

from tests.core.postgres.conftest import (
    PASSWORD,
    PASSWORD_IN_URL,
    Server,
    _as_nobody,
    await_start,
    end,
    free_port,
    make,
    programs_of_server,
    start,
)
from tests.core.tracked import until

AT_ONCE: Final = getattr(signal, "SIGQUIT", signal.SIGTERM)
"""What ends a server at once; Windows knows no such signal, and no server is tried there."""


@dataclass(frozen=True)
class Node(Server):
    """One of the two servers."""

    folder: Path = Path()
    programs: Path = Path()
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, **settings: str) -> None:
        """Start it, and wait until it answers."""
        self.processes.append(start(self.programs, self.folder, self.port, **settings))
        await_start(self.programs, self.port, self.processes[-1], self.folder)

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """Its main process."""
        return self.processes[-1]

    def end(self, number: signal.Signals = AT_ONCE) -> None:
        """End it; at once, unless another signal is given."""
        if self.process.poll() is None:
            end(self.process, number)

    def value(self, query: str, database: str = "postgres") -> Any:
        """What a query answers: the first field of its first row."""
        with closing(psycopg.connect(self.url(database), autocommit=True)) as connection:
            row = connection.execute(query).fetchone()
        assert row is not None
        return row[0]


@dataclass
class Pair:
    """The two of them. ``database`` is the name of one that both have."""

    primary: Node
    standby: Node
    database: str = "postgres"

    def url(self, query: str = "", *, turned: bool = False) -> str:
        """The address of both, the primary first unless it is ``turned``."""
        nodes = (self.standby, self.primary) if turned else (self.primary, self.standby)
        hosts = ",".join(f"127.0.0.1:{node.port}" for node in nodes)
        return f"postgresql://postgres:{PASSWORD_IN_URL}@{hosts}/{self.database}{query}"

    def connect(self) -> psycopg.Connection[Any]:
        """A plain connection of somebody else's to the primary."""
        return self.primary.connect(self.database)

    def catch_up(self) -> None:
        """Wait until the standby has taken over all that the primary has written."""
        reached = self.primary.value("SELECT pg_current_wal_lsn()")
        until(lambda: bool(self.standby.value(f"SELECT pg_last_wal_replay_lsn() >= '{reached}'")))

    def promote(self) -> None:
        """Make the standby take writes."""
        assert self.standby.value("SELECT pg_promote()")


@contextmanager
def pair(standby: dict[str, str] | None = None, **settings: str) -> Iterator[Pair]:
    """A primary with these settings, and a standby with more of its own."""
    programs = programs_of_server()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed (Debian: apt install postgresql)")
    with ExitStack() as stack:
        folders = [Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="botpulse-pg-"))) for _ in range(2)]
        primary, second = (Node(free_port(), folder, programs) for folder in folders)
        make(programs, primary.folder)
        stack.callback(_end, primary)
        primary.start()
        _copy(primary, second)
        stack.callback(_end, second)
        second.start(**(standby or {}))
        if settings:
            lines = [f"ALTER SYSTEM SET {name} = '{value}'" for name, value in settings.items()]
            primary.run("postgres", *lines, "SELECT pg_reload_conf()")
        yield Pair(primary, second)


def _end(node: Node) -> None:
    if node.processes:
        node.end()


def _copy(primary: Node, standby: Node) -> None:
    """A copy of the primary that follows it from its start on."""
    if _as_nobody():
        shutil.chown(standby.folder, **_as_nobody())
    command = [
        primary.programs / "pg_basebackup", "--pgdata", standby.folder / "data", "--host", "127.0.0.1", "--port",
        str(primary.port), "--username", "postgres", "--write-recovery-conf", "--checkpoint", "fast", "--no-sync",
    ]  # fmt: skip
    made = subprocess.run(
        command, capture_output=True, cwd=standby.folder, env={**os.environ, "PGPASSWORD": PASSWORD}, **_as_nobody()
    )
    if made.returncode:
        pytest.fail(f"pg_basebackup: {made.stderr.decode()}", pytrace=False)
