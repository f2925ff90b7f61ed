"""Trackers in this process and in others, and what they have written."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from core.tracking.records import EventRow, command_record
from core.tracking.tracker import Tracker, TrackingCounters

ROOT = Path(__file__).parents[2]
WAIT_SECONDS = 20.0


def until(condition: Callable[[], bool], timeout: float = WAIT_SECONDS) -> None:
    """Wait until the condition holds; fails when timeout ends."""
    started, tick = time.monotonic(), threading.Event()
    while not condition():
        assert time.monotonic() - started < timeout, "waited in vain"
        tick.wait(0.002)


def count(path: Path, table: str = "command_usage") -> int:
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            (number,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
            return int(number)
    except sqlite3.OperationalError:
        return 0


def event(name: object = "comfy") -> EventRow:
    return command_record(name, 41771983423143937, 2, 3, 1.5)


def track(tracker: Tracker, number: int, name: object = "comfy") -> None:
    for _ in range(number):
        assert tracker.track(event(name))


def balanced(counters: TrackingCounters) -> bool:
    there = counters.written + counters.pending + counters.spooled
    return counters.accepted == there + counters.failed - counters.refused


@contextmanager
def locked(path: Path) -> Iterator[sqlite3.Connection]:
    """A foreign program that holds the file for itself."""
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as foreign:
        foreign.execute("BEGIN EXCLUSIVE")
        yield foreign
        if foreign.in_transaction:
            foreign.execute("ROLLBACK")


def start(code: str, *arguments: object, **options: object) -> subprocess.Popen[str]:
    """A process that runs ``code`` with Tracker and the record functions at hand; ``path`` is its first argument.

    Options in capitals are variables of its environment.
    """
    prelude = (
        "import os, sys, signal, time, threading\n"
        "from core.tracking.tracker import Tracker\nfrom core.tracking.records import command_record\n"
        "path = sys.argv[1]\n"
        "def track(tracker, number, name='comfy'):\n"
        "    for _ in range(number): assert tracker.track(command_record(name, 1))\n"
    )
    command = [sys.executable, "-c", prelude + code, *map(str, arguments)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    environment |= {name: str(options.pop(name)) for name in [*options] if name.isupper()}
    return subprocess.Popen(command, env=environment, **pipes, **options)  # type: ignore[call-overload,no-any-return]


def run(code: str, *arguments: object, expect: int = 0, **options: object) -> str:
    process = start(code, *arguments, **options)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == expect, errors
    return str(output) + str(errors)
