"""Reset and undo while a bot writes 50 rows a second in another process: no event that is on disk may be lost.

The bot is ours (its ``flush()`` says what is durable, the file is in WAL mode) or the deployed one (its commit does, in
rollback mode). The resetting process is also killed at random moments; the next one brings back what it finds.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.maintenance import operation_journal, resetting
from core.storage.database import open_for_writing
from core.tasks import finish
from tests.core import deployed

ROOT = Path(__file__).resolve().parents[2]
RESETS = 20
KILLS = 12
EARLIER = 10_000

pytestmark = pytest.mark.slow

OURS = """
import itertools, sys, time
from core.manager import AnalyticsManager
began = time.monotonic()
with AnalyticsManager(sys.argv[1]) as manager:
    for number in itertools.count():
        time.sleep(max(0.0, began + number / 50 - time.monotonic()))
        manager.track_command("fired", number)
        if number % 5 == 4 and manager.flush(10.0):
            print(number, flush=True)
"""

DEPLOYED = """
import sys
from pathlib import Path
from tests.core.deployed import Bot
for number, line in enumerate(Bot(Path(sys.argv[1])).work(50, 600)):
    print(number if line.startswith("ok") else line, flush=True)
"""

RESETTER = """
import sys
from pathlib import Path
from core.maintenance import resetting
from core.tasks import finish
path = Path(sys.argv[1])
print("ready", flush=True)
while True:
    done = finish(resetting.reset_with_backup(path))
    finish(resetting.undo(path, done.backup))
    done.backup.path.unlink()
"""


@dataclass
class Firing:
    """A bot at work: where it writes, and where it says what is durable."""

    path: Path
    log: Path
    name: str

    def durable(self) -> set[int]:
        """The numbers of the events that are on disk; a flush answers for all before it, too."""
        lines = self.log.read_text().splitlines()
        assert not [line for line in lines if not line.isdigit()]  # no event was given up
        numbers = [int(line) for line in lines]
        return set(range(numbers[-1] + 1)) if self.name == "ours" else set(numbers)


@contextmanager
def firing(path: Path, name: str) -> Iterator[Firing]:
    """The bot in a process of its own, until the end of the block."""
    log = path.with_suffix(".log")
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", OURS if name == "ours" else DEPLOYED, str(path)], cwd=ROOT, stdout=out
        )
        try:
            until = time.monotonic() + 20
            while not log.stat().st_size and time.monotonic() < until:
                assert process.poll() is None
            yield Firing(path, log, name)
        finally:
            process.kill()
            process.wait()


@pytest.fixture(params=["ours", "deployed"])
def fired(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Firing]:
    path = tmp_path / "analytics.db"
    if request.param == "ours":
        open_for_writing(path).close()
    else:
        deployed.create(path)
    deployed.fill(path, commands=EARLIER, images=EARLIER, start=1.78e9)
    with firing(path, request.param) as bot:
        yield bot


def check_nothing_lost(bot: Firing, durable: set[int]) -> None:
    with closing(sqlite3.connect(bot.path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        (images,) = connection.execute("SELECT count(*) FROM image_stats").fetchone()
        later = "SELECT user_id FROM command_usage WHERE id > ?"
        counted = Counter(int(user) for (user,) in connection.execute(later, (EARLIER,)))
        (earlier,) = connection.execute("SELECT count(*) FROM command_usage WHERE id <= ?", (EARLIER,)).fetchone()
    assert (earlier, images) == (EARLIER, EARLIER)
    assert durable - set(counted) == set()
    assert [number for number, times in counted.items() if times > 1] == []


def test_twenty_resets_with_undo_lose_nothing(fired: Firing) -> None:
    gone = 0
    for _ in range(RESETS):
        done = finish(resetting.reset_with_backup(fired.path))
        gone += sum(done.rows.values())
        finish(resetting.undo(fired.path, done.backup))
        done.backup.path.unlink()
    durable = fired.durable()
    assert gone > RESETS * 2 * EARLIER
    assert len(durable) > 50
    check_nothing_lost(fired, durable)


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX's")
def test_killed_at_random_moments_nothing_is_lost(fired: Firing) -> None:
    chance = random.Random(3)
    found: Counter[str] = Counter()
    for _ in range(KILLS):
        kill_a_resetter(fired.path, chance.uniform(0.0, 0.5))
        for note in (*operation_journal.unfinished(fired.path), *operation_journal.undoable(fired.path)):
            found[f"{note.action} {'finished' if note.finished else 'unfinished'}"] += 1
            finish(resetting.undo(fired.path, note.backup))
        assert operation_journal.unfinished(fired.path) == operation_journal.undoable(fired.path) == ()
    durable = fired.durable()
    assert found.total() > 0, "no kill hit anything: choose other moments"
    check_nothing_lost(fired, durable)


def kill_a_resetter(path: Path, after: float) -> None:
    """Start a process that does nothing but reset and undo, and kill it ``after`` seconds of that."""
    command = [sys.executable, "-c", RESETTER, str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(after)  # the moment of the kill is the test's own input
        assert process.poll() is None
        process.send_signal(signal.SIGKILL)
