"""A PostgreSQL server of our own, for the session; a fresh database, for a test.

Without an installed server these tests are skipped.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

PASSWORD = "s3cr%t/@:"
"""With every sign that means something in a URL."""

PASSWORD_IN_URL = "s3cr%25t%2F%40%3A"

_OPTIONS = ("--auth=scram-sha-256", "--username=postgres", "--no-sync", "--encoding=UTF8", "--no-locale")

_numbers = count(1)


@dataclass(frozen=True)
class Server:
    """A running server; its administrator is ``postgres``."""

    port: int

    def url(self, database: str, user: str = "postgres", password: str = PASSWORD_IN_URL) -> str:
        """The address of one of its databases."""
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """A plain connection of somebody else's, in a transaction from its first statement on."""
        return psycopg.connect(self.url(database))

    def run(self, database: str, *statements: str) -> None:
        """Run statements, each in a transaction of its own."""
        with closing(self.connect(database)) as connection:
            connection.autocommit = True
            for statement in statements:
                connection.execute(statement)


@dataclass(frozen=True)
class Database:
    """One database of the server."""

    server: Server
    name: str

    @property
    def url(self) -> str:
        """Its address, password included."""
        return self.server.url(self.name)

    def connect(self) -> psycopg.Connection[Any]:
        """A plain connection of somebody else's."""
        return self.server.connect(self.name)

    def run(self, *statements: str) -> None:
        """Run statements as somebody else, each in a transaction of its own."""
        self.server.run(self.name, *statements)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query answers to somebody else."""
        with closing(self.connect()) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    programs = programs_of_server()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed (Debian: apt install postgresql)")
    with tempfile.TemporaryDirectory(prefix="botpulse-pg-") as place:
        yield from _serve(programs, Path(place))


@pytest.fixture
def database(server: Server) -> Database:
    name = f"bot_{next(_numbers)}"
    server.run("postgres", f"CREATE DATABASE {name}")
    return Database(server, name)


@pytest.fixture
def private() -> Iterator[Path]:
    """A folder that the server's user can reach; pytest's own are closed to others."""
    with tempfile.TemporaryDirectory(prefix="botpulse-pg-") as place:
        yield Path(place)


def start(programs: Path, folder: Path, port: int, **more: str) -> subprocess.Popen[bytes]:
    """Start the server on a folder that ``initdb`` made, with more settings; it ends by SIGINT."""
    settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off", "port": str(port)}
    options = [part for name, value in (settings | more).items() for part in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [programs / "postgres", "-D", folder / "data", *options], stderr=log, cwd=folder, **_as_nobody()
        )


def _serve(programs: Path, folder: Path) -> Iterator[Server]:
    make(programs, folder)
    port = free_port()
    process = start(programs, folder, port)
    try:
        await_start(programs, port, process, folder)
        yield Server(port)
    finally:
        end(process)


def end(process: subprocess.Popen[bytes], number: signal.Signals | None = None) -> None:
    """End a server; by SIGQUIT at once. One that waits for a session that was just beginning is killed."""
    process.send_signal(number or signal.SIGQUIT)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)


def make(programs: Path, folder: Path) -> None:
    password = folder / "password"
    password.write_text(PASSWORD + "\n")
    if _as_nobody():
        for path in (folder, password):
            shutil.chown(path, **_as_nobody())
    made = subprocess.run(
        [programs / "initdb", "-D", folder / "data", f"--pwfile={password}", *_OPTIONS],
        capture_output=True,
        cwd=folder,
        **_as_nobody(),
    )
    if made.returncode:
        pytest.fail(f"initdb: {made.stderr.decode()}", pytrace=False)


def await_start(programs: Path, port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    for _ in range(200):
        ask = [programs / "pg_isready", "--quiet", "--host=127.0.0.1", f"--port={port}", "--timeout=1"]
        if subprocess.run(ask).returncode == 0:
            return
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
        break
    pytest.fail(f"PostgreSQL did not start: {(folder / 'log').read_text()}", pytrace=False)


def programs_of_server() -> Path | None:
    """The folder of the server's programs: Debian keeps them out of the PATH."""
    asked = shutil.which("pg_config")
    found = [Path(subprocess.check_output([asked, "--bindir"], text=True).strip())] if asked else []
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found += [Path(name).parent for name in (shutil.which("postgres"),) if name]
    return next((each for each in found if (each / "postgres").exists() and (each / "initdb").exists()), None)


def _as_nobody() -> dict[str, Any]:
    """The server refuses to run as root: arguments that start a program as somebody else then."""
    if not hasattr(os, "geteuid") or os.geteuid():
        return {}
    import pwd  # no part of Python on Windows

    names = {each.pw_name for each in pwd.getpwall()}
    user = "postgres" if "postgres" in names else "nobody"
    return {"user": user, "group": pwd.getpwnam(user).pw_gid}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
